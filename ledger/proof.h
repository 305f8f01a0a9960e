/*
 * proof: a .tlog-proof file: an entry is in a log, checkable by itself (C2SP tlog-proof).
 *
 *	c2sp.org/tlog-proof@v1
 *	extra BASE64            if there is some; nobody vouches for it
 *	index N
 *	BASE64                  a hash a line, from the leaf's sibling to the root's child
 *	(an empty line)
 *	the checkpoint, a signed note
 */
#ifndef LEDGER_PROOF_H
#define LEDGER_PROOF_H

#include "ledger/merkle.h"
#include "ledger/quorum.h"

enum { PROOF_EXTRA = 1024, PROOF_SIZE = NOTE_SIZE + 8192 };

/* A letter: note lies in what was parsed, or in the view that proved. */
struct proof {
	uint64_t            index;
	struct merkle_proof path;
	struct bytes        note; /* the checkpoint */
	size_t              extra_n;
	uint8_t             extra[PROOF_EXTRA];
};

enum err proof_parse(struct bytes in, struct proof *out) MUST_USE;
void     proof_print(const struct proof *p, struct buf *out);

/*
 * Does it show that entry is in a log of the policy, as seen by its witnesses?
 * ERR_PERM: a signature is wrong or there are too few; ERR_NOTFOUND: no log of
 * the policy signed; ERR_FORM: it is no proof of this entry.
 */
enum err proof_verify(const struct proof *p, struct bytes entry, const struct quorum *q) MUST_USE;

#endif
