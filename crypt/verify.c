/* verify: see verify.h. */
#include "crypt/verify.h"

#include <limits.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
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

/*
 * d2i_PUBKEY goes through OpenSSL 3's decoder framework, which costs twice the
 * verification itself.  The two kinds of key that nearly all certificates
 * have are read by the older, direct functions; all others go the long way.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static EVP_PKEY *
rsa_key(const unsigned char *at, long len)
{
	EVP_PKEY *key = EVP_PKEY_new();
	RSA      *rsa = d2i_RSAPublicKey(NULL, &at, len);

	if (key && rsa && EVP_PKEY_assign_RSA(key, rsa))
		return key;
	RSA_free(rsa);
	EVP_PKEY_free(key);
	return NULL;
}

static EVP_PKEY *
ec_key(const X509_ALGOR *algorithm, const unsigned char *at, long len)
{
	const void *curve;
	int         kind;

	X509_ALGOR_get0(NULL, &kind, &curve, algorithm);
	EC_KEY   *ec = kind == V_ASN1_OBJECT ? EC_KEY_new_by_curve_name(OBJ_obj2nid(curve)) : NULL;
	EVP_PKEY *key = EVP_PKEY_new();
	if (key && ec && o2i_ECPublicKey(&ec, &at, len) && EVP_PKEY_assign_EC_KEY(key, ec))
		return key;
	EC_KEY_free(ec);
	EVP_PKEY_free(key);
	return NULL;
}

/* SubjectPublicKeyInfo (RFC 5280 4.1): SEQUENCE { AlgorithmIdentifier, BIT STRING }. */
static EVP_PKEY *
read_key(struct bytes spki)
{
	const unsigned char *at = spki.at, *end = spki.at + spki.len;
	const ASN1_OBJECT   *name;
	long                 len;
	int                  tag, class;
	EVP_PKEY            *key = NULL;

	if (ASN1_get_object(&at, &len, &tag, &class, (long)spki.len) & 0x80 || tag != V_ASN1_SEQUENCE)
		return NULL;
	X509_ALGOR      *algorithm = d2i_X509_ALGOR(NULL, &at, end - at);
	ASN1_BIT_STRING *bits = algorithm ? d2i_ASN1_BIT_STRING(NULL, &at, end - at) : NULL;
	if (bits) {
		X509_ALGOR_get0(&name, NULL, NULL, algorithm);
		int nid = OBJ_obj2nid(name);
		if (nid == NID_rsaEncryption)
			key = rsa_key(ASN1_STRING_get0_data(bits), ASN1_STRING_length(bits));
		else if (nid == NID_X9_62_id_ecPublicKey)
			key = ec_key(algorithm, ASN1_STRING_get0_data(bits), ASN1_STRING_length(bits));
		if (!key) {
			at = spki.at;
			key = d2i_PUBKEY(NULL, &at, (long)spki.len);
		}
	}
	ASN1_BIT_STRING_free(bits);
	X509_ALGOR_free(algorithm);
	return key;
}

/*
 * The two curves that are asked of most, their points uncompressed: the
 * curve's tables are made once and not for each key, which cost twice the
 * arithmetic.  False: it is of neither.
 */
static bool
curve_verifies(struct bytes spki, const char *hash, struct bytes tbs, struct bytes signature, bool *ok)
{
	static const struct {
		const char *head;
		size_t      len, whole;
		int         curve;
	} KNOWN[] = {
#define HEAD(s) s, sizeof(s) - 1
		{ HEAD("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00"), 91, NID_X9_62_prime256v1 },
		{ HEAD("\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00"), 120, NID_secp384r1 },
#undef HEAD
	};
	enum { CURVES = sizeof KNOWN / sizeof *KNOWN };
	static EC_KEY *key[CURVES];
	uint8_t        digest[EVP_MAX_MD_SIZE];
	unsigned       n, i = 0;

	while (i < CURVES && (spki.len != KNOWN[i].whole || memcmp(spki.at, KNOWN[i].head, KNOWN[i].len)))
		i++;
	if (i == CURVES || (!key[i] && !(key[i] = EC_KEY_new_by_curve_name(KNOWN[i].curve))))
		return false;
	*ok = signature.len <= INT_MAX && EC_KEY_oct2key(key[i], spki.at + KNOWN[i].len, spki.len - KNOWN[i].len, NULL) &&
	      EVP_Digest(tbs.at, tbs.len, digest, &n, EVP_get_digestbyname(hash), NULL) &&
	      ECDSA_verify(0, digest, (int)n, signature.at, (int)signature.len, key[i]) == 1;
	return true;
}
#pragma GCC diagnostic pop

bool
verify_certificate(struct bytes tbs, struct bytes signature, enum verify_algorithm algorithm, struct bytes spki)
{
	bool ok = false;

	if (algorithm == VERIFY_NONE || spki.len > INT_MAX)
		return false;
	if (ALGORITHMS[algorithm].key == EVP_PKEY_EC && curve_verifies(spki, ALGORITHMS[algorithm].hash, tbs, signature, &ok)) {
		ERR_clear_error();
		return ok;
	}
	EVP_PKEY *key = read_key(spki);
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
