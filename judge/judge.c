/*
 * judge: the engine under the table of facts.
 *
 * Claims about one subject are held side by side, up to four values.  An
 * operator compares the newcomer with what is held and names the
 * circumstances; the row's cells say what these circumstances are called, or
 * that they are ordinary life.
 *
 *	overlap    old ──┬───────┬──        two values alive: after the new one came,
 *	           new   └─ x ───┴─ x       the old one spoke again (or both keep speaking)
 */
#include "judge/judge.h"
#include "base/memory.h"
#include "base/table.h"
#include "judge/declared.h"
#include "judge/facts.h"
#include "judge/incident.h"
#include "judge/says.h"
#include "judge/who.h"

enum { SIDES = 4, WAITING = 32, LIMITS = 512 };
#define REORDER     (20 * 1000)               /* two packets this close may have changed places */
#define PROMPT      (3 * INSTANT_SECOND)      /* the old value speaks on as if nothing had happened */
#define WAIT        (700 * 1000)              /* for evidence of how the new value is used */
#define MOVED_AFTER (60 * INSTANT_SECOND)
#define TOLD_FOR    (10 * 60 * INSTANT_SECOND)
#define CHURN_SPAN  (10 * 60 * INSTANT_SECOND)
#define LIMIT_SPAN  (60 * INSTANT_SECOND)

struct side {
	struct key     value, other;
	struct instant first, last;  /* steady */
	struct instant challenged;   /* when it first spoke against the current value */
	struct instant when;         /* capture time of its last claim */
	struct instant told;         /* steady; when a finding about it was last told */
	uint64_t       frame;
	struct mac     speaker;
	struct addr    speaker_ip;
	uint32_t       marks, count, number, said_since; /* said_since: claims since the challenge */
	uint32_t       cells;        /* bits of the row's cells already told */
	uint8_t        witness;      /* the strongest */
	uint8_t        waiting;      /* overlap seen, more evidence waited for */
	bool           answered_back;
	bool           decided;      /* a finding stands */
};

struct held {
	uint32_t    domain;
	uint8_t     fact, pad[3];
	struct key  subject;
	/* the key ends here */
	struct side side[SIDES];
	uint8_t     sides, current;
	uint8_t     changes;      /* newcomers within CHURN_SPAN */
	struct instant churn_from;
};
#define KEY_SIZE offsetof(struct held, side)

struct limit {
	uint32_t       domain;
	const char    *rule; /* the table's own string, so its address names it */
	/* the key ends here */
	struct instant from;
	uint32_t       told, withheld;
};

struct judge {
	struct judge_out    out;
	struct judge_counts counts;
	struct table       *held, *limits;
	struct who         *who;
	struct incidents   *incidents;
	struct instant      now;
	const struct policy *policy;  /* NULL if none was given */
	struct pairing      *pairing; /* NULL if no messages are paired */
	const struct pairing_words *words; /* of the message whose claim is considered, else NULL */
	struct {
		struct held    key; /* only its key is used */
		struct claim   claim;
		struct instant due;
		uint32_t       circumstances; /* under which it waits */
		uint8_t        side;
		bool           live;
	} wait[WAITING];
};

static void declare(void *context, const struct claim *c);
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
		declared_claims(j->policy, declare, j);
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

/* --- telling ------------------------------------------------------------------ */

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

/* Goes down the row's cells; what fits first decides (a cell marked more lets the next try too). */
static void
consider(struct judge *j, const struct fact_row *row, const struct claim *c, const struct side *old, struct side *new, uint32_t circumstances)
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

/* --- what is held ---------------------------------------------------------------- */

static bool
alive(const struct fact_row *row, const struct side *s, struct instant now)
{
	return s->witness >= WITNESS_SWITCH || now.us - s->last.us <= row->life_s * INSTANT_SECOND;
}

static bool
known(const struct fact_row *row, const struct side *s)
{
	return s->witness >= WITNESS_SWITCH || s->count >= row->known_n || s->last.us - s->first.us >= row->known_s * INSTANT_SECOND;
}

