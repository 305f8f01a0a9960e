/*
 * router_fhrp: VRRP and HSRP: who is master, and may it be?
 *
 * The frames of a master come from the shared card (00:00:5e:00:01:xx,
 * 00:00:0c:07:ac:xx, 00:00:0c:9f:fx:xx), so that members are told apart by
 * their own address; whoever speaks from a card of its own is that card.
 * Whoever is silent until it takes over is a stranger, unless it was heard
 * standing by.
 */
#include "sensor/router_inside.h"
#include "sensor/card.h"
#include "wire/hsrp.h"
#include "wire/vrrp.h"

enum { GROUPS = 256, MEMBERS = 6 };
enum { PROTOCOL_VRRP = 1, PROTOCOL_HSRP = 2 };
#define SILENT_TIMES 2800                  /* RFC 5798 6.1: three intervals and a little, less the capture's jitter; in microseconds a millisecond */
#define NOBODY_FOR   (2 * INSTANT_SECOND)
#define TELL_ROUTER  (30 * INSTANT_SECOND)
#define TRUST_AFTER  (600 * INSTANT_SECOND)

struct member {
	struct addr    ip;
	struct mac     card;
	struct instant first, last, said, told;
	uint32_t       priority;
	bool           was_master;
	bool           nobody;      /* behind the shared card, and its own is not known yet */
};

struct group {
	uint32_t       domain;
	uint16_t       number;
	uint8_t        protocol, family;
	/* the key ends here */
	struct instant first, last; /* of a master */
	struct member  member[MEMBERS];
	uint8_t        members;
	struct mac     master;      /* the one that stands uncontradicted */
	uint32_t       interval_ms;
	bool           resigned;
};

struct table *
router_fhrp_new(uint64_t seed)
{
	return table_new(GROUPS, offsetof(struct group, first), sizeof(struct group), seed);
}

/* 00:00:5e:00:01|02:xx (RFC 5798 7.3), 00:00:0c:07:ac:xx (RFC 2281 6.1), 00:00:0c:9f:fx:xx, 00:05:73:a0:0x:xx. */
bool
router_shared(struct mac m)
{
	static const uint8_t VRRP[4] = { 0, 0, 0x5e, 0 }, HSRP[5] = { 0, 0, 0x0c, 0x07, 0xac }, HSRP2[4] = { 0, 0, 0x0c, 0x9f }, HSRP6[4] = { 0, 5, 0x73, 0xa0 };

	return (memcmp(m.b, VRRP, 4) == 0 && (m.b[4] == 1 || m.b[4] == 2)) || memcmp(m.b, HSRP, 5) == 0 || memcmp(m.b, HSRP2, 4) == 0 || memcmp(m.b, HSRP6, 4) == 0;
}

static struct group *
group_of(struct sensor *s, const struct packet *p, uint8_t protocol, uint16_t number, bool v6)
{
	struct group k;
	bool         fresh;

	memset(&k, 0, offsetof(struct group, first));
	k.domain = p->domain;
	k.number = number;
	k.protocol = protocol;
	k.family = v6 ? 6 : 4;
	struct group *g = table_put(s->routers->groups, &k, &fresh);
	if (fresh)
		g->first = p->when;
	return g;
}

/* Who speaks: by its own card, or, behind the shared one, by its own address. */
static struct member *
member_of(struct sensor *s, const struct packet *p, struct group *g)
{
	bool           behind = router_shared(p->link.src);
	struct member *m = NULL;

	for (uint8_t i = 0; i < g->members; i++) {
		struct member *x = &g->member[i];
		if (behind ? addr_equal(x->ip, p->ip.src) : mac_equal(x->card, p->link.src) || (x->nobody && addr_equal(x->ip, p->ip.src))) {
			if (!behind && !x->said.us) {
				x->card = p->link.src;
				x->nobody = false;
			}
			x->last = p->when;
			return x;
		}
	}
	if (g->members < MEMBERS) {
		m = &g->member[g->members++];
	} else {
		m = &g->member[0];
		for (uint8_t i = 1; i < MEMBERS; i++)
			if (g->member[i].last.us < m->last.us)
				m = &g->member[i];
	}
	memset(m, 0, sizeof *m);
	m->ip = p->ip.src;
	m->card = p->link.src;
	m->first = m->last = p->when;
	if (behind) {
		struct mac at = card_at(s, p->domain, p->ip.src);
		if (!mac_zero(at) && !router_shared(at)) {
			m->card = at;
		} else {
			/* Nobody's card, but the same for the same address. */
			uint64_t h = bytes_hash(p->ip.src.b, 16, g->number);
			m->nobody = true;
			m->card.b[0] |= 2;
			memcpy(m->card.b + 3, &h, 3);
		}
	}
	return m;
}

/* Standing by from the beginning or for long: it belongs. */
static bool
belongs(const struct packet *p, const struct group *g, const struct member *m)
{
	return m->was_master || m->first.us - g->first.us < ROUTER_WATCHED || p->when.us - m->first.us > TRUST_AFTER;
}

