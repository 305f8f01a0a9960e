/*
 * watch: the parent of a run: reads the command line, starts a sensor for each
 * wire, a judge and, with --store, a record; shows how far they are; and never
 * looks at a packet itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "main/command.h"
#include "main/role.h"
#include "main/screen.h"
#include "os/jail.h"

enum { CHILDREN = BOARD_SENSORS + 2, CLAIM_RING = 1 << 20, RECORD_RING = 1 << 20, QUEUES = 8 };

static struct board *board;

static void
on_signal(int n)
{
	(void)n;
	atomic_store(&board->stop, 1);
}

/* --- the command line --------------------------------------------------------------- */

static int
usage(const char *what, const char *value)
{
	fprintf(stderr, "paravent watch: %s%s%s; see `paravent help watch`\n", what, value ? ": " : "", value ? value : "");
	return EXIT_USAGE;
}

/* Adds a source; with a place of its own unless it continues the last one's files. */
static bool
add_source(struct board *b, const char *place, const char *name, bool live, uint16_t fanout, bool same_place)
{
	if (b->sources == BOARD_SOURCES || (!same_place && b->sensors == BOARD_SENSORS) || strlen(name) >= BOARD_NAME)
		return false;
	if (!same_place) {
		uint32_t i = b->sensors++;
		snprintf(b->sensor[i].name, sizeof b->sensor[i].name, "%s", place);
		b->sensor[i].place = (uint16_t)i;
		b->sensor[i].first = b->sources;
	}
	b->sensor[b->sensors - 1].count++;
	snprintf(b->source[b->sources].name, BOARD_NAME, "%s", name);
	b->source[b->sources].live = live;
	b->source[b->sources].fanout = fanout;
	b->sources++;
	return true;
}

static bool
is_interface(const char *name)
{
	char path[BOARD_NAME + 32];

	snprintf(path, sizeof path, "/sys/class/net/%.200s", name);
	return !strchr(name, '/') && access(path, F_OK) == 0;
}

static bool
add_tap(struct board *b, const char *tap)
{
	char        place[64];
	const char *eq = strchr(tap, '=');

	if (!eq || (size_t)(eq - tap) >= sizeof place || eq == tap)
		return false;
	snprintf(place, sizeof place, "%.*s", (int)(eq - tap), tap);
	return add_source(b, place, eq + 1, is_interface(eq + 1), 0, false);
}

static bool
add_interface(struct board *b, const char *name, uint16_t queues)
{
	static uint16_t group;

	if (queues > 1)
		group = (uint16_t)((getpid() & 0x7fff) + 1 + group);
	for (uint16_t q = 0; q < queues; q++) {
		if (!add_source(b, name, name, true, queues > 1 ? group : 0, false))
			return false;
		/* All readers of an interface stand at one place: one wire, one domain. */
		b->sensor[b->sensors - 1].place = (uint16_t)(b->sensors - 1 - q);
	}
	return true;
}

static bool
number(const char *text, long least, long most, long *out)
{
	char *end;

	errno = 0;
	*out = strtol(text, &end, 10);
	return !errno && *text && !*end && *out >= least && *out <= most;
}

struct options {
	long fail_on, queues;
};

