/* gate_lab: a worker with one route of plain bytes to a listening socket of ours, for conversations over socket pairs. */
#ifndef TEST_UNIT_GATE_LAB_H
#define TEST_UNIT_GATE_LAB_H

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "crypt/hash.h"
#include "gate/relay.h"
#include "gate/worker.h"

struct gate_lab {
	struct worker       *w;
	struct policy_route *route; /* takes effect with the next conversation */
	int                  listening;
};

static inline bool
gate_lab_new(struct gate_lab *l)
{
	struct policy       *policy = memory_new(1, sizeof *policy);
	static int           none[POLICY_ROUTES];
	struct sockaddr_in   a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t            n = sizeof a;
	int                  keys[2];
	struct worker_config c = { .policy = policy, .panel = memory_new(1, sizeof *c.panel), .trust = memory_new(1, sizeof *c.trust), .listen_fd = none,
	                           .conversations = 8, .seed = 1 };

	l->listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	none[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(l->listening, (struct sockaddr *)&a, sizeof a) || listen(l->listening, 16) || getsockname(l->listening, (struct sockaddr *)&a, &n) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, keys) || hash_init())
		return false;
	policy->routes = 1;
	l->route = &policy->route[0];
	l->route->mode = POLICY_WRAP;
	l->route->backends = 1;
	l->route->backend[0] = (struct policy_backend){ .name = "b", .port = ntohs(a.sin_port), .weight = 1, .address = addr_v4((const uint8_t *)&a.sin_addr) };
	c.keys_fd = keys[0];
	return worker_new(&c, &l->w) == OK;
}

/* One conversation of this protocol; the client's end. */
static inline int
gate_lab_dial(struct gate_lab *l, const struct relay_protocol *protocol)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd))
		return -1;
	l->w->lane[0].protocol = protocol;
	relay_open(l->w, &l->w->lane[0], fd[0], addr_v4((const uint8_t *)"\x7f\0\0\1"), 1);
	return fd[1];
}

static inline void
gate_lab_turn(struct gate_lab *l)
{
	event_base_loop(l->w->base, EVLOOP_NONBLOCK);
}

static inline int
gate_lab_accept(struct gate_lab *l)
{
	return accept4(l->listening, NULL, NULL, SOCK_NONBLOCK);
}

/* Everything ends; the worker stays. */
static inline void
gate_lab_end(struct gate_lab *l)
{
	int fd;

	while (l->w->used)
		relay_end(l->w->used, "done");
	while ((fd = gate_lab_accept(l)) >= 0)
		close(fd);
}

#endif
