#include "test/fuzz/fuzz.h"
#include "content/blocks.h"

/* Each block is its option's three bytes, a length, and so many bytes: what is fresh adds up to the body. */
int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct blocks b = { 0 };
	struct bytes  in = bytes_of(at, len), fresh;
	uint64_t      sum = 0;

	while (in.len >= 4) {
		uint32_t     option = (uint32_t)in.at[0] << 16 | (uint32_t)in.at[1] << 8 | in.at[2];
		struct bytes payload = bytes_head(bytes_skip(in, 4), in.at[3]);
		in = bytes_skip(in, 4 + payload.len);
		enum blocks_state s = blocks_put(&b, option, payload, &fresh);
		if (s == BLOCKS_NEXT || s == BLOCKS_LAST) {
			sum = fresh.len == b.have ? fresh.len : sum + fresh.len;
			if (sum != b.have || b.open != (s == BLOCKS_NEXT))
				abort();
		} else if (fresh.len) {
			abort();
		}
	}
	return 0;
}
