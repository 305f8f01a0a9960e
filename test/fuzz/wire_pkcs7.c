#include "test/fuzz/fuzz.h"
#include "wire/scep.h"

/* Views into what was parsed stay inside; what is printed is read again as it was. */
static void
signed_message(struct bytes in)
{
	static uint8_t      room[1 << 17];
	struct buf          b = buf_over(room, sizeof room);
	struct pkcs7_signed x, y;
	struct scep         s;

	if (pkcs7_signed_parse(in, &x) != OK)
		return;
	(void)!scep_parse(x.attributes, &s);
	if (!x.hash || x.key != PKCS7_RSA)
		return;
	pkcs7_signed_print(&x, &b);
	if (!buf_ok(&b))
		return;
	if (pkcs7_signed_parse(buf_bytes(&b), &y) != OK || !bytes_equal(x.content, y.content) || !bytes_equal(x.attributes, y.attributes) || !bytes_equal(x.signature, y.signature))
		abort();
}

static void
envelope(struct bytes in)
{
	static uint8_t        room[1 << 17];
	struct buf            b = buf_over(room, sizeof room);
	struct pkcs7_envelope x, y;

	if (pkcs7_envelope_parse(in, bytes_of("", 0), &x) != OK || !x.cipher)
		return;
	pkcs7_envelope_print(&x, &b);
	if (!buf_ok(&b))
		return;
	if (pkcs7_envelope_parse(buf_bytes(&b), x.serial, &y) != OK || x.cipher != y.cipher || !bytes_equal(x.content, y.content) || !bytes_equal(x.key, y.key))
		abort();
}

/* A view inside what was parsed; certificates alone are read again as they were. */
static void
certificates(struct bytes in)
{
	static uint8_t room[1 << 17];
	struct buf     b = buf_over(room, sizeof room);
	struct bytes   x, y;

	if (pkcs7_certificates(in, &x) != OK)
		return;
	if (x.len && (x.at < in.at || x.at + x.len > in.at + in.len))
		abort();
	pkcs7_print_certificates(x, &b);
	if (buf_ok(&b) && x.len && (pkcs7_certificates(buf_bytes(&b), &y) != OK || !bytes_equal(x, y)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	certificates(bytes_of(at, len));
	signed_message(bytes_of(at, len));
	envelope(bytes_of(at, len));
	return 0;
}
