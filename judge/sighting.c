/* sighting: see sighting.h. */
#include "judge/sighting.h"
#include "base/memory.h"
#include "base/table.h"

enum { FIELDS_EACH = 1024, LEAST = 16 }; /* bytes of fields a message has on the average */

struct digest {
	uint64_t lo, hi;
	uint8_t  by, pad[7];
	/* the key ends here */
	uint64_t latest; /* link */
};

struct sightings {
	struct table    *index;
	struct sighting *ring;
	uint64_t         size, next;
	uint8_t         *text;
	uint64_t         text_size, text_next;
	struct message   unpacked;
};

struct sightings *
sighting_new(size_t memory, uint64_t seed)
{
	struct sightings *t = memory_new(1, sizeof *t);
	size_t            each = sizeof *t->ring + SIGHTING_BYS * table_cost(1, sizeof(struct digest)) + FIELDS_EACH;

	if (!t)
		return NULL;
	t->size = memory / each;
	t->text_size = t->size * FIELDS_EACH;
	if (t->size >= LEAST) {
		t->ring = memory_new(t->size, sizeof *t->ring);
		t->text = memory_new(t->text_size, 1);
		t->index = table_new((uint32_t)t->size * SIGHTING_BYS, offsetof(struct digest, latest), sizeof(struct digest), seed);
	}
	if (t->ring && t->text && t->index)
		return t;
	sighting_free(t);
	return NULL;
}

void
sighting_free(struct sightings *t)
{
	if (!t)
		return;
	memory_free(t->ring);
	memory_free(t->text);
	table_free(t->index);
	memory_free(t);
}

uint64_t
sighting_next(const struct sightings *t)
{
	return t->next;
}

uint64_t
sighting_oldest(const struct sightings *t)
{
	return t->next > t->size ? t->next - t->size : 0;
}

struct sighting *
sighting_at(const struct sightings *t, uint64_t serial)
{
	return serial < t->next && t->next - serial <= t->size ? &t->ring[serial % t->size] : NULL;
}

struct sighting *
sighting_link(const struct sightings *t, uint64_t link)
{
	return link ? sighting_at(t, link - 1) : NULL;
}

static struct digest
key_of(const struct message_head *h, enum sighting_by by)
{
	if (by == SIGHTING_BODY)
		return (struct digest){ .lo = h->body.lo, .hi = h->body.hi, .by = SIGHTING_BODY };
	return (struct digest){ .lo = h->id, .hi = h->protocol, .by = SIGHTING_ID };
}

static void
keep_fields(struct sightings *t, struct sighting *s, const struct message *m)
{
	size_t n = m->head.fields * sizeof *m->field, len = n + m->head.pool;

	if (m->head.known)
		return;
	/* Never over the end: what is left there is passed over. */
	if (t->text_next % t->text_size + len > t->text_size)
		t->text_next += t->text_size - t->text_next % t->text_size;
	s->at = t->text_next;
	memcpy(t->text + s->at % t->text_size, m->field, n);
	memcpy(t->text + s->at % t->text_size + n, m->text, m->head.pool);
	t->text_next += len;
}

struct sighting *
sighting_enter(struct sightings *t, const struct message *m, uint16_t hop, bool *evicted)
{
	uint64_t         serial = t->next++;
	struct sighting *s = &t->ring[serial % t->size];
	bool             fresh;

	*evicted = serial >= t->size && !s->settled;
	memset(s, 0, sizeof *s);
	s->serial = serial;
	s->head = m->head;
	s->hop = hop;
	keep_fields(t, s, m);
	for (int by = 0; by < SIGHTING_BYS; by++) {
		if (by == SIGHTING_ID ? !s->head.id : !(s->head.body.lo | s->head.body.hi))
			continue; /* the gateway knows no body */
		struct digest  key = key_of(&s->head, (enum sighting_by)by);
		struct digest *d = table_put(t->index, &key, &fresh);
		s->before[by] = fresh ? 0 : d->latest;
		d->latest = serial + 1;
	}
	return s;
}

uint64_t
sighting_of_id(const struct sightings *t, uint64_t id, uint8_t protocol)
{
	struct digest        key = { .lo = id, .hi = protocol, .by = SIGHTING_ID };
	const struct digest *d = id ? table_peek(t->index, &key) : NULL;

	return d ? d->latest : 0;
}

static bool
has_fields(const struct sightings *t, const struct sighting *s)
{
	return !s->head.known && t->text_next - s->at <= t->text_size;
}

/* Who has the fields of s: itself, or another with the same bytes; NULL if they are gone. */
static const struct sighting *
fields_of(const struct sightings *t, const struct sighting *s)
{
	enum { CHAIN = 24 };
	struct digest          key = key_of(&s->head, SIGHTING_BODY);
	const struct digest   *d = has_fields(t, s) ? NULL : table_peek(t->index, &key);
	const struct sighting *o = d ? sighting_link(t, d->latest) : NULL;

	for (int i = 0; o && i < CHAIN; i++, o = sighting_link(t, o->before[SIGHTING_BODY]))
		if (has_fields(t, o) && meaning_digest_equal(o->head.bytes, s->head.bytes) && o->head.fields == s->head.fields && o->head.pool == s->head.pool)
			return o;
	return has_fields(t, s) ? s : NULL;
}

void
sighting_meaning(struct sightings *t, const struct sighting *s, struct meaning *out)
{
	struct message        *m = &t->unpacked;
	size_t                 n = s->head.fields * sizeof *m->field;
	const struct sighting *with = fields_of(t, s);

	m->head = s->head;
	m->head.known = false;
	if (!with) {
		m->head.fields = m->head.pool = 0;
	} else {
		const uint8_t *from = t->text + with->at % t->text_size;
		memcpy(m->field, from, n);
		memcpy(m->text, from + n, s->head.pool);
	}
	message_meaning(m, out);
}

bool
sighting_passed(const struct sighting *s, uint16_t route)
{
	for (uint8_t i = 0; i < s->downs; i++)
		if (s->down[i] == route)
			return true;
	return false;
}
