/*
 * lease: DHCP and DHCPv6: who gives addresses here, and what else they give.
 *
 * Claims: DHCP authority, DHCPv6 authority, binding (a lease explains a
 * change), router (option 3), resolver, lease demand, own name.
 */
#ifndef SENSOR_LEASE_H
#define SENSOR_LEASE_H

#include "sensor/flow.h"

bool lease_dhcp_looks(const struct flow *f, int side, struct bytes in);
void lease_dhcp(struct sensor *s, struct packet *p, int side, struct bytes in);
bool lease_dhcp6_looks(const struct flow *f, int side, struct bytes in);
void lease_dhcp6(struct sensor *s, struct packet *p, int side, struct bytes in);

/* The clients, for sensor/demand. */
struct demand *lease_demand(const struct sensor *s);

struct leases *lease_new(size_t memory, uint64_t seed);
void           lease_free(struct leases *t);

#endif
