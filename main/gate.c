/* gate: the role gate: one worker of the gateway; see gate/worker.h. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/json.h"
#include "base/memory.h"
#include "crypt/hash.h"
#include "gate/worker.h"
#include "ledger/disk.h"
#include "main/command.h"
#include "main/role.h"
#include "os/jail.h"
#include "os/page.h"
#include "os/ring.h"

enum { PEM = 256 << 10, SPARE = 64, TICK_US = 200 * 1000 };

struct gate {
	struct board        *board;
	struct worker_config config;
	struct ring         *ring;
	struct board_lines   lines;
	struct instant       ticked;
};

static bool
slurp(struct gate *g, const char *path)
{
	struct worker_config *c = &g->config;
	static uint8_t        room[PEM];
	struct buf            text = buf_over(room, sizeof room);
	enum err              e;

	if (!path[0])
		return true;
	for (unsigned i = 0; i < c->files; i++)
		if (strcmp(c->file[i].path, path) == 0)
			return true;
	if ((e = disk_get(AT_FDCWD, path, &text))) {
		fprintf(stderr, "paravent: gate: %s %s\n", path, err_text(e));
		return false;
	}
	uint8_t *copy = memory_new(1, text.len + 1);
	if (!copy)
		return false;
	memcpy(copy, text.at, text.len);
	c->file[c->files++] = (struct worker_file){ path, bytes_of(copy, text.len) };
	return true;
}

static bool
files(struct gate *g, const struct policy *p)
{
	bool fine = true;

	for (uint32_t i = 0; i < p->routes; i++)
		for (unsigned k = 0; k < p->route[i].certificates; k++)
			fine &= slurp(g, p->route[i].certificate[k]);
	for (uint32_t i = 0; i < p->trusts; i++)
		fine &= slurp(g, p->trust[i].ca);
	return fine;
}

/* --- what is told -------------------------------------------------------------------- */

static bool
tell(struct gate *g, uint32_t kind, const void *what, size_t n)
{
	void *room = ring_try(g->ring, n);

	if (!room)
		return false;
	memcpy(room, what, n);
	ring_send(g->ring, kind);
	return true;
}

static bool
on_message(void *context, const struct message_head *m)
{
	return tell(context, BOARD_MESSAGE, m, sizeof *m);
}

static bool
on_claim(void *context, const struct claim *c)
{
	return tell(context, BOARD_CLAIM, c, sizeof *c);
}

/* The access log. */
static void
on_log(void *context, const struct worker_note *n)
{
	struct gate *g = context;
	struct buf  *b = board_line(&g->lines);

	json_open(b, NULL, '{');
	json_instant(b, "timestamp", n->when);
	json_text(b, "event_type", "gate");
	json_addr(b, "src_ip", n->client);
	json_number(b, "src_port", n->port);
	json_open(b, "gate", '{');
	json_text(b, "event", n->event);
	json_text(b, "route", n->route);
	json_number(b, "conversation", (int64_t)(n->number & INT64_MAX));
	const struct { const char *key, *text; } TEXT[] = { { "device", n->device }, { "subject", n->subject }, { "title", n->title }, { "backend", n->backend },
		{ "version", n->version }, { "cipher", n->cipher }, { "ja4", n->ja4 }, { "revocation", n->revocation }, { "why", n->why } };
	for (size_t i = 0; i < sizeof TEXT / sizeof *TEXT; i++)
		if (TEXT[i].text[0])
			json_text(b, TEXT[i].key, TEXT[i].text);
	json_bool(b, "resumed", n->resumed);
	json_bool(b, "marked", n->marked);
	json_number(b, "messages", (int64_t)n->messages);
	json_number(b, "bytes_up", (int64_t)n->up);
	json_number(b, "bytes_down", (int64_t)n->down);
	json_number(b, "ms", n->lasted / 1000);
	json_close(b, '}');
	json_close(b, '}');
	buf_u8(b, '\n');
}

static void
on_tick(void *context)
{
	struct gate   *g = context;
	struct instant now = worker_wall();

	if (now.us - g->ticked.us >= TICK_US && tell(g, BOARD_TICK, &now, sizeof now))
		g->ticked = now;
	ring_wake(g->ring);
	board_flush(&g->lines);
}

