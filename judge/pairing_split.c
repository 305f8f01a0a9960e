/*
 * pairing_split: an engine makes several messages of one: one an OBR, one an
 * observation, partial ADTs.
 *
 *	whole   MSH PID OBR[1] OBX[1] OBX[2] OBR[2] OBX[3]
 *	part    MSH PID OBR[1] OBX[1] OBX[2]
 *	part    MSH PID                      OBR[1] OBX[1]     OBX[1] is held beside OBX[3]
 *
 * Each segment of a part is laid beside that of the whole which it is most like:
 * a field's digest turned back is the same wherever its segment stands.  Each
 * part must bring a segment that none brought before.  On a way that is not
 * known to split, another part of the same whole must be there too: one message
 * with less in it is an alteration.
 */
#include "judge/pairing_inside.h"

/* LIKE_: thousandths of a part's fields.  BACK: how far is looked, LAID: how many of those are laid beside it. */
enum { MSH = 'M' << 16 | 'S' << 8 | 'H', LEAST = 3, LIKE_PART = 900, LIKE_SPLIT = 850, BACK = 256, LAID = 16 };

#define NAMED(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

/* A segment: its fields are first … first + n - 1 of the message's. */
struct piece {
	uint32_t name, occurrence;
	uint16_t first, n;
	bool     coarse; /* some of its fields share a slot */
};

struct pieces {
	const struct meaning *of;
	struct piece          piece[MEANING_FIELDS];
	unsigned              n;
};

/* A part laid beside the whole. */
struct laid {
	struct pieces whole, part;
	uint16_t      beside[MEANING_FIELDS]; /* of each segment of the part: number of the whole's + 1, 0: none is like it */
	uint64_t      went[MEANING_FIELDS / 64]; /* the whole's that are here */
	unsigned      content, equal;         /* fields of the part that are no header's; of those, equal */
};

static bool
is_envelope(uint32_t name)
{
	return name == MSH || name == NAMED('F', 'H', 'S') || name == NAMED('B', 'H', 'S') || name == NAMED('F', 'T', 'S') ||
	       name == NAMED('B', 'T', 'S') || name == NAMED('S', 'F', 'T');
}

/* Its first field is only its number among its like, which is another in the part. */
static bool
is_numbered(uint32_t name)
{
	static const char NUMBERED[][4] = { "PID", "PV1", "OBR", "OBX", "NTE", "NK1", "AL1", "DG1", "PR1", "GT1", "IN1", "SPM", "FT1", "TQ1" };

	for (size_t i = 0; i < sizeof NUMBERED / sizeof *NUMBERED; i++)
		if (NAMED(NUMBERED[i][0], NUMBERED[i][1], NUMBERED[i][2]) == name)
			return true;
	return false;
}

static uint32_t
name_of(uint64_t path)
{
	return path >> 32 & 0xffffff;
}

static uint32_t
occurrence_of(uint64_t path)
{
	return path >> 12 & FIELDPATH_OCCURRENCES;
}

/* False if it is no HL7 told by segments. */
static bool
pieces_make(struct pieces *out, const struct meaning *m)
{
	out->of = m;
	out->n = 0;
	for (uint16_t i = 0; i < m->fields; i++) {
		uint64_t            path = m->field[i].path;
		enum fieldpath_kind kind = fieldpath_kind(path);
		struct piece       *last = out->n ? &out->piece[out->n - 1] : NULL;
		if (kind != FIELDPATH_HL7 && kind != FIELDPATH_SEGMENT)
			return false;
		if (!last || last->name != name_of(path) || last->occurrence != occurrence_of(path)) {
			last = &out->piece[out->n++];
			*last = (struct piece){ .name = name_of(path), .occurrence = occurrence_of(path), .first = i };
		}
		last->n++;
		last->coarse |= kind == FIELDPATH_SEGMENT && (last->n > 1 || (i + 1 < m->fields && (m->field[i + 1].path ^ path) >> 12 << 12 == 0));
	}
	return out->n > 0;
}

static uint64_t
digest_of(const struct pieces *of, const struct piece *p, unsigned field)
{
	return meaning_turn_back(of->of->field[p->first + field].digest, p->occurrence);
}

static unsigned
number_of(const struct pieces *of, const struct piece *p, unsigned field)
{
	return of->of->field[p->first + field].path & FIELDPATH_FIELDS;
}

/* The field of b that stands where a's nth does; b.n if there is none. */
static unsigned
same_field(const struct pieces *of_a, const struct piece *a, unsigned n, const struct pieces *of_b, const struct piece *b)
{
	unsigned number = number_of(of_a, a, n), i = n < b->n ? n : b->n;

	/* Both are in order, and mostly nothing is between. */
	while (i > 0 && number_of(of_b, b, i - 1) >= number)
		i--;
	while (i < b->n && number_of(of_b, b, i) < number)
		i++;
	return i < b->n && number_of(of_b, b, i) == number ? i : b->n;
}

