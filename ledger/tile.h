/*
 * tile: the files a log is made of (C2SP tlog-tiles): where they lie, and bundles.
 *
 *	tile/L/N[.p/W]         hashes, 32 bytes each; a full tile has 256
 *	tile/entries/N[.p/W]   entries: length(2) bytes, …
 *
 * N is written in groups of three digits, all but the last with an x before
 * it: 1234067 is x001/x234/067.
 */
#ifndef LEDGER_TILE_H
#define LEDGER_TILE_H

#include "base/cursor.h"
#include "base/err.h"

enum {
	TILE_WIDTH = 256,
	TILE_LEVELS = 8, /* 256^8 leaves */
	TILE_ENTRIES = 64, /* the level of bundles */
	TILE_PATH = 64,
	TILE_BUNDLE = TILE_WIDTH * (2 + 65535),
};

struct tile {
	unsigned level;
	uint64_t index;
	unsigned width; /* 1 to 256 */
};

void     tile_path(struct tile t, char out[static TILE_PATH]);
enum err tile_parse(struct bytes path, struct tile *out) MUST_USE;

/* The next entry of a bundle; false at its end, and the cursor is bad if it ends within an entry. */
bool tile_entry(struct cursor *bundle, struct bytes *out);

/* How many hashes a level has in a tree of size leaves. */
static inline uint64_t
tile_count(unsigned level, uint64_t size)
{
	return level < TILE_LEVELS ? size >> (8 * level) : level == TILE_ENTRIES ? size : 0;
}

#endif
