/*
 * lease: does this server agree with those whose word stands?
 *
 * Each domain has an authority for IPv4 and one for IPv6: the first server
 * heard, later also whoever has agreed with it for long.  What an authority
 * names (routers, resolvers, search domains, routes, proxy) becomes known; a
 * server contradicts it by naming something else, or by naming something where
 * the authority, asked for it, named nothing.  So a failover pair agrees,
 * whatever each client asked for, in whatever order.
 *
 * An authority that names a router nobody has seen routing gives way to a
 * server that names the one which does: the first heard may be the attacker.
 *
 *	server ──> relay      port 67, giaddr set: who speaks for that relay
 *	relay or server ──> client      port 68: who speaks on this link
 */
#include "sensor/lease.h"
#include "base/memory.h"
#include "base/table.h"
#include "sensor/card.h"
#include "sensor/demand.h"
#include "sensor/name.h"
#include "sensor/router.h"
#include "wire/dhcp.h"
#include "wire/dhcp6.h"

enum kind { KIND_ROUTER, KIND_RESOLVER, KIND_SEARCH, KIND_ROUTE, KIND_PROXY, KINDS };
enum { VALUES = 8, AUTHORITIES = 4, NETS = 128, SERVERS = 512, TRUST_ANSWERS = 8 };
#define SAY_EVERY   (INSTANT_SECOND / 50) /* servers answer by the client, not by the second */
#define TRUST_AFTER (600 * INSTANT_SECOND)
#define WATCHED     (10 * INSTANT_SECOND)  /* before that a router may simply not have been heard */
#define GONE_AFTER  (120 * INSTANT_SECOND)

struct offer {
	uint64_t value[KINDS][VALUES];
	uint8_t  n[KINDS];
};

struct net {
	uint32_t     domain, family;
	struct addr  subnet; /* the relay that speaks for another link, none for this one */
	/* the key ends here */
	struct offer known;
	uint8_t      absent; /* kinds asked for that the authority does not give */
	bool         routed; /* the authority names a router that routes */
	uint8_t      authorities;
	struct mac   authority[AUTHORITIES];
	struct addr  router;
	struct mac   router_card;
};

struct server {
	uint32_t       domain, family;
	struct mac     card;
	uint8_t        pad[2];
	struct addr    subnet;
	/* the key ends here */
	struct instant first, said;
	uint32_t       agreed, marks;
	uint8_t        conflict; /* kinds in which it contradicts */
};

struct leases {
	struct table  *nets, *servers;
	struct demand *demand;
};

struct leases *
lease_new(size_t memory, uint64_t seed)
{
	struct leases *t = memory_new(1, sizeof *t);
	size_t         own = table_cost(NETS, sizeof(struct net)) + table_cost(SERVERS, sizeof(struct server));

	if (!t)
		return NULL;
	t->nets = table_new(NETS, offsetof(struct net, known), sizeof(struct net), seed);
	t->servers = table_new(SERVERS, offsetof(struct server, first), sizeof(struct server), seed);
	t->demand = demand_new(memory > own ? memory - own : 0, seed);
	if (!t->nets || !t->servers || !t->demand) {
		lease_free(t);
		return NULL;
	}
	return t;
}

void
lease_free(struct leases *t)
{
	if (!t)
		return;
	table_free(t->nets);
	table_free(t->servers);
	demand_free(t->demand);
	memory_free(t);
}

struct demand *
lease_demand(const struct sensor *s)
{
	return s->leases->demand;
}

/* --- what is offered ---------------------------------------------------------- */

static bool
holds(const struct offer *o, enum kind k, uint64_t v)
{
	for (uint8_t i = 0; i < o->n[k]; i++)
		if (o->value[k][i] == v)
			return true;
	return false;
}

static void
add(struct offer *o, enum kind k, const void *p, size_t n)
{
	uint64_t v = bytes_hash(p, n, k);

	if (o->n[k] < VALUES && !holds(o, k, v))
		o->value[k][o->n[k]++] = v;
}

