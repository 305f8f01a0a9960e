/*
 * incident: `paravent incident VERB`: what people do with an incident.
 * Extending is adding a row to the table of verbs in incident.c.
 */
#ifndef MAIN_INCIDENT_H
#define MAIN_INCIDENT_H

#include <jansson.h>

#include "main/state.h"
#include "main/submit.h"
#include "store/casebook.h"

struct incident_work {
	/* the command line */
	const char *verb, *id, *by, *phi, *policy_path, *captures, *out, *reason;
	int         severity;
	bool        dry, json, lines;
	int         words_n;
	char      **words; /* what follows the id */

	/* where */
	struct state site;
	bool         ledger; /* the site has one */
	const char  *db;
	struct store *store;
	struct submit *to; /* NULL without a ledger, and for a dry run */
};

/*
 * Opens the way to the ledger, if the site has one; why not is told.  Before
 * the record is opened: it starts processes, which have no business with it.
 */
bool incident_ledger(struct incident_work *w);

/* Opens the record; why not is told. */
bool incident_open(struct incident_work *w, bool write);

/* All that is known of the incident, as one JSON object, causes and timeline too; NULL, and said why, if it cannot be. */
json_t *incident_json(struct incident_work *w, struct casebook *book);

int incident_show(struct incident_work *w);
int incident_export(struct incident_work *w);
int incident_runbook(struct incident_work *w);

#endif
