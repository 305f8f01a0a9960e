/*
 * quorum: which logs are trusted, and whose cosignatures are enough (C2SP tlog-policy).
 *
 *	log VKEY [URL]
 *	witness NAME VKEY [URL]
 *	group NAME all|any|K NAME…
 *	quorum NAME|none
 */
#ifndef LEDGER_QUORUM_H
#define LEDGER_QUORUM_H

#include "ledger/note.h"

enum { QUORUM_LOGS = 32, QUORUM_WITNESSES = 32, QUORUM_GROUPS = 32, QUORUM_URL = 256, QUORUM_SIZE = 65536 };

struct quorum_party {
	char            name[NOTE_NAME]; /* in the policy; a log has none */
	struct note_key key;
	char            url[QUORUM_URL];
};

/* Members are bits: witnesses 0..31, groups 32..63, all defined before it. */
struct quorum_group {
	char     name[NOTE_NAME];
	uint64_t members;
	unsigned least;
};

struct quorum {
	size_t              logs, witnesses, groups;
	struct quorum_party log[QUORUM_LOGS];
	struct quorum_party witness[QUORUM_WITNESSES];
	struct quorum_group group[QUORUM_GROUPS];
	bool                none; /* no cosignature is needed */
	unsigned            needs; /* the bit of the witness or group that is */
	uint32_t            line;  /* where quorum_parse failed, from 1 */
};

enum err quorum_parse(struct bytes in, struct quorum *out) MUST_USE;
void     quorum_print(const struct quorum *q, struct buf *out);

/* Is this set of witnesses (bits) enough? */
bool quorum_met(const struct quorum *q, uint64_t witnesses);

/*
 * Checks a checkpoint: signed by one of the logs, of that log's origin, and
 * cosigned by enough.  ERR_NOTFOUND: none of the logs signed; ERR_PERM: a
 * signature is wrong or there are too few; ERR_FORM: it is no checkpoint.
 */
enum err quorum_verify(const struct quorum *q, struct bytes note) MUST_USE;

#endif
