/* verify_around: the journal beside the tiles, and files that do not belong to the log. */
#include "ledger/verify_inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is a writer at work, or was it since this began?  Then there may be more than the checkpoint says. */
static bool
live(const struct verify *v)
{
	uint8_t    room[NOTE_SIZE];
	struct buf b = buf_over(room, sizeof room);

	if (flock(v->dir, LOCK_SH | LOCK_NB))
		return true;
	flock(v->dir, LOCK_UN);
	return disk_get(v->dir, "checkpoint", &b) || !bytes_equal(buf_bytes(&b), bytes_of(v->note, v->note_n));
}

static void
keep_nothing(void *context, struct tile t, const struct digest *hash)
{
	(void)context;
	(void)t;
	(void)hash;
}

static bool
is_signed(const struct verify *v, const struct journal_record *r)
{
	bool by_any = false;

	for (size_t i = 0; i < v->o->count; i++)
		by_any |= v->o->keys[i].type == NOTE_ED25519 && journal_signed(r, &v->o->keys[i]);
	return by_any;
}

enum err
verify_journal(struct verify *v)
{
	struct journal_record r;
	struct edge          *tree = &v->begun;
	struct bytes          entry;
	enum err              e;
	bool                  zeros;

	if (v->journal.fd < 0 || v->r.problems >= VERIFY_PROBLEMS)
		return OK;
	if (!digest_equal(edge_root(tree), v->journal.root))
		verify_found(v, "journal", &tree->size, "was not begun on this tree", VERIFY_RESTORE);
	uint64_t at = v->journal.at;
	while ((e = journal_next(&v->journal, v->bundle, &r)) == OK) {
		struct cursor c = cursor_over(r.entries);
		if (r.first != tree->size)
			break;
		v->computed = *tree;
		while (tile_entry(&c, &entry))
			edge_add(&v->computed, merkle_leaf(entry), keep_nothing, NULL);
		if (!digest_equal(edge_root(&v->computed), r.root))
			break;
		if (!is_signed(v, &r))
			verify_found(v, "journal", &r.first, "holds entries that the log's key did not sign", VERIFY_RESTORE);
		*tree = v->computed;
		at = v->journal.at;
	}
	if (e && e != ERR_FORM && e != ERR_CLOSED)
		return e;
	v->journal.at = at;
	e = journal_rest(&v->journal, &zeros);
	if (e)
		return e;
	if (tree->size < v->c.size)
		verify_found(v, "journal", &tree->size, "does not reach the checkpoint: it was changed or cut", VERIFY_RESTORE);
	else if (!zeros && !live(v))
		verify_found(v, "journal", &tree->size, "has a record that is not whole: a write was cut, or it was changed",
		             "start the ledger once: what was never acknowledged is dropped; then verify again");
	if (tree->size > v->c.size) {
		v->end = tree->size;
		v->r.pending = v->end - v->c.size;
	}
	return OK;
}

static const char STRANGE[] = "does not belong to a log", REMOVE[] = "find out who put it there, then remove it";

/* A partial tile of an earlier checkpoint: it must be the beginning of what is there now. */
static enum err
older(struct verify *v, struct tile t, const char *path)
{
	struct buf  a = buf_over(v->bundle, TILE_BUNDLE), b = buf_over(v->bundle + TILE_BUNDLE, JOURNAL_BYTES);
	uint64_t    left = tile_count(t.level, v->c.size) - t.index * TILE_WIDTH;
	struct tile now = { t.level, t.index, left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH };
	struct bytes entry;
	size_t      n = t.width * sizeof(struct digest);

	enum err e = disk_get(v->dir, path, &b);
	if (e == ERR_NOTFOUND)
		return OK; /* it was removed since it was listed */
	if (!e)
		e = verify_get(v, &now, &a);
	if (e && e != ERR_LIMIT)
		return e == ERR_NOTFOUND ? OK : e; /* what is missing was told */
	if (t.level == TILE_ENTRIES) {
		struct cursor c = cursor_over(buf_bytes(&a));
		for (unsigned i = 0; i < t.width && tile_entry(&c, &entry); i++)
			;
		n = (size_t)(c.at - a.at);
	}
	if (e || !bytes_equal(buf_bytes(&b), bytes_head(buf_bytes(&a), n)))
		verify_found(v, path, NULL, "and the wider one it became differ: one of them was changed", VERIFY_RESTORE);
	return OK;
}

static enum err
one(struct verify *v, const char *path)
{
	struct tile t;

	if (tile_parse(bytes_text(path), &t)) {
		verify_found(v, path, NULL, STRANGE, REMOVE);
		return OK;
	}
	uint64_t count = tile_count(t.level, v->c.size), full = count / TILE_WIDTH;
	if (t.width == TILE_WIDTH ? t.index < full : t.index == full && t.width == count % TILE_WIDTH)
		return OK; /* it was compared */
	if (t.width < TILE_WIDTH && (t.index < full || (t.index == full && t.width < count % TILE_WIDTH)))
		return older(v, t, path);
	uint64_t end = tile_count(t.level, v->end);
	if ((t.index > end / TILE_WIDTH || (t.index == end / TILE_WIDTH && t.width > end % TILE_WIDTH)) && !live(v))
		verify_found(v, path, NULL, "is beyond the end of the log: entries after the checkpoint were cut off, or it was put there",
		             "compare with a remembered or witnessed checkpoint");
	return OK;
}

/* The folder at path, and those in it; tiles lie at most nine folders deep. */
static enum err
walk(struct verify *v, const char *path, unsigned depth)
{
	char           below[256];
	struct dirent *d;
	struct stat    st;
	enum err       e = OK;
	int            fd = openat(v->dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR           *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (!dir)
		return errno == ENOENT ? OK : errno == EACCES ? ERR_PERM : ERR_IO;
	while (!e && v->r.problems < VERIFY_PROBLEMS && (d = readdir(dir))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		bool cut = snprintf(below, sizeof below, "%s%s%s", depth ? path : "", depth ? "/" : "", d->d_name) >= (int)sizeof below;
		if (cut || fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW)) {
			if (cut)
				verify_found(v, below, NULL, STRANGE, REMOVE);
			continue; /* else gone since it was listed */
		}
		static const char *const top[] = { "checkpoint", "checkpoint.tmp", "journal", "journal.tmp" };
		bool known = false;
		for (size_t i = 0; !depth && i < sizeof top / sizeof *top; i++)
			known |= !strcmp(d->d_name, top[i]);
		if (S_ISDIR(st.st_mode) && (depth || !strcmp(d->d_name, "tile")) && depth < 10)
			e = walk(v, below, depth + 1);
		else if (!S_ISREG(st.st_mode) || (!depth && !known))
			verify_found(v, below, NULL, STRANGE, REMOVE);
		else if (depth)
			e = one(v, below);
	}
	closedir(dir);
	return e;
}

enum err
verify_files(struct verify *v)
{
	return walk(v, ".", 0);
}
