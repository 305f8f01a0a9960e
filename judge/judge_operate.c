/*
 * judge_operate: a newcomer is compared with what is held, by the operator of its row.
 *
 *	overlap    old ──┬───────┬──        two values alive: after the new one came,
 *	           new   └─ x ───┴─ x       the old one spoke again (or both keep speaking)
 */
#include "judge/judge_inside.h"

#define REORDER     (20 * 1000)          /* two packets this close may have changed places */
#define PROMPT      (3 * INSTANT_SECOND) /* the old value speaks on as if nothing had happened */
#define MOVED_AFTER (60 * INSTANT_SECOND)

/* Is this address a router's: option 3, an RA, FHRP or its own routing said so. */
static bool
router_address(struct judge *j, const struct claim *c)
{
	return judge_peek(j, c, FACT_ROUTER) != NULL;
}

/* What the policy says of this very claim: it speaks of the subject, and it allows the value. */
static uint32_t
by_policy(const struct policy *p, const struct claim *c)
{
	struct addr                  server = key_to_addr(&c->subject);
	const struct policy_service *s;
	const struct policy_issued  *i;
	uint32_t                     n;

	switch (c->fact) {
	case FACT_FLOW:
		return (declared_service(p, server, c->port) ? C_POLICY : 0) |
		       (declared_allows(p, key_to_addr(&c->value), server, c->port, c->when) ? C_MEMBER : 0);
	case FACT_SSID:
		return declared_access_point(p, &c->subject, key_to_mac(&c->value)) ? C_MEMBER : 0;
	case FACT_TLS_DUE:
		s = declared_pins(p, server, c->port);
		return s && s->tls ? C_POLICY : 0;
	case FACT_KEY:
		s = declared_pins(p, server, c->port);
		for (uint8_t k = 0; s && k < s->pins; k++)
			if (memcmp(s->pin[k], c->value.b, 32) == 0)
				return C_POLICY | C_MEMBER;
		/* Of our own CA: renewed since, or issued since the register was read. */
		if (c->marks & MARK_ISSUED && p->authorities && memcmp(c->other.b, p->root_key, 32) == 0)
			return C_POLICY | C_MEMBER;
		for (i = declared_issued(p, &c->subject, &n); n; n--, i++)
			if (memcmp(i->key, c->value.b, 32) == 0)
				return C_POLICY | C_MEMBER;
		return s && s->pins ? C_POLICY : 0;
	default:
		return 0;
	}
}

/* Those whose word explains a change; the others only see one. */
static bool
authority(uint8_t witness)
{
	return (witness >= WITNESS_FHRP && witness <= WITNESS_DHCP6) || witness >= WITNESS_SWITCH;
}

/* What the judge knows about the two beside their values. */
static uint32_t
about(struct judge *j, const struct fact_row *row, const struct claim *c, const struct side *old, const struct side *new)
{
	struct mac       card = fact_value(c->fact) == SHAPE_MAC ? key_to_mac(new ? &new->value : &c->value) : new ? new->speaker : c->speaker;
	struct mac       old_card = !old ? (struct mac){ { 0 } } : fact_value(c->fact) == SHAPE_MAC ? key_to_mac(&old->value) : old->speaker;
	struct who_card *a = who_find(j->who, c->domain, old_card), *b = who_find(j->who, c->domain, card);
	uint32_t         k = 0;

	if (old) {
		k |= judge_known(row, old) ? C_KNOWN : 0;
		k |= judge_alive(row, old, j->now) ? C_ALIVE : 0;
		k |= old->witness >= WITNESS_SWITCH ? C_POLICY : 0;
		k |= old->witness == WITNESS_PKI ? C_ISSUED : 0;
		k |= new && !key_equal(&old->other, &new->other) ? C_OTHER : 0;
		k |= !mac_zero(card) && mac_equal(old_card, card) ? C_SAME_CARD : 0;
		k |= old->marks & MARK_SELF_SIGNED ? C_OLD_SELF : 0;
		k |= a && new && new->challenged.us && a->last.us > new->challenged.us + REORDER ? C_LIVES : 0;
		/* Explained by an authority that stands no lower than what it contradicts and is uncontradicted itself. */
		if (new && authority(new->witness) && new->witness >= old->witness && !(b && b->accused))
			k |= C_EXPLAINED;
		if (a && b && !a->convicted && !b->convicted) {
			bool same_maker = memcmp(a->mac.b, b->mac.b, 3) == 0;
			bool bare = addr_none(b->own) || addr_equal(b->own, key_to_addr(&c->subject));
			bool old_bare = addr_none(a->own) || addr_equal(a->own, key_to_addr(&c->subject));
			if ((same_maker && bare && old_bare) || who_mutual(a, b))
				k |= C_ONE_DEVICE;
		}
	}
	k |= j->policy ? by_policy(j->policy, c) : 0;
	if (b) {
		k |= b->convicted ? C_CONVICTED : 0;
		k |= b->contested_n >= 2 ? C_MANY : 0;
		k |= b->contested_n ? C_CONTESTS : 0;
		k |= b->accused ? C_ACCUSED : 0;
		k |= b->router || (b->router_self && !b->accused) ? C_NEW_ROUTER : 0;
		k |= !addr_none(b->own) && !b->router && !b->router_self ? C_NEW_HOST : 0;
	}
	const struct who_card *third = who_find(j->who, c->domain, c->card);
	if (third && (third->convicted || third->accused))
		k |= C_ACCUSED;
	if (fact_subject(c->fact) == SHAPE_ADDR && router_address(j, c))
		k |= C_ROUTER;
	return k;
}

