/*
 * run: one run of roles: their rings, their start, and what is left to do when
 * one of them ends, however it ended.
 */
#include "main/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "main/chronicle.h"
#include "main/command.h"
#include "main/gate.h"
#include "main/inscribe.h"
#include "main/keys.h"
#include "main/role.h"
#include "main/spool.h"
#include "main/state.h"
#include "os/channel.h"

static struct board *board;

static void
on_signal(int n)
{
	(void)n;
	atomic_store(&board->stop, 1);
}

enum { CHILDREN = BOARD_SENSORS + PANEL_SLOTS + 8, CLAIM_RING = 1 << 20, RECORD_RING = 1 << 20, VERIFY_RING = 1 << 16, RESTARTS = 5, RESTARTS_S = 60 };

static enum err
rings(struct board *b)
{
	struct ring *r;
	enum err     e;

	for (uint32_t i = 0; i < b->sensors; i++) {
		if ((e = ring_new(CLAIM_RING, &r, &b->sensor[i].ring_fd)))
			return e;
		ring_free(r); /* the roles map it themselves */
	}
	if (b->store[0]) {
		if ((e = ring_new(RECORD_RING, &r, &b->record_ring_fd)))
			return e;
		ring_free(r);
	}
	for (uint32_t i = 0; i < b->sensors; i++)
		b->sensor[i].tape_fd = b->sensor[i].tape_read_fd = -1;
	if (spool_due(b) && !spool_prepare(b))
		return ERR_MEMORY;
	if (b->state[0] && b->verify_s) {
		if ((e = ring_new(VERIFY_RING, &r, &b->verify_ring_fd)))
			return e;
		ring_free(r);
	}
	return OK;
}

struct child {
	int         pid; /* 0: it ended */
	const char *role;
	uint32_t    which;
	time_t      started[RESTARTS]; /* again, the last times */
};

static struct child child[CHILDREN];
static int          children;

static void
let_go(int ring_fd, bool reader_gone)
{
	struct ring *r;

	if (ring_fd < 0 || ring_open(ring_fd, &r))
		return;
	ring_close(r);
	if (reader_gone)
		ring_leave(r);
	ring_free(r);
}

/* However a role ended, its peers must not wait for it. */
static void
bury(struct board *b, const struct child *c)
{
	if (strcmp(c->role, "sensor") == 0) {
		let_go(b->sensor[c->which].ring_fd, false);
	} else if (strcmp(c->role, "judge") == 0) {
		for (uint32_t i = 0; i < b->sensors; i++)
			let_go(b->sensor[i].ring_fd, true);
		let_go(b->record_ring_fd, false);
		let_go(b->spool_ring_fd, false);
		/* Care goes on though nobody judges it. */
		if (b->gate.slots && !atomic_load(&b->stop))
			fprintf(stderr, "paravent: NOTHING IS JUDGED ANY MORE; the gateway goes on: start it again when care allows\n");
		else
			atomic_store(&b->stop, 1);
	} else if (strcmp(c->role, "record") == 0) {
		let_go(b->record_ring_fd, true);
	} else if (strcmp(c->role, "spool") == 0) {
		let_go(b->spool_ring_fd, true);
	} else if (strcmp(c->role, "gate") == 0 && atomic_load(&b->stop)) {
		let_go(b->sensor[b->gate.first + c->which].ring_fd, false);
	}
}

/* Rings of slots that no worker fills: the judge waits for none of them any more. */
static void
end_slots(struct board *b)
{
	for (uint32_t i = 0; i < b->gate.slots; i++)
		let_go(b->sensor[b->gate.first + i].ring_fd, false);
}

/* Starts a role; one that cannot be started is buried at once. */
int
run_start(struct board *b, const char *role, uint32_t which)
{
	struct child c = { .pid = role_start(role, which), .role = role, .which = which };
	char         says[48];

	if (c.pid > 0) {
		int i = 0;
		while (i < children && child[i].pid)
			i++;
		child[i] = c;
		children += i == children;
		snprintf(says, sizeof says, "started, process %d", c.pid);
		chronicle_role(b, role, which, says);
		return c.pid;
	}
	fprintf(stderr, "paravent: the %s could not be started: %s\n", role, strerror(errno));
	bury(b, &c);
	return 0;
}

/*
 * May this one be started again?  Of a live run what reads packets and what
 * keeps findings; of the gateway whoever judges, too, for connections must
 * outlive it.  Not again and again.
 */
