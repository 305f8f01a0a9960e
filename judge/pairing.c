/*
 * pairing: see pairing.h.
 *
 * Sightings lie in a ring, each with its fields in a second ring of bytes; an
 * index finds the latest with a digest, and each names the one before it:
 *
 *	index: digest ──► serial ──► serial of the one before ──► …
 *
 * Hands follow the newest at some distance and look once more at each.
 */
#include "judge/pairing.h"
#include "base/memory.h"
#include "base/table.h"

/* Thousandths.  The next message of a device may be 900 like the last: only a common id or time makes less enough. */
enum { CHAIN = 24, LIKE_KNOWN = 600, LIKE_ALONE = 880, LIKE_ANOTHER = 950 };
#define SOON  (3 * INSTANT_SECOND)   /* longer than TCP takes to repair a loss */
#define LATE  (30 * INSTANT_SECOND)  /* an engine may hold a message this long */
#define GONE  (10 * INSTANT_SECOND)  /* what was overtaken this long ago does not come any more; */
#define GONE_ALARM (4 * INSTANT_SECOND) /* an alarm is not waited for as long */
#define RETRY (3 * INSTANT_SECOND)   /* an acknowledgement slower than this may have come after the sender gave up */
#define OWNER (10 * 60 * INSTANT_SECOND)

static const int64_t BOUND[MESSAGE_CLASSES] = {
	[MESSAGE_ALARM] = 2 * INSTANT_SECOND, [MESSAGE_VITALS] = 5 * INSTANT_SECOND, [MESSAGE_RESULT] = 30 * INSTANT_SECOND,
	[MESSAGE_ORDER] = 30 * INSTANT_SECOND,
};

enum by { BY_BYTES, BY_BODY, BY_ID, BYS };

struct sighting {
	struct message_head head;
	uint64_t            serial;
	uint64_t            at;          /* of its packed fields in the ring of bytes */
	uint64_t            before[BYS]; /* serial + 1 of the one before with the same digest */
	uint16_t            hop;
	uint8_t             downs;
	uint16_t            down[ROUTE_OUT]; /* routes on which it was seen again, number + 1 */
	uint64_t            down_serial;     /* + 1: the latest of those */
	uint64_t            up;              /* serial + 1 of the same message nearer its sender */
	uint64_t            again;           /* serial + 1 of one that said the same here, or to the same service */
	bool                answered, accepted, settled, told;
	bool                stranger;        /* its origin writes from elsewhere */
	bool                carried_on;      /* seen again within its own conversation: that copy goes further */
	struct instant      answered_at;
	char                answer[MESSAGE_TYPE];
};

struct digest_key {
	uint64_t lo, hi;
	uint8_t  by, pad[7];
	/* the key ends here */
	uint64_t serial; /* + 1 */
};

/* Whose messages come from where: who writes as this origin to this service. */
struct owner {
	uint64_t    origin;
	struct addr receiver;
	uint16_t    port;
	uint8_t     pad[6];
	/* the key ends here */
	struct addr    sender;
	struct mac     card;
	uint32_t       count;
	struct instant last;
	uint64_t       flow;
};

/* Whose messages take a route. */
struct traveller {
	uint64_t origin;
	uint16_t route;
	uint8_t  pad[6];
	/* the key ends here */
	uint64_t pairs;
};

struct place {
	struct instant first, last;
};
enum { PLACES = 16, HELD = 64, HANDS = 4 };

/* Two that differ on a route whose habits are not known yet. */
struct held_pair {
	uint64_t up, down;  /* serials + 1, 0: free */
	uint16_t route;
};

struct pairing {
	struct pairing_out    out;
	struct pairing_counts counts;
	struct routes        *routes;
	struct table         *index, *owners, *travellers;
	struct sighting      *ring;
	uint64_t              size, next;  /* sightings; serial of the next */
	uint64_t              hand[HANDS]; /* serials */
	uint8_t              *text;
	uint64_t              text_size, text_next;
	int64_t               bound[MESSAGE_CLASSES];
	struct place          place[PLACES];
	struct held_pair      held[HELD];
	struct instant        now;
	struct meaning        mine, other; /* where two are laid side by side */
	struct message        unpacked;
};

struct pairing *
pairing_new(const struct pairing_config *config, const struct pairing_out *out)
{
	struct pairing *p = memory_new(1, sizeof *p);

	if (!p)
		return NULL;
	p->out = *out;
	/* A sighting has three keys in the index; its fields take about as much as itself. */
	size_t one = sizeof(struct sighting) + 3 * table_cost(1, sizeof(struct digest_key)) + 1024;
	p->size = config->memory / one;
	p->text_size = p->size * 1024;
	p->ring = memory_new(p->size, sizeof *p->ring);
	p->text = memory_new(p->text_size, 1);
	p->index = table_new((uint32_t)p->size * 3, offsetof(struct digest_key, serial), sizeof(struct digest_key), config->seed);
	p->owners = table_new(4096, offsetof(struct owner, sender), sizeof(struct owner), config->seed);
	p->travellers = table_new(8192, offsetof(struct traveller, pairs), sizeof(struct traveller), config->seed);
	p->routes = routes_new(config->seed);
	if (p->size < 16 || !p->ring || !p->text || !p->index || !p->owners || !p->travellers || !p->routes) {
		pairing_free(p);
		return NULL;
	}
	for (int i = 0; i < MESSAGE_CLASSES; i++)
		p->bound[i] = config->bound[i] ? config->bound[i] : BOUND[i];
	return p;
}

