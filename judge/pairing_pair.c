/* pairing_pair: two sightings of one message laid side by side, and what the way is like. */
#include "judge/pairing_inside.h"

enum { MSH = 'M' << 16 | 'S' << 8 | 'H' };

struct mac
pairing_between(const struct route *r, const struct sighting *up)
{
	return r && (r->relation == ROUTE_LEGS || r->relation == ROUTE_PROXY) ? up->head.card_to : (struct mac){ { 0 } };
}

struct compared {
	struct pairing *p;
	struct route   *route;
	struct buf      names;
	bool            count, opaque, content; /* content: not the header alone */
	unsigned        odd, habit, unclear;
};

/* Of what stands around messages in a batch file, which engines take apart and put together. */
static bool
of_batch(uint64_t path)
{
	static const char NAMES[][4] = { "FHS", "BHS", "BTS", "FTS" };

	for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
		if (fieldpath_kind(path) <= FIELDPATH_SEGMENT && (path >> 32 & 0xffffff) == (uint32_t)(NAMES[i][0] << 16 | NAMES[i][1] << 8 | NAMES[i][2]))
			return true;
	return false;
}

static void
field_differs(void *context, const struct meaning *owner, uint64_t path, bool in_a, bool in_b)
{
	struct compared *c = context;

	(void)in_a;
	(void)in_b;
	if (c->opaque && path == fieldpath_dicom(0x7fe0, 0x0010))
		return;
	bool             around = of_batch(path) && !route_strict(c->route);
	enum route_habit habit = around ? ROUTE_HABIT : route_field(c->route, path, meaning_pool(owner), c->count);
	c->content |= !(fieldpath_kind(path) == FIELDPATH_HL7 && (path >> 32 & 0xffffff) == MSH);
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

	sighting_meaning(p->seen, up, &p->mine);
	sighting_meaning(p->seen, down, &p->other);
	/* Fields that are gone with the ring cannot be laid side by side: then it is the whole that differs. */
	if ((!p->mine.fields && up->head.fields) || (!p->other.fields && down->head.fields)) {
		buf_u8(&c.names, '*');
		c.odd = 1;
	} else if (down->part) {
		pairing_part_differ(p, up, down, field_differs, &c);
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
	pairing_tell(p, &(struct pairing_told){ FACT_MESSAGE, 0, down, up, how, fields, 0, pairing_between(r, up) });
	down->told = true;
}

/* On a route of which too little is known: judged when more is. */
static void
hold_back(struct pairing *p, struct route *r, const struct sighting *up, const struct sighting *down)
{
	r->counts.unclear++;
	p->counts.all.unclear++;
	for (int i = 0; i < PAIRING_HELD; i++)
		if (!p->held[i].up) {
			p->held[i].up = up->serial + 1;
			p->held[i].down = down->serial + 1;
			p->held[i].route = routes_number(p->routes, r);
			return;
		}
}

static void
judge_held(struct pairing *p, struct route *r)
{
	char room[160];

	for (int i = 0; i < PAIRING_HELD; i++) {
		if (!p->held[i].up || p->held[i].route != routes_number(p->routes, r))
			continue;
		struct sighting *up = sighting_link(p->seen, p->held[i].up), *down = sighting_link(p->seen, p->held[i].down);
		p->held[i].up = 0;
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
	bool            same = down->part ? !c.content : meaning_digest_equal(up->head.body, down->head.body);
	bool            envelope = same && !route_strict(r) && !r->rule;
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

/* The longest honest latency: the rule's, that of the class the rule names, or that of the message's own. */
static int64_t
bound_of(const struct pairing *p, const struct route *r, const struct sighting *up)
{
	if (r->rule && r->rule->late_ms)
		return r->rule->late_ms * INT64_C(1000);
	return p->bound[r->rule && r->rule->class ? r->rule->class - 1 : up->head.class];
}

/* A field of the content that this route writes anew in nearly all messages, and that nobody approved: told once. */
static void
tell_habits(struct pairing *p, struct route *r, const struct sighting *up, const struct sighting *down)
{
	for (uint8_t i = 0; i < r->rewrites; i++) {
		struct route_rewrite *w = &r->rewrite[i];
		if (w->told || !route_habitual(r, i) || strncmp(w->field, "MSH.", 4) == 0)
			continue;
		w->told = true;
		pairing_tell(p, &(struct pairing_told){ FACT_MESSAGE_HABIT, 0, down, up, "", w->field, 0, { { 0 } } });
	}
}

static void
timely(struct pairing *p, struct route *r, const struct sighting *up, struct sighting *down)
{
	int64_t us = down->head.steady.us - up->head.steady.us;

	if (route_late(r, us, bound_of(p, r, up))) {
		r->counts.delayed++;
		p->counts.all.delayed++;
		if (!down->told)
			pairing_tell(p, &(struct pairing_told){ FACT_MESSAGE_ARRIVAL, 0, down, up, "", NULL, us - r->offset, pairing_between(r, up) });
		down->told = true;
	}
	if (r->passed_flow == up->head.flow && up->head.order < r->passed_order) {
		r->counts.reordered++;
		p->counts.all.reordered++;
		if (route_strict(r) && !down->told) {
			pairing_tell(p, &(struct pairing_told){ FACT_MESSAGE_ORDER, 0, down, up, "", NULL, 0, pairing_between(r, up) });
			down->told = true;
		}
	} else {
		r->passed_flow = up->head.flow;
		r->passed_order = up->head.order;
	}
	if (up->serial > r->passed)
		r->passed = up->serial;
}

struct pairing_traveller
pairing_traveller_of(const struct pairing *p, const struct route *r, const struct sighting *s)
{
	struct pairing_traveller t;

	memset(&t, 0, sizeof t);
	t.origin = s->head.origin;
	t.route = routes_number(p->routes, r);
	return t;
}

/* Two sightings are one message. */
void
pairing_pair(struct pairing *p, struct sighting *up, struct sighting *down, const char *how)
{
	struct route *r = routes_find(p->routes, pairing_hop(p, up), pairing_hop(p, down), true);

	down->up = up->serial + 1;
	up->down_serial = down->serial + 1;
	if (!r)
		return; /* more ways than there is room for: neither missing nor compared */
	bool first = !sighting_passed(up, routes_number(p->routes, r));
	if (first && up->downs < ROUTE_OUT)
		up->down[up->downs++] = routes_number(p->routes, r);
	up->carried_on |= route_strict(r);
	if (up->lost && r->counts.dropped) { /* it comes after all: late, as will be told */
		up->lost = false;
		r->counts.dropped--;
		p->counts.all.dropped--;
	}
	verdict(p, r, up, down, how);
	timely(p, r, up, down);
	if (first)
		route_type(r, up->head.type, true);
	route_came(r, down->head.type);
	if (down->part)
		pairing_part_went(p, r, up, down);
	if (!r->counts.pairs)
		r->since = up->head.steady;
	r->counts.pairs++;
	p->counts.all.pairs++;
	r->renamed += up->head.origin != down->head.origin;
	if (++r->learnt == ROUTE_LEARNT)
		judge_held(p, r);
	if (r->learnt == ROUTE_SHADOW)
		pairing_made_end(p, r);
	if (!route_strict(r) && !r->rule && r->learnt >= 2 * ROUTE_LEARNT)
		tell_habits(p, r, up, down);
	bool             fresh;
	struct pairing_traveller who = pairing_traveller_of(p, r, down);
	((struct pairing_traveller *)table_put(p->travellers, &who, &fresh))->pairs++;
}
