/*
 * evidence_finding: `paravent evidence --finding ID`: one finding's packets,
 * the two messages side by side, and what was said of them, as one signed zip.
 *
 *	README.txt   finding.json      packets.pcapng
 *	messages/a.* messages/b.*      as they were sent
 *	pair.txt     pair.json         field by field; what differs is marked
 *	manifest.sha256  manifest.note
 */
#ifndef MAIN_EVIDENCE_FINDING_H
#define MAIN_EVIDENCE_FINDING_H

#include "base/bytes.h"
#include "main/bundle.h"
#include "main/state.h"
#include "main/unfold.h"
#include "store/casebook.h"

struct evidence_ask {
	const char *finding, *state, *store, *captures, *out, *reason, *by;
};

int evidence_finding(const struct evidence_ask *a);

/* The name a message's bytes are kept under, after its protocol: stem.hl7 and so on. */
void evidence_file(char *to, size_t cap, const char *stem, const char *clinical, struct bytes raw);

/*
 * The packets of finding i of a book: what was sealed of it, opened (site:
 * whose; NULL: nothing is sealed), else out of the captures in a folder (NULL:
 * none).  Who asks enters it in the ledger first.  slice holds CUT_SIZE, room
 * UNFOLD_ROOM.  ERR_NOTFOUND: there are none.  ERR_PERM: what was sealed was
 * altered, or may not be read.
 */
enum err evidence_take(const struct state *site, const char *captures, const struct casebook *book, uint32_t i, struct buf *slice, struct buf *room, struct unfolded *out) MUST_USE;

/* The messages and their pair into a bundle, below prefix. */
void evidence_put(struct bundle *b, const char *prefix, const struct finding *f, const struct unfolded *u);

#endif