void
pairing_free(struct pairing *p)
{
	if (!p)
		return;
	memory_free(p->ring);
	memory_free(p->text);
	table_free(p->index);
	table_free(p->owners);
	table_free(p->travellers);
	routes_free(p->routes);
	memory_free(p);
}

const struct pairing_counts *
pairing_counts(const struct pairing *p)
{
	return &p->counts;
}

const struct routes *
pairing_routes(const struct pairing *p)
{
	return p->routes;
}

/* --- the ring ------------------------------------------------------------------- */

static struct sighting *
at(const struct pairing *p, uint64_t serial)
{
	return serial < p->next && p->next - serial <= p->size ? &p->ring[serial % p->size] : NULL;
}

static struct sighting *
at_link(const struct pairing *p, uint64_t link)
{
	return link ? at(p, link - 1) : NULL;
}

static struct hop *
hop_of(const struct pairing *p, const struct sighting *s)
{
	return routes_hop_at(p->routes, s->hop);
}

/* The meaning of a sighting, as far as its fields are still there. */
static void
meaning_of(struct pairing *p, const struct sighting *s, struct meaning *out)
{
	struct message *m = &p->unpacked;
	size_t          len = s->head.fields * sizeof *m->field + s->head.pool;

	m->head = s->head;
	if (p->text_next - s->at > p->text_size) {
		m->head.fields = m->head.pool = 0;
	} else {
		const uint8_t *from = p->text + s->at % p->text_size;
		memcpy(m->field, from, s->head.fields * sizeof *m->field);
		memcpy(m->text, from + s->head.fields * sizeof *m->field, len - s->head.fields * sizeof *m->field);
	}
	message_meaning(m, out);
}

static void
keep_fields(struct pairing *p, struct sighting *s, const struct message *m)
{
	size_t n = m->head.fields * sizeof *m->field, len = n + m->head.pool;

	/* Never over the end: what is left there is passed over. */
	if (p->text_next % p->text_size + len > p->text_size)
		p->text_next += p->text_size - p->text_next % p->text_size;
	s->at = p->text_next;
	memcpy(p->text + s->at % p->text_size, m->field, n);
	memcpy(p->text + s->at % p->text_size + n, m->text, m->head.pool);
	p->text_next += len;
}

static struct digest_key
key_of(const struct message_head *h, enum by by)
{
	struct digest_key k = { .by = (uint8_t)by };

	switch (by) {
	case BY_BYTES:
		k.lo = h->bytes.lo;
		k.hi = h->bytes.hi;
		break;
	case BY_BODY:
		k.lo = h->body.lo;
		k.hi = h->body.hi;
		break;
	default:
		k.lo = h->id;
		k.hi = h->protocol;
		break;
	}
	return k;
}

static struct sighting *
enter(struct pairing *p, const struct message *m, const struct hop *h)
{
	uint64_t         serial = p->next++;
	struct sighting *s = &p->ring[serial % p->size];
	bool             fresh;

	if (serial >= p->size && !s->settled)
		p->counts.evicted++;
	memset(s, 0, sizeof *s);
	s->serial = serial;
	s->head = m->head;
	s->hop = h->number;
	keep_fields(p, s, m);
	for (int by = 0; by < BYS; by++) {
		struct digest_key k = key_of(&s->head, (enum by)by);
		if (by == BY_ID && !s->head.id)
			continue;
		struct digest_key *d = table_put(p->index, &k, &fresh);
		s->before[by] = fresh ? 0 : d->serial;
		d->serial = serial + 1;
	}
	return s;
}

/* --- telling ---------------------------------------------------------------------- */

struct told {
	enum fact              fact;
	uint32_t               marks;
	const struct sighting *about, *other; /* other: NULL if there is none */
	const char            *how;
	const char            *fields;
	int64_t                us;            /* a latency */
	struct mac             culprit;       /* zero: nobody stands out */
};

