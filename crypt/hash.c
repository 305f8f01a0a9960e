/* hash: see hash.h.  A context keeps its algorithm, so beginning anew costs no look-up. */
#include "crypt/hash.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

enum { MD5, SHA1, SHA256, SHA384, SHA512, KINDS };

static EVP_MD_CTX *contexts[KINDS];

enum err
hash_init(void)
{
	static const char *const names[KINDS] = { "MD5", "SHA1", "SHA256", "SHA384", "SHA512" };

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
digest(int kind, struct bytes a, struct bytes b, uint8_t *out)
{
	EVP_MD_CTX *c = contexts[kind];
	unsigned    n;

	if (!c) {
		enum err e = hash_init();
		assert(e == OK);
		c = contexts[kind];
	}
	bool ok = EVP_DigestInit_ex2(c, NULL, NULL) && EVP_DigestUpdate(c, a.at, a.len) && EVP_DigestUpdate(c, b.at, b.len) &&
	          EVP_DigestFinal_ex(c, out, &n);
	assert(ok);
	(void)ok;
}

void
hash_md5(struct bytes in, uint8_t out[static 16])
{
	digest(MD5, in, bytes_of(NULL, 0), out);
}

void
hash_sha1(struct bytes in, uint8_t out[static 20])
{
	digest(SHA1, in, bytes_of(NULL, 0), out);
}

void
hash_sha256(struct bytes in, uint8_t out[static 32])
{
	digest(SHA256, in, bytes_of(NULL, 0), out);
}

void
hash_sha384(struct bytes in, uint8_t out[static 48])
{
	digest(SHA384, in, bytes_of(NULL, 0), out);
}

void
hash_sha512(struct bytes in, uint8_t out[static 64])
{
	digest(SHA512, in, bytes_of(NULL, 0), out);
}

void
hash_sha256_two(struct bytes a, struct bytes b, uint8_t out[static 32])
{
	digest(SHA256, a, b, out);
}

bool
hash_equal(const uint8_t a[static 32], const uint8_t b[static 32])
{
	return CRYPTO_memcmp(a, b, 32) == 0;
}
