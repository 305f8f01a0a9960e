/*
 * query: see query.h.
 *
 *	client ── question ──> resolver
 *	       <── answer A ──
 *	       <── answer B ──      more different answers than questions
 *
 * A question is a row of its own (client, resolver, port, id, name, type):
 * round robin, subsets and other orders are answers to other questions.  A
 * question sent twice may be answered twice.
 *
 * Who lies?  In this order: whoever the other answer was on its way to (it
 * reads the victim's packets); whoever is not the card that used to answer for
 * this resolver; whoever is known to hold another address, when the other
 * holds the resolver's.  Else nobody is named.
 */
#include "sensor/query.h"
#include "base/memory.h"
#include "base/table.h"
#include "sensor/card.h"

#define AGAIN       (5 * INSTANT_SECOND)  /* a question repeated later is another one */
#define LATE        (30 * INSTANT_SECOND) /* answers behind this are nobody's */
#define GUESS_SPAN  (5 * INSTANT_SECOND)
#define SAY_EVERY   (INSTANT_SECOND)
#define USE_EVERY   (60 * INSTANT_SECOND)
#define SILENT      (60 * INSTANT_SECOND)
enum { GUESS_FIRST = 16 };

/* What an answer says; FAILED says nothing that could contradict. */
enum says { SAYS_NOTHING, SAYS_FAILED, SAYS_EMPTY, SAYS_TARGETS, SAYS_ADDRESSES };

struct reply {
	uint64_t   digest[2];
	struct mac src, dst;
	uint8_t    ttl, says;
};

struct query_key {
	struct addr client, resolver;
	uint64_t    question; /* name and type */
	uint32_t    domain;
	uint16_t    port, id; /* both 0: the question, whatever its port and id */
};

struct query {
	struct query_key key;
	struct instant   asked, last;
	struct reply     reply[2]; /* the first, and the first that differs from it */
	struct mac       from, to;
	uint16_t         queries, answers;
	bool             told;
};

struct pair_key {
	struct addr client, resolver;
	uint32_t    domain;
};

/* A client and its resolver. */
struct pair {
	struct pair_key key;
	struct instant  said, from; /* resolver in use; the window of guesses */
	uint32_t        guesses, next;
};

struct resolver_key {
	struct addr addr;
	uint32_t    domain;
};

/* From which card a resolver's answers come: the usual one and the one that may follow it. */
struct resolver {
	struct resolver_key key;
	struct mac          usual, rival, said;
	struct instant      first, last, said_at;
	uint16_t            rivals;
};

struct queries {
	struct table *queries, *pairs, *resolvers;
	uint64_t      seed;
};

struct queries *
query_new(size_t memory, uint64_t seed)
{
	struct queries *t = memory_new(1, sizeof *t);

	if (!t)
		return NULL;
	t->seed = seed;
	t->queries = table_new((uint32_t)(memory / 8 * 6 / table_cost(1, sizeof(struct query))), sizeof(struct query_key), sizeof(struct query), seed);
	t->pairs = table_new((uint32_t)(memory / 8 / table_cost(1, sizeof(struct pair))), sizeof(struct pair_key), sizeof(struct pair), seed);
	t->resolvers = table_new((uint32_t)(memory / 8 / table_cost(1, sizeof(struct resolver))), sizeof(struct resolver_key), sizeof(struct resolver), seed);
	if (!t->queries || !t->pairs || !t->resolvers) {
		query_free(t);
		return NULL;
	}
	return t;
}

void
query_free(struct queries *t)
{
	if (!t)
		return;
	table_free(t->queries);
	table_free(t->pairs);
	table_free(t->resolvers);
	memory_free(t);
}

static struct query_key
key_of(const struct queries *t, const struct packet *p, const struct dns *d)
{
	struct query_key k;

	memset(&k, 0, sizeof k);
	k.client = d->qr ? p->ip.dst : p->ip.src;
	k.resolver = d->qr ? p->ip.src : p->ip.dst;
	k.domain = p->domain;
	k.question = bytes_hash(d->name, strlen(d->name), t->seed + d->type);
	if (p->ip.protocol == IP_UDP) {
		k.port = d->qr ? p->udp.dport : p->udp.sport;
	} else {
		k.port = d->qr ? p->tcp.dport : p->tcp.sport;
	}
	k.id = d->id;
	return k;
}

