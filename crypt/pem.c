/* pem: see pem.h; through OpenSSL. */
#include "crypt/pem.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>

enum err
pem_next(struct bytes *text, char label[static 32], struct buf *der)
{
	BIO           *b = text->len && text->len <= INT_MAX ? BIO_new_mem_buf(text->at, (int)text->len) : NULL;
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
