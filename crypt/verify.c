/* verify: see verify.h. */
#include "crypt/verify.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

/* The kind of key an algorithm needs, and its hash; NULL where the signature brings its own. */
static const struct {
	int         key;
	const char *hash;
} ALGORITHMS[] = {
	[VERIFY_NONE] = { EVP_PKEY_NONE, NULL },
	[VERIFY_RSA_MD5] = { EVP_PKEY_RSA, "MD5" },
	[VERIFY_RSA_SHA1] = { EVP_PKEY_RSA, "SHA1" },
	[VERIFY_RSA_SHA224] = { EVP_PKEY_RSA, "SHA224" },
	[VERIFY_RSA_SHA256] = { EVP_PKEY_RSA, "SHA256" },
	[VERIFY_RSA_SHA384] = { EVP_PKEY_RSA, "SHA384" },
	[VERIFY_RSA_SHA512] = { EVP_PKEY_RSA, "SHA512" },
	[VERIFY_RSA_PSS] = { EVP_PKEY_RSA, NULL },
	[VERIFY_ECDSA_SHA1] = { EVP_PKEY_EC, "SHA1" },
	[VERIFY_ECDSA_SHA224] = { EVP_PKEY_EC, "SHA224" },
	[VERIFY_ECDSA_SHA256] = { EVP_PKEY_EC, "SHA256" },
	[VERIFY_ECDSA_SHA384] = { EVP_PKEY_EC, "SHA384" },
	[VERIFY_ECDSA_SHA512] = { EVP_PKEY_EC, "SHA512" },
	[VERIFY_ED25519] = { EVP_PKEY_ED25519, NULL },
	[VERIFY_ED448] = { EVP_PKEY_ED448, NULL },
};

static bool
one(EVP_PKEY *key, const char *hash, bool pss, struct bytes tbs, struct bytes signature)
{
	EVP_MD_CTX   *c = EVP_MD_CTX_new();
	EVP_PKEY_CTX *k = NULL;
	bool          ok = false;

	if (!c || EVP_DigestVerifyInit_ex(c, &k, hash, NULL, NULL, key, NULL) <= 0)
		goto out;
	if (pss && (EVP_PKEY_CTX_set_rsa_padding(k, RSA_PKCS1_PSS_PADDING) <= 0 || EVP_PKEY_CTX_set_rsa_pss_saltlen(k, RSA_PSS_SALTLEN_AUTO) <= 0))
		goto out;
	ok = EVP_DigestVerify(c, signature.at, signature.len, tbs.at, tbs.len) == 1;
out:
	EVP_MD_CTX_free(c);
	return ok;
}

bool
verify_certificate(struct bytes tbs, struct bytes signature, enum verify_algorithm algorithm, struct bytes spki)
{
	const unsigned char *at = spki.at;
	bool                 ok = false;

	if (algorithm == VERIFY_NONE || spki.len > INT_MAX)
		return false;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.len);
	if (!key)
		goto out;
	int id = EVP_PKEY_get_base_id(key);
	if (id == EVP_PKEY_RSA_PSS)
		id = EVP_PKEY_RSA;
	if (id != ALGORITHMS[algorithm].key)
		goto out;
	if (algorithm == VERIFY_RSA_PSS)
		ok = one(key, "SHA256", true, tbs, signature) || one(key, "SHA384", true, tbs, signature) || one(key, "SHA512", true, tbs, signature);
	else
		ok = one(key, ALGORITHMS[algorithm].hash, false, tbs, signature);
out:
	EVP_PKEY_free(key);
	ERR_clear_error(); /* a bad signature is no error of ours */
	return ok;
}
