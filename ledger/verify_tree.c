/*
 * verify_tree: entries up to the root, tile by tile, in one pass.
 *
 *	                parent     its hash of this tile
 *	tile (file)     F F F F    as stored
 *	computed        C C C C    from below: entries, or tiles
 *
 * Where F and C differ, the parent's hash tells who is to blame: if the file
 * leads there, what lies below was changed; if what was computed does, the file
 * was.  What goes on upwards is what fits the parent, so one change is told
 * once, in its place.  At the right edge the signed root stands for the parent.
 */
#include "ledger/verify_inside.h"

static const char CHANGED[] = "was changed: what lies below leads to the signed root, it does not";
static const char NEITHER[] = "and what lies below differ, and neither leads to the signed root";
static const char BELOW[] = "agrees with what lies below but not with the tree above: both were replaced";

/* The file of a level's tile, read once for its children and for itself. */
static enum err
load(struct verify *v, unsigned level, uint64_t index)
{
	struct verify_file *f = &v->file[level];
	struct buf          b = buf_over(f->hash, sizeof f->hash);
	uint64_t            left = tile_count(level, v->c.size) - index * TILE_WIDTH;
	struct tile         t = { level, index, left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH };
	char                path[TILE_PATH];

	if (f->state != VERIFY_NONE_READ && f->index == index)
		return OK;
	f->index = index;
	enum err e = verify_get(v, &t, &b);
	if (e == OK || e == ERR_LIMIT || e == ERR_NOTFOUND) {
		f->state = e == OK && b.len == t.width * sizeof(struct digest) ? VERIFY_READ : VERIFY_BAD;
		tile_path(t, path);
		if (f->state == VERIFY_BAD)
			verify_found(v, path, NULL, e == ERR_NOTFOUND ? "is missing" : "is not as long as a tile of its width", VERIFY_RESTORE);
		e = OK;
	}
	return e;
}

/* The first place where two tiles differ. */
static uint64_t
first(const struct digest *a, const struct digest *b)
{
	uint64_t i = 0;

	while (i < TILE_WIDTH - 1 && digest_equal(a[i], b[i]))
		i++;
	return i;
}

/* Tells of each hash in which the stored tile is right and what lies below is not. */
static void
blame_below(struct verify *v, struct tile t)
{
	char path[TILE_PATH];

	for (uint64_t i = 0; i < t.width; i++) {
		if (digest_equal(v->file[t.level].hash[i], v->computed.at[t.level][i]))
			continue;
		uint64_t at = t.index * TILE_WIDTH + i;
		if (!t.level) {
			tile_path((struct tile){ TILE_ENTRIES, t.index, t.width }, path);
			verify_found(v, path, &at, "holds another entry than the one in the tree: it was changed", VERIFY_RESTORE);
		} else {
			tile_path((struct tile){ t.level - 1, at, TILE_WIDTH }, path);
			verify_found(v, path, NULL, BELOW, VERIFY_RESTORE);
		}
	}
}

static void
blame_file(struct verify *v, struct tile t, const char *says)
{
	uint64_t at = first(v->file[t.level].hash, v->computed.at[t.level]);
	char     path[TILE_PATH];

	tile_path(t, path);
	verify_found(v, path, &at, says, VERIFY_RESTORE);
}

/* A tile is complete: compares it with its file; what goes on upwards. */
static enum err
full(struct verify *v, unsigned level, uint64_t index, struct digest *up)
{
	struct tile               t = { level, index, TILE_WIDTH };
	const struct verify_file *f = &v->file[level], *above = &v->file[level + 1];
	const struct digest      *c = v->computed.at[level];

	*up = merkle_fold(c, TILE_WIDTH);
	enum err e = load(v, level, index);
	if (e || f->state != VERIFY_READ || memcmp(f->hash, c, sizeof f->hash) == 0)
		return e;
	e = load(v, level + 1, index / TILE_WIDTH);
	if (e)
		return e;
	struct digest stored = merkle_fold(f->hash, TILE_WIDTH);
	bool          known = above->state == VERIFY_READ;
	if (known && digest_equal(stored, above->hash[index % TILE_WIDTH])) {
		*up = stored;
		blame_below(v, t);
	} else {
		blame_file(v, t, known && digest_equal(*up, above->hash[index % TILE_WIDTH]) ? CHANGED : NEITHER);
	}
	return OK;
}

