/* judge_hold: what is held of a subject, its values side by side. */
#include "judge/judge_inside.h"

#define TOLD_FOR (10 * 60 * INSTANT_SECOND) /* a value that came back later is told again */

bool
judge_alive(const struct fact_row *row, const struct side *s, struct instant now)
{
	return s->witness >= WITNESS_SWITCH || now.us - s->last.us <= row->life_s * INSTANT_SECOND;
}

bool
judge_known(const struct fact_row *row, const struct side *s)
{
	return s->witness >= WITNESS_SWITCH || s->count >= row->known_n || s->last.us - s->first.us >= row->known_s * INSTANT_SECOND;
}

const struct held *
judge_peek(const struct judge *j, const struct claim *c, enum fact fact)
{
	struct held k;

	memset(&k, 0, KEY_SIZE);
	k.domain = c->domain;
	k.fact = (uint8_t)fact;
	k.subject = c->subject;
	return table_peek(j->held, &k);
}

/* A name that the hospital's own CA certified begins with the keys it did it for. */
static bool
issued(struct judge *j, struct held *h, const struct claim *c)
{
	uint32_t                    n;
	const struct policy_issued *i = declared_issued(j->policy, &c->subject, &n);

	for (; n && h->sides < SIDES; n--, i++) {
		struct side *s = &h->side[h->sides++];
		*s = (struct side){ .value = key_digest(i->key, 32), .other = key_digest(j->policy->root_key, 32), .first = c->steady, .last = c->steady,
		                    .when = c->when, .witness = WITNESS_PKI };
	}
	if (h->sides)
		table_keep(j->held, h);
	return h->sides != 0;
}

struct held *
judge_hold(struct judge *j, const struct claim *c, bool *fresh)
{
	struct held k, *h;

	memset(&k, 0, KEY_SIZE);
	k.domain = c->domain;
	k.fact = c->fact;
	k.subject = c->subject;
	h = table_put(j->held, &k, fresh);
	if (!*fresh || !j->policy)
		return h;
	if (c->fact == FACT_KEY && issued(j, h, c)) {
		*fresh = false;
		return h;
	}
	/* What the policy declares holds in every domain: a new fact begins with it. */
	k.domain = DECLARED_DOMAIN;
	const struct held *declared = table_peek(j->held, &k);
	if (declared && declared->sides) {
		memcpy(h->side, declared->side, sizeof h->side);
		h->sides = declared->sides;
		for (uint8_t i = 0; i < h->sides; i++)
			h->side[i].first = h->side[i].last = c->steady;
		table_keep(j->held, h);
		*fresh = false;
	}
	return h;
}

struct side *
judge_side(struct judge *j, struct held *h, const struct fact_row *row, const struct claim *c, bool *fresh)
{
	struct side *s = NULL;

	for (uint8_t i = 0; i < h->sides; i++)
		if (key_equal(&h->side[i].value, &c->value))
			s = &h->side[i];
	*fresh = !s;
	if (!s) {
		if (h->sides < SIDES) {
			s = &h->side[h->sides++];
		} else {
			/* What an authority declared goes last. */
			for (uint8_t i = 0; i < SIDES; i++) {
				struct side *x = &h->side[i];
				bool         authority_x = x->witness >= WITNESS_SWITCH, authority_s = s && s->witness >= WITNESS_SWITCH;
				if (i != h->current && (!s || authority_x < authority_s || (authority_x == authority_s && x->last.us < s->last.us)))
					s = x;
			}
		}
		memset(s, 0, sizeof *s);
		s->value = c->value;
		s->first = c->steady;
	} else if (!judge_alive(row, s, c->steady)) {
		s->challenged = (struct instant){ 0 };
		s->said_since = 0;
		s->waiting = 0;
		s->marks = 0;
		if (j->now.us - s->told.us > TOLD_FOR) {
			s->cells = 0;
			s->decided = false;
		}
	}
	s->last = c->steady;
	s->when = c->when;
	s->frame = c->frame;
	s->other = c->other;
	s->number = c->number;
	s->marks = (s->marks & ~(uint32_t)MARK_RELEASE) | c->marks; /* who speaks again has not given it up */
	s->count++;
	s->said_since++;
	if (!(c->marks & MARK_FRAME_LIES) || mac_zero(s->speaker)) {
		s->speaker = c->speaker;
		s->speaker_ip = c->speaker_ip;
	}
	if (c->witness > s->witness)
		s->witness = c->witness;
	return s;
}

void
judge_declare(void *context, const struct claim *c)
{
	struct judge *j = context;
	bool          fresh;
	struct held  *h = judge_hold(j, c, &fresh);

	judge_side(j, h, facts_row(c->fact), c, &fresh);
	table_keep(j->held, h);
}
