/*
 * name: DNS, mDNS, LLMNR and NetBIOS names.
 *
 * Claims: DNS answer (two different answers to one query), DNS guesses,
 * resolver card, resolver in use, name, local name, own name.  Events: dns, nbns.
 */
#ifndef SENSOR_NAME_H
#define SENSOR_NAME_H

#include "sensor/flow.h"

bool   name_looks(const struct flow *f, int side, struct bytes in);
void   name_datagram(struct sensor *s, struct packet *p, int side, struct bytes in);
bool   name_tcp_looks(const struct flow *f, int side, struct bytes in);
size_t name_tcp(struct sensor *s, struct packet *p, int side, struct bytes in);
bool   name_nbns_looks(const struct flow *f, int side, struct bytes in);
void   name_nbns(struct sensor *s, struct packet *p, int side, struct bytes in);

struct names *name_new(size_t memory, uint64_t seed);
void          name_free(struct names *t);

#endif