static struct pair *
pair_put(struct queries *t, const struct query_key *q, bool *fresh)
{
	struct pair_key k;

	memset(&k, 0, sizeof k);
	k.client = q->client;
	k.resolver = q->resolver;
	k.domain = q->domain;
	return table_put(t->pairs, &k, fresh);
}

static struct resolver *
resolver_put(struct queries *t, const struct query_key *q)
{
	struct resolver_key k;
	bool                fresh;

	memset(&k, 0, sizeof k);
	k.addr = q->resolver;
	k.domain = q->domain;
	return table_put(t->resolvers, &k, &fresh);
}

/* --- questions ---------------------------------------------------------------- */

static void
use(struct sensor *s, struct queries *t, const struct packet *p, const struct query_key *k)
{
	bool         fresh;
	struct pair *pair = pair_put(t, k, &fresh);

	if (!fresh && p->when.us - pair->said.us < USE_EVERY)
		return;
	pair->said = p->when;
	struct claim c = packet_claim(s, p, FACT_RESOLVER_USE, WITNESS_DNS);
	c.subject = key_addr(k->client);
	c.value = key_addr(k->resolver);
	c.victim = k->client;
	packet_say(s, &c);
}

static void
asked(struct queries *t, const struct packet *p, const struct query_key *k)
{
	bool          fresh;
	struct query *q = table_put(t->queries, k, &fresh);

	if (fresh || p->when.us - q->last.us > AGAIN || q->answers >= q->queries) {
		memset((char *)q + sizeof q->key, 0, sizeof *q - sizeof q->key);
		q->asked = p->when;
	}
	q->last = p->when;
	q->from = p->link.src;
	q->to = p->link.dst;
	if (q->queries < UINT16_MAX)
		q->queries++;
}

void
query_asked(struct sensor *s, struct queries *t, const struct packet *p, const struct dns *d)
{
	struct query_key k = key_of(t, p, d);

	/* Without "recursion desired" a resolver asks the servers of a zone: nobody's resolver is used. */
	if (d->rd)
		use(s, t, p, &k);
	asked(t, p, &k);
	k.port = k.id = 0;
	asked(t, p, &k);
}

/* --- answers ------------------------------------------------------------------- */

/* Sums of hashes: the same for any order. */
static void
digest(const struct queries *t, const struct dns *d, struct reply *r)
{
	char target[DNS_NAME];

	r->digest[0] = r->digest[1] = 0;
	r->says = d->rcode == 0 || d->rcode == 3 ? SAYS_EMPTY : SAYS_FAILED;
	if (d->tc || r->says == SAYS_FAILED) {
		r->says = SAYS_FAILED;
		return;
	}
	for (unsigned i = 0; i < d->count; i++) {
		const struct dns_record *rec = &d->record[i];
		const void              *at = rec->addr.b;
		size_t                   len = sizeof rec->addr;
		uint8_t                  says = SAYS_ADDRESSES;
		if (rec->section != DNS_ANSWER)
			continue;
		if (addr_none(rec->addr) && rec->type != DNS_A) {
			if (rec->type == DNS_CNAME || rec->type == DNS_DNAME || dns_target(d, rec, target))
				continue;
			at = target;
			len = strlen(target);
			says = SAYS_TARGETS;
		}
		if (says < r->says)
			continue;
		if (says > r->says)
			r->digest[0] = r->digest[1] = 0;
		r->says = says;
		r->digest[0] += bytes_hash(at, len, t->seed);
		r->digest[1] += bytes_hash(at, len, ~t->seed);
	}
}

static bool
differ(const struct reply *a, const struct reply *b)
{
	if (a->says == SAYS_FAILED || b->says == SAYS_FAILED)
		return false;
	if (a->says == b->says)
		return a->digest[0] != b->digest[0] || a->digest[1] != b->digest[1];
	/* Something and nothing: only if they come by different ways. */
	return (a->says == SAYS_EMPTY || b->says == SAYS_EMPTY) && (!mac_equal(a->src, b->src) || a->ttl != b->ttl);
}

