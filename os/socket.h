/*
 * socket: Internet sockets by our own addresses.  Room for IPv4 and IPv6 alike.
 */
#ifndef OS_SOCKET_H
#define OS_SOCKET_H

#include <sys/socket.h>

#include "base/addr.h"

struct socket_name {
	union {
		struct sockaddr         any;
		struct sockaddr_storage room;
	};
	socklen_t len;
};

struct socket_name socket_name(struct addr a, uint16_t port);
/* The other way round, of what accept and getpeername filled in. */
void               socket_read(const struct socket_name *n, struct addr *a, uint16_t *port);

/* A new socket of this kind (SOCK_STREAM | SOCK_NONBLOCK …) for the address's family, closed by exec; -1 and errno. */
int  socket_of(struct addr a, int kind);
/* Begins to connect; a socket that does not block may be on its way.  false and errno: it is not. */
bool socket_connect(int fd, struct addr a, uint16_t port);

#endif
