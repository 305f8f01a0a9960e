/*
 * log_recover: from what the files hold to a log that can go on.
 *
 * The tiles are read as they were when the journal began (they were synced
 * then), the journal's records are put on top, their tiles written again, and
 * the published checkpoint must be met on the way: else these are not the
 * files of the signed tree, and nothing is signed on them.
 */
#include "ledger/log_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first t.width entries or hashes of a tile: of the partial one, or the full one it has become. */
static enum err
get(struct log *l, struct tile t, struct buf *out)
{
	char path[TILE_PATH];

	tile_path(t, path);
	enum err e = disk_get(l->dir, path, out);
	if (e == ERR_NOTFOUND && t.width < TILE_WIDTH) {
		buf_reset(out);
		t.width = TILE_WIDTH;
		tile_path(t, path);
		e = disk_get(l->dir, path, out);
	}
	return e ? log_failed(e == ERR_NOTFOUND ? ERR_FORM : e, "%s %s: verify the log, and take the file from a copy", path, err_text(e)) : OK;
}

/* The hashes of the edge of a tree of this size, and the entries of its partial bundle. */
static enum err
load_edge(struct log *l, uint64_t size)
{
	enum err e = OK;

	l->edge->size = size;
	for (unsigned level = 0; !e && level < TILE_LEVELS; level++) {
		unsigned   w = edge_width(l->edge, level);
		struct buf b = buf_over(l->edge->at[level], sizeof l->edge->at[level]);
		if (!w)
			continue;
		e = get(l, (struct tile){ level, tile_count(level, size) / TILE_WIDTH, w }, &b);
		if (!e && b.len < w * sizeof(struct digest))
			e = log_failed(ERR_FORM, "a tile of level %u is too short: verify the log, and take the file from a copy", level);
	}
	unsigned w = edge_width(l->edge, 0);
	if (e || !w)
		return e;
	struct buf   b = buf_over(l->pending, LOG_TAIL);
	struct bytes entry;
	e = get(l, (struct tile){ TILE_ENTRIES, size / TILE_WIDTH, w }, &b);
	struct cursor c = cursor_over(buf_bytes(&b));
	for (unsigned i = 0; !e && i < w; i++)
		if (!tile_entry(&c, &entry) || !digest_equal(merkle_leaf(entry), l->edge->at[0][i]))
			e = log_failed(ERR_FORM, "entry %llu is not the one in the tree: verify the log, and take its file from a copy", (unsigned long long)(size - w + i));
	l->tail = l->journaled = l->filled = (size_t)(c.at - l->pending);
	return e;
}

static enum err
met(const struct log *l, const struct checkpoint *c)
{
	if (l->edge->size != c->size || digest_equal(edge_root(l->edge), c->root))
		return OK;
	return log_failed(ERR_FORM, "the files are not those of the signed checkpoint of %llu entries: verify the log, and take them from a copy",
	                  (unsigned long long)c->size);
}

/* Puts the journal's records on the tree; *met_it says that the checkpoint's size was passed on the way. */
static enum err
replay(struct log *l, const struct checkpoint *c, bool *met_it)
{
	struct journal_record r;
	enum err              e;

	*met_it = l->edge->size == c->size;
	while ((e = journal_next(&l->journal, l->pending + l->tail, &r)) == OK) {
		l->filled = l->tail + r.entries.len;
		l->queued = r.count;
		log_grow(l, r.count);
		if (r.first != l->edge->size || !digest_equal(edge_root(l->next), r.root))
			break; /* a write that was cut: not acknowledged, or the checkpoint will miss it */
		if (!journal_signed(&r, &l->o.key))
			return log_failed(ERR_FORM, "the journal's entries from %llu on are not signed by the log's key: verify the log, and take it from a copy",
			                  (unsigned long long)r.first);
		if ((e = log_tiles(l)))
			return e;
		log_advance(l);
		if ((e = met(l, c)))
			return e;
		*met_it |= l->edge->size == c->size;
	}
	l->filled = l->journaled = l->tail;
	l->queued = l->queued_journaled = 0;
	return e == OK || e == ERR_CLOSED || e == ERR_FORM ? OK : log_failed(e, "the journal %s: %s", err_text(e), strerror(errno));
}

