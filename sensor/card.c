/*
 * card: see card.h.
 *
 * Two tables.  cards: (domain, card) -> what it does.  holds: (domain, address)
 * -> the card its traffic comes from, and whether the address is known to be
 * on this link.  A routed packet carries the router's card, so traffic alone
 * proves nothing; ARP, NDP or a lease does, and then the traffic seen before
 * counts as the older witness.
 */
#include "sensor/card.h"
#include "base/memory.h"
#include "base/table.h"
#include "sensor/router.h"

#define USE_EVERY   (INSTANT_SECOND / 5)
#define CENSUS_SPAN (2 * INSTANT_SECOND)
#define HOME_STANDS (60 * INSTANT_SECOND)
#define ASK_SPAN    (3 * INSTANT_SECOND)
#define SCAN_SPAN   (10 * INSTANT_SECOND)
enum { CENSUS_FEWEST = 128, SCAN_FEWEST = 24, DEVICE_EVERY_S = 30 };

struct hold {
	uint32_t       domain;
	struct addr    addr;
	/* the key ends here */
	bool           local;      /* said to be on this link */
	struct mac     traffic;    /* where its packets come from */
	struct mac     home;       /* the card that stands for it: the first, until it is silent for a minute */
	struct instant homed;      /* when home was last heard */
	struct instant last, claimed;
	struct mac     claimed_mac;
};

struct census {
	uint32_t       domain;
	/* the key ends here */
	struct instant from;
	uint32_t       fresh, group, most; /* cards new in this window; with a group bit; most of an earlier window */
	struct mac     sample;
	struct mac     router;             /* the last IPv4 router by its deeds */
	bool           told;
};

struct ask {
	uint32_t       domain;
	struct addr    target;
	struct mac     asker;
	uint8_t        pad[2];
	/* the key ends here */
	struct instant when;
};

enum { RECENT = 256, TOUCH_EVERY = 64 };

struct cards {
	struct table *cards, *holds, *census, *asks;
	/*
	 * The cards heard lately, found without a hash.  A record's place never
	 * moves, so what is found is right if it still bears the key.
	 */
	struct card *recent[RECENT];
};

struct cards *
card_new(size_t memory, uint64_t seed)
{
	struct cards *t = memory_new(1, sizeof *t);

	if (!t)
		return NULL;
	t->cards = table_new((uint32_t)(memory / 16 * 11 / table_cost(1, sizeof(struct card))), 10, sizeof(struct card), seed);
	t->holds = table_new((uint32_t)(memory / 16 * 4 / table_cost(1, sizeof(struct hold))), 20, sizeof(struct hold), seed);
	t->census = table_new(64, 4, sizeof(struct census), seed);
	t->asks = table_new(1024, offsetof(struct ask, when), sizeof(struct ask), seed);
	if (!t->cards || !t->holds || !t->census || !t->asks) {
		card_free(t);
		return NULL;
	}
	return t;
}

void
card_free(struct cards *t)
{
	if (!t)
		return;
	table_free(t->cards);
	table_free(t->holds);
	table_free(t->census);
	table_free(t->asks);
	memory_free(t);
}

struct card_key {
	uint32_t   domain;
	struct mac mac;
	uint8_t    pad[2];
};

struct card *
card_of(const struct sensor *s, uint32_t domain, struct mac mac)
{
	struct card_key k = { domain, mac, { 0 } };
	return table_peek(s->cards->cards, &k);
}

static struct hold *
hold_of(const struct sensor *s, uint32_t domain, struct addr addr)
{
	struct {
		uint32_t    domain;
		struct addr addr;
	} k = { domain, addr };
	return table_peek(s->cards->holds, &k);
}

static struct hold *
hold_put(struct sensor *s, uint32_t domain, struct addr addr)
{
	struct {
		uint32_t    domain;
		struct addr addr;
	} k = { domain, addr };
	bool fresh;
	return table_put(s->cards->holds, &k, &fresh);
}

/* The hold of the source of p: what its card remembers if it is still that (holds are never dropped, another takes their place), else found or made. */
static struct hold *
hold_used(struct sensor *s, const struct packet *p)
{
	struct hold *h = p->card ? p->card->hold : NULL;

	if (h && h->domain == p->domain && addr_equal(h->addr, p->ip.src)) {
		table_touch(s->cards->holds, h);
		return h;
	}
	h = hold_put(s, p->domain, p->ip.src);
	if (p->card)
		p->card->hold = h;
	return h;
}

/* --- census and newcomers ---------------------------------------------------- */

