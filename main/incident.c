/* incident: the command line, and the verbs that change an incident: prepared, entered in the ledger, then kept. */
#include "main/incident.h"

#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "main/command.h"

/* One row a verb: WORDS is what may follow the id; the reason is a must where it is written without brackets. */
static const struct verb {
	const char         *name, *words;
	int                 least, most; /* words after the id */
	bool                changes;
	enum casebook_verb  change;
	int (*run)(struct incident_work *);
} VERB[] = {
	{ "show", "", 0, 0, false, 0, incident_show },
	{ "ack", "[NOTE]", 0, 1, true, CASEBOOK_ACK, NULL },
	{ "assign", "OWNER [NOTE]", 1, 2, true, CASEBOOK_ASSIGN, NULL },
	{ "note", "NOTE", 1, 1, true, CASEBOOK_NOTE, NULL },
	{ "contained", "NOTE", 1, 1, true, CASEBOOK_CONTAINED, NULL },
	{ "recovered", "NOTE", 1, 1, true, CASEBOOK_RECOVERED, NULL },
	{ "close", "REASON", 1, 1, true, CASEBOOK_CLOSE, NULL },
	{ "false-alarm", "REASON", 1, 1, true, CASEBOOK_FALSE_ALARM, NULL },
	{ "export", "-o FILE.zip", 0, 0, false, 0, incident_export },
	{ "runbook", "", 0, 0, false, 0, incident_runbook },
};

static int
usage(void)
{
	fprintf(stderr, "usage: paravent incident list [WHAT]\n");
	for (size_t i = 0; i < sizeof VERB / sizeof *VERB; i++)
		fprintf(stderr, "       paravent incident %s ID%s%s%s\n", VERB[i].name, strcmp(VERB[i].name, "runbook") ? "" : "|RULE", *VERB[i].words ? " " : "", VERB[i].words);
	fprintf(stderr, "see `paravent help incident`\n");
	return EXIT_USAGE;
}

static const char *
login(void)
{
	const char    *name = getlogin();
	struct passwd *p = name ? NULL : getpwuid(getuid());

	return name ? name : p ? p->pw_name : "unknown";
}

/* --state, else --store alone, else a site that is here, else paravent.db. */
static bool
find_site(struct incident_work *w, const char *dir)
{
	if (state_of(dir, &w->site)) {
		fprintf(stderr, "paravent: --state: the path is too long\n");
		return false;
	}
	bool site = dir || (!w->db && access(w->site.dir, F_OK) == 0);
	w->ledger = site && access(w->site.vkey, F_OK) == 0;
	if (!w->db)
		w->db = site ? w->site.store : "paravent.db";
	return true;
}

bool
incident_open(struct incident_work *w, bool write)
{
	if (access(w->db, F_OK) == 0 && store_open(w->db, write, &w->store) == OK)
		return true;
	if (access(w->db, F_OK))
		fprintf(stderr, "paravent: %s does not exist; `paravent watch --store %s …` makes it\n", w->db, w->db);
	else
		fprintf(stderr, "paravent: %s: %s\n", w->db, store_trouble());
	return false;
}

bool
incident_ledger(struct incident_work *w)
{
	if (!w->ledger || w->dry || submit_open(w->site.ledger, &w->to) == OK)
		return true;
	fprintf(stderr, "paravent: %s: %s; nothing was changed\n", w->site.ledger, submit_trouble());
	return false;
}

/* Durable in the ledger before the database says it. */
static enum err
enter(const struct incident_work *w, const struct casebook_change *c, const struct casebook_changed *done, uint64_t *index)
{
	struct entry e = { .type = ENTRY_INCIDENT, .time = c->when };

	snprintf(e.actor, sizeof e.actor, "%s", c->by);
	snprintf(e.subject, sizeof e.subject, "%s", c->incident);
	snprintf(e.incident, sizeof e.incident, "%s", c->incident);
	/* The ledger's process writes who it was by the socket; the name given is what they say of themselves. */
	snprintf(e.says, sizeof e.says, "%s by %.90s: %s", casebook_verb_name(c->verb), c->by, done->says);
	return submit_entry(w->to, &e, index);
}

/* What was written, or with --dry-run would be. */
static void
tell(const struct incident_work *w, const char *verb, const struct casebook_changed *done, uint64_t index)
{
	if (w->json || w->lines) {
		json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "incident", w->id, "verb", verb, "by", w->by, "from", done->from, "to", done->to,
		                      "says", done->says, "written", !w->dry);
		if (w->to)
			json_object_set_new(o, "ledger", json_integer((json_int_t)index));
		json_dumpf(o, stdout, w->json ? JSON_INDENT(2) : JSON_COMPACT);
		putchar('\n');
		json_decref(o);
		return;
	}
	printf("%s: %s%s by %s: %s\n", w->id, w->dry ? "would write: " : "", verb, w->by, done->says);
	if (w->to)
		printf("ledger entry %llu\n", (unsigned long long)index);
}

