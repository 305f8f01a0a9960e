/*
 * entry: one line of the tamper-evident log: who did what to whom, and when.
 *
 * Printed as one JSON object in the canonical form of RFC 8785, so that the
 * same entry always is the same bytes:
 *
 *	{"actor":"judge","digest":"5f…","says":"…","subject":"10.20.3.7","time":"2026-11-21T19:18:31.402113+00:00","type":"finding"}
 *
 * and, between digest and says, "incident" with its id if it belongs to one.
 * An entry never holds the content of messages: what matters of evidence is
 * its SHA-256.  Flat, so that it passes through shared memory.
 */
#ifndef MODEL_ENTRY_H
#define MODEL_ENTRY_H

#include "base/instant.h"

#define ENTRY_TABLE(X)                                                         \
	X(ENTRY_FINDING, "finding")         /* a contradiction nothing explains */ \
	X(ENTRY_INCIDENT, "incident")       /* its state, owner, severity */   \
	X(ENTRY_POLICY, "policy")           /* a version came into force */    \
	X(ENTRY_CONTAINMENT, "containment") /* done, or undone */              \
	X(ENTRY_CERTIFICATE, "certificate") /* issued, or revoked */           \
	X(ENTRY_LOGIN, "login")             /* of a person, or refused */      \
	X(ENTRY_EVIDENCE, "evidence")       /* read, exported */               \
	X(ENTRY_ROLE, "role")               /* started, restarted, ended */    \
	X(ENTRY_DROP, "drop")               /* packets nobody could look at */ \
	X(ENTRY_CLOCK, "clock")             /* the clock stepped */            \
	X(ENTRY_LEDGER, "ledger")           /* the log about itself */         \
	X(ENTRY_PACKAGE, "package")         /* signed, for devices */          \
	X(ENTRY_SUMMARY, "summary")         /* how many more of a type there were */

enum entry_type {
#define X(type, name) type,
	ENTRY_TABLE(X)
#undef X
	ENTRY_TYPES
};

const char *entry_name(enum entry_type t);

struct entry {
	enum entry_type type;
	struct instant  time;
	char            actor[96];    /* a role, a person, a program */
	char            subject[192]; /* a rule, a card, an incident's id, a file */
	char            says[1536];
	char            incident[24]; /* the one it belongs to, empty if to none */
	bool            evidence;     /* digest is that of evidence kept elsewhere */
	uint8_t         digest[32];
};

/* The most that entry_print writes: every character of the texts escaped, and the names. */
enum { ENTRY_SIZE = 2 * (96 + 192 + 1536 + 24) + 256 };
_Static_assert(ENTRY_SIZE <= 65535, "an entry of a bundle has a length of two bytes");

/* Writes the canonical object; a control character, or what is not UTF-8, becomes '?'. */
void entry_print(const struct entry *e, struct buf *out);

/* Reads what entry_print writes and nothing else. */
enum err entry_parse(struct bytes in, struct entry *out) MUST_USE;

/* Ends every text within its field, for an entry from another process; false if it is of no type. */
bool entry_checked(struct entry *e);

#endif
