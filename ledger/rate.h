/*
 * rate: what a stranger can provoke is written only so often, and the rest counted.
 *
 * Each type of entry has its most for a minute (the table in rate.c).  What
 * is beyond it is not written; when the minute is over one summary says how
 * many there were.
 */
#ifndef LEDGER_RATE_H
#define LEDGER_RATE_H

#include "model/entry.h"

struct rate {
	struct instant from; /* of the minute that runs */
	uint32_t       seen[ENTRY_TYPES];
};

/* May an entry of this type be written now?  If not it is counted. */
bool rate_allow(struct rate *r, enum entry_type type);

/* A summary of a minute that is over: ask again until false, before rate_allow and every second. */
bool rate_summary(struct rate *r, struct instant now, struct entry *out);

#endif
