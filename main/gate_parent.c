/* gate_parent: what the parent does for the gateway: its sockets, its roles, a new generation, orders of people. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "gate/trust.h"
#include "main/chronicle.h"
#include "main/command.h"
#include "main/gate.h"
#include "main/role.h"
#include "main/run.h"
#include "os/channel.h"
#include "os/page.h"
#include "os/socket.h"

enum { BACKLOG = 4096, DEFER_S = 5, READY_S = 10, DRAIN_MS = 500, AGAIN_S = 60 };

static struct panel *panel;

/* A socket where a route listens; -1 and said why not. */
static int
listen_on(const struct policy_route *r)
{
	struct socket_name at = socket_name(r->listen, r->port);
	int                one = 1, wait = DEFER_S, fd = socket_of(r->listen, SOCK_STREAM | SOCK_NONBLOCK);

	if (fd < 0)
		return -1;
	fcntl(fd, F_SETFD, 0); /* the workers inherit it */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	/* The first words of TLS are the client's: until they are there, the kernel keeps it. */
	if (r->mode != POLICY_WRAP)
		setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &wait, sizeof wait);
	if (bind(fd, &at.any, at.len) || listen(fd, BACKLOG)) {
		fprintf(stderr, "paravent: gate: route %s: port %u: %s\n", r->name, r->port, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

/* --- generations ------------------------------------------------------------------------- */

static struct {
	uint32_t       generation, first; /* the newest, and its first slot */
	int            pid[PANEL_SLOTS];
	int            listening;         /* for orders; -1 */
	struct policy *last;              /* what the newest serves by */
	uint32_t       keyless;           /* the generation whose lender is gone for good */
	time_t         again;             /* when a generation that was lost was last replaced */
	bool           bypassed;          /* the workers are gone, and one passes bytes on in their place */
} now = { .listening = -1 };

static bool
slot_free(uint32_t i)
{
	uint32_t s = atomic_load(&panel->slot[i].state);

	return s == PANEL_EMPTY || s == PANEL_ENDED;
}

/* So many free slots in a row; -1: every one is taken by a generation that still drains. */
static int
room_for(uint32_t workers)
{
	for (uint32_t i = 0, n = 0; i < PANEL_SLOTS; i++) {
		n = slot_free(i) ? n + 1 : 0;
		if (n == workers)
			return (int)(i + 1 - workers);
	}
	return -1;
}

static void
close_all(int *fd, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (fd[i] >= 0)
			close(fd[i]);
		fd[i] = -1;
	}
}

/* Channels, a lender and workers.  Nothing of it serves before all of it can. */
static bool
start(struct board *b, uint32_t first)
{
	bool whole = true;

	for (uint32_t i = first; i < first + b->gate.workers; i++) {
		int fd[2];
		close_all(&b->gate.ask_fd[i], 1);
		close_all(&b->gate.lend_fd[i], 1);
		if (channel_pair(fd))
			return false;
		b->gate.ask_fd[i] = fd[0];
		b->gate.lend_fd[i] = fd[1];
		atomic_store(&panel->slot[i].generation, now.generation + 1);
		atomic_store(&panel->slot[i].state, PANEL_STARTING);
	}
	whole = run_start(b, "lend", first);
	for (uint32_t i = first; whole && i < first + b->gate.workers; i++)
		whole = (now.pid[i] = run_start(b, "gate", i)) > 0;
	return whole;
}

/* All of them serve; or one has died, or it takes too long. */
static bool
ready(const struct board *b, uint32_t first)
{
	for (int turns = 0; turns < READY_S * 100; turns++) {
		uint32_t serving = 0;
		for (uint32_t i = first; i < first + b->gate.workers; i++) {
			siginfo_t died = { 0 };
			serving += atomic_load(&panel->slot[i].state) == PANEL_SERVING;
			if (waitid(P_PID, (id_t)now.pid[i], &died, WEXITED | WNOHANG | WNOWAIT) || died.si_pid)
				return false;
		}
		if (serving == b->gate.workers && atomic_load(&panel->trust)) /* who is revoked is known from the first conversation on */
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

/* Ends what a failed reload began. */
static void
roll_back(struct board *b, uint32_t first, const int *listen_fd)
{
	for (uint32_t i = first; i < first + b->gate.workers; i++) {
		if (now.pid[i] > 0)
			kill(now.pid[i], SIGKILL);
		atomic_store(&panel->slot[i].state, PANEL_ENDED);
	}
	for (unsigned i = 0; i < POLICY_ROUTES; i++) {
		bool old = false;
		for (unsigned k = 0; k < POLICY_ROUTES; k++)
			old |= b->gate.listen_fd[i] == listen_fd[k];
		if (!old)
			close_all(&b->gate.listen_fd[i], 1);
	}
	memcpy(b->gate.listen_fd, listen_fd, sizeof b->gate.listen_fd);
	panel->plan = *now.last;
}

/* Sockets of the plan: those that listen already are taken over. */
static bool
open_sockets(struct board *b, const int *had)
{
	bool whole = true;

	for (uint32_t i = 0; i < POLICY_ROUTES; i++) {
		const struct policy_route *r = &panel->plan.route[i];
		b->gate.listen_fd[i] = -1;
		if (i >= panel->plan.routes)
			continue;
		for (uint32_t k = 0; now.generation && k < now.last->routes; k++)
			if (addr_equal(r->listen, now.last->route[k].listen) && r->port == now.last->route[k].port)
				b->gate.listen_fd[i] = had[k];
		if (b->gate.listen_fd[i] < 0)
			b->gate.listen_fd[i] = listen_on(r);
		whole &= b->gate.listen_fd[i] >= 0;
	}
	return whole;
}

static bool
read_plan(void)
{
	int status, pid = role_start("settings", 1);

	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status) && panel->plan.routes;
}

/* Does a worker of this generation take new connections? */
static bool
serves(uint32_t generation)
{
	for (uint32_t i = 0; i < PANEL_SLOTS; i++)
		if (atomic_load(&panel->slot[i].generation) == generation && atomic_load(&panel->slot[i].state) == PANEL_SERVING)
			return true;
	return false;
}

/* Everything is prepared; then the new generation is the one, or nothing has changed. */
static const char *
reload(struct board *b)
{
	int had[POLICY_ROUTES], first = room_for(b->gate.workers);

	memcpy(had, b->gate.listen_fd, sizeof had);
	if (first < 0) {
		/* The oldest must go: at the next boundary of each of its conversations. */
		atomic_fetch_add(&panel->hurry, 1);
		atomic_fetch_add(&panel->orders, 1);
		return "every slot is taken by a generation that still drains: the oldest was told to hurry; try again in a moment";
	}
	if (!read_plan()) {
		panel->plan = *now.last;
		return "hospital.yaml was not read, or has no routes: the gateway goes on as it was";
	}
	if (!open_sockets(b, had) || !start(b, (uint32_t)first) || !ready(b, (uint32_t)first)) {
		roll_back(b, (uint32_t)first, had);
		return "the new generation could not be started: the gateway goes on as it was";
	}
	atomic_store(&panel->drained, now.generation);
	atomic_fetch_add(&panel->orders, 1);
	for (int turns = 0; turns < DRAIN_MS && serves(now.generation); turns++)
		poll(NULL, 0, 1);
	for (unsigned k = 0; k < POLICY_ROUTES; k++) {
		bool kept = false;
		for (unsigned i = 0; i < POLICY_ROUTES; i++)
			kept |= had[k] == b->gate.listen_fd[i];
		if (!kept)
			close_all(&had[k], 1);
	}
	if (now.bypassed) { /* they are back */
		now.bypassed = false;
		for (uint32_t i = 0; i < PANEL_SLOTS; i++)
			atomic_store(&panel->slot[i].bypass, 0);
	}
	now.generation++;
	now.first = (uint32_t)first;
	*now.last = panel->plan;
	atomic_store(&panel->planned, now.generation);
	return NULL;
}

void
gate_lost(struct board *b, const char *role, uint32_t slot)
{
	bool left = false;
	int  free_slot;

	if (atomic_load(&panel->slot[slot].generation) != now.generation || atomic_load(&b->stop))
		return;
	if (strcmp(role, "lend") == 0) { /* without signatures they are of no use */
		now.keyless = now.generation;
		for (uint32_t i = now.first; i < now.first + b->gate.workers; i++)
			if (atomic_load(&panel->slot[i].pid) && atomic_load(&panel->slot[i].state) != PANEL_ENDED)
				kill((pid_t)atomic_load(&panel->slot[i].pid), SIGKILL);
		return;
	}
	atomic_store(&panel->slot[slot].state, PANEL_ENDED);
	for (uint32_t i = now.first; i < now.first + b->gate.workers; i++)
		left |= atomic_load(&panel->slot[i].state) != PANEL_ENDED;
	if (left || atomic_load(&b->stop) || now.bypassed)
		return;
	if (time(NULL) - now.again >= AGAIN_S) { /* whatever it was may be over */
		now.again = time(NULL);
		const char *why = reload(b);
		if (!why)
			return;
		fprintf(stderr, "paravent: gate: %s\n", why);
	}
	if ((free_slot = room_for(1)) < 0)
		return;
	now.bypassed = true;
	for (uint32_t i = 0; i < panel->plan.routes; i++)
		fprintf(stderr, "paravent: gate: route %s is not guarded any more: %s\n", panel->plan.route[i].name,
		        panel->plan.route[i].bypass_port && !panel->plan.route[i].closed ? "its bytes go by the bypass" : "nobody is served");
	atomic_store(&panel->slot[free_slot].bypass, 1);
	atomic_store(&panel->slot[free_slot].generation, now.generation);
	atomic_store(&panel->slot[free_slot].state, PANEL_STARTING);
	now.pid[free_slot] = run_start(b, "gate", (uint32_t)free_slot);
}

bool
gate_rolled_back(const char *role, uint32_t which)
{
	return panel && (strcmp(role, "gate") == 0 || strcmp(role, "lend") == 0) && now.generation && atomic_load(&panel->slot[which].generation) > now.generation;
}

bool
gate_restarts(const struct board *b, uint32_t slot)
{
	return atomic_load(&panel->slot[slot].generation) == now.generation && now.keyless != now.generation && !atomic_load(&b->stop);
}

/* Where workers tell the role trust of certificates: no worker waits for it, and each may be started again. */
static bool
open_tells(struct board *b)
{
	for (unsigned i = 0; i < PANEL_SLOTS; i++) {
		int fd[2];
		if (channel_pair(fd) || fcntl(fd[0], F_SETFL, O_NONBLOCK))
			return false;
		b->gate.tell_fd[i] = fd[0];
		b->gate.heed_fd[i] = fd[1];
	}
	return true;
}

bool
gate_begin(struct board *b)
{
	void *trust;
	int   none[POLICY_ROUTES];

	if (page_new(sizeof *panel, (void **)&panel, &b->gate.panel_fd) || page_new(sizeof(struct trust), &trust, &b->gate.trust_fd) ||
	    !(now.last = memory_new(1, sizeof *now.last)))
		return false;
	panel->plan = b->policy;
	for (unsigned i = 0; i < POLICY_ROUTES; i++) {
		atomic_store(&panel->order[i].canary, PANEL_AS_POLICY);
		none[i] = b->gate.listen_fd[i] = -1;
	}
	for (unsigned i = 0; i < PANEL_SLOTS; i++)
		b->gate.ask_fd[i] = b->gate.lend_fd[i] = -1;
	if (!panel->plan.routes) {
		fprintf(stderr, "paravent: gate: %s has no routes\n", b->policy_path);
		return false;
	}
	if (channel_listen(b->gate.control, &now.listening)) {
		fprintf(stderr, "paravent: gate: %s: no orders can be heard there: %s\n", b->gate.control, strerror(errno));
		return false;
	}
	*now.last = panel->plan;
	if (!open_tells(b) || !open_sockets(b, none) || !run_start(b, "trust", 0) || !start(b, 0) || !ready(b, 0))
		return false;
	now.generation = 1;
	atomic_store(&panel->planned, 1);
	if (!run_start(b, "probe", 0))
		return false;
	fprintf(stderr, "gate: %u route%s, %u worker%s; orders over %s\n", panel->plan.routes, panel->plan.routes == 1 ? "" : "s", b->gate.workers, b->gate.workers == 1 ? "" : "s", b->gate.control);
	return true;
}

/* --- orders ----------------------------------------------------------------------------- */

/* Which of the routes, and of its backends, are meant: a bit each; 0: there is none of this name. */
static uint32_t
routes_of(const char *name)
{
	uint32_t set = 0;

	for (uint32_t i = 0; i < panel->plan.routes; i++)
		set |= !name[0] || strcmp(name, panel->plan.route[i].name) == 0 ? 1u << i : 0;
	return set;
}

static uint32_t
backends_of(uint32_t route, const char *name)
{
	uint32_t set = 0;

	for (unsigned i = 0; i < panel->plan.route[route].backends; i++)
		set |= !name[0] || strcmp(name, panel->plan.route[route].backend[i].name) == 0 ? 1u << i : 0;
	return set;
}

static const char *
obey(struct board *b, uint32_t order, const struct gate_request *q)
{
	uint32_t routes = routes_of(q->route), backends = 0;

	if (order == GATE_RELOAD)
		return reload(b);
	if (order == GATE_STOP) {
		atomic_store(&b->stop, 1);
		return NULL;
	}
	if (!routes)
		return "there is no route of this name";
	for (uint32_t i = 0; i < panel->plan.routes; i++) {
		if (!(routes >> i & 1))
			continue;
		if (order == GATE_HARDEN || order == GATE_UNHARDEN)
			atomic_store(&panel->order[i].harden, order == GATE_HARDEN);
		if (order == GATE_CANARY)
			atomic_store(&panel->order[i].canary, q->number > 100 ? PANEL_AS_POLICY : (uint8_t)q->number);
		if (order == GATE_DRAIN || order == GATE_UNDRAIN) {
			uint32_t some = backends_of(i, q->backend);
			backends |= some;
			for (unsigned k = 0; k < POLICY_BACKENDS; k++)
				if (some >> k & 1)
					atomic_store(&panel->order[i].isolated[k], order == GATE_DRAIN);
		}
	}
	if ((order == GATE_DRAIN || order == GATE_UNDRAIN) && !backends)
		return "there is no backend of this name";
	atomic_fetch_add(&panel->orders, 1);
	return NULL;
}

static void
answer(struct board *b, int fd, uint32_t order, struct bytes body)
{
	static uint8_t      room[CHANNEL_BODY];
	struct gate_request q;
	struct buf          out = buf_over(room, sizeof room);
	const char         *refused = "this is no order";

	if (body.len == sizeof q) {
		memcpy(&q, body.at, sizeof q);
		q.route[sizeof q.route - 1] = q.backend[sizeof q.backend - 1] = q.by[sizeof q.by - 1] = q.reason[sizeof q.reason - 1] = 0;
		if (order == GATE_STATUS || order == GATE_METRICS) {
			refused = NULL;
			for (uint32_t i = 0; i < panel->plan.routes; i++) {
				buf_reset(&out);
				gate_print(panel, i, order == GATE_METRICS, &out);
				if (!buf_ok(&out) || channel_send(fd, GATE_TEXT, buf_bytes(&out)))
					return;
			}
		} else if (order >= GATE_RELOAD && order <= GATE_CANARY) {
			refused = obey(b, order, &q);
			chronicle_gate(b, &q, gate_order_name(order), refused);
		}
	}
	(void)!channel_send(fd, refused ? GATE_REFUSED : GATE_FINE, bytes_text(refused ? refused : ""));
}

void
gate_look(struct board *b)
{
	static uint8_t room[CHANNEL_BODY + 8];
	uint32_t       order;
	struct bytes   body;
	unsigned       user;
	int            fd;

	if (now.listening < 0 || channel_accept(now.listening, &fd, &user))
		return;
	/* Only this user's commands come here; one that says nothing is not waited for. */
	if (poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, 200) == 1 && !channel_receive(fd, room, &order, &body))
		answer(b, fd, order, body);
	close(fd);
}
