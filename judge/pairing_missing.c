/* pairing_missing: what did not come, what nobody sent, and who writes from where. */
#include "judge/pairing_inside.h"

#define RETRY (3 * INSTANT_SECOND)       /* an acknowledgement slower than this may have come after the sender gave up */
#define OWNER (10 * 60 * INSTANT_SECOND) /* how long an origin is expected where it wrote from */

/* --- who writes from where ---------------------------------------------------------------- */

void
pairing_own(struct pairing *p, struct sighting *s)
{
	struct pairing_owner key;
	bool         fresh;

	if (!s->head.origin)
		return;
	memset(&key, 0, sizeof key);
	key.origin = s->head.origin;
	key.receiver = s->head.receiver;
	key.port = s->head.port;
	struct pairing_owner *o = table_put(p->owners, &key, &fresh);
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
	struct pairing_owner key;

	memset(&key, 0, sizeof key);
	key.origin = s->head.origin;
	key.receiver = s->head.receiver;
	key.port = s->head.port;
	const struct pairing_owner *o = table_peek(p->owners, &key);
	return o && !addr_equal(o->sender, s->head.sender) && o->last.us + 60 * INSTANT_SECOND > s->head.steady.us;
}

/* --- what is missing, what is too much ------------------------------------------------------ */

static bool
covered(const struct pairing *p, const struct hop *h, struct instant from, struct instant to)
{
	return h->place < PAIRING_PLACES && p->place[h->place].first.us <= from.us && p->place[h->place].last.us >= to.us && !(h->gap.us && h->gap.us >= from.us - PAIRING_SOON);
}

