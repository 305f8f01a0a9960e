/*
 * scep: the Simple Certificate Enrolment Protocol (RFC 8894), for devices that know no other.
 *
 *	GET  /scep?operation=GetCACaps | GetCACert
 *	POST /scep?operation=PKIOperation        a signed message around an enciphered request
 *	GET  /scep?operation=PKIOperation&message=BASE64
 *
 * What is signed is checked here; what is enciphered is opened by the keys'
 * process, which has the RA's key and answers only with a request.  A request
 * is let in by its challengePassword, which is the device's code, or by a
 * certificate of ours that signed it.
 */
#include "main/enrol.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "crypt/encode.h"
#include "crypt/envelope.h"
#include "crypt/hash.h"
#include "crypt/signer.h"
#include "crypt/verify.h"
#include "ledger/disk.h"
#include "main/keys.h"
#include "pki/enrolment.h"
#include "wire/der.h"
#include "wire/scep.h"

/* One message, and what is known of who signed it. */
struct message {
	struct pkcs7_signed outer;
	struct scep         says;
	struct x509         signer;
	uint8_t             room[GRANT_REQUEST]; /* what was enciphered, */
	struct bytes        inner;
};

/* --- what anybody may have ------------------------------------------------------------ */

static void
certificates(struct enrol *e, struct exchange *x)
{
	uint8_t    room[PKI_CERTIFICATE + 8192];
	char       path[STATE_PATH + 64];
	struct buf der = buf_over(room, sizeof room);

	buf_bytes_put(&der, e->scep.whole);
	buf_bytes_put(&der, e->work.issuer.ca.whole);
	if (disk_get(AT_FDCWD, pki_path(&e->work, "root.cer", path), &der)) {
		exchange_say(x, 500, "the CA's certificates cannot be read");
		return;
	}
	buf_reset(x->answer);
	pkcs7_print_certificates(buf_bytes(&der), x->answer);
	x->status = 200;
	x->answer_type = "application/x-x509-ca-ra-cert";
}

/* --- reading a message ------------------------------------------------------------------ */

static bool
find_signer(struct message *m)
{
	for (struct cursor c = cursor_over(m->outer.certificates); cursor_left(&c);) {
		struct bytes one = der_whole(&c, DER_SEQUENCE);
		if (!cursor_ok(&c))
			return false;
		if (x509_parse(one, &m->signer) == OK && bytes_equal(m->signer.serial, m->outer.serial) && bytes_equal(m->signer.issuer, m->outer.issuer))
			return true;
	}
	return false;
}

static struct bytes
digest_of(enum pkcs7_hash hash, struct bytes content, uint8_t room[static 64])
{
	switch (hash) {
	case PKCS7_SHA1:   hash_sha1(content, room); return bytes_of(room, 20);
	case PKCS7_SHA256: hash_sha256(content, room); return bytes_of(room, 32);
	case PKCS7_SHA384: hash_sha384(content, room); return bytes_of(room, 48);
	case PKCS7_SHA512: hash_sha512(content, room); return bytes_of(room, 64);
	default:           return bytes_of(room, 0);
	}
}

/* NULL, or why who sent it is not who it says. */
static const char *
signature_fault(const struct message *m)
{
	static const enum verify_algorithm HOW[][2] = {
		[PKCS7_SHA1] = { VERIFY_RSA_SHA1, VERIFY_NONE },
		[PKCS7_SHA256] = { VERIFY_RSA_SHA256, VERIFY_ECDSA_SHA256 }, [PKCS7_SHA384] = { VERIFY_RSA_SHA384, VERIFY_ECDSA_SHA384 }, [PKCS7_SHA512] = { VERIFY_RSA_SHA512, VERIFY_ECDSA_SHA512 },
	};
	static uint8_t room[ENROL_BODY];
	struct buf     signed_set = buf_over(room, sizeof room);
	uint8_t        digest[64], tag = 0;

	if (!bytes_equal(pkcs7_attribute(m->outer.attributes, PKCS7_MESSAGE_DIGEST, &tag), digest_of(m->outer.hash, m->outer.content, digest)) || tag != DER_OCTET_STRING)
		return "its content is not what was signed";
	der_put(&signed_set, DER_SET, m->outer.attributes);
	if (!buf_ok(&signed_set) || !verify_certificate(buf_bytes(&signed_set), m->outer.signature, HOW[m->outer.hash][m->outer.key == PKCS7_ECDSA], m->signer.spki))
		return "its signature does not hold";
	return NULL;
}

