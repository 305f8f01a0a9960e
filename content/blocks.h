/*
 * blocks: a CoAP body carried in blocks (RFC 7959), put together without being
 * held: each block is handed on as it comes in order.
 *
 *	block option: number << 4 | more << 3 | size exponent      size 2 ^ (exponent + 4), 7 is not used
 *
 * Nothing is guessed: a block that is neither the next nor one seen before
 * breaks the body, and who asked is told so.
 */
#ifndef CONTENT_BLOCKS_H
#define CONTENT_BLOCKS_H

#include "base/bytes.h"

enum blocks_state {
	BLOCKS_NEXT,   /* in order: the payload is the next of the body, more follow */
	BLOCKS_LAST,   /* in order, and the body is whole */
	BLOCKS_AGAIN,  /* all of it was there before: a retransmission; its bytes are not compared */
	BLOCKS_GAP,    /* a block before this one was not seen: the body is lost until the next block 0 */
	BLOCKS_FORM,   /* no block: a size that is none, or a payload that does not fill its size */
};

/* One body: one token, one direction; all zero before its first block. */
struct blocks {
	uint64_t have;  /* bytes of the body so far */
	uint64_t first; /* of block 0: it may be sent again, or be another body's */
	bool     open;  /* block 0 was seen, no gap since, not whole yet */
};

enum { BLOCKS_SIZE = 16 << 20 }; /* the most a body may have; what is above is a gap */

/* option is block1 or block2 as in struct coap.  *fresh: the part of payload that is new to the body. */
enum blocks_state blocks_put(struct blocks *b, uint32_t option, struct bytes payload, struct bytes *fresh);

#endif
