/*
 * sensor: one frame after another, down through links and tunnels to the
 * witnesses.
 *
 * Time.  Captures hold clocks that step.  The witnesses use a steady time that
 * runs with the capture's but takes a step back, or a jump of more than a
 * minute, as no time (at most a minute) at all: so a step ages nothing and
 * revives nothing.  Claims carry both.
 */
#include "sensor/sensor.h"

#include <assert.h>

#include "base/memory.h"
#include "sensor/air.h"
#include "sensor/card.h"
#include "sensor/care.h"
#include "sensor/decoder.h"
#include "sensor/fragment.h"
#include "sensor/lease.h"
#include "sensor/mail.h"
#include "sensor/name.h"
#include "sensor/neighbour.h"
#include "sensor/path.h"
#include "sensor/router.h"
#include "sensor/secure.h"
#include "sensor/stream.h"
#include "sensor/theft.h"
#include "sensor/web.h"
#include "wire/tunnel.h"

enum { DEPTH_MOST = 4 };
#define JUMP_MOST  (60 * INSTANT_SECOND)
#define TELL_EVERY (30 * INSTANT_SECOND)
#define REORDER    (INSTANT_SECOND)

struct claim
packet_claim(const struct sensor *s, const struct packet *p, enum fact fact, enum witness w)
{
	struct claim c;

	(void)s;
	memset(&c, 0, sizeof c);
	c.fact = (uint8_t)fact;
	c.witness = (uint8_t)w;
	c.place = p->frame->place;
	c.source = p->frame->source;
	c.domain = p->domain;
	c.when = p->frame->when;
	c.steady = p->when;
	c.frame = p->frame->number;
	c.speaker = p->link.src;
	if (p->has_ip) {
		c.speaker_ip = p->ip.src;
		c.victim = p->ip.dst;
		c.protocol = p->ip.protocol;
	}
	return c;
}

void
packet_say(struct sensor *s, const struct claim *c)
{
	if (s->out.claim && !s->quiet)
		s->out.claim(s->out.context, c);
}

void
packet_event(struct sensor *s, const struct packet *p, enum event_kind k, const void *of, int variant)
{
	const struct flow *f = p->flow;
	struct event       e = {
		.kind = k, .when = p->frame->when, .frame = p->frame->number,
		.vlan = p->vlan, .has_vlan = p->has_vlan,
		.smac = p->link.src, .dmac = p->link.dst, .cards = p->link.cards,
		.of = of, .variant = variant,
	};

	if (!packet_wants(s, k) || !s->out.event)
		return;
	e.place = p->frame->place < s->config.place_count ? s->config.places[p->frame->place] : "";
	if (f) {
		e.src = flow_addr(f, FLOW_CLIENT);
		e.dst = flow_addr(f, FLOW_SERVER);
		e.sport = flow_port(f, FLOW_CLIENT);
		e.dport = flow_port(f, FLOW_SERVER);
		e.flow = f->id;
		e.protocol = f->key.protocol;
	} else if (p->has_ip) {
		e.src = p->ip.src;
		e.dst = p->ip.dst;
		e.protocol = p->ip.protocol;
	}
	s->out.event(s->out.context, &e);
}

/* --- memory: one sum, divided ---------------------------------------------- */

struct sensor *
sensor_new(const struct sensor_config *config, const struct sensor_out *out)
{
	struct sensor *s = memory_new(1, sizeof *s);
	size_t         m = config->memory < SENSOR_MEMORY_LEAST ? SENSOR_MEMORY_LEAST : config->memory;

	if (!s)
		return NULL;
	s->config = *config;
	s->out = *out;
	memcpy(s->token_key, config->key, sizeof s->token_key);
	/*
	 * Parts of the whole, in 64ths: what grows with traffic (flows, streams)
	 * gets most; a hospital's cards and names are few.
	 */
	s->flows = flow_new((uint32_t)(m / 64 * 20 / flow_cost(1)), s);
	s->streams = stream_new(m / 64 * 14);
	s->cards = card_new(m / 64 * 8, config->seed);
	s->paths = path_new(m / 64 * 2);
	s->fragments = fragment_new(m / 64 * 3, config->seed);
	s->thefts = theft_new(config->seed);
	s->names = name_new(m / 64 * 5, config->seed);
	s->leases = lease_new(m / 64 * 2, config->seed);
	s->routers = router_new(m / 64 * 1, config->seed);
	s->secure = secure_new(m / 64 * 5, config->seed);
	s->webs = web_new(m / 64 * 2, config->seed);
	s->mails = mail_new(m / 64 * 1, config->seed);
	s->airs = air_new(m / 64 * 1, config->seed);
	s->cares = config->messages ? care_new(config->messages, config->key, config->known) : NULL;
	if ((config->messages && !s->cares) || !s->flows || !s->streams || !s->cards || !s->paths || !s->fragments || !s->thefts || !s->names || !s->leases ||
	    !s->routers || !s->secure || !s->webs || !s->mails || !s->airs) {
		sensor_free(s);
		return NULL;
	}
	return s;
}

void
sensor_trust(struct sensor *s, struct bytes der)
{
	secure_trust(s, der);
}