static bool
restart(struct board *b, struct child *c)
{
	bool            live = b->gate.slots > 0, sensor = strcmp(c->role, "sensor") == 0, judge = b->gate.slots && strcmp(c->role, "judge") == 0, gate = strcmp(c->role, "gate") == 0 || strcmp(c->role, "lend") == 0 || strcmp(c->role, "trust") == 0 || strcmp(c->role, "probe") == 0;
	struct timespec now;

	for (uint32_t i = 0; i < b->sources; i++)
		live |= b->source[i].live;
	if (sensor)
		live = b->source[b->sensor[c->which].first].live;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!live || (!sensor && !gate && !judge && strcmp(c->role, "record")) || atomic_load(&b->stop) || (c->started[0] && now.tv_sec - c->started[0] < RESTARTS_S))
		return false;
	if (gate && strcmp(c->role, "trust") && strcmp(c->role, "probe") && !gate_restarts(b, c->which))
		return false;
	int pid = role_start(c->role, c->which);
	if (pid < 0)
		return false;
	c->pid = pid;
	memmove(c->started, c->started + 1, sizeof c->started - sizeof *c->started);
	c->started[RESTARTS - 1] = now.tv_sec ? now.tv_sec : 1;
	return true;
}

/* Nothing is left to verify a ledger for; what it has told stands. */
static void
end_verify(void)
{
	for (int i = 0; i < children; i++)
		if (child[i].pid > 0 && strcmp(child[i].role, "verify") == 0)
			kill(child[i].pid, SIGKILL);
}

/* A role has ended; its exit code. */
static int
ended(struct board *b, struct child *c, int status)
{
	bool died = WIFSIGNALED(status);
	char says[96];

	if (strcmp(c->role, "verify") == 0 && died && WTERMSIG(status) == SIGKILL && atomic_load(&b->done)) {
		c->pid = 0;
		return EXIT_FINE;
	}
	int pid = c->pid, code = died ? EXIT_PART : WEXITSTATUS(status);
	if (gate_rolled_back(c->role, c->which)) {
		c->pid = 0;
		return EXIT_FINE;
	}
	bool again = died && restart(b, c);
	if (died)
		snprintf(says, sizeof says, "process %d died by signal %d%s", pid, WTERMSIG(status), again ? "; it was started again" : "");
	else
		snprintf(says, sizeof says, "process %d ended%s", pid, code ? " in part" : "");
	chronicle_role(b, c->role, c->which, says);
	if (died)
		fprintf(stderr, "paravent: the %s died by signal %d; what it had told stands%s\n", c->role, WTERMSIG(status), again ? ", and it was started again" : "");
	if (!again) {
		c->pid = 0;
		bury(b, c);
		if (b->gate.slots && strcmp(c->role, "sensor") == 0 && b->progress[c->which].trouble[0])
			fprintf(stderr, "paravent: %.320s; the gateway goes on without it\n", b->progress[c->which].trouble);
		if ((strcmp(c->role, "gate") == 0 || strcmp(c->role, "lend") == 0) && code)
			gate_lost(b, c->role, c->which);
	}
	if (!again && strcmp(c->role, "judge") == 0) {
		atomic_store(&b->done, 1);
		end_verify();
	}
	return code;
}

static bool
any_left(void)
{
	for (int i = 0; i < children; i++)
		if (child[i].pid > 0)
			return true;
	return false;
}

/* Waits for every role; the worst exit of all. */
int
run_wait(struct board *b, struct screen *screen)
{
	int  worst = EXIT_FINE, status;
	bool looks = (b->state[0] && !b->alone) || b->gate.slots; /* at what is lost, while it goes on */
	bool freed = false;

	while (any_left()) {
		pid_t p = waitpid(-1, &status, screen || looks ? WNOHANG : 0);
		if (p > 0) {
			int i = 0;
			while (i < children && child[i].pid != p)
				i++;
			int code = i < children ? ended(b, &child[i], status) : EXIT_PART;
			if (i == children)
				fprintf(stderr, "paravent: the ledger's process or that of its keys ended; watching goes on, and nothing more is entered\n");
			worst = code > worst ? code : worst;
			continue;
		}
		if (p < 0 && errno != EINTR)
			break;
		if (b->state[0])
			chronicle_look(b, false);
		if (b->gate.slots && b->gate.panel_fd >= 0)
			gate_look(b);
		if (atomic_load(&b->stop) && !freed) {
			freed = true;
			end_slots(b);
		}
		if (screen)
			screen_draw(screen);
		else if (looks)
			poll(NULL, 0, 20);
	}
	children = 0;
	screen_end(screen);
	return worst;
}

/* Its first entry of this run is durable: it is there, and it is ours alone to write. */
static bool
ledger_answers(const struct board *b)
{
	static uint8_t room[CHANNEL_BODY + 8];
	struct entry   e = { .type = ENTRY_ROLE, .actor = "parent", .subject = "ledger", .says = "started" };
	int            fd = b->tell_fd[INSCRIBE_PARENT];
	uint32_t       kind;
	struct bytes   body;

	return channel_send(fd, INSCRIBE_ENTRY, bytes_of(&e, sizeof e)) == OK && channel_receive(fd, room, &kind, &body) == OK && kind == INSCRIBE_DONE;
}

