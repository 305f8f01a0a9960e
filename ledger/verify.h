/*
 * verify: is this directory the log it says it is?  Offline, from a copy too.
 *
 * Every entry is hashed again, every hash of every tile compared, the root with
 * the signed checkpoint, the journal replayed.  Each mismatch is told with its
 * file, its index and what to do.  Memory does not grow with the log.  A log
 * that is being written to may be verified: the checkpoint is read first.
 */
#ifndef LEDGER_VERIFY_H
#define LEDGER_VERIFY_H

#include "ledger/checkpoint.h"
#include "ledger/note.h"

struct verify_problem {
	char        file[128]; /* below the log's directory */
	bool        located;   /* index is meant */
	uint64_t    index;     /* of an entry in the log, or a hash in its tile */
	const char *says;      /* what is wrong */
	const char *advice;    /* what to do */
	bool        follows;   /* the tree was found wrong before: this is likely to come of it */
};

struct verify_options {
	const struct note_key *keys;   /* the log's own */
	size_t                 count;
	struct bytes remembered;       /* a checkpoint (a note) seen before, or empty */

	void (*found)(void *context, const struct verify_problem *p);
	void  *context;
};

struct verify_result {
	uint64_t      size;     /* of the checkpoint */
	struct digest root;
	uint64_t      entries;  /* hashed */
	uint64_t      pending;  /* in the journal, not in the checkpoint yet */
	uint64_t      problems;
};

/* OK: all was looked at, and problems counts what was found.  Else it could not be looked at. */
enum err verify_log(const char *path, const struct verify_options *o, struct verify_result *out) MUST_USE;

#endif
