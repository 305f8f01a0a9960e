/*
 * who: what the judge remembers of each card: whether it carries others'
 * packets, speaks for what is not its own, routes, or is an ordinary host.
 *
 * Only what a card does convicts it; addresses in frames it may have forged
 * do not.
 */
#ifndef JUDGE_WHO_H
#define JUDGE_WHO_H

#include "model/claim.h"

struct who_card {
	uint32_t       domain;
	struct mac     mac;
	uint8_t        pad[2];
	/* the key ends here */
	struct instant last;        /* heard */
	struct addr    own;         /* the first address it held without contradiction */
	struct key     contested[3];/* subjects it claims against a known value */
	uint8_t        contested_n;
	bool           convicted, accused, router, router_self;
	uint32_t       said;
};

struct who;

struct who_card *who_see(struct who *w, uint32_t domain, struct mac mac, struct instant steady);
struct who_card *who_find(struct who *w, uint32_t domain, struct mac mac);
/* The card stands for subject against a known value. */
void who_contests(struct who *w, struct who_card *c, const struct key *subject);
/* a contests what b holds and b what a holds. */
bool who_mutual(const struct who_card *a, const struct who_card *b);
void who_convict(struct who *w, struct who_card *c);
void who_router(struct who *w, struct who_card *c, bool on_anothers_word);

struct who *who_new(uint32_t capacity, uint64_t seed);
void        who_free(struct who *w);

#endif
