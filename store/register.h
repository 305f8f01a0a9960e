/*
 * register: the certificates this CA issued, what became of them, and who
 * waits for one, in an SQLite file of its own (WAL).
 *
 * Between begin and commit writes are one transaction: a crash leaves the old
 * or the new.  Numbers of time are seconds since 1970; a serial number is 16
 * octets.
 */
#ifndef STORE_REGISTER_H
#define STORE_REGISTER_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/instant.h"

struct register_file;

enum { REGISTER_SERIAL = 16, REGISTER_WAITING = 1000 };

struct register_row {
	uint8_t     serial[REGISTER_SERIAL], key[32]; /* SHA-256 of the SubjectPublicKeyInfo */
	const char *subject, *names, *profile, *device; /* device: "" if it was not named */
	int64_t     issued, from, until;
	struct bytes der;
	int64_t     revoked; /* 0: it is not */
	unsigned    reason;
	unsigned    issuer;  /* which generation of the issuing CA, from 1 */
};

enum register_state { REGISTER_WAITS, REGISTER_ISSUED, REGISTER_DENIED };

struct register_request {
	int64_t             id, asked;
	struct bytes        csr;
	const char         *subject, *profile, *device, *why; /* subject: what it is called for people, and the names it asks for */
	const char         *ticket; /* by which who asked finds it again */
	enum register_state state;
	uint8_t             serial[REGISTER_SERIAL]; /* of what was issued */
};

/* A code that stands for a device once. */
struct register_code {
	const char *device, *profile;
	uint8_t     salt[16], hash[32];
	int64_t     until;
};

/* Opens or makes it; write false: it must be there.  store_trouble says why it failed. */
enum err register_open(const char *path, bool write, struct register_file **out) MUST_USE;
void     register_free(struct register_file *r);

enum err register_begin(struct register_file *r) MUST_USE;
enum err register_commit(struct register_file *r) MUST_USE;
void     register_rollback(struct register_file *r);

enum err register_put(struct register_file *r, const struct register_row *c) MUST_USE;
/* ERR_NOTFOUND.  Texts and der live until the next call; until register_done nothing newer is seen. */
enum err register_get(struct register_file *r, const uint8_t serial[static REGISTER_SERIAL], struct register_row *out) MUST_USE;
void     register_done(struct register_file *r);
/* What has become of one that this generation issued, without the rest: *revoked 0 if it is good. */
enum err register_status(struct register_file *r, unsigned issuer, const uint8_t serial[static REGISTER_SERIAL], int64_t *revoked, unsigned *reason) MUST_USE;
/* The serial numbers of up to *n that are neither revoked nor expired at now, of those issued after *after, which is moved behind them; and how many there are. */
enum err register_live(struct register_file *r, unsigned issuer, int64_t now, int64_t *after, uint8_t (*serial)[REGISTER_SERIAL], unsigned *n) MUST_USE;
/* How many of a generation are neither revoked nor expired, those of status not counted. */
enum err register_issuer_live(struct register_file *r, unsigned issuer, int64_t *out) MUST_USE;
enum err register_live_count(struct register_file *r, int64_t *out) MUST_USE;
/* ERR_NOTFOUND: it was never issued; ERR_USAGE: it is revoked already. */
enum err register_revoke(struct register_file *r, const uint8_t serial[static REGISTER_SERIAL], int64_t when, unsigned reason) MUST_USE;

/* When the last one was issued, 0: none was. */
enum err register_last(struct register_file *r, int64_t *issued) MUST_USE;
/* The next number of a CRL, for good once committed. */
enum err register_crl_number(struct register_file *r, uint64_t *out) MUST_USE;
/* Changes when another process has written. */
enum err register_version(struct register_file *r, int64_t *out) MUST_USE;

/* Revoked ones that have not expired at now, each once; the callback returns false to stop. */
enum err register_revoked(struct register_file *r, int64_t now, bool (*each)(void *context, const struct register_row *c), void *context) MUST_USE;

/* Those that are neither revoked nor expired, newest first: certificate and key; the callback returns false to stop, *all says whether it did. */
enum err register_newest(struct register_file *r, bool (*each)(void *context, struct bytes der, const uint8_t key[static 32]), void *context, bool *all) MUST_USE;
enum err register_revoked_count(struct register_file *r, int64_t now, int64_t *out) MUST_USE;

/* Who waits.  The same asked again keeps its number.  ERR_LIMIT: REGISTER_WAITING wait already. */
enum err register_ask(struct register_file *r, const struct register_request *q, int64_t *id) MUST_USE;
enum err register_asked(struct register_file *r, int64_t id, struct register_request *out) MUST_USE; /* of those that wait */
/* The newest of this ticket, whatever its state.  Texts live until the next call. */
enum err register_ticket(struct register_file *r, const char *ticket, struct register_request *out) MUST_USE;
/* serial: of what was issued for it; NULL: it is denied.  ERR_NOTFOUND: it does not wait. */
enum err register_answer(struct register_file *r, int64_t id, const uint8_t *serial) MUST_USE;

/* A device has one code at most: a new one is instead of the old.  ERR_NOTFOUND: it has none. */
enum err register_code_put(struct register_file *r, const struct register_code *c) MUST_USE;
enum err register_code_get(struct register_file *r, const char *device, struct register_code *out) MUST_USE;
enum err register_code_drop(struct register_file *r, const char *device) MUST_USE;

/* CAs of makers, whose certificates tell devices of theirs. */
enum err register_factory_put(struct register_file *r, struct bytes der, const char *subject, int64_t when) MUST_USE;
enum err register_factory_each(struct register_file *r, bool (*each)(void *context, struct bytes der), void *context) MUST_USE;

/*
 * Rows for people, as store_list: "certificate" (id: a serial number's beginning in hexadecimal, a subject, a
 * device), "expiring" (id: before which second), "account" (of ACME, once store/acme has made its tables), "request" (that waits), "code", "factory".
 */
enum err register_list(struct register_file *r, const char *noun, const char *id, unsigned limit,
                       bool (*row)(void *context, int n, const char *const *names, const char *const *values), void *context) MUST_USE;

#endif
