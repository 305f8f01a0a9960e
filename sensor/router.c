/*
 * router: who was here first, and does the newcomer fit?
 *
 * Router advertisements are weighed like leases: the first router that
 * advertises anything stands for what is known of the link, another agrees
 * with it or does not.
 *
 * Spanning tree.  Bridge identifiers are ranks, the lower the better; the
 * judge compares numbers, so each better root counts one up, each worse one
 * down.
 */
#include "sensor/router_inside.h"
#include "base/memory.h"
#include "sensor/card.h"
#include "wire/cdp.h"
#include "wire/icmp.h"
#include "wire/lldp.h"
#include "wire/stp.h"

enum { LINKS = 64, SPEAKERS = 256, TREES = 256, BRIDGES = 512, VALUES = 8, FLIPS = 3, ROOTS_MOST = 20 };
#define TREE_EVERY   (2 * INSTANT_SECOND)
#define GONE_AFTER   (120 * INSTANT_SECOND)
#define FLIP_SPAN    (120 * INSTANT_SECOND)
#define SETTLED      (60 * INSTANT_SECOND)
#define RA_LONGEST   (1800 * INSTANT_SECOND) /* RFC 4861 6.2.1: a router cannot be silent for longer */

struct set {
	uint64_t value[VALUES];
	uint8_t  n;
};

struct ra_link {
	uint32_t       domain;
	/* the key ends here */
	struct instant first;
	struct mac     authority;
	bool           routes;           /* the authority routes by its deeds */
	bool           managed, preferred;
	struct set     prefixes, resolvers;
	uint8_t        word;             /* enum router_word */
};

struct ra_speaker {
	uint32_t       domain;
	struct mac     card;
	uint8_t        pad[6];
	/* the key ends here */
	struct instant first, said, told, flips_from;
	uint32_t       marks, other;
	bool           off;    /* its last word was lifetime 0 */
	uint8_t        flips;
};

struct tree {
	uint32_t       domain, vlan;
	/* the key ends here */
	struct stp_id  root;
	uint32_t       rank, roots;
	struct instant said, from;
};

struct bridge {
	uint32_t       domain;
	struct mac     card;
	uint8_t        pad[6];
	/* the key ends here */
	struct instant first;
};

struct routers *
router_new(size_t memory, uint64_t seed)
{
	struct routers *t = memory_new(1, sizeof *t);

	(void)memory; /* links and their routers are few, whatever the traffic */
	if (!t)
		return NULL;
	t->links = table_new(LINKS, sizeof(uint32_t), sizeof(struct ra_link), seed);
	t->speakers = table_new(SPEAKERS, offsetof(struct ra_speaker, first), sizeof(struct ra_speaker), seed);
	t->groups = router_fhrp_new(seed);
	t->trees = table_new(TREES, offsetof(struct tree, root), sizeof(struct tree), seed);
	t->bridges = table_new(BRIDGES, offsetof(struct bridge, first), sizeof(struct bridge), seed);
	if (!t->links || !t->speakers || !t->groups || !t->trees || !t->bridges) {
		router_free(t);
		return NULL;
	}
	return t;
}

void
router_free(struct routers *t)
{
	if (!t)
		return;
	table_free(t->links);
	table_free(t->speakers);
	table_free(t->groups);
	table_free(t->trees);
	table_free(t->bridges);
	memory_free(t);
}

void
router_say(struct sensor *s, const struct packet *p, enum witness w, struct addr addr, struct mac card)
{
	struct claim c = packet_claim(s, p, FACT_ROUTER, w);

	if (addr_none(addr) || mac_zero(card))
		return;
	c.subject = key_addr(addr);
	c.value = key_mac(card);
	packet_say(s, &c);
}

static bool
owns(const struct sensor *s, const struct packet *p, struct addr a)
{
	return addr_equal(a, p->ip.src) || card_holds(s, p->domain, a, p->link.src);
}

/* --- router advertisements ----------------------------------------------------------- */

enum router_word
router_word(const struct sensor *s, uint32_t domain)
{
	const struct ra_link *l = table_peek(s->routers->links, &domain);

	return l ? (enum router_word)l->word : ROUTER_SAYS_NOTHING;
}

static bool
holds(const struct set *set, uint64_t v)
{
	for (uint8_t i = 0; i < set->n; i++)
		if (set->value[i] == v)
			return true;
	return false;
}

static void
add(struct set *set, uint64_t v)
{
	if (holds(set, v))
		return;
	if (set->n == VALUES)
		memmove(set->value, set->value + 1, sizeof set->value[0] * --set->n);
	set->value[set->n++] = v;
}

