/*
 * pairing: see pairing.h.  What is seen, when it is looked at again, and what is
 * told; which two are one is in pairing_partner.c, of which one is a part in
 * pairing_split.c, what became of them in pairing_pair.c, what is missing in
 * pairing_missing.c, what an engine says of its own in pairing_made.c.
 */
#include "judge/pairing_inside.h"
#include "base/memory.h"
#include "content/framing.h"

static const int64_t BOUND[MESSAGE_CLASSES] = {
	[MESSAGE_ALARM] = 2 * INSTANT_SECOND, [MESSAGE_VITALS] = 5 * INSTANT_SECOND, [MESSAGE_RESULT] = 30 * INSTANT_SECOND,
	[MESSAGE_ORDER] = 30 * INSTANT_SECOND,
};

struct pairing *
pairing_new(const struct pairing_config *config, const struct pairing_out *out)
{
	struct pairing *p = memory_new(1, sizeof *p);

	if (!p)
		return NULL;
	p->out = *out;
	p->seen = sighting_new(config->memory, config->seed);
	p->owners = table_new(4096, offsetof(struct pairing_owner, sender), sizeof(struct pairing_owner), config->seed);
	p->travellers = table_new(8192, offsetof(struct pairing_traveller, pairs), sizeof(struct pairing_traveller), config->seed);
	p->wholes = table_new(PAIRING_WHOLES, offsetof(struct pairing_whole, went), sizeof(struct pairing_whole), config->seed);
	p->routes = routes_new(config->seed, config->policy);
	if (!p->seen || !p->owners || !p->travellers || !p->wholes || !p->routes) {
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
	sighting_free(p->seen);
	table_free(p->owners);
	table_free(p->travellers);
	table_free(p->wholes);
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

void
pairing_tell(struct pairing *p, const struct pairing_told *t)
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
	w.frame_first = h->frame_first;
	w.place_before = h->place;
	w.source_before = h->source;
	if (o) {
		w.place_before = o->place;
		w.source_before = o->source;
		w.frame_before = o->frame;
		w.frame_first_before = o->frame_first;
	}
	w.how = t->how ? t->how : "";
	w.fields = t->fields ? t->fields : "";
	if (!mac_zero(t->culprit)) {
		c.speaker = t->culprit;
		c.marks |= MARK_BOTH_LOCAL;
	}
	p->out.claim(p->out.context, &c, &w);
}

/* --- time ------------------------------------------------------------------------------------- */

/* s is a part of a message nearer its sender, if there is such a one. */
static bool
pair_part(struct pairing *p, struct sighting *s, bool sure)
{
	struct sighting *whole = pairing_whole_of(p, s, sure);

	s->part = whole != NULL;
	if (whole)
		pairing_pair(p, whole, s, "a part of it, by the segments it has of it");
	return whole != NULL;
}

/* Time enough for the rest of it to come by another way. */
static void
look_first(struct pairing *p, struct sighting *s)
{
	if (s->head.marks & MESSAGE_CUT)
		s->settled = true;
	if (s->settled || s->up)
		return;
	if (pair_part(p, s, false))
		return;
	struct sighting *up = s->waits ? pairing_waited_for(p, s) : NULL;
	if (up) {
		pairing_pair(p, up, s, pairing_by_id);
		return;
	}
	up = pairing_alike_up(p, s);
	if (up)
		pairing_pair(p, up, s, "by likeness: it stood where that one was due");
	else
		pairing_unexplained(p, s);
}

static void
look_again(struct pairing *p, struct sighting *s)
{
	if (!s->settled)
		s->settled = pairing_onward(p, s, false);
}

static void
look_last(struct pairing *p, struct sighting *s)
{
	if (!s->settled)
		pairing_onward(p, s, true);
	pairing_answer_from_nowhere(p, s);
	s->settled = true;
}

/* The hands that follow the newest sighting, each at its distance. */
static const struct {
	int64_t behind;
	void (*look)(struct pairing *, struct sighting *);
} HAND[PAIRING_HANDS] = { { PAIRING_SOON, look_first }, { PAIRING_GONE_ALARM, look_again }, { PAIRING_GONE, look_again }, { PAIRING_LATE, look_last } };

void
pairing_tick(struct pairing *p, struct instant steady)
{
	uint64_t oldest = sighting_oldest(p->seen);

	if (steady.us > p->now.us)
		p->now = steady;
	for (int i = 0; i < PAIRING_HANDS; i++) {
		struct sighting *s;
		p->hand[i] = p->hand[i] < oldest ? oldest : p->hand[i];
		while ((s = sighting_at(p->seen, p->hand[i])) && s->head.steady.us + HAND[i].behind <= p->now.us) {
			HAND[i].look(p, s);
			p->hand[i]++;
		}
	}
}

void
pairing_see(struct pairing *p, const struct message *m)
{
	const struct message_head *head = &m->head;

	if (head->place < PAIRING_PLACES) {
		struct instant *first = &p->place[head->place].first, *latest = &p->place[head->place].last;
		if (!first->us)
			*first = head->steady;
		*latest = head->steady.us > latest->us ? head->steady : *latest;
	}
	if (head->marks & MESSAGE_ANSWER) {
		pairing_answer(p, m);
		return;
	}
	struct hop      *h = routes_hop(p->routes, head);
	bool             evicted;
	struct sighting *s = sighting_enter(p->seen, m, h->number, &evicted);
	struct pairing_partner with;

	p->counts.messages++;
	p->counts.evicted += evicted;
	if (head->marks & MESSAGE_AMBIGUOUS) {
		p->counts.ambiguous++;
		pairing_tell(p, &(struct pairing_told){ FACT_MESSAGE_END, 0, s, NULL, framing_words((enum framing_doubt)head->framing), NULL, 0, { { 0 } } });
	}
	if (head->marks & MESSAGE_CUT) {
		p->counts.cut++;
		return;
	}
	pairing_partners(p, s, &with);
	pairing_own(p, s);
	if (with.up)
		pairing_pair(p, with.up, s, with.how);
	else if (!with.down && pair_part(p, s, true))
		return;
	if (with.down)
		pairing_pair(p, s, with.down, with.how);
}

void
pairing_end(struct pairing *p)
{
	for (int i = 0; i < PAIRING_HANDS; i++)
		for (struct sighting *s; (s = sighting_at(p->seen, p->hand[i])); p->hand[i]++) {
			if (s->head.steady.us + (i ? PAIRING_GONE_ALARM : PAIRING_SOON) <= p->now.us)
				HAND[i].look(p, s);
			else if (i == PAIRING_HANDS - 1 && !s->downs && !s->up)
				p->counts.in_flight++;
		}
	pairing_made_end(p, NULL);
}
