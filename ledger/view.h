/*
 * view: reading a log: its checkpoint, its entries by index, proofs.
 *
 * A view sees the log as it was when it was opened; the writer may go on.
 * Nothing read is trusted by itself: verify_log checks a whole log, and a proof
 * is checked by who gets it.
 */
#ifndef LEDGER_VIEW_H
#define LEDGER_VIEW_H

#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "ledger/proof.h"
#include "ledger/tile.h"

struct view;

/* ERR_NOTFOUND if there is no log at path; ERR_FORM if its checkpoint is none. */
enum err view_open(const char *path, struct view **out) MUST_USE;
void     view_free(struct view *v);

/* The checkpoint: as a note, and what it says. */
struct bytes             view_note(const struct view *v);
const struct checkpoint *view_checkpoint(const struct view *v);

/* The entry at index; valid until the next call.  ERR_USAGE: the log has no such entry. */
enum err view_entry(struct view *v, uint64_t index, struct bytes *out) MUST_USE;

/* The hashes of a tile, as stored; from the full tile if the partial one is gone. */
enum err view_tile(struct view *v, struct tile t, struct digest *out) MUST_USE;

/* Proof that index is in the checkpoint's tree; reads a tile a level. */
enum err view_prove(struct view *v, uint64_t index, struct proof *out) MUST_USE;

/* Proof that the tree of old entries is the beginning of this one. */
enum err view_extend(struct view *v, uint64_t old, struct merkle_proof *out) MUST_USE;

/* The root of the tree of the first size entries. */
enum err view_root(struct view *v, uint64_t size, struct digest *out) MUST_USE;

#endif
