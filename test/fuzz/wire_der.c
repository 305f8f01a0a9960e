/* What is read as DER is written as the same bytes: there is one encoding only. */
#include "test/fuzz/fuzz.h"
#include "wire/der.h"

static void
copy(struct cursor *c, unsigned depth, struct buf *out)
{
	while (cursor_left(c)) {
		uint8_t       tag;
		struct bytes  contents = der_any(c, &tag);
		struct cursor inside = cursor_over(contents);
		if (!cursor_ok(c))
			return;
		if (tag & DER_CONSTRUCTED && depth < 16) {
			size_t at = der_begin(out, tag);
			copy(&inside, depth + 1, out);
			if (!cursor_ok(&inside))
				cursor_fail(c);
			der_end(out, at);
		} else {
			der_put(out, tag, contents);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static uint8_t room[1 << 17];
	struct buf     out = buf_over(room, sizeof room);
	struct cursor  c = cursor_over(bytes_of(at, len));

	copy(&c, 0, &out);
	if (cursor_ok(&c) && buf_ok(&out) && !bytes_equal(buf_bytes(&out), bytes_of(at, len)))
		abort();
	c = cursor_over(bytes_of(at, len));
	struct instant t = der_moment(&c);
	if (cursor_ok(&c) && t.us >= 0) {
		buf_reset(&out);
		der_put_moment(&out, t, at[0] == DER_GENERALIZED_TIME);
		if (!bytes_equal(buf_bytes(&out), bytes_of(at, (size_t)(c.at - at))))
			abort();
	}
	return 0;
}
