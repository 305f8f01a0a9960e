/*
 * hash: digests in one call (FIPS 180-4; RFC 1321).
 *
 * MD5 and SHA-1 are here for fingerprints and names of keys only, and protect nothing.  The algorithms are
 * fetched once and the context is used again: no call allocates after the
 * first.  One thread only.
 */
#ifndef CRYPT_HASH_H
#define CRYPT_HASH_H

#include "base/bytes.h"
#include "base/err.h"

/* Fetches the algorithms now, before the jail closes; else the first call does. */
enum err hash_init(void) MUST_USE;

void hash_md5(struct bytes in, uint8_t out[static 16]);
void hash_sha1(struct bytes in, uint8_t out[static 20]);
void hash_sha256(struct bytes in, uint8_t out[static 32]);
void hash_sha384(struct bytes in, uint8_t out[static 48]);
void hash_sha512(struct bytes in, uint8_t out[static 64]);

/* SHA-256 of a followed by b. */
void hash_sha256_two(struct bytes a, struct bytes b, uint8_t out[static 32]);

/* Are the two the same?  Takes as long if they are not: for what somebody guesses at. */
bool hash_equal(const uint8_t a[static 32], const uint8_t b[static 32]);

#endif