static void
offered(const struct icmp6 *m, struct set *prefixes, struct set *resolvers)
{
	memset(prefixes, 0, sizeof *prefixes);
	memset(resolvers, 0, sizeof *resolvers);
	for (uint8_t i = 0; i < m->prefixes_n; i++) {
		uint8_t b[17];
		memcpy(b, m->prefixes[i].net.b, 16);
		b[16] = m->prefixes[i].bits;
		add(prefixes, bytes_hash(b, sizeof b, 1));
	}
	for (uint8_t i = 0; i < m->dns_n; i++)
		if (m->dns[i].lifetime)
			add(resolvers, bytes_hash(m->dns[i].addr.b, 16, 2));
}

static bool
beyond(const struct set *known, const struct set *offered)
{
	for (uint8_t i = 0; i < offered->n; i++)
		if (!holds(known, offered->value[i]))
			return true;
	return false;
}

static uint32_t
ra_marks(const struct sensor *s, const struct packet *p, const struct icmp6 *m, const struct ra_link *l)
{
	struct mac router = card_router(s, p->domain);
	bool       by_deeds = card_routes(s, p->domain, p->link.src);
	uint32_t   k = 0;

	k |= m->lifetime ? MARK_ROUTE : MARK_RELEASE;
	for (uint8_t i = 0; i < m->prefixes_n; i++)
		k |= m->prefixes[i].on_link || m->prefixes[i].autonomous ? MARK_ON_LINK : 0;
	for (uint8_t i = 0; i < m->dns_n; i++)
		k |= m->dns[i].lifetime ? MARK_RESOLVER | (owns(s, p, m->dns[i].addr) ? MARK_SELF : 0) : 0;
	k |= m->preference == ICMP6_HIGH && m->lifetime && !(l->preferred && !mac_equal(l->authority, p->link.src)) ? MARK_HIGH : 0;
	/* Here for a while, and another card is the one that routes. */
	if (p->card && !by_deeds && p->when.us - p->card->first.us > ROUTER_WATCHED && !mac_zero(router) && !mac_equal(router, p->link.src))
		k |= MARK_SILENT;
	return k;
}

/* A source that is another's, though that one is alive: only a router that takes over with the same words may do so. */
static bool
forged(const struct sensor *s, const struct packet *p, const struct icmp6 *m, bool agrees)
{
	struct mac         at = card_at(s, p->domain, p->ip.src);
	const struct card *owner = mac_zero(at) ? NULL : card_of(s, p->domain, at);

	return owner && !mac_equal(at, p->link.src) && p->when.us - owner->last.us < GONE_AFTER && !card_routes(s, p->domain, p->link.src) &&
	    !(agrees && m->lifetime);
}

