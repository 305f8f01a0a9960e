/* pkcs7: see pkcs7.h. */
#include "wire/pkcs7.h"
#include "wire/der.h"

#define PKCS7 "\x2a\x86\x48\x86\xf7\x0d\x01\x07"

void
pkcs7_print_certificates(struct bytes certificates, struct buf *out)
{
	size_t message = der_begin(out, DER_SEQUENCE);

	DER_PUT_OID(out, PKCS7 "\x02");
	size_t content = der_begin(out, DER_EXPLICIT | 0), signed_data = der_begin(out, DER_SEQUENCE);
	der_put_small(out, DER_INTEGER, 1);
	der_put(out, DER_SET, bytes_of("", 0));
	size_t nothing = der_begin(out, DER_SEQUENCE);
	DER_PUT_OID(out, PKCS7 "\x01");
	der_end(out, nothing);
	der_put(out, DER_EXPLICIT | 0, certificates);
	der_put(out, DER_SET, bytes_of("", 0));
	der_end(out, signed_data);
	der_end(out, content);
	der_end(out, message);
}

enum err
pkcs7_certificates(struct bytes message, struct bytes *certificates)
{
	struct cursor whole = cursor_over(message);
	struct cursor info = cursor_over(der_take(&whole, DER_SEQUENCE));
	bool          is = der_is_oid(der_take(&info, DER_OID), "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
	struct cursor content = cursor_over(der_take(&info, DER_EXPLICIT | 0));
	struct cursor data = cursor_over(der_take(&content, DER_SEQUENCE));

	(void)der_small(&data);
	(void)der_take(&data, DER_SET);
	(void)der_take(&data, DER_SEQUENCE);
	*certificates = der_maybe(&data, DER_EXPLICIT | 0);
	return is && cursor_end(&whole) && cursor_end(&info) && cursor_end(&content) && cursor_ok(&data) ? OK : ERR_FORM;
}
