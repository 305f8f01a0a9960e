/*
 * judge: the engine under the table of facts.
 *
 * Claims about one subject are held side by side, up to four values.  An
 * operator compares the newcomer with what is held and names the
 * circumstances; the row's cells say what these circumstances are called, or
 * that they are ordinary life.
 */
#include "judge/judge_inside.h"

static void on_message_claim(void *context, const struct claim *c, const struct pairing_words *w);

struct judge *
judge_new(const struct judge_config *config, const struct judge_out *out)
{
	struct judge *j = memory_new(1, sizeof *j);

	if (!j)
		return NULL;
	j->out = *out;
	j->policy = config->policy && config->policy->given ? config->policy : NULL;
	j->held = table_new((uint32_t)(config->memory / 8 * 7 / table_cost(1, sizeof(struct held))), KEY_SIZE, sizeof(struct held), config->seed);
	j->limits = table_new(LIMITS, offsetof(struct limit, from), sizeof(struct limit), config->seed);
	j->who = who_new((uint32_t)(config->memory / 8 / table_cost(1, sizeof(struct who_card))), config->seed);
	j->incidents = incident_new();
	struct pairing_config pairing = { .memory = config->messages, .seed = config->seed, .policy = j->policy };
	struct pairing_out    claims = { j, on_message_claim };
	j->pairing = config->messages ? pairing_new(&pairing, &claims) : NULL;
	if (!j->held || !j->limits || !j->who || !j->incidents || (config->messages && !j->pairing)) {
		judge_free(j);
		return NULL;
	}
	if (j->policy)
		declared_claims(j->policy, judge_declare, j);
	return j;
}

void
judge_free(struct judge *j)
{
	if (!j)
		return;
	table_free(j->held);
	table_free(j->limits);
	who_free(j->who);
	incident_free(j->incidents);
	pairing_free(j->pairing);
	memory_free(j);
}

const struct judge_counts *
judge_counts(const struct judge *j)
{
	return &j->counts;
}
/* What a claim tells about cards, whatever its row says. */
static void
learn(struct judge *j, const struct claim *c)
{
	struct who_card *w = who_see(j->who, c->domain, c->speaker, c->steady);

	switch (c->fact) {
	case FACT_BINDING:
	case FACT_BINDING6: {
		struct mac       card = key_to_mac(&c->value);
		struct who_card *b = mac_equal(card, c->speaker) ? w : who_find(j->who, c->domain, card);
		bool             contested = false;
		struct addr      a = key_to_addr(&c->subject);
		for (uint8_t i = 0; b && i < b->contested_n; i++)
			contested |= key_equal(&b->contested[i], &c->subject);
		/* Its own address is the first it used that was nobody else's, IPv4 before IPv6. */
		const struct held *h = b ? judge_peek(j, c, c->fact) : NULL;
		contested |= h && h->sides && !key_equal(&h->side[h->current].value, &c->value);
		if (b && !contested && (addr_none(b->own) || (addr_is_v4(a) && !addr_is_v4(b->own))))
			b->own = a;
		break;
	}
	case FACT_ROUTER:
		who_router(j->who, who_see(j->who, c->domain, key_to_mac(&c->value), c->steady), c->witness >= WITNESS_DHCP);
		break;
	case FACT_PATH:
		if (w && !w->router && !(c->marks & MARK_RELEASE) && (c->marks & MARK_BOTH_LOCAL || (c->marks & MARK_ON_LINK && w->contested_n)))
			who_convict(j->who, w);
		break;
	default:
		break;
	}
}

/* A reader that saw only its share of the wire may not know both ends as local: another's claims tell. */
static uint32_t
local_ends(const struct judge *j, const struct claim *c)
{
	struct claim end = *c;
	uint32_t     n = 0;

	for (int i = 0; i < 2; i++) {
		end.subject = (struct key){ { 0 } };
		memcpy(end.subject.b, c->subject.b + 16 * i, 16);
		n += judge_peek(j, &end, addr_is_v4(key_to_addr(&end.subject)) ? FACT_BINDING : FACT_BINDING6) != NULL;
	}
	return n == 2 ? MARK_BOTH_LOCAL | MARK_ON_LINK : n ? MARK_ON_LINK : 0;
}

/* The shared address of a group that this card led: what still comes for it, the former master passes on. */
static uint32_t
led_before(const struct judge *j, const struct claim *c)
{
	struct claim end = *c;

	for (int i = 0; i < 2; i++) {
		end.subject = (struct key){ { 0 } };
		memcpy(end.subject.b, c->subject.b + 16 * i, 16);
		const struct held *h = judge_peek(j, &end, FACT_ROUTER);
		for (uint8_t n = 0; h && n < h->sides; n++)
			if (h->side[n].witness == WITNESS_FHRP && key_equal(&h->side[n].value, &c->value))
				return MARK_RELEASE;
	}
	return 0;
}

void
judge_tick(struct judge *j, struct instant steady)
{
	if (steady.us > j->now.us)
		j->now = steady;
	if (j->pairing && !j->words)
		pairing_tick(j->pairing, j->now);
	judge_waited(j);
}

void
judge_see(struct judge *j, const struct claim *said)
{
	const struct fact_row *row = facts_row(said->fact);
	struct claim           at = *said;
	const struct claim    *c = &at;

	if (at.fact == FACT_PATH || at.fact == FACT_BYTES)
		at.marks |= local_ends(j, c) | led_before(j, c);
	j->counts.claims++;
	judge_tick(j, c->steady);
	learn(j, c);
	judge_operate(j, row, c);
	j->counts.facts_evicted = table_evicted(j->held);
}

/* A message is a fact like others: what its pairing claims goes down the table. */
static void
on_message_claim(void *context, const struct claim *c, const struct pairing_words *w)
{
	struct judge *j = context;

	j->words = w;
	judge_see(j, c);
	j->words = NULL;
}

void
judge_message(struct judge *j, const struct message *m)
{
	if (j->pairing)
		pairing_see(j->pairing, m);
	judge_tick(j, m->head.steady);
}

const struct pairing *
judge_pairing(const struct judge *j)
{
	return j->pairing;
}

void
judge_end(struct judge *j)
{
	if (j->pairing)
		pairing_end(j->pairing);
	judge_tick(j, (struct instant){ j->now.us + JUDGE_WAIT });
}
