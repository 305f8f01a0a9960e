/*
 * secure: one conversation in two connections, and handshakes that keep failing.
 *
 *	A ──hello(src A, dst M)──> M ──another hello(src M, dst B)──> B
 *
 * Whoever ends a TLS connection in the server's place opens one of its own to
 * the server, at the same moment.  The card that the first hello was sent to
 * sends the second, to the same address or name, from its own address or the
 * client's, with another random number.  With the same random number it is the
 * same hello, forwarded (NAT too).  Either may come first.
 *
 * To the same name but another address it is mostly a reverse proxy at work in
 * its own place: claimed as SMALL, which counts only against the accused.
 */
#include "sensor/card.h"
#include "sensor/secure_inside.h"

#define LEG_SPAN  (3 * INSTANT_SECOND)
#define TELL_SPAN (1 * INSTANT_SECOND)
#define CARE_SPAN (60 * INSTANT_SECOND)
enum { CARE_FEWEST = 3, ROUTER_FEWEST = 3 };

/* One hello, found by what it was: a card's incoming or outgoing one, by service or by name, or its random number. */
struct leg {
	uint64_t       what;
	/* the key ends here */
	struct instant when;
	uint64_t       random;
	struct addr    client, server;
	uint16_t       port;
	struct mac     src, dst;
};

/* How handshakes of a pair go. */
struct care {
	struct addr    client, server;
	uint16_t       port;
	uint8_t        pad[2];
	uint32_t       domain;
	/* the key ends here */
	struct instant first;        /* of the failures in a row */
	uint32_t       fails;
	bool           open;         /* an attempt whose outcome is not known */
	const struct flow *flow;     /* of it: a record of the flow table, which never goes, but may become another flow */
	uint64_t       flow_id;
	char           words[48];
};
#define CARE_KEY offsetof(struct care, first)

bool
secure_middle_new(struct secure *t, size_t memory, uint64_t seed)
{
	t->legs = table_new((uint32_t)(memory / 4 * 3 / table_cost(1, sizeof(struct leg)) + 16), 8, sizeof(struct leg), seed);
	t->cares = table_new((uint32_t)(memory / 4 / table_cost(1, sizeof(struct care)) + 8), CARE_KEY, sizeof(struct care), seed);
	return t->legs && t->cares;
}

/* --- two legs -------------------------------------------------------------------------------- */

enum { IN_SERVICE = 1, OUT_SERVICE, IN_NAME, OUT_NAME, RANDOM, TOLD };

static uint64_t
what(const struct sensor *s, uint32_t domain, int kind, struct mac card, const void *key, size_t len)
{
	struct {
		uint64_t   key;
		uint32_t   domain, kind;
		struct mac card;
		uint8_t    pad[2];
	} k;

	memset(&k, 0, sizeof k);
	k.key = bytes_hash(key, len, s->config.seed);
	k.domain = domain;
	k.kind = (uint32_t)kind;
	k.card = card;
	return bytes_hash(&k, sizeof k, s->config.seed);
}

static void
remember(struct sensor *s, uint64_t key, const struct leg *l)
{
	bool        fresh;
	struct leg *x = table_put(s->secure->legs, &key, &fresh);

	*x = *l;
	x->what = key;
}

/* The hello that inner answers to, at card: that a moment ago went to it (or came from it), and is not the same. */
static const struct leg *
other_leg(struct sensor *s, uint64_t key, const struct leg *now)
{
	const struct leg *l = table_peek(s->secure->legs, &key);

	return l && now->when.us - l->when.us <= LEG_SPAN && l->random != now->random ? l : NULL;
}

static void
say_middle(struct sensor *s, struct packet *p, const struct secure_slot *t, const struct leg *first, const struct leg *second)
{
	struct mac         card = second->src;
	const struct card *m = card_of(s, p->domain, card);
	struct key         k = key_service(first->server, first->port);
	bool               elsewhere = !addr_equal(first->server, second->server);

	/* A way back is none, and M speaks for itself or for the client: others' hellos it only routes. */
	if (mac_equal(first->src, second->dst) || mac_group(card) || mac_zero(card))
		return;
	if (!addr_equal(first->client, second->client) && !card_holds(s, p->domain, second->client, card))
		return;
	/* Not each time; and a router that asks the same service as its clients now and then is no inspection. */
	uint64_t    told = what(s, p->domain, TOLD, card, k.b, sizeof k.b);
	bool        fresh;
	struct leg *x = table_put(s->secure->legs, &told, &fresh);
	if (fresh || p->when.us - x->when.us > 600 * INSTANT_SECOND)
		x->port = 0;
	if (x->port && p->when.us - x->when.us < TELL_SPAN)
		return;
	x->when = p->when;
	if (x->port < UINT16_MAX)
		x->port++;
	if (m && m->roles & ROLE_ROUTER && x->port < ROUTER_FEWEST)
		return;
	struct claim c = secure_claim(s, p, t, FLOW_CLIENT, FACT_MIDDLE);
	c.subject = k;
	c.value = key_mac(card);
	c.victim = first->client;
	c.card = first->src;
	c.speaker_ip = card_address(s, p->domain, card);
	c.marks = elsewhere ? MARK_SMALL : 0;
	claim_words(&c, bytes_text(t->h.sni));
	packet_say(s, &c);
}