/*
 * The gateway cannot serve: what fails open goes on as plain bytes to where
 * the policy says, by a worker that looks at none of them and needs no key.
 */
static void
bypass(struct policy *p, int *listen_fd, uint32_t *number)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->routes; i++) {
		struct policy_route r = p->route[i];
		if (r.closed || !r.bypass_port)
			continue;
		r.protocol = POLICY_TCP;
		r.mode = POLICY_WRAP;
		r.class = MESSAGE_VITALS + 1; /* nobody is asked who he is */
		r.certificates = r.keys = r.clients = 0;
		r.trust[0] = 0;
		r.backends = 1;
		r.backend[0] = (struct policy_backend){ .name = "bypass", .address = r.bypass, .port = r.bypass_port, .weight = 1 };
		listen_fd[n] = listen_fd[i];
		number[n] = i;
		p->route[n++] = r;
	}
	p->routes = n;
}

int
gate_run(struct board *b, uint32_t which)
{
	static struct gate g;
	struct worker     *w;
	struct panel      *panel;
	struct trust      *trust;
	struct policy     *policy = memory_new(1, sizeof *policy);
	struct rlimit      fds;
	unsigned           missing;
	static int         listen_fd[POLICY_ROUTES];
	static uint32_t    number[POLICY_ROUTES];
	int                keep[POLICY_ROUTES + 6];

	for (unsigned i = 0; i < POLICY_ROUTES; i++)
		keep[i] = b->gate.listen_fd[i];
	keep[POLICY_ROUTES] = b->gate.panel_fd;
	keep[POLICY_ROUTES + 1] = b->gate.trust_fd;
	keep[POLICY_ROUTES + 2] = b->gate.ask_fd[which];
	keep[POLICY_ROUTES + 3] = b->sensor[b->gate.first + which].ring_fd;
	keep[POLICY_ROUTES + 4] = b->jsonl_fd;
	keep[POLICY_ROUTES + 5] = b->gate.tell_fd[which];
	role_close_but(keep, POLICY_ROUTES + 6);
	g.board = b;
	if (!policy || page_open(b->gate.panel_fd, sizeof *panel, true, (void **)&panel) || page_open(b->gate.trust_fd, sizeof *trust, false, (void **)&trust) ||
	    ring_open(b->sensor[b->gate.first + which].ring_fd, &g.ring) || board_lines_new(b, b->jsonl_fd, &g.lines))
		return EXIT_PART;
	ring_resume(g.ring, true);
	atomic_store(&panel->slot[which].pid, (uint32_t)getpid());
	*policy = panel->plan;
	memcpy(listen_fd, b->gate.listen_fd, sizeof listen_fd);
	bool unseen = atomic_load(&panel->slot[which].bypass);
	if (unseen)
		bypass(policy, listen_fd, number);
	getrlimit(RLIMIT_NOFILE, &fds);
	fds.rlim_cur = fds.rlim_max;
	setrlimit(RLIMIT_NOFILE, &fds);
	g.config = (struct worker_config){
		.policy = policy, .panel = panel, .trust = trust, .slot = which, .place = b->gate.first, .generation = atomic_load(&panel->slot[which].generation), .listen_fd = listen_fd,
		.bypassed = unseen ? number : NULL, .keys_fd = b->gate.ask_fd[which], .tell_fd = b->gate.tell_fd[which], .conversations = b->gate.conversations, .key = message_key(b->key), .stop = &b->stop,
		.out = { .context = &g, .message = on_message, .claim = on_claim, .tick = on_tick },
	};
	if (g.config.conversations > (fds.rlim_cur - SPARE) / 2)
		g.config.conversations = (unsigned)(fds.rlim_cur - SPARE) / 2;
	if (b->jsonl_fd >= 0)
		g.config.out.log = on_log;
	if (getrandom(&g.config.seed, sizeof g.config.seed, 0) < 0 || hash_init() || !files(&g, policy) || worker_new(&g.config, &w))
		return EXIT_PART;
	if (jail_enter(JAIL_GATE, NULL, &missing)) {
		fprintf(stderr, "paravent: gate: privileges could not be given up, so nobody is served\n");
		return EXIT_PART;
	}
	bool served = worker_run(w);
	board_flush(&g.lines);
	return served ? EXIT_FINE : EXIT_PART;
}
