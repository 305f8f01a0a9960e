#include "test/fuzz/fuzz.h"
#include "wire/tls.h"

/* The first byte chooses what the rest is. */
static void
again(struct bytes a, struct bytes b)
{
	if (!bytes_equal(a, b))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static uint8_t                 text[1 << 17];
	struct bytes                   in = bytes_skip(bytes_of(at, len), 1), ocsp;
	struct buf                     b = buf_over(text, sizeof text);
	struct tls_record              r;
	struct tls_handshake           m;
	struct tls_client_hello        c;
	struct tls_server_hello        s;
	struct tls_certificates        chain;
	struct tls_certificate_request q;
	struct tls_ticket              t;
	struct tls_alert               a;

	if (len == 0)
		return 0;
	uint16_t version = at[0] & 0x80 ? 0x0304 : 0x0303;
	switch (at[0] & 0x7f) {
	case 0:
		(void)!tls_looks(in);
		if (tls_record_parse(in, &r) != OK)
			break;
		tls_record_print(&r, &b);
		again(bytes_head(in, r.size), buf_bytes(&b));
		break;
	case 1:
		if (tls_handshake_parse(in, &m) != OK)
			break;
		tls_handshake_print(&m, &b);
		again(bytes_head(in, m.size), buf_bytes(&b));
		break;
	case 2:
		if (tls_client_hello_read(in, at[0] & 0x80 ? TLS_OVER_DATAGRAM : TLS_OVER_STREAM, &c) != OK)
			break;
		tls_client_hello_print(&c, &b);
		if (buf_ok(&b))
			again(in, buf_bytes(&b));
		break;
	case 3:
		if (tls_server_hello_parse(in, &s) != OK)
			break;
		tls_server_hello_print(&s, &b);
		if (buf_ok(&b))
			again(in, buf_bytes(&b));
		break;
	case 4:
		(void)!tls_certificates_parse(in, version, &chain);
		break;
	case 5:
		(void)!tls_certificate_request_parse(in, version, &q);
		break;
	case 6:
		(void)!tls_ticket_parse(in, version, &t);
		(void)!tls_status_parse(in, &ocsp);
		(void)!tls_alert_parse(in, &a);
		break;
	default:
		break;
	}
	return 0;
}
