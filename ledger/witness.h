/*
 * witness: cosigns the checkpoints of other logs, if each goes on from the last (C2SP tlog-witness).
 *
 *	old N
 *	BASE64            a hash of the consistency proof a line, at most 63
 *	(an empty line)
 *	the checkpoint, a signed note
 *
 * Of each log the last cosigned checkpoint is kept in one file of the
 * directory, named by the SHA-256 of the log's origin, and made durable
 * before the answer goes out.  One process answers.
 */
#ifndef LEDGER_WITNESS_H
#define LEDGER_WITNESS_H

#include "base/instant.h"
#include "ledger/disk.h"
#include "ledger/merkle.h"
#include "ledger/note.h"

enum { WITNESS_REQUEST = NOTE_SIZE + 4096, WITNESS_LOGS = 1024 };

/* A letter: note lies in what was parsed. */
struct witness_request {
	uint64_t            old;
	struct merkle_proof proof;
	struct bytes        note;
};

enum err witness_parse(struct bytes in, struct witness_request *out) MUST_USE;
void     witness_print(const struct witness_request *r, struct buf *out);

struct witness_server;

struct witness_options {
	struct note_key        key;   /* of type NOTE_COSIGNATURE */
	const struct note_key *logs;  /* those it cosigns; a key's name is the log's origin.  Copied. */
	size_t                 count; /* at most WITNESS_LOGS */
	enum err (*sign)(void *context, struct bytes text, uint8_t signature[static 64]);
	void *context;
	const struct disk_calls *calls; /* NULL for Linux's */
};

/* Its state lies in the directory dir, which must be there.  ERR_AGAIN: another process answers with it. */
enum err witness_open(const char *dir, const struct witness_options *o, struct witness_server **out) MUST_USE;
void     witness_close(struct witness_server *w);

/*
 * Answers POST add-checkpoint: the status and the body.
 *
 *	200  signature lines            400  not a request, or old is beyond the checkpoint
 *	403  no good signature          404  a log it does not know
 *	409  the size it has; Content-Type: text/x.tlog.size
 *	422  the checkpoint does not go on from the last
 *	500  the state could not be read or kept: nothing was signed
 *	Else the Content-Type is text/plain; charset=utf-8.
 */
void witness_answer(struct witness_server *w, struct bytes request, struct instant now, struct buf *reply, int *status);

/* Answers GET NAME/checkpoint, NAME the 64 digits of the origin's SHA-256: 200 or 404. */
void witness_latest(struct witness_server *w, struct bytes name, struct buf *reply, int *status);

#endif