/* What the server names is known from now on; the oldest is forgotten. */
static void
learn(struct offer *known, const struct offer *o)
{
	for (int k = 0; k < KINDS; k++)
		for (uint8_t i = 0; i < o->n[k]; i++) {
			if (holds(known, (enum kind)k, o->value[k][i]))
				continue;
			if (known->n[k] == VALUES)
				memmove(known->value[k], known->value[k] + 1, sizeof known->value[k][0] * --known->n[k]);
			known->value[k][known->n[k]++] = o->value[k][i];
		}
}

/* The kinds in which it does. */
static uint8_t
contradicts(const struct net *n, const struct offer *o)
{
	uint8_t kinds = 0;

	for (int k = 0; k < KINDS; k++)
		for (uint8_t i = 0; i < o->n[k]; i++)
			if (n->known.n[k] ? !holds(&n->known, (enum kind)k, o->value[k][i]) : n->absent >> k & 1)
				kinds |= (uint8_t)(1u << k);
	return kinds;
}

static struct net *
net_of(struct sensor *s, const struct packet *p, uint32_t family, struct addr subnet)
{
	struct net k;
	bool       fresh;

	memset(&k, 0, offsetof(struct net, known));
	k.domain = p->domain;
	k.family = family;
	k.subnet = subnet;
	struct net *n = table_put(s->leases->nets, &k, &fresh);
	if (n->authorities)
		table_keep(s->leases->nets, n);
	return n;
}

static struct server *
server_of(struct sensor *s, const struct packet *p, uint32_t family, struct addr subnet)
{
	struct server k;
	bool          fresh;

	memset(&k, 0, offsetof(struct server, first));
	k.domain = p->domain;
	k.family = family;
	k.card = p->link.src;
	k.subnet = subnet;
	struct server *v = table_put(s->leases->servers, &k, &fresh);
	if (fresh)
		v->first = p->when;
	return v;
}

static bool
authority(const struct net *n, struct mac card)
{
	for (uint8_t i = 0; i < n->authorities; i++)
		if (mac_equal(n->authority[i], card))
			return true;
	return false;
}

/*
 * Weighs what the server named.  wanted: the kinds its client had asked for;
 * fit: it may become the authority; routed: it names the router that routes.
 */
static void
weigh(const struct packet *p, struct net *n, struct server *v, const struct offer *o, uint8_t wanted, bool fit, bool routed)
{
	v->conflict = 0;
	if (!authority(n, v->card)) {
		v->conflict = n->authorities ? contradicts(n, o) : 0;
		if (v->conflict && routed && !n->routed && fit) {
			n->authorities = 0;
			n->absent = 0;
			memset(&n->known, 0, sizeof n->known);
			v->conflict = 0;
		}
		if (!v->conflict)
			v->agreed++;
		bool trusted = n->authorities && !v->conflict && v->agreed >= TRUST_ANSWERS && p->when.us - v->first.us > TRUST_AFTER;
		if ((!n->authorities || trusted) && fit && n->authorities < AUTHORITIES)
			n->authority[n->authorities++] = v->card;
	}
	if (!authority(n, v->card))
		return;
	learn(&n->known, o);
	n->routed |= routed;
	for (int k = 0; k < KINDS; k++) {
		if (o->n[k])
			n->absent &= (uint8_t)~(1u << k);
		else if (wanted >> k & 1 && !n->known.n[k])
			n->absent |= (uint8_t)(1u << k);
	}
}

/* All that agree say the same; who does not says its own. */
static struct key
digest(const struct server *v, const struct offer *o)
{
	uint64_t h = bytes_hash(o, sizeof *o, 0);

	return v->conflict ? key_digest(&h, sizeof h) : key_number(1);
}

/* What is odd about it: of what differs, only that. */
static uint32_t
differs(const struct server *v, uint32_t marks)
{
	static const uint32_t MARK[KINDS] = { [KIND_ROUTER] = MARK_ROUTE, [KIND_ROUTE] = MARK_ROUTE, [KIND_RESOLVER] = MARK_RESOLVER, [KIND_PROXY] = MARK_PROXY };

	if (!v->conflict)
		return marks;
	marks &= ~(uint32_t)(MARK_ROUTE | MARK_RESOLVER | MARK_PROXY);
	for (int k = 0; k < KINDS; k++)
		marks |= v->conflict >> k & 1 ? MARK[k] : 0;
	return marks | MARK_ALTERED;
}