/* Has the keys' process open it. */
static const char *
open_envelope(struct enrol *e, struct message *m)
{
	static const enum envelope_cipher CIPHER[] = {
		[PKCS7_DES] = ENVELOPE_DES, [PKCS7_DES3] = ENVELOPE_DES3, [PKCS7_AES128] = ENVELOPE_AES128, [PKCS7_AES192] = ENVELOPE_AES192, [PKCS7_AES256] = ENVELOPE_AES256,
	};
	static uint8_t        ask[CHANNEL_BODY];
	struct buf            of = buf_over(ask, sizeof ask), inner = buf_over(m->room, sizeof m->room);
	struct pkcs7_envelope v;

	if (pkcs7_envelope_parse(m->outer.content, e->scep.serial, &v) || v.cipher < (e->legacy ? PKCS7_DES : PKCS7_AES128))
		return "its content is not enciphered with AES for the certificate of this RA";
	buf_u8(&of, (uint8_t)CIPHER[v.cipher]);
	buf_u16(&of, (uint16_t)v.key.len);
	buf_bytes_put(&of, v.key);
	buf_u8(&of, (uint8_t)v.iv.len);
	buf_bytes_put(&of, v.iv);
	buf_bytes_put(&of, v.content);
	if (!buf_ok(&of) || v.key.len > UINT16_MAX || keys_ask_for(e->keys, KEYS_ENVELOPE, buf_bytes(&of), &inner))
		return "its content cannot be opened, or is no request";
	m->inner = buf_bytes(&inner);
	return NULL;
}

/* --- answering ---------------------------------------------------------------------------- */

/* A certificate for who signed the request alone. */
static bool
seal(const struct message *m, struct bytes certificate, struct buf *out)
{
	static uint8_t        room[PKI_CERTIFICATE + 4096], plain_room[PKI_CERTIFICATE + 1024];
	struct buf            sealed = buf_over(room, sizeof room), plain = buf_over(plain_room, sizeof plain_room);
	struct envelope       v;

	pkcs7_print_certificates(certificate, &plain);
	if (!buf_ok(&plain) || envelope_seal(m->signer.spki, buf_bytes(&plain), &sealed, &v))
		return false;
	pkcs7_envelope_print(&(struct pkcs7_envelope){ .issuer = m->signer.issuer, .serial = m->signer.serial, .key = v.key, .cipher = PKCS7_AES256, .iv = v.iv, .content = v.content }, out);
	return buf_ok(out);
}

/* Signs and sends it; certificate: of a success. */
static void
reply(struct enrol *e, struct exchange *x, const struct message *m, struct scep *says, struct bytes certificate)
{
	static uint8_t content_room[PKI_CERTIFICATE + 8192];
	uint8_t        nonce[SCEP_NONCE], digest[32], set_room[2048], attributes_room[2048], signature_room[SIGNER_SIGNATURE];
	struct buf     content = buf_over(content_room, sizeof content_room), attributes = buf_over(attributes_room, sizeof attributes_room);
	struct buf     set = buf_over(set_room, sizeof set_room), signature = buf_over(signature_room, sizeof signature_room);

	if (says->status == SCEP_SUCCESS && !seal(m, certificate, &content)) {
		*says = (struct scep){ .status = SCEP_FAILURE, .fail = SCEP_BAD_ALGORITHM, .fail_text = "an answer can be sealed for an RSA key alone: sign with one" };
		buf_reset(&content);
	}
	says->type = SCEP_ANSWER;
	says->transaction = m->says.transaction;
	says->recipient_nonce = m->says.sender_nonce;
	says->sender_nonce = bytes_of(nonce, sizeof nonce);
	hash_sha256(buf_bytes(&content), digest);
	if (getrandom(nonce, sizeof nonce, 0) != sizeof nonce)
		return;
	scep_print(says, bytes_of(digest, sizeof digest), &attributes);
	der_put(&set, DER_SET, buf_bytes(&attributes));
	if (keys_ask_for(e->keys, KEYS_SCEP, buf_bytes(&set), &signature)) {
		exchange_say(x, 503, "the answer cannot be signed now");
		return;
	}
	buf_reset(x->answer);
	pkcs7_signed_print(&(struct pkcs7_signed){ .content = buf_bytes(&content), .certificates = e->scep.whole, .issuer = e->scep.issuer, .serial = e->scep.serial,
	                   .hash = PKCS7_SHA256, .key = PKCS7_RSA, .attributes = buf_bytes(&attributes), .signature = buf_bytes(&signature) }, x->answer);
	x->status = 200;
	x->answer_type = "application/x-pki-message";
}

