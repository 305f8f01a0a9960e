/* authority: see authority.h. */
#include "pki/authority.h"

#include <stdio.h>

#include "wire/der.h"

#define YEAR (365 * 86400 * INSTANT_SECOND)

enum { VALUE = 4096 };

/* The subtree of an address is the address and the mask behind it. */
static void
put_subnet(const struct policy_prefix *p, struct buf *out)
{
	bool     v4 = addr_is_v4(p->addr);
	unsigned n = v4 ? 4 : 16;
	uint8_t  mask[16] = { 0 };

	for (unsigned i = 0; i < p->bits && i < 8 * n; i++)
		mask[i / 8] |= (uint8_t)(0x80 >> i % 8);
	size_t tree = der_begin(out, DER_SEQUENCE), base = der_begin(out, DER_CONTEXT | X509_NAME_IP);
	buf_put(out, p->addr.b + (v4 ? 12 : 0), n);
	buf_put(out, mask, n);
	der_end(out, base);
	der_end(out, tree);
}

static void
put_limits(const struct authority *a, struct buf *out)
{
	uint8_t    room[VALUE];
	struct buf value = buf_over(room, sizeof room);

	if (!a->domains && !a->subnets && !a->permitted.len)
		return;
	size_t at = der_begin(&value, DER_SEQUENCE), permitted = der_begin(&value, DER_EXPLICIT | 0);
	buf_bytes_put(&value, a->permitted);
	for (unsigned i = 0; i < a->domains; i++) {
		size_t tree = der_begin(&value, DER_SEQUENCE);
		der_put(&value, DER_CONTEXT | X509_NAME_DNS, bytes_text(a->domain[i]));
		der_end(&value, tree);
	}
	for (unsigned i = 0; i < a->subnets; i++)
		put_subnet(&a->subnet[i], &value);
	der_end(&value, permitted);
	der_end(&value, at);
	body_extension(bytes_text("\x55\x1d\x1e"), true, buf_bytes(&value), out);
	out->full |= !buf_ok(&value);
}

void
authority_print(const struct authority *a, struct buf *tbs)
{
	uint8_t      room[2 * VALUE], subject_room[BODY_NAME];
	char         name[128];
	struct buf   x = buf_over(room, sizeof room), subject = buf_over(subject_room, sizeof subject_room);
	int64_t      until = a->now.us / INSTANT_SECOND * INSTANT_SECOND + (a->root ? AUTHORITY_YEARS : AUTHORITY_ROOT_YEARS) * YEAR;

	/* A number of the key tells two CAs of one hospital apart: what has the same name must be the same. */
	snprintf(name, sizeof name, "%.40s %s CA %02x%02x%02x", a->name, a->root ? "issuing" : "root", a->serial[1], a->serial[2], a->serial[3]);
	body_name(a->name, name, &subject);
	body_constraints(true, a->root ? 0 : 1, &x);
	body_usage(X509_CERT_SIGN | X509_CRL_SIGN, &x);
	body_keys(a->spki, a->root ? a->root->subject_key : bytes_of("", 0), &x);
	if (a->root) {
		put_limits(a, &x);
		body_places(a->url, false, "/ca/root.cer", "/crl/root.crl", &x);
	}
	struct body f = {
		.algorithm = a->algorithm,
		.issuer = a->root ? a->root->subject : buf_bytes(&subject),
		.subject = buf_bytes(&subject),
		.spki = a->spki,
		.from = a->now,
		.until = { a->root && until > a->root->not_after.us ? a->root->not_after.us : until },
		.extensions = buf_bytes(&x),
	};
	memcpy(f.serial, a->serial, sizeof f.serial);
	body_print(&f, tbs);
	tbs->full |= !buf_ok(&x) || !buf_ok(&subject);
}
