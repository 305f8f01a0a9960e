#include "test/fuzz/cut.h"
#include "content/meaning_json.h"

static void
put(void *j, struct bytes in)
{
	meaning_json_put(j, in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct meaning      a, b;
	static struct meaning_json j;

	if (len == 0)
		return 0;
	meaning_json_begin(&j, &a, &FUZZ_KEY, at[0] & 1);
	meaning_json_put(&j, bytes_of(at + 1, len - 1));
	enum err one = meaning_json_end(&j);
	meaning_json_begin(&j, &b, &FUZZ_KEY, at[0] & 1);
	cut_put(&j, put, bytes_of(at + 1, len - 1), at[0]);
	if (meaning_json_end(&j) != one)
		abort();
	cut_same(&a, &b);
	return 0;
}
