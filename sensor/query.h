/*
 * query: questions sent to a resolver and what came back.
 *
 * Claims: DNS answer, DNS guesses, resolver card, resolver in use.
 */
#ifndef SENSOR_QUERY_H
#define SENSOR_QUERY_H

#include "sensor/flow.h"
#include "wire/dns.h"

struct queries;

/* A question went to a resolver (unicast). */
void query_asked(struct sensor *s, struct queries *t, const struct packet *p, const struct dns *d);

/*
 * Something in the name of a resolver came back.  False if nobody was seen to
 * ask for it; over UDP such answers are counted as guesses.
 */
bool query_answered(struct sensor *s, struct queries *t, const struct packet *p, const struct dns *d);

struct queries *query_new(size_t memory, uint64_t seed);
void            query_free(struct queries *t);

#endif
