/* What a witness answers over HTTP: the size of a 409, the lines of a 200. */
#include "ledger/ask.h"
#include "test/fuzz/fuzz.h"

static const char NOTE[] = "example.org/log\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n";

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct note_key witness = { .name = "witness.example" };
	static uint8_t         room[1 << 16];
	struct buf             lines = buf_over(room, sizeof room);
	struct bytes           in = bytes_of(at, len);
	uint64_t               old;

	(void)!ask_size(in, &old);
	/* Nobody has its key. */
	if (ask_answer(bytes_text(NOTE), in, &witness, &lines) == OK)
		abort();
	return 0;
}
