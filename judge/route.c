/* route: see route.h. */
#include "judge/route.h"
#include "base/memory.h"
#include "base/table.h"

#include <assert.h>

enum { SURE_PAIRS = 3, SURE_OTHER = 5, STATS_AFTER = 4 };
#define HOP_KEY   offsetof(struct hop, from_server)
#define LATE_FLOOR (1500 * INT64_C(1000)) /* TCP may take this long to repair a loss */

struct routes {
	struct table *hops;
	struct hop   *number[ROUTE_HOPS]; /* table addresses hold until the record goes */
	uint32_t      next;
	const struct policy *policy;
	struct route  route[ROUTE_ROUTES];
	uint32_t      end;     /* no route is used from here on */
};

static void
leave(uint16_t list[static ROUTE_OUT], uint16_t number)
{
	for (int i = 0; i < ROUTE_OUT; i++)
		if (list[i] == number)
			list[i] = 0;
}

/* The number will be another's: no hop may go on naming it. */
static void
route_gone(struct routes *t, uint16_t number)
{
	struct route *r = &t->route[number - 1];

	leave(t->number[r->from - 1]->out, number);
	leave(t->number[r->to - 1]->in, number);
	r->used = false;
}

/* A hop that goes takes its routes with it. */
static void
hop_gone(void *context, void *record)
{
	struct routes *t = context;
	struct hop    *h = record;

	for (int i = 0; i < ROUTE_OUT; i++) {
		if (h->out[i])
			route_gone(t, h->out[i]);
		if (h->in[i])
			route_gone(t, h->in[i]);
	}
	if (h->number)
		t->number[h->number - 1] = NULL;
}

struct routes *
routes_new(uint64_t seed, const struct policy *policy)
{
	struct routes *t = memory_new(1, sizeof *t);

	if (!t)
		return NULL;
	t->hops = table_new(ROUTE_HOPS, HOP_KEY, sizeof(struct hop), seed);
	if (!t->hops) {
		memory_free(t);
		return NULL;
	}
	t->policy = policy;
	table_on_evict(t->hops, hop_gone, t);
	return t;
}

void
routes_free(struct routes *t)
{
	if (!t)
		return;
	table_free(t->hops);
	memory_free(t);
}

/* Which of the two is fed by the other: an engine's far side. */
static void
feed(struct routes *t, struct hop *h)
{
	for (uint32_t i = 0; i < ROUTE_HOPS; i++) {
		struct hop *x = t->number[i];
		if (!x || x->protocol != h->protocol)
			continue;
		h->fed |= addr_equal(x->receiver, h->sender);
		x->fed |= addr_equal(h->receiver, x->sender);
	}
}

struct hop *
routes_hop(struct routes *t, const struct message_head *m)
{
	struct hop key;
	bool       fresh;

	memset(&key, 0, HOP_KEY);
	key.place = m->place;
	key.port = m->port;
	key.domain = m->domain;
	key.sender = m->sender;
	key.receiver = m->receiver;
	key.card_from = m->card_from;
	key.card_to = m->card_to;
	key.protocol = m->protocol;
	struct hop *h = table_put(t->hops, &key, &fresh);
	if (fresh) {
		/* There are as many numbers as records: one is free. */
		while (t->number[t->next])
			t->next = (t->next + 1) % ROUTE_HOPS;
		t->number[t->next] = h;
		h->number = (uint16_t)(t->next + 1);
		h->first = m->steady;
		h->from_server = m->from_server;
		h->gate = m->marks & MESSAGE_GATE;
		feed(t, h);
	}
	h->last = m->steady;
	if (m->unseen || m->marks & MESSAGE_CUT)
		h->gap = m->steady;
	if (m->marks & MESSAGE_ANSWER)
		h->answers++;
	else
		h->messages++;
	return h;
}

struct hop *
routes_hop_at(const struct routes *t, uint16_t number)
{
	return number && number <= ROUTE_HOPS ? t->number[number - 1] : NULL;
}

static bool
same_ends(const struct hop *a, const struct hop *b)
{
	return a->port == b->port && addr_equal(a->sender, b->sender) && addr_equal(a->receiver, b->receiver);
}

bool
hop_same_way(const struct hop *a, const struct hop *b)
{
	return a->place == b->place && a->protocol == b->protocol && same_ends(a, b);
}

