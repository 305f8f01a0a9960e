/*
 * log: the writer of a tamper-evident log in one directory.
 *
 *	checkpoint     the signed tree: origin, size, root (tlog-checkpoint)
 *	tile/L/N       256 hashes of level L (tlog-tiles); N.p/W the partial one of width W
 *	tile/entries/N 256 entries, each with its length in two bytes
 *	journal        what was added since the tiles were last synced; not there once closed
 *
 * Entries are queued with log_add and made durable, together, with log_commit.
 * Only what log_commit has returned may be acknowledged to anybody.  If it
 * fails nothing is lost: the queue stays, and the next log_commit tries again.
 * One process writes (flock); any number read.  Nothing is ever removed.
 */
#ifndef LEDGER_LOG_H
#define LEDGER_LOG_H

#include "base/instant.h"
#include "ledger/disk.h"
#include "ledger/note.h"

struct log;

enum {
	LOG_ENTRY = 65535,      /* bytes of an entry */
	LOG_QUEUE = 16 << 20,   /* bytes that may wait for one commit */
	LOG_JOURNAL = 64 << 20, /* bytes of the journal, by default */
};

struct log_options {
	struct note_key key; /* of type NOTE_ED25519; its name is the log's origin */

	/* Signs text with that key, which may live in another process. */
	enum err (*sign)(void *context, struct bytes text, uint8_t signature[static 64]);
	void    *context;

	bool   create;   /* make the log if the directory is empty or not there */
	size_t journal;  /* bytes, 0 for LOG_JOURNAL */
	const struct disk_calls *calls; /* NULL for Linux's */
};

struct log_range {
	uint64_t first, count;
};

/*
 * Opens a log and repairs what a crash left: every entry that was acknowledged
 * is there afterwards.  ERR_AGAIN: another process writes it.  ERR_FORM: its
 * files are not those of the signed tree, so nothing is signed; log_trouble
 * says what is wrong and what to do.
 */
enum err    log_open(const char *path, const struct log_options *o, struct log **out) MUST_USE;
const char *log_trouble(void);

/* Queues an entry.  ERR_LIMIT if it is empty or too large, ERR_AGAIN if the queue is full: commit first. */
enum err log_add(struct log *l, struct bytes entry) MUST_USE;

/* Makes all that is queued durable and publishes the checkpoint over it. */
enum err log_commit(struct log *l, struct log_range *out) MUST_USE;

/* How many entries are durable, and the published checkpoint; valid until the next commit. */
uint64_t     log_size(const struct log *l);
struct bytes log_checkpoint(const struct log *l);

/* Publishes the checkpoint anew with these lines of witnesses (ledger/ask.h), if it still is the one they signed; else ERR_AGAIN. */
enum err log_cosign(struct log *l, struct bytes text, struct bytes lines) MUST_USE;

/* How much fits on the disk yet, and for how many days at the rate since it was first asked; UINT32_MAX if none is known. */
struct log_room {
	uint64_t bytes;
	uint32_t days;
};
enum err log_room(struct log *l, struct instant now, struct log_room *out) MUST_USE;

/* Syncs the tiles and removes the journal.  What is queued and not committed is lost. */
void log_close(struct log *l);

#endif
