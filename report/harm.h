/* harm: what an incident may have done to care: how critical a device is, and whether patients' data were within reach. */
#ifndef REPORT_HARM_H
#define REPORT_HARM_H

#include "report/cause.h"

struct harm_rank {
	const char *level; /* life-supporting, high, medium, low, unknown */
	const char *why;
};

/* By the kind that the policy names; without one (NULL or empty), guessed from what the device speaks. */
struct harm_rank harm_rank_of(const char *kind, uint32_t roles);

/*
 * What the observations say of patients' data, in words; empty if nothing.
 * A person decides: this is what they decide on.
 */
void harm_phi(const struct cause_case *c, struct buf *out);

#endif