/* What is held about the claim's subject under this kind of fact, NULL if nothing is. */
static const struct held *
peek(const struct judge *j, const struct claim *c, enum fact fact)
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

static struct held *
hold(struct judge *j, const struct claim *c, bool *fresh)
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

/* The side of this value, or a new one in the place of the longest silent. */
static struct side *
side_of(struct judge *j, struct held *h, const struct fact_row *row, const struct claim *c, bool *fresh)
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
	} else if (!alive(row, s, c->steady)) {
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

/* What the policy declares, put down as held in the domain that stands for all. */
static void
declare(void *context, const struct claim *c)
{
	struct judge *j = context;
	bool          fresh;
	struct held  *h = hold(j, c, &fresh);

	side_of(j, h, facts_row(c->fact), c, &fresh);
	table_keep(j->held, h);
}

/* Is this address a router's: option 3, an RA, FHRP or its own routing said so. */
static bool
router_address(struct judge *j, const struct claim *c)
{
	return peek(j, c, FACT_ROUTER) != NULL;
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
		       (declared_allows(p, key_to_addr(&c->value), server, c->port) ? C_MEMBER : 0);
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
		k |= known(row, old) ? C_KNOWN : 0;
		k |= alive(row, old, j->now) ? C_ALIVE : 0;
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
		j->wait[i].due.us = j->now.us + WAIT;
		j->wait[i].side = (uint8_t)(new - h->side);
		j->wait[i].circumstances = k & (C_OVERLAP | C_PENDING);
		j->wait[i].live = true;
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
	if (known(row, old) && fact_value(c->fact) == SHAPE_MAC)
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
	consider(j, row, &at, old, new, k);
}

/* Counts the newcomers to a subject: many in a while are a finding even if each took over in peace. */
static uint32_t
newcomers(struct held *h, const struct claim *c)
{
	enum { MANY = 4 };

	if (c->steady.us - h->churn_from.us > CHURN_SPAN) {
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
	struct held *h = hold(j, c, &fresh_fact);
	struct side *s = side_of(j, h, row, c, &fresh);
	struct side *current = &h->side[h->current];

	if (fresh_fact || h->sides == 1) {
		if (c->witness >= WITNESS_SWITCH || s->count == 2)
			table_keep(j->held, h);
		consider(j, row, c, NULL, s, C_FRESH | (fresh ? about(j, row, c, NULL, s) : 0));
		return;
	}
	if (s == current) {
		/* The old value speaks.  Against whom did it have to? */
		if (c->marks & MARK_FRAME_LIES)
			return; /* somebody else in its name */
		for (uint8_t i = 0; i < h->sides; i++) {
			struct side *x = &h->side[i];
			int64_t      since = c->steady.us - x->challenged.us;
			if (x == s || !x->challenged.us || !alive(row, x, c->steady))
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
	if (current->marks & MARK_RELEASE || !alive(row, current, c->steady) ||
	    (s->challenged.us && !s->answered_back && c->steady.us - s->challenged.us > MOVED_AFTER)) {
		h->current = (uint8_t)(s - h->side);
		s->challenged = (struct instant){ 0 };
		consider(j, row, c, current, s, C_MOVED | churn | about(j, row, c, current, s));
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
	struct held *h = hold(j, c, &fresh_fact);
	uint8_t      had = h->sides;
	struct side *s = side_of(j, h, row, c, &fresh);
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
	consider(j, row, c, old && !(k & C_FRESH) ? old : NULL, s, k | about(j, row, c, k & C_FRESH ? NULL : old, s));
}

static void
op_pair(struct judge *j, const struct fact_row *row, const struct claim *c)
{
	bool         fresh_fact, fresh;
	struct held *h = hold(j, c, &fresh_fact);
	struct side *s = side_of(j, h, row, c, &fresh);

	consider(j, row, c, NULL, s, about(j, row, c, NULL, s));
}

static void
op_count(struct judge *j, const struct fact_row *row, const struct claim *c)
{
	bool         fresh_fact, fresh;
	struct held *h = hold(j, c, &fresh_fact);
	struct claim at = *c;

	/* One finding a subject, whatever the last of the many was. */
	at.value = (struct key){ { 0 } };
	struct side *s = side_of(j, h, row, &at, &fresh);
	s->value = c->value;
	consider(j, row, c, NULL, s, (c->number >= row->threshold ? C_TOO_MANY : 0) | about(j, row, c, NULL, s));
	s->value = at.value;
}

static void
op_rank(struct judge *j, const struct fact_row *row, const struct claim *c)
{
	bool         fresh_fact, fresh;
	struct held *h = hold(j, c, &fresh_fact);
	uint8_t      had = h->sides;
	struct side *current = had ? &h->side[h->current] : NULL;
	struct side  before = current ? *current : (struct side){ .count = 0 };
	struct side *s = side_of(j, h, row, c, &fresh);
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
	consider(j, row, c, s == current ? &before : current, s, k);
	/* Whoever leads now is what the next is compared with. */
	if (!(c->marks & MARK_RELEASE) && (k & C_HIGHER || !(k & C_ALIVE)))
		h->current = (uint8_t)(s - h->side);
}

static void
op_order(struct judge *j, const struct fact_row *row, const struct claim *c)
{
	bool         fresh_fact, fresh;
	struct held *h = hold(j, c, &fresh_fact);
	uint8_t      had = h->sides;
	struct side *before = had ? &h->side[h->current] : NULL;
	struct side *s = side_of(j, h, row, c, &fresh);

	if (!had || s == before) {
		h->current = (uint8_t)(s - h->side);
		return;
	}
	/* B after A is a change and may stay; A once more after B is an alternation. */
	uint32_t k = (fresh ? 0 : C_MEMBER) | about(j, row, c, before, s);
	if (!fresh)
		consider(j, row, c, before, before->first.us > s->first.us ? before : s, k);
	h->current = (uint8_t)(s - h->side);
}

/* --- claims ------------------------------------------------------------------------- */

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
		const struct held *h = b ? peek(j, c, c->fact) : NULL;
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
		n += peek(j, &end, addr_is_v4(key_to_addr(&end.subject)) ? FACT_BINDING : FACT_BINDING6) != NULL;
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
		const struct held *h = peek(j, &end, FACT_ROUTER);
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
	for (int i = 0; i < WAITING; i++) {
		if (!j->wait[i].live || j->wait[i].due.us > j->now.us)
			continue;
		j->wait[i].live = false;
		struct held *h = table_find(j->held, &j->wait[i].key);
		if (!h || j->wait[i].side >= h->sides || !h->side[j->wait[i].side].waiting)
			continue;
		struct side *new = &h->side[j->wait[i].side];
		new->waiting = 0;
		if (new != &h->side[h->current])
			overlap(j, facts_row(h->fact), h, &h->side[h->current], new, &j->wait[i].claim, C_WAITED | j->wait[i].circumstances);
	}
}

void
judge_see(struct judge *j, const struct claim *said)
{
	static void (*const OPERATOR[])(struct judge *, const struct fact_row *, const struct claim *) = {
		[OP_OVERLAP] = op_overlap, [OP_SET] = op_set, [OP_PAIR] = op_pair,
		[OP_COUNT] = op_count, [OP_RANK] = op_rank, [OP_ORDER] = op_order,
	};
	const struct fact_row *row = facts_row(said->fact);
	struct claim           at = *said;
	const struct claim    *c = &at;

	if (at.fact == FACT_PATH || at.fact == FACT_BYTES)
		at.marks |= local_ends(j, c) | led_before(j, c);
	j->counts.claims++;
	judge_tick(j, c->steady);
	learn(j, c);
	if (row->op != OP_NONE)
		OPERATOR[row->op](j, row, c);
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
	judge_tick(j, (struct instant){ j->now.us + WAIT });
}