/* Something new to say, or the same not so soon again. */
static bool
due(const struct packet *p, struct server *v, uint32_t marks)
{
	if (v->said.us && v->marks == marks && p->when.us - v->said.us < SAY_EVERY)
		return false;
	v->said = p->when;
	v->marks = marks;
	return true;
}

static void
say_resolver(struct sensor *s, const struct packet *p, enum witness w, struct addr client, struct addr resolver, bool odd)
{
	struct claim c = packet_claim(s, p, FACT_RESOLVER_USE, w);

	c.subject = key_addr(client);
	c.value = key_addr(resolver);
	c.marks = odd ? MARK_RESOLVER : 0;
	c.victim = client;
	packet_say(s, &c);
}

static void
say_binding(struct sensor *s, const struct packet *p, enum witness w, struct addr addr, struct mac card, uint32_t marks)
{
	struct claim c = packet_claim(s, p, addr_is_v4(addr) ? FACT_BINDING : FACT_BINDING6, w);

	if (mac_zero(card) || mac_group(card) || addr_none(addr) || addr_group(addr))
		return;
	if (!(marks & MARK_RELEASE))
		card_bound(s, p, addr, card);
	c.subject = key_addr(addr);
	c.value = key_mac(card);
	c.marks = marks | MARK_ON_LINK;
	c.victim = addr;
	packet_say(s, &c);
}

/* --- DHCP ------------------------------------------------------------------------ */

bool
lease_dhcp_looks(const struct flow *f, int side, struct bytes in)
{
	static const uint8_t MAGIC[4] = { 0x63, 0x82, 0x53, 0x63 };

	(void)f;
	(void)side;
	return in.len >= 240 && (in.at[0] == DHCP_BOOTREQUEST || in.at[0] == DHCP_BOOTREPLY) && in.at[2] <= 16 &&
	    memcmp(in.at + 236, MAGIC, 4) == 0;
}

static uint64_t
client_id(const struct dhcp *d)
{
	/* The identifier survives a change of card; without one the card is it (RFC 2131 4.2). */
	return d->present & DHCP_HAS_CLIENT && d->client.len > 1 ? bytes_hash(d->client.at, d->client.len, 1)
	                                                         : bytes_hash(d->chaddr.b, 6, 2);
}

static uint8_t
wanted(struct bytes codes)
{
	uint8_t w = 0;

	for (size_t i = 0; i < codes.len; i++)
		w |= (uint8_t)(codes.at[i] == 3 ? 1 << KIND_ROUTER : codes.at[i] == 6 ? 1 << KIND_RESOLVER : codes.at[i] == 15 ? 1 << KIND_SEARCH
		        : codes.at[i] == 121 ? 1 << KIND_ROUTE : codes.at[i] == 252 ? 1 << KIND_PROXY : 0);
	return w;
}

static void
request(struct sensor *s, struct packet *p, const struct dhcp *d)
{
	bool                  relayed = !addr_none(d->giaddr);
	bool                  own = mac_equal(d->chaddr, p->link.src);
	struct demand_client *x = NULL;

	switch (d->type) {
	case DHCP_DISCOVER:
		x = demand_asks(s, p, client_id(d), d->chaddr, relayed);
		break;
	case DHCP_REQUEST:
	case DHCP_INFORM:
		x = demand_takes(s, p, client_id(d), d->chaddr, relayed);
		break;
	case DHCP_RELEASE:
		/* Only who holds the address can give it up. */
		if (own && card_holds(s, p->domain, d->ciaddr, d->chaddr) && addr_equal(d->ciaddr, p->ip.src))
			say_binding(s, p, WITNESS_DHCP, d->ciaddr, d->chaddr, MARK_RELEASE);
		return;
	default:
		return;
	}
	x->wanted = wanted(d->wanted);
	if (!own)
		return;
	if (d->vendor.len)
		card_vendor(s, p->domain, d->chaddr, d->vendor);
	if (d->hostname.len) {
		card_name(s, p->domain, d->chaddr, d->hostname);
		name_owned(s, p, d->chaddr, d->hostname);
	}
}