static void
census(struct sensor *s, const struct packet *p, bool group)
{
	bool           fresh;
	struct census *c = table_put(s->cards->census, &p->domain, &fresh);

	if (fresh || p->when.us - c->from.us > CENSUS_SPAN) {
		if (c->fresh > c->most && !c->told)
			c->most = c->fresh;
		c->from = p->when;
		c->fresh = c->group = 0;
		c->told = false;
	}
	c->fresh++;
	c->group += group;
	c->sample = p->link.src;
	/* A place's own rate is what it showed before; a group bit in a source is never honest (IEEE 802-2014 8.2.2). */
	if (!c->told && ((c->fresh >= CENSUS_FEWEST && c->fresh > 8 * c->most) || c->group >= 32)) {
		struct claim claim = packet_claim(s, p, FACT_CENSUS, WITNESS_TRAFFIC);
		claim.number = c->fresh;
		claim.number2 = c->most;
		claim.value = key_mac(c->sample);
		claim.marks = MARK_BULK;
		packet_say(s, &claim);
		c->told = true;
	}
}

static struct card **
recent(const struct sensor *s, const struct packet *p)
{
	return &s->cards->recent[((uint32_t)(p->link.src.b[5] ^ p->link.src.b[3] << 3 ^ p->link.src.b[2] << 5) ^ p->domain) % RECENT];
}

static bool
is_card(const struct card *c, const struct packet *p)
{
	return c && c->domain == p->domain && mac_equal(c->mac, p->link.src);
}

void
card_fetch(const struct sensor *s, struct packet *p)
{
	struct card_key k = { p->domain, p->link.src, { 0 } };
	struct card    *c = *recent(s, p);

	if (is_card(c, p)) {
		p->card = c;
		return;
	}
	p->card_hash = table_hash(s->cards->cards, &k);
	table_fetch(s->cards->cards, p->card_hash);
}

void
card_fetch_record(const struct sensor *s, const struct packet *p)
{
	if (!p->card)
		table_fetch_record(s->cards->cards, p->card_hash);
	else if (p->card->hold)
		__builtin_prefetch(p->card->hold);
}

/* The packet's card: as fetched if it is still that, else found or made. */
static struct card *
card_put(struct sensor *s, const struct packet *p, bool *fresh)
{
	struct card_key k = { p->domain, p->link.src, { 0 } };

	*fresh = false;
	if (is_card(p->card, p) && p->card->frames % TOUCH_EVERY)
		return p->card;
	struct card *c = p->card ? table_put(s->cards->cards, &k, fresh) : table_put_hashed(s->cards->cards, &k, p->card_hash, fresh);
	*recent(s, p) = c;
	return c;
}

void
card_see(struct sensor *s, struct packet *p)
{
	bool fresh;

	if (mac_zero(p->link.src))
		return;
	if (mac_group(p->link.src)) {
		census(s, p, true);
		return;
	}
	struct card *c = card_put(s, p, &fresh);
	p->card = c;
	if (fresh) {
		c->first = p->when;
		census(s, p, false);
	}
	c->last = p->when;
	c->frames++;
	/* Newcomers are told when they have said more than one thing: a flood's cards have not. */
	if (c->frames == 2) {
		struct claim claim = packet_claim(s, p, FACT_NEWCOMER, WITNESS_TRAFFIC);
		claim.subject = key_mac(c->mac);
		if (p->when.us - (int64_t)s->counts.first_frame_us > 10 * INSTANT_SECOND)
			packet_say(s, &claim);
	}
}

/* --- addresses --------------------------------------------------------------- */

static void
say_used(struct sensor *s, const struct packet *p, struct hold *h, struct mac mac, struct instant when)
{
	struct claim c = packet_claim(s, p, addr_is_v4(h->addr) ? FACT_BINDING : FACT_BINDING6, WITNESS_TRAFFIC);

	c.subject = key_addr(h->addr);
	c.value = key_mac(mac);
	c.speaker = mac;
	c.speaker_ip = h->addr;
	c.marks = MARK_USED;
	c.when.us += when.us - p->when.us;
	c.steady = when;
	packet_say(s, &c);
	h->claimed = when;
	h->claimed_mac = mac;
}

/* The card routes, and goes on routing: said five times a second, as a sign of its life. */
static void
say_routes(struct sensor *s, const struct packet *p)
{
	struct claim c = packet_claim(s, p, FACT_ROUTER, WITNESS_TRAFFIC);

	c.subject = key_addr(p->card->addr);
	c.value = key_mac(p->card->mac);
	p->card->routed = p->when;
	packet_say(s, &c);
}

/* Its hop count is not one that a stack begins with, nor one for a neighbour's eyes only. */
static bool
forwarded(const struct packet *p)
{
	return p->ip.ttl > 32 && p->ip.ttl != 64 && p->ip.ttl != 128 && p->ip.ttl != 255;
}

