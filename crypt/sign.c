/* sign: see sign.h. */
#include "crypt/sign.h"
#include "crypt/pem.h"
#include "base/memory.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

struct sign_key {
	EVP_PKEY *key;
};

static enum err
own(EVP_PKEY *key, struct sign_key **out)
{
	struct sign_key *k = memory_new(1, sizeof *k);

	if (!k) {
		EVP_PKEY_free(key);
		return ERR_MEMORY;
	}
	k->key = key;
	*out = k;
	return OK;
}

enum err
sign_new(struct sign_key **out)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	return key ? own(key, out) : ERR_UNSUPPORTED;
}

enum err
sign_load(struct bytes pem, struct sign_key **out)
{
	EVP_PKEY *key = pem_key(pem);

	if (!key)
		return ERR_FORM;
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
		return own(key, out);
	EVP_PKEY_free(key);
	return ERR_UNSUPPORTED;
}

enum err
sign_save(const struct sign_key *k, struct buf *pem)
{
	return pem_key_put(k->key, NULL, pem);
}

void
sign_free(struct sign_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->key);
	memory_free(k);
}

void
sign_public(const struct sign_key *k, uint8_t out[static 32])
{
	size_t n = 32;

	memset(out, 0, n);
	EVP_PKEY_get_raw_public_key(k->key, out, &n);
}

enum err
sign_make(const struct sign_key *k, struct bytes text, uint8_t signature[static 64])
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t      n = 64;
	bool        ok = c && EVP_DigestSignInit_ex(c, NULL, NULL, NULL, NULL, k->key, NULL) > 0 &&
	          EVP_DigestSign(c, signature, &n, text.at, text.len) > 0 && n == 64;

	EVP_MD_CTX_free(c);
	return ok ? OK : ERR_MEMORY;
}

bool
sign_verify(const uint8_t key[static 32], struct bytes text, const uint8_t signature[static 64])
{
	EVP_PKEY   *k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, 32);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool        ok = k && c && EVP_DigestVerifyInit_ex(c, NULL, NULL, NULL, NULL, k, NULL) > 0 &&
	          EVP_DigestVerify(c, signature, 64, text.at, text.len) == 1;

	EVP_MD_CTX_free(c);
	EVP_PKEY_free(k);
	ERR_clear_error(); /* a bad signature is no error of ours */
	return ok;
}