/* --- the operators ------------------------------------------------------------------ */

/* One more try at the table when the moment has passed. */
static void
wait_for_more(struct judge *j, const struct held *h, struct side *new, const struct claim *c, uint32_t k)
{
	if (new->waiting)
		return;
	for (int i = 0; i < WAITING; i++) {
		if (j->wait[i].live)
			continue;
		memcpy(&j->wait[i].key, h, KEY_SIZE);
		j->wait[i].claim = *c;
		j->wait[i].due.us = j->now.us + JUDGE_WAIT;
		j->wait[i].side = (uint8_t)(new - h->side);
		j->wait[i].circumstances = k & (C_OVERLAP | C_PENDING);
		j->wait[i].live = true;
		j->waits++;
		new->waiting = 1;
		return;
	}
}

/* The claim that a finding about new should carry: its subject and witness, at the moment of c. */
static void
overlap(struct judge *j, const struct fact_row *row, struct held *h, struct side *old, struct side *new, const struct claim *c, uint32_t more)
{
	struct claim at = *c;
	uint32_t     k;

	at.value = new->value;
	at.marks = new->marks;
	/* Only an address is claimed by the card that says it; a key or a token may come through a router. */
	if (judge_known(row, old) && fact_value(c->fact) == SHAPE_MAC)
		who_contests(j->who, who_find(j->who, c->domain, key_to_mac(&new->value)), &c->subject);
	k = about(j, row, &at, old, new) | more;
	if (k & C_EXPLAINED && !(k & C_POLICY)) {
		j->counts.explained++;
		h->current = (uint8_t)(new - h->side);
		return;
	}
	/* An identity at a second address: is the first device still there in a moment? */
	if (more & C_PENDING && !(more & C_WAITED) && fact_value(c->fact) == SHAPE_ADDR && !(k & (C_LIVES | C_SAME_CARD | C_POLICY))) {
		wait_for_more(j, h, new, c, k);
		return;
	}
	/* A router's address announced: is the router's card still routing in a moment? */
	if ((k & (C_PENDING | C_ROUTER)) == (C_PENDING | C_ROUTER) && !(more & C_WAITED) && fact_value(c->fact) == SHAPE_MAC)
		wait_for_more(j, h, new, c, k);
	if (k & C_OVERLAP && !(more & C_WAITED) && !(new->marks & (MARK_PUSHED | MARK_USED | MARK_FRAME_LIES)) && row->op == OP_OVERLAP &&
	    fact_value(c->fact) == SHAPE_MAC && !(k & (C_MANY | C_CONVICTED | C_ROUTER | C_POLICY))) {
		wait_for_more(j, h, new, c, k);
		return;
	}
	judge_consider(j, row, &at, old, new, k);
}