static void
fail(struct enrol *e, struct exchange *x, const struct message *m, enum scep_fail f, const char *why)
{
	struct scep says = { .status = SCEP_FAILURE, .fail = f, .fail_text = why };

	admit_refused(e, x->peer);
	enrol_refused(e, x->peer, m->inner, "SCEP", why);
	reply(e, x, m, &says, bytes_of("", 0));
}

/* --- the operations ------------------------------------------------------------------------ */

/* By which a request is found again: what it was called, and by whose key. */
static void
ticket_of(const struct message *m, char out[static GRANT_TICKET])
{
	uint8_t    room[SCEP_TRANSACTION + SIGNER_SPKI + 1024];
	struct buf b = buf_over(room, sizeof room);

	buf_bytes_put(&b, m->says.transaction);
	buf_bytes_put(&b, m->signer.spki);
	grant_ticket(buf_bytes(&b), out);
}

/* What a person said of it, if one was asked. */
static bool
answered(struct enrol *e, struct exchange *x, const struct message *m)
{
	struct register_request q;
	struct register_row     c;
	struct scep             says = { .status = SCEP_SUCCESS };
	struct bytes            certificate = bytes_of("", 0);
	char                    ticket[GRANT_TICKET];

	ticket_of(m, ticket);
	if (register_ticket(e->work.file, ticket, &q))
		return false;
	if (q.state == REGISTER_WAITS)
		says.status = SCEP_PENDING;
	else if (q.state == REGISTER_DENIED)
		says = (struct scep){ .status = SCEP_FAILURE, .fail = SCEP_BAD_REQUEST, .fail_text = "a person denied this" };
	else if (register_get(e->work.file, q.serial, &c) || c.revoked)
		says = (struct scep){ .status = SCEP_FAILURE, .fail = SCEP_BAD_CERTIFICATE, .fail_text = "the certificate that was issued for this is revoked" };
	else
		certificate = c.der;
	reply(e, x, m, &says, certificate);
	register_done(e->work.file);
	return true;
}

/* NULL, or why who asks may not. */
static const char *
admitted(struct enrol *e, struct exchange *x, const struct message *m, const struct csr *r, struct admission *out)
{
	char        name[65], code[ENROLMENT_SECRET + 1];
	const char *why;
	bool        wait;

	if (bytes_equal(m->signer.issuer, e->work.issuer.ca.subject)) {
		if ((why = admit_certificate(e, m->signer.whole, "", out)))
			return why;
		return bytes_equal(r->wants.subject_cn, out->old.subject_cn) && bytes_equal(r->wants.names_der, out->old.names_der) ? NULL :
		       "a renewed certificate has the same subject and names as the old one";
	}
	if (m->says.type == SCEP_RENEWAL)
		return "what signs a renewal was not issued here";
	if (!bytes_equal(m->signer.spki, r->wants.spki))
		return "another key signed the message than is to be certified";
	if (!r->challenge.len)
		return "it has no challengePassword: `paravent pki code` makes one";
	if (r->challenge.len > ENROLMENT_SECRET)
		return "its challengePassword is too long";
	bytes_clean(r->wants.subject_cn, name, sizeof name);
	bytes_clean(r->challenge, code, sizeof code);
	why = admit_code(e, x->peer, name, code, "", out, &wait);
	explicit_bzero(code, sizeof code);
	return why;
}

static void
request(struct enrol *e, struct exchange *x, struct message *m)
{
	static struct admission a;
	struct csr              r;
	char                    ticket[GRANT_TICKET];
	struct scep             says = { .status = SCEP_SUCCESS };
	const char             *why = open_envelope(e, m);

	if (why || csr_parse(m->inner, &r)) {
		fail(e, x, m, SCEP_BAD_CHECK, why ? why : "its content is no PKCS #10 request");
		return;
	}
	if ((why = admitted(e, x, m, &r, &a))) {
		fail(e, x, m, SCEP_BAD_REQUEST, why);
		return;
	}
	ticket_of(m, ticket);
	const struct grant *o = enrol_ask(e, &a, m->inner, ticket, &why);
	if (why) {
		fail(e, x, m, SCEP_BAD_REQUEST, why);
	} else if (!o) {
		exchange_say(x, 503, "nothing can be issued now");
	} else {
		says.status = o->doubtful ? SCEP_PENDING : SCEP_SUCCESS;
		reply(e, x, m, &says, o->doubtful ? bytes_of("", 0) : o->says.whole);
	}
}

