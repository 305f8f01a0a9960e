/* pairing_inside: what the parts of the pairing share; for them alone. */
#ifndef JUDGE_PAIRING_INSIDE_H
#define JUDGE_PAIRING_INSIDE_H

#include "base/table.h"
#include "judge/pairing.h"
#include "judge/sighting.h"

#define PAIRING_SOON (3 * INSTANT_SECOND)   /* longer than TCP takes to repair a loss */
#define PAIRING_LATE (30 * INSTANT_SECOND)  /* an engine may hold a message this long */
#define PAIRING_GONE (10 * INSTANT_SECOND)  /* what was overtaken this long ago does not come any more; */
#define PAIRING_GONE_ALARM (4 * INSTANT_SECOND) /* an alarm is not waited for as long */

enum { PAIRING_CHAIN = 24, PAIRING_PLACES = 16, PAIRING_HELD = 64, PAIRING_HANDS = 4, PAIRING_WHOLES = 4096, PAIRING_MADE = 32 };

struct pairing {
	struct pairing_out    out;
	struct pairing_counts counts;
	struct routes        *routes;
	struct sightings     *seen;
	struct table         *owners;     /* who writes as whom to which service */
	struct table         *travellers; /* whose messages take which route */
	struct table         *wholes;     /* what of a message that is split went on */
	uint64_t              hand[PAIRING_HANDS]; /* serials */
	int64_t               bound[MESSAGE_CLASSES];
	struct {
		struct instant first, last;
	} place[PAIRING_PLACES];
	/* Two that differ on a route whose habits are not known yet; up is 0 where there is none. */
	struct {
		uint64_t up, down; /* links */
		uint16_t route;
	} held[PAIRING_HELD];
	/* What an engine may have made itself, on a route that is new; a copy, as it may be long until that is known. */
	struct {
		struct sighting s;
		uint16_t        route; /* 0: free */
	} made[PAIRING_MADE];
	struct instant now;
	struct meaning mine, other; /* where two are laid side by side */
};

/* The key of owners: an origin and a service. */
struct pairing_owner {
	uint64_t    origin;
	struct addr receiver;
	uint16_t    port;
	uint8_t     pad[6];
	/* the key ends here */
	struct addr    sender;
	struct mac     card;
	uint32_t       count;
	struct instant last;
};

/* The key of travellers: an origin and a route. */
struct pairing_traveller {
	uint64_t origin;
	uint16_t route;
	uint8_t  pad[6];
	/* the key ends here */
	uint64_t pairs;
};
struct pairing_traveller pairing_traveller_of(const struct pairing *p, const struct route *r, const struct sighting *s);

/* The key of wholes: a sighting and a route on which it is split. */
struct pairing_whole {
	uint64_t serial;
	uint16_t route;
	uint8_t  pad[6];
	/* the key ends here */
	uint64_t went[MEANING_FIELDS / 64]; /* its segments that were in a part, by their number */
	bool     settled;                   /* no more parts are to come */
};

static inline struct hop *
pairing_hop(const struct pairing *p, const struct sighting *s)
{
	return routes_hop_at(p->routes, s->hop);
}

/* --- pairing.c: what is told -------------------------------------------------------- */

struct pairing_told {
	enum fact              fact;
	uint32_t               marks;
	const struct sighting *about, *other; /* other: NULL if there is none */
	const char            *how;
	const char            *fields;
	int64_t                us;            /* a latency */
	struct mac             culprit;       /* zero: nobody stands out */
};
void pairing_tell(struct pairing *p, const struct pairing_told *t);

/* --- pairing_pair.c: two that are one message ----------------------------------------- */

/* Compares the two, sees to times and order, and lets the route learn.  how: how they were found to be one, for people. */
void pairing_pair(struct pairing *p, struct sighting *up, struct sighting *down, const char *how);

/* Who carried it between two legs; nobody stands out elsewhere. */
struct mac pairing_between(const struct route *r, const struct sighting *up);

/* --- pairing_partner.c: which two ------------------------------------------------------- */

struct pairing_partner {
	struct sighting *up, *down; /* the other one, by where it stands; NULL: none */
	int              up_rank, down_rank;
	bool             late; /* by now all parts of a message that is split have come */
	const char      *how;
};
extern const char pairing_by_id[];
void pairing_partners(struct pairing *p, struct sighting *s, struct pairing_partner *out);

/* The same for what waited: it has the id of one that says more, and may be part of it; now it is taken for that one. */
struct sighting *pairing_waited_for(struct pairing *p, struct sighting *s);

/* When nothing says the same: the most alike at hop from (up the way) or further on that has no partner, if alike enough. */
struct sighting *pairing_most_alike(struct pairing *p, const struct sighting *s, const struct hop *from, const struct route *r, bool up);
struct sighting *pairing_alike_up(struct pairing *p, const struct sighting *s);

/* --- pairing_split.c: parts of one message ------------------------------------------------ */

/* The whole that s is a part of, NULL if there is none.  sure: only on ways that are known to split. */
struct sighting *pairing_whole_of(struct pairing *p, const struct sighting *s, bool sure);
/* Is down nothing but some segments of up? */
bool pairing_holds_less(struct pairing *p, const struct sighting *up, const struct sighting *down);
/* As meaning_differ, for a part: what of the whole is not here at all is not told. */
void pairing_part_differ(struct pairing *p, const struct sighting *whole, const struct sighting *part,
                         void (*tell)(void *, const struct meaning *, uint64_t, bool, bool), void *context);
/* This part came. */
void pairing_part_went(struct pairing *p, struct route *r, const struct sighting *whole, const struct sighting *part);
/* No more are to come: true, and the names of its segments, if some are missing that usually come. */
bool pairing_parts_left(struct pairing *p, struct route *r, const struct sighting *whole, struct buf *names);

/* --- pairing_made.c: what an engine says of its own ----------------------------------------- */

/* It came out of r, nobody said it before r: true if that is, or may prove to be, r's way. */
bool pairing_made(struct pairing *p, struct route *r, const struct sighting *s);
/* What was held back on r (NULL: on all) is told now if r does not make such. */
void pairing_made_end(struct pairing *p, const struct route *r);

/* --- pairing_missing.c: what is missing, what is too much --------------------------------- */

/* Remembers who writes as whom, and marks a stranger. */
void pairing_own(struct pairing *p, struct sighting *s);

/* Was it seen again wherever it should have been?  True: nothing more is to come of it.  last: this is the last look. */
bool pairing_onward(struct pairing *p, struct sighting *s, bool last);

/* It came, and was never sent. */
void pairing_injected(struct pairing *p, const struct sighting *s);

/* Nobody said it nearer the sender, as far as was seen. */
void pairing_unexplained(struct pairing *p, struct sighting *s);

/* --- pairing_answer.c: acknowledgements ------------------------------------------------------ */

void pairing_answer(struct pairing *p, const struct message *m);

/* Told to its sender, and never said by its receiver, whose other answers were seen? */
void pairing_answer_from_nowhere(struct pairing *p, struct sighting *s);

#endif
