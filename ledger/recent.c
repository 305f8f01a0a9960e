/* recent: see recent.h. */
#include "ledger/recent.h"
#include "ledger/view.h"

/* The checkpoint in a note that this key signed. */
static enum err
signed_by(const struct note_key *key, struct bytes in, struct note *n, struct checkpoint *out)
{
	uint64_t by;

	if (note_parse(in, n) || checkpoint_parse(n->text, out) || note_verify(n, key, 1, &by))
		return ERR_FORM;
	return bytes_equal(out->origin, bytes_text(key->name)) ? OK : ERR_FORM;
}

/* The hashes of entries from on, against their tiles, and full tiles against the level above. */
static enum err
added(struct view *v, uint64_t from, uint64_t size)
{
	struct digest tile[TILE_WIDTH], above[TILE_WIDTH];
	struct bytes  entry;
	enum err      e;

	for (uint64_t n = from / TILE_WIDTH; n * TILE_WIDTH < size; n++) {
		uint64_t left = size - n * TILE_WIDTH;
		unsigned width = left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH;
		if ((e = view_tile(v, (struct tile){ 0, n, width }, tile)))
			return e;
		for (unsigned i = 0; i < width; i++) {
			if ((e = view_entry(v, n * TILE_WIDTH + i, &entry)))
				return e;
			if (!digest_equal(merkle_leaf(entry), tile[i]))
				return ERR_FORM;
		}
		/* Up from each tile that is complete: its hash stands in the one above. */
		uint64_t at = n;
		for (unsigned level = 0; width == TILE_WIDTH && level + 1 < TILE_LEVELS; level++, at /= TILE_WIDTH) {
			uint64_t here = tile_count(level + 1, size) - at / TILE_WIDTH * TILE_WIDTH;
			unsigned w = here < TILE_WIDTH ? (unsigned)here : TILE_WIDTH;
			if (level && (e = view_tile(v, (struct tile){ level, at, TILE_WIDTH }, tile)))
				return e;
			if ((e = view_tile(v, (struct tile){ level + 1, at / TILE_WIDTH, w }, above)))
				return e;
			if (!digest_equal(merkle_fold(tile, TILE_WIDTH), above[at % TILE_WIDTH]))
				return ERR_FORM;
			if (at % TILE_WIDTH != TILE_WIDTH - 1)
				break;
		}
	}
	return OK;
}

static enum err
compare(struct view *v, const struct note_key *key, struct bytes remembered, struct buf *out)
{
	struct checkpoint   now, then = { .size = 0 };
	struct note         n, before;
	struct merkle_proof proof;
	struct digest       root;
	enum err            e = signed_by(key, view_note(v), &n, &now);

	if (!e && remembered.len)
		e = signed_by(key, remembered, &before, &then);
	if (e || then.size > now.size)
		return ERR_FORM;
	if ((e = view_root(v, now.size, &root)))
		return e;
	if (!digest_equal(root, now.root) || (then.size == now.size && remembered.len && !digest_equal(then.root, now.root)))
		return ERR_FORM;
	if (then.size && then.size < now.size) {
		if ((e = view_extend(v, then.size, &proof)))
			return e;
		if (!merkle_extended(then.size, now.size, then.root, now.root, &proof))
			return ERR_FORM;
	}
	if ((e = added(v, then.size, now.size)))
		return e;
	uint8_t     room[NOTE_LINE];
	struct buf  lines = buf_over(room, sizeof room);
	note_known(&n, key, 1, &lines);
	struct note own = { n.text, buf_bytes(&lines) };
	note_print(&own, out);
	return buf_ok(out) && buf_ok(&lines) ? OK : ERR_LIMIT;
}

enum err
recent_verify(const char *path, const struct note_key *key, struct bytes remembered, struct buf *note)
{
	struct view *v;
	enum err     e = view_open(path, &v);

	if (e)
		return e;
	e = compare(v, key, remembered, note);
	view_free(v);
	/* A file that is missing or too short is one that was signed and is not there. */
	return e == ERR_NOTFOUND || e == ERR_SHORT || e == ERR_USAGE ? ERR_FORM : e;
}
