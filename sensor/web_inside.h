/*
 * web: what its files share.  State that the decoder keeps in its flow:
 *
 *	state[side]  enum web_mode: what stands next on this side
 *	state[2]     requests not answered yet, state[3] which of them were HEAD (the lowest bit is the oldest)
 *	state[4]     CONNECT waits for its answer
 *	state[5]     the bodies that sensor/care reads, a bit a side
 */
#ifndef SENSOR_WEB_INSIDE_H
#define SENSOR_WEB_INSIDE_H

#include "sensor/web.h"

enum web_mode { MODE_HEAD, MODE_CHUNK, MODE_TRAILER, MODE_TUNNEL, MODE_BODY, MODE_CHUNK_BODY, MODE_SOCKET, MODE_LOST };

/* Where the side stands behind a head: bytes to pass over, or a code.  read: the body is a message. */
struct http_fields;
size_t web_body(struct flow *f, int side, const struct http_fields *h, size_t head, bool read);
/* The line before a chunk; a chunk that nobody reads is passed over with it. */
size_t web_chunk(struct sensor *s, struct packet *p, int side, struct bytes in);
/* A body, or a chunk of it, that is a message. */
size_t web_body_read(struct sensor *s, struct packet *p, int side, struct bytes in);
/* A line behind the last chunk. */
size_t web_trailer(struct sensor *s, struct packet *p, int side, struct bytes in);

#endif