void
sensor_free(struct sensor *s)
{
	if (!s)
		return;
	flow_free(s->flows);
	care_free(s->cares);
	stream_free(s->streams);
	card_free(s->cards);
	path_free(s->paths);
	fragment_free(s->fragments);
	theft_free(s->thefts);
	name_free(s->names);
	lease_free(s->leases);
	router_free(s->routers);
	secure_free(s->secure);
	web_free(s->webs);
	mail_free(s->mails);
	air_free(s->airs);
	memory_free(s);
}

void
sensor_end(struct sensor *s)
{
	flow_end(s);
	card_tell(s);
}

struct instant
sensor_time(const struct sensor *s)
{
	return s->offset;
}

const struct sensor_counts *
sensor_counts(const struct sensor *s)
{
	return &s->counts;
}

/* --- one frame -------------------------------------------------------------- */

static void decode(struct sensor *s, struct packet *p, struct bytes in, uint32_t linktype);
static void see(struct sensor *s, struct packet *p, struct bytes in, uint32_t linktype);

static struct instant
steady(struct sensor *s, struct instant when)
{
	int64_t d = when.us - s->last.us;

	if (!s->counts.first_frame_us) {
		s->counts.first_frame_us = (uint64_t)when.us;
		s->last = when;
		s->offset = when;
	} else if (d > JUMP_MOST || d < -REORDER) {
		s->counts.clock_steps++;
		s->offset.us += d > 0 ? JUMP_MOST : 0;
		s->last = when;
	} else if (d > 0) {
		s->offset.us += d;
		s->last = when;
	}
	s->counts.last_frame_us = (uint64_t)when.us;
	return s->offset;
}

/* A number for the broadcast domain: where the sensor stands, the tags, the tunnel's network. */
static uint32_t
domain_add(uint32_t domain, uint32_t what)
{
	return (domain ^ (what + 1)) * 0x9e3779b1u;
}

static void
see_tunnel(struct sensor *s, const struct packet *outer, const struct tunnel *t)
{
	struct packet p;

	if (outer->depth >= DEPTH_MOST)
		return;
	packet_begin(&p, outer->frame);
	p.when = outer->when;
	p.depth = (uint8_t)(outer->depth + 1);
	/* A mirror shows another wire; a tunnel's inside is a domain of its own. */
	p.domain = domain_add(t->mirror ? outer->frame->place : outer->domain, t->network + 0x10000u);
	/*
	 * Some access points exchange the bytes of the 802.11 frame control, which then has an impossible version, and of
	 * the sequence control.
	 */
	uint8_t      turned[2048];
	struct bytes in = t->payload;
	if (t->swapped && t->linktype == LINK_DOT11 && in.len >= 2 && in.len <= sizeof turned && in.at[0] & 3) {
		memcpy(turned, in.at, in.len);
		turned[0] = in.at[1];
		turned[1] = in.at[0];
		if (in.len >= 24) {
			turned[22] = in.at[23];
			turned[23] = in.at[22];
		}
		in.at = turned;
	}
	decode(s, &p, in, t->linktype);
	see(s, &p, in, t->linktype);
}

/* --- decoding, which needs nothing but the bytes ------------------------------- */

/* ICMP has no ports, but is relayed all the same: its ends are hashed as they stand. */
static void
decode_icmp(struct sensor *s, struct packet *p)
{
	p->tuple = bytes_hash(&p->ip, 2 * sizeof p->ip.src, s->config.seed ^ p->ip.protocol);
	p->from_a = true;
	path_fetch(s, p);
}
_Static_assert(offsetof(struct ip, src) == 0 && offsetof(struct ip, dst) == sizeof(struct addr), "the ends lie at the front");

static void
decode_transport(struct sensor *s, struct packet *p)
{
	switch (p->ip.protocol) {
	case IP_TCP:
		p->error = tcp_parse(p->ip.payload, &p->tcp);
		break;
	case IP_UDP:
		p->error = udp_parse(p->ip.payload, &p->udp);
		break;
	case IP_ICMP:
	case IP_ICMP6:
		decode_icmp(s, p);
		return;
	default:
		return;
	}
	if (p->error)
		return;
	p->read = PACKET_TRANSPORT;
	flow_fetch(s, p);
	path_fetch(s, p);
}

static void
decode_ip(struct sensor *s, struct packet *p)
{
	if (p->link.type != ETHERTYPE_IPV4 && p->link.type != ETHERTYPE_IPV6)
		return;
	p->error = ip_parse(p->link.payload, &p->ip);
	if (p->error)
		return;
	p->has_ip = true;
	p->read = PACKET_IP;
	if (!ip_fragment(&p->ip))
		decode_transport(s, p);
}

/* Behind the link's header: the tags make the domain, and the card is looked for. */
static void
decode_link(struct sensor *s, struct packet *p)
{
	p->read = PACKET_LINK;
	for (uint8_t i = 0; i < p->link.vlans && i < 4; i++)
		p->domain = domain_add(p->domain, p->link.vlan[i]);
	p->has_vlan = p->link.vlans > 0;
	p->vlan = p->link.vlan[0];
	if (p->link.cards)
		card_fetch(s, p);
	decode_ip(s, p);
}

