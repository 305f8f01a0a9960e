/*
 * router: who routes and bridges here: RA, ICMP redirects, VRRP, HSRP, STP,
 * LLDP and CDP.
 *
 * Claims: router advertisement, router, redirect, FHRP master, spanning tree
 * root.  Inventory: routers, switches, their names.
 */
#ifndef SENSOR_ROUTER_H
#define SENSOR_ROUTER_H

#include "sensor/flow.h"
#include "wire/icmp6.h"

void router_icmp(struct sensor *s, struct packet *p);
void router_advertisement(struct sensor *s, struct packet *p, const struct icmp6 *m);
void router_redirect6(struct sensor *s, struct packet *p, const struct icmp6 *m);
void router_vrrp(struct sensor *s, struct packet *p);
void router_stp(struct sensor *s, struct packet *p);
void router_discovery(struct sensor *s, struct packet *p);
bool router_hsrp_looks(const struct flow *f, int side, struct bytes in);
void router_hsrp(struct sensor *s, struct packet *p, int side, struct bytes in);

struct routers *router_new(size_t memory, uint64_t seed);
void            router_free(struct routers *t);

#endif
