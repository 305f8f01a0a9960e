/* pem: see pem.h; through OpenSSL. */
#include "crypt/pem.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdio.h>

static int
no_password(char *at, int size, int writing, void *context)
{
	(void)at;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

static BIO *
over(struct bytes text)
{
	return text.len && text.len <= INT_MAX ? BIO_new_mem_buf(text.at, (int)text.len) : NULL;
}

enum err
pem_next(struct bytes *text, char label[static 32], struct buf *der)
{
	BIO           *b = over(*text);
	char          *name = NULL, *header = NULL;
	unsigned char *at = NULL;
	long           n = 0;
	enum err       e = ERR_NOTFOUND;

	if (!b)
		return e;
	if (!PEM_read_bio(b, &name, &header, &at, &n)) {
		e = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE ? ERR_NOTFOUND : ERR_FORM;
		goto out;
	}
	snprintf(label, 32, "%s", name);
	buf_put(der, at, (size_t)n);
	*text = bytes_skip(*text, text->len - (size_t)BIO_ctrl_pending(b));
	e = buf_ok(der) ? OK : ERR_LIMIT;
out:
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(at);
	BIO_free(b);
	ERR_clear_error();
	return e;
}

EVP_PKEY *
pem_key(struct bytes text)
{
	BIO      *b = over(text);
	EVP_PKEY *key = b ? PEM_read_bio_PrivateKey(b, NULL, no_password, NULL) : NULL;

	BIO_free(b);
	ERR_clear_error(); /* a file that is no key is no error of OpenSSL's */
	return key;
}

/* PKCS#8 EncryptedPrivateKeyInfo: PBES2 with scrypt, N 16384, r 8, p 1: 16 MiB a guess, OpenSSL takes no more. */
static bool
encrypted(BIO *b, EVP_PKEY *key, const char *passphrase)
{
	PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key);
	X509_ALGOR          *how = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 0, NULL, 16384, 8, 1);
	X509_SIG            *sealed = plain && how ? PKCS8_set0_pbe(passphrase, (int)strlen(passphrase), plain, how) : NULL;

	if (sealed)
		how = NULL; /* it is the sealed one's now */
	bool ok = sealed && PEM_write_bio_PKCS8(b, sealed);
	X509_SIG_free(sealed);
	X509_ALGOR_free(how);
	PKCS8_PRIV_KEY_INFO_free(plain);
	return ok;
}

enum err
pem_key_put(EVP_PKEY *key, const char *passphrase, struct buf *text)
{
	BIO     *b = BIO_new(BIO_s_secmem());
	char    *at;
	enum err e = ERR_MEMORY;

	if (!b || !(passphrase ? encrypted(b, key, passphrase) : PEM_write_bio_PKCS8PrivateKey(b, key, NULL, NULL, 0, NULL, NULL)))
		goto out;
	long n = BIO_get_mem_data(b, &at);
	buf_put(text, at, (size_t)n);
	e = buf_ok(text) ? OK : ERR_LIMIT;
out:
	BIO_free(b);
	return e;
}

X509 *
pem_certificate(struct bytes text)
{
	BIO  *b = over(text);
	X509 *c = b ? PEM_read_bio_X509(b, NULL, no_password, NULL) : NULL;

	BIO_free(b);
	ERR_clear_error();
	return c;
}

void
pem_put(const char *label, struct bytes der, struct buf *text)
{
	BIO  *b = BIO_new(BIO_s_mem());
	char *at;

	if (b && der.len <= INT_MAX && PEM_write_bio(b, label, "", der.at, (long)der.len)) {
		long n = BIO_get_mem_data(b, &at);
		buf_put(text, at, (size_t)n);
	} else {
		text->full = true;
	}
	BIO_free(b);
}
