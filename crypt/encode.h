/* encode: base64 (RFC 4648 section 4), the one text that stands for the bytes: padded, no blanks, no stray bits; base64url (section 5) has no padding. */
#ifndef CRYPT_ENCODE_H
#define CRYPT_ENCODE_H

#include "base/buf.h"
#include "base/err.h"

void encode_base64(struct bytes in, struct buf *out);

/* Appends the bytes to out.  ERR_FORM if in is not what encode_base64 writes, ERR_LIMIT if they do not fit. */
enum err encode_base64_parse(struct bytes in, struct buf *out) MUST_USE;

/* The same for base64url. */
void encode_base64url(struct bytes in, struct buf *out);
enum err encode_base64url_parse(struct bytes in, struct buf *out) MUST_USE;

#endif
