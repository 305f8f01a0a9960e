/*
 * jws: see jws.h; keys by RFC 7518 section 6 and RFC 8037 section 2, thumbprints by RFC 7638.
 *
 * Numbers are had from keys by OpenSSL's older functions, and keys are made
 * from DER: the newer ones do not work with the keys that are read in a
 * process that has begun crypt/endpoint.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypt/jws.h"

#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypt/encode.h"
#include "crypt/hash.h"
#include "crypt/hmac.h"
#include "crypt/verify.h"

enum { NUMBER = 1024, RSA_LEAST = 2048, RSA_MOST = 8192 };

/* One algorithm for each kind of key. */
static const struct {
	const char           *alg, *kty, *crv;
	size_t                bytes; /* of a coordinate, or the key */
	enum verify_algorithm verify;
} KIND[JWS_KINDS] = {
	[JWS_P256] = { "ES256", "EC", "P-256", 32, VERIFY_ECDSA_SHA256 },
	[JWS_P384] = { "ES384", "EC", "P-384", 48, VERIFY_ECDSA_SHA384 },
	[JWS_RSA] = { "RS256", "RSA", NULL, 0, VERIFY_RSA_SHA256 },
	[JWS_ED25519] = { "EdDSA", "OKP", "Ed25519", 32, VERIFY_ED25519 },
	[JWS_MAC] = { "HS256", NULL, NULL, 0, VERIFY_NONE },
};

/* --- keys ----------------------------------------------------------------------- */

static void
put_member(struct buf *b, const char *name, struct bytes value)
{
	buf_format(b, "%s\"%s\":\"", b->len == 1 ? "" : ",", name);
	encode_base64url(value, b);
	buf_text(b, "\"");
}

static void
put_number(struct buf *b, const char *name, const BIGNUM *n, size_t bytes)
{
	uint8_t raw[NUMBER];

	if ((size_t)BN_num_bytes(n) > (bytes ? bytes : sizeof raw))
		b->full = true;
	else
		put_member(b, name, bytes_of(raw, (size_t)BN_bn2binpad(n, raw, bytes ? (int)bytes : BN_num_bytes(n))));
}

static void
put_point(struct buf *b, const EC_KEY *key, size_t bytes)
{
	BIGNUM *x = BN_new(), *y = BN_new();

	if (x && y && EC_POINT_get_affine_coordinates(EC_KEY_get0_group(key), EC_KEY_get0_public_key(key), x, y, NULL)) {
		put_number(b, "x", x, bytes);
		put_number(b, "y", y, bytes);
	} else {
		b->full = true;
	}
	BN_free(x);
	BN_free(y);
}

/* The members that make the key, in the order of their names, no blanks. */
static enum err
thumbprint(const EVP_PKEY *key, enum jws_kind kind, uint8_t out[static 32])
{
	uint8_t    text[2 * NUMBER], raw[32];
	size_t     n = sizeof raw;
	struct buf b = buf_over(text, sizeof text);

	buf_text(&b, "{");
	if (kind == JWS_RSA) {
		put_number(&b, "e", RSA_get0_e(EVP_PKEY_get0_RSA(key)), 0);
		buf_text(&b, ",\"kty\":\"RSA\"");
		put_number(&b, "n", RSA_get0_n(EVP_PKEY_get0_RSA(key)), 0);
	} else {
		buf_format(&b, "\"crv\":\"%s\",\"kty\":\"%s\"", KIND[kind].crv, KIND[kind].kty);
		if (kind == JWS_ED25519) {
			b.full |= !EVP_PKEY_get_raw_public_key(key, raw, &n);
			put_member(&b, "x", bytes_of(raw, n));
		} else {
			put_point(&b, EVP_PKEY_get0_EC_KEY(key), KIND[kind].bytes);
		}
	}
	buf_text(&b, "}");
	hash_sha256(buf_bytes(&b), out);
	return buf_ok(&b) ? OK : ERR_LIMIT;
}

static enum jws_kind
kind_of(const EVP_PKEY *key)
{
	const EC_KEY *ec;

	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
		return EVP_PKEY_get_bits(key) >= RSA_LEAST && EVP_PKEY_get_bits(key) <= RSA_MOST ? JWS_RSA : JWS_KINDS;
	case EVP_PKEY_ED25519:
		return JWS_ED25519;
	case EVP_PKEY_EC:
		if (!(ec = EVP_PKEY_get0_EC_KEY(key)))
			return JWS_KINDS;
		switch (EC_GROUP_get_curve_name(EC_KEY_get0_group(ec))) {
		case NID_X9_62_prime256v1: return JWS_P256;
		case NID_secp384r1:        return JWS_P384;
		default:                   return JWS_KINDS;
		}
	default:
		return JWS_KINDS;
	}
}

