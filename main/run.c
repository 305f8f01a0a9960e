/*
 * run: one run of roles: their rings, their start, and what is left to do when
 * one of them ends, however it ended.
 */
#include "main/run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "main/command.h"
#include "main/role.h"

static struct board *board;

static void
on_signal(int n)
{
	(void)n;
	atomic_store(&board->stop, 1);
}

enum { CHILDREN = BOARD_SENSORS + 2, CLAIM_RING = 1 << 20, RECORD_RING = 1 << 20 };

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
	return OK;
}

struct child {
	int         pid;
	const char *role;
	uint32_t    which;
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
		atomic_store(&b->stop, 1);
	} else if (strcmp(c->role, "record") == 0) {
		let_go(b->record_ring_fd, true);
	}
}

/* Starts a role; one that cannot be started is buried at once. */
bool
run_start(struct board *b, const char *role, uint32_t which)
{
	struct child c = { role_start(role, which), role, which };

	if (c.pid > 0) {
		child[children++] = c;
		return true;
	}
	fprintf(stderr, "paravent: the %s could not be started: %s\n", role, strerror(errno));
	bury(b, &c);
	return false;
}

/* Waits for every role; the worst exit of all. */
int
run_wait(struct board *b, struct screen *screen)
{
	int worst = EXIT_FINE, status, left = children;

	while (left) {
		pid_t p = waitpid(-1, &status, screen ? WNOHANG : 0);
		if (p > 0) {
			const char *role = "role";
			for (int i = 0; i < children; i++)
				if (child[i].pid == p) {
					role = child[i].role;
					bury(b, &child[i]);
				}
			left--;
			if (WIFSIGNALED(status))
				fprintf(stderr, "paravent: the %s died by signal %d; what it had told stands\n", role, WTERMSIG(status));
			int code = WIFSIGNALED(status) ? EXIT_PART : WEXITSTATUS(status);
			worst = code > worst ? code : worst;
		} else if (p < 0 && errno != EINTR) {
			break;
		} else if (screen) {
			screen_draw(screen);
		}
	}
	children = 0;
	screen_end(screen);
	return worst;
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
	board->record_ring_fd = -1;
	if (getrandom(&board->seed, sizeof board->seed, 0) < 0 || getrandom(board->key, sizeof board->key, 0) < 0)
		return NULL;
	return board;
}

int
run_all(struct board *b, struct screen *screen)
{
	struct sigaction stop = { .sa_handler = on_signal };

	if (rings(b)) {
		fprintf(stderr, "paravent: no memory for the rings between the roles\n");
		return EXIT_PART;
	}
	if (b->policy_path[0] && !b->policy.given && (!run_start(b, "settings", 0) || run_wait(b, NULL)))
		return EXIT_PART;
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	bool whole = !b->store[0] || run_start(b, "record", 0);
	whole &= run_start(b, "judge", 0);
	for (uint32_t i = 0; i < b->sensors; i++)
		whole &= run_start(b, "sensor", i);
	int e = run_wait(b, screen);
	return whole ? e : EXIT_PART;
}
