/* acme_revoke: the end of a certificate: revoked (RFC 8555 section 7.6), or renewed in good time (RFC 9773). */
#include "pki/acme_inside.h"

#include <stdio.h>

#include "base/json.h"
#include "crypt/encode.h"

enum { DAY = 86400, REASONS = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 9, ASK_AGAIN_S = 6 * 3600 };

static struct acme_certificate known;

const struct x509 *
acme_issuer(const struct acme *a, struct bytes key_id)
{
	if (bytes_equal(key_id, a->issuer->ca.subject_key))
		return &a->issuer->ca;
	return a->before->generation && bytes_equal(key_id, a->before->ca.subject_key) ? &a->before->ca : NULL;
}

bool
acme_certificate_id(const struct acme *a, const char *text, uint8_t serial[static ACME_SERIAL])
{
	const char *dot = strchr(text, '.');
	uint8_t     key[64], number[32];
	struct buf  k = buf_over(key, sizeof key), n = buf_over(number, sizeof number);

	return dot && !encode_base64url_parse(bytes_of(text, (size_t)(dot - text)), &k) && !encode_base64url_parse(bytes_text(dot + 1), &n) &&
	       acme_issuer(a, buf_bytes(&k)) && body_serial(buf_bytes(&n), serial);
}

/* The certificate in the payload, which we issued; false: a problem was told. */
static bool
take_certificate(struct acme_call *c, struct buf *der, struct x509 *says, uint8_t serial[static ACME_SERIAL])
{
	const char *text = json_string_value(json_object_get(c->payload, "certificate"));

	if (!text || encode_base64url_parse(bytes_text(text), der) || x509_parse(buf_bytes(der), says)) {
		acme_problem(c, PROBLEM_MALFORMED, "the certificate is missing, or is no base64url of DER");
		return false;
	}
	enum err e = body_serial(says->serial, serial) ? c->acme->store.certificate(c->acme->store.at, serial, &known) : ERR_NOTFOUND;
	if (e && e != ERR_NOTFOUND)
		return !acme_failed(c, e);
	if (e || !bytes_equal(bytes_of(known.der, known.len), says->whole)) {
		acme_problem(c, PROBLEM_NOT_FOUND, "the certificate was not issued here");
		return false;
	}
	return true;
}

/* By an account of its device, or by its own key. */
static bool
may_revoke(const struct acme_call *c, const struct x509 *says)
{
	struct jws_key key;

	if (c->account.id)
		return *known.device && strcmp(known.device, c->account.device) == 0;
	return jws_key_load(says->spki, &key) == OK && memcmp(key.thumbprint, c->acme->jws.key.thumbprint, sizeof key.thumbprint) == 0;
}

void
acme_revoke(struct acme_call *c)
{
	static uint8_t room[ACME_DER];
	struct buf     der = buf_over(room, sizeof room);
	const json_t  *reason = json_object_get(c->payload, "reason");
	struct x509    says;
	uint8_t        serial[ACME_SERIAL];

	if (!take_certificate(c, &der, &says, serial))
		return;
	int64_t code = json_integer_value(reason);
	if (!may_revoke(c, &says)) {
		acme_problem(c, PROBLEM_UNAUTHORIZED, "a certificate is revoked by an account of its device, or by its own key");
		return;
	}
	if (known.revoked) {
		acme_problem(c, PROBLEM_ALREADY_REVOKED, "the certificate is revoked already");
		return;
	}
	if (reason && (!json_is_integer(reason) || code < 0 || code > 9 || !(REASONS >> code & 1))) {
		acme_problem(c, PROBLEM_BAD_REVOCATION_REASON, "a reason is 0, 1, 3, 4, 5 or 9");
		return;
	}
	if (!c->acme->host.revoke(c->acme->host.at, c->account.id ? c->account.device : "its own key", serial, (unsigned)code))
		(void)acme_failed(c, ERR_IO);
	else
		(void)acme_say(c, 200, NULL);
}

/* The certificate looked up last is of the CA that issues no more. */
static bool
of_before(const struct acme *a)
{
	struct x509 says;

	return !x509_parse(bytes_of(known.der, known.len), &says) && acme_issuer(a, says.authority_key) == &a->before->ca;
}

/*
 * From its profile's time of renewal on, but never before two thirds of its
 * life; at once if it is revoked; within a week if its CA issues no more.
 */
void
acme_renewal(struct acme_call *c)
{
	uint8_t               serial[ACME_SERIAL];
	int64_t               end, begin, now = c->x->now.us / INSTANT_SECOND;
	enum err              e = acme_certificate_id(c->acme, c->rest, serial) ? c->acme->store.certificate(c->acme->store.at, serial, &known) : ERR_NOTFOUND;
	const struct profile *p;

	if (e == ERR_NOTFOUND) {
		acme_problem(c, PROBLEM_NOT_FOUND, "there is no such certificate of this CA");
		return;
	}
	if (acme_failed(c, e))
		return;
	int64_t left = (known.until - known.from) / 3;
	if ((p = profile_find(known.profile)) && p->renew * DAY < left)
		left = p->renew * DAY;
	end = known.revoked ? known.revoked : known.until - left / 2;
	begin = known.revoked ? known.revoked - DAY : known.until - left;
	if (!known.revoked && of_before(c->acme) && begin > now) {
		begin = now;
		end = now + 7 * DAY < end ? now + 7 * DAY : end;
	}
	struct buf *b = acme_say(c, 200, "application/json");
	json_value_open(b, '{');
	json_open(b, "suggestedWindow", '{');
	acme_time(b, "start", begin);
	acme_time(b, "end", end);
	json_close(b, '}');
	json_close(b, '}');
	exchange_line(c->x, "Retry-After", "%d", ASK_AGAIN_S);
}