enum route_relation
route_between(const struct hop *a, const struct hop *b, bool *forward)
{
	*forward = true;
	if (a == b || a->protocol != b->protocol)
		return ROUTE_NONE;
	if (same_ends(a, b) && a->place == b->place) {
		/* The card that gets it passes it on. */
		if (mac_equal(b->card_to, a->card_from))
			*forward = false;
		return ROUTE_LEGS;
	}
	if (same_ends(a, b)) {
		*forward = (a->place < b->place) != a->from_server;
		return ROUTE_TAPS;
	}
	/* The gateway forwards, and changes nothing. */
	if (addr_equal(a->receiver, b->sender))
		return a->gate ? ROUTE_PROXY : ROUTE_ENGINE;
	if (addr_equal(b->receiver, a->sender)) {
		*forward = false;
		return b->gate ? ROUTE_PROXY : ROUTE_ENGINE;
	}
	if (a->place == b->place && a->port == b->port && addr_equal(a->receiver, b->receiver)) {
		if (mac_equal(a->card_to, b->card_from))
			return ROUTE_PROXY;
		*forward = !mac_equal(b->card_to, a->card_from);
		return *forward ? ROUTE_NONE : ROUTE_PROXY; /* another sender says the same: no way, a repetition */
	}
	return ROUTE_OTHER;
}

struct route *
routes_at(const struct routes *t, uint16_t number)
{
	return number && number <= ROUTE_ROUTES && t->route[number - 1].used ? (struct route *)(uintptr_t)&t->route[number - 1] : NULL;
}

uint16_t
routes_number(const struct routes *t, const struct route *r)
{
	return (uint16_t)(r - t->route + 1);
}

static bool
enter(uint16_t list[static ROUTE_OUT], uint16_t number)
{
	for (int i = 0; i < ROUTE_OUT; i++)
		if (!list[i]) {
			list[i] = number;
			return true;
		}
	return false;
}

/* The policy's rule for what `to`'s sender forwards there; the first that fits. */
static const struct policy_message *
rule_of(const struct policy *p, const struct hop *to)
{
	for (uint32_t i = 0; p && i < p->messages; i++) {
		const struct policy_message *m = &p->message[i];
		if (policy_within(&m->from, to->sender) && policy_within(&m->to, to->receiver) && (!m->port || m->port == to->port))
			return m;
	}
	return NULL;
}

/* The same way on other cards (a relay steps in, a gateway fails over) has the habits known already. */
static void
inherit(const struct routes *t, struct route *r, const struct hop *from, const struct hop *to)
{
	for (uint32_t i = 0; i < ROUTE_ROUTES; i++) {
		const struct route *o = &t->route[i];
		const struct hop   *a = o->used && o != r ? t->number[o->from - 1] : NULL, *b = a ? t->number[o->to - 1] : NULL;
		if (!b || o->relation != r->relation || o->learnt < r->learnt || !hop_same_way(a, from) || !hop_same_way(b, to))
			continue;
		r->learnt = o->learnt;
		r->renamed = o->renamed;
		r->offset = o->offset;
		r->mean = o->mean;
		r->deviation = o->deviation;
		r->longest = o->longest;
		r->rewrites = o->rewrites;
		r->types = o->types;
		r->parts = o->parts;
		r->wholes = o->wholes;
		r->lefts = o->lefts;
		memcpy(r->left, o->left, sizeof r->left);
		memcpy(r->rewrite, o->rewrite, sizeof r->rewrite);
		memcpy(r->type, o->type, sizeof r->type);
	}
}

struct route *
routes_find(struct routes *t, const struct hop *from, const struct hop *to, bool make)
{
	for (int i = 0; i < ROUTE_OUT; i++) {
		struct route *r = routes_at(t, from->out[i]);
		if (r && r->from == from->number && r->to == to->number)
			return r;
	}
	if (!make)
		return NULL;
	for (uint32_t i = 0; i < ROUTE_ROUTES; i++) {
		struct route *r = &t->route[i];
		bool          forward;
		if (r->used)
			continue;
		uint16_t number = (uint16_t)(i + 1);
		/* The lists are of records in the table, not of these views. */
		struct hop *f = t->number[from->number - 1], *g = t->number[to->number - 1];
		if (!enter(f->out, number))
			return NULL;
		if (!enter(g->in, number)) {
			leave(f->out, number);
			return NULL;
		}
		memset(r, 0, sizeof *r);
		r->used = true;
		t->end = i < t->end ? t->end : i + 1;
		r->from = from->number;
		r->to = to->number;
		r->relation = (uint8_t)route_between(from, to, &forward);
		r->rule = rule_of(t->policy, to);
		inherit(t, r, from, to);
		return r;
	}
	return NULL;
}

