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

/* A card that several routers share (VRRP, HSRP): it proves nothing about who speaks. */
bool router_shared(struct mac card);

/* What the routers of this link say about DHCPv6 (RFC 4861 4.2, flags M and O). */
enum router_word { ROUTER_SAYS_NOTHING, ROUTER_SAYS_NO_SERVER, ROUTER_SAYS_SERVER };
enum router_word router_word(const struct sensor *s, uint32_t domain);

struct routers *router_new(size_t memory, uint64_t seed);
void            router_free(struct routers *t);

#endif
