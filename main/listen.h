/*
 * listen: the HTTP of the roles that answer strangers (status, witness, pki): what is bounded, and for how long.
 *
 * Bounded: descriptors (who comes beyond them waits in the backlog), 10 s a
 * connection without a byte, 8 KiB of head, the body each door says.
 */
#ifndef MAIN_LISTEN_H
#define MAIN_LISTEN_H

#include "base/bytes.h"
#include "base/err.h"

struct board;
struct bufferevent;
struct event_base;
struct evconnlistener;
struct evhttp_request;

enum { LISTEN_DOORS = 2 };

struct listen {
	struct event_base     *base;
	struct evconnlistener *socket[LISTEN_DOORS];
	unsigned               sockets;
	struct board          *board;
};

struct listen_door {
	int     fd;
	size_t  body;    /* the most it takes */
	int     methods; /* EVHTTP_REQ_…, or-ed */
	void  (*on_request)(struct evhttp_request *q, void *context);
	struct bufferevent *(*wrap)(struct event_base *base, void *context); /* TLS around a connection; NULL: none */
	void   *context;
};

/* Before the jail. */
enum err listen_new(struct board *b, struct listen *out) MUST_USE;
enum err listen_open(struct listen *l, const struct listen_door *d) MUST_USE;

/* Gives up the rest: so many descriptors, files below dir. */
enum err listen_jail(unsigned descriptors, const char *dir) MUST_USE;

/* Until the board says stop. */
void listen_serve(struct listen *l);

void listen_answer(struct evhttp_request *q, int status, const char *type, struct bytes body);

#endif
