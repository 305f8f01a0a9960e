/*
 * jws: signed requests as ACME has them: flattened JSON (RFC 7515 section
 * 7.2.2) with one protected header (RFC 8555 section 6.2).
 *
 *	{ "protected": base64url({ "alg", "jwk" or "kid", "nonce", "url" }),
 *	  "payload": base64url, "signature": base64url }
 *
 * Parsed strictly: a member twice, an unprotected header, "crit", padding or
 * stray bits of base64url are refused.  What a signature may be made with
 * follows from the key, never from the header alone: "alg" must be the one
 * algorithm of that kind of key, and a MAC is taken only where one is due.
 */
#ifndef CRYPT_JWS_H
#define CRYPT_JWS_H

#include "base/buf.h"
#include "base/err.h"

enum { JWS_MOST = 48 << 10, JWS_URL = 512, JWS_KID = 512, JWS_NONCE = 64, JWS_SPKI = 1152, JWS_SIGNATURE = 1056 };

enum jws_kind { JWS_P256, JWS_P384, JWS_RSA, JWS_ED25519, JWS_MAC, JWS_KINDS };

/* A public key: P-256, P-384, RSA of 2048 to 8192 bits, Ed25519. */
struct jws_key {
	enum jws_kind kind;
	uint8_t       spki[JWS_SPKI]; /* SubjectPublicKeyInfo */
	size_t        len;
	uint8_t       thumbprint[32]; /* RFC 7638, with SHA-256 */
};

/* Where it stands, and so what its header must hold. */
enum jws_use {
	JWS_REQUEST, /* jwk or kid, nonce, url */
	JWS_INNER,   /* of a change of keys: jwk, url, no nonce */
	JWS_BINDING, /* to an account elsewhere: HS256, kid, url, no nonce */
};

enum jws_fault { JWS_SOUND, JWS_MALFORMED, JWS_BAD_ALGORITHM, JWS_BAD_KEY };

struct jws {
	enum jws_kind  kind;              /* what alg says */
	bool           has_key;           /* jwk: key; else kid */
	struct jws_key key;
	char           kid[JWS_KID], url[JWS_URL], nonce[JWS_NONCE]; /* nonce "": there is none */
	struct bytes   payload;           /* decoded; empty is not the same as "{}" */
	const char    *why;               /* of a fault, in words */

	struct buf     input;             /* what is signed */
	uint8_t        signature[JWS_SIGNATURE];
	size_t         signature_len;
	uint8_t        input_room[JWS_MOST], payload_room[JWS_MOST];
};

/* Nothing is verified yet: of a fault only why may be used. */
enum jws_fault jws_parse(struct bytes json, enum jws_use use, struct jws *out) MUST_USE;

bool jws_verify(const struct jws *j, const struct jws_key *key);
/* HMAC with SHA-256 of a key of 32 bytes, compared in constant time. */
bool jws_verify_mac(const struct jws *j, const uint8_t key[static 32]);

/* A JSON Web Key (RFC 7517); a private one is refused.  NULL, or why not. */
const char *jws_key_parse(struct bytes json, struct jws_key *out);
/* From a SubjectPublicKeyInfo.  ERR_FORM: it is none; ERR_UNSUPPORTED: of another kind, or too short. */
enum err jws_key_load(struct bytes spki, struct jws_key *out) MUST_USE;

#endif
