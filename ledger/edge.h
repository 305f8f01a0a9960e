/*
 * edge: the right edge of a growing tree: of each level the tile that is not full yet.
 *
 *	level 1   H H H .           each the root of a full tile below
 *	level 0           h h . .   the last leaves
 *
 * That is all that is needed to append and to know the root.
 */
#ifndef LEDGER_EDGE_H
#define LEDGER_EDGE_H

#include "ledger/merkle.h"
#include "ledger/tile.h"

struct edge {
	uint64_t      size;
	struct digest at[TILE_LEVELS][TILE_WIDTH];
};

/* How many hashes of a level the edge holds. */
static inline unsigned
edge_width(const struct edge *e, unsigned level)
{
	return (unsigned)(e->size >> (8 * level)) % TILE_WIDTH;
}

/* Appends a leaf; filled is told of each tile that has become full. */
void edge_add(struct edge *e, struct digest leaf, void (*filled)(void *context, struct tile t, const struct digest *hash), void *context);

struct digest edge_root(const struct edge *e);

#endif
