/*
 * meaning_differ: two messages' fields side by side.
 *
 * Equal digests are equal fields, as the path is in the digest.  Of what is
 * left, a field whose partner was made coarser is added up to where the partner
 * is; then what still differs is told.
 */
#include "content/meaning.h"

enum { BUCKETS = 1024, MASK = BUCKETS - 1 };

/* Where in a list each digest is, by open addressing: a quarter full at most. */
struct index {
	uint16_t at[BUCKETS]; /* place + 1 */
};

static void
index_make(struct index *x, const struct meaning *m)
{
	memset(x, 0, sizeof *x);
	for (uint16_t i = 0; i < m->fields; i++) {
		size_t h = m->field[i].digest & MASK;
		while (x->at[h])
			h = (h + 1) & MASK;
		x->at[h] = (uint16_t)(i + 1);
	}
}

/* The place of this digest, taken out of the list so that it is found once; -1 if there is none. */
static int
index_take(const struct index *x, const struct meaning *m, uint64_t digest, bool *taken)
{
	for (size_t h = digest & MASK; x->at[h]; h = (h + 1) & MASK) {
		int i = x->at[h] - 1;
		if (m->field[i].digest == digest && !taken[i]) {
			taken[i] = true;
			return i;
		}
	}
	return -1;
}

unsigned
meaning_like(const struct meaning *a, const struct meaning *b)
{
	unsigned most = a->fields > b->fields ? a->fields : b->fields, equal = 0;
	unsigned i = 0;

	/* Mostly they are the same from the start: no index for that. */
	while (i < a->fields && i < b->fields && a->field[i].digest == b->field[i].digest)
		i++;
	equal = i;
	if (i < a->fields && i < b->fields) {
		struct index x;
		bool         taken[MEANING_FIELDS] = { false };
		index_make(&x, b);
		memset(taken, true, i);
		for (; i < a->fields; i++)
			equal += index_take(&x, b, a->field[i].digest, taken) >= 0;
	}
	return most ? equal * 1000 / most : 1000;
}

/* What one side has that the other has not. */
struct left {
	const struct meaning *of;
	struct meaning_field  field[MEANING_FIELDS];
	unsigned              n;
};

static bool
same_path(const struct left *a, uint64_t p, const struct left *b, uint64_t q)
{
	if (fieldpath_kind(p) != FIELDPATH_TEXT || fieldpath_kind(q) != FIELDPATH_TEXT)
		return p == q;
	return bytes_equal(fieldpath_words(p, meaning_pool(a->of)), fieldpath_words(q, meaning_pool(b->of)));
}

/* The place of a path of l's in to, -1 if it is not there. */
static int
place(const struct left *l, uint64_t path, const struct left *to)
{
	for (unsigned i = 0; i < to->n; i++)
		if (same_path(l, path, to, to->field[i].path))
			return (int)i;
	return -1;
}

static void
left_make(struct left *l, const struct meaning *m, const bool *taken)
{
	l->of = m;
	l->n = 0;
	for (unsigned i = 0; i < m->fields; i++)
		if (!taken[i])
			l->field[l->n++] = m->field[i];
}

static void
take_out(struct left *l, unsigned i)
{
	l->n--;
	memmove(l->field + i, l->field + i + 1, (l->n - i) * sizeof *l->field);
}

/* Adds field i up to the nearest slot above it that either side has; false if there is none. */
static bool
raise(struct left *l, unsigned i, const struct left *other)
{
	uint64_t up = l->field[i].path;

	while (up != FIELDPATH_ALL) {
		up = fieldpath_parent(up, meaning_pool(l->of));
		int mine = place(l, up, l);
		if (mine >= 0) {
			l->field[mine].digest += l->field[i].digest;
			take_out(l, i);
			return true;
		}
		if (place(l, up, other) >= 0) {
			l->field[i].path = up;
			return true;
		}
	}
	return false;
}

/* Raises what has no partner on the other side; a path that comes twice is added up. */
static void
align(struct left *l, const struct left *other)
{
	for (unsigned i = 0; i < l->n;) {
		int first = place(l, l->field[i].path, l);
		if (first < (int)i) {
			l->field[first].digest += l->field[i].digest;
			take_out(l, i);
		} else if (place(l, l->field[i].path, other) >= 0 || !raise(l, i, other)) {
			i++;
		}
	}
}

unsigned
meaning_differ(const struct meaning *a, const struct meaning *b,
               void (*tell)(void *, const struct meaning *, uint64_t, bool, bool), void *context)
{
	struct index x;
	struct left  la, lb;
	bool         in_a[MEANING_FIELDS] = { false }, in_b[MEANING_FIELDS] = { false };
	unsigned     told = 0;

	index_make(&x, b);
	for (unsigned i = 0; i < a->fields; i++)
		in_a[i] = index_take(&x, b, a->field[i].digest, in_b) >= 0;
	left_make(&la, a, in_a);
	left_make(&lb, b, in_b);
	/* A slot shared on both sides whose sums differ only because one side kept a field apart meets that field here. */
	for (int round = 0; round < 4 && (a->coarse || b->coarse); round++) {
		align(&la, &lb);
		align(&lb, &la);
	}
	for (unsigned i = 0; i < la.n; i++) {
		int at = place(&la, la.field[i].path, &lb);
		if (at >= 0 && la.field[i].digest == lb.field[at].digest)
			continue;
		tell(context, a, la.field[i].path, true, at >= 0);
		told++;
	}
	for (unsigned i = 0; i < lb.n; i++)
		if (place(&lb, lb.field[i].path, &la) < 0) {
			tell(context, b, lb.field[i].path, false, true);
			told++;
		}
	return told;
}