static int
options(struct board *b, int argc, char **argv, struct options *o)
{
	static const struct option LONG[] = {
		{ "read", 1, 0, 'r' }, { "interface", 1, 0, 'i' }, { "tap", 1, 0, 't' }, { "policy", 1, 0, 'p' }, { "jsonl", 1, 0, 'j' },
		{ "events", 1, 0, 'e' }, { "store", 1, 0, 's' }, { "fail-on", 1, 0, 'f' }, { "severity", 1, 0, 'v' },
		{ "memory", 1, 0, 'm' }, { "queues", 1, 0, 'q' }, { "color", 1, 0, 'c' }, { 0, 0, 0, 0 },
	};
	bool last_was_file = false;
	long n;

	argv[0] = (char[]){ "paravent watch" }; /* getopt's own complaints begin with it */
	for (int c; (c = getopt_long(argc, argv, "r:i:p:", LONG, NULL)) != -1;) {
		bool file = false;
		switch (c) {
		case 'r':
			file = true;
			if (!add_source(b, "capture", optarg, false, 0, last_was_file))
				return usage("too many sources, or a path too long", optarg);
			break;
		case 'i':
			if (!add_interface(b, optarg, (uint16_t)o->queues))
				return usage("too many sources", optarg);
			break;
		case 't':
			if (!add_tap(b, optarg))
				return usage("--tap wants NAME=FILE or NAME=IFACE", optarg);
			break;
		case 'p':
			if (snprintf(b->policy_path, sizeof b->policy_path, "%s", optarg) >= BOARD_NAME)
				return usage("--policy: the path is too long", optarg);
			break;
		case 'j':
			b->jsonl_fd = strcmp(optarg, "-") == 0 ? STDOUT_FILENO : open(optarg, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
			if (b->jsonl_fd < 0)
				return usage("--jsonl cannot be written", optarg);
			b->text = b->jsonl_fd != STDOUT_FILENO;
			break;
		case 'e':
			if (!event_set(optarg, &b->events))
				return usage("--events does not know one of these", optarg);
			break;
		case 's':
			if (snprintf(b->store, sizeof b->store, "%s", optarg) >= BOARD_NAME)
				return usage("--store: the path is too long", optarg);
			break;
		case 'f':
			if (!number(optarg, 1, 4, &o->fail_on))
				return usage("--fail-on wants a severity of 1 to 4", optarg);
			break;
		case 'v':
			if (!number(optarg, 1, 4, &n))
				return usage("--severity wants 1 to 4", optarg);
			b->least = (int)n;
			break;
		case 'm':
			if (!number(optarg, 8, 65536, &n))
				return usage("--memory wants 8 or more MiB", optarg);
			b->sensor_memory = (size_t)n << 20;
			break;
		case 'q':
			if (!number(optarg, 1, QUEUES, &o->queues))
				return usage("--queues wants 1 to 8, before the -i it is for", optarg);
			break;
		case 'c':
			if (strcmp(optarg, "always") == 0)
				b->color = true;
			else if (strcmp(optarg, "never") == 0)
				b->color = false;
			else if (strcmp(optarg, "auto") != 0)
				return usage("--color wants auto, always or never", optarg);
			break;
		default:
			return EXIT_USAGE;
		}
		last_was_file = file;
	}
	if (optind < argc)
		return usage("what is this", argv[optind]);
	if (!b->sources)
		return usage("nothing to watch: name a capture with -r or an interface with -i", NULL);
	return EXIT_FINE;
}

/* --- showing ---------------------------------------------------------------------------- */

static void
show_end(const struct board *b)
{
	for (uint32_t i = 0; i < b->sensors; i++) {
		const struct sensor_counts *c = &b->progress[i].counts;
		uint64_t                    drops = atomic_load(&b->progress[i].drops);
		if (b->progress[i].trouble[0])
			fprintf(stderr, "paravent: %.320s\n", b->progress[i].trouble);
		fprintf(stderr, "%s: %llu packets, %llu bytes, %llu flows", b->sensor[i].name, (unsigned long long)c->frames,
		        (unsigned long long)c->bytes, (unsigned long long)c->flows);
		const struct { const char *what; uint64_t n; } rest[] = {
			{ "dropped by the kernel", drops }, { "malformed", c->malformed }, { "of an unsupported link", c->unsupported },
			{ "cut by the capture's snap length", c->cut }, { "copies by the mirror", c->copies }, { "carried by a third card", c->relayed },
			{ "bytes acknowledged but never seen", c->unseen_bytes }, { "fragments not joined", c->fragments_dropped },
			{ "streams given up", c->streams_refused }, { "flows evicted", c->flows_evicted }, { "clock steps", c->clock_steps },
		};
		for (size_t k = 0; k < sizeof rest / sizeof *rest; k++)
			if (rest[k].n)
				fprintf(stderr, ", %llu %s", (unsigned long long)rest[k].n, rest[k].what);
		fputc('\n', stderr);
		uint32_t missing = atomic_load(&b->progress[i].missing) & (JAIL_NO_SECCOMP | JAIL_NO_LANDLOCK);
		if (missing)
			fprintf(stderr, "paravent: this kernel lacks %s%s%s: the sensor ran with less of a jail\n", missing & JAIL_NO_SECCOMP ? "seccomp" : "",
			        missing == (JAIL_NO_SECCOMP | JAIL_NO_LANDLOCK) ? " and " : "", missing & JAIL_NO_LANDLOCK ? "Landlock" : "");
	}
	fprintf(stderr, "judge: %llu claims, %llu findings (%llu critical, %llu major, %llu minor, %llu information)",
	        (unsigned long long)b->judged.claims, (unsigned long long)b->judged.findings, (unsigned long long)atomic_load(&b->severity[1]),
	        (unsigned long long)atomic_load(&b->severity[2]), (unsigned long long)atomic_load(&b->severity[3]),
	        (unsigned long long)atomic_load(&b->severity[4]));
	if (b->judged.withheld)
		fprintf(stderr, ", %llu more of the same withheld", (unsigned long long)b->judged.withheld);
	fputc('\n', stderr);
}

/* --- running ------------------------------------------------------------------------------ */

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
static bool
start(struct board *b, const char *role, uint32_t which)
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
static int
wait_for(struct board *b, struct screen *screen)
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

int
watch_run(int argc, char **argv)
{
	struct options   o = { .queues = 1 };
	struct sigaction stop = { .sa_handler = on_signal };
	int              e;

	if (board_new(&board)) {
		fprintf(stderr, "paravent: no shared memory for the roles: %s\n", strerror(errno));
		return EXIT_PART;
	}
	board->sensor_memory = SENSOR_MEMORY_DEFAULT;
	board->judge_memory = JUDGE_MEMORY_DEFAULT;
	board->message_memory = PAIRING_MEMORY_DEFAULT;
	board->jsonl_fd = -1;
	board->text = true;
	board->text_fd = STDOUT_FILENO;
	board->least = 3;
	board->record_ring_fd = -1;
	board->color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	if (getrandom(&board->seed, sizeof board->seed, 0) < 0 || getrandom(board->key, sizeof board->key, 0) < 0)
		return EXIT_PART;
	if ((e = options(board, argc, argv, &o)))
		return e;
	if (rings(board)) {
		fprintf(stderr, "paravent: no memory for the rings between the roles\n");
		return EXIT_PART;
	}
	if (board->policy_path[0] && (!start(board, "settings", 0) || wait_for(board, NULL)))
		return EXIT_PART;
	struct screen *screen = screen_new(board);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	bool whole = !board->store[0] || start(board, "record", 0);
	whole &= start(board, "judge", 0);
	for (uint32_t i = 0; i < board->sensors; i++)
		whole &= start(board, "sensor", i);
	e = wait_for(board, screen);
	show_end(board);
	if (e || !whole || atomic_load(&board->unwritten))
		return EXIT_PART;
	for (long s = 1; s <= o.fail_on; s++)
		if (atomic_load(&board->severity[s]))
			return EXIT_FINDINGS;
	return EXIT_FINE;
}