bool
route_strict(const struct route *r)
{
	return r->relation == ROUTE_LEGS || r->relation == ROUTE_TAPS || r->relation == ROUTE_PROXY;
}

bool
route_known(const struct route *r)
{
	return route_strict(r) ? r->learnt >= 1 : r->learnt >= (r->relation == ROUTE_ENGINE ? SURE_PAIRS : SURE_OTHER);
}

/* Where this type is in the route's list, entered if it is new; ROUTE_TYPES if there is no room. */
static uint8_t
type_of(struct route *r, const char type[static MESSAGE_TYPE])
{
	uint8_t i = 0;

	while (i < r->types && strcmp(r->type[i].type, type) != 0)
		i++;
	if (i == r->types && i < ROUTE_TYPES) {
		memcpy(r->type[i].type, type, MESSAGE_TYPE);
		r->types++;
	}
	return i;
}

void
route_type(struct route *r, const char type[static MESSAGE_TYPE], bool passed)
{
	uint8_t i = type_of(r, type);

	if (i == ROUTE_TYPES)
		return;
	r->type[i].seen++;
	r->type[i].passed += passed;
}

void
route_came(struct route *r, const char type[static MESSAGE_TYPE])
{
	uint8_t i = type_of(r, type);

	if (i < ROUTE_TYPES)
		r->type[i].came++;
}

bool
route_originates(const struct route *r, uint8_t n)
{
	return r->type[n].made >= ROUTE_MADE && !r->type[n].came;
}

enum route_habit
route_makes(struct route *r, const char type[static MESSAGE_TYPE])
{
	for (uint8_t k = 0; r->rule && k < r->rule->originates; k++)
		if (strcmp(r->rule->originate[k], type) == 0)
			return ROUTE_HABIT;
	uint8_t i = route_strict(r) || r->rule ? ROUTE_TYPES : type_of(r, type);
	if (i == ROUTE_TYPES || r->type[i].came || r->type[i].seen)
		return ROUTE_ODD;
	if (route_originates(r, i))
		return ROUTE_HABIT;
	if (r->learnt >= ROUTE_SHADOW)
		return ROUTE_ODD;
	return ++r->type[i].made >= ROUTE_MADE ? ROUTE_HABIT : ROUTE_UNCLEAR;
}

/* Nearly all of its kind came through before. */
bool
route_expects(const struct route *r, const char *type)
{
	if (route_strict(r))
		return true;
	for (uint8_t i = 0; i < r->types; i++)
		if (strcmp(r->type[i].type, type) == 0)
			return r->type[i].passed >= SURE_PAIRS && r->type[i].passed * 10ull >= r->type[i].seen * 6ull;
	return false;
}

/* The field's name without occurrences and indices: what an engine does, it does to all of them. */
static void
general(uint64_t path, struct bytes pool, char out[static ROUTE_FIELD])
{
	uint8_t    room[128];
	struct buf name = buf_over(room, sizeof room);
	size_t     n = 0;
	bool       skip = false;

	fieldpath_print(path, pool, &name);
	for (size_t i = 0; i < name.len && n < ROUTE_FIELD - 1; i++) {
		uint8_t c = name.at[i];
		if (c == '[')
			skip = true;
		else if (c == ']')
			skip = false;
		else if (!skip && !(c >= '0' && c <= '9' && i && name.at[i - 1] == '/'))
			out[n++] = (char)c;
	}
	out[n] = 0;
}

