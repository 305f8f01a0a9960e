/* gate_parent: what the parent does for the gateway: its sockets, its roles, a new generation, orders of people. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gate/trust.h"
#include "main/command.h"
#include "main/gate.h"
#include "main/role.h"
#include "main/run.h"
#include "os/channel.h"
#include "os/page.h"

enum { BACKLOG = 4096, DEFER_S = 5 };

static struct panel *panel;

/* A socket where a route listens; -1 and said why not. */
static int
listen_on(const struct policy_route *r)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(r->port) };
	struct sockaddr_in  four = { .sin_family = AF_INET, .sin_port = htons(r->port) };
	bool                v4 = addr_is_v4(r->listen);
	int                 one = 1, wait = DEFER_S, fd = socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);

	memcpy(&six.sin6_addr, r->listen.b, 16);
	memcpy(&four.sin_addr, r->listen.b + 12, 4);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	/* The first words of TLS are the client's: until they are there, the kernel keeps it. */
	if (r->mode != POLICY_WRAP)
		setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &wait, sizeof wait);
	if (bind(fd, v4 ? (const struct sockaddr *)&four : (const struct sockaddr *)&six, v4 ? sizeof four : sizeof six) || listen(fd, BACKLOG)) {
		fprintf(stderr, "paravent: gate: route %s: port %u: %s\n", r->name, r->port, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

bool
gate_begin(struct board *b)
{
	void *trust;
	bool  whole = true;

	if (page_new(sizeof *panel, (void **)&panel, &b->gate.panel_fd) || page_new(sizeof(struct trust), &trust, &b->gate.trust_fd))
		return false;
	panel->plan = b->policy;
	for (unsigned i = 0; i < POLICY_ROUTES; i++) {
		atomic_store(&panel->order[i].canary, PANEL_AS_POLICY);
		b->gate.listen_fd[i] = i < b->policy.routes ? listen_on(&b->policy.route[i]) : -1;
		whole &= i >= b->policy.routes || b->gate.listen_fd[i] >= 0;
	}
	for (unsigned i = 0; i < PANEL_SLOTS; i++) {
		int fd[2];
		if (channel_pair(fd))
			return false;
		b->gate.ask_fd[i] = fd[0];
		b->gate.lend_fd[i] = fd[1];
	}
	if (!whole)
		return false;
	whole = run_start(b, "lend", 0) && run_start(b, "trust", 0);
	for (uint32_t i = 0; whole && i < b->gate.workers; i++) {
		atomic_store(&panel->slot[i].generation, 1);
		atomic_store(&panel->slot[i].state, PANEL_STARTING);
		whole = run_start(b, "gate", i);
	}
	return whole;
}

void
gate_look(struct board *b)
{
	(void)b;
}
