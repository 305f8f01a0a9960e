/*
 * local: names asked of everybody on the link (LLMNR RFC 4795, mDNS RFC 6762,
 * NetBIOS RFC 1002) and who answers.
 *
 * Claims: local name.
 */
#ifndef SENSOR_LOCAL_H
#define SENSOR_LOCAL_H

#include "sensor/flow.h"
#include "wire/dns.h"
#include "wire/nbns.h"

struct locals;

void local_llmnr(struct sensor *s, struct locals *t, const struct packet *p, const struct dns *d);
void local_mdns(struct sensor *s, struct locals *t, const struct packet *p, const struct dns *d);
void local_nbns(struct sensor *s, struct locals *t, const struct packet *p, const struct nbns *n);

/* See name_owned. */
void local_owned(struct sensor *s, struct locals *t, const struct packet *p, struct mac card, struct bytes name);

struct locals *local_new(size_t memory, uint64_t seed);
void           local_free(struct locals *t);

#endif