static void
tell(struct pairing *p, const struct told *t)
{
	const struct message_head *h = &t->about->head, *o = t->other ? &t->other->head : NULL;
	struct pairing_words       w = { .protocol = message_protocol_name(h->protocol), .key = h->key, .type = h->type };
	struct claim               c = { .fact = (uint8_t)t->fact, .witness = WITNESS_CLINICAL };

	c.place = h->place;
	c.source = h->source;
	c.domain = h->domain;
	c.when = h->when;
	c.steady = p->now.us > h->steady.us ? p->now : h->steady;
	c.frame = h->frame;
	c.marks = t->marks | MARK_CLINICAL | (h->class == MESSAGE_ALARM || h->class == MESSAGE_VITALS || h->class == MESSAGE_ORDER ? MARK_HIGH : 0);
	c.subject = key_text(bytes_text(h->key));
	c.value = key_digest(&t->about->serial, sizeof t->about->serial); /* each is a case of its own, whatever its id and words */
	c.speaker = h->card_from;
	c.speaker_ip = h->sender;
	c.victim = h->receiver;
	c.card = h->card_to;
	c.port = h->port;
	c.protocol = h->protocol == MESSAGE_COAP ? 17 : 6;
	c.number = t->us > 0 ? (uint32_t)(t->us / 1000 < UINT32_MAX ? t->us / 1000 : UINT32_MAX) : 0;
	claim_words(&c, bytes_text(w.protocol));
	w.place_before = h->place;
	w.source_before = h->source;
	if (o) {
		w.place_before = o->place;
		w.source_before = o->source;
		w.frame_before = o->frame;
	}
	w.how = t->how ? t->how : "";
	w.fields = t->fields ? t->fields : "";
	if (!mac_zero(t->culprit)) {
		c.speaker = t->culprit;
		c.marks |= MARK_BOTH_LOCAL;
	}
	p->out.claim(p->out.context, &c, &w);
}

/* --- two that are one message -------------------------------------------------------- */

/* Who carried it between two legs; nobody stands out elsewhere. */
static struct mac
between(const struct route *r, const struct sighting *up)
{
	return r && (r->relation == ROUTE_LEGS || r->relation == ROUTE_PROXY) ? up->head.card_to : (struct mac){ { 0 } };
}

struct compared {
	struct pairing *p;
	struct route   *route;
	struct buf      names;
	bool            count, opaque;
	unsigned        odd, habit, unclear;
};

static void
field_differs(void *context, const struct meaning *owner, uint64_t path, bool in_a, bool in_b)
{
	struct compared *c = context;

	(void)in_a;
	(void)in_b;
	if (c->opaque && path == fieldpath_dicom(0x7fe0, 0x0010))
		return;
	enum route_habit habit = route_field(c->route, path, meaning_pool(owner), c->count);
	c->habit += habit == ROUTE_HABIT;
	c->odd += habit == ROUTE_ODD;
	c->unclear += habit == ROUTE_UNCLEAR;
	if (habit == ROUTE_HABIT)
		return;
	size_t before = c->names.len;
	if (before)
		buf_u8(&c->names, ' ');
	fieldpath_print(path, meaning_pool(owner), &c->names);
	if (!buf_ok(&c->names)) { /* no half names */
		c->names.len = before;
		c->names.full = false;
	}
}

/* Which fields differ, and what that is on this route; names are left in room. */
static struct compared
compare(struct pairing *p, struct route *r, const struct sighting *up, const struct sighting *down, bool count, char room[static 160])
{
	struct compared c = { .p = p, .route = r, .names = buf_over(room, 160), .count = count, .opaque = (up->head.marks | down->head.marks) & MESSAGE_OPAQUE };

	meaning_of(p, up, &p->mine);
	meaning_of(p, down, &p->other);
	/* Fields that are gone with the ring cannot be laid side by side: then it is the whole that differs. */
	if ((!p->mine.fields && up->head.fields) || (!p->other.fields && down->head.fields)) {
		buf_u8(&c.names, '*');
		c.odd = 1;
	} else {
		meaning_differ(&p->mine, &p->other, field_differs, &c);
	}
	buf_string(&c.names);
	return c;
}

static void
altered(struct pairing *p, struct route *r, struct sighting *up, struct sighting *down, const char *how, const char *fields)
{
	r->counts.altered++;
	p->counts.all.altered++;
	tell(p, &(struct told){ FACT_MESSAGE, 0, down, up, how, fields, 0, between(r, up) });
	down->told = true;
}

/* On a route of which too little is known: judged when more is. */
static void
hold_back(struct pairing *p, struct route *r, const struct sighting *up, const struct sighting *down)
{
	r->counts.unclear++;
	p->counts.all.unclear++;
	for (int i = 0; i < HELD; i++)
		if (!p->held[i].up) {
			p->held[i] = (struct held_pair){ up->serial + 1, down->serial + 1, routes_number(p->routes, r) };
			return;
		}
}

static void
judge_held(struct pairing *p, struct route *r)
{
	char room[160];

	for (int i = 0; i < HELD; i++) {
		struct held_pair h = p->held[i];
		if (!h.up || h.route != routes_number(p->routes, r))
			continue;
		p->held[i].up = 0;
		struct sighting *up = at_link(p, h.up), *down = at_link(p, h.down);
		if (!up || !down)
			continue;
		r->counts.unclear--;
		p->counts.all.unclear--;
		struct compared c = compare(p, r, up, down, false, room);
		if (c.odd) {
			altered(p, r, up, down, "learnt since: this route leaves it as it is", room);
		} else {
			r->counts.rewritten++;
			p->counts.all.rewritten++;
		}
	}
}

