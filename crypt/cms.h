/*
 * cms: bytes that only the holder of one key can read: CMS AuthEnvelopedData
 * (RFC 5083) with AES-256-GCM (RFC 5084), its key agreed by ECDH on P-256 with
 * the recipient's certificate (RFC 5753).
 *
 *	openssl cms -decrypt -inform DER -in FILE -inkey evidence.pem -recip evidence.crt
 *
 * DER throughout but for keys and certificates, which are PEM.
 */
#ifndef CRYPT_CMS_H
#define CRYPT_CMS_H

#include "base/buf.h"
#include "base/err.h"

enum { CMS_MOST = 48 << 20 }; /* no more is sealed or opened at once */

struct cms_key;
struct cms_recipient;

/* A new key and its self-signed certificate, valid for ten years from now; PEM texts. */
enum err cms_new(const char *name, struct buf *key, struct buf *certificate) MUST_USE;

/* ERR_FORM: it is no such PEM; ERR_UNSUPPORTED: it is not of P-256. */
enum err cms_recipient_load(struct bytes pem, struct cms_recipient **out) MUST_USE;
void     cms_recipient_free(struct cms_recipient *r);
enum err cms_seal(const struct cms_recipient *to, struct bytes plain, struct buf *sealed) MUST_USE;

enum err cms_key_load(struct bytes pem, struct cms_key **out) MUST_USE;
void     cms_key_free(struct cms_key *k);
/* ERR_FORM: it is not what cms_seal makes; ERR_PERM: for another key, or not what was sealed: nothing of it is in plain then. */
enum err cms_open(const struct cms_key *k, struct bytes sealed, struct buf *plain) MUST_USE;

#endif
