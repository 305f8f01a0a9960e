/* envelope: see envelope.h. */
#include "crypt/envelope.h"
#include "crypt/pem.h"
#include "base/memory.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

struct envelope_key {
	EVP_PKEY *key;
};

enum err
envelope_key_load(struct bytes pem, struct envelope_key **out)
{
	EVP_PKEY            *key = pem_key(pem);
	struct envelope_key *k = NULL;
	enum err             e = !key ? ERR_FORM : !EVP_PKEY_is_a(key, "RSA") ? ERR_UNSUPPORTED : (k = memory_new(1, sizeof *k)) ? OK : ERR_MEMORY;

	if (e) {
		EVP_PKEY_free(key);
		return e;
	}
	k->key = key;
	*out = k;
	return OK;
}

void
envelope_key_free(struct envelope_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->key);
	memory_free(k);
}

/* OpenSSL has DES no more: three times the same key make it of triple DES. */
static const struct {
	const EVP_CIPHER *(*how)(void);
	size_t            key, times, block;
} CIPHER[ENVELOPE_CIPHERS] = {
	[ENVELOPE_DES] = { EVP_des_ede3_cbc, 8, 3, 8 },
	[ENVELOPE_DES3] = { EVP_des_ede3_cbc, 24, 1, 8 },
	[ENVELOPE_AES128] = { EVP_aes_128_cbc, 16, 1, 16 },
	[ENVELOPE_AES192] = { EVP_aes_192_cbc, 24, 1, 16 },
	[ENVELOPE_AES256] = { EVP_aes_256_cbc, 32, 1, 16 },
};

/* A key that cannot be read is a random one, so that what follows is the same (RFC 3218 section 2.3.2). */
static bool
content_key(EVP_PKEY *key, struct bytes enciphered, uint8_t *out, size_t n)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
	uint8_t       room[ENVELOPE_KEY];
	size_t        len = sizeof room;
	bool          ready = RAND_bytes(out, (int)n) > 0 && c && EVP_PKEY_decrypt_init(c) > 0 && EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) > 0;

	if (ready && EVP_PKEY_decrypt(c, room, &len, enciphered.at, enciphered.len) > 0 && len == n)
		memcpy(out, room, n);
	OPENSSL_cleanse(room, sizeof room);
	EVP_PKEY_CTX_free(c);
	return ready;
}

enum err
envelope_open(const struct envelope_key *k, const struct envelope *e, struct buf *plain)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t         key[32];
	int             n = 0, last = 0;
	bool            known = e->cipher > ENVELOPE_NONE && e->cipher < ENVELOPE_CIPHERS;
	uint8_t        *at = e->content.len <= INT_MAX - ENVELOPE_BLOCK ? buf_room(plain, e->content.len + ENVELOPE_BLOCK) : NULL;
	bool            good = known && c && at && e->iv.len == CIPHER[e->cipher].block && e->content.len && content_key(k->key, e->key, key, CIPHER[e->cipher].key);

	for (size_t i = 1; good && i < CIPHER[e->cipher].times; i++)
		memcpy(key + i * CIPHER[e->cipher].key, key, CIPHER[e->cipher].key);
	good = good && EVP_DecryptInit_ex(c, CIPHER[e->cipher].how(), NULL, key, e->iv.at) && EVP_DecryptUpdate(c, at, &n, e->content.at, (int)e->content.len) && EVP_DecryptFinal_ex(c, at + n, &last);
	if (at)
		plain->len -= e->content.len + ENVELOPE_BLOCK - (good ? (size_t)(n + last) : 0);
	OPENSSL_cleanse(key, sizeof key);
	EVP_CIPHER_CTX_free(c);
	ERR_clear_error();
	return good ? OK : ERR_PERM;
}

static bool
seal_key(EVP_PKEY *to, const uint8_t key[static 32], struct buf *room, struct bytes *out)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(to, NULL);
	size_t        n = (size_t)EVP_PKEY_get_size(to);
	uint8_t      *at = buf_room(room, n);
	bool good = c && at && EVP_PKEY_encrypt_init(c) > 0 && EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) > 0 && EVP_PKEY_encrypt(c, at, &n, key, 32) > 0;

	*out = bytes_of(at, n);
	EVP_PKEY_CTX_free(c);
	return good;
}

enum err
envelope_seal(struct bytes spki, struct bytes plain, struct buf *room, struct envelope *out)
{
	const unsigned char *der = spki.at;
	EVP_PKEY            *to = spki.len <= INT_MAX ? d2i_PUBKEY(NULL, &der, (long)spki.len) : NULL;
	EVP_CIPHER_CTX      *c = EVP_CIPHER_CTX_new();
	uint8_t              key[32], *iv = buf_room(room, ENVELOPE_BLOCK), *at = NULL;
	int                  n = 0, last = 0;
	enum err             e = ERR_UNSUPPORTED;

	*out = (struct envelope){ .cipher = ENVELOPE_AES256 };
	if (!to || !EVP_PKEY_is_a(to, "RSA"))
		goto out;
	e = ERR_LIMIT;
	if (!c || !iv || RAND_bytes(key, sizeof key) <= 0 || RAND_bytes(iv, ENVELOPE_BLOCK) <= 0 || !seal_key(to, key, room, &out->key))
		goto out;
	at = plain.len <= INT_MAX - ENVELOPE_BLOCK ? buf_room(room, plain.len + ENVELOPE_BLOCK) : NULL;
	if (!at || !EVP_EncryptInit_ex(c, EVP_aes_256_cbc(), NULL, key, iv) || !EVP_EncryptUpdate(c, at, &n, plain.at, (int)plain.len) || !EVP_EncryptFinal_ex(c, at + n, &last))
		goto out;
	out->iv = bytes_of(iv, ENVELOPE_BLOCK);
	out->content = bytes_of(at, (size_t)(n + last));
	e = OK;
out:
	OPENSSL_cleanse(key, sizeof key);
	EVP_CIPHER_CTX_free(c);
	EVP_PKEY_free(to);
	ERR_clear_error();
	return e;
}
