/*
 * bucket: how many messages may go now (a token bucket): rate a second, burst at once.
 */
#ifndef GATE_BUCKET_H
#define GATE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
	uint32_t rate, burst; /* rate 0: as many as come */
	int64_t  level;       /* millionths of a message */
	int64_t  at;          /* us */
};

static inline struct bucket
bucket_full(uint32_t rate, uint32_t burst)
{
	return (struct bucket){ rate, burst > rate ? burst : rate, (int64_t)(burst > rate ? burst : rate) * 1000000, 0 };
}

static inline void
bucket_fill(struct bucket *b, int64_t now)
{
	int64_t most = (int64_t)b->burst * 1000000, gone = now - b->at;

	if (gone > (most - b->level) / b->rate) /* no product that could be too large */
		b->level = most;
	else if (gone > 0)
		b->level += gone * b->rate;
	b->at = now;
}

/* May one go?  If so it is taken. */
static inline bool
bucket_take(struct bucket *b, int64_t now)
{
	if (!b->rate)
		return true;
	bucket_fill(b, now);
	if (b->level < 1000000)
		return false;
	b->level -= 1000000;
	return true;
}

/* Microseconds until one may go. */
static inline int64_t
bucket_wait(const struct bucket *b)
{
	return b->rate && b->level < 1000000 ? (1000000 - b->level) / b->rate + 1 : 0;
}

#endif