/* The checkpoint, signed by our key and about our log.  ERR_SHORT: the file is empty, as a loss of power may leave it. */
static enum err
load_checkpoint(struct log *l, struct checkpoint *out)
{
	struct buf  b = buf_over(l->note, sizeof l->note);
	struct note n;
	uint64_t    by;

	enum err e = disk_get(l->dir, "checkpoint", &b);
	if (e)
		return e;
	l->note_n = b.len;
	if (!b.len)
		return ERR_SHORT;
	e = note_parse(buf_bytes(&b), &n);
	if (!e)
		e = checkpoint_parse(n.text, out);
	if (e)
		return log_failed(ERR_FORM, "checkpoint %s: verify the log, and take it from a copy", err_text(e));
	if (!bytes_equal(out->origin, bytes_text(l->o.key.name)))
		return log_failed(ERR_FORM, "the checkpoint is that of the log %.*s, not %s", (int)out->origin.len, (const char *)out->origin.at, l->o.key.name);
	if (note_verify(&n, &l->o.key, 1, &by))
		return log_failed(ERR_FORM, "the checkpoint is not signed by the log's key: is it the right key?");
	return OK;
}

/* A new log: nothing may be there but what making one leaves when it is cut. */
static enum err
begin(struct log *l)
{
	struct stat st;

	if (!l->o.create)
		return log_failed(ERR_NOTFOUND, "there is no log here: no checkpoint");
	if (!fstatat(l->dir, "tile", &st, AT_SYMLINK_NOFOLLOW) || !fstatat(l->dir, "journal", &st, AT_SYMLINK_NOFOLLOW))
		return log_failed(ERR_FORM, "the log's checkpoint is gone, its tiles are not: take it from a copy");
	*l->next = *l->edge;
	enum err e = log_sign(l);
	return e ? e : log_publish(l, true);
}

enum err
log_recover(struct log *l)
{
	struct checkpoint c = { .size = 0 };
	bool              met_it;

	unlinkat(l->dir, "checkpoint.tmp", 0);
	unlinkat(l->dir, "journal.tmp", 0);
	enum err e = load_checkpoint(l, &c);
	if (e == ERR_NOTFOUND) {
		e = begin(l);
		if (!e)
			e = load_checkpoint(l, &c);
	}
	bool empty = e == ERR_SHORT;
	if (e && !empty)
		return e == ERR_IO ? log_failed(e, "the checkpoint could not be read or written: %s", strerror(errno)) : e;

	e = journal_open(l->dir, &l->journal);
	if (empty && !e) {
		/* The journal's records are signed as checkpoints are: what they lead to stands. */
		c.size = l->journal.base;
		c.root = l->journal.root;
	} else if (empty) {
		return log_failed(ERR_FORM, "checkpoint is empty: verify the log, and take it from a copy");
	}
	uint64_t published = c.size;
	if (e == ERR_NOTFOUND) /* it was closed */
		l->journal.base = published;
	else if (e)
		return log_failed(e, "the journal's beginning %s: verify the log", err_text(e));
	bool journal = !e;
	if (l->journal.base > published)
		return log_failed(ERR_FORM, "the checkpoint has %llu entries, %llu were published: it was rolled back; take the last one from a copy or a witness",
		                  (unsigned long long)published, (unsigned long long)l->journal.base);
	e = load_edge(l, l->journal.base);
	if (!e && journal && !digest_equal(edge_root(l->edge), l->journal.root))
		e = log_failed(ERR_FORM, "the tiles are not those the journal was begun on: verify the log, and take them from a copy");
	if (!e)
		e = met(l, &c);
	if (e)
		return e;
	met_it = !journal;
	if (journal)
		e = replay(l, &c, &met_it);
	if (!e && !met_it)
		e = log_failed(ERR_FORM, "the checkpoint has %llu entries, tiles and journal only %llu: verify the log, and take them from a copy",
		               (unsigned long long)published, (unsigned long long)l->edge->size);
	if (!e && empty && l->edge->size == published)
		return log_failed(ERR_FORM, "checkpoint is empty, and the journal holds nothing signed: take it from a copy");
	if (!e && l->edge->size > published) {
		*l->next = *l->edge;
		e = log_sign(l);
		if (!e)
			e = log_publish(l, true);
	}
	return e ? e : log_recycle(l);
}
