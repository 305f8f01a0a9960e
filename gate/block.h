/*
 * block: bytes on their way through the gateway, in memory that is there only while they are.
 *
 *	at     from     head          mark          tail       cap
 *	| gone |  kept   |  may go on  |  not judged |   free   |
 *
 * What is kept was sent, and may be sent again.
 * Sizes are powers of two; blocks of the smallest two are kept for reuse.  All
 * of them together have a ceiling.
 */
#ifndef GATE_BLOCK_H
#define GATE_BLOCK_H

#include "base/bytes.h"

enum { BLOCK_SMALL = 16 << 10, BLOCK_LARGE = 64 << 10, BLOCK_KEPT = 128 };

struct block {
	uint8_t *at;
	uint32_t from, head, mark, tail, cap;
};

struct block_pool {
	size_t   taken, most; /* bytes */
	void    *small[BLOCK_KEPT], *large[BLOCK_KEPT];
	unsigned smalls, larges;
};

/* Gives b at least cap bytes; what it holds moves along, to the front; so it does if it is so large already.  false: the ceiling, or no memory; b is as it was. */
bool block_take(struct block_pool *p, struct block *b, uint32_t cap);
/* Back to the pool; b is empty then. */
void block_give(struct block_pool *p, struct block *b);
void block_done(struct block_pool *p);

static inline struct bytes
block_ready(const struct block *b)
{
	return bytes_of(b->at + b->head, b->mark - b->head);
}

#endif