static void
offer4(const struct dhcp *d, struct offer *o)
{
	struct dhcp_route routes[DHCP_ROUTES_MAX];
	unsigned          n = d->present & DHCP_HAS_ROUTES ? dhcp_routes(d->routes, routes) : 0;

	memset(o, 0, sizeof *o);
	for (uint8_t i = 0; i < d->routers.n; i++)
		add(o, KIND_ROUTER, d->routers.v[i].b, 16);
	for (uint8_t i = 0; i < d->dns.n; i++)
		add(o, KIND_RESOLVER, d->dns.v[i].b, 16);
	if (d->domain.len)
		add(o, KIND_SEARCH, d->domain.at, d->domain.len);
	for (unsigned i = 0; i < n; i++) {
		uint8_t r[33];
		memcpy(r, routes[i].net.b, 16);
		r[16] = routes[i].bits;
		memcpy(r + 17, routes[i].via.b, 16);
		add(o, KIND_ROUTE, r, sizeof r);
	}
	if (d->wpad.len)
		add(o, KIND_PROXY, d->wpad.at, d->wpad.len);
}

/* Is this address the server's own? */
static bool
own_address(const struct sensor *s, const struct packet *p, struct addr a)
{
	return addr_equal(a, p->ip.src) || card_holds(s, p->domain, a, p->link.src);
}

/* Does this address belong to a card that routes by its deeds? */
static bool
routes(const struct sensor *s, const struct packet *p, struct addr a)
{
	struct mac at = card_at(s, p->domain, a), router = card_router(s, p->domain);

	return (!mac_zero(at) && card_routes(s, p->domain, at)) || (!mac_zero(router) && addr_equal(card_address(s, p->domain, router), a));
}

static uint32_t
marks4(const struct sensor *s, const struct packet *p, const struct dhcp *d, const struct net *n, bool *routed)
{
	struct mac router = card_router(s, p->domain);
	uint32_t   m = 0;
	bool       same = false;

	*routed = false;
	m |= d->routers.n || d->present & DHCP_HAS_ROUTES ? MARK_ROUTE : 0;
	m |= d->dns.n ? MARK_RESOLVER : 0;
	m |= d->wpad.len ? MARK_PROXY : 0;
	for (uint8_t i = 0; i < d->routers.n; i++) {
		m |= own_address(s, p, d->routers.v[i]) ? MARK_SELF : 0;
		*routed |= routes(s, p, d->routers.v[i]);
		same |= addr_equal(d->routers.v[i], n->router);
	}
	for (uint8_t i = 0; i < d->dns.n; i++)
		m |= own_address(s, p, d->dns.v[i]) ? MARK_SELF : 0;
	/* Another router than the one that has been seen routing, or that an uncontradicted server named. */
	if (d->routers.n && !*routed && !same && p->when.us - (int64_t)s->counts.first_frame_us > WATCHED &&
	    (!addr_none(n->router) || (!mac_zero(router) && !mac_equal(router, p->link.src))))
		m |= MARK_HIGH;
	return m;
}

/* The routers an uncontradicted server names, at the cards where they are. */
static void
say_routers(struct sensor *s, const struct packet *p, const struct dhcp *d, struct net *n)
{
	for (uint8_t i = 0; i < d->routers.n; i++) {
		struct addr a = d->routers.v[i];
		struct mac  at = card_at(s, p->domain, a);
		if (i == 0 && !addr_equal(n->router, a)) {
			n->router = a;
			n->router_card = (struct mac){ { 0 } };
		}
		if (mac_zero(at) || own_address(s, p, a))
			continue;
		/* Another card there?  Only when the first has been silent: the attacker speaks beside it. */
		if (i == 0) {
			const struct card *old = card_of(s, p->domain, n->router_card);
			if (old && !mac_equal(at, n->router_card) && p->when.us - old->last.us < GONE_AFTER)
				continue;
			n->router_card = at;
		}
		struct claim c = packet_claim(s, p, FACT_ROUTER, WITNESS_DHCP);
		c.subject = key_addr(a);
		c.value = key_mac(at);
		packet_say(s, &c);
	}
}

