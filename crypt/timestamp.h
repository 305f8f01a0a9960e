/*
 * timestamp: somebody else's word that bytes were there at a time (RFC 3161), through OpenSSL.
 *
 *	TimeStampReq   SHA-256 of the bytes, a nonce, certReq true
 *	TimeStampResp  status, and a signed TSTInfo with the same digest and nonce and a time
 */
#ifndef CRYPT_TIMESTAMP_H
#define CRYPT_TIMESTAMP_H

#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"

enum { TIMESTAMP_REQUEST = 256, TIMESTAMP_REPLY = 32768 };

/* Appends a request over a SHA-256, with a random nonce. */
enum err timestamp_request(const uint8_t digest[static 32], struct buf *out) MUST_USE;

/*
 * Does the reply (DER) answer this request, signed by an authority for time
 * stamps below one of the certificates of ca (PEM)?  Without a request
 * (empty) the digest alone is compared.  ERR_FORM: it is no reply;
 * ERR_PERM: the authority refused, or its signature or its certificates do
 * not hold, or it answers something else.
 */
enum err timestamp_verify(struct bytes reply, struct bytes request, const uint8_t digest[static 32], struct bytes ca, struct instant *when) MUST_USE;

#endif