/* What became of it on the way. */
static void
verdict(struct pairing *p, struct route *r, struct sighting *up, struct sighting *down, const char *how)
{
	char room[160];

	if (meaning_digest_equal(up->head.bytes, down->head.bytes)) {
		r->counts.identical++;
		p->counts.all.identical++;
		return;
	}
	if (meaning_digest_equal(up->head.meaning, down->head.meaning)) {
		r->counts.same_meaning++;
		p->counts.all.same_meaning++;
		return;
	}
	struct compared c = compare(p, r, up, down, true, room);
	bool            envelope = meaning_digest_equal(up->head.body, down->head.body) && !route_strict(r);
	if (c.odd && !envelope) {
		altered(p, r, up, down, how, room);
	} else if (c.unclear && !envelope) {
		hold_back(p, r, up, down);
	} else if (c.odd || c.unclear || c.habit) {
		r->counts.rewritten++;
		p->counts.all.rewritten++;
	} else {
		r->counts.same_meaning++;
		p->counts.all.same_meaning++;
	}
}

static void
timely(struct pairing *p, struct route *r, const struct sighting *up, struct sighting *down)
{
	int64_t us = down->head.steady.us - up->head.steady.us;

	if (route_late(r, us, p->bound[up->head.class])) {
		r->counts.delayed++;
		p->counts.all.delayed++;
		if (!down->told)
			tell(p, &(struct told){ FACT_MESSAGE_ARRIVAL, 0, down, up, "", NULL, us - r->offset, between(r, up) });
		down->told = true;
	}
	if (r->passed_flow == up->head.flow && up->head.order < r->passed_order) {
		r->counts.reordered++;
		p->counts.all.reordered++;
		if (route_strict(r) && !down->told) {
			tell(p, &(struct told){ FACT_MESSAGE_ORDER, 0, down, up, "", NULL, 0, between(r, up) });
			down->told = true;
		}
	} else {
		r->passed_flow = up->head.flow;
		r->passed_order = up->head.order;
	}
	if (up->serial > r->passed)
		r->passed = up->serial;
}

static bool
passed_on(const struct sighting *s, uint16_t route)
{
	for (uint8_t i = 0; i < s->downs; i++)
		if (s->down[i] == route)
			return true;
	return false;
}

static struct traveller
traveller(const struct pairing *p, const struct route *r, const struct sighting *s)
{
	struct traveller t;

	memset(&t, 0, sizeof t);
	t.origin = s->head.origin;
	t.route = routes_number(p->routes, r);
	return t;
}

/* Two sightings are one message. */
static void
pair(struct pairing *p, struct sighting *up, struct sighting *down, const char *how)
{
	struct route *r = routes_find(p->routes, hop_of(p, up), hop_of(p, down), true);

	down->up = up->serial + 1;
	up->down_serial = down->serial + 1;
	if (!r)
		return; /* more ways than there is room for: neither missing nor compared */
	if (up->downs < ROUTE_OUT)
		up->down[up->downs++] = routes_number(p->routes, r);
	up->carried_on |= route_strict(r);
	verdict(p, r, up, down, how);
	timely(p, r, up, down);
	route_type(r, up->head.type, true);
	if (!r->counts.pairs)
		r->since = up->head.steady;
	r->counts.pairs++;
	p->counts.all.pairs++;
	if (++r->learnt == ROUTE_LEARNT)
		judge_held(p, r);
	bool             fresh;
	struct traveller who = traveller(p, r, down);
	((struct traveller *)table_put(p->travellers, &who, &fresh))->pairs++;
}

/* --- looking for the partner ----------------------------------------------------------- */

/* The digest of the time a message gives itself (MSH-7), 0 if it gives none. */
static uint64_t
stamp(const struct meaning *m)
{
	enum { MSH = 'M' << 16 | 'S' << 8 | 'H', FIRST = 16 };
	uint64_t path = fieldpath_hl7(MSH, 1, 7);

	for (uint16_t i = 0; i < m->fields && i < FIRST; i++)
		if (m->field[i].path == path)
			return m->field[i].digest;
	return 0;
}

/* How alike the two are, in thousandths; 0 if that is too little to take them for one message.  r: their way, NULL if none is known. */
static unsigned
alike(struct pairing *p, const struct route *r, const struct sighting *a, const struct sighting *b, bool id_counts)
{
	meaning_of(p, a, &p->mine);
	meaning_of(p, b, &p->other);
	uint64_t when_a = stamp(&p->mine), when_b = stamp(&p->other);
	unsigned like = meaning_like(&p->mine, &p->other), least = LIKE_ANOTHER;
	if (id_counts || (when_a && when_a == when_b))
		least = LIKE_KNOWN;
	else if (!when_a || !when_b || (r && route_rewrites(r, "MSH.7")))
		least = LIKE_ALONE;
	return like >= least ? like : 0;
}