static void
decode(struct sensor *s, struct packet *p, struct bytes in, uint32_t linktype)
{
	p->read = PACKET_RAW;
	if (linktype == LINK_DOT11 || linktype == LINK_RADIOTAP)
		return; /* sensor/air sees to it */
	p->error = link_parse(in, linktype, &p->link);
	if (!p->error)
		decode_link(s, p);
}

/* --- the witnesses ----------------------------------------------------------------- */

static void
see_flow(struct sensor *s, struct packet *p)
{
	switch (path_see(s, p)) {
	case PATH_NEW:
		if (p->ip.protocol == IP_TCP)
			flow_tcp(s, p);
		else
			flow_udp(s, p);
		break;
	case PATH_CARRIED:
		flow_carried(s, p);
		break;
	case PATH_COPY:
		break;
	}
}

static void
see_transport(struct sensor *s, struct packet *p)
{
	struct tunnel t;

	switch (p->ip.protocol) {
	case IP_TCP:
		see_flow(s, p);
		break;
	case IP_UDP:
		/* A CAPWAP controller answers from its port. */
		if (tunnel_udp_parse(p->udp.payload, p->udp.sport == TUNNEL_CAPWAP_PORT ? p->udp.sport : p->udp.dport, &t) == OK)
			see_tunnel(s, p, &t);
		see_flow(s, p);
		break;
	case IP_GRE:
		if (tunnel_gre_parse(p->ip.payload, &t) == OK)
			see_tunnel(s, p, &t);
		break;
	case IP_IPIP:
	case IP_IPV6:
		see_tunnel(s, p, &(struct tunnel){ .linktype = LINK_RAW, .network = 0, .payload = p->ip.payload });
		break;
	case IP_ICMP:
		if (path_see(s, p) == PATH_NEW)
			router_icmp(s, p);
		break;
	case IP_ICMP6:
		if (path_see(s, p) == PATH_NEW)
			neighbour_icmp6(s, p);
		break;
	case IP_VRRP:
		router_vrrp(s, p);
		break;
	default:
		break;
	}
}

static void
see_ip(struct sensor *s, struct packet *p)
{
	if (p->read >= PACKET_IP) {
		s->counts.cut += p->ip.cut;
		if (ip_fragment(&p->ip)) {
			if (!fragment_join(s, p))
				return;
			decode_transport(s, p);
		}
	}
	if (p->error)
		s->counts.malformed++;
	else
		see_transport(s, p);
}

static void
see(struct sensor *s, struct packet *p, struct bytes in, uint32_t linktype)
{
	if (p->read == PACKET_RAW && !p->error) {
		/* 802.11: its data frames in clear come back with an ordinary link. */
		if (!air_see(s, p, in, linktype))
			return;
		decode_link(s, p);
	} else if (p->read == PACKET_RAW) {
		if (p->error == ERR_UNSUPPORTED)
			s->counts.unsupported++;
		else
			s->counts.malformed++;
		return;
	}
	if (p->link.cards)
		card_see(s, p);
	switch (p->link.type) {
	case ETHERTYPE_IPV4:
	case ETHERTYPE_IPV6:
		see_ip(s, p);
		break;
	case ETHERTYPE_ARP:
		neighbour_arp(s, p);
		break;
	case LINK_STP:
		router_stp(s, p);
		break;
	case ETHERTYPE_LLDP:
	case LINK_CDP:
		router_discovery(s, p);
		break;
	default:
		break;
	}
}

/* What has news goes to the inventory every half minute, so that a run that is killed loses little. */
static void
tell_inventory(struct sensor *s)
{
	if (!s->config.inventory || s->offset.us - s->told.us < TELL_EVERY)
		return;
	s->told = s->offset;
	flow_tell(s);
	card_tell(s);
}

/*
 * Three passes over a batch: decode all and ask for the first memory each will
 * touch; ask for what lies behind that; then let the witnesses see them one by
 * one, with most of it in the cache.
 */
void
sensor_see_all(struct sensor *s, const struct frame *f, unsigned n)
{
	struct packet batch[SENSOR_BATCH];

	assert(n <= SENSOR_BATCH);
	for (unsigned i = 0; i < n; i++) {
		struct packet *p = &batch[i];
		packet_begin(p, &f[i]);
		p->domain = domain_add(0, f[i].place);
		decode(s, p, f[i].data, f[i].linktype);
	}
	for (unsigned i = 0; n > 1 && i < n; i++) {
		if (batch[i].read && batch[i].link.cards)
			card_fetch_record(s, &batch[i]);
		if (batch[i].read == PACKET_TRANSPORT)
			flow_fetch_record(s, &batch[i]);
	}
	for (unsigned i = 0; i < n; i++) {
		batch[i].when = steady(s, f[i].when);
		s->counts.frames++;
		s->counts.bytes += f[i].length;
		see(s, &batch[i], f[i].data, f[i].linktype);
	}
	tell_inventory(s);
}

void
sensor_see(struct sensor *s, const struct frame *f)
{
	sensor_see_all(s, f, 1);
}
