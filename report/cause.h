/*
 * cause: why an incident could happen: which control was missing.
 *
 * A table: what must hold in the observations, which control would have
 * stopped it, and the words with the names filled in.  With a policy, what it
 * declares is told as not enforced; without, as not declared.  Only what the
 * evidence supports is said, the control that would have prevented most first.
 */
#ifndef REPORT_CAUSE_H
#define REPORT_CAUSE_H

#include "model/finding.h"
#include "model/policy.h"
#include "model/record.h"

struct cause_case {
	const struct incident      *incident;
	const struct finding       *finding; /* of the incident */
	const struct device_record *device;  /* the attacker's and the victims' */
	const struct flow_record   *flow;    /* that victims have part in */
	uint32_t                    findings, devices, flows;
	uint32_t                    places;  /* how many places the findings were seen from */
	const struct policy        *policy;  /* NULL: none was given */
};

struct cause {
	const char *control; /* its short name */
	const char *key;     /* of hospital.yaml, that would close it; empty: none */
	bool        declared;/* the policy says it, and the network does not enforce it */
	char        says[480], act[320];
};

enum { CAUSES = 24 };

/* Writes up to CAUSES; how many. */
uint32_t cause_find(const struct cause_case *c, struct cause out[static CAUSES]);

#endif
