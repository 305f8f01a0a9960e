/* initial: see initial.h. */
#include "crypt/initial.h"
#include "crypt/hmac.h"

#include <assert.h>
#include <limits.h>
#include <openssl/evp.h>

enum { TAG = 16 };

static EVP_CIPHER_CTX *ecb, *gcm, *sealer;

static EVP_CIPHER_CTX *
context(const char *name, bool encrypt)
{
	EVP_CIPHER     *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

	if (!cipher || !c || !EVP_CipherInit_ex2(c, cipher, NULL, NULL, encrypt, NULL)) {
		EVP_CIPHER_CTX_free(c);
		c = NULL;
	}
	EVP_CIPHER_free(cipher);
	return c;
}

enum err
initial_init(void)
{
	ecb = ecb ? ecb : context("AES-128-ECB", true);
	gcm = gcm ? gcm : context("AES-128-GCM", false);
	sealer = sealer ? sealer : context("AES-128-GCM", true);
	return ecb && gcm && sealer ? OK : ERR_UNSUPPORTED;
}

static void
ready(void)
{
	if (!sealer) {
		enum err e = initial_init();
		assert(e == OK);
		(void)e;
	}
}

void
initial_derive(struct bytes salt, struct bytes dcid, const struct initial_labels *labels, struct initial *out)
{
	uint8_t common[32], secret[32];

	hmac_extract(salt, dcid, common);
	hmac_expand_label(common, labels->side, secret, sizeof secret);
	hmac_expand_label(secret, labels->key, out->key, sizeof out->key);
	hmac_expand_label(secret, labels->iv, out->iv, sizeof out->iv);
	hmac_expand_label(secret, labels->hp, out->hp, sizeof out->hp);
}

void
initial_mask(const struct initial *k, const uint8_t sample[static 16], uint8_t mask[static 5])
{
	uint8_t block[32];
	int     n;

	ready();
	bool ok = EVP_EncryptInit_ex2(ecb, NULL, k->hp, NULL, NULL) && EVP_EncryptUpdate(ecb, block, &n, sample, 16);
	assert(ok);
	(void)ok;
	memcpy(mask, block, 5);
}

bool
initial_open(const struct initial *k, const uint8_t nonce[static 12], struct bytes aad, struct bytes cipher, uint8_t *out)
{
	uint8_t tag[TAG];
	int     n;

	if (cipher.len < TAG || cipher.len > INT_MAX || aad.len > INT_MAX)
		return false;
	size_t body = cipher.len - TAG;
	memcpy(tag, cipher.at + body, TAG);
	ready();
	return EVP_DecryptInit_ex2(gcm, NULL, k->key, nonce, NULL) && EVP_DecryptUpdate(gcm, NULL, &n, aad.at, (int)aad.len) &&
	       EVP_DecryptUpdate(gcm, out, &n, cipher.at, (int)body) &&
	       EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_SET_TAG, TAG, tag) && EVP_DecryptFinal_ex(gcm, out + n, &n) > 0;
}

void
initial_seal(const struct initial *k, const uint8_t nonce[static 12], struct bytes aad, struct bytes plain, uint8_t *out)
{
	int n;

	ready();
	bool ok = EVP_EncryptInit_ex2(sealer, NULL, k->key, nonce, NULL) && EVP_EncryptUpdate(sealer, NULL, &n, aad.at, (int)aad.len) &&
	          EVP_EncryptUpdate(sealer, out, &n, plain.at, (int)plain.len) && EVP_EncryptFinal_ex(sealer, out + n, &n) &&
	          EVP_CIPHER_CTX_ctrl(sealer, EVP_CTRL_AEAD_GET_TAG, TAG, out + plain.len);
	assert(ok);
	(void)ok;
}
