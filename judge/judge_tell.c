/* judge_tell: circumstances in, findings out, no more of them than a person can read. */
#include "judge/judge_inside.h"

#define LIMIT_SPAN (60 * INSTANT_SECOND)

/* At most so many findings a rule, domain and minute (each message is a case of its own, so of those there are more): the rest is counted and told with the next. */
static bool
within_limit(struct judge *j, uint32_t burst, const char *rule, uint32_t domain, uint32_t *withheld)
{
	struct limit  k;
	bool          fresh;

	memset(&k, 0, sizeof k);
	k.domain = domain;
	k.rule = rule;
	struct limit *l = table_put(j->limits, &k, &fresh);
	*withheld = 0;
	if (fresh || j->now.us - l->from.us > LIMIT_SPAN) {
		l->from = j->now;
		l->told = 0;
	}
	if (l->told >= (burst ? burst : FACTS_BURST)) {
		l->withheld++;
		j->counts.withheld++;
		return false;
	}
	l->told++;
	*withheld = l->withheld;
	l->withheld = 0;
	return true;
}

static void
copy(char *to, size_t cap, const char *from)
{
	size_t n = strlen(from);

	n = n < cap - 1 ? n : cap - 1;
	memcpy(to, from, n);
	to[n] = 0;
}

static void
value_text(char *to, size_t cap, const struct key *k, enum shape shape)
{
	struct buf b = buf_over(to, cap);

	claim_print(k, shape, &b);
	buf_string(&b);
}

static void
about_message(struct finding *f, const struct pairing_words *w)
{
	copy(f->message, sizeof f->message, w->key);
	copy(f->type, sizeof f->type, w->type);
	copy(f->fields, sizeof f->fields, w->fields);
	f->frame_before = w->frame_before;
	f->two_places = w->frame_before != 0;
	f->place_before = w->place_before;
	f->source_before = w->source_before;
	f->frame_first = w->frame_first;
	f->frame_first_before = w->frame_first_before;
	f->value_a[0] = f->value_b[0] = 0; /* digests are nothing for people */
}

static void
tell(struct judge *j, const struct fact_row *row, const struct cell *cell, const struct claim *c, const struct side *old, struct side *new, uint32_t k)
{
	struct finding   f;
	struct who_card *who;
	struct says      with = { .claim = c, .old_value = old ? &old->value : NULL, .words = j->words };
	uint32_t         withheld;

	if (!within_limit(j, row->burst, cell->rule, c->domain, &withheld))
		return;
	memset(&f, 0, sizeof f);
	copy(f.rule, sizeof f.rule, cell->rule);
	copy(f.category, sizeof f.category, row->category);
	copy(f.technique, sizeof f.technique, cell->technique ? cell->technique : "");
	f.severity = cell->severity;
	f.place = c->place;
	f.source = c->source;
	f.domain = c->domain;
	f.when = c->when;
	f.frame = c->frame;
	/* The other sighting: the newcomer's if it was the old value's packet that completed the contradiction. */
	f.frame_before = c->fact == FACT_PATH || c->fact == FACT_BYTES ? c->number : new && new->frame != c->frame ? new->frame : old ? old->frame : 0;
	f.protocol = c->protocol;
	f.arp = c->witness == WITNESS_ARP || c->fact == FACT_BINDING;
	f.port = c->port;
	f.count = withheld + 1;
	switch (cell->culprit) {
	case CULPRIT_NEW:
		f.attacker = new ? new->speaker : c->speaker;
		if (fact_value(c->fact) == SHAPE_MAC && new)
			f.attacker = key_to_mac(&new->value);
		break;
	case CULPRIT_SPEAKER:
		f.attacker = c->speaker;
		break;
	case CULPRIT_VALUE:
		f.attacker = key_to_mac(&c->value);
		break;
	default:
		break;
	}
	/*
	 * Coming later against a known value makes a suspect, against a believed
	 * one it does not; nor does the card through which both values came.
	 */
	if (old && !(k & (C_CONVICTED | C_POLICY)) && (!(k & C_KNOWN) || k & C_SAME_CARD))
		memset(&f.attacker, 0, sizeof f.attacker);
	who = who_find(j->who, c->domain, f.attacker);
	if (who) {
		f.attacker_ip = who->own;
		who->accused |= cell->severity < 4; /* information accuses nobody */
	}
	f.confidence = mac_zero(f.attacker) ? 0 : who && who->convicted ? 95 : cell->confidence;
	if (addr_none(f.attacker_ip) && cell->culprit == CULPRIT_SPEAKER)
		f.attacker_ip = c->speaker_ip;
	enum shape shape = fact_subject(c->fact);
	f.victim_ip = shape == SHAPE_ADDR || shape == SHAPE_SERVICE || shape == SHAPE_PAIR ? key_to_addr(&c->subject) : c->victim;
	f.src = c->speaker_ip;
	f.dst = c->victim;
	copy(f.witness_a, sizeof f.witness_a, witness_name(old ? old->witness : c->witness));
	copy(f.witness_b, sizeof f.witness_b, witness_name(new ? new->witness : c->witness));
	if (old)
		value_text(f.value_a, sizeof f.value_a, &old->value, fact_value(c->fact));
	else if (!key_none(&c->other) && c->fact != FACT_PATH && c->fact != FACT_BYTES)
		value_text(f.value_a, sizeof f.value_a, &c->other, fact_value(c->fact));
	else if (!mac_zero(c->card))
		value_text(f.value_a, sizeof f.value_a, &(struct key){ { c->card.b[0], c->card.b[1], c->card.b[2], c->card.b[3], c->card.b[4], c->card.b[5] } }, SHAPE_MAC);
	value_text(f.value_b, sizeof f.value_b, new ? &new->value : &c->value, fact_value(c->fact));
	struct claim said = *c;
	if (new)
		said.value = new->value;
	with.claim = &said;
	with.culprit = f.attacker;
	with.culprit_ip = f.attacker_ip;
	struct buf b = buf_over(f.says, sizeof f.says);
	says_print(cell->says, &with, &b);
	buf_string(&b);
	if (c->marks & MARK_CLINICAL)
		copy(f.clinical, sizeof f.clinical, c->words);
	if (j->words)
		about_message(&f, j->words);
	const struct incident *i = incident_join(j->incidents, &f, j->now);
	j->counts.findings++;
	j->out.finding(j->out.context, &f);
	if (i && j->out.incident)
		j->out.incident(j->out.context, i);
}

void
judge_consider(struct judge *j, const struct fact_row *row, const struct claim *c, const struct side *old, struct side *new, uint32_t circumstances)
{
	uint32_t marks = new ? new->marks | c->marks : c->marks;

	if (new && new->decided)
		return; /* one contradiction is one finding */
	for (int i = 0; i < FACTS_CELLS; i++) {
		const struct cell *cell = &row->cells[i];
		if (!cell->rule && !cell->ordinary)
			return; /* the end of the row */
		if ((circumstances & cell->need) != cell->need || (cell->any && !(circumstances & cell->any)) ||
		    circumstances & cell->never || (marks & cell->mark_need) != cell->mark_need ||
		    (cell->mark_any && !(marks & cell->mark_any)) || marks & cell->mark_never)
			continue;
		if (cell->ordinary) {
			j->counts.explained++;
			return;
		}
		if (!new || !(new->cells >> i & 1)) {
			if (new) {
				new->cells |= 1u << i;
				new->told = j->now;
				new->decided |= !cell->more && cell->severity < 4;
				if (new->decided)
					new->waiting = 0;
			}
			tell(j, row, cell, c, old, new, circumstances);
		}
		if (!cell->more)
			return;
	}
}
