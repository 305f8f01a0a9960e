/*
 * submit: entries of a command, handed to the site's ledger process and durable
 * when it answers.  If none runs, one is started for as long as this is open.
 */
#ifndef MAIN_SUBMIT_H
#define MAIN_SUBMIT_H

#include "base/buf.h"
#include "base/err.h"
#include "model/entry.h"

struct submit;

/* ledger: the directory of the site's ledger.  submit_trouble says why it failed, of every call. */
enum err    submit_open(const char *ledger, struct submit **out) MUST_USE;
/* Over a channel that leads to the ledger's process, or to who hands on to it. */
enum err    submit_over(int fd, struct submit **out) MUST_USE;
const char *submit_trouble(void);
void        submit_close(struct submit *s);

/* A time of zero is now.  OK: it is durable, at this index. */
enum err submit_entry(struct submit *s, const struct entry *e, uint64_t *index) MUST_USE;

/* Several at once, so that they share a commit; at most SUBMIT_MOST.  OK: all are durable. */
enum { SUBMIT_MOST = 32 };
enum err submit_entries(struct submit *s, const struct entry *e, unsigned n) MUST_USE;

/* Signs the manifest of a bundle of evidence (KEYS_MANIFEST_HEAD is its first line): appends the note. */
enum err submit_sign_manifest(struct submit *s, struct bytes text, struct buf *note) MUST_USE;

/* Publishes the checkpoint whose text this is with these lines of witnesses.  ERR_AGAIN: the log has grown since. */
enum err submit_cosign(struct submit *s, struct bytes text, struct bytes lines) MUST_USE;

#endif
