/* who: see who.h. */
#include "judge/who.h"
#include "base/memory.h"
#include "base/table.h"

struct who {
	struct table *cards;
};

struct who *
who_new(uint32_t capacity, uint64_t seed)
{
	struct who *w = memory_new(1, sizeof *w);

	if (!w)
		return NULL;
	w->cards = table_new(capacity, 12, sizeof(struct who_card), seed);
	if (!w->cards) {
		memory_free(w);
		return NULL;
	}
	return w;
}

void
who_free(struct who *w)
{
	if (w)
		table_free(w->cards);
	memory_free(w);
}

struct who_card *
who_find(struct who *w, uint32_t domain, struct mac mac)
{
	struct who_card k = { .domain = domain, .mac = mac };
	return mac_zero(mac) ? NULL : table_find(w->cards, &k);
}

struct who_card *
who_see(struct who *w, uint32_t domain, struct mac mac, struct instant steady)
{
	struct who_card  k = { .domain = domain, .mac = mac };
	bool             fresh;
	struct who_card *c;

	if (mac_zero(mac) || mac_group(mac))
		return NULL;
	c = table_put(w->cards, &k, &fresh);
	c->last = steady;
	/* A card that has said a few things is no flood's invention: it stays. */
	if (++c->said == 4)
		table_keep(w->cards, c);
	return c;
}

void
who_contests(struct who *w, struct who_card *c, const struct key *subject)
{
	enum { MOST = sizeof c->contested / sizeof *c->contested };

	if (!c)
		return;
	for (uint8_t i = 0; i < c->contested_n; i++)
		if (key_equal(&c->contested[i], subject))
			return;
	if (c->contested_n < MOST)
		c->contested[c->contested_n++] = *subject;
	table_keep(w->cards, c);
}

static bool
contests(const struct who_card *a, struct addr of)
{
	struct key k = key_addr(of);

	for (uint8_t i = 0; !addr_none(of) && i < a->contested_n; i++)
		if (key_equal(&a->contested[i], &k))
			return true;
	return false;
}

bool
who_mutual(const struct who_card *a, const struct who_card *b)
{
	return a && b && contests(a, b->own) && contests(b, a->own);
}

void
who_convict(struct who *w, struct who_card *c)
{
	if (!c)
		return;
	c->convicted = true;
	table_keep(w->cards, c);
}

void
who_router(struct who *w, struct who_card *c, bool on_anothers_word)
{
	if (!c)
		return;
	if (on_anothers_word)
		c->router = true;
	else
		c->router_self = true;
	table_keep(w->cards, c);
}
