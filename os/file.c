/* file: one window, three ways to fill it. */
#include "os/file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { RAW_SIZE = 1 << 17 };

struct file {
	int      fd;
	enum { FILE_UNKNOWN, FILE_PLAIN, FILE_GZIP, FILE_ZSTD } kind;
	bool     within; /* compressed data have begun and not ended */
	uint64_t taken, size;

	uint8_t *window; /* what is shown: from..to of cap */
	size_t   from, to, cap;

	uint8_t *raw; /* compressed bytes: raw_from..raw_to */
	size_t   raw_from, raw_to;
	z_stream      gzip;
	ZSTD_DStream *zstd;
};

enum err
file_open(const char *path, int *fd)
{
	*fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (*fd >= 0) {
		struct stat st;
		if (fstat(*fd, &st) || !S_ISDIR(st.st_mode))
			return OK;
		close(*fd);
		return ERR_UNSUPPORTED;
	}
	return errno == ENOENT ? ERR_NOTFOUND : errno == EACCES ? ERR_PERM : ERR_IO;
}

enum err
file_new(int fd, size_t window, struct file **out)
{
	struct file *f = memory_new(1, sizeof *f);
	struct stat  st;

	if (!f)
		return ERR_MEMORY;
	f->fd = fd;
	f->cap = window;
	f->window = memory_new(1, window);
	f->raw = memory_new(1, RAW_SIZE);
	if (!f->window || !f->raw) {
		file_free(f);
		return ERR_MEMORY;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		f->size = (uint64_t)st.st_size;
	*out = f;
	return OK;
}

struct bytes
file_window(const struct file *f)
{
	return bytes_of(f->window + f->from, f->to - f->from);
}

void
file_used(struct file *f, size_t n)
{
	f->from += n;
}

static ssize_t
take(struct file *f, uint8_t *at, size_t len)
{
	ssize_t n;

	do
		n = read(f->fd, at, len);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		f->taken += (uint64_t)n;
	return n;
}

static enum err
raw_more(struct file *f)
{
	if (f->raw_from == f->raw_to)
		f->raw_from = f->raw_to = 0;
	ssize_t n = take(f, f->raw + f->raw_to, RAW_SIZE - f->raw_to);
	if (n < 0)
		return errno == EAGAIN ? ERR_AGAIN : ERR_IO;
	f->raw_to += (size_t)n;
	return n ? OK : ERR_CLOSED;
}

/* Four bytes tell the kind; a shorter file is plain and will be found too short by its reader. */
static enum err
recognise(struct file *f)
{
	static const uint8_t zstd[4] = { 0x28, 0xb5, 0x2f, 0xfd };

	while (f->raw_to < 4) {
		enum err e = raw_more(f);
		if (e == ERR_CLOSED)
			break;
		if (e)
			return e;
	}
	f->kind = FILE_PLAIN;
	if (f->raw_to >= 4 && memcmp(f->raw, zstd, 4) == 0) {
		f->kind = FILE_ZSTD;
		f->zstd = ZSTD_createDStream();
		if (!f->zstd)
			return ERR_MEMORY;
		ZSTD_DCtx_setParameter(f->zstd, ZSTD_d_windowLogMax, 27);
	} else if (f->raw_to >= 2 && f->raw[0] == 0x1f && f->raw[1] == 0x8b) {
		f->kind = FILE_GZIP;
		if (inflateInit2(&f->gzip, 15 + 32) != Z_OK)
			return ERR_MEMORY;
	}
	return OK;
}

static enum err
more_plain(struct file *f)
{
	if (f->raw_to > f->raw_from) { /* what recognise read */
		size_t n = f->raw_to - f->raw_from, room = f->cap - f->to;
		n = n < room ? n : room;
		memcpy(f->window + f->to, f->raw + f->raw_from, n);
		f->to += n;
		f->raw_from += n;
		return OK;
	}
	ssize_t n = take(f, f->window + f->to, f->cap - f->to);
	if (n < 0)
		return errno == EAGAIN ? ERR_AGAIN : ERR_IO;
	f->to += (size_t)n;
	return n ? OK : ERR_CLOSED;
}

/* What a decompressor did: its input is read up to raw_from, its output written up to to; over says that it came to an end. */
static void
progress(struct file *f, size_t raw_from, size_t to, bool over)
{
	if (raw_from != f->raw_from || to != f->to)
		f->within = !over;
	f->raw_from = raw_from;
	f->to = to;
}

static enum err
more_gzip(struct file *f)
{
	f->gzip.next_in = f->raw + f->raw_from;
	f->gzip.avail_in = (unsigned)(f->raw_to - f->raw_from);
	f->gzip.next_out = f->window + f->to;
	f->gzip.avail_out = (unsigned)(f->cap - f->to);
	int r = inflate(&f->gzip, Z_NO_FLUSH);
	progress(f, f->raw_to - f->gzip.avail_in, f->cap - f->gzip.avail_out, r == Z_STREAM_END);
	if (r == Z_STREAM_END)
		inflateReset(&f->gzip); /* members may follow one another (RFC 1952 2.2) */
	return r == Z_OK || r == Z_STREAM_END || r == Z_BUF_ERROR ? OK : ERR_FORM;
}

static enum err
more_zstd(struct file *f)
{
	ZSTD_inBuffer  in = { f->raw, f->raw_to, f->raw_from };
	ZSTD_outBuffer out = { f->window, f->cap, f->to };
	size_t         r = ZSTD_decompressStream(f->zstd, &out, &in);

	progress(f, in.pos, out.pos, r == 0);
	return ZSTD_isError(r) ? ERR_FORM : OK;
}

enum err
file_more(struct file *f)
{
	size_t   had = f->to - f->from;
	enum err e;

	if (f->kind == FILE_UNKNOWN && (e = recognise(f)))
		return e;
	if (f->from) {
		memmove(f->window, f->window + f->from, had);
		f->from = 0;
		f->to = had;
	}
	if (f->to == f->cap)
		return ERR_LIMIT;
	if (f->kind == FILE_PLAIN)
		return more_plain(f);
	do {
		if (f->raw_from == f->raw_to && (e = raw_more(f)))
			return e == ERR_CLOSED && f->within ? ERR_SHORT : e;
		e = f->kind == FILE_GZIP ? more_gzip(f) : more_zstd(f);
	} while (!e && f->to == had);
	return e;
}

uint64_t
file_taken(const struct file *f)
{
	return f->taken;
}

uint64_t
file_size(const struct file *f)
{
	return f->size;
}

void
file_free(struct file *f)
{
	if (!f)
		return;
	if (f->kind == FILE_GZIP)
		inflateEnd(&f->gzip);
	ZSTD_freeDStream(f->zstd);
	close(f->fd);
	memory_free(f->window);
	memory_free(f->raw);
	memory_free(f);
}
