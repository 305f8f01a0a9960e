/* An entry of the log: only the canonical form is taken, and it prints as it was. */
#include "model/entry.h"
#include "test/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	uint8_t      room[ENTRY_SIZE];
	struct buf   b = buf_over(room, sizeof room);
	struct entry e;

	if (entry_parse(bytes_of(at, len), &e) != OK)
		return 0;
	entry_print(&e, &b);
	if (!bytes_equal(buf_bytes(&b), bytes_of(at, len)))
		abort();
	return 0;
}
