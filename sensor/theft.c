/* theft: see theft.h. */
#include "sensor/theft.h"
#include "base/memory.h"
#include "base/table.h"
#include "sensor/card.h"

/*
 * The rate must be above the victim's own, or the switch would go on sending to
 * its port.  A probe, or an announcement to one host, comes once a second at most.
 */
enum { CARDS = 256, FEWEST = 10, GIVEN_FEWEST = 3 };
#define WINDOW     INSTANT_SECOND
#define GIVEN_SPAN (10 * INSTANT_SECOND)

struct theft {
	uint32_t       domain;
	struct mac     card;  /* in whose name */
	uint8_t        pad[2];
	/* the key ends here */
	struct mac     to;    /* who is sent them */
	uint16_t       count; /* in this window */
	uint16_t       given; /* how often the card at to asked everybody for this one, while it went on */
	struct instant from, given_from, told;
};

struct thefts {
	struct table *table;
};

struct thefts *
theft_new(uint64_t seed)
{
	struct thefts *t = memory_new(1, sizeof *t);

	if (!t)
		return NULL;
	t->table = table_new(CARDS, offsetof(struct theft, to), sizeof(struct theft), seed);
	if (!t->table) {
		memory_free(t);
		return NULL;
	}
	return t;
}

void
theft_free(struct thefts *t)
{
	if (t)
		table_free(t->table);
	memory_free(t);
}

/*
 * To one card: an announcement, which is for all; a probe for an address that is
 * not its own (RFC 5227 2.1.1); or what the receiver itself is said to have sent.
 * All else may mean something: a question, an answer, an attack of another kind.
 */
static bool
says_nothing(const struct sensor *s, const struct packet *p, const struct arp *a)
{
	if (mac_group(p->link.dst) || mac_equal(p->link.src, p->link.dst))
		return false;
	return addr_equal(a->spa, a->tpa) || mac_equal(a->sha, p->link.dst) ||
	       (addr_none(a->spa) && !card_holds(s, p->domain, a->tpa, p->link.dst));
}

/* The card that is sent them asks everybody for the one in whose name they are: its answer takes the port back. */
static void
gives_back(struct sensor *s, const struct packet *p, const struct arp *a)
{
	struct theft  k = { .domain = p->domain, .card = card_at(s, p->domain, a->tpa) };
	struct theft *t = table_find(s->thefts->table, &k);

	if (!t || !mac_equal(t->to, p->link.src) || p->when.us - t->from.us > WINDOW)
		return;
	if (p->when.us - t->given_from.us > GIVEN_SPAN) {
		t->given_from = p->when;
		t->given = 0;
	}
	t->given++;
}

void
theft_see(struct sensor *s, const struct packet *p, const struct arp *a)
{
	struct theft k = { .domain = p->domain, .card = p->link.src };
	bool         fresh;

	if (!p->link.cards)
		return;
	if (a->op == ARP_REQUEST && mac_group(p->link.dst))
		gives_back(s, p, a);
	if (!says_nothing(s, p, a))
		return;
	struct theft *t = table_put(s->thefts->table, &k, &fresh);
	if (!mac_equal(t->to, p->link.dst))
		t->given = t->count = 0;
	if (fresh || p->when.us - t->from.us > WINDOW) {
		t->from = p->when;
		t->count = 0;
	}
	t->to = p->link.dst;
	if (++t->count < FEWEST || p->when.us - t->told.us < WINDOW)
		return;
	t->told = p->when;
	struct claim c = packet_claim(s, p, FACT_CARD_PLACE, WITNESS_ARP);
	c.subject = key_mac(t->card);
	c.value = key_mac(t->to);
	c.number = t->count;
	c.marks = MARK_BULK | MARK_FRAME_LIES | (t->given >= GIVEN_FEWEST ? MARK_RELEASE : 0);
	c.speaker = t->to;
	c.speaker_ip = card_address(s, p->domain, t->to);
	c.victim = card_address(s, p->domain, t->card);
	packet_say(s, &c);
}