/* Routers may share a resolver's answers among them. */
static bool
is_router(const struct sensor *s, uint32_t domain, struct mac card)
{
	const struct card *c = card_of(s, domain, card);
	return c && c->roles & ROLE_ROUTER && !c->carries;
}

/* Which of two replies lies: 0, 1, or -1. */
static int
liar(const struct sensor *s, const struct query *q, const struct resolver *r)
{
	const struct reply *a = &q->reply[0], *b = &q->reply[1];
	uint32_t            domain = q->key.domain;
	bool                usual = r->first.us && r->first.us < q->asked.us;

	if (mac_equal(a->src, b->src))
		return -1;
	if (mac_equal(b->dst, a->src))
		return 0;
	if (mac_equal(a->dst, b->src))
		return 1;
	if (usual && mac_equal(a->src, r->usual))
		return is_router(s, domain, b->src) ? -1 : 1;
	if (usual && mac_equal(b->src, r->usual))
		return is_router(s, domain, a->src) ? -1 : 0;
	struct addr ha = card_address(s, domain, a->src), hb = card_address(s, domain, b->src);
	if (addr_equal(ha, q->key.resolver) && !addr_none(hb) && !addr_equal(hb, ha))
		return 1;
	if (addr_equal(hb, q->key.resolver) && !addr_none(ha) && !addr_equal(ha, hb))
		return 0;
	return -1;
}

static struct key
reply_key(const struct reply *r)
{
	uint8_t d[17];

	memcpy(d, r->digest, 16);
	d[16] = r->says;
	return key_digest(d, sizeof d);
}

/* Whose address a card holds beside the one it speaks for. */
static struct addr
own_address(const struct sensor *s, uint32_t domain, struct mac card, struct addr not)
{
	struct addr a = card_address(s, domain, card);
	return addr_equal(a, not) ? (struct addr){ { 0 } } : a;
}

static void
contradiction(struct sensor *s, const struct packet *p, const struct dns *d, struct query *q, struct resolver *r)
{
	struct claim        c = packet_claim(s, p, FACT_ANSWER, WITNESS_DNS);
	int                 lies = liar(s, q, r);
	const struct reply *told = &q->reply[lies == 0 ? 0 : 1], *other = &q->reply[lies == 0 ? 1 : 0];

	/* Both by one way, and that is not the usual one. */
	bool both = lies < 0 && mac_equal(told->src, other->src) && r->first.us && r->first.us < q->asked.us &&
	            !mac_equal(told->src, r->usual) && !is_router(s, p->domain, told->src);
	c.subject = key_text(bytes_text(d->name));
	c.value = reply_key(told);
	c.other = reply_key(other);
	c.victim = q->key.client;
	c.card = other->src;
	c.number = q->answers;
	c.number2 = q->queries;
	claim_words(&c, bytes_text(d->name));
	if (lies >= 0 || both) {
		c.marks |= MARK_FRAME_LIES;
		c.speaker = told->src;
		c.speaker_ip = own_address(s, p->domain, told->src, q->key.resolver);
		if (both)
			c.card = r->usual;
	} else {
		c.speaker_ip = q->key.resolver;
	}
	packet_say(s, &c);
	q->told = true;
	/* What was learnt from the first of the two is worth nothing. */
	if (r->first.us >= q->asked.us) {
		r->usual = (struct mac){ { 0 } };
		r->first.us = 0;
	}
}

/* The usual card of a resolver, from answers that came alone or first. */
static void
learn(struct resolver *r, const struct packet *p)
{
	if (mac_zero(r->usual)) {
		r->usual = p->link.src;
		r->first = p->when;
	}
	if (mac_equal(r->usual, p->link.src)) {
		r->last = p->when;
		r->rivals = 0;
		return;
	}
	r->rivals = mac_equal(r->rival, p->link.src) ? (uint16_t)(r->rivals + 1) : 1;
	r->rival = p->link.src;
	if (r->rivals >= 3 && p->when.us - r->last.us > SILENT) {
		r->usual = r->rival;
		r->first = r->last = p->when;
		r->rivals = 0;
	}
}

