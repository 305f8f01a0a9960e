/*
 * hash: see hash.h.
 *
 * A context keeps its algorithm, so beginning anew costs no look-up; but EVP
 * still takes 0.1 us a call to reset it.  What is hashed for packets, which is
 * SHA-256 and MD5 of a few dozen bytes, goes to OpenSSL's older, direct functions.
 */
#include "crypt/hash.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

enum { KIND_SHA1, KIND_SHA384, KIND_SHA512, KINDS };

static EVP_MD_CTX *contexts[KINDS];

enum err
hash_init(void)
{
	static const char *const names[KINDS] = { "SHA1", "SHA384", "SHA512" };

	for (int i = 0; i < KINDS; i++) {
		if (contexts[i])
			continue;
		EVP_MD     *md = EVP_MD_fetch(NULL, names[i], NULL);
		EVP_MD_CTX *c = EVP_MD_CTX_new();
		if (!md || !c || !EVP_DigestInit_ex2(c, md, NULL)) {
			EVP_MD_CTX_free(c);
			EVP_MD_free(md);
			return ERR_UNSUPPORTED;
		}
		EVP_MD_free(md); /* the context holds it */
		contexts[i] = c;
	}
	return OK;
}

static void
digest(int kind, struct bytes in, uint8_t *out)
{
	EVP_MD_CTX *c = contexts[kind];
	unsigned    n;

	if (!c) {
		enum err e = hash_init();
		assert(e == OK);
		c = contexts[kind];
	}
	bool ok = EVP_DigestInit_ex2(c, NULL, NULL) && EVP_DigestUpdate(c, in.at, in.len) && EVP_DigestFinal_ex(c, out, &n);
	assert(ok);
	(void)ok;
}

void
hash_sha1(struct bytes in, uint8_t out[static 20])
{
	digest(KIND_SHA1, in, out);
}

void
hash_sha384(struct bytes in, uint8_t out[static 48])
{
	digest(KIND_SHA384, in, out);
}

void
hash_sha512(struct bytes in, uint8_t out[static 64])
{
	digest(KIND_SHA512, in, out);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

void
hash_md5(struct bytes in, uint8_t out[static 16])
{
	MD5(in.at, in.len, out);
}

void
hash_sha256_two(struct bytes a, struct bytes b, uint8_t out[static 32])
{
	SHA256_CTX c;

	SHA256_Init(&c);
	SHA256_Update(&c, a.at, a.len);
	SHA256_Update(&c, b.at, b.len);
	SHA256_Final(out, &c);
}

#pragma GCC diagnostic pop

void
hash_sha256(struct bytes in, uint8_t out[static 32])
{
	hash_sha256_two(in, bytes_of(NULL, 0), out);
}

bool
hash_equal(const uint8_t a[static 32], const uint8_t b[static 32])
{
	return CRYPTO_memcmp(a, b, 32) == 0;
}
