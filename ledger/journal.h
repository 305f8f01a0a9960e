/*
 * journal: what was added to a log since its tiles were last synced.
 *
 *	block 0     "paravent journal" base(8) root(32) SHA-256 of these(32), zeros
 *	block k     first(8) count(4) length(4) root(32) signature(64) | length bytes: entries as in a bundle | zeros to the block's end
 *	…           zeros
 *
 * Blocks have 4096 bytes, so that no write touches what was synced before.
 * root is that of the tree after the record: a record is whole if its entries
 * lead there.  signature is the log's on the checkpoint of that tree, so that
 * the journal is no easier to change than a published checkpoint.  The file is made anew, by renaming, when the tiles are synced:
 * after the last record there are only zeros, or one write that was cut.
 */
#ifndef LEDGER_JOURNAL_H
#define LEDGER_JOURNAL_H

#include "ledger/disk.h"
#include "ledger/merkle.h"
#include "ledger/note.h"

enum { JOURNAL_BLOCK = 4096, JOURNAL_ENTRIES = 1 << 16, JOURNAL_BYTES = 16 << 20 }; /* the most of one record */

struct journal {
	int           fd;
	uint64_t      at;   /* where the next record goes, or comes from */
	uint64_t      base; /* size of the tree before the first record */
	struct digest root; /* its root */
};

struct journal_record {
	uint64_t      first;
	uint32_t      count;
	struct digest root;
	uint8_t       signature[64];
	struct bytes  entries;
};

/* A journal without records, in the place of the one before; *out is only changed if it succeeds.  Closes the old descriptor. */
enum err journal_make(const struct disk_calls *c, int dir, uint64_t base, struct digest root, uint64_t size, struct journal *out) MUST_USE;

/* Appends a record and syncs it. */
enum err journal_add(const struct disk_calls *c, struct journal *j, const struct journal_record *r) MUST_USE;

/* ERR_NOTFOUND; ERR_FORM if its first block is damaged. */
enum err journal_open(int dir, struct journal *out) MUST_USE;

/*
 * The next record, its entries into room (of JOURNAL_BYTES), j->at then behind
 * it.  ERR_CLOSED: only zeros follow.  ERR_FORM: what follows is no record.
 */
enum err journal_next(struct journal *j, uint8_t *room, struct journal_record *out) MUST_USE;

/* Is its signature the log's, on the checkpoint of its tree? */
bool journal_signed(const struct journal_record *r, const struct note_key *key);

/* Is there anything but zeros from j->at on? */
enum err journal_rest(const struct journal *j, bool *zeros) MUST_USE;

void journal_close(struct journal *j);

#endif