struct partner {
	struct sighting *up, *down; /* the other one, by where it stands */
	int              up_rank, down_rank;
};

/* How good a partner by what two hops are to each other, and whether the bytes are the same. */
static int
rank(enum route_relation how, const struct sighting *a, const struct sighting *b)
{
	static const int RANK[] = { [ROUTE_LEGS] = 8, [ROUTE_PROXY] = 8, [ROUTE_TAPS] = 6, [ROUTE_ENGINE] = 4, [ROUTE_OTHER] = 2 };

	return RANK[how] + meaning_digest_equal(a->head.bytes, b->head.bytes);
}

/*
 * Is c, found by some digest, the same message as s elsewhere?  The oldest of
 * the best that has no partner there yet.  Ways that are only guessed count
 * for what is exactly the same.
 */
static void
weigh(struct pairing *p, struct sighting *s, struct sighting *c, bool exact, struct partner *best)
{
	struct hop         *h = hop_of(p, s), *hc = hop_of(p, c);
	bool                forward;
	enum route_relation how = hc ? route_between(hc, h, &forward) : ROUTE_NONE;

	if (how == ROUTE_NONE || (how == ROUTE_OTHER && (!exact || s->head.steady.us - c->head.steady.us > SOON)))
		return;
	int good = rank(how, s, c);
	if (forward) {
		const struct route *r = routes_find(p->routes, hc, h, false);
		if (c->carried_on && good < 6)
			return;
		if (!(r && passed_on(c, routes_number(p->routes, r))) && good >= best->up_rank) {
			best->up = c;
			best->up_rank = good;
		}
	} else if (!c->up && good >= best->down_rank) {
		best->down = c;
		best->down_rank = good;
	}
}

static bool
comparable(const struct sighting *a, const struct sighting *b)
{
	return a->head.protocol == b->head.protocol && !((a->head.marks | b->head.marks) & MESSAGE_CUT);
}

/* By what it says. */
static void
by_content(struct pairing *p, struct sighting *s, struct partner *best)
{
	struct sighting *c = s;

	for (int i = 0; i < CHAIN && (c = at_link(p, c->before[BY_BODY])); i++) {
		if (!comparable(s, c))
			continue;
		/* The same once more at this service: a repetition of the oldest, if it comes to that. */
		if (c->head.port == s->head.port && addr_equal(c->head.receiver, s->head.receiver) && c->head.place == s->head.place &&
		    meaning_digest_equal(c->head.bytes, s->head.bytes))
			s->again = c->serial + 1;
		weigh(p, s, c, true, best);
	}
}

/* An id that stands for several messages at one hop says little: counters restart, and some write the same always. */
static bool
id_means_little(const struct pairing *p, const struct sighting *s, const struct sighting *c)
{
	const struct sighting *x = s;

	for (int i = 0; i < CHAIN && (x = at_link(p, x->before[BY_ID])); i++)
		if (x != c && (x->hop == c->hop || x->hop == s->hop) && x->head.origin == s->head.origin)
			return true;
	return false;
}

/* By the id it gives itself, if it is like it too. */
static void
by_id(struct pairing *p, struct sighting *s, struct partner *best)
{
	struct sighting *c = s;

	for (int i = 0; i < CHAIN && s->head.id && (c = at_link(p, c->before[BY_ID])); i++)
		if (comparable(s, c) && c->head.origin == s->head.origin && s->head.steady.us - c->head.steady.us < LATE &&
		    strcmp(s->head.type, c->head.type) == 0 && alike(p, NULL, s, c, !id_means_little(p, s, c)))
			weigh(p, s, c, false, best);
}

/* The most alike of those seen at hop `from` lately that did not come through to s's, if it is alike enough. */
static struct sighting *
most_alike(struct pairing *p, const struct sighting *s, const struct hop *from, const struct route *r, bool up)
{
	enum { BACK = 128 };
	struct sighting *best = NULL;
	unsigned         most = 0;
	uint64_t         first = s->serial > BACK ? s->serial - BACK : 0, end = s->serial + BACK < p->next ? s->serial + BACK : p->next;

	for (uint64_t i = first; i < end; i++) {
		struct sighting *c = at(p, i);
		if (!c || c == s || c->hop != from->number || !comparable(s, c) || c->head.origin != s->head.origin || strcmp(c->head.type, s->head.type) != 0 ||
		    (up ? passed_on(c, routes_number(p->routes, r)) : c->up != 0))
			continue;
		unsigned like = alike(p, r, s, c, false);
		if (like > most) {
			best = c;
			most = like;
		}
	}
	return best;
}

static struct sighting *
alike_up_the_way(struct pairing *p, const struct sighting *s)
{
	const struct hop *h = hop_of(p, s);

	for (int i = 0; i < ROUTE_OUT; i++) {
		struct route *r = routes_at(p->routes, h->in[i]);
		struct hop   *from = r && route_known(r) ? routes_hop_at(p->routes, r->from) : NULL;
		struct sighting *c = from ? most_alike(p, s, from, r, true) : NULL;
		if (c)
			return c;
	}
	return NULL;
}

