/*
 * demand: the crowd of each domain, second by second.
 *
 *	second    -14 ........ -4 ....... now
 *	counted   [ looked at  ]  [ given time to go on ]
 *
 * Each second keeps how many clients asked for the first time and a sample of
 * sixteen of them; what became of the sample says what became of all.  Clients
 * that all ask through one frame's source are looked at after one second.
 */
#include "sensor/demand.h"
#include "base/memory.h"
#include "base/table.h"
#include "sensor/card.h"
#include "sensor/lease.h"

enum { SECONDS = 16, SAMPLE = 16, DOMAINS = 64, FEWEST = 32, PATIENCE_S = 4, PATIENCE_LIAR_S = 1, WINDOW_S = 10 };
#define CLIENT_KEY offsetof(struct demand_client, card)

struct second {
	int64_t    at;
	uint32_t   fresh, lies;
	uint64_t   sample[SAMPLE];
	uint8_t    n;
	struct mac source; /* of most that lie */
	uint32_t   votes;
};

struct crowd {
	uint32_t      domain;
	/* the key ends here */
	struct second second[SECONDS];
	uint32_t      most, peak; /* idle clients of earlier windows at most; of this one */
	int64_t       window, looked, told;
	bool          used;       /* clients that use their lease are seen here */
};

struct demand {
	struct table *clients, *crowds;
};

struct demand *
demand_new(size_t memory, uint64_t seed)
{
	struct demand *t = memory_new(1, sizeof *t);
	size_t         crowds = table_cost(DOMAINS, sizeof(struct crowd));

	if (!t)
		return NULL;
	memory = memory > crowds + 65536 ? memory - crowds : 65536;
	t->clients = table_new((uint32_t)(memory / table_cost(1, sizeof(struct demand_client))), CLIENT_KEY, sizeof(struct demand_client), seed);
	t->crowds = table_new(DOMAINS, sizeof(uint32_t), sizeof(struct crowd), seed);
	if (!t->clients || !t->crowds) {
		demand_free(t);
		return NULL;
	}
	return t;
}

void
demand_free(struct demand *t)
{
	if (!t)
		return;
	table_free(t->clients);
	table_free(t->crowds);
	memory_free(t);
}

static struct crowd *
crowd_of(struct sensor *s, uint32_t domain)
{
	bool fresh;
	return table_put(lease_demand(s)->crowds, &domain, &fresh);
}

static struct demand_client *
client_of(struct sensor *s, uint32_t domain, uint64_t id, bool *fresh)
{
	struct demand_client k;

	memset(&k, 0, CLIENT_KEY);
	k.domain = domain;
	k.id = id;
	return fresh ? table_put(lease_demand(s)->clients, &k, fresh) : table_find(lease_demand(s)->clients, &k);
}

static int64_t
second_of(const struct packet *p)
{
	return p->when.us / INSTANT_SECOND;
}

/* Has it gone on as a client does?  What cannot be seen from here speaks for it. */
static bool
settled(struct sensor *s, const struct crowd *c, const struct demand_client *x)
{
	if (!x->took)
		return x->again && !x->offered;
	if (x->relayed || !x->given)
		return true;
	if (x->lies)
		return false;
	const struct card *card = card_of(s, c->domain, x->card);
	return (card && card->frames > x->frames) || !c->used;
}

/* How many of this second's newcomers stay idle, by its sample. */
static uint32_t
idle(struct sensor *s, struct crowd *c, const struct second *at)
{
	uint32_t n = 0, known = 0;

	for (uint8_t i = 0; i < at->n; i++) {
		const struct demand_client *x = client_of(s, c->domain, at->sample[i], NULL);
		if (!x)
			continue;
		known++;
		n += !settled(s, c, x);
		const struct card *card = x->given && !x->lies && !x->relayed ? card_of(s, c->domain, x->card) : NULL;
		c->used |= card && card->frames > x->frames;
	}
	/* Those the table has lost were washed out by a flood: nobody vouched for them. */
	n += at->n - known;
	return at->n ? (uint32_t)((uint64_t)at->fresh * n / at->n) : 0;
}

