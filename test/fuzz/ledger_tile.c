/* A bundle of entries, and a tile's path: what is taken is what is printed. */
#include "ledger/tile.h"
#include "test/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cursor c = cursor_over(bytes_of(at, len));
	struct bytes  entry;
	struct tile   t;
	size_t        sum = 0;
	char          path[TILE_PATH];

	while (tile_entry(&c, &entry))
		sum += 2 + entry.len;
	if (cursor_end(&c) && sum != len)
		abort();
	if (tile_parse(bytes_of(at, len), &t) == OK) {
		tile_path(t, path);
		if (!bytes_equal(bytes_text(path), bytes_of(at, len)))
			abort();
	}
	return 0;
}