/* Counts the newcomers to a subject: many in a while are a finding even if each took over in peace. */
static uint32_t
newcomers(struct held *h, const struct claim *c)
{
	enum { MANY = 4 };

	if (c->steady.us - h->churn_from.us > JUDGE_CHURN_SPAN) {
		h->churn_from = c->steady;
		h->changes = 0;
	}
	if (h->changes < UINT8_MAX)
		h->changes++;
	return h->changes >= MANY ? C_TOO_MANY : 0;
}

static void
op_overlap(struct judge *j, const struct fact_row *row, const struct claim *c)
{
	bool         fresh_fact, fresh;
	struct held *h = judge_hold(j, c, &fresh_fact);
	struct side *s = judge_side(j, h, row, c, &fresh);
	struct side *current = &h->side[h->current];

	if (fresh_fact || h->sides == 1) {
		if (c->witness >= WITNESS_SWITCH || s->count == 2)
			table_keep(j->held, h);
		judge_consider(j, row, c, NULL, s, C_FRESH | (fresh ? about(j, row, c, NULL, s) : 0));
		return;
	}
	if (s == current) {
		/* The old value speaks.  Against whom did it have to? */
		if (c->marks & MARK_FRAME_LIES)
			return; /* somebody else in its name */
		for (uint8_t i = 0; i < h->sides; i++) {
			struct side *x = &h->side[i];
			int64_t      since = c->steady.us - x->challenged.us;
			if (x == s || !x->challenged.us || !judge_alive(row, x, c->steady))
				continue;
			x->answered_back = true;
			if (since > REORDER && since <= PROMPT)
				overlap(j, row, h, s, x, c, C_OVERLAP);
		}
		return;
	}
	/* Another value than the current one. */
	if (s->witness >= WITNESS_SWITCH)
		return; /* the policy names several */
	uint32_t churn = fresh ? newcomers(h, c) : 0;
	if (c->marks & MARK_SMALL && c->marks & MARK_ON_LINK)
		return; /* it does not override */
	if (c->marks & MARK_RELEASE)
		return;
	if (current->marks & MARK_RELEASE || !judge_alive(row, current, c->steady) ||
	    (s->challenged.us && !s->answered_back && c->steady.us - s->challenged.us > MOVED_AFTER)) {
		h->current = (uint8_t)(s - h->side);
		s->challenged = (struct instant){ 0 };
		judge_consider(j, row, c, current, s, C_MOVED | churn | about(j, row, c, current, s));
		return;
	}
	if (!s->challenged.us) {
		s->challenged = c->steady;
		s->said_since = 1;
		s->answered_back = false;
		overlap(j, row, h, current, s, c, C_PENDING | churn);
	} else if (s->answered_back && current->last.us > s->challenged.us) {
		overlap(j, row, h, current, s, c, C_OVERLAP);
	} else {
		overlap(j, row, h, current, s, c, C_PENDING);
	}
}

static void
op_set(struct judge *j, const struct fact_row *row, const struct claim *c)
{
	bool         fresh_fact, fresh;
	struct held *h = judge_hold(j, c, &fresh_fact);
	uint8_t      had = h->sides;
	struct side *s = judge_side(j, h, row, c, &fresh);
	struct side *old = NULL;
	uint32_t     k = 0;

	/* The one to compare with: the longest standing of the others. */
	for (uint8_t i = 0; i < h->sides; i++) {
		struct side *x = &h->side[i];
		if (x != s && (!old || x->first.us < old->first.us))
			old = x;
	}
	if (s->count == 2)
		table_keep(j->held, h);
	k |= had >= 2 ? C_OLD_MANY : 0;
	k |= !old ? C_FRESH : 0;
	k |= !fresh && s->count > 1 ? C_MEMBER : 0;
	k |= old && s->number < old->number ? C_LOWER : 0;
	if (old && old->first.us > s->first.us)
		k |= C_MEMBER | C_FRESH; /* it was here first: nothing to explain */
	judge_consider(j, row, c, old && !(k & C_FRESH) ? old : NULL, s, k | about(j, row, c, k & C_FRESH ? NULL : old, s));
}

