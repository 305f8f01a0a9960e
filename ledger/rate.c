/* rate: see rate.h. */
#include "ledger/rate.h"

#include <stdio.h>

/* The most of a minute; 0: as many as come, for only people and ourselves write them. */
static const uint32_t MOST[ENTRY_TYPES] = {
	[ENTRY_FINDING] = 200,
	[ENTRY_INCIDENT] = 200,
	[ENTRY_CONTAINMENT] = 200,
	[ENTRY_CERTIFICATE] = 200,
	[ENTRY_PACKAGE] = 200,
	[ENTRY_LOGIN] = 200,
	[ENTRY_EVIDENCE] = 200,
	[ENTRY_ROLE] = 200,
	[ENTRY_DROP] = 200,
	[ENTRY_CLOCK] = 200,
};

bool
rate_allow(struct rate *r, enum entry_type type)
{
	if (r->seen[type] < UINT32_MAX)
		r->seen[type]++;
	return !MOST[type] || r->seen[type] <= MOST[type];
}

bool
rate_summary(struct rate *r, struct instant now, struct entry *out)
{
	int64_t since = instant_since(r->from, now);

	if (since >= 0 && since < 60 * INSTANT_SECOND) /* a clock that was set back ends the minute too */
		return false;
	for (int t = 0; t < ENTRY_TYPES; t++) {
		uint32_t seen = r->seen[t], most = MOST[t];
		r->seen[t] = 0;
		if (!most || seen <= most)
			continue;
		*out = (struct entry){ .type = ENTRY_SUMMARY, .time = now, .actor = "ledger" };
		snprintf(out->subject, sizeof out->subject, "%s", entry_name((enum entry_type)t));
		snprintf(out->says, sizeof out->says, "%u more entries of this type came within a minute and were only counted", seen - most);
		return true;
	}
	r->from = now;
	return false;
}
