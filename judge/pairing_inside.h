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

enum { PAIRING_CHAIN = 24, PAIRING_PLACES = 16, PAIRING_HELD = 64, PAIRING_HANDS = 4 };

struct pairing {
	struct pairing_out    out;
	struct pairing_counts counts;
	struct routes        *routes;
	struct sightings     *seen;
	struct table         *owners;     /* who writes as whom to which service */
	struct table         *travellers; /* whose messages take which route */
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
	const char      *how;
};
void pairing_partners(struct pairing *p, struct sighting *s, struct pairing_partner *out);

/* When nothing says the same: the most alike at hop from (up the way) or further on that has no partner, if alike enough. */
struct sighting *pairing_most_alike(struct pairing *p, const struct sighting *s, const struct hop *from, const struct route *r, bool up);
struct sighting *pairing_alike_up(struct pairing *p, const struct sighting *s);

/* --- pairing_missing.c: what is missing, what is too much --------------------------------- */

/* Remembers who writes as whom, and marks a stranger. */
void pairing_own(struct pairing *p, struct sighting *s);

/* Was it seen again wherever it should have been?  True: nothing more is to come of it.  last: this is the last look. */
bool pairing_onward(struct pairing *p, struct sighting *s, bool last);

/* Nobody said it nearer the sender, as far as was seen. */
void pairing_unexplained(struct pairing *p, struct sighting *s);

/* --- pairing_answer.c: acknowledgements ------------------------------------------------------ */

void pairing_answer(struct pairing *p, const struct message *m);

/* Told to its sender, and never said by its receiver, whose other answers were seen? */
void pairing_answer_from_nowhere(struct pairing *p, struct sighting *s);

#endif
