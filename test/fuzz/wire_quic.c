#include "test/fuzz/fuzz.h"
#include "wire/quic.h"

/* A varint may be longer than it need be, so a print is compared with a print. */
static void
frames(struct bytes in)
{
	static uint8_t    text[1 << 16];
	struct quic_frame f, g;

	while (quic_frame_next(&in, &f) == OK) {
		struct buf   b = buf_over(text, sizeof text);
		quic_frame_print(&f, &b);
		struct bytes left = buf_bytes(&b);
		if (quic_frame_next(&left, &g) != OK || left.len || f.type != g.type || f.offset != g.offset || f.error != g.error ||
		    f.largest != g.largest || !bytes_equal(f.data, g.data) || !bytes_equal(f.reason, g.reason))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const uint8_t mask[5] = { 0x5a, 1, 2, 3, 4 };
	static uint8_t       text[1 << 16], header[1 << 16];
	struct quic          q, r;
	struct quic_clear    clear;
	struct bytes         sample;

	frames(bytes_of(at, len));
	for (struct bytes in = bytes_of(at, len); in.len && quic_parse(in, &q) == OK; in = bytes_skip(in, q.packet.len)) {
		struct buf b = buf_over(text, sizeof text), h = buf_over(header, sizeof header);
		quic_print(&q, &b);
		if (buf_ok(&b) && (quic_parse(buf_bytes(&b), &r) != OK || r.type != q.type || !bytes_equal(r.token, q.token) || r.length != q.length))
			abort();
		if (quic_sample(&q, &sample) == OK && sample.len != QUIC_SAMPLE_LEN)
			abort();
		if (quic_unmask(&q, mask, &h, &clear) == OK && clear.aad.len + clear.cipher.len != q.packet.len)
			abort();
	}
	return 0;
}
