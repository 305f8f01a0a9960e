/*
 * log: see log.h.
 *
 * The order of a commit, so that a crash at any byte leaves a log that can go on:
 *
 *	1. the tree with the queue is signed; the signature stays in this process
 *	2. queue and signature are appended to the journal and synced, the only sync
 *	   of a commit: from now on both survive
 *	3. tiles, bundles and the checkpoint are written, not synced: the journal can
 *	   write them again; now all is acknowledged
 *	4. when the journal is long: everything is synced, and it begins anew
 *
 * A signature is shown to nobody before its tree is in the journal, so no two
 * trees of one size are ever seen.  A commit that failed at any step is done
 * again from there: the queue only grows.
 */
#include "ledger/log_inside.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

_Static_assert((int)LOG_QUEUE <= (int)JOURNAL_BYTES, "a record holds a whole queue");

static char trouble[512];

const char *
log_trouble(void)
{
	return trouble;
}

enum err
log_failed(enum err e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(trouble, sizeof trouble, fmt, ap);
	va_end(ap);
	return e;
}

/* --- the tree grows ----------------------------------------------------------------- */

static void
keep_full(void *context, struct tile t, const struct digest *hash)
{
	struct log      *l = context;
	struct log_tile *f = &l->full[l->fulls++];

	f->tile = t;
	memcpy(f->hash, hash, sizeof f->hash);
}

void
log_grow(struct log *l, uint32_t count)
{
	struct cursor c = cursor_over(bytes_of(l->pending + l->tail, l->filled - l->tail));
	struct bytes  entry;

	*l->next = *l->edge;
	l->fulls = 0;
	for (uint32_t i = 0; i < count && tile_entry(&c, &entry); i++)
		edge_add(l->next, merkle_leaf(entry), keep_full, l);
}

static enum err
put(struct log *l, struct tile t, struct bytes in)
{
	char path[TILE_PATH];

	tile_path(t, path);
	enum err e = disk_put(l->o.calls, l->dir, path, in);
	return e ? log_failed(e, "%s could not be written: %s", path, strerror(errno)) : OK;
}

/* Bundles from the one that holds the published edge on. */
static enum err
put_bundles(struct log *l)
{
	struct cursor c = cursor_over(bytes_of(l->pending, l->filled));
	uint64_t      n = l->edge->size - edge_width(l->edge, 0);
	enum err      e = OK;

	while (!e && n < l->next->size) {
		struct bytes entry, from = bytes_of(c.at, cursor_left(&c));
		uint64_t     left = l->next->size - n;
		unsigned     width = left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH;
		for (unsigned i = 0; i < width; i++)
			(void)tile_entry(&c, &entry);
		e = put(l, (struct tile){ TILE_ENTRIES, n / TILE_WIDTH, width }, bytes_head(from, (size_t)(c.at - from.at)));
		n += width;
	}
	return e;
}

enum err
log_tiles(struct log *l)
{
	enum err e = put_bundles(l);

	for (size_t i = 0; !e && i < l->fulls; i++)
		e = put(l, l->full[i].tile, bytes_of(l->full[i].hash, sizeof l->full[i].hash));
	for (unsigned level = 0; !e && level < TILE_LEVELS; level++) {
		unsigned w = edge_width(l->next, level);
		if (w && tile_count(level, l->next->size) != tile_count(level, l->edge->size))
			e = put(l, (struct tile){ level, tile_count(level, l->next->size) / TILE_WIDTH, w }, bytes_of(l->next->at[level], w * sizeof(struct digest)));
	}
	return e;
}

enum err
log_sign(struct log *l)
{
	uint8_t           text[NOTE_NAME + 128];
	struct buf        b = buf_over(l->draft, sizeof l->draft), t = buf_over(text, sizeof text);
	struct checkpoint c = { .origin = bytes_text(l->o.key.name), .size = l->next->size, .root = edge_root(l->next) };

	checkpoint_print(&c, &t);
	enum err e = l->o.sign(l->o.context, buf_bytes(&t), l->signature);
	if (e)
		return log_failed(e, "the checkpoint could not be signed: the key %s", err_text(e));
	buf_bytes_put(&b, buf_bytes(&t));
	buf_u8(&b, '\n');
	note_line(&l->o.key, 0, l->signature, &b);
	l->draft_n = b.len;
	return OK;
}

enum err
log_publish(struct log *l, bool durable)
{
	struct bytes note = bytes_of(l->draft, l->draft_n);
	enum err     e = durable ? disk_publish(l->o.calls, l->dir, "checkpoint", note) : disk_replace(l->o.calls, l->dir, "checkpoint", note);

	if (e)
		return log_failed(e, "the checkpoint could not be published: %s", strerror(errno));
	memcpy(l->note, l->draft, l->draft_n);
	l->note_n = l->draft_n;
	return OK;
}

