/* channel: see channel.h. */
#include "os/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

struct head {
	uint32_t kind, len;
};

enum err
channel_pair(int fd[static 2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) ? ERR_IO : OK;
}

static enum err
open_at(const char *path, int flags, struct sockaddr_un *at, int *fd)
{
	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (snprintf(at->sun_path, sizeof at->sun_path, "%s", path) >= (int)sizeof at->sun_path)
		return ERR_LIMIT;
	*fd = socket(AF_UNIX, SOCK_SEQPACKET | flags, 0);
	return *fd < 0 ? ERR_IO : OK;
}

enum err
channel_connect(const char *path, int *fd)
{
	struct sockaddr_un at;
	enum err           e = open_at(path, SOCK_CLOEXEC, &at, fd);

	if (e)
		return e;
	if (connect(*fd, (const struct sockaddr *)&at, sizeof at) == 0)
		return OK;
	e = errno == ENOENT || errno == ECONNREFUSED ? ERR_NOTFOUND : errno == EACCES || errno == EPERM ? ERR_PERM : ERR_IO;
	close(*fd);
	return e;
}

enum err
channel_listen(const char *path, int *fd)
{
	struct sockaddr_un at;
	enum err           e = open_at(path, SOCK_NONBLOCK, &at, fd);

	if (e)
		return e;
	unlink(path);
	mode_t before = umask(0177);
	bool   bad = bind(*fd, (const struct sockaddr *)&at, sizeof at) || listen(*fd, 16);
	umask(before);
	if (!bad)
		return OK;
	close(*fd);
	return ERR_IO;
}

enum err
channel_accept(int listening, int *fd, unsigned *user)
{
	struct ucred who;
	socklen_t    len = sizeof who;

	*fd = accept4(listening, NULL, NULL, 0);
	if (*fd < 0)
		return errno == EAGAIN || errno == ECONNABORTED || errno == EINTR ? ERR_AGAIN : ERR_IO;
	if (getsockopt(*fd, SOL_SOCKET, SO_PEERCRED, &who, &len)) {
		close(*fd);
		return ERR_IO;
	}
	*user = who.uid;
	return OK;
}

enum err
channel_send(int fd, uint32_t kind, struct bytes body)
{
	struct head  h = { kind, (uint32_t)body.len };
	struct iovec part[2] = { { &h, sizeof h }, { (void *)(uintptr_t)body.at, body.len } };

	if (body.len > CHANNEL_BODY)
		return ERR_LIMIT;
	while (writev(fd, part, 2) < 0)
		if (errno != EINTR)
			return errno == EPIPE || errno == ECONNRESET ? ERR_CLOSED : errno == EAGAIN ? ERR_AGAIN : ERR_IO;
	return OK;
}

enum err
channel_receive(int fd, uint8_t *room, uint32_t *kind, struct bytes *body)
{
	struct head h;
	ssize_t     n;

	while ((n = read(fd, room, CHANNEL_BODY + sizeof h)) < 0)
		if (errno != EINTR)
			return errno == ECONNRESET ? ERR_CLOSED : errno == EAGAIN ? ERR_AGAIN : ERR_IO;
	if (n == 0)
		return ERR_CLOSED;
	if ((size_t)n < sizeof h)
		return ERR_FORM;
	memcpy(&h, room, sizeof h);
	if (h.len != (size_t)n - sizeof h)
		return ERR_FORM;
	*kind = h.kind;
	*body = bytes_of(room + sizeof h, h.len);
	return OK;
}
