/* journal: see journal.h. */
#include "ledger/journal.h"
#include "base/cursor.h"
#include "crypt/hash.h"
#include "crypt/sign.h"
#include "ledger/checkpoint.h"
#include "ledger/tile.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const char NAME[] = "journal", BESIDE[] = "journal.tmp", MAGIC[] = "paravent journal";
enum { HEAD = 112 };

static void
head(uint64_t base, struct digest root, uint8_t out[static JOURNAL_BLOCK])
{
	struct buf b = buf_over(out, JOURNAL_BLOCK);
	uint8_t    sum[32];

	buf_text(&b, MAGIC);
	buf_u64(&b, base);
	buf_put(&b, root.b, sizeof root.b);
	hash_sha256(buf_bytes(&b), sum);
	buf_put(&b, sum, sizeof sum);
	buf_zero(&b, b.cap - b.len);
}

enum err
journal_make(const struct disk_calls *c, int dir, uint64_t base, struct digest root, uint64_t size, struct journal *out)
{
	uint8_t  block[JOURNAL_BLOCK];
	enum err e;
	int      fd = openat(dir, BESIDE, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd < 0)
		return ERR_IO;
	head(base, root, block);
	e = fallocate(fd, 0, 0, (off_t)size) && errno != EOPNOTSUPP ? ERR_IO : OK;
	if (!e)
		e = disk_write(c, fd, bytes_of(block, sizeof block), 0);
	if (!e && (c->sync(fd) || c->rename(dir, BESIDE, dir, NAME)))
		e = ERR_IO;
	if (e) {
		close(fd);
		unlinkat(dir, BESIDE, 0);
		return e;
	}
	/* From here on this is the journal, whatever the sync says: the directory is synced again before anything in it is acknowledged. */
	(void)c->sync(dir);
	journal_close(out);
	*out = (struct journal){ fd, JOURNAL_BLOCK, base, root };
	return OK;
}

static uint64_t
padded(uint64_t n)
{
	return (n + JOURNAL_BLOCK - 1) / JOURNAL_BLOCK * JOURNAL_BLOCK;
}

enum err
journal_add(const struct disk_calls *c, struct journal *j, const struct journal_record *r)
{
	uint8_t    first[JOURNAL_BLOCK];
	struct buf b = buf_over(first, sizeof first);

	buf_u64(&b, r->first);
	buf_u32(&b, r->count);
	buf_u32(&b, (uint32_t)r->entries.len);
	buf_put(&b, r->root.b, sizeof r->root.b);
	buf_put(&b, r->signature, sizeof r->signature);
	struct bytes begin = bytes_head(r->entries, b.cap - b.len), rest = bytes_skip(r->entries, begin.len);
	buf_bytes_put(&b, begin);
	enum err e = disk_write(c, j->fd, buf_bytes(&b), j->at);
	if (!e)
		e = disk_write(c, j->fd, rest, j->at + b.len);
	if (!e && c->sync(j->fd))
		e = ERR_IO;
	if (!e)
		j->at += padded(HEAD + r->entries.len);
	return e;
}

/* As many of n bytes at an offset as there are. */
static enum err
get(int fd, void *at, size_t n, uint64_t offset, size_t *out)
{
	*out = 0;
	while (*out < n) {
		ssize_t r = pread(fd, (uint8_t *)at + *out, n - *out, (off_t)(offset + *out));
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return ERR_IO;
		if (!r)
			break;
		*out += (size_t)r;
	}
	return OK;
}

enum err
journal_open(int dir, struct journal *out)
{
	uint8_t  block[JOURNAL_BLOCK], again[JOURNAL_BLOCK];
	size_t   n = 0;
	int      fd = openat(dir, NAME, O_RDWR | O_CLOEXEC);
	enum err e = OK;

	if (fd < 0 && errno != ENOENT) /* an auditor may only read */
		fd = openat(dir, NAME, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERR_NOTFOUND : errno == EACCES ? ERR_PERM : ERR_IO;
	*out = (struct journal){ .fd = fd, .at = JOURNAL_BLOCK };
	e = get(fd, block, sizeof block, 0, &n);
	if (!e && n < sizeof block)
		e = ERR_FORM;
	if (!e) {
		struct cursor c = cursor_over(bytes_of(block, n));
		cursor_skip(&c, sizeof MAGIC - 1);
		out->base = cursor_u64(&c);
		cursor_copy(&c, out->root.b, sizeof out->root.b);
		head(out->base, out->root, again);
		e = memcmp(block, again, sizeof block) ? ERR_FORM : OK;
	}
	if (e)
		journal_close(out);
	return e;
}

static bool
zero(struct bytes in)
{
	uint8_t any = 0;

	for (size_t i = 0; i < in.len; i++)
		any |= in.at[i];
	return !any;
}

enum err
journal_next(struct journal *j, uint8_t *room, struct journal_record *out)
{
	uint8_t       raw[HEAD], pad[JOURNAL_BLOCK];
	size_t        n;
	uint32_t      count = 0, length;
	struct bytes  entry;

	enum err e = get(j->fd, raw, sizeof raw, j->at, &n);
	if (e)
		return e;
	if (zero(bytes_of(raw, n)))
		return ERR_CLOSED;
	struct cursor c = cursor_over(bytes_of(raw, n));
	out->first = cursor_u64(&c);
	out->count = cursor_u32(&c);
	length = cursor_u32(&c);
	cursor_copy(&c, out->root.b, sizeof out->root.b);
	cursor_copy(&c, out->signature, sizeof out->signature);
	if (!cursor_ok(&c) || !length || length > JOURNAL_BYTES || out->count > JOURNAL_ENTRIES)
		return ERR_FORM;
	e = get(j->fd, room, length, j->at + HEAD, &n);
	if (e || n < length)
		return e ? e : ERR_FORM;
	out->entries = bytes_of(room, length);
	for (c = cursor_over(out->entries); tile_entry(&c, &entry); count++)
		;
	if (!cursor_end(&c) || count != out->count)
		return ERR_FORM;
	e = get(j->fd, pad, padded(HEAD + length) - HEAD - length, j->at + HEAD + length, &n);
	if (e || !zero(bytes_of(pad, n)))
		return e ? e : ERR_FORM;
	j->at += padded(HEAD + length);
	return OK;
}

bool
journal_signed(const struct journal_record *r, const struct note_key *key)
{
	uint8_t           room[NOTE_NAME + 128];
	struct buf        text = buf_over(room, sizeof room);
	struct checkpoint c = { .origin = bytes_text(key->name), .size = r->first + r->count, .root = r->root };

	checkpoint_print(&c, &text);
	return sign_verify(key->key, buf_bytes(&text), r->signature);
}

enum err
journal_rest(const struct journal *j, bool *zeros)
{
	uint8_t  block[JOURNAL_BLOCK];
	size_t   n = 1;
	enum err e = OK;

	*zeros = true;
	for (uint64_t at = j->at; !e && n && *zeros; at += n) {
		e = get(j->fd, block, sizeof block, at, &n);
		*zeros = e || zero(bytes_of(block, n));
	}
	return e;
}

void
journal_close(struct journal *j)
{
	if (j->fd >= 0)
		close(j->fd);
	j->fd = -1;
}