static unsigned
equal_fields(const struct laid *l, const struct piece *part, const struct piece *whole)
{
	unsigned equal = 0;

	for (unsigned i = 0; i < part->n; i++) {
		unsigned at = same_field(&l->part, part, i, &l->whole, whole);
		bool     counts = !(number_of(&l->part, part, i) == 1 && is_numbered(part->name));
		equal += counts && at < whole->n && digest_of(&l->part, part, i) == digest_of(&l->whole, whole, at);
	}
	return equal;
}

static bool
bit(const uint64_t *set, unsigned n)
{
	return set[n / 64] >> n % 64 & 1;
}

/* The whole's segment that is most like this one; of several the first that did not go on yet.  Its number + 1, 0: none. */
static unsigned
most_alike(const struct laid *l, const struct piece *part, const uint64_t *gone, unsigned *equal)
{
	unsigned best = 0, most = 0;
	bool     spare = false;

	for (unsigned i = 0; i < l->whole.n; i++) {
		const struct piece *w = &l->whole.piece[i];
		unsigned            n = w->name == part->name ? equal_fields(l, part, w) : 0;
		bool                fresh = !bit(l->went, i) && !(gone && bit(gone, i));
		if (n && (n > most || (n == most && fresh && !spare))) {
			best = i + 1;
			most = n;
			spare = fresh;
		}
	}
	*equal = most;
	return best;
}

/* Fields that can be held beside the whole's: not the number of a segment, not what the whole has only as a sum. */
static unsigned
comparable_fields(const struct laid *l, const struct piece *part, const struct piece *whole)
{
	unsigned n = 0;

	for (unsigned i = 0; i < part->n; i++)
		n += !(number_of(&l->part, part, i) == 1 && is_numbered(part->name)) &&
		     !(whole && whole->coarse && same_field(&l->part, part, i, &l->whole, whole) == whole->n);
	return n;
}

static bool
lay(struct pairing *p, struct laid *l, const struct sighting *whole, const struct sighting *part, const uint64_t *gone)
{
	sighting_meaning(p->seen, whole, &p->mine);
	sighting_meaning(p->seen, part, &p->other);
	memset(l->went, 0, sizeof l->went);
	l->content = l->equal = 0;
	if (!pieces_make(&l->whole, &p->mine) || !pieces_make(&l->part, &p->other))
		return false;
	for (unsigned i = 0; i < l->part.n; i++) {
		const struct piece *piece = &l->part.piece[i];
		unsigned            equal, best = most_alike(l, piece, gone, &equal);
		l->beside[i] = (uint16_t)best;
		if (best)
			l->went[(best - 1) / 64] |= UINT64_C(1) << (best - 1) % 64;
		if (is_envelope(piece->name))
			continue;
		l->content += comparable_fields(l, piece, best ? &l->whole.piece[best - 1] : NULL);
		l->equal += equal;
	}
	return true;
}

/* Of the whole, segments with content that are in a and not in b. */
static bool
brings(const struct laid *l, const uint64_t *a, const uint64_t *b)
{
	for (unsigned i = 0; i < l->whole.n; i++)
		if (!is_envelope(l->whole.piece[i].name) && bit(a, i) && !(b && bit(b, i)))
			return true;
	return false;
}

static bool
is_part(const struct laid *l, unsigned least)
{
	return l->equal >= LEAST && l->equal * 1000 >= l->content * least;
}

static bool
leaves_out(const struct laid *l)
{
	static const uint64_t all[MEANING_FIELDS / 64] = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };

	return brings(l, all, l->went);
}

/* --- which whole ------------------------------------------------------------------------ */

static const uint64_t *
gone_on(const struct pairing *p, const struct sighting *whole, const struct route *r)
{
	struct pairing_whole key = { .serial = whole->serial, .route = r ? routes_number(p->routes, r) : 0 };
	const struct pairing_whole *w = r ? table_peek(p->wholes, &key) : NULL;

	return w ? w->went : NULL;
}

/* What is said in a message, wherever in it. */
struct words {
	uint64_t word[2 * MEANING_FIELDS]; /* by open addressing */
};

static uint64_t
word_of(const struct meaning_field *f)
{
	bool counts = fieldpath_kind(f->path) == FIELDPATH_HL7 && !is_envelope(name_of(f->path)) && !((f->path & FIELDPATH_FIELDS) == 1 && is_numbered(name_of(f->path)));

	return counts ? meaning_turn_back(f->digest, occurrence_of(f->path)) : 0;
}