/* The ledger's processes, and the site's key: with it digests mean the same in every run. */
static bool
open_ledger(struct board *b)
{
	struct state    s;
	struct note_key key;
	bool            live = false;
	int             pid[2];

	if (state_of(b->state, &s) || state_key(&s, &key)) {
		fprintf(stderr, "paravent: %s has no ledger: `paravent init` makes one\n", b->state);
		return false;
	}
	if (!inscribe_start(b, pid) || keys_ask(b->ask_fd[KEYS_PARENT], KEYS_DIGEST, bytes_of("", 0), b->key, sizeof b->key) || !ledger_answers(b)) {
		fprintf(stderr, "paravent: the ledger's processes could not be started; nothing was watched\n");
		return false;
	}
	chronicle_role(b, "keys", 0, "started");
	close(b->ask_fd[KEYS_PARENT]);
	b->ask_fd[KEYS_PARENT] = -1;
	for (uint32_t i = 0; i < b->sources; i++)
		live |= b->source[i].live;
	/* A capture waits for us, packets do not. */
	for (int i = 0; live && i < INSCRIBE_PEERS; i++)
		fcntl(b->tell_fd[i], F_SETFL, O_NONBLOCK);
	return true;
}

/* The last entries, and then the ledger's processes end because nobody is left who could tell them anything. */
static void
close_ledger(struct board *b, int code)
{
	int fd = b->tell_fd[INSCRIBE_PARENT];

	if (fd >= 0)
		fcntl(fd, F_SETFL, 0);
	chronicle_look(b, true);
	chronicle_end(b, code);
	if (fd >= 0)
		close(fd);
	close(b->tell_fd[INSCRIBE_JUDGE]);
	close(b->tell_fd[INSCRIBE_SPOOL]);
	while (wait(NULL) > 0)
		;
}

struct board *
run_new(void)
{
	if (board_new(&board)) {
		fprintf(stderr, "paravent: no shared memory for the roles: %s\n", strerror(errno));
		return NULL;
	}
	board->sensor_memory = SENSOR_MEMORY_DEFAULT;
	board->judge_memory = JUDGE_MEMORY_DEFAULT;
	board->message_memory = PAIRING_MEMORY_DEFAULT;
	board->jsonl_fd = -1;
	board->text = true;
	board->text_fd = STDOUT_FILENO;
	board->least = 3;
	board->record_ring_fd = board->verify_ring_fd = board->spool_ring_fd = board->restore_fd = -1;
	board->tape_mib = SPOOL_RING_DEFAULT;
	board->evidence_mib = SPOOL_MIB_DEFAULT;
	board->evidence_files = SPOOL_FILES_DEFAULT;
	board->gate.panel_fd = -1;
	board->verify_s = 60;
	board->verify_whole_s = 24 * 3600;
	if (getrandom(&board->seed, sizeof board->seed, 0) < 0 || getrandom(board->key, sizeof board->key, 0) < 0)
		return NULL;
	return board;
}

bool
run_site(struct board *b, const char *dir)
{
	struct state s;

	return state_of(dir, &s) == OK && snprintf(b->state, sizeof b->state, "%s", s.dir) < BOARD_NAME &&
	       snprintf(b->store, sizeof b->store, "%s", s.store) < BOARD_NAME;
}

bool
run_verify(struct board *b, const char *seconds)
{
	int end = 0;
	int n = sscanf(seconds, "%u%n,%u%n", &b->verify_s, &end, &b->verify_whole_s, &end);

	return n >= 1 && !seconds[end] && b->verify_s <= 86400 && b->verify_whole_s <= 366 * 86400;
}

static int
roles(struct board *b, struct screen *screen)
{
	struct sigaction stop = { .sa_handler = on_signal };

	if (b->policy_path[0] && !b->policy.given && (!run_start(b, "settings", 0) || run_wait(b, NULL)))
		return EXIT_PART;
	if (b->pki[0] && !b->policy.authorities && (!run_start(b, "settings", 2) || run_wait(b, NULL)))
		return EXIT_PART;
	chronicle_begin(b);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	bool whole = !b->store[0] || run_start(b, "record", 0) > 0;
	if (b->spool_ring_fd >= 0 && !b->align)
		whole &= run_start(b, "spool", 0) > 0;
	whole &= run_start(b, "judge", 0) > 0;
	for (uint32_t i = 0; i < b->sensors; i++)
		if (b->sensor[i].count)
			whole &= run_start(b, "sensor", i) > 0;
	if (b->gate.slots && !b->align)
		if (!gate_begin(b)) {
			whole = false;
			atomic_store(&b->stop, 1);
		}
	if (b->verify_ring_fd >= 0 && !b->align)
		whole &= run_start(b, "verify", 0) > 0;
	int e = run_wait(b, screen);
	return whole ? e : EXIT_PART;
}

int
run_all(struct board *b, struct screen *screen)
{
	if (rings(b)) {
		fprintf(stderr, "paravent: no memory for the rings between the roles\n");
		return EXIT_PART;
	}
	if (!b->state[0] || b->align)
		return roles(b, screen);
	if (!open_ledger(b))
		return EXIT_PART;
	int e = roles(b, screen);
	close_ledger(b, e);
	return e;
}
