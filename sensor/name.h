/*
 * name: DNS, mDNS, LLMNR and NetBIOS names.
 *
 * Claims: DNS answer (two different answers to one query), DNS guesses,
 * resolver card, resolver in use, name, local name.  Events: dns, nbns.
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

/*
 * The card calls itself so: a DHCP host name, a NetBIOS registration, an mDNS
 * announcement.  name may be qualified; case does not matter.
 */
void name_owned(struct sensor *s, const struct packet *p, struct mac card, struct bytes name);

struct names *name_new(size_t memory, uint64_t seed);
void          name_free(struct names *t);

#endif