enum err
jws_key_load(struct bytes spki, struct jws_key *out)
{
	const unsigned char *at = spki.at;
	unsigned char       *der = NULL;
	EVP_PKEY            *key = spki.len && spki.len <= JWS_SPKI ? d2i_PUBKEY(NULL, &at, (long)spki.len) : NULL;
	int                  n = key ? i2d_PUBKEY(key, &der) : -1;
	enum err             e = n < 0 ? ERR_FORM : ERR_UNSUPPORTED;

	*out = (struct jws_key){ .kind = key ? kind_of(key) : JWS_KINDS };
	if (n > 0 && n <= JWS_SPKI && out->kind != JWS_KINDS) {
		memcpy(out->spki, der, (size_t)n);
		out->len = (size_t)n;
		e = thumbprint(key, out->kind, out->thumbprint);
	}
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	ERR_clear_error(); /* a bad key is no error of ours */
	return e;
}

/* A member of base64url, exactly bytes long, or any length if that is 0; empty: it is missing or another. */
static struct bytes
member(const json_t *o, const char *name, size_t bytes, uint8_t room[static NUMBER])
{
	const char *text = json_string_value(json_object_get(o, name));
	struct buf  b = buf_over(room, NUMBER);

	if (!text || encode_base64url_parse(bytes_text(text), &b) || (bytes && b.len != bytes))
		return bytes_of(room, 0);
	return buf_bytes(&b);
}

/* An element of DER; what is put may be up to 64 KiB long. */
static void
put(struct buf *b, uint8_t tag, struct bytes v)
{
	buf_u8(b, tag);
	if (v.len >= 0x80)
		buf_u8(b, v.len > 0xff ? 0x82 : 0x81);
	if (v.len > 0xff)
		buf_u8(b, (uint8_t)(v.len >> 8));
	buf_u8(b, (uint8_t)v.len);
	buf_bytes_put(b, v);
}

/* A positive INTEGER: a zero before a first bit that would make it negative. */
static void
put_integer(struct buf *b, struct bytes n)
{
	uint8_t    room[NUMBER + 1];
	struct buf v = buf_over(room, sizeof room);

	if (n.at[0] & 0x80)
		buf_u8(&v, 0);
	buf_bytes_put(&v, n);
	put(b, 0x02, buf_bytes(&v));
}

#define LITERAL(s) bytes_of(s, sizeof(s) - 1)

static void
put_spki(struct buf *b, struct bytes algorithm, struct bytes key)
{
	uint8_t    bits_room[2 * NUMBER], room[2 * NUMBER];
	struct buf bits = buf_over(bits_room, sizeof bits_room), inside = buf_over(room, sizeof room);

	buf_u8(&bits, 0);
	buf_bytes_put(&bits, key);
	put(&inside, 0x30, algorithm);
	put(&inside, 0x03, buf_bytes(&bits));
	put(b, 0x30, buf_bytes(&inside));
	b->full |= !buf_ok(&bits) || !buf_ok(&inside);
}

