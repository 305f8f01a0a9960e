#include "test/fuzz/fuzz.h"
#include "wire/dtls.h"

static void
again(struct bytes a, const struct buf *b)
{
	if (buf_ok(b) && !bytes_equal(a, buf_bytes(b)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static uint8_t           text[1 << 16];
	struct bytes             in = bytes_of(at, len);
	struct dtls_record       r;
	struct dtls_handshake    h;
	struct dtls_hello_verify v;
	struct tls_client_hello  c;
	struct tls_server_hello  s;

	(void)dtls_looks(in);
	for (; in.len && dtls_record_parse(in, &r) == OK; in = bytes_skip(in, r.size)) {
		struct buf b = buf_over(text, sizeof text);
		dtls_record_print(&r, &b);
		again(bytes_head(in, r.size), &b);
		while (r.fragment.len && dtls_handshake_parse(r.fragment, &h) == OK) {
			buf_reset(&b);
			dtls_handshake_print(&h, &b);
			again(bytes_head(r.fragment, h.size), &b);
			buf_reset(&b);
			if (dtls_hello_verify_parse(h.fragment, &v) == OK) {
				dtls_hello_verify_print(&v, &b);
				again(h.fragment, &b);
			}
			buf_reset(&b);
			if (dtls_client_hello_parse(h.fragment, &c) == OK) {
				tls_client_hello_print(&c, &b);
				again(h.fragment, &b);
			}
			(void)!tls_server_hello_parse(h.fragment, &s);
			r.fragment = bytes_skip(r.fragment, h.size);
		}
	}
	return 0;
}