enum route_habit
route_field(struct route *r, uint64_t path, struct bytes pool, bool count)
{
	char    name[ROUTE_FIELD];
	uint8_t i = 0;

	if (route_strict(r))
		return ROUTE_ODD;
	general(path, pool, name);
	for (uint8_t k = 0; r->rule && k < r->rule->rewrites; k++)
		if (strcmp(r->rule->rewrite[k], name) == 0)
			return ROUTE_HABIT;
	if (r->rule)
		return ROUTE_ODD;
	while (i < r->rewrites && strcmp(r->rewrite[i].field, name) != 0)
		i++;
	if (i == ROUTE_REWRITES)
		return ROUTE_UNCLEAR;
	if (i == r->rewrites) {
		memcpy(r->rewrite[i].field, name, sizeof name);
		r->rewrite[i].pair = UINT64_MAX;
		r->rewrites++;
	}
	struct route_rewrite *w = &r->rewrite[i];
	uint64_t              before = r->learnt, differed = w->differed - (w->pair == before);
	/* Once a pair, however many occurrences. */
	if (count && w->pair != before) {
		w->pair = before;
		w->differed++;
	}
	if (before < ROUTE_LEARNT)
		return ROUTE_UNCLEAR;
	return differed * 10 >= before * 8 ? ROUTE_HABIT : ROUTE_ODD;
}

bool
route_habitual(const struct route *r, uint8_t n)
{
	return r->learnt >= ROUTE_LEARNT && r->rewrite[n].differed * 10 >= r->learnt * 8;
}

bool
route_rewrites(const struct route *r, const char *field)
{
	for (uint8_t i = 0; i < r->rewrites; i++)
		if (strcmp(r->rewrite[i].field, field) == 0)
			return route_habitual(r, i);
	return false;
}

bool
route_splits(const struct route *r)
{
	return r->parts >= SURE_PAIRS && r->parts * 2 > r->counts.pairs;
}

enum route_habit
route_left(struct route *r, uint32_t name)
{
	uint8_t i = 0;

	while (i < r->lefts && r->left[i].name != name)
		i++;
	if (i == ROUTE_LEFT)
		return ROUTE_UNCLEAR;
	if (i == r->lefts) {
		r->left[i].name = name;
		r->lefts++;
	}
	uint64_t before = r->wholes, times = r->left[i].times - (r->left[i].whole == before + 1);
	if (r->left[i].whole != before + 1) {
		r->left[i].whole = before + 1;
		r->left[i].times++;
	}
	if (before < ROUTE_LEARNT)
		return ROUTE_UNCLEAR;
	return times * 10 >= before * 8 ? ROUTE_HABIT : ROUTE_ODD;
}

bool
route_timely(const struct route *r, int64_t latency)
{
	latency -= r->offset;
	return r->learnt < STATS_AFTER || latency <= 10 * r->longest + LATE_FLOOR || latency <= r->mean + 8 * r->deviation;
}

bool
route_late(struct route *r, int64_t latency, int64_t bound)
{
	/* Two taps' clocks may differ: the fastest message says by how much at least. */
	if (latency < r->offset)
		r->offset = latency;
	bool late = (bound && latency - r->offset > bound) || !route_timely(r, latency);
	latency -= r->offset;
	if (!late) {
		int64_t off = latency - r->mean;
		if (!r->learnt)
			r->mean = latency;
		else
			r->mean += off / 8;
		r->deviation += ((off < 0 ? -off : off) - r->deviation) / 8;
		r->longest = latency > r->longest ? latency : r->longest;
	}
	return late;
}

static unsigned
count(const struct routes *t, const uint16_t list[static ROUTE_OUT])
{
	unsigned n = 0;

	for (int i = 0; i < ROUTE_OUT; i++) {
		const struct route *r = routes_at(t, list[i]);
		n += r && route_known(r);
	}
	return n;
}

const char *
route_kind(const struct routes *t, const struct route *r)
{
	const struct hop *from = routes_hop_at(t, r->from), *to = routes_hop_at(t, r->to);
	uint64_t          seen = 0, passed = 0;

	if (r->relation == ROUTE_LEGS)
		return "relayed";
	if (r->relation == ROUTE_PROXY)
		return "proxied";
	if (r->relation == ROUTE_TAPS)
		return "direct";
	for (uint8_t i = 0; i < r->types; i++) {
		seen += r->type[i].seen;
		passed += r->type[i].passed;
	}
	if (route_splits(r))
		return "split";
	if (from && count(t, from->out) > 1)
		return "fan-out";
	if (to && count(t, to->in) > 1)
		return "merge";
	return passed * 10 < seen * 9 ? "filter" : "relay";
}

const struct route *
routes_each(const struct routes *t, uint32_t *at)
{
	while (*at < t->end) {
		const struct route *r = &t->route[(*at)++];
		if (r->used)
			return r;
	}
	return NULL;
}
