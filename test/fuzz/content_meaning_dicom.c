#include "test/fuzz/cut.h"
#include "content/meaning_dicom.h"

static void
put(void *d, struct bytes in)
{
	meaning_dicom_put(d, in);
}

/* The first byte chooses the cuts, the second the transfer syntax. */
int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const char *const SYNTAX[] = { "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99" };
	static struct meaning          a, b;
	static struct meaning_dicom    d;
	static struct meaning_inflate *z;

	if (len < 2)
		return 0;
	if (!z)
		z = meaning_inflate_new();
	struct bytes syntax = bytes_text(SYNTAX[at[1] & 3]), in = bytes_of(at + 2, len - 2);
	meaning_dicom_begin(&d, &a, &FUZZ_KEY, syntax, z);
	meaning_dicom_put(&d, in);
	enum err one = meaning_dicom_end(&d);
	meaning_dicom_begin(&d, &b, &FUZZ_KEY, syntax, z);
	cut_put(&d, put, in, at[0]);
	if (meaning_dicom_end(&d) != one)
		abort();
	cut_same(&a, &b);
	return 0;
}