static void
reply(struct sensor *s, struct packet *p, const struct dhcp *d)
{
	/* A router's copy for its client speaks on this link; on the way to a relay a server speaks for that link. */
	bool           to_relay = p->udp.dport == 67 && !addr_none(d->giaddr);
	struct addr    subnet = to_relay ? d->giaddr : (struct addr){ { 0 } };
	struct net    *n = net_of(s, p, 4, subnet);
	struct server *v = server_of(s, p, 4, subnet);
	struct offer   o;
	bool           given = d->type == DHCP_ACK, routed;
	uint32_t       marks = marks4(s, p, d, n, &routed);
	struct demand_client *x = demand_answered(s, p, client_id(d), given);
	struct addr    client = addr_none(d->yiaddr) ? d->ciaddr : d->yiaddr;

	if (!x) /* answers need not repeat the identifier (RFC 6842 is later than many servers) */
		x = demand_answered(s, p, bytes_hash(d->chaddr.b, 6, 2), given);
	struct claim c = packet_claim(s, p, FACT_DHCP, WITNESS_DHCP);
	c.subject = key_addr(subnet);
	c.value = key_mac(p->link.src);
	c.number = d->lease;
	c.victim = client;
	if (!addr_none(d->server))
		c.speaker_ip = d->server;
	if (addr_none(client)) {
		/* A part-time server: it gives no address, so it names no router either. */
		c.subject.b[16] = 1;
		c.marks = MARK_SMALL;
		packet_say(s, &c);
		return;
	}
	offer4(d, &o);
	weigh(p, n, v, &o, x ? x->wanted : 0, (marks & (MARK_SELF | MARK_HIGH)) != (MARK_SELF | MARK_HIGH), routed);
	c.marks = differs(v, marks);
	c.other = digest(v, &o);
	card_role(s, p->domain, p->link.src, ROLE_DHCP);
	if (due(p, v, c.marks))
		packet_say(s, &c);
	if (!given)
		return;
	bool itself = (marks & (MARK_SELF | MARK_HIGH)) == (MARK_SELF | MARK_HIGH);
	bool doubtful = v->conflict || itself;
	if (!doubtful && authority(n, p->link.src))
		say_routers(s, p, d, n);
	if (to_relay)
		return; /* the client is on another link */
	if (d->dns.n)
		say_resolver(s, p, WITNESS_DHCP, client, d->dns.v[0], itself || v->conflict >> KIND_RESOLVER & 1);
	/* Not the server's own address, nor a router's: no lease moves those. */
	if (!doubtful && !addr_none(d->yiaddr) && d->htype == 1 && !addr_equal(d->yiaddr, p->ip.src) && !addr_equal(d->yiaddr, n->router))
		say_binding(s, p, WITNESS_DHCP, d->yiaddr, d->chaddr, 0);
}

void
lease_dhcp(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct dhcp d;

	(void)side;
	if (dhcp_parse(in, &d)) {
		s->counts.malformed++;
		return;
	}
	packet_event(s, p, EVENT_DHCP, &d, 0);
	if (!p->link.cards || !(d.present & DHCP_HAS_TYPE))
		return;
	if (d.op == DHCP_BOOTREQUEST && p->udp.dport == 67)
		request(s, p, &d);
	else if (d.op == DHCP_BOOTREPLY && (d.type == DHCP_OFFER || d.type == DHCP_ACK) && (p->udp.dport == 67 || p->udp.dport == 68))
		reply(s, p, &d);
}

/* --- DHCPv6 ---------------------------------------------------------------------- */

bool
lease_dhcp6_looks(const struct flow *f, int side, struct bytes in)
{
	uint16_t a = flow_port(f, FLOW_CLIENT), b = flow_port(f, FLOW_SERVER);

	(void)side;
	/* Nothing in the bytes is sure enough: the ports are. */
	return (a == 546 || a == 547 || b == 546 || b == 547) && in.len >= 4 && in.at[0] >= DHCP6_SOLICIT && in.at[0] <= DHCP6_RELAY_REPL;
}

