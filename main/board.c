/* board: see board.h. */
#include "main/board.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LINES = 1 << 18, LINE = 16 << 10 };

static enum err
map(int fd, struct board **out)
{
	struct board *b = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (b == MAP_FAILED)
		return ERR_MEMORY;
	*out = b;
	return OK;
}

enum err
board_new(struct board **out)
{
	static bool ours;
	int         fd;

	/* What somebody else has there may be a database: it is never overwritten. */
	if (!ours && fcntl(BOARD_FD, F_GETFD) >= 0) {
		errno = EBUSY;
		return ERR_IO;
	}
	fd = memfd_create("paravent-board", MFD_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	bool bad = ftruncate(fd, sizeof **out) || dup2(fd, BOARD_FD) < 0;
	if (bad) {
		close(fd);
		return ERR_IO;
	}
	ours = true;
	enum err e = map(fd, out);
	if (!e)
		(*out)->fd = fd;
	return e;
}

enum err
board_show(const struct board *b)
{
	return dup2(b->fd, BOARD_FD) < 0 ? ERR_IO : OK;
}

void
board_free(struct board *b)
{
	if (!b)
		return;
	close(b->fd);
	munmap(b, sizeof *b);
}

enum err
board_open(struct board **out)
{
	return map(BOARD_FD, out);
}

const char *
board_source(const struct board *b, uint16_t source)
{
	const char *name = source < b->sources ? b->source[source].name : "";
	const char *slash = strrchr(name, '/');
	return slash ? slash + 1 : name;
}

enum err
board_lines_new(struct board *b, int fd, struct board_lines *out)
{
	uint8_t *room = memory_new(1, LINES);

	*out = (struct board_lines){ .board = b, .fd = fd, .buf = buf_over(room, LINES) };
	return room ? OK : ERR_MEMORY;
}

struct buf *
board_line(struct board_lines *l)
{
	if (l->buf.len + LINE > l->buf.cap)
		board_flush(l);
	return &l->buf;
}

void
board_flush(struct board_lines *l)
{
	size_t   done = 0;
	uint32_t zero = 0;

	if (!l->buf.len)
		return;
	/* Held for one write: yielding is enough. */
	while (!atomic_compare_exchange_weak(&l->board->lock, &zero, 1)) {
		zero = 0;
		sched_yield();
	}
	while (done < l->buf.len && !l->failed) {
		ssize_t n = write(l->fd, l->buf.at + done, l->buf.len - done);
		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno == EAGAIN)
			poll(&(struct pollfd){ l->fd, POLLOUT, 0 }, 1, 1000);
		else if (n < 0 && errno != EINTR)
			l->failed = true;
		if (l->failed && !atomic_exchange(&l->board->unwritten, 1))
			fprintf(stderr, "paravent: what is found cannot be written: %s\n", strerror(errno));
	}
	atomic_store(&l->board->lock, 0);
	buf_reset(&l->buf);
}
