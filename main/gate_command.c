/* gate_command: `paravent gate VERB`. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <unistd.h>

#include "main/command.h"
#include "main/gate.h"
#include "main/run.h"

enum { CONVERSATIONS = 10000 };

static int
usage(const char *what, const char *value)
{
	fprintf(stderr, "paravent gate: %s%s%s; see `paravent help gate`\n", what, value ? ": " : "", value ? value : "");
	return EXIT_USAGE;
}

/* The slots of workers follow those of the sensors: to the judge both are witnesses. */
static void
add_slots(struct board *b)
{
	b->gate.first = b->sensors;
	b->gate.slots = PANEL_SLOTS;
	for (uint32_t i = 0; i < b->gate.slots; i++, b->sensors++) {
		snprintf(b->sensor[b->sensors].name, sizeof b->sensor[b->sensors].name, "gateway");
		b->sensor[b->sensors].place = (uint16_t)b->gate.first;
		b->sensor[b->sensors].count = 0;
	}
}

static int
run(int argc, char **argv)
{
	static const struct option LONG[] = { { "policy", 1, 0, 'p' }, { "workers", 1, 0, 'w' }, { "state", 1, 0, 'S' }, { "store", 1, 0, 's' }, { "jsonl", 1, 0, 'j' },
		                              { "connections", 1, 0, 'n' }, { 0, 0, 0, 0 } };
	struct board *b = run_new();

	if (!b)
		return EXIT_PART;
	b->gate.workers = 1;
	b->gate.conversations = CONVERSATIONS;
	for (int c; (c = getopt_long(argc, argv, "p:w:", LONG, NULL)) != -1;) {
		switch (c) {
		case 'p': snprintf(b->policy_path, sizeof b->policy_path, "%s", optarg); break;
		case 'w': b->gate.workers = (uint32_t)strtoul(optarg, NULL, 10); break;
		case 'n': b->gate.conversations = (uint32_t)strtoul(optarg, NULL, 10); break;
		case 's': snprintf(b->store, sizeof b->store, "%s", optarg); break;
		case 'S':
			if (!run_site(b, optarg))
				return usage("this is no site's directory", optarg);
			break;
		case 'j':
			b->jsonl_fd = strcmp(optarg, "-") ? open(optarg, O_WRONLY | O_CREAT | O_APPEND, 0600) : STDOUT_FILENO;
			if (b->jsonl_fd < 0)
				return usage("cannot be written", optarg);
			break;
		default: return usage("an option is not known", NULL);
		}
	}
	if (!b->policy_path[0] || b->gate.workers < 1 || b->gate.workers > PANEL_SLOTS / 2 || b->gate.conversations < 16)
		return usage("-p hospital.yaml, 1 to 8 --workers and at least 16 --connections are wanted", NULL);
	add_slots(b);
	return run_all(b, NULL);
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} VERB[] = {
	{ "run", run },
};

int
gate_command_run(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof VERB / sizeof *VERB; i++)
		if (strcmp(argv[1], VERB[i].name) == 0)
			return VERB[i].run(argc - 1, argv + 1);
	return usage("which verb", argc > 1 ? argv[1] : NULL);
}