void
router_advertisement(struct sensor *s, struct packet *p, const struct icmp6 *m)
{
	struct routers   *t = s->routers;
	struct ra_speaker k = { .domain = p->domain, .card = p->link.src };
	bool              fresh;
	struct set        prefixes, resolvers;

	if (!p->link.cards || !addr_link_local(p->ip.src))
		return; /* RFC 4861 6.1.2 */
	struct ra_link    *l = table_put(t->links, &p->domain, &fresh);
	if (fresh)
		l->first = p->when;
	struct ra_speaker *v = table_put(t->speakers, &k, &fresh);
	uint32_t           marks = ra_marks(s, p, m, l);
	bool               content = marks & (MARK_ROUTE | MARK_RESOLVER | MARK_ON_LINK);
	bool               by_deeds = card_routes(s, p->domain, p->link.src);

	if (fresh) {
		v->first = p->when;
		/* Silent for longer than a router may be, so it was none. */
		if (p->card && p->when.us - p->card->first.us > RA_LONGEST)
			v->marks = MARK_NO_ANSWER;
	}
	uint32_t kept = v->marks & MARK_NO_ANSWER;
	marks |= kept;
	offered(m, &prefixes, &resolvers);
	bool conflict = !mac_zero(l->authority) && (beyond(&l->prefixes, &prefixes) || beyond(&l->resolvers, &resolvers) || ((m->managed || m->other) && !l->managed));
	bool lies = forged(s, p, m, !conflict);
	if (lies) {
		marks |= MARK_FRAME_LIES;
	} else {
		bool fit = content && !((marks & MARK_SILENT) && marks & (MARK_HIGH | MARK_SELF));
		if (fit && (mac_zero(l->authority) || (conflict && by_deeds && !l->routes))) {
			l->authority = p->link.src;
			l->prefixes.n = l->resolvers.n = 0;
		}
		if (mac_equal(l->authority, p->link.src)) {
			for (uint8_t i = 0; i < prefixes.n; i++)
				add(&l->prefixes, prefixes.value[i]);
			for (uint8_t i = 0; i < resolvers.n; i++)
				add(&l->resolvers, resolvers.value[i]);
			l->managed |= m->managed || m->other;
			l->preferred = m->preference == ICMP6_HIGH;
			l->routes |= by_deeds;
			l->word = l->managed ? ROUTER_SAYS_SERVER : ROUTER_SAYS_NO_SERVER;
			table_keep(t->links, l);
			conflict = false;
		}
		/* Taken back and given again, and again: two speak in one router's name. */
		if (v->off != !m->lifetime) {
			if (p->when.us - v->flips_from.us > FLIP_SPAN) {
				v->flips_from = p->when;
				v->flips = 0;
			}
			v->flips += !fresh;
			v->off = !m->lifetime;
		}
		if (v->flips >= 2 * FLIPS)
			marks |= MARK_BULK;
		card_bound(s, p, p->ip.src, p->link.src);
	}
	struct claim c = packet_claim(s, p, FACT_RA, WITNESS_RA);
	char         text[48];
	struct buf   source = buf_over(text, sizeof text);
	addr_print(p->ip.src, &source);
	uint64_t     h = bytes_hash(&prefixes, sizeof prefixes, bytes_hash(&resolvers, sizeof resolvers, 0));
	c.value = key_mac(p->link.src);
	c.other = conflict ? key_digest(&h, sizeof h) : key_number(1);
	marks |= conflict ? MARK_ALTERED : 0;
	c.marks = marks;
	c.number = m->lifetime;
	claim_words(&c, buf_bytes(&source));
	if (v->said.us && v->marks == marks && v->other == (uint32_t)h && p->when.us - v->said.us < ROUTER_SAY_EVERY)
		return;
	v->said = p->when;
	v->marks = marks;
	v->other = (uint32_t)h;
	packet_say(s, &c);
	if (mac_equal(l->authority, p->link.src) && !lies && m->lifetime) {
		card_role(s, p->domain, p->link.src, ROLE_ROUTER);
		router_say(s, p, WITNESS_RA, p->ip.src, p->link.src);
	}
	if (resolvers.n) {
		struct claim r = packet_claim(s, p, FACT_RESOLVER_USE, WITNESS_RA);
		r.value = key_addr(m->dns[0].addr);
		r.marks = conflict || lies || (marks & MARK_SILENT && marks & (MARK_SELF | MARK_HIGH)) ? MARK_RESOLVER : 0;
		packet_say(s, &r);
	}
}

/* --- redirects --------------------------------------------------------------------------- */

static void
redirect(struct sensor *s, const struct packet *p, struct addr destination, struct addr gateway)
{
	struct claim c = packet_claim(s, p, FACT_REDIRECT, WITNESS_ICMP);
	struct mac   owner = card_at(s, p->domain, p->ip.src), at = card_at(s, p->domain, gateway);

	c.subject = key_addr(destination);
	c.value = key_addr(gateway);
	c.card = at;
	/* A router may speak from a shared card; nobody else has two. */
	if (!mac_zero(owner) && !mac_equal(owner, p->link.src) && !card_routes(s, p->domain, p->link.src))
		c.marks |= MARK_FRAME_LIES;
	/* Towards the destination itself: it is on this link, and nobody comes between (RFC 4861 4.5), whoever had its address. */
	if (!addr_equal(gateway, destination) && (mac_equal(at, p->link.src) || owns(s, p, gateway)))
		c.marks |= MARK_SELF;
	packet_say(s, &c);
}

void
router_icmp(struct sensor *s, struct packet *p)
{
	struct icmp m;
	struct ip   inner;

	if (icmp_parse(p->ip.payload, &m)) {
		s->counts.malformed++;
		return;
	}
	if (m.type != ICMP_REDIRECT) {
		card_uses(s, p);
		return;
	}
	if (p->link.cards && ip_parse(m.datagram, &inner) == OK)
		redirect(s, p, inner.dst, m.gateway);
}

void
router_redirect6(struct sensor *s, struct packet *p, const struct icmp6 *m)
{
	if (p->link.cards && addr_link_local(p->ip.src)) /* RFC 4861 8.1 */
		redirect(s, p, m->destination, m->target);
}

/* --- spanning tree ------------------------------------------------------------------------- */

