/* says: the sentence of a cell with its words filled in. */
#ifndef JUDGE_SAYS_H
#define JUDGE_SAYS_H

#include "judge/facts.h"
#include "judge/pairing.h"
#include "model/claim.h"

struct says {
	const struct claim *claim;
	const struct key   *old_value; /* NULL if there is none */
	struct mac          culprit;   /* zero if nobody is named */
	struct addr         culprit_ip;
	const struct pairing_words *words; /* of a message; NULL for other facts */
};

/* Fills the places {s} {a} {b} {k} {i} {v} {w} {n} {m}, {o} the sender's address, of a message {t} type, {f} fields, {h} how it was found; never more than the buffer holds. */
void says_print(const char *sentence, const struct says *with, struct buf *out);

#endif
