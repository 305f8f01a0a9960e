/*
 * endpoint_lent: private keys that are elsewhere.
 *
 * A certificate's public key gets methods of OpenSSL's that, asked for a
 * signature, send an errand and put the handshake's job aside until it is
 * answered.  Whoever waits for no connection is answered at once.
 */
#include "crypt/endpoint_inside.h"

static EC_KEY_METHOD *ec_lent;
static RSA_METHOD    *rsa_lent;
static int            ec_at, rsa_at; /* where a key's struct lent hangs */

/* Runs the errand; within a handshake of a connection the job is put aside meanwhile. */
static bool
borrow(const struct lent *l, enum signer_form form, struct bytes text, struct endpoint_errand *e)
{
	*e = (struct endpoint_errand){ .key = l->key, .form = form, .text = text, .asks = ASYNC_get_current_job() ? endpoint_once.running : NULL };
	l->context->config.sign(l->context->config.context, e);
	while (!e->answered && e->asks) {
		e->asks->errand = true;
		ASYNC_pause_job();
	}
	return e->answered && e->len;
}

static int
sign_ec(int type, const unsigned char *digest, int n, unsigned char *out, unsigned int *len, const BIGNUM *kinv, const BIGNUM *r, EC_KEY *key)
{
	struct endpoint_errand e;

	(void)type;
	(void)kinv;
	(void)r;
	if (!borrow(EC_KEY_get_ex_data(key, ec_at), SIGNER_DIGEST, bytes_of(digest, (size_t)n), &e) || (int)e.len > ECDSA_size(key))
		return 0;
	memcpy(out, e.signature, e.len);
	*len = e.len;
	return 1;
}

static int
sign_rsa(int n, const unsigned char *from, unsigned char *to, RSA *key, int padding)
{
	struct endpoint_errand e;

	if ((padding != RSA_NO_PADDING && padding != RSA_PKCS1_PADDING) ||
	    !borrow(RSA_get_ex_data(key, rsa_at), padding == RSA_NO_PADDING ? SIGNER_BLOCK : SIGNER_INFO, bytes_of(from, (size_t)n), &e) || (int)e.len != RSA_size(key))
		return -1;
	memcpy(to, e.signature, e.len);
	return e.len;
}

EVP_PKEY *
endpoint_lent_key(X509 *certificate, struct lent *l)
{
	EVP_PKEY *public = X509_get0_pubkey(certificate), *key = EVP_PKEY_new();
	EC_KEY   *ec = NULL;
	RSA      *rsa = NULL;

	if (!public || !key)
		goto out;
	if (EVP_PKEY_get_base_id(public) == EVP_PKEY_EC) {
		const EC_KEY *of = EVP_PKEY_get0_EC_KEY(public);
		ec = of ? EC_KEY_dup(of) : NULL;
		if (!ec || !EC_KEY_set_method(ec, ec_lent) || !EC_KEY_set_ex_data(ec, ec_at, l) || !EVP_PKEY_assign_EC_KEY(key, ec))
			goto out;
		return key;
	}
	if (EVP_PKEY_get_base_id(public) == EVP_PKEY_RSA) {
		const RSA *of = EVP_PKEY_get0_RSA(public);
		rsa = of ? RSAPublicKey_dup(of) : NULL;
		if (!rsa || !RSA_set_method(rsa, rsa_lent) || !RSA_set_ex_data(rsa, rsa_at, l) || !EVP_PKEY_assign_RSA(key, rsa))
			goto out;
		return key;
	}
out:
	EC_KEY_free(ec);
	RSA_free(rsa);
	EVP_PKEY_free(key);
	return NULL;
}

enum err
endpoint_lent_init(void)
{
	ec_lent = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
	rsa_lent = RSA_meth_dup(RSA_PKCS1_OpenSSL());
	ec_at = EC_KEY_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	rsa_at = RSA_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	if (!ec_lent || !rsa_lent || ec_at < 0 || rsa_at < 0)
		return ERR_MEMORY;
	int (*setup)(EC_KEY *, BN_CTX *, BIGNUM **, BIGNUM **);
	ECDSA_SIG *(*sig)(const unsigned char *, int, const BIGNUM *, const BIGNUM *, EC_KEY *);
	EC_KEY_METHOD_get_sign(ec_lent, NULL, &setup, &sig);
	EC_KEY_METHOD_set_sign(ec_lent, sign_ec, setup, sig);
	return RSA_meth_set_priv_enc(rsa_lent, sign_rsa) && RSA_meth_set_flags(rsa_lent, RSA_METHOD_FLAG_NO_CHECK) ? OK : ERR_MEMORY;
}
