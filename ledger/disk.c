/* disk: see disk.h. */
#include "ledger/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

const struct disk_calls disk_linux = { pwrite, fdatasync, syncfs, renameat };

enum err
disk_write(const struct disk_calls *c, int fd, struct bytes in, uint64_t offset)
{
	while (in.len) {
		ssize_t n = c->write(fd, in.at, in.len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n ? errno : ENOSPC;
			return ERR_IO;
		}
		in = bytes_skip(in, (size_t)n);
		offset += (uint64_t)n;
	}
	return OK;
}

/* Opens for writing; the folders above it are made if it has none. */
static int
open_below(int dir, const char *path, bool *fresh)
{
	char part[128];
	int  fd = openat(dir, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);

	*fresh = fd >= 0 || errno == ENOENT;
	if (fd < 0 && errno == EEXIST)
		return openat(dir, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	for (const char *s = strchr(path, '/'); s; s = strchr(s + 1, '/')) {
		snprintf(part, sizeof part, "%.*s", (int)(s - path), path);
		if (mkdirat(dir, part, 0755) && errno != EEXIST)
			return -1;
	}
	return openat(dir, path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
}

/* Not cut before it is written: what a reader may be reading stays as it is where it does not change. */
enum err
disk_put(const struct disk_calls *c, int dir, const char *path, struct bytes in)
{
	bool fresh;
	int  fd = open_below(dir, path, &fresh);

	if (fd < 0)
		return ERR_IO;
	enum err e = disk_write(c, fd, in, 0);
	if (!e && !fresh && ftruncate(fd, (off_t)in.len))
		e = ERR_IO;
	if (close(fd) && !e)
		e = ERR_IO;
	int why = errno;
	if (e && fresh) /* a part of it is worse than nothing */
		unlinkat(dir, path, 0);
	errno = why;
	return e;
}

static enum err
replace(const struct disk_calls *c, int dir, const char *path, struct bytes in, bool sync)
{
	char     beside[128];
	enum err e;

	snprintf(beside, sizeof beside, "%s.tmp", path);
	int fd = openat(dir, beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return ERR_IO;
	e = disk_write(c, fd, in, 0);
	if (!e && sync && c->sync(fd))
		e = ERR_IO;
	if (close(fd) && !e)
		e = ERR_IO;
	if (!e && (c->rename(dir, beside, dir, path) || (sync && c->sync(dir))))
		e = ERR_IO;
	return e;
}

enum err
disk_replace(const struct disk_calls *c, int dir, const char *path, struct bytes in)
{
	return replace(c, dir, path, in, false);
}

enum err
disk_publish(const struct disk_calls *c, int dir, const char *path, struct bytes in)
{
	return replace(c, dir, path, in, true);
}

enum err
disk_get(int dir, const char *path, struct buf *out)
{
	enum err e = OK;
	ssize_t  n = 0;
	int      fd = openat(dir, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? ERR_NOTFOUND : errno == EACCES ? ERR_PERM : ERR_IO;
	while (out->len < out->cap && ((n = read(fd, out->at + out->len, out->cap - out->len)) > 0 || (n < 0 && errno == EINTR)))
		out->len += n > 0 ? (size_t)n : 0;
	if (n < 0)
		e = ERR_IO;
	else if (out->len == out->cap && read(fd, &(char){ 0 }, 1) == 1)
		e = ERR_LIMIT;
	close(fd);
	return e;
}
