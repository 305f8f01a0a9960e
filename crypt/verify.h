/*
 * verify: did this key sign these bytes?  (RFC 5280 section 6.1.3 (a)(1))
 *
 * Dear: decoding the key and the arithmetic take about 0.1 ms, and OpenSSL
 * allocates.  Callers ask once a certificate and remember the answer.
 */
#ifndef CRYPT_VERIFY_H
#define CRYPT_VERIFY_H

#include "base/bytes.h"

enum verify_algorithm {
	VERIFY_NONE, /* unknown: never verifies */
	VERIFY_RSA_MD5,
	VERIFY_RSA_SHA1,
	VERIFY_RSA_SHA224,
	VERIFY_RSA_SHA256,
	VERIFY_RSA_SHA384,
	VERIFY_RSA_SHA512,
	VERIFY_RSA_PSS, /* the hash is tried: SHA-256, -384, -512 */
	VERIFY_ECDSA_SHA1,
	VERIFY_ECDSA_SHA224,
	VERIFY_ECDSA_SHA256,
	VERIFY_ECDSA_SHA384,
	VERIFY_ECDSA_SHA512,
	VERIFY_ED25519,
	VERIFY_ED448,
};

/* tbs: the signed part with its header; spki: the issuer's SubjectPublicKeyInfo in DER. */
bool verify_certificate(struct bytes tbs, struct bytes signature, enum verify_algorithm algorithm, struct bytes spki);

#endif
