/*
 * casebook: what people do with an incident, and all that is known of one.
 *
 *	         ack          contained        recovered       close
 *	new ───────────► acknowledged ──► contained ──► recovered ──► closed
 *	  └── contained, false-alarm: from new at once        (ack opens again)
 *
 * The table of verbs in casebook.c says which is legal from where.
 */
#ifndef STORE_CASEBOOK_H
#define STORE_CASEBOOK_H

#include "store/store.h"

enum casebook_verb {
	CASEBOOK_ACK,
	CASEBOOK_ASSIGN,
	CASEBOOK_NOTE,
	CASEBOOK_CONTAINED,
	CASEBOOK_RECOVERED,
	CASEBOOK_CLOSE,
	CASEBOOK_FALSE_ALARM,
};

struct casebook_change {
	enum casebook_verb verb;
	const char        *incident, *by;
	const char        *text;  /* note or reason; NULL: none */
	const char        *owner; /* ASSIGN */
	const char        *phi;   /* yes, no, unknown; NULL: as it was; text is the reason */
	int                severity; /* 1 to 4; 0: as it was */
	struct instant     when;  /* by the wall clock */
};

struct casebook_changed {
	char    from[16], to[16]; /* states; alike if the verb changes none */
	char    says[320];        /* for the timeline and the ledger */
	int64_t event;            /* its row in the timeline */
};

/*
 * Begins a transaction and makes the change in it: store_commit keeps it,
 * store_rollback does not.  ERR_NOTFOUND: no such incident; ERR_PERM: not
 * legal from the state in out->from.  On failure nothing is left begun.
 */
enum err casebook_change(struct store *s, const struct casebook_change *c, struct casebook_changed *out) MUST_USE;

/* Within the same transaction: where in the ledger the change stands. */
enum err casebook_entered(struct store *s, int64_t event, uint64_t index) MUST_USE;

/* The verb's name as it stands in the timeline, and in the ledger after "incident.". */
const char *casebook_verb_name(enum casebook_verb v);

enum { CASEBOOK_FINDINGS = 512, CASEBOOK_DEVICES = 64, CASEBOOK_FLOWS = 256 };

struct casebook {
	struct incident incident;
	uint32_t        findings, devices, flows, places;
	bool            cut; /* there are more findings, devices or flows than are held */
	struct finding       finding[CASEBOOK_FINDINGS]; /* oldest first */
	char                 evidence[CASEBOOK_FINDINGS][2][224]; /* capture#frame of both sightings */
	char                 place[CASEBOOK_FINDINGS][64];
	struct device_record device[CASEBOOK_DEVICES];   /* the attacker's and the victims' */
	struct flow_record   flow[CASEBOOK_FLOWS];       /* that victims have part in */
};

/* One finding by its number, as the only one of a book; ERR_NOTFOUND. */
enum err casebook_finding(struct store *s, const char *number, struct casebook *out) MUST_USE;

/* Everything the record holds of one incident; ERR_NOTFOUND. */
enum err casebook_load(struct store *s, const char *id, struct casebook *out) MUST_USE;

#endif
