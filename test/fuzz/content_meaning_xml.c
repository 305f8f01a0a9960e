#include "test/fuzz/cut.h"
#include "content/meaning_xml.h"

static void
put(void *x, struct bytes in)
{
	meaning_xml_put(x, in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct meaning      a, b;
	static struct meaning_xml x;

	if (len == 0)
		return 0;
	meaning_xml_begin(&x, &a, &FUZZ_KEY, at[0] & 1);
	meaning_xml_put(&x, bytes_of(at + 1, len - 1));
	enum err one = meaning_xml_end(&x);
	meaning_xml_begin(&x, &b, &FUZZ_KEY, at[0] & 1);
	cut_put(&x, put, bytes_of(at + 1, len - 1), at[0]);
	if (meaning_xml_end(&x) != one)
		abort();
	cut_same(&a, &b);
	return 0;
}
