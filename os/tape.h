/*
 * tape: the last frames of one sensor, kept for who must cut evidence from them.
 *
 *	memfd: [header: low, head, newest][index: one position a frame number][bytes, a power of two]
 *	record: number(8) when(8) linktype(4) length(4) captured(4) 0(4) bytes, padded to 8
 *
 * One writer, which waits for nobody: it overwrites what is oldest.  Any number
 * of readers, which copy a frame out and then look whether it was overwritten
 * meanwhile.  A record lies in one piece; what is left before the end is passed
 * over.  A reader trusts nothing in it: what does not fit is not there.
 */
#ifndef OS_TAPE_H
#define OS_TAPE_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/instant.h"

enum { TAPE_FRAME = 1 << 18 }; /* a longer frame is kept cut */

struct tape;

struct tape_frame {
	uint64_t       number; /* from 1, each one more than the last */
	struct instant when;
	uint32_t       linktype, length; /* length: on the wire */
	struct bytes   data;
};

/* Makes one of size bytes or more: for who writes, and for who reads, who cannot write. */
enum err tape_new(size_t size, int *writes, int *reads) MUST_USE;
/* Maps it, and closes fd. */
enum err tape_open(int fd, bool writes, struct tape **out) MUST_USE;
void     tape_free(struct tape *t);

void tape_put(struct tape *t, const struct tape_frame *f);
/* Of who writes: nothing is on it any more, and numbers begin anew. */
void tape_clear(struct tape *t);

/* The number of the newest frame; 0: there is none. */
uint64_t tape_newest(const struct tape *t);
/* Copies a frame to room, which holds TAPE_FRAME.  ERR_NOTFOUND: it is not there any more, or not yet. */
enum err tape_get(const struct tape *t, uint64_t number, uint8_t *room, struct tape_frame *out) MUST_USE;

#endif
