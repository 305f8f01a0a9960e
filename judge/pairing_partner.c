/*
 * pairing_partner: which sightings are one message: those that say the same;
 * those of one id that are alike; in the end those that are alike and stand
 * where one was due.
 */
#include "judge/pairing_inside.h"

const char pairing_by_id[] = "by the id it gives itself and by likeness";

/* Thousandths.  The next message of a device may be 900 like the last: only a common id or time makes less enough. */
enum { LIKE_KNOWN = 600, LIKE_ALONE = 880, LIKE_ANOTHER = 950 };

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
	sighting_meaning(p->seen, a, &p->mine);
	sighting_meaning(p->seen, b, &p->other);
	uint64_t when_a = stamp(&p->mine), when_b = stamp(&p->other);
	unsigned like = meaning_like(&p->mine, &p->other), least = LIKE_ANOTHER;
	/* A topic's next value is all there is of it: what stands in its place is it. */
	if (a->head.protocol == MESSAGE_MQTT && !when_a && strcmp(a->head.key, b->head.key) == 0)
		return like + 1;
	if (id_counts || (when_a && when_a == when_b))
		least = LIKE_KNOWN;
	else if (!when_a || !when_b || (r && route_rewrites(r, "MSH.7")))
		least = LIKE_ALONE;
	return like >= least ? like : 0;
}

/* How good a partner by what two hops are to each other, who wrote it, and whether the bytes are the same. */
static int
rank(enum route_relation how, const struct sighting *a, const struct sighting *b)
{
	static const int RANK[] = { [ROUTE_LEGS] = 16, [ROUTE_PROXY] = 16, [ROUTE_TAPS] = 12, [ROUTE_ENGINE] = 8, [ROUTE_OTHER] = 4 };

	return RANK[how] + 2 * (a->head.origin == b->head.origin) + meaning_digest_equal(a->head.bytes, b->head.bytes);
}

/* The way from one hop to another, if it is known, and the way back is not. */
static const struct route *
known_way(struct pairing *p, const struct hop *from, const struct hop *to, bool *back)
{
	const struct route *r = routes_find(p->routes, from, to, false), *opposite = routes_find(p->routes, to, from, false);

	*back = opposite && route_known(opposite);
	return r && route_known(r) ? r : NULL;
}

/* An id that stands for several messages at one hop says little: counters restart, and some write the same always. */
static bool
id_means_little(const struct pairing *p, const struct sighting *s, const struct sighting *c)
{
	const struct sighting *x = s;

	for (int i = 0; i < PAIRING_CHAIN && (x = sighting_link(p->seen, x->before[SIGHTING_ID])); i++)
		if (x != c && (x->hop == c->hop || x->hop == s->hop) && x->head.origin == s->head.origin)
			return true;
	return false;
}

/*
 * Is c the same message as s elsewhere?  It says the same (exact), or it has
 * the same id: within one conversation that is enough, elsewhere it must be
 * alike.  Taken is the oldest of the best that has no partner there yet.
 */
