/*
 * watch: the parent of a run: reads the command line, starts a sensor for each
 * wire, a judge and, with --store, a record; shows how far they are; and never
 * looks at a packet itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "main/command.h"
#include "main/run.h"
#include "main/source.h"
#include "os/jail.h"

enum { QUEUES = 8 };

/* --- the command line --------------------------------------------------------------- */

static int
usage(const char *what, const char *value)
{
	fprintf(stderr, "paravent watch: %s%s%s; see `paravent help watch`\n", what, value ? ": " : "", value ? value : "");
	return EXIT_USAGE;
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
		{ "memory", 1, 0, 'm' }, { "queues", 1, 0, 'q' }, { "color", 1, 0, 'c' }, { "state", 1, 0, 'S' }, { "verify", 1, 0, 'V' }, { "routes", 0, 0, 'W' },
		{ "pki", 1, 0, 'K' }, { "ring", 1, 0, 'R' }, { "evidence", 1, 0, 'E' }, { 0, 0, 0, 0 },
	};
	bool last_was_file = false;
	long n;
	int  end = 0;

	argv[0] = (char[]){ "paravent watch" }; /* getopt's own complaints begin with it */
	for (int c; (c = getopt_long(argc, argv, "r:i:p:", LONG, NULL)) != -1;) {
		bool file = false;
		switch (c) {
		case 'r':
			file = true;
			if (!source_add(b, "capture", optarg, false, 0, last_was_file))
				return usage("too many sources, or a path too long", optarg);
			break;
		case 'i':
			if (!source_interface(b, optarg, (uint16_t)o->queues))
				return usage("too many sources", optarg);
			break;
		case 't':
			if (!source_tap(b, optarg))
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
		case 'S':
			if (!run_site(b, optarg))
				return usage("--state: the path is too long", optarg);
			break;
		case 'K':
			if (snprintf(b->pki, sizeof b->pki, "%s", optarg) >= BOARD_NAME)
				return usage("--pki: the path is too long", optarg);
			break;
		case 'W':
			b->routes = true;
			break;
		case 'V':
			if (!run_verify(b, optarg))
				return usage("--verify wants SECONDS[,SECONDS]: for what was added, and for all of it", optarg);
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
		case 'R':
			if (!number(optarg, 0, 65536, &n))
				return usage("--ring wants a number of MiB, 0 for none", optarg);
			b->tape_mib = (unsigned)n;
			break;
		case 'E':
			if (sscanf(optarg, "%u,%u%n", &b->evidence_mib, &b->evidence_files, &end) != 2 || optarg[end])
				return usage("--evidence wants MIB,FILES", optarg);
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

int
watch_run(int argc, char **argv)
{
	struct options o = { .queues = 1 };
	struct board  *b = run_new();
	int            e;

	if (!b)
		return EXIT_PART;
	b->color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	if ((e = options(b, argc, argv, &o)))
		return e;
	e = run_all(b, screen_new(b));
	show_end(b);
	if (e || atomic_load(&b->unwritten))
		return EXIT_PART;
	for (long s = 1; s <= o.fail_on; s++)
		if (atomic_load(&b->severity[s]))
			return EXIT_FINDINGS;
	return EXIT_FINE;
}
