/* declared: the policy as a witness: its claims, in the domain that stands for all domains. */
#ifndef JUDGE_DECLARED_H
#define JUDGE_DECLARED_H

#include "model/claim.h"
#include "model/policy.h"

enum { DECLARED_DOMAIN = 0 };

/* Says every claim of the policy. */
void declared_claims(const struct policy *p, void (*say)(void *context, const struct claim *), void *context);

/* Does a flow rule name this service?  Does one allow this client at that moment (of the capture)? */
bool declared_service(const struct policy *p, struct addr server, uint16_t port);
bool declared_allows(const struct policy *p, struct addr client, struct addr server, uint16_t port, struct instant when);

/* Is card one of the access points named for this network?  However many there are: a fact holds only a few values. */
bool declared_access_point(const struct policy *p, const struct key *ssid, struct mac card);

/* Keys that the hospital's own CA certified for the name, or address, of this subject of FACT_KEY: the first of *n. */
const struct policy_issued *declared_issued(const struct policy *p, const struct key *subject, uint32_t *n);

/* The pins of a service; NULL if it has none. */
const struct policy_service *declared_pins(const struct policy *p, struct addr server, uint16_t port);

#endif
