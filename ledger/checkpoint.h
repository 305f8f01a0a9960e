/*
 * checkpoint: the text of a log's signed tree (C2SP tlog-checkpoint).
 *
 *	ORIGIN
 *	SIZE        decimal
 *	BASE64      the root
 *	…           extension lines, not read here but signed
 */
#ifndef LEDGER_CHECKPOINT_H
#define LEDGER_CHECKPOINT_H

#include "base/buf.h"
#include "ledger/merkle.h"

struct checkpoint {
	struct bytes  origin;
	uint64_t      size;
	struct digest root;
	struct bytes  extension; /* whole lines, or empty */
};

/* Reads the text of a note. */
enum err checkpoint_parse(struct bytes text, struct checkpoint *out) MUST_USE;
void     checkpoint_print(const struct checkpoint *c, struct buf *out);

/* The lines these formats share: a decimal without leading zeros, and a hash in base64; each takes the line off. */
enum err checkpoint_number(struct bytes *in, uint64_t *out) MUST_USE;
enum err checkpoint_hash(struct bytes *in, struct digest *out) MUST_USE;
void     checkpoint_hash_print(struct digest d, struct buf *out);

#endif