static struct bridge *
bridge_of(struct sensor *s, const struct packet *p, struct mac card)
{
	struct bridge  k = { .domain = p->domain, .card = card };
	bool           fresh;
	struct bridge *b = table_put(s->routers->bridges, &k, &fresh);

	if (fresh)
		b->first = p->when;
	else if (p->when.us - b->first.us > SETTLED)
		table_keep(s->routers->bridges, b);
	return b;
}

static bool
settled(const struct packet *p, const struct bridge *b)
{
	return p->when.us - b->first.us > SETTLED;
}

static struct key
key_bridge(struct stp_id id)
{
	struct key k = { { (uint8_t)(id.priority >> 8), (uint8_t)id.priority } };

	memcpy(k.b + 2, id.mac.b, 6);
	return k;
}

void
router_stp(struct sensor *s, struct packet *p)
{
	struct stp  m;
	struct tree k;
	bool        fresh;

	if (stp_parse(p->link.payload, &m) || m.type == STP_CHANGE)
		return;
	memset(&k, 0, sizeof k);
	k.domain = p->domain;
	/* The low twelve bits name the VLAN, or MSTP's instance (IEEE 802.1Q 14.2.5). */
	k.vlan = m.root.priority & 0x0fffu;
	struct tree *t = table_put(s->routers->trees, &k, &fresh);
	int          order = fresh ? 0 : stp_compare(m.root, t->root);
	bool         named = settled(p, bridge_of(s, p, m.root.mac));
	bool         heard = settled(p, bridge_of(s, p, p->link.src));
	(void)bridge_of(s, p, m.bridge.mac);

	card_role(s, p->domain, p->link.src, ROLE_SWITCH);
	if (!fresh && order == 0 && p->when.us - t->said.us < TREE_EVERY)
		return;
	/* A flood of invented roots is told by its first ones. */
	if (p->when.us - t->from.us > TREE_EVERY) {
		t->from = p->when;
		t->roots = 0;
	}
	if (order && ++t->roots > ROOTS_MOST)
		return;
	if (fresh)
		t->rank = 1u << 31;
	t->rank += order < 0 ? 1u : order > 0 ? UINT32_MAX : 0;
	t->root = m.root;
	t->said = p->when;
	struct claim c = packet_claim(s, p, FACT_STP, WITNESS_STP);
	c.subject = key_number(k.vlan);
	c.value = key_bridge(m.root);
	c.number = t->rank;
	c.number2 = m.cost;
	c.card = m.root.mac;
	/* A switch that was here before, speaking through one that was here before: its priority was changed. */
	c.marks = named && heard ? MARK_ON_LINK : 0;
	if (m.cost)
		c.speaker = m.root.mac; /* passed on: who passes it on did not say it */
	packet_say(s, &c);
}

/* --- LLDP and CDP --------------------------------------------------------------------------- */

static void
lldp(struct sensor *s, struct packet *p)
{
	struct lldp m;
	struct mac  chassis;
	uint32_t    roles = 0;

	if (lldp_parse(p->link.payload, &m)) {
		s->counts.malformed++;
		return;
	}
	if (m.present & LLDP_HAS_CAPABILITIES) {
		roles |= m.enabled & LLDP_BRIDGE ? ROLE_SWITCH : 0;
		roles |= m.enabled & LLDP_ROUTER ? ROLE_ROUTER : 0;
		roles |= m.enabled & LLDP_ACCESS_POINT ? ROLE_AP : 0;
	}
	card_role(s, p->domain, p->link.src, roles);
	card_name(s, p->domain, p->link.src, m.name);
	card_vendor(s, p->domain, p->link.src, m.descr);
	if (roles & ROLE_SWITCH && lldp_chassis_mac(&m, &chassis))
		(void)bridge_of(s, p, chassis);
}

static void
cdp(struct sensor *s, struct packet *p)
{
	struct cdp m;
	uint32_t   roles = 0;

	if (cdp_parse(p->link.payload, &m)) {
		s->counts.malformed++;
		return;
	}
	roles |= m.capabilities & (CDP_SWITCH | CDP_BRIDGE) ? ROLE_SWITCH : 0;
	roles |= m.capabilities & CDP_ROUTER ? ROLE_ROUTER : 0;
	card_role(s, p->domain, p->link.src, roles);
	card_name(s, p->domain, p->link.src, m.device);
	card_vendor(s, p->domain, p->link.src, m.platform);
}

void
router_discovery(struct sensor *s, struct packet *p)
{
	if (!p->link.cards)
		return;
	if (p->link.type == LINK_CDP)
		cdp(s, p);
	else
		lldp(s, p);
}
