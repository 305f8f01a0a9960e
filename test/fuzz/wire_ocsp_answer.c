/* What is read of an answer is printed, read again, and is the same. */
#include "test/fuzz/fuzz.h"
#include "wire/ocsp.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static uint8_t     room[1 << 17];
	struct buf         b = buf_over(room, sizeof room);
	struct ocsp_answer a, again;
	struct ocsp_single one;

	if (ocsp_answer_parse(bytes_of(at, len), &a))
		return 0;
	if (a.trouble)
		ocsp_print_trouble((enum ocsp_trouble)a.trouble, &b);
	else
		ocsp_print_answer(a.data, a.algorithm_der, a.signature, a.certificates ? a.certificate[0] : bytes_of("", 0), &b);
	if (!buf_ok(&b))
		return 0;
	if (ocsp_answer_parse(buf_bytes(&b), &again) || again.trouble != a.trouble)
		abort();
	if (!a.trouble && (!bytes_equal(a.data, again.data) || !bytes_equal(a.singles, again.singles) || !bytes_equal(a.nonce, again.nonce)))
		abort();
	(void)!ocsp_find(&a, bytes_head(a.singles, 64), &one);
	return 0;
}
