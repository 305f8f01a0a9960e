/* verify: see verify.h. */
#include "ledger/verify_inside.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

const char VERIFY_RESTORE[] = "keep this copy as evidence, take the file from a backup and verify again";

void
verify_found(struct verify *v, const char *file, const uint64_t *index, const char *says, const char *advice)
{
	struct verify_problem p = { .located = index, .index = index ? *index : 0, .says = says, .advice = advice, .follows = v->broken };

	v->r.problems++;
	bytes_clean(bytes_text(file), p.file, sizeof p.file);
	if (v->o->found)
		v->o->found(v->o->context, &p);
}

enum err
verify_get(const struct verify *v, struct tile *t, struct buf *out)
{
	struct tile whole = { t->level, t->index, TILE_WIDTH };
	char        path[TILE_PATH];

	tile_path(*t, path);
	enum err e = disk_get(v->dir, path, out);
	if (e != ERR_NOTFOUND || t->width == TILE_WIDTH)
		return e;
	tile_path(whole, path);
	e = disk_get(v->dir, path, out);
	if (e != ERR_NOTFOUND)
		*t = whole;
	return e;
}

/* Is the note a checkpoint that a known key of its log signed?  NULL if so, else what is wrong. */
static const char *
wrong(const struct verify_options *o, struct bytes in, struct checkpoint *out)
{
	struct note n;
	uint64_t    by;

	if (note_parse(in, &n) || checkpoint_parse(n.text, out))
		return "is no signed checkpoint";
	enum err e = note_verify(&n, o->keys, o->count, &by);
	if (e)
		return e == ERR_NOTFOUND ? "is not signed by the log's key" : "has a signature that is wrong: it was changed";
	for (size_t i = 0; i < o->count; i++)
		if (by >> i & 1 && bytes_equal(out->origin, bytes_text(o->keys[i].name)))
			return NULL;
	return "is that of another log";
}

/*
 * The checkpoint and the journal it goes with.  A writer may begin a new
 * journal at any moment: it must be the same before and after the checkpoint
 * was read.
 */
static enum err
begin(struct verify *v)
{
	struct journal after = { .fd = -1 };
	struct buf     b;
	enum err       e, j, k;

	for (int i = 0; i < 100; i++) {
		b = buf_over(v->note, sizeof v->note);
		j = journal_open(v->dir, &v->journal);
		e = disk_get(v->dir, "checkpoint", &b);
		k = journal_open(v->dir, &after);
		bool same = j == k && (j || v->journal.base == after.base);
		journal_close(&after);
		if (same)
			break;
		journal_close(&v->journal);
	}
	v->note_n = b.len;
	if (j == ERR_FORM)
		verify_found(v, "journal", NULL, "its first block was changed", VERIFY_RESTORE);
	else if (j && j != ERR_NOTFOUND)
		return j;
	return e == ERR_LIMIT ? OK : e;
}

static void
compare_remembered(struct verify *v)
{
	if (!bytes_equal(v->remembered.origin, v->c.origin))
		verify_found(v, "checkpoint", NULL, "is that of another log than the remembered one", "verify against a checkpoint of this log");
	else if (v->remembered.size > v->c.size)
		verify_found(v, "checkpoint", &v->c.size, "ends before the remembered one: the log was rolled back or cut",
		             "keep this copy as evidence; the entries from this index on are gone");
	else if (!v->broken && !digest_equal(v->then, v->remembered.root))
		verify_found(v, "checkpoint", NULL, "does not go on from the remembered one: the log was forked, its past rewritten",
		             "keep both checkpoints: together they prove it");
}

static enum err
all(struct verify *v)
{
	enum err e = begin(v);

	if (e == ERR_NOTFOUND && faccessat(v->dir, "tile", F_OK, 0) == 0) {
		verify_found(v, "checkpoint", NULL, "is missing", VERIFY_RESTORE);
		return OK;
	}
	if (e)
		return e;
	const char *says = wrong(v->o, bytes_of(v->note, v->note_n), &v->c);
	if (says) {
		verify_found(v, "checkpoint", NULL, says, VERIFY_RESTORE);
		return OK; /* there is no tree to compare with */
	}
	v->remembers = v->o->remembered.len;
	if (v->remembers && wrong(v->o, v->o->remembered, &v->remembered))
		return ERR_USAGE;
	v->r.size = v->end = v->c.size;
	v->r.root = v->c.root;
	if (v->journal.fd >= 0 && v->journal.base > v->c.size) {
		verify_found(v, "checkpoint", &v->c.size, "is older than the journal: it was rolled back", "take the last checkpoint from a backup or a witness");
		journal_close(&v->journal);
	}
	uint64_t before = v->r.problems;
	e = verify_tree(v);
	v->broken = v->r.problems > before;
	if (!e && v->remembers)
		compare_remembered(v);
	if (!e)
		e = verify_journal(v);
	return e ? e : verify_files(v);
}

enum err
verify_log(const char *path, const struct verify_options *o, struct verify_result *out)
{
	struct verify *v = memory_new(1, sizeof *v);
	enum err       e = ERR_MEMORY;

	memset(out, 0, sizeof *out);
	if (!v)
		return e;
	v->o = o;
	v->journal.fd = v->dir = -1;
	v->bundle = memory_new(1, TILE_BUNDLE + JOURNAL_BYTES);
	if (!v->bundle)
		goto out;
	v->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	e = v->dir >= 0 ? all(v) : errno == ENOENT || errno == ENOTDIR ? ERR_NOTFOUND : errno == EACCES ? ERR_PERM : ERR_IO;
	*out = v->r;
out:
	journal_close(&v->journal);
	if (v->dir >= 0)
		close(v->dir);
	memory_free(v->bundle);
	memory_free(v);
	return e;
}
