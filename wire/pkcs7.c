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
