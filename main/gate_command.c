/* gate_command: `paravent gate VERB`. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "main/command.h"
#include "main/gate.h"
#include "main/run.h"
#include "main/settings.h"
#include "main/source.h"
#include "main/state.h"
#include "os/channel.h"

enum { CONVERSATIONS = 10000 };

static int
usage(const char *what, const char *value)
{
	fprintf(stderr, "paravent gate: %s%s%s; see `paravent help gate`\n", what, value ? ": " : "", value ? value : "");
	return EXIT_USAGE;
}

/* The slots of workers follow those of the sensors: to the judge both are witnesses. */
static bool
add_slots(struct board *b)
{
	if (b->sensors + PANEL_SLOTS > BOARD_SENSORS)
		return false;
	b->gate.first = b->sensors;
	b->gate.slots = PANEL_SLOTS;
	for (uint32_t i = 0; i < b->gate.slots; i++, b->sensors++) {
		snprintf(b->sensor[b->sensors].name, sizeof b->sensor[b->sensors].name, "gateway");
		b->sensor[b->sensors].place = (uint16_t)b->gate.first;
		b->sensor[b->sensors].count = 0;
	}
	return true;
}

static void
control_of(char out[static BOARD_NAME], const char *state)
{
	struct state s;

	if (state && state_of(state, &s) == OK)
		snprintf(out, BOARD_NAME, "%.200s/gate.sock", s.dir);
	else
		snprintf(out, BOARD_NAME, "/run/paravent-gate.sock");
}