void
secure_middle(struct sensor *s, struct packet *p, const struct secure_slot *t, struct bytes random)
{
	const struct flow_side *side = &p->flow->side[t->turned ? FLOW_SERVER : FLOW_CLIENT];
	struct key              service = key_service(t->server, t->server_port);
	struct leg              now = { .when = p->when, .client = t->client, .server = t->server, .port = t->server_port, .src = side->card, .dst = side->next };
	const struct leg       *l;
	bool                    fresh;

	if (!p->link.cards || t->h.transport == 'q' || mac_zero(now.src))
		return;
	now.random = bytes_hash(random.at, random.len, s->config.seed);
	uint64_t    same = what(s, 0, RANDOM, (struct mac){ { 0 } }, &now.random, sizeof now.random);
	struct leg *before = table_put(s->secure->legs, &same, &fresh);
	if (!fresh && p->when.us - before->when.us <= LEG_SPAN)
		return; /* the same hello once more: forwarded */
	*before = now;
	before->what = same;

	l = other_leg(s, what(s, p->domain, IN_SERVICE, now.src, service.b, sizeof service.b), &now);
	if (!l && t->name)
		l = other_leg(s, what(s, p->domain, IN_NAME, now.src, &t->name, sizeof t->name), &now);
	if (l) {
		struct leg first = *l;
		say_middle(s, p, t, &first, &now);
	}
	l = other_leg(s, what(s, p->domain, OUT_SERVICE, now.dst, service.b, sizeof service.b), &now);
	if (!l && t->name)
		l = other_leg(s, what(s, p->domain, OUT_NAME, now.dst, &t->name, sizeof t->name), &now);
	if (l) {
		struct leg second = *l;
		say_middle(s, p, t, &now, &second);
	}
	remember(s, what(s, p->domain, IN_SERVICE, now.dst, service.b, sizeof service.b), &now);
	remember(s, what(s, p->domain, OUT_SERVICE, now.src, service.b, sizeof service.b), &now);
	if (t->name) {
		remember(s, what(s, p->domain, IN_NAME, now.dst, &t->name, sizeof t->name), &now);
		remember(s, what(s, p->domain, OUT_NAME, now.src, &t->name, sizeof t->name), &now);
	}
}

/* --- handshakes of care --------------------------------------------------------------------------- */

static struct care
care_key(const struct secure_slot *t)
{
	struct care k;

	memset(&k, 0, sizeof k);
	k.client = t->client;
	k.server = t->server;
	k.port = t->server_port;
	k.domain = t->domain;
	return k;
}

static void
failed(struct care *c, struct instant when)
{
	if (!c->fails || when.us - c->first.us > CARE_SPAN) {
		c->first = when;
		c->fails = 0;
	}
	c->fails++;
	c->open = false;
}

static void
say_care(struct sensor *s, struct packet *p, const struct secure_slot *t, const struct care *x)
{
	if (x->fails < CARE_FEWEST)
		return;
	struct claim c = secure_claim(s, p, t, FLOW_SERVER, FACT_HANDSHAKES);
	c.subject = key_service(t->server, t->server_port);
	c.value = key_addr(t->client);
	c.number = x->fails;
	c.marks = MARK_BULK;
	claim_words(&c, bytes_text(t->h.sni[0] ? t->h.sni : x->words));
	packet_say(s, &c);
}

void
secure_care_begin(struct sensor *s, struct packet *p, struct secure_slot *t)
{
	struct care  k = care_key(t);
	struct flow *f = p->flow;
	struct care *c = table_find(s->secure->cares, &k);
	bool         fresh;

	/* A clinical server has visitors that are no part of care: of those only the ones it served before count. */
	t->weighed = f->clinical || secure_clinical_port(t->server_port) || c ||
	             (p->link.cards && secure_clinical_card(s, p->domain, f->side[t->turned ? FLOW_SERVER : FLOW_CLIENT].card));
	if (!t->weighed)
		return;
	c = table_put(s->secure->cares, &k, &fresh);
	/* The attempt before this one ended and nobody said how: it was cut off. */
	if (c->open && c->flow->id == c->flow_id && (c->flow->side[0].fin || c->flow->side[1].fin)) {
		failed(c, p->when);
		say_care(s, p, t, c);
	}
	c->open = true;
	c->flow = f;
	c->flow_id = f->id;
}

void
secure_care_end(struct sensor *s, struct packet *p, struct secure_slot *t, bool good)
{
	struct care  k = care_key(t);
	struct care *c;
	bool         fresh;

	if (!t->h.client || t->cared)
		return;
	t->cared = true;
	c = table_find(s->secure->cares, &k);
	if (good && !c && p && (t->h.client_certificate.present || (p->link.cards && secure_clinical_card(s, p->domain, p->flow->side[t->turned ? FLOW_CLIENT : FLOW_SERVER].card))))
		c = table_put(s->secure->cares, &k, &fresh);
	if (!c)
		return;
	if (good) {
		c->fails = 0;
		c->open = false;
		memcpy(c->words, t->h.server_certificate.subject, sizeof c->words - 1);
		return;
	}
	failed(c, p ? p->when : t->when);
	if (p)
		say_care(s, p, t, c);
}
