/*
 * ledger: `paravent ledger VERB`: reading, proving and verifying logs, and asking others to vouch for them.
 * Extending is adding a row to the table of verbs in ledger.c.
 */
#ifndef MAIN_LEDGER_H
#define MAIN_LEDGER_H

#include "ledger/note.h"
#include "main/state.h"

struct ledger_work {
	/* the command line */
	const char *state, *key, *remembered, *out, *entry, *policy, *ca, *tls_ca, *tsa, *listen, *name;
	long        n;
	bool        follow, json;
	int         words_n;
	char      **words; /* what follows the verb */

	struct state    site;
	struct note_key own;  /* the key that verifies the log */
	const char     *log;  /* its directory */
};

/* The log that is meant: the directory given, else the site's; and its key.  false: said what is missing. */
bool ledger_find(struct ledger_work *w, const char *dir);
/* A vkey as it is, or a file that begins with one. */
bool ledger_key(const char *given, struct note_key *out);
/* A file whole, at most as long as b has room; false: said why not. */
bool ledger_file(const char *path, struct buf *b);

/* A socket that listens at ADDRESS:PORT; -1: said why not. */
int ledger_listen(const char *where);

int ledger_verify(struct ledger_work *w);
int ledger_prove(struct ledger_work *w);
int ledger_show(struct ledger_work *w);
int ledger_tail(struct ledger_work *w);
int ledger_export(struct ledger_work *w);
int ledger_witness(struct ledger_work *w);
int ledger_cosign(struct ledger_work *w);
int ledger_timestamp(struct ledger_work *w);

#endif