static void
dropped(struct pairing *p, struct route *r, struct sighting *s, struct mac culprit)
{
	route_type(r, s->head.type, false);
	r->counts.dropped++;
	p->counts.all.dropped++;
	pairing_tell(p, &(struct pairing_told){ FACT_MESSAGE_ARRIVAL, MARK_NO_ANSWER | (s->answered ? MARK_ANSWERED : 0), s, NULL, "", NULL, 0, culprit });
	s->told = s->lost = true;
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
	const struct hop *from = pairing_hop(p, s), *to = routes_hop_at(p->routes, r->to);

	/* An engine may have begun to forward later; who stands between two legs, or two taps, always did. */
	if (!to || !from || (!route_strict(r) && s->head.steady.us < r->since.us))
		return true;
	bool overtaken = was_overtaken(p, s, from, to);
	if (!last && (!overtaken || p->now.us - s->head.steady.us < (s->head.class == MESSAGE_ALARM ? PAIRING_GONE_ALARM : PAIRING_GONE)))
		return false;
	struct sighting *like = pairing_most_alike(p, s, to, r, false);
	if (like) {
		pairing_pair(p, s, like, "by likeness: it stood where this one was due");
		return true;
	}
	/* What came behind it came through, so the place listened; else it must have listened on for a while. */
	struct instant due = { s->head.steady.us + (overtaken ? 0 : PAIRING_SOON) };
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

/* Parts of s went on r; those that usually come, and did not, are dropped. */
static bool
parts_missing(struct pairing *p, struct route *r, struct sighting *s, bool last)
{
	const struct hop *from = pairing_hop(p, s), *to = routes_hop_at(p->routes, r->to);
	char              room[160];
	struct buf        names = buf_over(room, sizeof room);

	if (!to || !from)
		return true;
	bool overtaken = was_overtaken(p, s, from, to);
	if (!last && (!overtaken || p->now.us - s->head.steady.us < PAIRING_GONE))
		return false;
	if (!pairing_parts_left(p, r, s, &names))
		return true;
	if (!covered(p, to, s->head.steady, (struct instant){ s->head.steady.us + (overtaken ? 0 : PAIRING_SOON) })) {
		r->counts.unseen++;
		p->counts.all.unseen++;
		return true;
	}
	buf_string(&names);
	r->counts.dropped++;
	p->counts.all.dropped++;
	pairing_tell(p, &(struct pairing_told){ FACT_MESSAGE_ARRIVAL, MARK_NO_ANSWER | (s->answered ? MARK_ANSWERED : 0), s, NULL,
	                        "other parts of it came through", room, 0, pairing_between(r, s) });
	s->told = true;
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
bool
pairing_onward(struct pairing *p, struct sighting *s, bool last)
{
	struct hop *h = pairing_hop(p, s);
	bool        done = true, any = false;

	if (!h)
		return true;
	for (int i = 0; i < ROUTE_OUT; i++) {
		struct route *r = routes_at(p->routes, h->out[i]);
		if (!r || r->from != h->number || !route_known(r) || !route_expects(r, s->head.type))
			continue;
		any = true;
		if (r->parts && sighting_passed(s, h->out[i])) {
			done &= parts_missing(p, r, s, last);
			continue;
		}
		/* Past a relay it is the relayed copy that is to be seen further on. */
		if (!sighting_passed(s, h->out[i]) && !(s->carried_on && !route_strict(r)))
			done &= missing(p, r, s, last, pairing_between(r, s));
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
	const struct hop *h = pairing_hop(p, first);

	if (s->head.marks & MESSAGE_REPEATED || (!once && !(s->head.marks & MESSAGE_UNIQUE)))
		return true;
	if (!addr_equal(s->head.sender, first->head.sender))
		return false;
	if (!first->answered || !first->accepted)
		return h && h->answers ? true : s->head.flow != first->head.flow;
	/* It was told too late, or the connection ended with it. */
	return first->answered_at.us - first->head.steady.us > RETRY || (s->head.flow != first->head.flow && s->head.order == 1);
}

/* The way by which it was to be seen nearer its sender, NULL if none.  Seen there, messages of its origin were before; the place listened then. */
static struct route *
due_up_the_way(struct pairing *p, const struct sighting *s, const struct hop *h, bool *covers)
{
	struct route *due = NULL;

	*covers = true;
	for (int i = 0; i < ROUTE_OUT; i++) {
		struct route     *r = routes_at(p->routes, h->in[i]);
		const struct hop *from = r && r->to == h->number && route_known(r) ? routes_hop_at(p->routes, r->from) : NULL;
		if (!from)
			continue;
		struct pairing_traveller who = pairing_traveller_of(p, r, s);
		if (!table_peek(p->travellers, &who))
			continue;
		due = due && due->learnt >= r->learnt ? due : r;
		*covers &= covered(p, from, s->head.steady, s->head.steady);
	}
	return due;
}

void
pairing_injected(struct pairing *p, const struct sighting *s)
{
	p->counts.all.injected++;
	pairing_tell(p, &(struct pairing_told){ FACT_MESSAGE_SOURCE, 0, s, NULL, "", NULL, 0, s->stranger ? s->head.card_from : (struct mac){ { 0 } } });
}

/* Nobody said it nearer the sender, as far as was seen. */
void
pairing_unexplained(struct pairing *p, struct sighting *s)
{
	const struct hop      *h = pairing_hop(p, s);
	const struct sighting *first = sighting_link(p->seen, s->again);
	bool                   covers;

	if (!h || s->told)
		return;
	struct route *due = due_up_the_way(p, s, h, &covers);
	if (first && !honest_repetition(p, s, first, due && covers)) {
		p->counts.all.replayed++;
		pairing_tell(p, &(struct pairing_told){ FACT_MESSAGE_SOURCE, MARK_ANSWERED, s, first, "", NULL, 0,
		                        addr_equal(s->head.sender, first->head.sender) ? (struct mac){ { 0 } } : s->head.card_from });
		s->told = true;
	} else if (!first && due && covers && !s->stranger && pairing_made(p, due, s)) {
		s->told = true;
	} else if (!first && ((due && covers) || (s->stranger && owner_lives(p, s)))) {
		pairing_injected(p, s);
		s->told = true;
	} else if (due && !covers) {
		p->counts.all.unseen++;
	}
}