/* --- who writes from where ---------------------------------------------------------------- */

static void
own(struct pairing *p, struct sighting *s)
{
	struct owner key;
	bool         fresh;

	if (!s->head.origin)
		return;
	memset(&key, 0, sizeof key);
	key.origin = s->head.origin;
	key.receiver = s->head.receiver;
	key.port = s->head.port;
	struct owner *o = table_put(p->owners, &key, &fresh);
	if (!fresh && !addr_equal(o->sender, s->head.sender) && !mac_equal(o->card, s->head.card_from) && o->count >= 3 &&
	    s->head.steady.us - o->last.us < OWNER) {
		s->stranger = true;
		return;
	}
	if (!fresh && !addr_equal(o->sender, s->head.sender))
		o->count = 0;
	o->sender = s->head.sender;
	o->card = s->head.card_from;
	o->last = s->head.steady;
	o->count++;
}

static bool
owner_lives(struct pairing *p, const struct sighting *s)
{
	struct owner key;

	memset(&key, 0, sizeof key);
	key.origin = s->head.origin;
	key.receiver = s->head.receiver;
	key.port = s->head.port;
	const struct owner *o = table_peek(p->owners, &key);
	return o && !addr_equal(o->sender, s->head.sender) && o->last.us + 60 * INSTANT_SECOND > s->head.steady.us;
}

/* --- what is missing, what is too much ------------------------------------------------------ */

static bool
covered(const struct pairing *p, const struct hop *h, struct instant from, struct instant to)
{
	const struct place *w = h->place < PLACES ? &p->place[h->place] : NULL;

	return w && w->first.us <= from.us && w->last.us >= to.us && !(h->gap.us && h->gap.us >= from.us - SOON);
}

static void
dropped(struct pairing *p, struct route *r, struct sighting *s, struct mac culprit)
{
	route_type(r, s->head.type, false);
	r->counts.dropped++;
	p->counts.all.dropped++;
	tell(p, &(struct told){ FACT_MESSAGE_ARRIVAL, MARK_NO_ANSWER | (s->answered ? MARK_ANSWERED : 0), s, NULL, "", NULL, 0, culprit });
	s->told = true;
}

/* Has something said after s at these ends, on whatever leg, come through to `to`? */
static bool
was_overtaken(const struct pairing *p, const struct sighting *s, const struct hop *from, const struct hop *to)
{
	for (int i = 0; i < ROUTE_OUT; i++) {
		const struct route *r = routes_at(p->routes, to->in[i]);
		const struct hop   *x = r && r->passed > s->serial ? routes_hop_at(p->routes, r->from) : NULL;
		if (x && hop_same_way(x, from))
			return true;
	}
	return false;
}

/* s was to be seen again on r and was not so far.  True: nothing more is to come of it. */
static bool
missing(struct pairing *p, struct route *r, struct sighting *s, bool last, struct mac culprit)
{
	const struct hop *from = hop_of(p, s), *to = routes_hop_at(p->routes, r->to);

	if (!to || !from || s->head.steady.us < r->since.us)
		return true;
	bool overtaken = was_overtaken(p, s, from, to);
	if (!last && (!overtaken || p->now.us - s->head.steady.us < (s->head.class == MESSAGE_ALARM ? GONE_ALARM : GONE)))
		return false;
	struct sighting *like = most_alike(p, s, to, r, false);
	if (like) {
		pair(p, s, like, "by likeness: it stood where this one was due");
		return true;
	}
	/* What came behind it came through, so the place listened; else it must have listened on for a while. */
	struct instant due = { s->head.steady.us + (overtaken ? 0 : SOON) };
	if (!covered(p, to, s->head.steady, due)) {
		r->counts.unseen++;
		p->counts.all.unseen++;
		return true;
	}
	/* Unacknowledged, the sender will say it again; with nobody coming through, an engine's queue waits. */
	if ((from->answers && !(s->answered && s->accepted)) || (!overtaken && !route_strict(r))) {
		if (last)
			p->counts.in_flight++;
		return last;
	}
	dropped(p, r, s, culprit);
	return true;
}

/* A hop nobody has learnt yet is expected to lead where its ends' other legs led: beyond the conversation. */
static struct route *
sibling_route(struct pairing *p, const struct hop *h, const char *type)
{
	uint32_t            i = 0;
	const struct route *r;

	while ((r = routes_each(p->routes, &i))) {
		const struct hop *x = routes_hop_at(p->routes, r->from);
		if (x && x != h && hop_same_way(x, h) && r->relation != ROUTE_LEGS && r->relation != ROUTE_PROXY && route_known(r) && route_expects(r, type))
			return routes_at(p->routes, routes_number(p->routes, r));
	}
	return NULL;
}

