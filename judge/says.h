/* says: the sentence of a cell with its words filled in. */
#ifndef JUDGE_SAYS_H
#define JUDGE_SAYS_H

#include "judge/facts.h"
#include "model/claim.h"

struct says {
	const struct claim *claim;
	const struct key   *old_value; /* NULL if there is none */
	struct mac          culprit;   /* zero if nobody is named */
	struct addr         culprit_ip;
};

/* Fills the places {s} {a} {b} {k} {i} {v} {w} {n} {m}; never more than the buffer holds. */
void says_print(const char *sentence, const struct says *with, struct buf *out);

#endif
