#include "test/fuzz/fuzz.h"
#include "wire/starttls.h"

/* The first byte chooses the protocol; a 0xff ends a segment and lets the other side speak. */
int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct starttls s;
	bool            from_server = true;

	if (len == 0)
		return 0;
	starttls_init(&s, (enum starttls_protocol)(1 + at[0] % 6));
	for (struct bytes left = bytes_of(at + 1, len - 1); left.len; from_server = !from_server) {
		size_t n = bytes_find(left, 0xff);
		(void)starttls_see(&s, from_server, bytes_head(left, n));
		left = bytes_skip(left, n + 1);
	}
	return 0;
}
