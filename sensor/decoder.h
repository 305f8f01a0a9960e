/*
 * decoder: the table of application decoders: extending is adding a row in
 * decoder.c.
 *
 * TCP.  The flow hands a decoder the bytes of one side that stand next in
 * line, contiguous and without holes, and the decoder says how many it is done
 * with.  What it leaves is shown again with more behind it (up to 64 KiB; a
 * decoder that needs more gives up by DECODER_CLOSE).
 *
 * UDP.  A datagram decoder gets whole payloads.
 */
#ifndef SENSOR_DECODER_H
#define SENSOR_DECODER_H

#include "sensor/flow.h"

/* Returned instead of a count. */
#define DECODER_CLOSE SIZE_MAX        /* this side is of no further interest */
#define DECODER_AGAIN (SIZE_MAX - 1)  /* not mine after all: look for another decoder (STARTTLS, CONNECT, SOCKS) */

struct decoder {
	enum app    app;
	const char *name;
	uint8_t     protocol;  /* IP_TCP or IP_UDP */
	uint16_t    ports[8];  /* where it is tried first; recognised on any port */
	/* Are these the first bytes of it, sent by side?  Must be strict: it is asked on every port. */
	bool (*looks)(const struct flow *f, int side, struct bytes in);
	/* TCP: bytes done with (may exceed in.len: the rest is passed over unseen), or a code above. */
	size_t (*stream)(struct sensor *s, struct packet *p, int side, struct bytes in);
	/* UDP */
	void (*datagram)(struct sensor *s, struct packet *p, int side, struct bytes in);
	/* TCP: the stream has a hole (unseen bytes); start again at a boundary or close.  NULL: always closed. */
	bool (*resync)(struct sensor *s, struct packet *p, int side);
	/* The flow is going (closed, timed out, evicted): report what is unfinished. */
	void (*gone)(struct sensor *s, struct flow *f);
};

/* By flow (recognition happens here), or NULL. */
const struct decoder *decoder_find(struct flow *f, const struct packet *p, int side, struct bytes in);
const struct decoder *decoder_of(const struct flow *f);

#endif
