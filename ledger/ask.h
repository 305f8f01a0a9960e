/*
 * ask: asking witnesses to cosign our checkpoint (C2SP tlog-witness, the client's side).
 *
 *	ask_request(view, 0, body)    POST it to URL/add-checkpoint
 *	409: ask_size(answer, &old)   then ask again from there
 *	200: ask_answer(…, lines)     then log_cosign(log, text, lines)
 */
#ifndef LEDGER_ASK_H
#define LEDGER_ASK_H

#include "ledger/view.h"

/* The body that shows that the view's checkpoint goes on from the tree of old entries.  ERR_USAGE: old is beyond it. */
enum err ask_request(struct view *v, uint64_t old, struct buf *out) MUST_USE;

/* What a 409 says. */
enum err ask_size(struct bytes answer, uint64_t *old) MUST_USE;

/* Appends the lines of an answer that this witness signed over the note's text.  ERR_PERM: a wrong one; ERR_NOTFOUND: none. */
enum err ask_answer(struct bytes note, struct bytes answer, const struct note_key *witness, struct buf *lines) MUST_USE;

#endif
