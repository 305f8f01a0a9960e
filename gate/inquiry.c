/* inquiry: see inquiry.h. */
#include "gate/inquiry.h"

#include "crypt/hash.h"
#include "wire/ocsp.h"

enum { ID = 128 };

enum err
inquiry_issuer_of(const struct x509 *c, struct inquiry_issuer *out)
{
	if (c->spki.len > INQUIRY_SPKI || c->subject.len > INQUIRY_NAME)
		return ERR_LIMIT;
	hash_sha256(c->spki, out->key);
	memcpy(out->spki, c->spki.at, c->spki.len);
	memcpy(out->subject, c->subject.at, c->subject.len);
	out->spki_len = (uint16_t)c->spki.len;
	out->subject_len = (uint16_t)c->subject.len;
	hash_sha1(c->subject, out->name_hash);
	hash_sha1(c->public_key, out->key_hash);
	return OK;
}

bool
inquiry_issuer_is(const struct inquiry_issuer *i, const struct x509 *c)
{
	return bytes_equal(bytes_of(i->spki, i->spki_len), c->spki) && bytes_equal(bytes_of(i->subject, i->subject_len), c->subject);
}

enum verify_algorithm
inquiry_algorithm(enum x509_algorithm a)
{
	static const uint8_t OF[] = {
		[X509_RSA_SHA256] = VERIFY_RSA_SHA256, [X509_RSA_SHA384] = VERIFY_RSA_SHA384, [X509_RSA_SHA512] = VERIFY_RSA_SHA512, [X509_RSA_PSS] = VERIFY_RSA_PSS,
		[X509_ECDSA_SHA256] = VERIFY_ECDSA_SHA256, [X509_ECDSA_SHA384] = VERIFY_ECDSA_SHA384, [X509_ECDSA_SHA512] = VERIFY_ECDSA_SHA512,
		[X509_ED25519] = VERIFY_ED25519, [X509_ED448] = VERIFY_ED448,
	};
	return a < sizeof OF ? OF[a] : VERIFY_NONE;
}

bool
inquiry_signed(const struct x509 *c, const struct x509 *issuer)
{
	return bytes_equal(c->issuer, issuer->subject) && verify_certificate(c->tbs, c->signature, inquiry_algorithm(c->algorithm), issuer->spki);
}

enum err
inquiry_of(const struct x509 *c, const struct inquiry_issuer *issuer, struct inquiry *out)
{
	if (c->serial.len > INQUIRY_SERIAL)
		return ERR_LIMIT;
	*out = (struct inquiry){ .issuer = issuer, .serial_len = (uint8_t)c->serial.len };
	memcpy(out->serial, c->serial.at, c->serial.len);
	return OK;
}

static void
print_id(const struct inquiry *q, struct buf *out)
{
	ocsp_print_id(q->issuer->name_hash, q->issuer->key_hash, bytes_of(q->serial, q->serial_len), out);
}

void
inquiry_print(const struct inquiry *q, struct buf *out)
{
	uint8_t     room[ID];
	struct buf  id = buf_over(room, sizeof room);
	struct ocsp o = { .ids = 1, .nonce = bytes_of(q->nonce, INQUIRY_NONCE) };

	print_id(q, &id);
	o.id[0].whole = buf_bytes(&id);
	ocsp_print(&o, out);
}

/* The issuer's own signature, or of one whom it certified for answers. */
static bool
is_signed(const struct ocsp_answer *a, const struct inquiry_issuer *by, struct instant now)
{
	static struct x509    c;
	enum verify_algorithm how = inquiry_algorithm(a->algorithm);
	const struct x509     issuer = { .subject = bytes_of(by->subject, by->subject_len), .spki = bytes_of(by->spki, by->spki_len) };

	if (verify_certificate(a->data, a->signature, how, issuer.spki))
		return true;
	for (unsigned i = 0; i < a->certificates; i++)
		if (x509_parse(a->certificate[i], &c) == OK && c.has_purposes && c.purposes & X509_FOR_OCSP && !c.unknown_critical && x509_valid_at(&c, now) &&
		    inquiry_signed(&c, &issuer) && verify_certificate(a->data, a->signature, how, c.spki))
			return true;
	return false;
}

const char *
inquiry_judge(const struct inquiry *q, struct bytes body, struct instant now, struct inquiry_answer *out)
{
	struct ocsp_answer a;
	struct ocsp_single s;
	uint8_t            room[ID];
	struct buf         id = buf_over(room, sizeof room);

	print_id(q, &id);
	if (ocsp_answer_parse(body, &a))
		return "its answer is no OCSP response";
	if (a.trouble)
		return "it does not answer for this certificate";
	if (!q->kept && a.nonce.len && !bytes_equal(a.nonce, bytes_of(q->nonce, INQUIRY_NONCE)))
		return "its answer is to another question";
	if (ocsp_find(&a, buf_bytes(&id), &s))
		return "its answer is about another certificate";
	if (!is_signed(&a, q->issuer, now))
		return "its answer is signed neither by the issuer nor by whom the issuer certified for it";
	out->open = s.until.us == 0;
	if (s.from.us > now.us + INQUIRY_SKEW * INSTANT_SECOND || (out->open ? s.from.us < now.us - INQUIRY_SKEW * INSTANT_SECOND : s.until.us <= now.us))
		return "its answer is not of now: see to the clocks";
	if (s.status == OCSP_UNKNOWN)
		return "it does not know this certificate";
	out->answer = s.status == OCSP_REVOKED ? TRUST_REVOKED : TRUST_GOOD;
	out->until = out->open ? (struct instant){ now.us + INQUIRY_OPEN * INSTANT_SECOND } : s.until;
	return NULL;
}
