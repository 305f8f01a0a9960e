/*
 * ring: messages from one process to one other through shared memory.
 *
 *	memfd: [header: head, tail, sleeping, closed][bytes, a power of two]
 *	message: kind(4) length(4) payload, padded to 8; kind 0 pads to the end
 *
 * One writer, one reader, no locks; a futex only when one has to wait.  The
 * reader trusts nothing in it but its own position: a message that does not
 * fit is ERR_FORM and the end.
 */
#ifndef OS_RING_H
#define OS_RING_H

#include "base/bytes.h"
#include "base/err.h"

struct ring;

/* Makes one of size bytes (rounded up to a power of two); *fd is for the other process. */
enum err ring_new(size_t size, struct ring **out, int *fd) MUST_USE;
/* Maps one made by another process. */
enum err ring_open(int fd, struct ring **out) MUST_USE;
void     ring_free(struct ring *r);

/* This side's process died, and this one goes on where it stopped.  What was read and not done comes again. */
void ring_resume(struct ring *r, bool writes);

/* Room for a message of len bytes, waiting until there is some; NULL if the reader has gone. */
void *ring_room(struct ring *r, size_t len);
/* Without waiting: NULL if there is none now. */
void *ring_try(struct ring *r, size_t len);
/* The room last given is filled: show it to the reader, who is not woken for it unless much is waiting. */
void ring_send(struct ring *r, uint32_t kind);
/* Wakes the reader if there is something for it: after a burst. */
void ring_wake(struct ring *r);
/* Nothing more will be sent. */
void ring_close(struct ring *r);

/* The next message, valid until ring_done.  ERR_AGAIN: none now.  ERR_CLOSED: none any more. */
enum err ring_get(struct ring *r, uint32_t *kind, struct bytes *out) MUST_USE;
void     ring_done(struct ring *r);
/* The next message, and the room of this one is kept until ring_done: for who dies before a batch is safe. */
void     ring_next(struct ring *r);
/* Sleeps until something comes, it is closed, or ms milliseconds have passed. */
void ring_wait(struct ring *r, int ms);
/* The same of up to RING_ANY rings: whichever has something first. */
enum { RING_ANY = 128 };
void     ring_wait_any(struct ring *const *r, unsigned n, int ms);
/* The reader goes: writers stop waiting. */
void ring_leave(struct ring *r);

#endif
