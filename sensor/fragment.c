/*
 * fragment: up to a fixed number of datagrams at once, each in one buffer with
 * a bitmap of its 8-byte units.  Overlaps drop the datagram, as RFC 5722 asks
 * of IPv6 and prudence of IPv4; the oldest datagram gives way to a new one.
 */
#include "sensor/fragment.h"
#include "base/memory.h"
#include "base/table.h"

enum { DATAGRAM_MOST = 16384 }; /* no clinical datagram is larger; a longer one is counted */
#define PATIENCE (30 * INSTANT_SECOND)

struct datagram {
	struct addr    src, dst;
	uint32_t       id, domain;
	uint8_t        protocol, pad[7];
	/* the key ends here */
	struct instant first;
	bool           bad;
	uint32_t       have, size; /* bytes; size 0 until the last fragment came */
	uint8_t        got[DATAGRAM_MOST / 64];
	uint8_t        data[DATAGRAM_MOST];
};
#define KEY_SIZE offsetof(struct datagram, first)

struct fragments {
	struct table *table;
};

struct fragments *
fragment_new(size_t memory, uint64_t seed)
{
	struct fragments *t = memory_new(1, sizeof *t);
	uint32_t          n = (uint32_t)(memory / table_cost(1, sizeof(struct datagram)));

	if (!t)
		return NULL;
	t->table = table_new(n < 4 ? 4 : n, KEY_SIZE, sizeof(struct datagram), seed);
	if (!t->table) {
		memory_free(t);
		return NULL;
	}
	return t;
}

void
fragment_free(struct fragments *t)
{
	if (t)
		table_free(t->table);
	memory_free(t);
}

/* Marks the units of [from, to) as there; false if one already was. */
static bool
mark(struct datagram *d, uint32_t from, uint32_t to)
{
	bool clean = true;

	for (uint32_t u = from / 8; u < (to + 7) / 8; u++) {
		clean &= !(d->got[u / 8] >> (u % 8) & 1);
		d->got[u / 8] |= (uint8_t)(1 << (u % 8));
	}
	return clean;
}

bool
fragment_join(struct sensor *s, struct packet *p)
{
	struct datagram key;
	bool            fresh;
	struct bytes    in = p->ip.payload;

	memset(&key, 0, KEY_SIZE);
	key.src = p->ip.src;
	key.dst = p->ip.dst;
	key.id = p->ip.id;
	/* A relayed copy has other cards: never mix the two. */
	key.domain = (uint32_t)bytes_hash(&p->link, 12, p->domain);
	key.protocol = p->ip.protocol;
	struct datagram *d = table_put(s->fragments->table, &key, &fresh);
	if (!fresh && p->when.us - d->first.us > PATIENCE) {
		table_drop(s->fragments->table, d);
		d = table_put(s->fragments->table, &key, &fresh);
	}
	if (fresh)
		d->first = p->when;
	uint32_t from = p->ip.offset, to = from + (uint32_t)in.len;
	if (to > DATAGRAM_MOST || p->ip.cut || (p->ip.more && in.len % 8) || !in.len)
		d->bad = true;
	if (!d->bad && !mark(d, from, to)) {
		/* The same fragment again is a copy; anything else is an overlap. */
		d->bad = memcmp(d->data + from, in.at, in.len) != 0;
		if (!d->bad)
			return false;
	}
	if (d->bad) {
		s->counts.fragments_dropped++;
		return false;
	}
	memcpy(d->data + from, in.at, in.len);
	d->have += (uint32_t)in.len;
	if (!p->ip.more)
		d->size = to;
	if (!d->size || d->have < d->size)
		return false;
	p->ip.payload = bytes_of(d->data, d->size);
	p->ip.more = false;
	p->ip.offset = 0;
	table_drop(s->fragments->table, d); /* its memory stays as it is until the next put */
	return true;
}
