/*
 * sign: Ed25519 (RFC 8032): a key, its PKCS#8 PEM (RFC 8410), a signature, its verification.
 *
 * A key in memory is the whole secret: who holds one reads no stranger's bytes.
 */
#ifndef CRYPT_SIGN_H
#define CRYPT_SIGN_H

#include "base/buf.h"
#include "base/err.h"

struct sign_key;

/* A new key from the system's random numbers. */
enum err sign_new(struct sign_key **out) MUST_USE;

/* The key in a PEM text; ERR_FORM if there is none, ERR_UNSUPPORTED if it is of another kind. */
enum err sign_load(struct bytes pem, struct sign_key **out) MUST_USE;
enum err sign_save(const struct sign_key *k, struct buf *pem) MUST_USE;
void     sign_free(struct sign_key *k);

void     sign_public(const struct sign_key *k, uint8_t out[static 32]);
enum err sign_make(const struct sign_key *k, struct bytes text, uint8_t signature[static 64]) MUST_USE;

bool sign_verify(const uint8_t key[static 32], struct bytes text, const uint8_t signature[static 64]);

#endif