void
log_advance(struct log *l)
{
	struct edge  *old = l->edge;
	struct cursor c = cursor_over(bytes_of(l->pending, l->filled));
	struct bytes  entry;

	/* The new partial bundle goes to the front; the whole queue was taken. */
	for (uint64_t n = old->size - edge_width(old, 0); n < l->next->size - edge_width(l->next, 0); n++)
		(void)tile_entry(&c, &entry);
	l->written += l->filled - l->tail + (l->next->size - old->size) * 33;
	l->tail = cursor_left(&c);
	memmove(l->pending, c.at, l->tail);
	l->filled = l->journaled = l->tail;
	l->queued = l->queued_journaled = 0;
	l->edge = l->next;
	l->next = old;
}

/* --- the journal begins anew ----------------------------------------------------------- */

/* The partial tiles of one that is full, and synced. */
static void
remove_partial(struct log *l, struct tile t)
{
	char           path[TILE_PATH + 4];
	struct dirent *d;

	tile_path(t, path);
	strcat(path, ".p");
	int  fd = openat(l->dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir)
		return; /* there were none */
	while ((d = readdir(dir)))
		unlinkat(dirfd(dir), d->d_name, 0);
	closedir(dir);
	unlinkat(l->dir, path, AT_REMOVEDIR);
}

enum err
log_settle(struct log *l)
{
	if (l->o.calls->sync_all(l->dir))
		return log_failed(ERR_IO, "the tiles could not be synced: %s", strerror(errno));
	for (unsigned level = 0; level < TILE_LEVELS; level++)
		for (uint64_t i = tile_count(level, l->journal.base) / TILE_WIDTH; i < tile_count(level, l->edge->size) / TILE_WIDTH; i++) {
			remove_partial(l, (struct tile){ level, i, TILE_WIDTH });
			if (!level)
				remove_partial(l, (struct tile){ TILE_ENTRIES, i, TILE_WIDTH });
		}
	return OK;
}

enum err
log_recycle(struct log *l)
{
	enum err e = log_settle(l);
	if (e)
		return e;
	e = journal_make(l->o.calls, l->dir, l->edge->size, edge_root(l->edge), l->o.journal, &l->journal);
	return e ? log_failed(e, "a new journal could not be made: %s", strerror(errno)) : OK;
}

/* --- opening and closing ------------------------------------------------------------------ */

static void
forget(struct log *l)
{
	if (!l)
		return;
	journal_close(&l->journal);
	if (l->dir >= 0)
		close(l->dir); /* and with it the lock */
	memory_free(l->edge);
	memory_free(l->next);
	memory_free(l->pending);
	memory_free(l->full);
	memory_free(l);
}

enum err
log_open(const char *path, const struct log_options *o, struct log **out)
{
	struct log *l = memory_new(1, sizeof *l);
	enum err    e = ERR_MEMORY;

	if (!l)
		return log_failed(e, "the log needs more memory than there is");
	l->o = *o;
	l->dir = l->journal.fd = -1;
	if (!l->o.calls)
		l->o.calls = &disk_linux;
	if (!l->o.journal)
		l->o.journal = LOG_JOURNAL;
	l->edge = memory_new(1, sizeof *l->edge);
	l->next = memory_new(1, sizeof *l->next);
	l->pending = memory_new(1, LOG_TAIL + LOG_QUEUE);
	l->full = memory_new(LOG_FULL, sizeof *l->full);
	if (!l->edge || !l->next || !l->pending || !l->full) {
		log_failed(e, "the log needs more memory than there is");
		goto out;
	}
	if (o->create && mkdir(path, 0755) && errno != EEXIST) {
		e = log_failed(ERR_IO, "%s could not be made: %s", path, strerror(errno));
		goto out;
	}
	l->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->dir < 0) {
		e = log_failed(errno == ENOENT ? ERR_NOTFOUND : errno == EACCES ? ERR_PERM : ERR_IO, "%s could not be opened: %s", path, strerror(errno));
		goto out;
	}
	if (flock(l->dir, LOCK_EX | LOCK_NB)) {
		e = log_failed(ERR_AGAIN, "%s is written to by another process: only one may", path);
		goto out;
	}
	e = log_recover(l);
	if (e)
		goto out;
	*out = l;
	return OK;
out:
	forget(l);
	return e;
}

void
log_close(struct log *l)
{
	/* What is in the journal and not published stays there for the next time. */
	if (l && !l->queued_journaled && !log_settle(l)) {
		unlinkat(l->dir, "journal", 0);
		(void)l->o.calls->sync(l->dir);
	}
	forget(l);
}

/* --- adding -------------------------------------------------------------------------------- */

