/* log_inside: what log.c and log_recover.c share. */
#ifndef LEDGER_LOG_INSIDE_H
#define LEDGER_LOG_INSIDE_H

#include "ledger/checkpoint.h"
#include "ledger/edge.h"
#include "ledger/journal.h"
#include "ledger/log.h"

enum {
	LOG_TAIL = TILE_BUNDLE, /* the most the partial bundle takes */
	LOG_FULL = JOURNAL_ENTRIES / TILE_WIDTH + 8, /* tiles that one commit can fill */
};

struct log_tile {
	struct tile   tile;
	struct digest hash[TILE_WIDTH];
};

/*
 * pending is the partial bundle as it is published, and behind it the queue:
 *
 *	0 … tail            entries of the last, partial bundle
 *	tail … journaled    in the journal, not published: a commit failed after that
 *	journaled … filled  only here
 */
struct log {
	struct log_options o;
	int                dir;
	struct journal     journal;
	struct edge       *edge;  /* of the published tree */
	struct edge       *next;  /* and of the one being committed */
	uint8_t           *pending;
	size_t             tail, journaled, filled;
	uint32_t           queued, queued_journaled; /* entries behind tail, and behind tail in the journal */
	struct log_tile   *full;  /* tiles that became full in this commit */
	size_t             fulls;
	uint8_t            note[NOTE_SIZE], draft[NOTE_SIZE]; /* the published checkpoint, and that of next */
	size_t             note_n, draft_n;
	uint8_t            signature[64]; /* in the draft */
	uint64_t           written;       /* bytes since rate_from */
	struct instant     rate_from;
};

/* Says why, for log_trouble; returns e. */
enum err log_failed(enum err e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* next becomes the tree with the first count entries of the queue. */
void log_grow(struct log *l, uint32_t count);

/* Writes the tiles and bundles in which next differs from edge. */
enum err log_tiles(struct log *l) MUST_USE;

/* Signs next: its checkpoint is the draft. */
enum err log_sign(struct log *l) MUST_USE;

/* Publishes the draft.  durable: it survives a crash by itself, not by the journal alone. */
enum err log_publish(struct log *l, bool durable) MUST_USE;

/* next is the tree now: what it took of the queue leaves it. */
void log_advance(struct log *l);

/* Syncs all tiles, removes partial ones that are full now, and begins a new journal. */
enum err log_recycle(struct log *l) MUST_USE;
enum err log_settle(struct log *l) MUST_USE; /* the same without a new journal */

/* From the files to the state they stand for. */
enum err log_recover(struct log *l) MUST_USE;

#endif
