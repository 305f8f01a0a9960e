/*
 * sighting: messages as they were seen, the latest of them, found again by what
 * they say and by the id they give themselves.
 *
 *	ring of sightings     index: digest ──► serial ──► serial of the one before ──► …
 *	ring of bytes         the fields of each, which may be gone before it is
 *
 * Memory is taken once; the oldest gives way.
 */
#ifndef JUDGE_SIGHTING_H
#define JUDGE_SIGHTING_H

#include "judge/route.h"

enum sighting_by { SIGHTING_BODY, SIGHTING_ID, SIGHTING_BYS };

struct sighting {
	struct message_head head;
	uint64_t            serial;
	uint64_t            at;                   /* of its fields in the ring of bytes */
	uint64_t            before[SIGHTING_BYS]; /* link to the one before with the same digest */
	uint16_t            hop;

	/* What became of it.  A link is a serial + 1, 0 for none. */
	uint64_t            up;                   /* link: the same message nearer its sender */
	uint64_t            down_serial;          /* link: the latest further on */
	uint64_t            again;                /* link: one that said the same to the same service before */
	uint16_t            down[ROUTE_OUT];      /* numbers of the routes on which it was seen again */
	uint8_t             downs;
	bool                answered, accepted, settled, told;
	bool                lost;                 /* it was told as dropped */
	bool                stranger;             /* its origin writes from elsewhere */
	bool                part;                 /* it is part of the one up the way */
	bool                waits;                /* by its id it is another with segments left out: to be looked at once all parts are there */
	bool                carried_on;           /* seen again within its own conversation: that copy goes further */
	struct instant      answered_at;
	char                answer[MESSAGE_TYPE];
};

struct sightings;

/* memory: bytes, of which there must be room for some. */
struct sightings *sighting_new(size_t memory, uint64_t seed);
void              sighting_free(struct sightings *t);

/* The next one; *evicted is set if an unsettled one gave way for it. */
struct sighting *sighting_enter(struct sightings *t, const struct message *m, uint16_t hop, bool *evicted);

uint64_t         sighting_next(const struct sightings *t); /* the serial of the next */
uint64_t         sighting_oldest(const struct sightings *t);
struct sighting *sighting_at(const struct sightings *t, uint64_t serial); /* NULL if it is not there any more */
struct sighting *sighting_link(const struct sightings *t, uint64_t link);

/* The link to the latest with this id, of this protocol. */
uint64_t sighting_of_id(const struct sightings *t, uint64_t id, uint8_t protocol);

/* Its meaning, by the fields told with it or with the same bytes elsewhere; without fields if they are gone. */
void sighting_meaning(struct sightings *t, const struct sighting *s, struct meaning *out);

/* It was seen again on this route. */
bool sighting_passed(const struct sighting *s, uint16_t route);

#endif