enum err
log_add(struct log *l, struct bytes entry)
{
	struct buf b = buf_over(l->pending + l->filled, LOG_QUEUE - (l->filled - l->tail));

	if (!entry.len || entry.len > LOG_ENTRY)
		return log_failed(ERR_LIMIT, "an entry of %zu bytes: it must have 1 to %d", entry.len, LOG_ENTRY);
	if (l->queued == JOURNAL_ENTRIES || b.cap < 2 + entry.len)
		return log_failed(ERR_AGAIN, "the log's queue is full: commit before more is added");
	buf_u16(&b, (uint16_t)entry.len);
	buf_bytes_put(&b, entry);
	l->filled += b.len;
	l->queued++;
	return OK;
}

enum err
log_commit(struct log *l, struct log_range *out)
{
	struct log_range range = { l->edge->size, l->queued };
	enum err         e = OK;

	*out = range;
	out->count = 0;
	if (!l->queued)
		return OK;
	log_grow(l, l->queued);
	e = log_sign(l);
	if (e)
		return e;
	if (l->filled > l->journaled) {
		struct journal_record r = { .first = range.first + l->queued_journaled, .count = l->queued - l->queued_journaled, .root = edge_root(l->next),
			                    .entries = bytes_of(l->pending + l->journaled, l->filled - l->journaled) };
		memcpy(r.signature, l->signature, sizeof r.signature);
		e = journal_add(l->o.calls, &l->journal, &r);
		if (e)
			return log_failed(e, "the journal could not be written: %s", strerror(errno));
		l->journaled = l->filled;
		l->queued_journaled = l->queued;
	}
	e = log_tiles(l);
	if (!e)
		e = log_publish(l, false);
	if (e)
		return e;
	log_advance(l);
	*out = range;
	if (l->journal.at > l->o.journal)
		e = log_recycle(l); /* if it fails the journal grows, and the next commit tries again */
	(void)e;
	return OK;
}

uint64_t
log_size(const struct log *l)
{
	return l->edge->size;
}

struct bytes
log_checkpoint(const struct log *l)
{
	return bytes_of(l->note, l->note_n);
}

static struct bytes
take_line(struct bytes *in)
{
	size_t       n = bytes_find(*in, '\n');
	struct bytes line = bytes_head(*in, n < in->len ? n + 1 : n);

	*in = bytes_skip(*in, line.len);
	return line;
}

/* The dash, a blank and the name of a signature's line. */
static struct bytes
signer(struct bytes line)
{
	size_t dash = bytes_find(line, ' ') + 1;

	return bytes_head(line, dash + bytes_find(bytes_skip(line, dash), ' '));
}

/* The lines there are, but for those of who signed again. */
static void
keep_others(struct bytes lines, struct bytes again, struct buf *out)
{
	while (lines.len) {
		struct bytes line = take_line(&lines);
		bool         replaced = false;
		for (struct bytes rest = again; rest.len;)
			replaced |= bytes_equal(signer(take_line(&rest)), signer(line));
		if (!replaced)
			buf_bytes_put(out, line);
	}
}

enum err
log_cosign(struct log *l, struct bytes text, struct bytes lines)
{
	uint8_t     room[NOTE_SIZE], others[NOTE_SIZE];
	struct buf  b = buf_over(room, sizeof room), kept = buf_over(others, sizeof others);
	struct note n;

	enum err e = note_parse(log_checkpoint(l), &n);
	if (e)
		return e;
	if (!bytes_equal(n.text, text))
		return log_failed(ERR_AGAIN, "the checkpoint that was cosigned is no longer the last: ask for the one that is");
	keep_others(n.signatures, lines, &kept);
	n.signatures = buf_bytes(&kept);
	note_print(&n, &b);
	buf_bytes_put(&b, lines);
	if (!buf_ok(&b) || !buf_ok(&kept) || note_parse(buf_bytes(&b), &n))
		return log_failed(ERR_FORM, "the witness's lines are no signatures");
	e = disk_publish(l->o.calls, l->dir, "checkpoint", buf_bytes(&b));
	if (e)
		return log_failed(e, "the checkpoint could not be published: %s", strerror(errno));
	memcpy(l->note, b.at, b.len);
	l->note_n = b.len;
	return OK;
}

enum err
log_room(struct log *l, struct instant now, struct log_room *out)
{
	struct statvfs s;

	if (fstatvfs(l->dir, &s))
		return log_failed(ERR_IO, "the disk's room could not be asked for: %s", strerror(errno));
	out->bytes = (uint64_t)s.f_bavail * s.f_frsize;
	out->days = UINT32_MAX;
	if (!l->rate_from.us) {
		l->rate_from = now;
		l->written = 0;
	}
	double seconds = (double)instant_since(l->rate_from, now) / INSTANT_SECOND;
	if (seconds < 60 || !l->written)
		return OK;
	double days = (double)out->bytes / ((double)l->written / seconds) / 86400;
	out->days = days < UINT32_MAX ? (uint32_t)days : UINT32_MAX;
	return OK;
}
