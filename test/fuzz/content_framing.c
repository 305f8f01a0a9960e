#include "test/fuzz/cut.h"
#include "content/framing.h"

struct reader {
	struct framing f;
	struct siphash told;
};

/* Data joined, and what else is told, with where. */
static void
put(void *context, struct bytes in)
{
	struct reader       *r = context;
	struct framing_event e;

	while (framing_next(&r->f, &in, &e)) {
		if (e.kind == FRAMING_DATA) {
			siphash_put(&r->told, e.data);
		} else {
			uint64_t what = (uint64_t)e.kind << 8 | (uint64_t)e.doubt;
			siphash_put(&r->told, bytes_of(&what, sizeof what));
			siphash_put(&r->told, bytes_of(&e.at, sizeof e.at));
		}
	}
	if (in.len)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct reader a = { 0 }, b = { 0 };

	if (len == 0)
		return 0;
	siphash_begin(&a.told, &FUZZ_KEY);
	siphash_begin(&b.told, &FUZZ_KEY);
	put(&a, bytes_of(at + 1, len - 1));
	cut_put(&b, put, bytes_of(at + 1, len - 1), at[0]);
	if (siphash_end(&a.told) != siphash_end(&b.told) || memcmp(&a.f, &b.f, sizeof a.f) || a.f.offset != len - 1)
		abort();
	return 0;
}
