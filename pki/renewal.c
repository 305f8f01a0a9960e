/* renewal: see renewal.h. */
#include "pki/renewal.h"

#include "pki/body.h"
#include "pki/issue.h"
#include "wire/der.h"

#define DAY (86400 * INSTANT_SECOND)

struct instant
renewal_due(const struct profile *p, const struct x509 *c)
{
	int64_t life = instant_since(c->not_before, c->not_after), window = p->renew * DAY;
	int64_t most = life / 3;

	if (window > most)
		window = most;
	uint64_t share = bytes_hash(c->serial.at, c->serial.len, 1) % 1000;
	return (struct instant){ c->not_after.us - window + window / 2 / 1000 * (int64_t)share };
}

static void
put_names(const struct renewal *r, struct buf *out)
{
	size_t list = der_begin(out, DER_SEQUENCE);

	for (unsigned i = 0; i < r->dnss; i++)
		der_put(out, DER_CONTEXT | X509_NAME_DNS, bytes_text(r->dns[i]));
	for (unsigned i = 0; i < r->addresses; i++)
		der_put(out, DER_CONTEXT | X509_NAME_IP, addr_is_v4(r->address[i]) ? bytes_of(r->address[i].b + 12, 4) : bytes_of(r->address[i].b, 16));
	der_end(out, list);
}

/* extensionRequest (RFC 2985 section 5.4.2) with the names; nothing if there are none. */
static void
put_attributes(const struct renewal *r, struct buf *out)
{
	uint8_t    room[4096];
	struct buf value = buf_over(room, sizeof room);

	if (!r->dnss && !r->addresses)
		return;
	put_names(r, &value);
	size_t attribute = der_begin(out, DER_SEQUENCE);
	DER_PUT_OID(out, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e");
	size_t set = der_begin(out, DER_SET), list = der_begin(out, DER_SEQUENCE);
	body_extension(bytes_text("\x55\x1d\x11"), false, buf_bytes(&value), out);
	der_end(out, list);
	der_end(out, set);
	der_end(out, attribute);
	out->full |= !buf_ok(&value);
}

void
renewal_print(const struct renewal *r, struct bytes signature, struct buf *out)
{
	uint8_t    subject_room[BODY_NAME], attributes_room[4096];
	struct buf subject = buf_over(subject_room, sizeof subject_room), attributes = buf_over(attributes_room, sizeof attributes_room);
	struct csr q = { .wants = x509_blank(r->spki) };

	body_name(NULL, r->name, &subject);
	put_attributes(r, &attributes);
	q.wants.subject = buf_bytes(&subject);
	q.wants.spki = r->spki;
	q.attributes = buf_bytes(&attributes);
	q.algorithm_der = r->algorithm;
	q.signature = signature;
	csr_print(&q, out);
	out->full |= !buf_ok(&subject) || !buf_ok(&attributes);
}

/* The request without its signature, and of that the first part. */
void
renewal_print_info(const struct renewal *r, struct buf *out)
{
	uint8_t       room[RENEWAL_CSR];
	struct buf    whole = buf_over(room, sizeof room);

	renewal_print(r, bytes_of("", 0), &whole);
	struct cursor c = cursor_over(buf_bytes(&whole)), in = cursor_over(der_take(&c, DER_SEQUENCE));
	buf_bytes_put(out, der_whole(&in, DER_SEQUENCE));
	out->full |= !buf_ok(&whole) || !cursor_ok(&in);
}

static bool
signs(const struct x509 *above, const struct x509 *c, struct instant now)
{
	return bytes_equal(above->subject, c->issuer) && above->ca && x509_valid_at(above, now) &&
	       verify_certificate(c->tbs, c->signature, issue_algorithm(c->algorithm), above->spki);
}

const char *
renewal_fault(const struct x509 *leaf, struct bytes spki, struct bytes pool, const struct x509 *root, struct instant now, struct buf *chain)
{
	struct x509 at = *leaf, above;

	if (!bytes_equal(leaf->spki, spki))
		return "is for another key";
	if (!x509_valid_at(leaf, now))
		return "is not valid now, by this clock";
	if (!x509_valid_at(root, now))
		return "would be below a root that is not valid now, by this clock";
	for (unsigned steps = 0; steps < RENEWAL_POOL; steps++) {
		if (signs(root, &at, now))
			return buf_ok(chain) ? NULL : "has too long a chain";
		bool found = false;
		for (struct cursor c = cursor_over(pool); !found && cursor_left(&c);) {
			struct bytes der = der_whole(&c, DER_SEQUENCE);
			found = cursor_ok(&c) && x509_parse(der, &above) == OK && !x509_self_issued(&above) && signs(&above, &at, now);
		}
		if (!found)
			break;
		buf_bytes_put(chain, above.whole);
		at = above;
	}
	return "is not signed by way of the root that is trusted here";
}
