/*
 * initial: the keys of QUIC's Initial packets, which everybody can compute
 * (RFC 9001 section 5.2), and what is opened with them.
 *
 * Salts and labels come from wire/quic.  Contexts are made once: no call
 * allocates after the first.  One thread only.
 */
#ifndef CRYPT_INITIAL_H
#define CRYPT_INITIAL_H

#include "base/bytes.h"
#include "base/err.h"

/* One side's keys. */
struct initial {
	uint8_t key[16], iv[12], hp[16];
};

/* The names of a version's keys: "quic key" … */
struct initial_labels {
	const char *side, *key, *iv, *hp;
};

/* Fetches the ciphers now, before the jail closes; else the first call does. */
enum err initial_init(void) MUST_USE;

/* dcid: the destination connection id of the client's first Initial, or of its first after a Retry. */
void initial_derive(struct bytes salt, struct bytes dcid, const struct initial_labels *labels, struct initial *out);

/* The mask of the header protection, from a sample of the ciphertext (RFC 9001 section 5.4.3). */
void initial_mask(const struct initial *k, const uint8_t sample[static 16], uint8_t mask[static 5]);

/* Opens ciphertext and tag into out, which has room for all of cipher.  False: it was not sealed with this key. */
bool initial_open(const struct initial *k, const uint8_t nonce[static 12], struct bytes aad, struct bytes cipher, uint8_t *out);

/* Seals plain into out, which has room for 16 bytes more: for tests. */
void initial_seal(const struct initial *k, const uint8_t nonce[static 12], struct bytes aad, struct bytes plain, uint8_t *out);

#endif