/* A source never seen before that is not known to be on this link: whoever sends it routes, if it has an address of its own beside. */
static void
routes(struct sensor *s, const struct packet *p, bool fresh)
{
	struct card *c = p->card;

	if (!c || addr_link_local(p->ip.src) || !forwarded(p))
		return;
	if (fresh && c->routes < UINT16_MAX)
		c->routes++;
	if (c->carries || addr_none(c->addr) || addr_is_v4(c->addr) != addr_is_v4(p->ip.src) || c->router_told)
		return;
	c->router_told = true;
	struct census *d = table_find(s->cards->census, &p->domain);
	if (d && addr_is_v4(c->addr))
		d->router = c->mac;
	card_role(s, p->domain, c->mac, ROLE_ROUTER);
	say_routes(s, p);
}

/* A newcomer does not become the address's home while the one that is there speaks. */
static void
stands(struct hold *h, struct mac card, struct instant when)
{
	if (!mac_equal(h->home, card) && !mac_zero(h->home) && when.us - h->homed.us < HOME_STANDS)
		return;
	h->home = card;
	h->homed = when;
}

void
card_uses(struct sensor *s, const struct packet *p)
{
	struct hold *h;

	if (!p->link.cards || mac_zero(p->link.src) || addr_none(p->ip.src) || addr_group(p->ip.src) || addr_loopback(p->ip.src) || router_shared(p->link.src))
		return;
	if (p->card) {
		/* The same source from the same card was looked at a moment ago. */
		if (addr_equal(p->card->used, p->ip.src) && p->when.us - p->card->used_at.us < USE_EVERY)
			return;
		p->card->used = p->ip.src;
		p->card->used_at = p->when;
	}
	h = hold_used(s, p);
	bool fresh = mac_zero(h->traffic);
	h->traffic = p->link.src;
	stands(h, p->link.src, p->when);
	h->last = p->when;
	if (!h->local) {
		/* Its own address may become known only after it has routed. */
		if (fresh || (p->card && !p->card->router_told))
			routes(s, p, fresh);
		else if (p->card && p->card->roles & ROLE_ROUTER && p->when.us - p->card->routed.us >= USE_EVERY)
			say_routes(s, p);
		return;
	}
	table_keep(s->cards->holds, h);
	if (p->card && mac_equal(h->claimed_mac, p->link.src))
		p->card->addr = p->ip.src;
	if (!mac_equal(h->claimed_mac, p->link.src) || p->when.us - h->claimed.us >= USE_EVERY)
		say_used(s, p, h, p->link.src, p->when);
}

void
card_bound(struct sensor *s, const struct packet *p, struct addr addr, struct mac card)
{
	struct hold *h = hold_put(s, p->domain, addr);
	struct card *c = card_of(s, p->domain, card);

	/* Said once more, or used: no invention of a flood. */
	if (h->local || !mac_zero(h->traffic))
		table_keep(s->cards->holds, h);
	stands(h, card, p->when);
	if (!h->local) {
		h->local = true;
		if (!mac_zero(h->traffic))
			say_used(s, p, h, h->traffic, h->last);
		else
			h->traffic = card;
	}
	if (c && (mac_equal(h->traffic, card) || addr_none(c->addr))) {
		table_keep(s->cards->cards, c);
		if (!addr_is_v4(c->addr) || addr_is_v4(addr))
			c->addr = addr;
	}
}

bool
card_holds(const struct sensor *s, uint32_t domain, struct addr addr, struct mac card)
{
	const struct hold *h = hold_of(s, domain, addr);
	return h && h->local && mac_equal(h->home, card);
}

bool
card_local(const struct sensor *s, uint32_t domain, struct addr addr)
{
	const struct hold *h = hold_of(s, domain, addr);
	return h && h->local;
}

struct addr
card_address(const struct sensor *s, uint32_t domain, struct mac card)
{
	const struct card *c = card_of(s, domain, card);
	return c ? c->addr : (struct addr){ { 0 } };
}

struct mac
card_at(const struct sensor *s, uint32_t domain, struct addr addr)
{
	const struct hold *h = hold_of(s, domain, addr);
	return h && h->local ? h->home : (struct mac){ { 0 } };
}

struct mac
card_router(const struct sensor *s, uint32_t domain)
{
	const struct census *d = table_peek(s->cards->census, &domain);
	return d ? d->router : (struct mac){ { 0 } };
}

bool
card_routes(const struct sensor *s, uint32_t domain, struct mac card)
{
	const struct card *c = card_of(s, domain, card);
	return c && c->router_told && !c->carries;
}

void
card_asked(struct sensor *s, const struct packet *p, struct addr target, struct mac asker)
{
	struct ask  k = { .domain = p->domain, .target = target, .asker = asker };
	bool        fresh;
	struct ask *a = table_put(s->cards->asks, &k, &fresh);

	a->when = p->when;
}

bool
card_was_asked(struct sensor *s, const struct packet *p, struct addr target, struct mac asker)
{
	struct ask        k = { .domain = p->domain, .target = target, .asker = asker };
	const struct ask *a = table_peek(s->cards->asks, &k);

	return a && p->when.us - a->when.us < ASK_SPAN;
}

