/* csr: see csr.h. */
#include "wire/csr.h"
#include "wire/der.h"

#define PKCS9 "\x2a\x86\x48\x86\xf7\x0d\x01\x09"

/* Attribute ::= SEQUENCE { type OID, values SET OF ANY }, with one value of those read here */
static void
read_attributes(struct bytes in, struct csr *out)
{
	struct cursor c = cursor_over(in);
	bool          extensions = false;

	while (cursor_left(&c)) {
		struct cursor a = cursor_over(der_take(&c, DER_SEQUENCE));
		struct bytes  type = der_take(&a, DER_OID);
		struct cursor values = cursor_over(der_take(&a, DER_SET));
		uint8_t       tag;
		if (!cursor_end(&a))
			cursor_fail(&c);
		if (der_is_oid(type, PKCS9 "\x0e")) {
			x509_read_extensions(&values, &out->wants);
			out->wants.odd |= extensions;
			extensions = true;
		} else if (der_is_oid(type, PKCS9 "\x07")) {
			out->wants.odd |= out->challenge.len != 0;
			out->challenge = der_any(&values, &tag);
		} else {
			(void)cursor_rest(&values);
		}
		if (!cursor_end(&values))
			cursor_fail(&c);
	}
	out->wants.odd |= !cursor_ok(&c);
}

enum err
csr_parse(struct bytes in, struct csr *out)
{
	struct cursor c = cursor_over(in), head = c;

	*out = (struct csr){ .wants = x509_blank(in), .attributes = bytes_head(in, 0), .challenge = bytes_head(in, 0) };
	(void)cursor_u8(&head);
	size_t n = der_length(&head);
	if (in.len < 4 || (cursor_ok(&head) && n > cursor_left(&head)))
		return ERR_SHORT;
	struct cursor s = cursor_over(der_take(&c, DER_SEQUENCE));
	if (!cursor_end(&c))
		return ERR_FORM;

	struct cursor peek = s;
	out->info = der_whole(&s, DER_SEQUENCE);
	struct cursor info = cursor_over(der_take(&peek, DER_SEQUENCE));
	struct cursor id = s;
	out->algorithm_der = der_whole(&s, DER_SEQUENCE);
	out->algorithm = x509_read_algorithm(&id, &out->algorithm_oid);
	out->signature = der_octets(&s);
	if (!cursor_end(&s) || !cursor_ok(&id))
		return ERR_FORM;

	if (der_small(&info) != 0)
		return ERR_FORM;
	x509_read_subject(&info, &out->wants);
	x509_read_key(&info, &out->wants);
	out->attributes = der_maybe(&info, DER_EXPLICIT | 0);
	if (!cursor_end(&info))
		return ERR_FORM;
	read_attributes(out->attributes, out);
	return out->wants.odd ? ERR_FORM : OK;
}

void
csr_print(const struct csr *r, struct buf *out)
{
	size_t whole = der_begin(out, DER_SEQUENCE), info = der_begin(out, DER_SEQUENCE);

	der_put_small(out, DER_INTEGER, 0);
	buf_bytes_put(out, r->wants.subject);
	buf_bytes_put(out, r->wants.spki);
	der_put(out, DER_EXPLICIT | 0, r->attributes);
	der_end(out, info);
	buf_bytes_put(out, r->algorithm_der);
	der_put_octets(out, r->signature);
	der_end(out, whole);
}