/* Was it seen again wherever it should have been? */
static bool
onward(struct pairing *p, struct sighting *s, bool last)
{
	struct hop *h = hop_of(p, s);
	bool        done = true, any = false;

	if (!h)
		return true;
	for (int i = 0; i < ROUTE_OUT; i++) {
		struct route *r = routes_at(p->routes, h->out[i]);
		if (!r || r->from != h->number || !route_known(r) || !route_expects(r, s->head.type))
			continue;
		any = true;
		/* Past a relay it is the relayed copy that is to be seen further on. */
		if (!passed_on(s, h->out[i]) && !(s->carried_on && !route_strict(r)))
			done &= missing(p, r, s, last, between(r, s));
	}
	if (!any && !s->downs) {
		struct route *r = sibling_route(p, h, s->head.type);
		const struct hop *usual = r ? routes_hop_at(p->routes, r->from) : NULL;
		if (usual)
			done &= missing(p, r, s, last, mac_equal(usual->card_to, s->head.card_to) ? (struct mac){ { 0 } } : s->head.card_to);
	}
	return done;
}

/* The same said once more: may an honest sender have done so?  once: nearer its sender it was said fewer times. */
static bool
honest_repetition(const struct pairing *p, const struct sighting *s, const struct sighting *first, bool once)
{
	const struct hop *h = hop_of(p, first);

	if (s->head.marks & MESSAGE_REPEATED || (!once && !(s->head.marks & MESSAGE_UNIQUE)))
		return true;
	if (!addr_equal(s->head.sender, first->head.sender))
		return false;
	if (!first->answered || !first->accepted)
		return h && h->answers ? true : s->head.flow != first->head.flow;
	/* It was told too late, or the connection ended with it. */
	return first->answered_at.us - first->head.steady.us > RETRY || (s->head.flow != first->head.flow && s->head.order == 1);
}

/* Was it to be seen nearer its sender?  Seen there, messages of its origin were before; the place listened then. */
static bool
due_up_the_way(struct pairing *p, const struct sighting *s, const struct hop *h, bool *covers)
{
	bool due = false;

	*covers = true;
	for (int i = 0; i < ROUTE_OUT; i++) {
		struct route     *r = routes_at(p->routes, h->in[i]);
		const struct hop *from = r && r->to == h->number && route_known(r) ? routes_hop_at(p->routes, r->from) : NULL;
		if (!from)
			continue;
		struct traveller who = traveller(p, r, s);
		if (!table_peek(p->travellers, &who))
			continue;
		due = true;
		*covers &= covered(p, from, s->head.steady, s->head.steady);
	}
	return due;
}

/* Nobody said it nearer the sender, as far as was seen. */
static void
unexplained(struct pairing *p, struct sighting *s)
{
	const struct hop      *h = hop_of(p, s);
	const struct sighting *first = at_link(p, s->again);
	bool                   covers;

	if (!h || s->told)
		return;
	bool due = due_up_the_way(p, s, h, &covers);
	if (first && !honest_repetition(p, s, first, due && covers)) {
		p->counts.all.replayed++;
		tell(p, &(struct told){ FACT_MESSAGE_SOURCE, MARK_ANSWERED, s, first, "", NULL, 0,
		                        addr_equal(s->head.sender, first->head.sender) ? (struct mac){ { 0 } } : s->head.card_from });
		s->told = true;
	} else if (!first && ((due && covers) || (s->stranger && owner_lives(p, s)))) {
		p->counts.all.injected++;
		tell(p, &(struct told){ FACT_MESSAGE_SOURCE, 0, s, NULL, "", NULL, 0, s->stranger ? s->head.card_from : (struct mac){ { 0 } } });
		s->told = true;
	} else if (due && !covers) {
		p->counts.all.unseen++;
	}
}

/* --- acknowledgements ------------------------------------------------------------------------- */

/* The message this answers: by the id it names, else the oldest of its conversation that waits. */
static struct sighting *
answered(struct pairing *p, const struct message_head *m)
{
	enum { BACK = 64 };
	struct digest_key  k = { .lo = m->answers, .hi = m->protocol, .by = BY_ID };
	struct digest_key *d = m->answers ? table_find(p->index, &k) : NULL;
	struct sighting   *s = d ? at_link(p, d->serial) : NULL, *oldest = NULL;

	for (int i = 0; s && i < CHAIN; i++, s = at_link(p, s->before[BY_ID]))
		if (s->head.flow == m->flow && !s->answered)
			return s;
	for (uint64_t i = p->next; i > 0 && p->next - i < BACK; i--)
		if ((s = at(p, i - 1)) && s->head.flow == m->flow && !s->answered)
			oldest = s;
	return oldest;
}

static void
forged(struct pairing *p, struct sighting *up, const struct sighting *down, uint32_t marks)
{
	struct route *r = routes_find(p->routes, hop_of(p, up), hop_of(p, down), false);

	p->counts.all.forged++;
	if (r)
		r->counts.forged++;
	tell(p, &(struct told){ FACT_MESSAGE_ANSWER, marks, up, down, "", NULL, 0, between(r, up) });
	up->told = true;
}

