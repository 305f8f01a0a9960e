/*
 * framing: where HL7 messages begin and end in a TCP stream (MLLP), and where
 * receivers may see other messages than we do.
 *
 *	0x0b message 0x1c 0x0d
 *
 * Told are the messages of the main reading: 0x0b begins one, 0x1c 0x0d ends
 * it, what stands between messages is passed over, any other 0x0b or 0x1c is
 * data.  Beside it two other readings count what they would have taken: one
 * that closes the connection at the first stray byte, as python-hl7 does, and
 * one to which 0x1c alone is an end, as to Camel without requireEndOfData.
 * Each place where readings part is a doubt.
 */
#ifndef CONTENT_FRAMING_H
#define CONTENT_FRAMING_H

#include "base/bytes.h"

#define FRAMING_DOUBTS_TABLE(X)                                                                                    \
	X(FRAMING_TEXT_OUTSIDE, "bytes stand outside messages: a receiver may close the connection there")         \
	X(FRAMING_NO_START, "a message ends that did not begin: receivers pass it over or close the connection")   \
	X(FRAMING_END_INSIDE, "0x1c 0x0d stands inside a message: receivers take the part before it for a whole message") \
	X(FRAMING_FS_INSIDE, "0x1c without 0x0d: some receivers end the message there, others go on")              \
	X(FRAMING_FS_LF, "0x1c 0x0a in place of 0x1c 0x0d: some receivers end the message there, others wait")     \
	X(FRAMING_LF_AFTER, "a line end follows 0x1c 0x0d: a receiver may lose the message after it")              \
	X(FRAMING_START_INSIDE, "0x0b stands inside a message: some receivers begin anew there")                   \
	X(FRAMING_EMPTY, "a frame holds no message: a receiver may close the connection")                          \
	X(FRAMING_NO_END, "the stream ends inside a message")

enum framing_doubt {
	FRAMING_CLEAR,
#define X(code, words) code,
	FRAMING_DOUBTS_TABLE(X)
#undef X
	FRAMING_DOUBTS
};

enum framing_kind { FRAMING_BEGIN = 1, FRAMING_DATA, FRAMING_END, FRAMING_DOUBT };
enum framing_reading { FRAMING_MAIN, FRAMING_STRICT, FRAMING_FS_ALONE, FRAMING_READINGS };

struct framing_event {
	enum framing_kind  kind;
	uint64_t           at;   /* offset in the stream */
	struct bytes       data; /* FRAMING_DATA: more of the message, good until the next call */
	enum framing_doubt doubt;
};

/* One direction of one connection; all zero at its start. */
struct framing {
	uint64_t offset, begin;                  /* of the next byte; of the open message */
	uint64_t length;                         /* of the open message so far */
	uint64_t messages[FRAMING_READINGS];     /* whole ones each reading took */
	uint32_t doubts[FRAMING_DOUBTS];
	bool     inside, held;                   /* in a message; a 0x1c came, what follows it did not yet */
	bool     after, stray;                   /* a message ended before this; bytes outside came since */
	bool     closed, cut;                    /* the strict reading closed; the 0x1c reading is outside */
	bool     outside_held;                   /* as held, outside */
	uint8_t  pending;                        /* a doubt to be told first */
};

/* Takes bytes off in up to the next event; false, and all of in taken, if there is none. */
bool framing_next(struct framing *f, struct bytes *in, struct framing_event *out);

/* The stream ended: true if that is a doubt.  The open message is lost. */
bool framing_close(struct framing *f, struct framing_event *out);

/* n bytes were not seen: outside until the next start. */
void framing_gap(struct framing *f, uint64_t n);

/* Did every reading take the same messages so far? */
bool framing_agree(const struct framing *f);

const char *framing_words(enum framing_doubt d);

#endif
