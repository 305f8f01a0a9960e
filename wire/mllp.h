/*
 * mllp: the minimal lower layer protocol (HL7 v2.x transport, MLLP release 1
 * and 2): where messages begin and end in a TCP stream.
 *
 *	0x0b message 0x1c 0x0d
 *
 * Senders exist that leave out the 0x0d or put 0x0a after it, so 0x1c alone
 * ends a message and bytes between messages are skipped.
 */
#ifndef WIRE_MLLP_H
#define WIRE_MLLP_H

#include "base/buf.h"
#include "base/err.h"

/* One direction of one connection; all zero at its start.  Nothing of the message is kept. */
struct mllp {
	uint64_t offset;  /* of the next byte in the stream */
	uint64_t skipped; /* bytes that stood outside messages, their ends not counted */
	bool     inside;
	bool     ended;   /* the byte before was 0x1c */
};

enum mllp_kind { MLLP_START = 1, MLLP_END };

struct mllp_event {
	enum mllp_kind kind;
	uint64_t       at; /* MLLP_START: of the message's first byte; MLLP_END: of the byte after its last */
};

/*
 * Takes bytes off the front of in up to the next event and tells it; false,
 * and all of in taken, if there is none.  A start inside a message begins
 * anew: the one before it was lost.
 */
bool mllp_next(struct mllp *m, struct bytes *in, struct mllp_event *out);

/* n bytes of the stream were not seen: outside until the next start. */
void mllp_gap(struct mllp *m, uint64_t n);

/* Could these first bytes of a stream be MLLP with HL7 v2 in it? */
bool mllp_looks(struct bytes in);

/* The first message of in, whole; ERR_SHORT if its end is not there, ERR_FORM if in does not begin with 0x0b. */
enum err mllp_parse(struct bytes in, struct bytes *out) MUST_USE;

/* Writes one framed message. */
void mllp_print(const struct bytes *message, struct buf *out);

#endif