static void
member_says(struct sensor *s, const struct packet *p, const struct group *g, struct member *m)
{
	if (!belongs(p, g, m) || (m->told.us && p->when.us - m->told.us < TELL_ROUTER))
		return;
	m->told = p->when;
	card_role(s, p->domain, m->card, ROLE_ROUTER);
	router_say(s, p, WITNESS_FHRP, m->ip, m->card);
}

/* A member claims to be master, or gives it up. */
static void
master(struct sensor *s, const struct packet *p, struct group *g, struct member *m, uint32_t priority, uint32_t interval_ms, bool release, const struct addr *addrs, uint8_t n)
{
	bool         same = mac_equal(g->master, m->card);
	bool         silent = g->last.us && p->when.us - g->last.us > (int64_t)g->interval_ms * SILENT_TIMES;
	bool         accepted = same || mac_zero(g->master) || g->resigned || silent || belongs(p, g, m);
	struct claim c = packet_claim(s, p, FACT_FHRP, WITNESS_FHRP);

	/* A stranger behind the shared card: its own may show itself in a moment. */
	if (m->nobody && !mac_zero(g->master) && !same && p->when.us - m->first.us < NOBODY_FOR)
		return;
	if (!same || m->priority != priority || release || p->when.us - m->said.us >= ROUTER_SAY_EVERY) {
		c.subject = (struct key){ { g->protocol, (uint8_t)(g->number >> 8), (uint8_t)g->number, g->family } };
		c.value = key_mac(m->card);
		c.speaker = m->card;
		c.number = priority;
		c.number2 = interval_ms;
		c.marks = release ? MARK_RELEASE : !same && (silent || g->resigned) ? MARK_NO_ANSWER : 0;
		c.victim = n ? addrs[0] : c.victim;
		packet_say(s, &c);
		m->said = p->when;
		m->priority = priority;
	}
	if (release) {
		g->resigned |= same;
		return;
	}
	if (!accepted)
		return;
	bool was = same;
	g->master = m->card;
	g->last = p->when;
	g->interval_ms = interval_ms ? interval_ms : 1000;
	g->resigned = false;
	m->was_master = true;
	table_keep(s->routers->groups, g);
	if (was && m->told.us && p->when.us - m->told.us < TELL_ROUTER)
		return;
	m->told = p->when;
	/* The shared addresses are at this master now; what another held before stays its own. */
	for (uint8_t i = 0; i < n; i++) {
		struct mac at = card_at(s, p->domain, addrs[i]);
		bool       ours = mac_zero(at) || mac_equal(at, p->link.src) || router_shared(at);
		for (uint8_t j = 0; j < g->members; j++)
			ours |= g->member[j].was_master && mac_equal(g->member[j].card, at);
		if (!ours || addr_none(addrs[i]))
			continue;
		card_bound(s, p, addrs[i], p->link.src);
		struct claim b = packet_claim(s, p, addr_is_v4(addrs[i]) ? FACT_BINDING : FACT_BINDING6, WITNESS_FHRP);
		b.subject = key_addr(addrs[i]);
		b.value = key_mac(p->link.src);
		b.marks = MARK_ANNOUNCED | MARK_ON_LINK;
		packet_say(s, &b);
		router_say(s, p, WITNESS_FHRP, addrs[i], p->link.src);
	}
	card_role(s, p->domain, m->card, ROLE_ROUTER);
}

void
router_vrrp(struct sensor *s, struct packet *p)
{
	struct vrrp v;

	/* RFC 5798 5.1.1.3: nobody off this link can have sent a hop count of 255. */
	if (!p->link.cards || p->ip.ttl != 255 || vrrp_parse(p->ip.payload, p->ip.version == 6, &v))
		return;
	struct group *g = group_of(s, p, PROTOCOL_VRRP, v.vrid, v.v6);
	master(s, p, g, member_of(s, p, g), v.priority, v.interval_ms, v.priority == VRRP_RESIGN, v.addrs, v.addrs_n);
}

bool
router_hsrp_looks(const struct flow *f, int side, struct bytes in)
{
	uint16_t port = flow_port(f, FLOW_SERVER);
	struct hsrp h;

	(void)side;
	return (port == 1985 || port == 2029) && hsrp_parse(in, &h) == OK;
}

void
router_hsrp(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct hsrp h;

	(void)side;
	if (!p->link.cards || hsrp_parse(in, &h) || !h.grouped || h.op == HSRP_ADVERTISE)
		return;
	struct group  *g = group_of(s, p, PROTOCOL_HSRP, h.group, h.v6);
	struct member *m = member_of(s, p, g);
	if (h.op == HSRP_COUP || h.op == HSRP_RESIGN || hsrp_active(&h))
		master(s, p, g, m, h.priority, h.hello_ms, h.op == HSRP_RESIGN, &h.address, 1);
	else
		member_says(s, p, g, m);
}
