/*
 * packet: one frame as the witnesses see it, decoded down to its transport.
 *
 * A letter: it dies with the frame.
 */
#ifndef SENSOR_PACKET_H
#define SENSOR_PACKET_H

#include "model/claim.h"
#include "model/event.h"
#include "model/record.h"
#include "sensor/sensor.h"
#include "wire/ip.h"
#include "wire/link.h"
#include "wire/tcp.h"
#include "wire/udp.h"

struct card;
struct flow;

/* What tells one conversation from another: the ends and, to tell legs apart, where and which. */
struct flow_key {
	struct addr a, b;      /* the lower of the two ends first */
	uint16_t    a_port, b_port;
	uint32_t    domain;
	uint8_t     protocol, leg;
	uint8_t     pad[2];
};

struct packet {
	const struct frame *frame;
	struct instant      when;     /* the sensor's own steady time, see sensor.c */
	uint32_t            domain;
	uint16_t            vlan;
	bool                has_vlan, has_ip;
	uint8_t             depth;    /* how many tunnels deep */
	struct card        *card;     /* of link.src, NULL where the link has no cards */
	struct flow        *flow;

	/* Read ahead (sensor.c): how far it was decoded, and where it will be looked up. */
	enum { PACKET_RAW, PACKET_LINK, PACKET_IP, PACKET_TRANSPORT } read;
	enum err            error;      /* of the first step that failed */
	uint32_t            card_hash;
	uint64_t            tuple;      /* hash of both ends and the protocol, the same in both directions */
	uint64_t            path_hash;

	/* Set by decoding, as far as read says. */
	struct link         link;
	struct ip           ip;
	struct tcp          tcp;      /* if ip.protocol is TCP */
	struct udp          udp;      /* if it is UDP */
	struct flow_key     key;      /* from the transport on */
	bool                from_a;   /* the sender is key.a */
};

/* An empty packet: what decoding sets is left as it is. */
static inline void
packet_begin(struct packet *p, const struct frame *f)
{
	memset(p, 0, offsetof(struct packet, link));
	memset(&p->link, 0, offsetof(struct link, payload));
	p->frame = f;
}

/* The sensor's insides, shared by its witnesses. */
struct sensor {
	struct sensor_config config;
	struct sensor_out    out;
	struct sensor_counts counts;
	struct instant       last, offset; /* see sensor.c: time */
	struct instant       told;         /* when the inventory was last sent */
	bool                 quiet;        /* a relayed copy is read: for its messages alone */
	uint8_t              token_key[32];

	struct cards     *cards;
	struct paths     *paths;
	struct fragments *fragments;
	struct thefts    *thefts;
	struct flows     *flows;
	struct streams   *streams;
	struct leases    *leases;
	struct routers   *routers;
	struct names     *names;
	struct secure    *secure;
	struct webs      *webs;
	struct mails     *mails;
	struct airs      *airs;
	struct cares     *cares;           /* NULL if messages are not asked for */
};

/* A claim about fact by witness w with what the packet tells filled in: when, frame, place, domain, speaker. */
struct claim packet_claim(const struct sensor *s, const struct packet *p, enum fact fact, enum witness w);
/* Hands it on. */
void packet_say(struct sensor *s, const struct claim *c);

/* An event of this kind is wanted; do not build it otherwise. */
static inline bool
packet_wants(const struct sensor *s, enum event_kind k)
{
	return !s->quiet && s->config.events >> k & 1;
}

/* Emits an event with the packet's addresses. */
void packet_event(struct sensor *s, const struct packet *p, enum event_kind k, const void *of, int variant);

#endif
