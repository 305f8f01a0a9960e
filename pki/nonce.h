/*
 * nonce: numbers that are taken once (RFC 8555 section 6.5), of which nothing is kept but whether they were.
 *
 *	base64url(number(8) HMAC-SHA-256(key, number)(16))
 *
 * They are given in order, and the last NONCE_LIVE given may be taken, each
 * once: a bit each.  Who asks for many makes older ones void, for which a
 * client asks again; it makes nothing grow.
 */
#ifndef PKI_NONCE_H
#define PKI_NONCE_H

#include "base/bytes.h"

enum { NONCE_LIVE = 1 << 20, NONCE_TEXT = 33 };

struct nonce {
	uint8_t  key[32];
	uint64_t given;
	uint8_t  taken[NONCE_LIVE / 8];
};

void nonce_give(struct nonce *n, char out[static NONCE_TEXT]);

/* false: it was not given here, is too old, or was taken before. */
bool nonce_take(struct nonce *n, const char *text);

#endif
