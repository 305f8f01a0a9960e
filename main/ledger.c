/* ledger: the command line of `paravent ledger`. */
#include "main/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/disk.h"
#include "main/command.h"

static const struct verb {
	const char *name, *words;
	int         least, most; /* words */
	int (*run)(struct ledger_work *);
} VERB[] = {
	{ "verify", "[DIR|FILE.tlog-proof] [--key VKEY] [--remembered FILE] [--entry FILE] [--policy FILE]", 0, 1, ledger_verify },
	{ "prove", "INDEX -o FILE.tlog-proof", 1, 1, ledger_prove },
	{ "show", "INDEX", 1, 1, ledger_show },
	{ "tail", "[-n N] [-f]", 0, 0, ledger_tail },
	{ "export", "[DIR] -o FILE.zip", 0, 1, ledger_export },
	{ "witness", "init --name NAME | --listen ADDRESS:PORT --policy FILE", 0, 1, ledger_witness },
	{ "cosign", "--policy FILE [--tls-ca FILE]", 0, 0, ledger_cosign },
	{ "timestamp", "--tsa URL --ca FILE [--tls-ca FILE]", 0, 0, ledger_timestamp },
};

static int
usage(void)
{
	for (size_t i = 0; i < sizeof VERB / sizeof *VERB; i++)
		fprintf(stderr, "%s paravent ledger %s %s\n", i ? "      " : "usage:", VERB[i].name, VERB[i].words);
	fprintf(stderr, "see `paravent help ledger`\n");
	return EXIT_USAGE;
}

bool
ledger_file(const char *path, struct buf *b)
{
	enum err e = disk_get(AT_FDCWD, path, b);

	if (e)
		fprintf(stderr, "paravent: %s: %s\n", path, e == ERR_IO ? strerror(errno) : err_text(e));
	return !e;
}

bool
ledger_key(const char *given, struct note_key *out)
{
	uint8_t    room[4096];
	struct buf b = buf_over(room, sizeof room);

	if (note_key_parse(bytes_text(given), out) == OK)
		return true;
	if (disk_get(AT_FDCWD, given, &b) == OK && note_key_parse(bytes_head(buf_bytes(&b), bytes_find(buf_bytes(&b), '\n')), out) == OK)
		return true;
	fprintf(stderr, "paravent: --key wants the ledger's public key (NAME+ID+KEY) or a file with it, as ledger.vkey: %s\n", given);
	return false;
}

bool
ledger_find(struct ledger_work *w, const char *dir)
{
	w->log = dir ? dir : w->site.ledger;
	if (w->key)
		return ledger_key(w->key, &w->own);
	if (dir && strcmp(dir, w->site.ledger)) {
		fprintf(stderr, "paravent: whose log %s is must be said: --key VKEY\n", dir);
		return false;
	}
	if (state_key(&w->site, &w->own) == OK)
		return true;
	fprintf(stderr, "paravent: %s has no ledger: `paravent init` makes one, --state names another\n", w->site.dir);
	return false;
}

int
ledger_run(int argc, char **argv)
{
	struct ledger_work w = { .n = 10 };
	const struct { const char *name; const char **to; } text[] = {
		{ "state", &w.state }, { "key", &w.key }, { "remembered", &w.remembered }, { "entry", &w.entry }, { "policy", &w.policy },
		{ "ca", &w.ca }, { "tls-ca", &w.tls_ca }, { "tsa", &w.tsa }, { "listen", &w.listen }, { "name", &w.name },
	};
	enum { TEXTS = sizeof text / sizeof *text };
	struct option    option[TEXTS + 2] = { { 0, 0, 0, 0 } };
	const struct verb *v = NULL;
	char             *end;

	for (int i = 0; i < TEXTS; i++)
		option[i] = (struct option){ text[i].name, 1, 0, 256 + i };
	option[TEXTS] = (struct option){ "json", 0, 0, 'j' };
	argv[0] = (char[]){ "paravent ledger" };
	for (int c; (c = getopt_long(argc, argv, "o:n:fp:", option, NULL)) != -1;) {
		if (c >= 256) {
			*text[c - 256].to = optarg;
		} else if (c == 'o') {
			w.out = optarg;
		} else if (c == 'p') {
			w.policy = optarg;
		} else if (c == 'n') {
			w.n = strtol(optarg, &end, 10);
			if (*end || w.n < 0)
				return usage();
		} else if (c == 'f') {
			w.follow = true;
		} else if (c == 'j') {
			w.json = true;
		} else {
			return EXIT_USAGE;
		}
	}
	for (size_t i = 0; optind < argc && i < sizeof VERB / sizeof *VERB; i++)
		if (strcmp(argv[optind], VERB[i].name) == 0)
			v = &VERB[i];
	w.words_n = argc - optind - 1;
	w.words = argv + optind + 1;
	if (!v || w.words_n < v->least || w.words_n > v->most)
		return usage();
	if (state_of(w.state, &w.site)) {
		fprintf(stderr, "paravent: --state: the path is too long\n");
		return EXIT_USAGE;
	}
	return v->run(&w);
}