static void
look(struct sensor *s, struct packet *p, struct crowd *c)
{
	int64_t    now = second_of(p);
	uint32_t   waiting = 0, lying = 0, votes = 0;
	struct mac source = { { 0 } };

	if (now == c->looked)
		return;
	c->looked = now;
	if (now - c->window >= WINDOW_S) {
		/* The domain's own rate is what it showed before, attacks aside. */
		if (c->peak > c->most && now - c->told > 2 * WINDOW_S)
			c->most = c->peak;
		c->peak = 0;
		c->window = now;
	}
	for (int i = 0; i < SECONDS; i++) {
		const struct second *at = &c->second[i];
		int64_t              age = now - at->at;
		if (!at->fresh || age < PATIENCE_LIAR_S || age > PATIENCE_S + WINDOW_S)
			continue;
		bool one = at->lies * 4 >= at->fresh * 3;
		if (age < PATIENCE_S && !one)
			continue;
		uint32_t n = idle(s, c, at);
		waiting += n;
		if (one && n) {
			lying += n;
			if (mac_equal(source, at->source) || !votes) {
				source = at->source;
				votes += at->votes;
			}
		}
	}
	if (waiting > c->peak)
		c->peak = waiting;
	if (waiting < FEWEST || waiting <= 4 * c->most || (c->told && now - c->told < WINDOW_S))
		return;
	c->told = now;
	struct claim claim = packet_claim(s, p, FACT_LEASES, p->ip.version == 6 ? WITNESS_DHCP6 : WITNESS_DHCP);
	claim.number = waiting;
	claim.number2 = c->most;
	claim.marks = MARK_BULK | MARK_NO_ANSWER;
	claim.value = key_mac(p->link.src);
	if (lying * 4 >= waiting * 3 && !mac_zero(source)) {
		claim.marks |= MARK_FRAME_LIES;
		claim.speaker = source;
		claim.speaker_ip = card_address(s, p->domain, source);
		claim.value = key_mac(source);
	}
	packet_say(s, &claim);
}

static void
count(struct sensor *s, struct packet *p, struct demand_client *x, bool fresh)
{
	struct crowd  *c = crowd_of(s, p->domain);
	int64_t        now = second_of(p);
	struct second *at = &c->second[now % SECONDS];

	if (fresh) {
		if (at->at != now) {
			memset(at, 0, sizeof *at);
			at->at = now;
		}
		/* The source of most, by majority vote: one frame's source for many clients is a lie about all. */
		bool same = mac_equal(at->source, p->link.src);
		if (!at->votes) {
			at->source = p->link.src;
			at->votes = 1;
		} else if (same) {
			at->votes++;
		} else {
			at->votes--;
		}
		x->lies |= !x->relayed && same;
		at->fresh++;
		at->lies += x->lies;
		if (at->n < SAMPLE)
			at->sample[at->n++] = x->id;
	}
	look(s, p, c);
}

static struct demand_client *
seen(struct sensor *s, struct packet *p, uint64_t id, struct mac card, bool relayed, bool *fresh)
{
	struct demand_client *x = client_of(s, p->domain, id, fresh);

	if (*fresh) {
		x->first = p->when;
		x->lies = !relayed && !mac_equal(card, p->link.src) && p->link.cards;
	}
	x->card = card;
	x->relayed = relayed;
	if (mac_equal(card, p->link.src) && x->frames < UINT16_MAX)
		x->frames++;
	return x;
}

struct demand_client *
demand_asks(struct sensor *s, struct packet *p, uint64_t id, struct mac card, bool relayed)
{
	bool                  fresh;
	struct demand_client *x = seen(s, p, id, card, relayed, &fresh);

	/* A mirror's second copy is no second question. */
	if (!fresh && p->when.us - x->last.us > INSTANT_SECOND / 4)
		x->again = true;
	x->last = p->when;
	count(s, p, x, fresh);
	return x;
}

struct demand_client *
demand_takes(struct sensor *s, struct packet *p, uint64_t id, struct mac card, bool relayed)
{
	bool                  fresh;
	struct demand_client *x = seen(s, p, id, card, relayed, &fresh);

	x->took = true;
	x->last = p->when;
	look(s, p, crowd_of(s, p->domain));
	return x;
}

struct demand_client *
demand_answered(struct sensor *s, struct packet *p, uint64_t id, bool given)
{
	struct demand_client *x = client_of(s, p->domain, id, NULL);

	if (!x)
		return NULL;
	x->offered = true;
	x->given |= given;
	if (given && !x->lies && x->took)
		table_keep(lease_demand(s)->clients, x);
	return x;
}
