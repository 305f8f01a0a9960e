/* socket: see socket.h. */
#include "os/socket.h"

#include <errno.h>
#include <netinet/in.h>

struct socket_name
socket_name(struct addr a, uint16_t port)
{
	struct socket_name  n = { .len = sizeof(struct sockaddr_in6) };
	struct sockaddr_in  four = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	memcpy(&four.sin_addr, a.b + 12, 4);
	memcpy(&six.sin6_addr, a.b, 16);
	if (addr_is_v4(a)) {
		n.len = sizeof four;
		memcpy(&n.room, &four, sizeof four);
	} else {
		memcpy(&n.room, &six, sizeof six);
	}
	return n;
}

void
socket_read(const struct socket_name *n, struct addr *a, uint16_t *port)
{
	struct sockaddr_in  four;
	struct sockaddr_in6 six;

	memcpy(&four, &n->room, sizeof four);
	memcpy(&six, &n->room, sizeof six);
	bool v4 = n->any.sa_family == AF_INET;
	*a = v4 ? addr_v4((const uint8_t *)&four.sin_addr) : addr_v6((const uint8_t *)&six.sin6_addr);
	*port = ntohs(v4 ? four.sin_port : six.sin6_port);
}

int
socket_of(struct addr a, int kind)
{
	return socket(addr_is_v4(a) ? AF_INET : AF_INET6, kind | SOCK_CLOEXEC, 0);
}

bool
socket_connect(int fd, struct addr a, uint16_t port)
{
	struct socket_name n = socket_name(a, port);

	return connect(fd, &n.any, n.len) == 0 || errno == EINPROGRESS;
}