static void
weigh(struct pairing *p, struct sighting *s, struct sighting *c, bool exact, struct pairing_partner *best)
{
	struct hop         *h = pairing_hop(p, s), *hc = pairing_hop(p, c);
	bool                forward, back;
	enum route_relation how = hc ? route_between(hc, h, &forward) : ROUTE_NONE;

	if (how == ROUTE_NONE)
		return;
	bool                conversation = how == ROUTE_LEGS || how == ROUTE_TAPS, strict = conversation || how == ROUTE_PROXY;
	const struct route *r = forward ? known_way(p, hc, h, &back) : known_way(p, h, hc, &back);
	/* What comes back is an answer or an echo, not the message once more. */
	if (back && !strict)
		return;
	/* By ways that are only guessed comes what is the same, and soon. */
	if (how == ROUTE_OTHER && !r && (!exact || s->head.steady.us - c->head.steady.us > PAIRING_SOON))
		return;
	/* Two devices may measure the same; only an engine writes its own name above what another said. */
	if (how != ROUTE_ENGINE && s->head.origin != c->head.origin)
		return;
	if (!exact) {
		bool good_id = !id_means_little(p, s, c);
		if (!(conversation && good_id) && !alike(p, r, s, c, good_id))
			return;
		/* It may be one of several parts. */
		if (how == ROUTE_ENGINE && forward && !best->late && ((r && route_splits(r)) || pairing_holds_less(p, c, s))) {
			s->waits = true;
			return;
		}
	}
	int good = rank(how, s, c);
	if (forward) {
		if (c->carried_on && !strict)
			return;
		r = routes_find(p->routes, hc, h, false);
		if (!(r && sighting_passed(c, routes_number(p->routes, r))) && good >= best->up_rank) {
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
	uint8_t marks = a->head.marks | b->head.marks;

	if (marks & MESSAGE_GATE && (a->head.marks & b->head.marks & MESSAGE_GATE || !meaning_digest_equal(a->head.bytes, b->head.bytes)))
		return false;
	return a->head.protocol == b->head.protocol && !(marks & MESSAGE_CUT);
}

/* By what it says. */
static void
by_content(struct pairing *p, struct sighting *s, struct pairing_partner *best)
{
	struct sighting *c = s;

	for (int i = 0; i < PAIRING_CHAIN && (c = sighting_link(p->seen, c->before[SIGHTING_BODY])); i++) {
		if (!comparable(s, c))
			continue;
		/* The same once more at this service: a repetition of the oldest, if it comes to that. */
		if (c->head.port == s->head.port && addr_equal(c->head.receiver, s->head.receiver) && c->head.place == s->head.place &&
		    meaning_digest_equal(c->head.bytes, s->head.bytes))
			s->again = c->serial + 1;
		weigh(p, s, c, true, best);
	}
}

/* By the id it gives itself. */
static void
by_id(struct pairing *p, struct sighting *s, struct pairing_partner *best)
{
	struct sighting *c = s;

	for (int i = 0; i < PAIRING_CHAIN && s->head.id && (c = sighting_link(p->seen, c->before[SIGHTING_ID])); i++)
		if (comparable(s, c) && s->head.steady.us - c->head.steady.us < PAIRING_LATE && strcmp(s->head.type, c->head.type) == 0)
			weigh(p, s, c, (s->head.marks | c->head.marks) & MESSAGE_GATE, best); /* the gateway's are comparable only if each byte is the same */
}

/* On this way, may the two have one writer?  An engine that writes its own name is known by it. */
static bool
one_writer(const struct route *r, const struct sighting *a, const struct sighting *b)
{
	return a->head.origin == b->head.origin || (r && r->relation == ROUTE_ENGINE && r->renamed * 2 > r->learnt);
}

/* The most alike of those seen at hop `from` lately that did not come through to s's, if it is alike enough. */
struct sighting *
pairing_most_alike(struct pairing *p, const struct sighting *s, const struct hop *from, const struct route *r, bool up)
{
	enum { BACK = 128 };
	struct sighting *best = NULL;
	unsigned         most = 0;
	uint64_t         first = s->serial > BACK ? s->serial - BACK : 0, end = s->serial + BACK < sighting_next(p->seen) ? s->serial + BACK : sighting_next(p->seen);

	for (uint64_t i = first; i < end; i++) {
		struct sighting *c = sighting_at(p->seen, i);
		if (!c || c == s || c->hop != from->number || !comparable(s, c) || !one_writer(r, s, c) || strcmp(c->head.type, s->head.type) != 0 ||
		    (up ? sighting_passed(c, routes_number(p->routes, r)) : c->up != 0))
			continue;
		unsigned like = alike(p, r, s, c, false);
		if (like > most) {
			best = c;
			most = like;
		}
	}
	return best;
}

struct sighting *
pairing_alike_up(struct pairing *p, const struct sighting *s)
{
	const struct hop *h = pairing_hop(p, s);

	for (int i = 0; i < ROUTE_OUT; i++) {
		struct route *r = routes_at(p->routes, h->in[i]);
		struct hop   *from = r && route_known(r) ? routes_hop_at(p->routes, r->from) : NULL;
		struct sighting *c = from ? pairing_most_alike(p, s, from, r, true) : NULL;
		if (c)
			return c;
	}
	return NULL;
}

void
pairing_partners(struct pairing *p, struct sighting *s, struct pairing_partner *out)
{
	*out = (struct pairing_partner){ .how = "by what it says" };
	by_content(p, s, out);
	if (out->up || out->down)
		return;
	out->how = pairing_by_id;
	by_id(p, s, out);
}

struct sighting *
pairing_waited_for(struct pairing *p, struct sighting *s)
{
	struct pairing_partner with = { .late = true };

	by_id(p, s, &with);
	return with.up;
}