static int
run(int argc, char **argv)
{
	static const struct option LONG[] = { { "policy", 1, 0, 'p' }, { "workers", 1, 0, 'w' }, { "state", 1, 0, 'S' }, { "store", 1, 0, 's' }, { "jsonl", 1, 0, 'j' },
		                              { "connections", 1, 0, 'n' }, { "control", 1, 0, 'c' }, { "interface", 1, 0, 'i' }, { "tap", 1, 0, 't' }, { "routes", 0, 0, 'W' }, { 0, 0, 0, 0 } };
	struct board *b = run_new();

	if (!b)
		return EXIT_PART;
	b->gate.workers = 1;
	b->gate.conversations = CONVERSATIONS;
	for (int c; (c = getopt_long(argc, argv, "p:w:i:", LONG, NULL)) != -1;) {
		switch (c) {
		case 'p': snprintf(b->policy_path, sizeof b->policy_path, "%s", optarg); break;
		case 'w': b->gate.workers = (uint32_t)strtoul(optarg, NULL, 10); break;
		case 'n': b->gate.conversations = (uint32_t)strtoul(optarg, NULL, 10); break;
		case 'c': snprintf(b->gate.control, sizeof b->gate.control, "%s", optarg); break;
		case 'i':
			if (!source_interface(b, optarg, 1))
				return usage("too many sources", optarg);
			break;
		case 't':
			if (!source_tap(b, optarg))
				return usage("--tap wants NAME=IFACE", optarg);
			break;
		case 'W': b->routes = true; break;
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
	if (!b->gate.control[0])
		control_of(b->gate.control, b->state[0] ? b->state : NULL);
	if (!add_slots(b))
		return usage("too many sources", NULL);
	return run_all(b, NULL);
}

/* --- orders ---------------------------------------------------------------------------------- */

static const struct {
	const char     *name, *usage;
	enum gate_order order, undo; /* undo: with --off */
	bool            route, backend, number; /* which words it wants */
} ORDER[] = {
	{ "status", "status [ROUTE] [--json]", GATE_STATUS, 0, false, false, false },
	{ "metrics", "metrics", GATE_METRICS, 0, false, false, false },
	{ "reload", "reload", GATE_RELOAD, 0, false, false, false },
	{ "stop", "stop", GATE_STOP, 0, false, false, false },
	{ "drain", "drain ROUTE BACKEND --reason TEXT [--off]", GATE_DRAIN, GATE_UNDRAIN, true, true, false },
	{ "harden", "harden [ROUTE] --reason TEXT [--off]", GATE_HARDEN, GATE_UNHARDEN, false, false, false },
	{ "canary", "canary ROUTE PERCENT|policy --reason TEXT", GATE_CANARY, 0, true, false, true },
};
enum { ORDERS = sizeof ORDER / sizeof *ORDER };

const char *
gate_order_name(uint32_t order)
{
	for (int i = 0; i < ORDERS; i++) {
		if (ORDER[i].order == order)
			return ORDER[i].name;
		if (ORDER[i].undo && ORDER[i].undo == order)
			return order == GATE_UNDRAIN ? "drain off" : "harden off";
	}
	return "an unknown order";
}

struct words {
	struct gate_request q;
	char                control[BOARD_NAME];
	bool                json, off, dry;
	enum gate_order     order;
};

/* What a route says of itself, for people. */
static void
show(json_t *r)
{
	const char *name;
	json_t     *state;
	size_t      i;

	printf("%-20s %-6s %-11s %-24s %s%s\n", json_string_value(json_object_get(r, "route")), json_string_value(json_object_get(r, "protocol")),
	       json_string_value(json_object_get(r, "mode")), json_string_value(json_object_get(r, "listen")),
	       json_is_true(json_object_get(r, "hardened")) ? "hardened" : "", json_integer_value(json_object_get(r, "canary")) ? " canary" : "");
	printf("  open %lld, messages %lld (answers %lld, negative %lld, denied %lld), refused %lld\n", (long long)json_integer_value(json_object_get(r, "open")),
	       (long long)json_integer_value(json_object_get(r, "messages_total")), (long long)json_integer_value(json_object_get(r, "answers_total")),
	       (long long)json_integer_value(json_object_get(r, "answers_negative_total")), (long long)json_integer_value(json_object_get(r, "messages_denied_total")),
	       (long long)json_integer_value(json_object_get(r, "refused_total")));
	if (json_integer_value(json_object_get(r, "untold_total")))
		printf("  not told to the judge, as it was busy: %lld; forwarded all the same\n", (long long)json_integer_value(json_object_get(r, "untold_total")));
	json_object_foreach(json_object_get(r, "backends"), name, state)
		printf("  backend %-20s %s\n", name, json_string_value(state));
	json_array_foreach(json_object_get(r, "staples"), i, state) {
		const char *is = json_string_value(json_object_get(state, "state"));
		printf("  certificate %s: %s", json_string_value(json_object_get(state, "certificate")),
		       strcmp(is, "REVOKED") == 0 ? "REVOKED: get another one" : strcmp(is, "stapled") ? "nothing to be stapled was answered yet" : "stapled");
		if (strcmp(is, "stapled") == 0)
			printf(", for %lld min more", (long long)json_integer_value(json_object_get(state, "seconds")) / 60);
		printf("\n");
	}
}

static void
print(const struct words *w, struct bytes text)
{
	json_t *r = w->order == GATE_STATUS && !w->json ? json_loadb((const char *)text.at, text.len, 0, NULL) : NULL;

	if (r && (!w->q.route[0] || strcmp(json_string_value(json_object_get(r, "route")), w->q.route) == 0))
		show(r);
	else if (!r)
		fwrite(text.at, 1, text.len, stdout);
	json_decref(r);
}

static int
tell(const struct words *w)
{
	static uint8_t room[CHANNEL_BODY + 8];
	uint32_t       kind = 0;
	struct bytes   body = bytes_of("", 0);
	int            fd, code = EXIT_PART;

	if (channel_connect(w->control, &fd)) {
		fprintf(stderr, "paravent gate: no gateway hears orders over %s: %s\n", w->control, strerror(errno));
		return EXIT_PART;
	}
	if (channel_send(fd, w->order, bytes_of(&w->q, sizeof w->q)) == OK)
		while (!channel_receive(fd, room, &kind, &body) && kind == GATE_TEXT)
			print(w, body);
	if (kind == GATE_REFUSED)
		fprintf(stderr, "paravent gate: %.*s\n", (int)body.len, (const char *)body.at);
	else if (kind == GATE_FINE)
		code = EXIT_FINE;
	close(fd);
	return code;
}

static int
order(int argc, char **argv, int which)
{
	static const struct option LONG[] = { { "control", 1, 0, 'c' }, { "state", 1, 0, 'S' }, { "json", 0, 0, 'j' }, { "off", 0, 0, 'o' }, { "reason", 1, 0, 'r' },
		                              { "by", 1, 0, 'b' }, { "dry-run", 0, 0, 'd' }, { 0, 0, 0, 0 } };
	struct words w = { .order = ORDER[which].order };
	bool         acts = w.order > GATE_METRICS && w.order != GATE_STOP && w.order != GATE_RELOAD;
	const char  *who = getlogin();

	control_of(w.control, getenv("PARAVENT_STATE"));
	snprintf(w.q.by, sizeof w.q.by, "%s", who ? who : "root");
	for (int c; (c = getopt_long(argc, argv, "", LONG, NULL)) != -1;) {
		switch (c) {
		case 'c': snprintf(w.control, sizeof w.control, "%s", optarg); break;
		case 'S': control_of(w.control, optarg); break;
		case 'j': w.json = true; break;
		case 'o': w.off = true; break;
		case 'd': w.dry = true; break;
		case 'r': snprintf(w.q.reason, sizeof w.q.reason, "%s", optarg); break;
		case 'b': snprintf(w.q.by, sizeof w.q.by, "%s", optarg); break;
		default: return EXIT_USAGE;
		}
	}
	int words = argc - optind, least = ORDER[which].route + ORDER[which].backend + ORDER[which].number;
	if (words < least || words > (least ? least : 1) || (acts && !w.q.reason[0]) || (w.off && !ORDER[which].undo)) {
		fprintf(stderr, "usage: paravent gate %s\n", ORDER[which].usage);
		return EXIT_USAGE;
	}
	if (words)
		snprintf(w.q.route, sizeof w.q.route, "%s", argv[optind]);
	if (ORDER[which].backend)
		snprintf(w.q.backend, sizeof w.q.backend, "%s", argv[optind + 1]);
	if (ORDER[which].number)
		w.q.number = strcmp(argv[optind + 1], "policy") ? (uint32_t)strtoul(argv[optind + 1], NULL, 10) : 1000;
	if (w.off)
		w.order = ORDER[which].undo;
	if (w.dry) {
		fprintf(stderr, "would be ordered: %s, %s%s%s\n", gate_order_name(w.order), w.q.route[0] ? w.q.route : "all routes", w.q.backend[0] ? ", backend " : "", w.q.backend);
		return EXIT_FINE;
	}
	return tell(&w);
}

/* Is hospital.yaml one that the gateway can serve by?  Files and keys are looked at too. */
static int
check(int argc, char **argv)
{
	struct policy *p = memory_new(1, sizeof *p);
	int            wrong = 0;

	if (argc != 2)
		return usage("check FILE", NULL);
	if (!p || settings_read(argv[1], p))
		return EXIT_PART;
	for (uint32_t i = 0; i < p->routes; i++)
		for (unsigned k = 0; k < p->route[i].certificates; k++)
			for (int f = 0; f < 2; f++) {
				const char *path = f ? p->route[i].key[k] : p->route[i].certificate[k];
				if (access(path, R_OK)) {
					fprintf(stderr, "%s: route %s: %s: %s\n", argv[1], p->route[i].name, path, strerror(errno));
					wrong++;
				}
			}
	for (uint32_t i = 0; i < p->trusts; i++)
		if (access(p->trust[i].ca, R_OK)) {
			fprintf(stderr, "%s: trust %s: %s: %s\n", argv[1], p->trust[i].name, p->trust[i].ca, strerror(errno));
			wrong++;
		}
	printf("%u route%s, %d file%s missing\n", p->routes, p->routes == 1 ? "" : "s", wrong, wrong == 1 ? "" : "s");
	memory_free(p);
	return wrong ? EXIT_PART : EXIT_FINE;
}

static int
routes(int argc, char **argv)
{
	static char    room[64 << 10]; /* a route's lines, however many clients it has */
	bool           json = argc == 3 && strcmp(argv[2], "--json") == 0;
	struct policy *p = memory_new(1, sizeof *p);

	if (argc < 2 || (argc > 2 && !json))
		return usage("routes FILE [--json]", NULL);
	if (!p || settings_read(argv[1], p))
		return EXIT_PART;
	for (uint32_t i = 0; i < p->routes; i++) {
		struct buf b = buf_over(room, sizeof room);
		(json ? gate_routes_json : gate_routes_print)(&p->route[i], &b);
		fwrite(b.at, 1, b.len, stdout);
	}
	if (!p->routes)
		fprintf(stderr, "%s: no routes\n", argv[1]);
	memory_free(p);
	return EXIT_FINE;
}

int
gate_command_run(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "run") == 0)
		return run(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "check") == 0)
		return check(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "routes") == 0)
		return routes(argc - 1, argv + 1);
	for (int i = 0; argc > 1 && i < ORDERS; i++)
		if (strcmp(argv[1], ORDER[i].name) == 0)
			return order(argc - 1, argv + 1, i);
	return usage("which verb", argc > 1 ? argv[1] : NULL);
}
