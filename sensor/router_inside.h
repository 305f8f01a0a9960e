/*
 * router: what its files share.
 *
 *	router.c       advertisements, redirects, spanning tree, LLDP and CDP
 *	router_fhrp.c  VRRP and HSRP
 */
#ifndef SENSOR_ROUTER_INSIDE_H
#define SENSOR_ROUTER_INSIDE_H

#include "base/table.h"
#include "sensor/router.h"

#define ROUTER_SAY_EVERY (INSTANT_SECOND / 2)  /* the same again no sooner */
#define ROUTER_WATCHED   (10 * INSTANT_SECOND) /* who was here by then was here from the beginning */

struct routers {
	struct table *links, *speakers, *groups, *trees, *bridges;
};

/* Claims that addr is a router's, at this card; nothing if either is none. */
void router_say(struct sensor *s, const struct packet *p, enum witness w, struct addr addr, struct mac card);

/* The table of groups. */
struct table *router_fhrp_new(uint64_t seed);

#endif
