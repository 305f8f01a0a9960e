/*
 * verify_inside: what its files share.
 *
 *	verify.c          the checkpoint, the remembered one, the order of things
 *	verify_tree.c     entries, tiles, and who is to blame when they differ
 *	verify_around.c   the journal, files that do not belong there
 */
#ifndef LEDGER_VERIFY_INSIDE_H
#define LEDGER_VERIFY_INSIDE_H

#include "ledger/edge.h"
#include "ledger/journal.h"
#include "ledger/verify.h"

enum { VERIFY_PROBLEMS = 1000 }; /* after so many the rest is not looked at */

/* The file of a level's tile that is being compared. */
struct verify_file {
	enum { VERIFY_NONE_READ, VERIFY_READ, VERIFY_BAD } state; /* bad: missing or too short, and told */
	uint64_t      index;
	struct digest hash[TILE_WIDTH];
};

struct verify {
	const struct verify_options *o;
	struct verify_result         r;
	int                          dir;
	bool                         broken;      /* the tree is not what was signed */
	uint8_t                      note[NOTE_SIZE];
	size_t                       note_n;
	struct checkpoint            c;
	struct edge                  computed;    /* from the entries */
	struct verify_file           file[TILE_LEVELS];
	uint8_t                     *bundle;      /* TILE_BUNDLE bytes, and JOURNAL_BYTES */

	bool                         remembers;
	struct checkpoint            remembered;
	struct digest                then;        /* the files' root at the remembered size */

	struct journal               journal;     /* fd is -1 if there is none */
	struct edge                  begun;       /* the tree when the journal was begun */
	uint64_t                     end;         /* of the tree with the journal's records */
};

void verify_found(struct verify *v, const char *file, const uint64_t *index, const char *says, const char *advice);

/* A tile or bundle: as wide as the tree has it, or the full one it has become since; t then is that one. */
enum err verify_get(const struct verify *v, struct tile *t, struct buf *out) MUST_USE;

enum err verify_tree(struct verify *v) MUST_USE;
enum err verify_journal(struct verify *v) MUST_USE;
enum err verify_files(struct verify *v) MUST_USE;

extern const char VERIFY_RESTORE[];

#endif
