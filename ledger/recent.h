/*
 * recent: is what was added to a log since the last time what was signed?
 *
 * The checkpoint's signature, that it goes on from the remembered one, its
 * root over the right edge, and the hash of each entry in between.  Reads as
 * much as was added; verify_log reads all.
 */
#ifndef LEDGER_RECENT_H
#define LEDGER_RECENT_H

#include "ledger/verify.h"

/*
 * remembered: the note this gave the last time, or empty.  Appends to note the
 * checkpoint with the log's own signature.  ERR_FORM: something is not what
 * was signed: verify_log tells what.  ERR_AGAIN: the log grew too fast to be read.
 */
enum err recent_verify(const char *path, const struct note_key *key, struct bytes remembered, struct buf *note) MUST_USE;

#endif