static bool
one_conversation(const struct pairing *p, const struct sighting *up, const struct sighting *down)
{
	const struct hop *a = hop_of(p, up), *b = hop_of(p, down);
	bool              forward;

	if (!a || !b)
		return false;
	enum route_relation how = route_between(a, b, &forward);
	return how == ROUTE_LEGS || how == ROUTE_TAPS || how == ROUTE_PROXY;
}

static void
answer(struct pairing *p, const struct message *m)
{
	struct sighting *s = answered(p, &m->head);

	p->counts.answers++;
	if (!s)
		return;
	s->answered = true;
	s->accepted = m->head.marks & MESSAGE_ACCEPTS;
	s->answered_at = m->head.steady;
	memcpy(s->answer, m->head.type, sizeof s->answer);
	struct hop *h = hop_of(p, s);
	if (h)
		h->answers++;
	/* The same answer nearer its receiver: must say the same. */
	struct sighting *down = at_link(p, s->down_serial);
	if (down && down->answered && !s->told && strcmp(down->answer, s->answer) != 0 && one_conversation(p, s, down))
		forged(p, s, down, MARK_ALTERED);
}

/* Told to its sender, and never said by its receiver, whose other answers were seen. */
static void
answer_from_nowhere(struct pairing *p, struct sighting *s)
{
	const struct sighting *down = at_link(p, s->down_serial);
	const struct hop      *h = down ? hop_of(p, down) : NULL;

	if (s->answered && s->accepted && !s->told && h && !down->answered && h->answers && !h->gap.us && one_conversation(p, s, down))
		forged(p, s, down, 0);
}

/* --- time ------------------------------------------------------------------------------------- */

/* Time enough for the rest of it to come by another way. */
static void
look_first(struct pairing *p, struct sighting *s)
{
	if (s->head.marks & MESSAGE_CUT)
		s->settled = true;
	if (s->settled || s->up)
		return;
	struct sighting *up = alike_up_the_way(p, s);
	if (up)
		pair(p, up, s, "by likeness: it stood where that one was due");
	else
		unexplained(p, s);
}

static void
look_again(struct pairing *p, struct sighting *s)
{
	if (!s->settled)
		s->settled = onward(p, s, false);
}

static void
look_last(struct pairing *p, struct sighting *s)
{
	if (!s->settled)
		onward(p, s, true);
	answer_from_nowhere(p, s);
	s->settled = true;
}

/* The hands that follow the newest sighting, each at its distance. */
static const struct {
	int64_t behind;
	void (*look)(struct pairing *, struct sighting *);
} HAND[HANDS] = { { SOON, look_first }, { GONE_ALARM, look_again }, { GONE, look_again }, { LATE, look_last } };

void
pairing_tick(struct pairing *p, struct instant steady)
{
	uint64_t oldest = p->next > p->size ? p->next - p->size : 0;

	if (steady.us > p->now.us)
		p->now = steady;
	for (int i = 0; i < HANDS; i++) {
		struct sighting *s;
		p->hand[i] = p->hand[i] < oldest ? oldest : p->hand[i];
		while ((s = at(p, p->hand[i])) && s->head.steady.us + HAND[i].behind <= p->now.us) {
			HAND[i].look(p, s);
			p->hand[i]++;
		}
	}
}

void
pairing_see(struct pairing *p, const struct message *m)
{
	const struct message_head *head = &m->head;

	if (head->place < PLACES) {
		struct place *w = &p->place[head->place];
		if (!w->first.us)
			w->first = head->steady;
		w->last = head->steady.us > w->last.us ? head->steady : w->last;
	}
	if (head->marks & MESSAGE_ANSWER) {
		answer(p, m);
		return;
	}
	struct hop      *h = routes_hop(p->routes, head);
	struct sighting *s = enter(p, m, h);
	struct partner   best = { NULL, NULL, 0, 0 };
	const char      *how = "by what it says";

	p->counts.messages++;
	if (head->marks & MESSAGE_AMBIGUOUS) {
		p->counts.ambiguous++;
		tell(p, &(struct told){ FACT_MESSAGE_END, 0, s, NULL, "", NULL, 0, { { 0 } } });
	}
	if (head->marks & MESSAGE_CUT) {
		p->counts.cut++;
		return;
	}
	by_content(p, s, &best);
	if (!best.up && !best.down) {
		by_id(p, s, &best);
		how = "by the id it gives itself and by likeness";
	}
	own(p, s);
	if (best.up)
		pair(p, best.up, s, how);
	if (best.down)
		pair(p, s, best.down, how);
}

void
pairing_end(struct pairing *p)
{
	for (int i = 0; i < HANDS; i++)
		for (struct sighting *s; (s = at(p, p->hand[i])); p->hand[i]++) {
			if (s->head.steady.us + (i ? GONE_ALARM : SOON) <= p->now.us)
				HAND[i].look(p, s);
			else if (i == HANDS - 1 && !s->downs && !s->up)
				p->counts.in_flight++;
		}
}
