/*
 * demand: clients that ask for leases, and whether they ever use one.
 *
 * Real clients ask again until they are answered, take what is offered and
 * then speak from the address.  A starvation tool's clients ask once, or take
 * a lease and fall silent.  Claims: lease demand.
 */
#ifndef SENSOR_DEMAND_H
#define SENSOR_DEMAND_H

#include "sensor/packet.h"

/* What the leases' witness wants to know again when the answer comes. */
struct demand_client {
	uint32_t       domain;
	uint8_t        pad[4];
	uint64_t       id;       /* hash of the client identifier or DUID, else of the card */
	/* the key ends here */
	struct mac     card;     /* chaddr; for DHCPv6 the frame's source */
	uint8_t        wanted;   /* kinds of option asked for: the leases' own bits */
	bool           again, offered, took, given, relayed, lies;
	uint16_t       frames;   /* of its card, seen here */
	struct instant first, last;
	struct addr    wants;    /* the address it asked for */
};

/* id asks (DISCOVER, SOLICIT) through frame p.  card is what it calls its own. */
struct demand_client *demand_asks(struct sensor *s, struct packet *p, uint64_t id, struct mac card, bool relayed);
/* It takes an offer or renews (REQUEST). */
struct demand_client *demand_takes(struct sensor *s, struct packet *p, uint64_t id, struct mac card, bool relayed);
/* A server answers it: an offer, or a lease given. */
struct demand_client *demand_answered(struct sensor *s, struct packet *p, uint64_t id, bool given);

struct demand *demand_new(size_t memory, uint64_t seed);
void           demand_free(struct demand *t);

#endif
