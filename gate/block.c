/* block: see block.h. */
#include "gate/block.h"
#include "base/memory.h"

static void *
take(struct block_pool *p, uint32_t cap)
{
	if (cap == BLOCK_SMALL && p->smalls)
		return p->small[--p->smalls];
	if (cap == BLOCK_LARGE && p->larges)
		return p->large[--p->larges];
	return memory_new(1, cap);
}

static void
give(struct block_pool *p, void *at, uint32_t cap)
{
	if (cap == BLOCK_SMALL && p->smalls < BLOCK_KEPT)
		p->small[p->smalls++] = at;
	else if (cap == BLOCK_LARGE && p->larges < BLOCK_KEPT)
		p->large[p->larges++] = at;
	else
		memory_free(at);
	p->taken -= cap;
}

bool
block_take(struct block_pool *p, struct block *b, uint32_t cap)
{
	uint32_t size = BLOCK_SMALL, held = b->tail - b->from;
	uint8_t *at = b->at;

	while (size < cap)
		size *= size == BLOCK_SMALL ? 4 : 2;
	if (size <= b->cap) {
		size = b->cap;
		memmove(at, at + b->from, held);
	} else {
		if (p->taken + size > p->most || !(at = take(p, size)))
			return false;
		p->taken += size;
		if (b->at) {
			memcpy(at, b->at + b->from, held);
			give(p, b->at, b->cap);
		}
	}
	*b = (struct block){ .at = at, .head = b->head - b->from, .mark = b->mark - b->from, .tail = held, .cap = size };
	return true;
}

void
block_give(struct block_pool *p, struct block *b)
{
	if (b->at)
		give(p, b->at, b->cap);
	*b = (struct block){ 0 };
}

void
block_done(struct block_pool *p)
{
	while (p->smalls)
		memory_free(p->small[--p->smalls]);
	while (p->larges)
		memory_free(p->large[--p->larges]);
}
