/*
 * spool: the process that keeps evidence: it hears of findings, cuts their
 * packets out of the tapes before those run on, and writes them sealed.
 *
 * It holds the recipient's certificate and no private key: what it wrote it
 * cannot read again.
 */
#ifndef MAIN_SPOOL_H
#define MAIN_SPOOL_H

#include "main/board.h"

enum { SPOOL_RING_DEFAULT = 64, SPOOL_MIB_DEFAULT = 1024, SPOOL_FILES_DEFAULT = 4096 };

/*
 * A day's share, UTC: of files and of bytes findings of severity 1 may use all,
 * of 2 four fifths, of 3 half.  What is full is said, counted, and told to the
 * ledger; nothing that is there is deleted for it.
 */

/* Makes the ring and the tapes of a live run for the site b->state names; false: it could not, and said why. */
bool spool_prepare(struct board *b);

/* Is there anything for a spool to do? */
bool spool_due(const struct board *b);

/* For the judge, of a finding that evidence is kept of.  In a live run it waits for nobody. */
bool spool_wants(const struct finding *f);
void spool_finding(struct board *b, struct ring *r, const struct finding *f);

#endif