static void
operate(struct enrol *e, struct exchange *x, struct bytes in)
{
	static struct message m;
	const char           *why;

	m.inner = bytes_of("", 0);
	if (admit_tired(e, x->peer)) {
		exchange_say(x, 429, "too many messages from this address were refused: it may be tried again in ten minutes");
		exchange_line(x, "Retry-After", "600");
		return;
	}
	if (pkcs7_signed_parse(in, &m.outer) || scep_parse(m.outer.attributes, &m.says) || !find_signer(&m)) {
		exchange_say(x, 400, "this is no signed message of SCEP, or its signer's certificate is not in it");
		return;
	}
	if (!m.outer.hash || !m.outer.key || (m.outer.hash == PKCS7_SHA1 && !e->legacy))
		fail(e, x, &m, SCEP_BAD_ALGORITHM, "it is signed by an algorithm not taken here: SHA-256, -384 or -512 with RSA or ECDSA is");
	else if ((why = signature_fault(&m)))
		fail(e, x, &m, SCEP_BAD_CHECK, why);
	else if ((m.says.type == SCEP_POLL || m.says.type == SCEP_REQUEST) && answered(e, x, &m))
		return;
	else if (m.says.type == SCEP_REQUEST || m.says.type == SCEP_RENEWAL)
		request(e, x, &m);
	else
		fail(e, x, &m, SCEP_BAD_REQUEST, m.says.type == SCEP_POLL ? "nothing is known of this request" : "this kind of message is not answered here");
}

/* The value of a query's parameter, as it stands there; false: it is not there. */
static bool
parameter(const char *query, const char *name, struct bytes *out)
{
	size_t n = strlen(name);

	for (const char *at = query; at && *at; at = strchr(at, '&') ? strchr(at, '&') + 1 : NULL)
		if (strncmp(at, name, n) == 0 && at[n] == '=') {
			*out = bytes_of(at + n + 1, strcspn(at + n + 1, "&"));
			return true;
		}
	return false;
}

/* %2B and its like. */
static struct bytes
unescape(struct bytes in, struct buf *out)
{
	for (size_t i = 0; i < in.len; i++) {
		char two[3] = "";
		if (in.at[i] == '%' && i + 2 < in.len)
			memcpy(two, in.at + i + 1, 2);
		if (strspn(two, "0123456789abcdefABCDEF") == 2) {
			buf_u8(out, (uint8_t)strtoul(two, NULL, 16));
			i += 2;
		} else {
			buf_u8(out, in.at[i]);
		}
	}
	return buf_bytes(out);
}

void
scep_answer(struct enrol *e, struct exchange *x)
{
	static uint8_t room[ENROL_BODY], text_room[ENROL_BODY];
	struct buf     der = buf_over(room, sizeof room), text = buf_over(text_room, sizeof text_room);
	struct bytes   operation, message;
	bool           post = strcmp(x->method, "POST") == 0;

	if (!parameter(x->query, "operation", &operation))
		exchange_say(x, 400, "which operation? GetCACaps, GetCACert or PKIOperation");
	else if (bytes_equal(operation, bytes_text("GetCACaps")))
		/* RFC 8894 has no SHA-384; strongSwan 5.9.8 takes SHA-256 only from who says so. */
		exchange_say(x, 200, "AES\nPOSTPKIOperation\nRenewal\nSCEPStandard\nSHA-256\nSHA-384\nSHA-512");
	else if (bytes_equal(operation, bytes_text("GetCACert")))
		certificates(e, x);
	else if (!bytes_equal(operation, bytes_text("PKIOperation")))
		exchange_say(x, 400, "this operation is not known here: GetCACaps, GetCACert and PKIOperation are");
	else if (post)
		operate(e, x, x->body);
	else if (!parameter(x->query, "message", &message) || enrolment_body(unescape(message, &text), &der))
		exchange_say(x, 400, "message is no base64");
	else
		operate(e, x, buf_bytes(&der));
}