/*
 * From which card does the resolver answer?  On this link the client's
 * question and the answer name the same card, unless somebody else answers;
 * behind a router they need not.
 */
static void
say_resolver(struct sensor *s, const struct packet *p, const struct query *q, struct resolver *r)
{
	bool local = card_local(s, p->domain, q->key.resolver);

	if (!p->link.cards || (mac_equal(r->said, p->link.src) && p->when.us - r->said_at.us < SAY_EVERY))
		return;
	/* Of several routers to one that is not here any may bring an answer. */
	if (!local && !mac_equal(r->usual, p->link.src) && is_router(s, p->domain, p->link.src))
		return;
	r->said = p->link.src;
	r->said_at = p->when;
	struct claim c = packet_claim(s, p, FACT_RESOLVER, WITNESS_TRAFFIC);
	c.subject = key_addr(q->key.resolver);
	c.value = key_mac(p->link.src);
	c.speaker_ip = own_address(s, p->domain, p->link.src, q->key.resolver);
	c.victim = q->key.client;
	c.marks = MARK_ANSWERED | (local ? MARK_ON_LINK : 0);
	if (local && !mac_equal(q->to, p->link.src))
		c.marks |= MARK_FRAME_LIES;
	packet_say(s, &c);
	if (local && card_holds(s, p->domain, q->key.resolver, p->link.src))
		card_role(s, p->domain, p->link.src, ROLE_DNS);
}

/* --- guesses -------------------------------------------------------------------- */

/* A wrong port or id, for a question that this client has just asked: what was asked before the capture is none. */
static void
guess(struct sensor *s, struct queries *t, const struct packet *p, const struct query_key *k)
{
	struct query_key any = *k;
	struct query    *q;
	bool             fresh;

	any.port = any.id = 0;
	q = table_find(t->queries, &any);
	if (!q || p->when.us - q->last.us > GUESS_SPAN)
		return;
	struct pair *pair = pair_put(t, k, &fresh);
	if (p->when.us - pair->from.us > GUESS_SPAN) {
		pair->from = p->when;
		pair->guesses = 0;
		pair->next = GUESS_FIRST;
	}
	if (++pair->guesses < pair->next)
		return;
	pair->next *= 4;
	const struct resolver *r = resolver_put(t, k);
	struct claim           c = packet_claim(s, p, FACT_GUESS, WITNESS_DNS);
	c.subject = key_addr(k->resolver);
	c.value = key_number(pair->guesses);
	c.number = pair->guesses;
	c.victim = k->client;
	c.marks = MARK_BULK;
	if (r->first.us && !mac_equal(r->usual, p->link.src) && !is_router(s, p->domain, p->link.src)) {
		c.marks |= MARK_FRAME_LIES;
		c.card = r->usual;
		c.speaker_ip = own_address(s, p->domain, p->link.src, k->resolver);
	}
	packet_say(s, &c);
}

bool
query_answered(struct sensor *s, struct queries *t, const struct packet *p, const struct dns *d)
{
	struct query_key k = key_of(t, p, d);
	struct query    *q = table_find(t->queries, &k);
	struct reply     reply;

	if (!q || p->when.us - q->last.us > LATE) {
		if (p->ip.protocol == IP_UDP && d->questions)
			guess(s, t, p, &k);
		return false;
	}
	if (q->answers < UINT16_MAX)
		q->answers++;
	struct resolver *r = resolver_put(t, &k);
	digest(t, d, &reply);
	reply.src = p->link.src;
	reply.dst = p->link.dst;
	reply.ttl = p->ip.ttl;
	if (reply.says != SAYS_FAILED) {
		if (!q->reply[0].says)
			q->reply[0] = reply;
		else if (!q->reply[1].says && differ(&q->reply[0], &reply))
			q->reply[1] = reply;
		if (q->reply[1].says && q->answers > q->queries && !q->told && p->ip.protocol == IP_UDP)
			contradiction(s, p, d, q, r);
	}
	say_resolver(s, p, q, r);
	if (q->answers <= q->queries)
		learn(r, p);
	return true;
}
