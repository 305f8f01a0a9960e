/*
 * sensor: packets and their time in; claims, events and inventory out.
 *
 * Pure: it makes no system call, takes all of its memory in sensor_new, and
 * knows the time only from the packets.
 */
#ifndef SENSOR_SENSOR_H
#define SENSOR_SENSOR_H

#include "content/message.h"
#include "model/claim.h"
#include "model/event.h"
#include "model/record.h"

struct sensor;

struct frame {
	uint16_t       place;    /* index into the places of the configuration: one wire, however many read it */
	uint16_t       source;   /* which of its captures, for evidence */
	uint32_t       linktype;
	uint32_t       length;   /* on the wire */
	struct instant when;
	uint64_t       number;   /* of its capture, from 1 */
	struct bytes   data;
};

/* Where what was seen goes; each call's argument is the callee's to read until it returns. */
struct sensor_out {
	void *context;
	void (*claim)(void *context, const struct claim *);
	void (*event)(void *context, const struct event *);
	void (*record)(void *context, const struct record *);
	void (*message)(void *context, const struct message *);
};

struct sensor_config {
	size_t             memory;      /* for all tables, bytes; SENSOR_MEMORY_LEAST or more */
	size_t             messages;    /* beside it, for reading clinical messages; 0: they are not read to their end */
	uint64_t           seed;        /* of the hashes; random where strangers write */
	struct known_table *known;      /* of all sensors of the run, one key for all; NULL: each digests all it reads */
	uint8_t            key[32];     /* of the digests of tokens and credentials */
	unsigned           events;      /* set of 1 << enum event_kind */
	const char *const *places;      /* names, for events */
	uint16_t           place_count;
	bool               flows;       /* claim every two-way flow: a policy names some */
	bool               inventory;   /* records are kept: send what changed every half minute, not only at the end */
};

enum { SENSOR_MEMORY_LEAST = 4 << 20, SENSOR_MEMORY_DEFAULT = 40 << 20, SENSOR_MESSAGES_DEFAULT = 4 << 20 };

/* What went by and what was not seen, for people: never silent about a loss. */
struct sensor_counts {
	uint64_t frames, bytes, malformed, unsupported, cut, copies, relayed;
	uint64_t flows, flows_evicted, unseen_bytes, fragments_dropped, streams_refused;
	uint64_t first_frame_us, last_frame_us, clock_steps;
};

/* NULL if the memory is not to be had. */
struct sensor *sensor_new(const struct sensor_config *config, const struct sensor_out *out);
void           sensor_free(struct sensor *s);

/* An authority of the site's own, in DER: who it signs for is verified from the first handshake on, its chain shown or not.  Those above it first. */
void sensor_trust(struct sensor *s, struct bytes der);

void sensor_see(struct sensor *s, const struct frame *f);

/* Several frames in their order: the same, faster, as the memory they will need is fetched ahead. */
enum { SENSOR_BATCH = 16 };
void sensor_see_all(struct sensor *s, const struct frame *f, unsigned n);

/* Nothing more comes: unfinished handshakes, flows and devices are reported. */
void sensor_end(struct sensor *s);

/* The steady time of the last frame. */
struct instant sensor_time(const struct sensor *s);

const struct sensor_counts *sensor_counts(const struct sensor *s);

#endif
