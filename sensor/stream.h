/*
 * stream: the bytes of one side of a TCP connection that cannot be used yet,
 * because something before them is missing or a message is not complete.
 *
 * Most sides never need a buffer: what arrives in line is decoded in place.
 * Buffers come in two sizes from a fixed pool; when there is none left, the
 * side that waited longest loses its own.
 */
#ifndef SENSOR_STREAM_H
#define SENSOR_STREAM_H

#include "sensor/flow.h"

enum { STREAM_SMALL = 4096, STREAM_LARGE = 65536 };

/*
 * Keeps in, which begins at sequence number seq; side->seq is the first byte
 * not yet used.  *differs is set if other bytes were held at the same place
 * (the older stay).  ERR_LIMIT: too far ahead or too many holes.
 */
enum err stream_put(struct streams *t, struct flow_side *side, uint32_t seq, struct bytes in, bool *differs) MUST_USE;

/* The bytes in line from side->seq on; empty without a buffer. */
struct bytes stream_front(const struct streams *t, const struct flow_side *side);

/* The first n bytes are used (n may exceed what is held): side->seq moves on. */
void stream_used(struct streams *t, struct flow_side *side, uint32_t n);

/* Bytes to give up to come behind the first hole: what is missing, and the front before it.  0: there is no hole. */
uint32_t stream_hole(const struct streams *t, const struct flow_side *side);

void stream_drop(struct streams *t, struct flow_side *side);

struct streams *stream_new(size_t memory);
void            stream_free(struct streams *t);

#endif
