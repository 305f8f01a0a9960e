/*
 * reconcile: two taps' messages compared: a run of watch with the places A,
 * nearer the devices, and B, nearer the record system.  Of files the clocks'
 * distance is found first, by a run that does nothing else.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "main/command.h"
#include "main/restore.h"
#include "main/run.h"
#include "main/source.h"

#define APART (INSTANT_SECOND / 2) /* clocks nearer than this need no correction: messages wait longer for each other */

static int
usage(const char *what)
{
	fprintf(stderr, "paravent reconcile: %s; see `paravent help reconcile`\n", what);
	return EXIT_USAGE;
}

static bool
tap(struct board *b, const char *name, const char *source)
{
	char text[BOARD_NAME + 8];

	return source && snprintf(text, sizeof text, "%s=%s", name, source) < (int)sizeof text && source_tap(b, text);
}

/* A run of its own over both files, and what it says of their clocks. */
static int
align(struct board *b)
{
	bool text = b->text, routes = b->routes;
	int  jsonl = b->jsonl_fd, e;

	if (b->source[0].live || b->source[1].live)
		return EXIT_FINE; /* one machine, one clock */
	b->align = true;
	b->text = b->routes = false;
	b->jsonl_fd = -1;
	e = run_all(b, NULL);
	b->align = false;
	atomic_store(&b->stop, 0);
	b->text = text;
	b->routes = routes;
	b->jsonl_fd = jsonl;
	for (uint32_t i = 0; i < b->sensors; i++)
		memset(&b->progress[i], 0, sizeof b->progress[i]);
	memset(b->severity, 0, sizeof b->severity);
	struct align_result a = b->aligned;
	if (!a.messages)
		fprintf(stderr, "paravent: nothing was seen at both places: the clocks are taken as they are\n");
	else
		fprintf(stderr, "clocks: B is %+.6f s from A%s, by %llu messages%s\n", (double)a.offset / 1e6, a.both_ways ? "" : " at most, the way between them included",
		        (unsigned long long)a.messages, a.both_ways ? " and their answers" : "");
	if (a.offset > APART || a.offset < -APART)
		b->offset[1] = a.offset;
	return e;
}

int
reconcile_run(int argc, char **argv)
{
	static const struct option LONG[] = { { "a", 1, 0, 'a' }, { "b", 1, 0, 'b' }, { "policy", 1, 0, 'p' }, { "jsonl", 1, 0, 'j' }, { "json", 0, 0, 'J' }, { "state", 1, 0, 'S' }, { "verify", 1, 0, 'V' }, { "restore", 1, 0, 'R' }, { 0, 0, 0, 0 } };
	const char   *a = NULL, *other = NULL, *restore = NULL;
	struct board *b = run_new();

	if (!b)
		return EXIT_PART;
	b->text = false;
	b->routes = true;
	for (int c; (c = getopt_long(argc, argv, "p:", LONG, NULL)) != -1;) {
		switch (c) {
		case 'a':
			a = optarg;
			break;
		case 'b':
			other = optarg;
			break;
		case 'p':
			if (snprintf(b->policy_path, sizeof b->policy_path, "%s", optarg) >= BOARD_NAME)
				return usage("--policy: the path is too long");
			break;
		case 'j':
			b->jsonl_fd = strcmp(optarg, "-") == 0 ? STDOUT_FILENO : open(optarg, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
			if (b->jsonl_fd < 0)
				return usage("--jsonl cannot be written");
			if (b->jsonl_fd == STDOUT_FILENO)
				b->text_fd = STDERR_FILENO;
			break;
		case 'S':
			if (!run_site(b, optarg))
				return usage("--state: the path is too long");
			break;
		case 'V':
			if (!run_verify(b, optarg))
				return usage("--verify wants SECONDS[,SECONDS]");
			break;
		case 'R':
			restore = optarg;
			break;
		case 'J':
			b->routes_json = true;
			break;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind < argc || !tap(b, "A", a) || !tap(b, "B", other))
		return usage("it wants --a and --b, each a capture or an interface");
	if (restore && !restore_begin(b, restore))
		return EXIT_PART;
	int e = align(b);
	if (!e)
		e = run_all(b, NULL);
	for (uint32_t i = 0; i < b->sensors; i++)
		if (b->progress[i].trouble[0])
			fprintf(stderr, "paravent: %.320s\n", b->progress[i].trouble);
	if ((restore && !restore_end(b, restore)) || e || atomic_load(&b->unwritten))
		return EXIT_PART;
	return atomic_load(&b->severity[1]) || atomic_load(&b->severity[2]) || atomic_load(&b->severity[3]) ? EXIT_FINDINGS : EXIT_FINE;
}
