/* align: see align.h. */
#include "judge/align.h"
#include "base/memory.h"
#include "base/table.h"

enum { REMEMBERED = 1 << 15, SAMPLES = 1024 };
#define ODD (5 * INSTANT_SECOND) /* further from the middle than this, two were taken for one */

struct first {
	uint64_t    lo, hi;
	struct addr sender, receiver; /* of an answer */
	uint8_t     place, pad[7];
	/* the key ends here */
	int64_t     us;
	bool        again; /* said more than once: which is which cannot be told */
};

struct align {
	struct table *seen;
	int64_t       sample[2][SAMPLES]; /* messages, answers */
	uint64_t      samples[2];
};

struct align *
align_new(uint64_t seed)
{
	struct align *a = memory_new(1, sizeof *a);

	if (!a)
		return NULL;
	a->seen = table_new(REMEMBERED, offsetof(struct first, us), sizeof(struct first), seed);
	if (a->seen)
		return a;
	memory_free(a);
	return NULL;
}

void
align_free(struct align *a)
{
	if (!a)
		return;
	table_free(a->seen);
	memory_free(a);
}

/* Kept in order as they come. */
static void
add(struct align *a, int way, int64_t d)
{
	uint64_t i = a->samples[way];

	if (i == SAMPLES)
		return;
	for (; i && a->sample[way][i - 1] > d; i--)
		a->sample[way][i] = a->sample[way][i - 1];
	a->sample[way][i] = d;
	a->samples[way]++;
}

void
align_see(struct align *a, const struct message *m)
{
	struct first key, *other;
	int          way = m->head.marks & MESSAGE_ANSWER ? 1 : 0;
	bool         fresh;

	if (m->head.place > 1 || (!m->head.body.lo && !m->head.body.hi))
		return;
	memset(&key, 0, sizeof key);
	key.lo = m->head.body.lo;
	key.hi = m->head.body.hi;
	if (way) { /* two machines may answer the same; only one conversation's answers are one */
		key.sender = m->head.sender;
		key.receiver = m->head.receiver;
	}
	key.place = (uint8_t)!m->head.place;
	other = table_find(a->seen, &key);
	if (other && other->again)
		return;
	if (other) {
		add(a, way, m->head.place ? m->head.steady.us - other->us : other->us - m->head.steady.us);
		table_drop(a->seen, other);
		return;
	}
	key.place = (uint8_t)m->head.place;
	struct first *f = table_put(a->seen, &key, &fresh);
	if (fresh)
		f->us = m->head.steady.us;
	else
		f->again = true;
}

bool
align_enough(const struct align *a)
{
	return a->samples[0] == SAMPLES;
}

/* The least and the largest of those near the middle. */
static void
ends(const int64_t *d, uint64_t n, int64_t *least, int64_t *largest)
{
	int64_t  middle = d[n / 2];
	uint64_t i = 0, j = n;
	while (middle - d[i] > ODD)
		i++;
	while (d[j - 1] - middle > ODD)
		j--;
	*least = d[i];
	*largest = d[j - 1];
}

struct align_result
align_end(struct align *a)
{
	struct align_result r = { .messages = a->samples[0], .answers = a->samples[1] };
	int64_t             least = 0, largest = 0, back_least = 0, back_largest = 0;

	if (!r.messages)
		return r;
	ends(a->sample[0], a->samples[0], &least, &largest);
	r.offset = least;
	if (r.answers) {
		ends(a->sample[1], a->samples[1], &back_least, &back_largest);
		r.offset = (least + back_largest) / 2;
		r.both_ways = true;
	}
	return r;
}
