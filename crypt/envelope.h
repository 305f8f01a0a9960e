/*
 * envelope: content enciphered in CBC for the holder of an RSA key, as RFC
 * 8894 (SCEP) still has it: PKCS #1 v1.5 for the key, no integrity.  DES is
 * for clients that know no other, and for who lets them in.
 *
 * Who opens one says of a failure only that there was one: which of key,
 * padding and content was wrong would let a stranger open what was sent to us.
 */
#ifndef CRYPT_ENVELOPE_H
#define CRYPT_ENVELOPE_H

#include "base/buf.h"
#include "base/err.h"

enum { ENVELOPE_KEY = 1024, ENVELOPE_BLOCK = 16 };

enum envelope_cipher { ENVELOPE_NONE, ENVELOPE_DES, ENVELOPE_DES3, ENVELOPE_AES128, ENVELOPE_AES192, ENVELOPE_AES256, ENVELOPE_CIPHERS };

struct envelope {
	enum envelope_cipher cipher;
	struct bytes key; /* enciphered */
	struct bytes iv, content;
};

struct envelope_key;

/* An RSA key in PEM.  ERR_FORM, ERR_UNSUPPORTED. */
enum err envelope_key_load(struct bytes pem, struct envelope_key **out) MUST_USE;
void     envelope_key_free(struct envelope_key *k);

/* ERR_PERM: it is not for this key, or not whole. */
enum err envelope_open(const struct envelope_key *k, const struct envelope *e, struct buf *plain) MUST_USE;

/* For the holder of spki, with AES-256; what out views lies in room.  ERR_UNSUPPORTED: no RSA key; ERR_LIMIT. */
enum err envelope_seal(struct bytes spki, struct bytes plain, struct buf *room, struct envelope *out) MUST_USE;

#endif