static unsigned
word_place(const struct words *w, uint64_t word)
{
	unsigned at = word % (2 * MEANING_FIELDS);

	while (w->word[at] && w->word[at] != word)
		at = (at + 1) % (2 * MEANING_FIELDS);
	return at;
}

static void
words_make(struct words *w, const struct meaning *m)
{
	memset(w, 0, sizeof *w);
	for (uint16_t i = 0; i < m->fields; i++) {
		uint64_t word = word_of(&m->field[i]);
		w->word[word_place(w, word)] = word;
	}
}

/* How many of these words a message says. */
static unsigned
words_in(const struct words *w, const struct meaning *m)
{
	bool     said[2 * MEANING_FIELDS] = { false };
	unsigned n = 0;

	for (uint16_t i = 0; i < m->fields; i++) {
		uint64_t word = word_of(&m->field[i]);
		unsigned at = word_place(w, word);
		n += word && w->word[at] && !said[at];
		said[at] = true;
	}
	return n;
}

/* Is another part of this whole at the same hop, with something else of it? */
static bool
has_sibling(struct pairing *p, const struct sighting *whole, const struct sighting *part, const uint64_t *went)
{
	struct laid l;
	int         left = LAID;

	for (uint64_t i = 2; i < 2 * BACK && left; i++) {
		/* The nearest first, behind it and before. */
		uint64_t               serial = i % 2 ? part->serial - i / 2 : part->serial + i / 2;
		const struct sighting *x = sighting_at(p->seen, serial);
		if (!x || x->hop != part->hop || x->head.protocol != MESSAGE_HL7 || (x->up && x->up != whole->serial + 1) ||
		    x->head.steady.us < whole->head.steady.us)
			continue;
		left--;
		if (lay(p, &l, whole, x, NULL) && is_part(&l, LIKE_PART) && brings(&l, l.went, went) && brings(&l, went, l.went))
			return true;
	}
	return false;
}

/* May c, at an engine's other side, be the whole that s was made of? */
static bool
may_be_whole(struct pairing *p, const struct sighting *c, const struct sighting *s)
{
	const struct hop *hc = pairing_hop(p, c), *h = pairing_hop(p, s);
	bool              forward;

	if (!hc || c == s || (c->head.marks | s->head.marks) & (MESSAGE_CUT | MESSAGE_GATE) || c->head.steady.us > s->head.steady.us ||
	    s->head.steady.us - c->head.steady.us > PAIRING_LATE || route_between(hc, h, &forward) != ROUTE_ENGINE || !forward)
		return false;
	/* What went on whole has no parts. */
	const struct route *r = routes_find(p->routes, hc, h, false);
	return !(r && sighting_passed(c, routes_number(p->routes, r)) && !gone_on(p, c, r));
}

static bool
from_splitter(const struct pairing *p, const struct hop *h)
{
	bool splits = false;

	for (int i = 0; i < ROUTE_OUT; i++) {
		const struct route *r = routes_at(p->routes, h->in[i]);
		splits |= r && route_splits(r);
	}
	return splits;
}

/* How good a whole c is for s, 0 if it is none. */
static unsigned
fits(struct pairing *p, const struct sighting *c, const struct sighting *s, bool sure)
{
	struct route   *r = routes_find(p->routes, pairing_hop(p, c), pairing_hop(p, s), false);
	bool            known = r && route_splits(r), timely = r && route_timely(r, s->head.steady.us - c->head.steady.us);
	const uint64_t *gone = gone_on(p, c, r);
	struct laid     l;

	if ((sure && !known) || !lay(p, &l, c, s, gone) || !is_part(&l, known ? LIKE_SPLIT : LIKE_PART) || !brings(&l, l.went, gone))
		return 0;
	/* What is late, or was said before, is another whole's part only if it says just that. */
	if (l.equal < l.content && ((known && !timely) || s->again))
		return 0;
	if (!known && !(leaves_out(&l) && has_sibling(p, c, s, l.went)))
		return 0;
	return l.equal * 1000 / l.content << 2 | (s->head.id && s->head.id == c->head.id ? 2u : 0u) | timely;
}