/* Bundle and tile number n: the leaves' hashes into the edge. */
static enum err
leaves(struct verify *v, uint64_t n, unsigned width)
{
	struct buf    b = buf_over(v->bundle, TILE_BUNDLE);
	struct tile   t = { TILE_ENTRIES, n, width };
	struct bytes  entry;
	unsigned      i = 0;
	char          path[TILE_PATH];

	enum err e = verify_get(v, &t, &b);
	tile_path(t, path);
	if (e && e != ERR_NOTFOUND && e != ERR_LIMIT)
		return e;
	struct cursor c = cursor_over(buf_bytes(&b));
	for (; i < width && tile_entry(&c, &entry); i++)
		v->computed.at[0][i] = merkle_leaf(entry);
	v->r.entries += i;
	if (e == ERR_NOTFOUND)
		verify_found(v, path, NULL, "is missing", VERIFY_RESTORE);
	else if (t.width == width && i == width && !cursor_end(&c))
		verify_found(v, path, NULL, "has more behind its last entry", VERIFY_RESTORE);
	if (i == width)
		return OK;
	/* A length was changed: told once, where it begins; the rest is taken as the tile has it, so that what else is wrong is found. */
	uint64_t at = n * TILE_WIDTH;
	bool     missing = e == ERR_NOTFOUND;
	e = load(v, 0, n);
	while (v->file[0].state == VERIFY_READ && at % TILE_WIDTH < i && digest_equal(v->computed.at[0][at % TILE_WIDTH], v->file[0].hash[at % TILE_WIDTH]))
		at++;
	if (!missing)
		verify_found(v, path, &at, "cannot be read from this entry on: it was changed or cut", VERIFY_RESTORE);
	memcpy(v->computed.at[0], v->file[0].hash, width * sizeof(struct digest));
	return e;
}

/* The tree of the first size entries, whose last tile is in the edge: is it one that is asked about? */
static void
pass(struct verify *v, uint64_t from, uint64_t to)
{
	uint64_t size = v->computed.size;

	if (v->remembers && v->remembered.size >= from && v->remembered.size < to) {
		v->computed.size = v->remembered.size;
		v->then = edge_root(&v->computed);
	}
	if (v->journal.fd >= 0 && v->journal.base >= from && v->journal.base < to) {
		v->computed.size = v->journal.base;
		v->begun = v->computed;
	}
	v->computed.size = size;
}

/* The right edge: no parent, but all of it together is the root. */
static enum err
edge(struct verify *v)
{
	uint64_t before = v->r.problems;
	bool     fits = digest_equal(edge_root(&v->computed), v->c.root);

	for (unsigned level = 0; level < TILE_LEVELS; level++) {
		struct digest *c = v->computed.at[level], kept[TILE_WIDTH];
		struct tile    t = { level, tile_count(level, v->c.size) / TILE_WIDTH, edge_width(&v->computed, level) };
		size_t         n = t.width * sizeof(struct digest);
		if (!t.width)
			continue;
		enum err e = load(v, level, t.index);
		if (e)
			return e;
		if (v->file[level].state != VERIFY_READ || memcmp(v->file[level].hash, c, n) == 0)
			continue;
		memcpy(kept, c, n);
		memcpy(c, v->file[level].hash, n);
		bool stored = digest_equal(edge_root(&v->computed), v->c.root);
		memcpy(c, kept, n);
		if (stored)
			blame_below(v, t);
		else
			blame_file(v, t, fits ? CHANGED : NEITHER);
	}
	if (!fits && !before && before == v->r.problems)
		verify_found(v, "checkpoint", NULL, "is not that of the files, which agree with each other: either was replaced",
		             "keep this copy as evidence, and verify a backup against a remembered checkpoint");
	return OK;
}

enum err
verify_tree(struct verify *v)
{
	uint64_t size = v->c.size;
	enum err e = OK;

	for (uint64_t n = 0; n <= size / TILE_WIDTH && !e && v->r.problems < VERIFY_PROBLEMS; n++) {
		uint64_t      from = n * TILE_WIDTH, left = size - from;
		struct digest up;
		unsigned      level = 0, width = left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH;
		if (width)
			e = leaves(v, n, width);
		pass(v, from, from + TILE_WIDTH);
		v->computed.size = from + width;
		for (uint64_t i = n; !e && width == TILE_WIDTH; i /= TILE_WIDTH) {
			e = full(v, level, i, &up);
			v->computed.at[++level][i % TILE_WIDTH] = up;
			if (i % TILE_WIDTH < TILE_WIDTH - 1)
				break;
		}
	}
	return e || v->r.problems >= VERIFY_PROBLEMS ? e : edge(v);
}