static void
request6(struct sensor *s, struct packet *p, const struct dhcp6 *d)
{
	uint64_t id = bytes_hash(d->client.at, d->client.len, 3);

	if (!d->client.len)
		return;
	if (d->type == DHCP6_SOLICIT)
		demand_asks(s, p, id, p->link.src, d->relays_n > 0);
	else if (d->type == DHCP6_REQUEST || d->type == DHCP6_RENEW || d->type == DHCP6_REBIND)
		demand_takes(s, p, id, p->link.src, d->relays_n > 0);
}

static uint32_t
marks6(const struct sensor *s, const struct packet *p, const struct dhcp6 *d)
{
	const struct card *card = card_of(s, p->domain, p->link.src);
	enum router_word   word = router_word(s, p->domain);
	uint32_t           m = d->dns_n ? MARK_RESOLVER : 0;

	/* A resolver that was one before may name itself. */
	for (uint8_t i = 0; i < d->dns_n && !(card && card->roles & ROLE_DNS); i++)
		m |= own_address(s, p, d->dns[i]) ? MARK_SELF : 0;
	/* No router speaks against a server here: it announced one, or none was heard. */
	m |= word != ROUTER_SAYS_NO_SERVER ? MARK_SPECIAL : 0;
	return m;
}

static void
reply6(struct sensor *s, struct packet *p, const struct dhcp6 *d)
{
	bool           to_relay = d->relays_n && p->udp.dport == 547;
	struct addr    subnet = to_relay ? d->relays[0].link : (struct addr){ { 0 } };
	struct net    *n = net_of(s, p, 6, subnet);
	struct server *v = server_of(s, p, 6, subnet);
	struct offer   o;
	uint32_t       marks = marks6(s, p, d);
	bool           given = d->type == DHCP6_REPLY;
	struct claim   c = packet_claim(s, p, FACT_DHCP6, WITNESS_DHCP6);
	struct mac     client;

	demand_answered(s, p, bytes_hash(d->client.at, d->client.len, 3), given);
	memset(&o, 0, sizeof o);
	for (uint8_t i = 0; i < d->dns_n; i++)
		add(&o, KIND_RESOLVER, d->dns[i].b, 16);
	if (d->search.len)
		add(&o, KIND_SEARCH, d->search.at, d->search.len);
	weigh(p, n, v, &o, 0, !(marks & MARK_SELF) || card_routes(s, p->domain, p->link.src), card_routes(s, p->domain, p->link.src));
	c.subject = key_addr(subnet);
	c.value = key_mac(p->link.src);
	c.marks = differs(v, marks);
	c.other = digest(v, &o);
	c.number = d->leases_n ? d->leases[0].valid : 0;
	card_role(s, p->domain, p->link.src, ROLE_DHCP);
	if (due(p, v, c.marks))
		packet_say(s, &c);
	if (!given || to_relay)
		return;
	if (d->dns_n && !addr_group(p->ip.dst))
		say_resolver(s, p, WITNESS_DHCP6, p->ip.dst, d->dns[0], marks & MARK_SELF || v->conflict >> KIND_RESOLVER & 1);
	/* The frame's receiver is the client; its identifier may be that of another of its cards. */
	client = p->link.dst;
	if (mac_group(client) && (!dhcp6_duid_mac(d->client, &client) || !card_of(s, p->domain, client)))
		return;
	for (uint8_t i = 0; i < d->leases_n && !v->conflict; i++)
		if (!d->leases[i].prefix && d->leases[i].valid && !addr_link_local(d->leases[i].addr) && !own_address(s, p, d->leases[i].addr))
			say_binding(s, p, WITNESS_DHCP6, d->leases[i].addr, client, 0);
}

void
lease_dhcp6(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct dhcp6 d;

	(void)side;
	if (dhcp6_parse(in, &d)) {
		s->counts.malformed++;
		return;
	}
	packet_event(s, p, EVENT_DHCP6, &d, 0);
	if (!p->link.cards)
		return;
	if (d.type == DHCP6_ADVERTISE || d.type == DHCP6_REPLY)
		reply6(s, p, &d);
	else
		request6(s, p, &d);
}
