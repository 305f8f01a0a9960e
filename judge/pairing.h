/*
 * pairing: messages seen at one place held beside those seen at another.
 *
 * Ids are not trusted.  A message is looked for by what it says (digests of its
 * bytes, its body), then by the id it gives itself together with how much of it
 * is the same, then, when time has passed, by likeness alone.  Each message is
 * a sighting; its partner up the way is the same message nearer its sender.
 *
 *	 device ──► hop ──► hop ──► record system
 *	              │ pair │
 *	  missing here: dropped   without one there: injected, replayed
 *
 * What a place did not see (a gap, before it listened, after) is unseen: it is
 * counted and never called dropped or injected.
 */
#ifndef JUDGE_PAIRING_H
#define JUDGE_PAIRING_H

#include "judge/route.h"
#include "model/claim.h"
#include "model/policy.h"

struct pairing;

/* What a claim about a message tells beside its own members; a letter. */
struct pairing_words {
	const char *protocol;                    /* hl7 … */
	const char *key;                         /* the message's own id, for people */
	const char *type;
	const char *fields;                      /* paths that differ, blanks between; or empty */
	const char *how;                         /* how the two were found to be one message; or empty */
	uint16_t    place_before, source_before; /* where the other sighting is, */
	uint64_t    frame_before;                /* 0: there is none */
	uint64_t    frame_first, frame_first_before; /* where each begins */
};

struct pairing_out {
	void *context;
	void (*claim)(void *context, const struct claim *, const struct pairing_words *);
};

struct pairing_config {
	size_t   memory;   /* bytes, all taken in pairing_new */
	uint64_t seed;
	int64_t  bound[MESSAGE_CLASSES]; /* longest latency by class, us; 0: the class's own */
	const struct policy *policy;     /* what engines may do; NULL: it is learnt */
};

enum { PAIRING_MEMORY_DEFAULT = 12 << 20 };

struct pairing *pairing_new(const struct pairing_config *config, const struct pairing_out *out);
void            pairing_free(struct pairing *p);

void pairing_see(struct pairing *p, const struct message *m);
/* Time has come this far (steady, of the place that is furthest behind). */
void pairing_tick(struct pairing *p, struct instant steady);
/* Nothing more comes: what can be decided is. */
void pairing_end(struct pairing *p);

struct pairing_counts {
	uint64_t messages, answers, ambiguous, cut, evicted, in_flight;
	struct route_counts all; /* of all routes, and what stands on none */
};
const struct pairing_counts *pairing_counts(const struct pairing *p);
const struct routes         *pairing_routes(const struct pairing *p);

#endif
