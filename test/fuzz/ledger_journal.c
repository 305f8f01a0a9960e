/* The records of a journal that somebody else wrote, up to the first that is none. */
#include "ledger/journal.h"
#include "test/fuzz/fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static uint8_t        room[JOURNAL_BYTES];
	struct journal        j = { .fd = memfd_create("journal", 0) };
	struct journal_record r;
	bool                  zeros;

	if (j.fd < 0 || write(j.fd, at, len) != (ssize_t)len)
		abort();
	for (uint64_t before = 0; journal_next(&j, room, &r) == OK; before = j.at)
		if (j.at <= before || j.at % JOURNAL_BLOCK || r.entries.at != room || r.entries.len > sizeof room || r.count > JOURNAL_ENTRIES)
			abort();
	(void)!journal_rest(&j, &zeros);
	close(j.fd);
	return 0;
}
