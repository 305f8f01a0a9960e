/*
 * judge: claims in; contradictions, findings and incidents out.
 *
 * Pure: its time is the claims' steady time, its memory is taken in judge_new.
 * It knows no rule by name: what contradicts what, what explains it and what
 * it is called stand in the table of judge/facts.c.
 */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include "judge/pairing.h"
#include "model/claim.h"
#include "model/finding.h"
#include "model/policy.h"

struct judge;

struct judge_out {
	void *context;
	void (*finding)(void *context, const struct finding *);
	/* Called when an incident is new or has changed. */
	void (*incident)(void *context, const struct incident *);
};

struct judge_config {
	size_t   memory; /* bytes */
	size_t   messages; /* bytes for pairing messages; 0: none are paired */
	uint64_t seed;
	const struct policy *policy; /* NULL: the network is learnt; else it must outlive the judge */
};

enum { JUDGE_MEMORY_DEFAULT = 10 << 20 };

struct judge *judge_new(const struct judge_config *config, const struct judge_out *out);
void          judge_free(struct judge *j);

void judge_see(struct judge *j, const struct claim *c);
void judge_message(struct judge *j, const struct message *m);

/* Time has come this far (steady): decides what was waiting for more evidence. */
void judge_tick(struct judge *j, struct instant steady);

/* Nothing more comes. */
void judge_end(struct judge *j);

struct judge_counts {
	uint64_t claims, findings, withheld, explained, facts_evicted;
};
const struct judge_counts *judge_counts(const struct judge *j);
const struct pairing      *judge_pairing(const struct judge *j); /* NULL if none are paired */

#endif
