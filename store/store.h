/*
 * store: the record of what was seen and found: devices, services, flows,
 * certificates, findings, incidents, in one SQLite file (WAL).
 *
 * The record's process writes what is seen; commands that people give write
 * what they did with an incident (casebook.h).  A writer holds the file from
 * begin to commit and others wait for up to five seconds, so nobody begins
 * before there is something to write.  A crash leaves the last commit.  A file
 * of an older version is brought up when it is opened.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/err.h"
#include "model/finding.h"
#include "model/record.h"

struct store;

/* Opens or makes the file; with write false it must be there.  store_trouble says why it failed. */
enum err    store_open(const char *path, bool write, struct store **out) MUST_USE;
void        store_free(struct store *s);
const char *store_trouble(void);

/* Between begin and commit writes are one transaction; commit is when they are safe. */
enum err store_begin(struct store *s) MUST_USE;
enum err store_commit(struct store *s) MUST_USE;
/* Takes back what came since begin; nothing if there was none. */
void     store_rollback(struct store *s);

/* From now on what is put is told as it happens: an incident is detected by the wall clock, else by its capture's. */
void     store_live(struct store *s);

/* Each adds the record or brings the one that is there up to date. */
enum err store_record(struct store *s, const struct record *r) MUST_USE;
/* place and capture are names; before: the capture of the other sighting. */
enum err store_finding(struct store *s, const struct finding *f, const char *place, const char *capture, const char *before) MUST_USE;
enum err store_incident(struct store *s, const struct incident *i) MUST_USE;

/*
 * Rows of a noun ("device", "service", "flow", "cert", "finding", "incident",
 * and an incident's "event"s), newest first, events oldest first; with id only the one it names (a card, an address, a number, a
 * digest's beginning, an incident's id).  The callback gets n columns' names
 * and texts (NULL: nothing), and returns false to stop.
 */
enum err store_list(struct store *s, const char *noun, const char *id, unsigned limit,
                    bool (*row)(void *context, int n, const char *const *names, const char *const *values), void *context) MUST_USE;

#endif
