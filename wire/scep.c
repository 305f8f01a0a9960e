/* scep: see scep.h. */
#include "wire/scep.h"

#include <stdio.h>

#include "wire/der.h"

#define SCEP "\x60\x86\x48\x01\x86\xf8\x45\x01\x09"
#define TYPE SCEP "\x02"
#define STATUS SCEP "\x03"
#define FAIL SCEP "\x04"
#define SENDER SCEP "\x05"
#define RECIPIENT SCEP "\x06"
#define TRANSACTION SCEP "\x07"
#define FAIL_TEXT "\x2b\x06\x01\x05\x05\x07\x18\x01"

enum { PRINTABLE = 0x13 };

enum err
scep_parse(struct bytes attributes, struct scep *out)
{
	uint8_t      tag[3] = { 0 };
	struct bytes type = pkcs7_attribute(attributes, TYPE, &tag[0]);

	*out = (struct scep){ .transaction = pkcs7_attribute(attributes, TRANSACTION, &tag[1]), .sender_nonce = pkcs7_attribute(attributes, SENDER, &tag[2]) };
	for (size_t i = 0; i < type.len && i < 3; i++) {
		if (type.at[i] < '0' || type.at[i] > '9')
			return ERR_FORM;
		out->type = 10 * out->type + type.at[i] - '0';
	}
	bool good = tag[0] == PRINTABLE && tag[1] == PRINTABLE && tag[2] == DER_OCTET_STRING && type.len && type.len <= 3;
	return good && out->transaction.len && out->transaction.len <= SCEP_TRANSACTION && out->sender_nonce.len == SCEP_NONCE ? OK : ERR_FORM;
}

static void
put_number(struct pkcs7_set *s, const char *oid, unsigned n)
{
	char text[8];

	snprintf(text, sizeof text, "%u", n);
	pkcs7_put_attribute(s, oid, PRINTABLE, bytes_text(text));
}

void
scep_print(const struct scep *m, struct bytes digest, struct buf *out)
{
	struct pkcs7_set s = { .n = 0 };

	pkcs7_put_attribute(&s, PKCS7_CONTENT_TYPE, DER_OID, bytes_text(PKCS7_DATA));
	pkcs7_put_attribute(&s, PKCS7_MESSAGE_DIGEST, DER_OCTET_STRING, digest);
	put_number(&s, TYPE, SCEP_ANSWER);
	pkcs7_put_attribute(&s, TRANSACTION, PRINTABLE, m->transaction);
	put_number(&s, STATUS, m->status);
	if (m->status == SCEP_FAILURE)
		put_number(&s, FAIL, m->fail);
	if (m->status == SCEP_FAILURE && m->fail_text)
		pkcs7_put_attribute(&s, FAIL_TEXT, DER_UTF8, bytes_text(m->fail_text));
	pkcs7_put_attribute(&s, SENDER, DER_OCTET_STRING, m->sender_nonce);
	pkcs7_put_attribute(&s, RECIPIENT, DER_OCTET_STRING, m->recipient_nonce);
	pkcs7_set_print(&s, out);
}
