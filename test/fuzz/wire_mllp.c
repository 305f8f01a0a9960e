#include "test/fuzz/fuzz.h"
#include "wire/mllp.h"

/* The events do not depend on how the stream is cut into pieces: the first byte is the length of a piece. */
int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct mllp       m = { .offset = 0 }, k = { .offset = 0 };
	struct mllp_event e, f;
	struct bytes      message;

	if (len == 0)
		return 0;
	struct bytes all = bytes_of(at + 1, len - 1), whole = all, rest = all, piece = bytes_head(all, 0);
	(void)!mllp_parse(all, &message);
	(void)mllp_looks(all);
	while (mllp_next(&m, &whole, &e)) {
		while (!mllp_next(&k, &piece, &f)) {
			if (rest.len == 0)
				abort();
			piece = bytes_head(rest, at[0] ? at[0] : 1);
			rest = bytes_skip(rest, piece.len);
		}
		if (e.kind != f.kind || e.at != f.at || e.at > all.len)
			abort();
	}
	return 0;
}
