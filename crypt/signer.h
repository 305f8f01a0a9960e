/*
 * signer: private keys that sign certificates and their status: P-256 and
 * P-384 with ECDSA, RSA of 2048 bits and more (made: 3072), Ed25519 (RFC 5480, 8017, 8410).
 *
 * A key in memory is the whole secret: who holds one reads no stranger's bytes.
 */
#ifndef CRYPT_SIGNER_H
#define CRYPT_SIGNER_H

#include "base/buf.h"
#include "base/err.h"

enum signer_kind { SIGNER_P256, SIGNER_P384, SIGNER_RSA, SIGNER_ED25519, SIGNER_KINDS };

enum { SIGNER_PEM = 4096, SIGNER_SPKI = 512, SIGNER_SIGNATURE = 512 };

struct signer;

/* "p256", "p384", "rsa3072", "ed25519"; SIGNER_KINDS: it is none of them. */
enum signer_kind signer_kind_of(const char *name);

enum err signer_new(enum signer_kind kind, struct signer **out) MUST_USE;
/* The key in a PEM text; passphrase NULL: in clear.  ERR_FORM: there is none, or the passphrase is another; ERR_UNSUPPORTED: of another kind. */
enum err signer_load(struct bytes pem, const char *passphrase, struct signer **out) MUST_USE;
/*
 * A key that stays in a token (PKCS #11), named by a URI (RFC 7512) with its driver and where its PIN is read:
 * pkcs11:token=T;object=O;type=private?module-path=/usr/lib/…/x.so&pin-source=file:/PATH
 * The session is opened now, and stays.  ERR_UNSUPPORTED: OpenSSL's engine pkcs11 is not installed, or the key's kind
 * is none of ours; ERR_NOTFOUND: no such driver, token, key or PIN.
 */
#define SIGNER_TOKEN "pkcs11:"
enum err signer_token(const char *uri, struct signer **out) MUST_USE;
/* PKCS#8; with a passphrase AES-256 under scrypt (RFC 7914). */
enum err signer_save(const struct signer *k, const char *passphrase, struct buf *pem) MUST_USE;
void     signer_free(struct signer *k);

/* Appends the SubjectPublicKeyInfo, the AlgorithmIdentifier of its signatures, a signature. */
enum err signer_public(const struct signer *k, struct buf *spki) MUST_USE;
void     signer_algorithm(const struct signer *k, struct buf *out);
/* The same, of who has the public key alone. */
enum err signer_algorithm_of(struct bytes spki, struct buf *out) MUST_USE;
enum err signer_make(const struct signer *k, struct bytes text, struct buf *signature) MUST_USE;

/* What whoever lends a key to TLS is asked to sign (RFC 8446 section 4.4.3): ready made, by who knows the digest. */
enum signer_form {
	SIGNER_DIGEST, /* ECDSA of a digest */
	SIGNER_INFO,   /* RSA, PKCS #1 v1.5 padding of a DigestInfo */
	SIGNER_BLOCK,  /* RSA of a whole block, padded as PSS has it */
};
/* ERR_USAGE: the key or the text is not of that form; a block that ends as no PSS block does is none. */
enum err signer_lend(const struct signer *k, enum signer_form form, struct bytes text, struct buf *signature) MUST_USE;

#endif