/* An uncompressed point; whether it is on its curve OpenSSL says. */
static void
ec_key(const json_t *o, enum jws_kind kind, struct buf *spki)
{
	static const struct bytes CURVE[] = {
		[JWS_P256] = { (const uint8_t *)"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 19 },
		[JWS_P384] = { (const uint8_t *)"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22", 16 },
	};
	uint8_t      x_room[NUMBER], y_room[NUMBER], point[1 + 2 * 48];
	struct bytes x = member(o, "x", KIND[kind].bytes, x_room), y = member(o, "y", KIND[kind].bytes, y_room);
	struct buf   b = buf_over(point, sizeof point);

	buf_u8(&b, 4);
	buf_bytes_put(&b, x);
	buf_bytes_put(&b, y);
	put_spki(spki, CURVE[kind], buf_bytes(&b));
}

/* The exponent is odd and at most 32 bits, so that nobody makes us work; numbers have no zeros before them (RFC 7518 section 6.3.1). */
static void
rsa_key(const json_t *o, struct buf *spki)
{
	uint8_t      n_room[NUMBER], e_room[NUMBER], pair_room[2 * NUMBER], key_room[2 * NUMBER];
	struct bytes n = member(o, "n", 0, n_room), e = member(o, "e", 0, e_room);
	struct buf   pair = buf_over(pair_room, sizeof pair_room), key = buf_over(key_room, sizeof key_room);
	bool         sound = n.len >= RSA_LEAST / 8 && n.at[0] && n.at[n.len - 1] & 1 && e.len && e.len <= 4 && e.at[0] && e.at[e.len - 1] & 1 && !(e.len == 1 && e.at[0] == 1);

	if (!sound)
		return;
	put_integer(&pair, n);
	put_integer(&pair, e);
	put(&key, 0x30, buf_bytes(&pair));
	put_spki(spki, LITERAL("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"), buf_bytes(&key));
}

static void
ed_key(const json_t *o, struct buf *spki)
{
	uint8_t room[NUMBER];

	put_spki(spki, LITERAL("\x06\x03\x2b\x65\x70"), member(o, "x", KIND[JWS_ED25519].bytes, room));
}

static const char *
read_key(const json_t *o, struct jws_key *out)
{
	const char *kty = json_string_value(json_object_get(o, "kty")), *crv = json_string_value(json_object_get(o, "crv"));
	uint8_t     room[JWS_SPKI];
	struct buf  spki = buf_over(room, sizeof room);

	if (!kty)
		return "the key (jwk) has no kind (kty)";
	if (json_object_get(o, "d"))
		return "the key (jwk) holds its private part: make a new one, and keep it to yourself";
	if (strcmp(kty, "RSA") == 0) {
		rsa_key(o, &spki);
		return !buf_ok(&spki) || jws_key_load(buf_bytes(&spki), out) ? "the RSA key (jwk) is malformed, shorter than 2048 bits, or longer than 8192" : NULL;
	}
	for (enum jws_kind k = 0; k < JWS_MAC; k++) {
		if (!KIND[k].crv || !crv || strcmp(kty, KIND[k].kty) || strcmp(crv, KIND[k].crv))
			continue;
		if (k == JWS_ED25519)
			ed_key(o, &spki);
		else
			ec_key(o, k, &spki);
		return !buf_ok(&spki) || jws_key_load(buf_bytes(&spki), out) || out->kind != k ? "the key (jwk) is no point of its curve" : NULL;
	}
	return "the key (jwk) is of a kind not taken here: P-256, P-384, Ed25519 or RSA";
}

const char *
jws_key_parse(struct bytes json, struct jws_key *out)
{
	json_t     *o = json.len <= JWS_MOST ? json_loadb((const char *)json.at, json.len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	const char *why = json_is_object(o) ? read_key(o, out) : "the key (jwk) is no JSON object";

	json_decref(o);
	return why;
}

/* --- requests ------------------------------------------------------------------- */

static enum jws_fault
fault(struct jws *out, enum jws_fault f, const char *why)
{
	out->why = why;
	return f;
}

/* A text member of at most cap - 1 characters; false: it is missing, of another type, or longer. */
static bool
text_member(const json_t *o, const char *name, char *out, size_t cap)
{
	const char *text = json_string_value(json_object_get(o, name));
	size_t      n = text ? strlen(text) : cap;

	if (n >= cap)
		return false;
	memcpy(out, text, n + 1);
	return true;
}

static enum jws_fault
read_algorithm(const json_t *o, enum jws_use use, struct jws *out)
{
	const char *alg = json_string_value(json_object_get(o, "alg"));

	if (!alg)
		return fault(out, JWS_MALFORMED, "the protected header has no algorithm (alg)");
	for (out->kind = 0; out->kind < JWS_KINDS && strcmp(KIND[out->kind].alg, alg); out->kind++)
		;
	if (out->kind == JWS_KINDS || (out->kind == JWS_MAC) != (use == JWS_BINDING))
		return fault(out, JWS_BAD_ALGORITHM, use == JWS_BINDING ? "a binding to an account is made with HS256" : "it is signed by an algorithm not taken here: ES256, ES384, RS256 or EdDSA");
	return JWS_SOUND;
}

static enum jws_fault
read_header(const json_t *o, enum jws_use use, struct jws *out)
{
	const json_t  *jwk = json_object_get(o, "jwk"), *kid = json_object_get(o, "kid"), *nonce = json_object_get(o, "nonce");
	enum jws_fault f = read_algorithm(o, use, out);

	if (f)
		return f;
	if (json_object_get(o, "crit") || json_object_get(o, "b64"))
		return fault(out, JWS_MALFORMED, "the protected header asks for an extension (crit) that is not here");
	if (!text_member(o, "url", out->url, sizeof out->url))
		return fault(out, JWS_MALFORMED, "the protected header has no url");
	if ((jwk != NULL) == (kid != NULL) || (use == JWS_INNER && kid) || (use == JWS_BINDING && jwk))
		return fault(out, JWS_MALFORMED, use == JWS_REQUEST ? "the protected header has one of jwk and kid, not both" :
		                                 use == JWS_INNER ? "the inner header has the new key as jwk" : "the binding's header has a kid");
	if (kid && !text_member(o, "kid", out->kid, sizeof out->kid))
		return fault(out, JWS_MALFORMED, "the kid is no text, or is longer than 511 characters");
	if (nonce && (use != JWS_REQUEST || !text_member(o, "nonce", out->nonce, sizeof out->nonce)))
		return fault(out, JWS_MALFORMED, use == JWS_REQUEST ? "the nonce is none that was given here" : "a nonce belongs in the outer header alone");
	if (jwk) {
		const char *why = json_is_object(jwk) ? read_key(jwk, &out->key) : "the key (jwk) is no JSON object";
		if (why)
			return fault(out, JWS_BAD_KEY, why);
		out->has_key = true;
		if (out->key.kind != out->kind)
			return fault(out, JWS_BAD_ALGORITHM, "its algorithm is not the one of its key");
	}
	return JWS_SOUND;
}

/* What is decoded of a member; false: it is missing, is no base64url or does not fit. */
static bool
decoded(const json_t *o, const char *name, struct buf *out)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text && encode_base64url_parse(bytes_text(text), out) == OK;
}

static enum jws_fault
read_parts(const json_t *o, enum jws_use use, struct jws *out)
{
	struct buf    payload = buf_over(out->payload_room, sizeof out->payload_room), signature = buf_over(out->signature, sizeof out->signature);
	const json_t *text = json_object_get(o, "protected");

	if (!json_is_object(o))
		return fault(out, JWS_MALFORMED, "it is no JSON object, or a member stands there twice");
	if (json_object_get(o, "header") || json_object_get(o, "signatures"))
		return fault(out, JWS_MALFORMED, "it has a header that is not protected, or several signatures");
	if (!decoded(o, "protected", &payload) || json_string_length(text) > JWS_MOST)
		return fault(out, JWS_MALFORMED, "the protected header is no base64url");
	json_t        *head = json_loadb((const char *)payload.at, payload.len, JSON_REJECT_DUPLICATES, NULL);
	enum jws_fault f = json_is_object(head) ? read_header(head, use, out) : fault(out, JWS_MALFORMED, "the protected header is no JSON object, or a member stands there twice");
	json_decref(head);
	if (f)
		return f;
	buf_reset(&payload);
	if (!decoded(o, "payload", &payload) || !decoded(o, "signature", &signature))
		return fault(out, JWS_MALFORMED, "the payload or the signature is no base64url");
	out->payload = buf_bytes(&payload);
	out->signature_len = signature.len;
	buf_text(&out->input, json_string_value(text));
	buf_text(&out->input, ".");
	buf_text(&out->input, json_string_value(json_object_get(o, "payload")));
	return buf_ok(&out->input) ? JWS_SOUND : fault(out, JWS_MALFORMED, "it is larger than is taken here");
}

enum jws_fault
jws_parse(struct bytes json, enum jws_use use, struct jws *out)
{
	out->has_key = false;
	out->kid[0] = out->url[0] = out->nonce[0] = 0;
	out->why = NULL;
	out->input = buf_over(out->input_room, sizeof out->input_room);
	if (json.len > JWS_MOST)
		return fault(out, JWS_MALFORMED, "it is larger than is taken here");
	json_t        *o = json_loadb((const char *)json.at, json.len, JSON_REJECT_DUPLICATES, NULL);
	enum jws_fault f = read_parts(o, use, out);
	json_decref(o);
	return f;
}

/* R and S, each as long as the curve's order, to DER (RFC 7518 section 3.4). */
static bool
ecdsa_der(const struct jws *j, size_t half, struct buf *out)
{
	ECDSA_SIG     *s = ECDSA_SIG_new();
	BIGNUM        *r = BN_bin2bn(j->signature, (int)half, NULL), *t = BN_bin2bn(j->signature + half, (int)half, NULL);
	unsigned char *der = NULL;
	bool           ok = s && r && t && ECDSA_SIG_set0(s, r, t);

	if (!ok) {
		BN_free(r);
		BN_free(t);
	}
	int n = ok ? i2d_ECDSA_SIG(s, &der) : -1;
	if (n > 0)
		buf_put(out, der, (size_t)n);
	OPENSSL_free(der);
	ECDSA_SIG_free(s);
	return n > 0 && buf_ok(out);
}

bool
jws_verify(const struct jws *j, const struct jws_key *key)
{
	uint8_t      room[160];
	struct buf   der = buf_over(room, sizeof room);
	struct bytes signature = bytes_of(j->signature, j->signature_len);

	if (j->kind != key->kind || j->kind >= JWS_MAC)
		return false;
	if (j->kind == JWS_P256 || j->kind == JWS_P384) {
		if (signature.len != 2 * KIND[j->kind].bytes || !ecdsa_der(j, KIND[j->kind].bytes, &der))
			return false;
		signature = buf_bytes(&der);
	}
	return verify_certificate(buf_bytes(&j->input), signature, KIND[j->kind].verify, bytes_of(key->spki, key->len));
}

bool
jws_verify_mac(const struct jws *j, const uint8_t key[static 32])
{
	uint8_t mac[32];

	hmac_sha256(key, buf_bytes(&j->input), mac);
	return j->kind == JWS_MAC && j->signature_len == sizeof mac && CRYPTO_memcmp(j->signature, mac, sizeof mac) == 0;
}