struct sighting *
pairing_whole_of(struct pairing *p, const struct sighting *s, bool sure)
{
	const struct hop *h = pairing_hop(p, s);
	struct sighting  *best = NULL;
	unsigned          most = 0, said = 0, left = LAID;
	uint64_t          first = s->serial < BACK ? 0 : s->serial - BACK;
	uint16_t          says[BACK] = { 0 };
	struct words      words;

	if (s->head.protocol != MESSAGE_HL7 || !h || !h->fed || (sure && !from_splitter(p, h)))
		return NULL;
	sighting_meaning(p->seen, s, &p->other);
	words_make(&words, &p->other);
	for (uint64_t i = first; i < s->serial; i++) {
		const struct sighting *c = sighting_at(p->seen, i);
		if (!c || c->head.protocol != MESSAGE_HL7 || c->hop == s->hop || !may_be_whole(p, c, s))
			continue;
		sighting_meaning(p->seen, c, &p->mine);
		says[i - first] = (uint16_t)words_in(&words, &p->mine);
		said = says[i - first] > said ? says[i - first] : said;
	}
	/* Of those that say the most of it, the latest of them: the first of those in time, of late ones the last. */
	for (uint64_t i = s->serial; said && left && i-- > first;) {
		struct sighting *c = says[i - first] == said ? sighting_at(p->seen, i) : NULL;
		unsigned         good = c ? fits(p, c, s, sure) : 0;
		left -= c != NULL;
		if (good > most || (good && good == most && good & 1)) {
			best = c;
			most = good;
		}
	}
	return best;
}

bool
pairing_holds_less(struct pairing *p, const struct sighting *up, const struct sighting *down)
{
	struct laid l;

	return up->head.protocol == MESSAGE_HL7 && lay(p, &l, up, down, NULL) && is_part(&l, LIKE_PART) && leaves_out(&l);
}

/* --- what differs, and what is left over ---------------------------------------------------- */

void
pairing_part_differ(struct pairing *p, const struct sighting *whole, const struct sighting *part,
                    void (*tell)(void *, const struct meaning *, uint64_t, bool, bool), void *context)
{
	const struct route *r = routes_find(p->routes, pairing_hop(p, whole), pairing_hop(p, part), false);
	struct laid         l;

	if (!lay(p, &l, whole, part, gone_on(p, whole, r)))
		return;
	for (unsigned i = 0; i < l.part.n; i++) {
		const struct piece *a = l.beside[i] ? &l.whole.piece[l.beside[i] - 1] : NULL, *b = &l.part.piece[i];
		bool                numbered = is_numbered(b->name);
		for (unsigned k = 0; k < b->n; k++) {
			unsigned at = a ? same_field(&l.part, b, k, &l.whole, a) : 0, number = number_of(&l.part, b, k);
			if ((numbered && number == 1) || (a && a->coarse && (at == a->n || number == 0)))
				continue;
			if (!a || at == a->n)
				tell(context, l.part.of, l.part.of->field[b->first + k].path, false, true);
			else if (digest_of(&l.whole, a, at) != digest_of(&l.part, b, k))
				tell(context, l.whole.of, l.whole.of->field[a->first + at].path, true, true);
		}
		for (unsigned k = 0; a && !a->coarse && k < a->n; k++)
			if (same_field(&l.whole, a, k, &l.part, b) == b->n && !(numbered && number_of(&l.whole, a, k) == 1))
				tell(context, l.whole.of, l.whole.of->field[a->first + k].path, true, false);
	}
}

void
pairing_part_went(struct pairing *p, struct route *r, const struct sighting *whole, const struct sighting *part)
{
	struct pairing_whole key = { .serial = whole->serial, .route = routes_number(p->routes, r) };
	struct laid          l;
	bool                 fresh;

	if (!lay(p, &l, whole, part, gone_on(p, whole, r)))
		return;
	struct pairing_whole *w = table_put(p->wholes, &key, &fresh);
	if (fresh)
		memset(w->went, 0, sizeof w->went);
	for (unsigned i = 0; i < sizeof w->went / sizeof *w->went; i++)
		w->went[i] |= l.went[i];
	r->parts++;
}

bool
pairing_parts_left(struct pairing *p, struct route *r, const struct sighting *whole, struct buf *names)
{
	struct pairing_whole  key = { .serial = whole->serial, .route = routes_number(p->routes, r) };
	struct pairing_whole *w = table_find(p->wholes, &key);
	struct pieces         all;

	if (!w || w->settled)
		return false;
	w->settled = true;
	sighting_meaning(p->seen, whole, &p->mine);
	if (!pieces_make(&all, &p->mine))
		return false;
	for (unsigned i = 0; i < all.n; i++) {
		const struct piece *s = &all.piece[i];
		if (bit(w->went, i) || is_envelope(s->name) || route_left(r, s->name) != ROUTE_ODD)
			continue;
		size_t before = names->len;
		if (before)
			buf_u8(names, ' ');
		fieldpath_print(fieldpath_parent(p->mine.field[s->first].path, bytes_of(NULL, 0)), bytes_of(NULL, 0), names);
		if (!buf_ok(names)) { /* no half names */
			names->len = before;
			names->full = false;
		}
	}
	r->wholes++;
	return names->len > 0;
}
