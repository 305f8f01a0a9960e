/* jws: what a client of ACME does: a key, its JWK, and signed requests. */
#ifndef TEST_UNIT_JWS_H
#define TEST_UNIT_JWS_H

#include <stdio.h>

#include "crypt/encode.h"
#include "crypt/hmac.h"
#include "crypt/jws.h"
#include "crypt/signer.h"
#include "test/unit/check.h"

struct client {
	struct signer *key;
	enum jws_kind  kind;
	char           jwk[4096];
	struct jws_key public;
};

static const enum signer_kind client_kind[] = { [JWS_P256] = SIGNER_P256, [JWS_P384] = SIGNER_P384, [JWS_RSA] = SIGNER_RSA, [JWS_ED25519] = SIGNER_ED25519 };
static const char *const      client_alg[] = { [JWS_P256] = "ES256", [JWS_P384] = "ES384", [JWS_RSA] = "RS256", [JWS_ED25519] = "EdDSA" };

static inline void
client_base64url(struct bytes in, char *out, size_t cap)
{
	struct buf b = buf_over(out, cap - 1);

	encode_base64url(in, &b);
	assert_true(buf_ok(&b));
	out[b.len] = 0;
}

static inline void
client_new(enum jws_kind kind, struct client *out)
{
	uint8_t    room[1024];
	char       one[1024], two[1024];
	struct buf spki = buf_over(room, sizeof room);
	size_t     n = kind == JWS_P384 ? 48 : 32;

	out->kind = kind;
	assert_int_equal(signer_new(client_kind[kind], &out->key), OK);
	assert_int_equal(signer_public(out->key, &spki), OK);
	const uint8_t *end = spki.at + spki.len;
	if (kind == JWS_RSA) { /* … 02 len 00 n 02 03 01 00 01 */
		client_base64url(bytes_of(end - 5 - 384, 384), one, sizeof one);
		snprintf(out->jwk, sizeof out->jwk, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQAB\"}", one);
	} else if (kind == JWS_ED25519) {
		client_base64url(bytes_of(end - 32, 32), one, sizeof one);
		snprintf(out->jwk, sizeof out->jwk, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}", one);
	} else {
		client_base64url(bytes_of(end - 2 * n, n), one, sizeof one);
		client_base64url(bytes_of(end - n, n), two, sizeof two);
		snprintf(out->jwk, sizeof out->jwk, "{\"kty\":\"EC\",\"crv\":\"P-%zu\",\"x\":\"%s\",\"y\":\"%s\"}", n * 8, one, two);
	}
	assert_null(jws_key_parse(bytes_text(out->jwk), &out->public));
}

/* 30 len 02 len R 02 len S, each a number of any length, to R and S as long as the order. */
static inline size_t
client_raw(const uint8_t *der, size_t half, uint8_t *out)
{
	const uint8_t *at = der + 2;

	for (size_t k = 0; k < 2; k++) {
		size_t         n = at[1];
		const uint8_t *v = at + 2;
		at += 2 + n;
		for (; n > half; n--)
			v++;
		memset(out + k * half, 0, half - n);
		memcpy(out + k * half + half - n, v, n);
	}
	return 2 * half;
}

/* A request of this header and payload ("" for POST-as-GET), signed by who. */
static inline struct bytes
client_sign(const struct client *who, const char *header, const char *payload, char *room, size_t cap)
{
	static char head[32768], body[49152], input[1 << 17], text[2048];
	uint8_t     raw[1024], signature_room[1024];
	struct buf  signature = buf_over(signature_room, sizeof signature_room);

	client_base64url(bytes_text(header), head, sizeof head);
	client_base64url(bytes_text(payload), body, sizeof body);
	snprintf(input, sizeof input, "%s.%s", head, body);
	assert_int_equal(signer_make(who->key, bytes_text(input), &signature), OK);
	struct bytes s = buf_bytes(&signature);
	if (who->kind == JWS_P256 || who->kind == JWS_P384)
		s = bytes_of(raw, client_raw(s.at, who->kind == JWS_P256 ? 32 : 48, raw));
	client_base64url(s, text, sizeof text);
	int n = snprintf(room, cap, "{\"protected\":\"%s\",\"payload\":\"%s\",\"signature\":\"%s\"}", head, body, text);
	assert_true(n > 0 && (size_t)n < cap);
	return bytes_of(room, (size_t)n);
}

/* The same with a MAC. */
static inline struct bytes
client_mac(const uint8_t key[static 32], const char *header, const char *payload, char *room, size_t cap)
{
	char    head[1024], body[4096], input[8192], text[64];
	uint8_t mac[32];

	client_base64url(bytes_text(header), head, sizeof head);
	client_base64url(bytes_text(payload), body, sizeof body);
	snprintf(input, sizeof input, "%s.%s", head, body);
	hmac_sha256(key, bytes_text(input), mac);
	client_base64url(bytes_of(mac, sizeof mac), text, sizeof text);
	int n = snprintf(room, cap, "{\"protected\":\"%s\",\"payload\":\"%s\",\"signature\":\"%s\"}", head, body, text);
	return bytes_of(room, (size_t)n);
}

#endif
