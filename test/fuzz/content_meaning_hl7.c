#include "test/fuzz/cut.h"
#include "content/meaning_hl7.h"

static void
put(void *h, struct bytes in)
{
	meaning_hl7_put(h, in);
}

static void
tell(void *context, uint64_t path, struct bytes value)
{
	struct bytes *in = context;
	if (value.at < in->at || value.at + value.len > in->at + in->len || !path)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct meaning     a, b;
	static struct meaning_hl7 h;

	if (len == 0)
		return 0;
	struct bytes in = bytes_of(at + 1, len - 1);
	meaning_hl7_begin(&h, &a, &FUZZ_KEY);
	meaning_hl7_put(&h, in);
	enum err one = meaning_hl7_end(&h);
	meaning_hl7_begin(&h, &b, &FUZZ_KEY);
	cut_put(&h, put, in, at[0]);
	if (meaning_hl7_end(&h) != one)
		abort();
	cut_same(&a, &b);
	(void)meaning_hl7_each(in, tell, &in);
	return 0;
}
