/*
 * align: how far two taps' clocks are apart, from what both have seen.
 *
 *	message A ──► B   seen at B later by the way and the offset:   d = offset + way
 *	answer  A ◄── B   seen at B earlier by the way:                d = offset - way
 *
 * With both, half the sum of the least d of the messages and the largest of the
 * answers is the offset, as NTP has it (RFC 5905 section 8).  With messages
 * alone the offset cannot be told from the way.
 */
#ifndef JUDGE_ALIGN_H
#define JUDGE_ALIGN_H

#include "content/message.h"

struct align;

struct align *align_new(uint64_t seed);
void          align_free(struct align *a);

/* A message or an answer seen at place 0 (A) or 1 (B). */
void align_see(struct align *a, const struct message *m);

/* Enough was seen to say it. */
bool align_enough(const struct align *a);

struct align_result {
	uint64_t messages, answers; /* seen at both */
	int64_t  offset;            /* what B's clock is ahead of A's, us */
	bool     both_ways;
};
struct align_result align_end(struct align *a);

#endif