static int
change(struct incident_work *w, const struct verb *v)
{
	struct timespec         now;
	struct casebook_changed done;
	struct casebook_change  c = { .verb = v->change, .incident = w->id, .by = w->by, .phi = w->phi, .severity = w->severity };
	uint64_t                index = 0;
	enum err                e;

	clock_gettime(CLOCK_REALTIME, &now);
	c.when.us = now.tv_sec * INSTANT_SECOND + now.tv_nsec / 1000;
	if (v->change == CASEBOOK_ASSIGN)
		c.owner = w->words[0];
	if (w->words_n > (c.owner ? 1 : 0))
		c.text = w->words[w->words_n - 1];
	if (c.phi && !c.text) {
		fprintf(stderr, "paravent: --phi wants a reason: paravent incident note %s --phi %s REASON\n", w->id, w->phi);
		return EXIT_USAGE;
	}
	if ((e = casebook_change(w->store, &c, &done))) {
		if (e == ERR_NOTFOUND)
			fprintf(stderr, "paravent: there is no incident %s in %s\n", w->id, w->db);
		else if (e == ERR_PERM)
			fprintf(stderr, "paravent: %s is %s: %s is not legal from there; nothing was changed\n", w->id, done.from, v->name);
		else
			fprintf(stderr, "paravent: %s: %s; nothing was changed\n", w->db, store_trouble());
		return e == ERR_PERM ? EXIT_UNSAFE : EXIT_PART;
	}
	if (w->dry) {
		store_rollback(w->store);
		tell(w, v->name, &done, 0);
		return EXIT_FINE;
	}
	if (w->ledger && (e = enter(w, &c, &done, &index))) {
		store_rollback(w->store);
		fprintf(stderr, "paravent: %s: %s; nothing was changed\n", w->site.ledger, submit_trouble());
		return EXIT_LEDGER;
	}
	if ((w->ledger && (e = casebook_entered(w->store, done.event, index))) || (e = store_commit(w->store))) {
		store_rollback(w->store);
		fprintf(stderr, "paravent: %s: %s; %s\n", w->db, store_trouble(), w->ledger ? "the ledger has the entry, the database has not: give the command again" : "nothing was changed");
		return EXIT_PART;
	}
	tell(w, v->name, &done, index);
	if (!w->ledger)
		fprintf(stderr, "paravent: nothing was written to a ledger: there is none here (`paravent init`, --state)\n");
	return EXIT_FINE;
}

static bool
options(struct incident_work *w, int argc, char **argv, const char **dir)
{
	static const struct option LONG[] = {
		{ "state", 1, 0, 's' }, { "store", 1, 0, 'd' }, { "policy", 1, 0, 'p' }, { "by", 1, 0, 'b' }, { "dry-run", 0, 0, 'n' }, { "json", 0, 0, 'j' },
		{ "jsonl", 0, 0, 'l' }, { "severity", 1, 0, 'v' }, { "phi", 1, 0, 'h' }, { "captures", 1, 0, 'c' }, { "output", 1, 0, 'o' }, { "reason", 1, 0, 'r' }, { 0, 0, 0, 0 },
	};

	for (int c; (c = getopt_long(argc, argv, "p:o:", LONG, NULL)) != -1;) {
		switch (c) {
		case 's':
			*dir = optarg;
			break;
		case 'd':
			w->db = optarg;
			break;
		case 'p':
			w->policy_path = optarg;
			break;
		case 'b':
			w->by = optarg;
			break;
		case 'n':
			w->dry = true;
			break;
		case 'j':
			w->json = true;
			break;
		case 'l':
			w->lines = true;
			break;
		case 'v':
			w->severity = optarg[0] >= '1' && optarg[0] <= '4' && !optarg[1] ? optarg[0] - '0' : -1;
			break;
		case 'h':
			w->phi = optarg;
			break;
		case 'c':
			w->captures = optarg;
			break;
		case 'o':
			w->out = optarg;
			break;
		case 'r':
			w->reason = optarg[0] ? optarg : NULL;
			break;
		default:
			return false;
		}
	}
	if (w->severity < 0)
		fprintf(stderr, "paravent incident: --severity wants 1 to 4\n");
	else if (w->phi && strcmp(w->phi, "yes") && strcmp(w->phi, "no") && strcmp(w->phi, "unknown"))
		fprintf(stderr, "paravent incident: --phi wants yes, no or unknown: %s\n", w->phi);
	else if (!w->by[0])
		fprintf(stderr, "paravent incident: --by wants a name\n");
	else
		return true;
	return false;
}

static int
list(struct incident_work *w, int argc, char **argv)
{
	char *args[8] = { (char *)"incident", (char *)"list", (char *)"--store", (char *)w->db };
	int   n = 4;

	if (argc > 1)
		return usage();
	if (argc)
		args[n++] = argv[0];
	if (w->json || w->lines)
		args[n++] = (char *)(w->json ? "--json" : "--jsonl");
	optind = 0;
	return list_run(n, args);
}

int
incident_run(int argc, char **argv)
{
	struct incident_work w = { .by = login() };
	const char          *dir = NULL;

	if (!options(&w, argc, argv, &dir))
		return EXIT_USAGE;
	if (!find_site(&w, dir))
		return EXIT_USAGE;
	argc -= optind;
	argv += optind;
	if (argc == 0 || strcmp(argv[0], "list") == 0)
		return list(&w, argc ? argc - 1 : 0, argv + 1);
	for (size_t i = 0; i < sizeof VERB / sizeof *VERB; i++) {
		const struct verb *v = &VERB[i];
		if (strcmp(v->name, argv[0]))
			continue;
		if (argc < 2 || argc - 2 < v->least || argc - 2 > v->most || ((w.phi || w.severity) && !v->changes))
			return usage();
		w.verb = v->name;
		w.id = argv[1];
		w.words_n = argc - 2;
		w.words = argv + 2;
		if (!v->changes)
			return v->run(&w);
		int code = !incident_ledger(&w) ? EXIT_LEDGER : incident_open(&w, true) ? change(&w, v) : EXIT_PART;
		store_free(w.store);
		submit_close(w.to);
		return code;
	}
	return usage();
}