static void
op_pair(struct judge *j, const struct fact_row *row, const struct claim *c)
{
	bool         fresh_fact, fresh;
	struct held *h = judge_hold(j, c, &fresh_fact);
	struct side *s = judge_side(j, h, row, c, &fresh);

	judge_consider(j, row, c, NULL, s, about(j, row, c, NULL, s));
}

static void
op_count(struct judge *j, const struct fact_row *row, const struct claim *c)
{
	bool         fresh_fact, fresh;
	struct held *h = judge_hold(j, c, &fresh_fact);
	struct claim at = *c;

	/* One finding a subject, whatever the last of the many was. */
	at.value = (struct key){ { 0 } };
	struct side *s = judge_side(j, h, row, &at, &fresh);
	s->value = c->value;
	judge_consider(j, row, c, NULL, s, (c->number >= row->threshold ? C_TOO_MANY : 0) | about(j, row, c, NULL, s));
	s->value = at.value;
}

static void
op_rank(struct judge *j, const struct fact_row *row, const struct claim *c)
{
	bool         fresh_fact, fresh;
	struct held *h = judge_hold(j, c, &fresh_fact);
	uint8_t      had = h->sides;
	struct side *current = had ? &h->side[h->current] : NULL;
	struct side  before = current ? *current : (struct side){ .count = 0 };
	struct side *s = judge_side(j, h, row, c, &fresh);
	uint32_t     k = 0;

	if (!had || (s == current && before.number == c->number)) {
		if (s->count == 2)
			table_keep(j->held, h);
		return;
	}
	k |= c->number > before.number ? C_HIGHER : 0;
	k |= c->number < before.number ? C_LOWER : 0;
	k |= !fresh ? C_MEMBER : 0;
	k |= before.marks & MARK_RELEASE ? C_MOVED : 0;
	k |= about(j, row, c, s == current ? &before : current, s);
	if (before.marks & MARK_RELEASE || !(k & C_ALIVE) || c->marks & MARK_RELEASE)
		k &= ~(uint32_t)C_ALIVE;
	judge_consider(j, row, c, s == current ? &before : current, s, k);
	/* Whoever leads now is what the next is compared with. */
	if (!(c->marks & MARK_RELEASE) && (k & C_HIGHER || !(k & C_ALIVE)))
		h->current = (uint8_t)(s - h->side);
}

static void
op_order(struct judge *j, const struct fact_row *row, const struct claim *c)
{
	bool         fresh_fact, fresh;
	struct held *h = judge_hold(j, c, &fresh_fact);
	uint8_t      had = h->sides;
	struct side *before = had ? &h->side[h->current] : NULL;
	struct side *s = judge_side(j, h, row, c, &fresh);

	if (!had || s == before) {
		h->current = (uint8_t)(s - h->side);
		return;
	}
	/* B after A is a change and may stay; A once more after B is an alternation. */
	uint32_t k = (fresh ? 0 : C_MEMBER) | about(j, row, c, before, s);
	if (!fresh)
		judge_consider(j, row, c, before, before->first.us > s->first.us ? before : s, k);
	h->current = (uint8_t)(s - h->side);
}

void
judge_operate(struct judge *j, const struct fact_row *row, const struct claim *c)
{
	static void (*const OPERATOR[])(struct judge *, const struct fact_row *, const struct claim *) = {
		[OP_OVERLAP] = op_overlap, [OP_SET] = op_set, [OP_PAIR] = op_pair,
		[OP_COUNT] = op_count, [OP_RANK] = op_rank, [OP_ORDER] = op_order,
	};

	if (row->op != OP_NONE)
		OPERATOR[row->op](j, row, c);
}

void
judge_waited(struct judge *j)
{
	for (int i = 0; i < WAITING && j->waits; i++) {
		if (!j->wait[i].live || j->wait[i].due.us > j->now.us)
			continue;
		j->wait[i].live = false;
		j->waits--;
		struct held *h = table_find(j->held, &j->wait[i].key);
		if (!h || j->wait[i].side >= h->sides || !h->side[j->wait[i].side].waiting)
			continue;
		struct side *new = &h->side[j->wait[i].side];
		new->waiting = 0;
		if (new != &h->side[h->current])
			overlap(j, facts_row(h->fact), h, &h->side[h->current], new, &j->wait[i].claim, C_WAITED | j->wait[i].circumstances);
	}
}
