/*
 * hmac: HMAC with SHA-256 (RFC 2104) and HKDF on top of it (RFC 5869).
 *
 * The inner and outer hash are run by hand over crypt/hash, because OpenSSL
 * 3.0 allocates a context each time it begins a keyed one anew.
 */
#ifndef CRYPT_HMAC_H
#define CRYPT_HMAC_H

#include "base/bytes.h"

void hmac_sha256(const uint8_t key[static 32], struct bytes in, uint8_t out[static 32]);

/* HKDF-Extract; salt of at most 32 bytes (a shorter key is padded with zeros anyway). */
void hmac_extract(struct bytes salt, struct bytes secret, uint8_t out[static 32]);

/* HKDF-Expand-Label of TLS 1.3 (RFC 8446 section 7.1) with an empty context; n at most 32. */
void hmac_expand_label(const uint8_t secret[static 32], const char *label, uint8_t *out, size_t n);

#endif
