/*
 * inscribe: the ledger's process, the only writer of the tamper-evident log.
 *
 * Entries come over channels of the run's own roles and over the site's socket,
 * are committed in groups, and are answered when they are durable.
 */
#ifndef MAIN_INSCRIBE_H
#define MAIN_INSCRIBE_H

#include "main/board.h"
#include "model/entry.h"

/* What may be sent.  Kinds without an answer are sent by roles that do not wait. */
enum inscribe_message {
	INSCRIBE_TELL = 1, /* struct entry; no answer */
	INSCRIBE_ENTRY,    /* struct entry; answered by INSCRIBE_DONE with its index, 8 bytes */
	INSCRIBE_MANIFEST, /* text; answered by INSCRIBE_DONE with the signed note */
	INSCRIBE_COSIGN,   /* length(4) text, lines of witnesses; answered by INSCRIBE_DONE, empty */
	INSCRIBE_HELLO,    /* is it there?  answered by INSCRIBE_DONE, empty */
	INSCRIBE_DONE,
	INSCRIBE_REFUSED,  /* why, in words */
};

/*
 * Starts the keys' and the ledger's process for the site b->state names.  The
 * caller's end for entries is then b->tell_fd[INSCRIBE_PARENT].  false: it
 * could not; it was said.  pid: of both.
 */
bool inscribe_start(struct board *b, int pid[static 2]);

/* One entry of a role that does not wait for it.  ERR_AGAIN: there is no room just now (if fd does not wait); else the ledger is gone. */
enum err inscribe_tell(int fd, const struct entry *e) MUST_USE;

#endif
