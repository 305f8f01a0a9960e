/* pem: DER in lines of text between BEGIN and END (RFC 7468). */
#ifndef CRYPT_PEM_H
#define CRYPT_PEM_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Appends the next block of text to der, and moves text behind it; what stands
 * before the block is passed over.  label gets its name.  ERR_NOTFOUND: there
 * is none; ERR_FORM: it is damaged.
 */
enum err pem_next(struct bytes *text, char label[static 32], struct buf *der) MUST_USE;

/*
 * For this room: the first private key, or certificate, as OpenSSL has it, the caller's; NULL: there is none.  A key
 * with a password is none: OpenSSL must not ask a terminal for it.
 */
struct evp_pkey_st;
struct x509_st;
struct evp_pkey_st *pem_key(struct bytes text);
struct x509_st     *pem_certificate(struct bytes text);
/* For this room: a private key as PKCS #8, under a passphrase if there is one (PBES2 with scrypt). */
enum err            pem_key_put(struct evp_pkey_st *key, const char *passphrase, struct buf *text) MUST_USE;

void pem_put(const char *label, struct bytes der, struct buf *text);

#endif