/* --- what a card does ---------------------------------------------------------- */

void
card_carries(struct sensor *s, uint32_t domain, struct mac mac)
{
	struct card *c = card_of(s, domain, mac);
	if (c)
		c->carries = true;
}

bool
card_relay_due(struct sensor *s, uint32_t domain, struct mac mac, struct instant when, bool altered)
{
	struct card *c = card_of(s, domain, mac);

	if (!c)
		return true;
	if (c->relay.us && when.us - c->relay.us < USE_EVERY && (!altered || c->alter_told))
		return false;
	c->relay = when;
	c->alter_told = altered;
	return true;
}

void
card_role(struct sensor *s, uint32_t domain, struct mac mac, uint32_t roles)
{
	struct card *c = card_of(s, domain, mac);

	if (!c || (c->roles & roles) == roles)
		return;
	c->roles |= roles;
	table_keep(s->cards->cards, c);
}

void
card_name(struct sensor *s, uint32_t domain, struct mac mac, struct bytes name)
{
	struct card *c = card_of(s, domain, mac);

	if (!c || !name.len || bytes_equal(bytes_text(c->name), name))
		return;
	bytes_clean(name, c->name, sizeof c->name);
}

void
card_vendor(struct sensor *s, uint32_t domain, struct mac mac, struct bytes vendor)
{
	struct card *c = card_of(s, domain, mac);

	if (!c || !vendor.len || bytes_equal(bytes_text(c->vendor), vendor))
		return;
	bytes_clean(vendor, c->vendor, sizeof c->vendor);
}

void
card_contacts(struct sensor *s, const struct packet *p, struct addr target, uint16_t port)
{
	struct card *c = p->card;
	struct key   k = key_service(target, port);

	if (!c)
		return;
	if (p->when.us - c->scan_from.us > SCAN_SPAN) {
		c->scan_from = p->when;
		c->scan_count = 0;
		c->scan_told = false;
		memset(c->scan_seen, 0, sizeof c->scan_seen);
	}
	uint64_t h = bytes_hash(k.b, sizeof k.b, s->config.seed) & 255;
	if (c->scan_seen[h / 64] >> (h % 64) & 1)
		return;
	c->scan_seen[h / 64] |= UINT64_C(1) << (h % 64);
	if (++c->scan_count >= SCAN_FEWEST && !c->scan_told) {
		struct claim claim = packet_claim(s, p, FACT_SCAN, WITNESS_TRAFFIC);
		claim.subject = key_mac(c->mac);
		claim.value = k;
		claim.number = c->scan_count;
		claim.marks = MARK_BULK;
		packet_say(s, &claim);
		c->scan_told = true;
	}
}

void
card_stack(struct sensor *s, const struct packet *p, uint32_t stack)
{
	struct card *c = p->card;

	/* Only a card that holds this very address, and no router: others' stacks speak through those. */
	if (!c || !stack || c->carries || c->routes > 2 || !card_holds(s, p->domain, p->ip.src, c->mac))
		return;
	/* The hop count a stack starts from (32, 64, 128, 255) is part of it. */
	stack = stack * 31 + (p->ip.ttl > 128 ? 255u : p->ip.ttl > 64 ? 128u : p->ip.ttl > 32 ? 64u : 32u);
	if (!c->stack) {
		c->stack = stack;
	} else if (stack != c->stack) {
		/* A, B, A: each turn back to the former one counts. */
		if (stack == c->stack_before && c->stack_turns < UINT8_MAX)
			c->stack_turns++;
		c->stack_before = c->stack;
		c->stack = stack;
		if (c->stack_turns == 3) {
			struct claim claim = packet_claim(s, p, FACT_CARD_PLACE, WITNESS_TRAFFIC);
			claim.subject = key_mac(c->mac);
			claim.value = key_number(stack);
			claim.other = key_number(c->stack_before);
			claim.marks = MARK_BULK;
			claim.number = c->stack_turns;
			packet_say(s, &claim);
		}
	}
}

void
card_tell(struct sensor *s)
{
	uint32_t at = 0;

	for (struct card *c; s->out.record && (c = table_each(s->cards->cards, &at));) {
		struct record r = { .kind = RECORD_DEVICE };
		if (c->frames < 2 || c->frames == c->told_frames)
			continue;
		c->told_frames = c->frames;
		r.device.card = c->mac;
		r.device.addr = c->addr;
		r.device.domain = c->domain;
		r.device.roles = c->roles;
		memcpy(r.device.name, c->name, sizeof r.device.name);
		memcpy(r.device.vendor, c->vendor, sizeof r.device.vendor);
		r.device.first = c->first;
		r.device.last = c->last;
		s->out.record(s->out.context, &r);
	}
}
