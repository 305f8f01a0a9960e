/* pairing_answer: acknowledgements, held beside what they acknowledge and beside each other. */
#include "judge/pairing_inside.h"

/* The message this answers: by the id it names, else the oldest of its conversation that waits. */
static struct sighting *
answered(struct pairing *p, const struct message_head *m)
{
	enum { BACK = 64 };
	struct sighting *s = sighting_link(p->seen, sighting_of_id(p->seen, m->answers, m->protocol)), *oldest = NULL;

	for (int i = 0; s && i < PAIRING_CHAIN; i++, s = sighting_link(p->seen, s->before[SIGHTING_ID]))
		if (s->head.flow == m->flow && !s->answered)
			return s;
	for (uint64_t i = sighting_next(p->seen); i > 0 && sighting_next(p->seen) - i < BACK; i--)
		if ((s = sighting_at(p->seen, i - 1)) && s->head.flow == m->flow && !s->answered)
			oldest = s;
	return oldest;
}

static void
forged(struct pairing *p, struct sighting *up, const struct sighting *down, uint32_t marks)
{
	struct route *r = routes_find(p->routes, pairing_hop(p, up), pairing_hop(p, down), false);

	p->counts.all.forged++;
	if (r)
		r->counts.forged++;
	pairing_tell(p, &(struct pairing_told){ FACT_MESSAGE_ANSWER, marks, up, down, "", NULL, 0, pairing_between(r, up) });
	up->told = true;
}

static bool
one_conversation(const struct pairing *p, const struct sighting *up, const struct sighting *down)
{
	const struct hop *a = pairing_hop(p, up), *b = pairing_hop(p, down);
	bool              forward;

	if (!a || !b)
		return false;
	enum route_relation how = route_between(a, b, &forward);
	return how == ROUTE_LEGS || how == ROUTE_TAPS || how == ROUTE_PROXY;
}

static void
answer(struct sighting *s, const struct message_head *m)
{
	s->answered = true;
	s->accepted = m->marks & MESSAGE_ACCEPTS;
	s->answered_at = m->steady;
	memcpy(s->answer, m->type, sizeof s->answer);
}

/* A batch file's messages have one answer. */
static void
answer_batch(struct pairing *p, const struct sighting *one, const struct message_head *m)
{
	enum { NEAR = 1024 };
	uint64_t from = one->serial < NEAR ? 0 : one->serial - NEAR;

	for (uint64_t i = from; i < one->serial + NEAR; i++) {
		struct sighting *s = sighting_at(p->seen, i);
		if (s && !s->answered && s->head.flow == one->head.flow && s->head.batch == one->head.batch)
			answer(s, m);
	}
}

void
pairing_answer(struct pairing *p, const struct message *m)
{
	struct sighting *s = answered(p, &m->head);

	p->counts.answers++;
	if (!s)
		return;
	answer(s, &m->head);
	if (s->head.batch)
		answer_batch(p, s, &m->head);
	struct hop *h = pairing_hop(p, s);
	if (h)
		h->answers++;
	/* The same answer nearer its receiver: must say the same. */
	struct sighting *down = sighting_link(p->seen, s->down_serial);
	if (down && down->answered && !s->told && strcmp(down->answer, s->answer) != 0 && one_conversation(p, s, down))
		forged(p, s, down, MARK_ALTERED);
}

/* Told to its sender, and never said by its receiver, whose other answers were seen. */
void
pairing_answer_from_nowhere(struct pairing *p, struct sighting *s)
{
	const struct sighting *down = sighting_link(p->seen, s->down_serial);
	const struct hop      *h = down ? pairing_hop(p, down) : NULL;

	if (s->answered && s->accepted && !s->told && h && !down->answered && h->answers && !h->gap.us && one_conversation(p, s, down))
		forged(p, s, down, 0);
}
