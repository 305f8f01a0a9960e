/* register: see register.h. */
#include "store/register.h"
#include "base/memory.h"
#include "store/inside.h"

enum query { PUT, MARK, GET, STATUS, LIVE, LIVE_COUNT, REVOKE, LAST, NUMBER, VERSION, REVOKED, ISSUER_LIVE, NEWEST, REVOKED_COUNT, WAITING, SAME, ASK, ASKED, TICKET, ANSWER, CODE_PUT, CODE_GET, CODE_DROP, FACTORY_PUT, FACTORIES, QUERIES };

struct register_file {
	sqlite3      *db;
	sqlite3_stmt *query[QUERIES];
};

static const char SCHEMA[] =
    "CREATE TABLE IF NOT EXISTS certificate(serial BLOB NOT NULL UNIQUE, subject TEXT NOT NULL, names TEXT NOT NULL, profile TEXT NOT NULL, device TEXT NOT NULL,"
    " key BLOB NOT NULL, issued INTEGER NOT NULL, not_before INTEGER NOT NULL, not_after INTEGER NOT NULL, issuer INTEGER NOT NULL, revoked INTEGER, reason INTEGER, der BLOB NOT NULL);"
    "CREATE INDEX IF NOT EXISTS certificate_revoked ON certificate(revoked) WHERE revoked IS NOT NULL;"
    "CREATE INDEX IF NOT EXISTS certificate_not_after ON certificate(not_after);"
    "CREATE TABLE IF NOT EXISTS request(id INTEGER PRIMARY KEY AUTOINCREMENT, asked INTEGER NOT NULL, profile TEXT NOT NULL, device TEXT NOT NULL, why TEXT NOT NULL, csr BLOB NOT NULL,"
    " ticket TEXT NOT NULL, subject TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0, serial BLOB);"
    "CREATE INDEX IF NOT EXISTS request_ticket ON request(ticket);"
    "CREATE INDEX IF NOT EXISTS request_waits ON request(state) WHERE state=0;"
    "CREATE TABLE IF NOT EXISTS code(device TEXT PRIMARY KEY, profile TEXT NOT NULL, salt BLOB NOT NULL, hash BLOB NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS factory(der BLOB NOT NULL UNIQUE, subject TEXT NOT NULL, added INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS number(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "INSERT OR IGNORE INTO number VALUES('crl', 0), ('issued', 0);";

static const char *const QUERY[QUERIES] = {
	[PUT] = "INSERT INTO certificate(serial,subject,names,profile,device,key,issued,not_before,not_after,der,issuer) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)",
	[MARK] = "UPDATE number SET value=?1 WHERE name='issued' AND value<?1",
	[GET] = "SELECT subject,names,profile,device,key,issued,not_before,not_after,revoked,reason,der,serial,issuer FROM certificate WHERE serial=?1",
	[STATUS] = "SELECT coalesce(revoked,0),coalesce(reason,0) FROM certificate WHERE serial=?1 AND issuer=?2",
	[LIVE] = "SELECT rowid,serial FROM certificate WHERE rowid>?1 AND issuer=?4 AND revoked IS NULL AND not_after>=?2 ORDER BY rowid LIMIT ?3",
	[LIVE_COUNT] = "SELECT count(*) FROM certificate WHERE not_after>=unixepoch()",
	[REVOKE] = "UPDATE certificate SET revoked=?2, reason=?3 WHERE serial=?1 AND revoked IS NULL",
	[LAST] = "SELECT value FROM number WHERE name='issued'",
	[NUMBER] = "UPDATE number SET value=value+1 WHERE name='crl' RETURNING value",
	[VERSION] = "PRAGMA data_version",
	[REVOKED] = "SELECT subject,names,profile,device,key,issued,not_before,not_after,revoked,reason,der,serial,issuer FROM certificate WHERE revoked IS NOT NULL AND not_after>=?1 ORDER BY revoked",
	[ISSUER_LIVE] = "SELECT count(*) FROM certificate WHERE issuer=?1 AND revoked IS NULL AND not_after>=unixepoch() AND profile<>'ocsp'",
	[NEWEST] = "SELECT der,key FROM certificate WHERE revoked IS NULL AND not_after>=unixepoch() ORDER BY rowid DESC",
	[REVOKED_COUNT] = "SELECT count(*) FROM certificate WHERE revoked IS NOT NULL AND not_after>=?1",
	[WAITING] = "SELECT count(*) FROM request WHERE state=0",
	[SAME] = "SELECT coalesce(max(id),0) FROM request WHERE ticket=?6 AND state=0 AND profile=?2 AND device=?3 AND csr=?5 AND subject=?7",
	[ASK] = "INSERT INTO request(asked,profile,device,why,csr,ticket,subject) VALUES(?1,?2,?3,?4,?5,?6,?7)",
	[ASKED] = "SELECT id,asked,profile,device,why,csr,ticket,state,serial,subject FROM request WHERE id=?1 AND state=0",
	[TICKET] = "SELECT id,asked,profile,device,why,csr,ticket,state,serial,subject FROM request WHERE ticket=?1 ORDER BY id DESC LIMIT 1",
	[ANSWER] = "UPDATE request SET state=CASE WHEN ?2 IS NULL THEN 2 ELSE 1 END, serial=?2 WHERE id=?1 AND state=0",
	[CODE_PUT] = "INSERT OR REPLACE INTO code(device,profile,salt,hash,until) VALUES(?1,?2,?3,?4,?5)",
	[CODE_GET] = "SELECT device,profile,salt,hash,until FROM code WHERE device=?1",
	[CODE_DROP] = "DELETE FROM code WHERE device=?1",
	[FACTORY_PUT] = "INSERT OR IGNORE INTO factory(der,subject,added) VALUES(?1,?2,?3)",
	[FACTORIES] = "SELECT der FROM factory ORDER BY rowid",
};

#define DATE(column) "strftime('%Y-%m-%dT%H:%M:%SZ'," column ",'unixepoch') AS " column
static const struct {
	const char *noun, *select;
} NOUN[] = {
	{ "certificate", "SELECT lower(hex(serial)) AS serial, subject, names, profile, device, lower(hex(key)) AS key, " DATE("issued") ", " DATE("not_before") ", " DATE("not_after")
	  ", CASE WHEN revoked IS NOT NULL THEN 'revoked' WHEN not_after<unixepoch() THEN 'expired' ELSE 'good' END AS state, " DATE("revoked") ", reason FROM certificate"
	  " WHERE ?1 IS NULL OR hex(serial) LIKE ?1||'%' OR subject=?1 OR device=?1 ORDER BY rowid DESC LIMIT ?2" },
	{ "expiring", "SELECT lower(hex(serial)) AS serial, subject, profile, device, " DATE("not_after") ", (not_after-unixepoch())/86400 AS days FROM certificate"
	  " WHERE revoked IS NULL AND not_after>=unixepoch() AND not_after<CAST(?1 AS INTEGER) ORDER BY certificate.not_after LIMIT ?2" },
	{ "account", "SELECT a.id, CASE a.state WHEN 3 THEN 'valid' WHEN 5 THEN 'deactivated' WHEN 7 THEN 'closed' ELSE 'unused' END AS state, b.device, b.profile, b.kid, a.contact,"
	  " strftime('%Y-%m-%dT%H:%M:%SZ',b.made,'unixepoch') AS let_in FROM acme_binding b LEFT JOIN acme_account a ON a.id=b.account WHERE ?1 IS NULL OR b.device=?1 ORDER BY b.made LIMIT ?2" },
	{ "request", "SELECT id, " DATE("asked") ", profile, device, subject, why FROM request WHERE state=0 AND (?1 IS NULL OR id=?1) ORDER BY id LIMIT ?2" },
	{ "code", "SELECT device, profile, " DATE("until") " FROM code WHERE ?1 IS NULL OR device=?1 ORDER BY device LIMIT ?2" },
	{ "factory", "SELECT subject, " DATE("added") " FROM factory WHERE ?1 IS NULL OR subject=?1 ORDER BY rowid LIMIT ?2" },
};

static enum err
run(struct register_file *r, const char *sql)
{
	return sqlite3_exec(r->db, sql, NULL, NULL, NULL) ? inside_failed(r->db) : OK;
}

enum err
register_open(const char *path, bool write, struct register_file **out)
{
	struct register_file *r = memory_new(1, sizeof *r);
	enum err              e = ERR_MEMORY;

	if (!r)
		return e;
	if (sqlite3_open_v2(path, &r->db, write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE, NULL)) {
		e = inside_failed(r->db);
		goto out;
	}
	sqlite3_busy_timeout(r->db, 5000);
	if (write && ((e = run(r, "PRAGMA journal_mode=WAL")) || (e = run(r, SCHEMA))))
		goto out;
	/* Committed is durable: who was told of a certificate has it. */
	if ((e = run(r, "PRAGMA synchronous=FULL")) || (e = run(r, "PRAGMA temp_store=MEMORY")) || (e = run(r, "PRAGMA cache_size=-32768")))
		goto out;
	for (int i = 0; i < QUERIES; i++)
		if (sqlite3_prepare_v3(r->db, QUERY[i], -1, SQLITE_PREPARE_PERSISTENT, &r->query[i], NULL)) {
			e = inside_failed(r->db);
			goto out;
		}
	*out = r;
	return OK;
out:
	register_free(r);
	return e;
}

sqlite3 *
inside_register(struct register_file *r)
{
	return r->db;
}

void
register_free(struct register_file *r)
{
	if (!r)
		return;
	for (int i = 0; i < QUERIES; i++)
		sqlite3_finalize(r->query[i]);
	sqlite3_close(r->db);
	memory_free(r);
}

/* A statement that still stands on its row holds on to the past: what began after it could not be written. */
void
register_done(struct register_file *r)
{
	static const enum query reads[] = { GET, ASKED, TICKET, CODE_GET };

	for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
		sqlite3_reset(r->query[reads[i]]);
}

enum err
register_begin(struct register_file *r)
{
	register_done(r);
	return run(r, "BEGIN IMMEDIATE");
}

enum err
register_commit(struct register_file *r)
{
	return run(r, "COMMIT");
}

void
register_rollback(struct register_file *r)
{
	if (!sqlite3_get_autocommit(r->db))
		sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
}

static sqlite3_stmt *
fresh(struct register_file *r, enum query q)
{
	sqlite3_reset(r->query[q]);
	return r->query[q];
}

/* Runs a statement that gives no row, and lets it go. */
static enum err
finish(struct register_file *r, sqlite3_stmt *q)
{
	enum err e = sqlite3_step(q) == SQLITE_DONE ? OK : inside_failed(r->db);

	sqlite3_reset(q);
	return e;
}

static void
bind_blob(sqlite3_stmt *q, int n, const void *at, size_t len)
{
	sqlite3_bind_blob(q, n, at, (int)len, SQLITE_STATIC);
}

enum err
register_put(struct register_file *r, const struct register_row *c)
{
	sqlite3_stmt     *q = fresh(r, PUT);
	const char *const text[] = { c->subject, c->names, c->profile, c->device };

	bind_blob(q, 1, c->serial, sizeof c->serial);
	for (int i = 0; i < 4; i++)
		sqlite3_bind_text(q, 2 + i, text[i], -1, SQLITE_STATIC);
	bind_blob(q, 6, c->key, sizeof c->key);
	sqlite3_bind_int64(q, 7, c->issued);
	sqlite3_bind_int64(q, 8, c->from);
	sqlite3_bind_int64(q, 9, c->until);
	bind_blob(q, 10, c->der.at, c->der.len);
	sqlite3_bind_int64(q, 11, (int64_t)c->issuer);
	enum err e = finish(r, q);
	if (e)
		return e;
	sqlite3_bind_int64(fresh(r, MARK), 1, c->issued);
	return finish(r, r->query[MARK]);
}

static void
take_row(sqlite3_stmt *q, struct register_row *out)
{
	*out = (struct register_row){
		.subject = (const char *)sqlite3_column_text(q, 0),
		.names = (const char *)sqlite3_column_text(q, 1),
		.profile = (const char *)sqlite3_column_text(q, 2),
		.device = (const char *)sqlite3_column_text(q, 3),
		.issued = sqlite3_column_int64(q, 5),
		.from = sqlite3_column_int64(q, 6),
		.until = sqlite3_column_int64(q, 7),
		.revoked = sqlite3_column_int64(q, 8),
		.reason = (unsigned)sqlite3_column_int(q, 9),
		.issuer = (unsigned)sqlite3_column_int(q, 12),
		.der = bytes_of(sqlite3_column_blob(q, 10), (size_t)sqlite3_column_bytes(q, 10)),
	};
	if (sqlite3_column_bytes(q, 4) == sizeof out->key)
		memcpy(out->key, sqlite3_column_blob(q, 4), sizeof out->key);
	if (sqlite3_column_bytes(q, 11) == sizeof out->serial)
		memcpy(out->serial, sqlite3_column_blob(q, 11), sizeof out->serial);
}

enum err
register_get(struct register_file *r, const uint8_t serial[static REGISTER_SERIAL], struct register_row *out)
{
	sqlite3_stmt *q = fresh(r, GET);

	bind_blob(q, 1, serial, REGISTER_SERIAL);
	int step = sqlite3_step(q);
	if (step != SQLITE_ROW) {
		sqlite3_reset(q);
		return step == SQLITE_DONE ? ERR_NOTFOUND : inside_failed(r->db);
	}
	take_row(q, out);
	return OK;
}

enum err
register_status(struct register_file *r, unsigned issuer, const uint8_t serial[static REGISTER_SERIAL], int64_t *revoked, unsigned *reason)
{
	sqlite3_stmt *q = fresh(r, STATUS);

	bind_blob(q, 1, serial, REGISTER_SERIAL);
	sqlite3_bind_int64(q, 2, (int64_t)issuer);
	int      step = sqlite3_step(q);
	enum err e = step == SQLITE_ROW ? OK : step == SQLITE_DONE ? ERR_NOTFOUND : inside_failed(r->db);
	*revoked = e ? 0 : sqlite3_column_int64(q, 0);
	*reason = e ? 0 : (unsigned)sqlite3_column_int(q, 1);
	sqlite3_reset(q);
	return e;
}

enum err
register_live(struct register_file *r, unsigned issuer, int64_t now, int64_t *after, uint8_t (*serial)[REGISTER_SERIAL], unsigned *n)
{
	sqlite3_stmt  *q = fresh(r, LIVE);
	const unsigned most = *n;
	int            step;

	sqlite3_bind_int64(q, 1, *after);
	sqlite3_bind_int64(q, 2, now);
	sqlite3_bind_int64(q, 3, (int64_t)most);
	sqlite3_bind_int64(q, 4, (int64_t)issuer);
	*n = 0;
	while ((step = sqlite3_step(q)) == SQLITE_ROW && *n < most) {
		*after = sqlite3_column_int64(q, 0);
		if (sqlite3_column_bytes(q, 1) == REGISTER_SERIAL)
			memcpy(serial[(*n)++], sqlite3_column_blob(q, 1), REGISTER_SERIAL);
	}
	enum err e = step == SQLITE_ROW || step == SQLITE_DONE ? OK : inside_failed(r->db);
	sqlite3_reset(q);
	return e;
}

enum err
register_revoke(struct register_file *r, const uint8_t serial[static REGISTER_SERIAL], int64_t when, unsigned reason)
{
	struct register_row c;
	enum err            e = register_get(r, serial, &c);

	if (e)
		return e;
	if (c.revoked)
		return ERR_USAGE;
	register_done(r);
	sqlite3_stmt *q = fresh(r, REVOKE);
	bind_blob(q, 1, serial, REGISTER_SERIAL);
	sqlite3_bind_int64(q, 2, when);
	sqlite3_bind_int64(q, 3, (int64_t)reason);
	return finish(r, q);
}

/* The one number that a statement gives. */
static enum err
number(struct register_file *r, enum query which, int64_t *out)
{
	sqlite3_stmt *q = r->query[which];
	enum err      e = sqlite3_step(q) == SQLITE_ROW ? OK : inside_failed(r->db);

	*out = e ? 0 : sqlite3_column_int64(q, 0);
	sqlite3_reset(q);
	return e;
}

enum err
register_last(struct register_file *r, int64_t *issued)
{
	return number(r, LAST, issued);
}

enum err
register_live_count(struct register_file *r, int64_t *out)
{
	return number(r, LIVE_COUNT, out);
}

enum err
register_crl_number(struct register_file *r, uint64_t *out)
{
	int64_t  n;
	enum err e = number(r, NUMBER, &n);

	*out = (uint64_t)n;
	return e;
}

enum err
register_version(struct register_file *r, int64_t *out)
{
	return number(r, VERSION, out);
}

enum err
register_revoked(struct register_file *r, int64_t now, bool (*each)(void *context, const struct register_row *c), void *context)
{
	sqlite3_stmt       *q = fresh(r, REVOKED);
	struct register_row c;
	int                 step;

	sqlite3_bind_int64(q, 1, now);
	while ((step = sqlite3_step(q)) == SQLITE_ROW) {
		take_row(q, &c);
		if (!each(context, &c))
			break;
	}
	enum err e = step == SQLITE_ROW || step == SQLITE_DONE ? OK : inside_failed(r->db);
	sqlite3_reset(q);
	return e;
}

enum err
register_issuer_live(struct register_file *r, unsigned issuer, int64_t *out)
{
	sqlite3_bind_int64(fresh(r, ISSUER_LIVE), 1, (int64_t)issuer);
	return number(r, ISSUER_LIVE, out);
}

enum err
register_newest(struct register_file *r, bool (*each)(void *context, struct bytes der, const uint8_t key[static 32]), void *context, bool *all)
{
	sqlite3_stmt *q = fresh(r, NEWEST);
	int           step;

	*all = true;
	while (*all && (step = sqlite3_step(q)) == SQLITE_ROW)
		if (sqlite3_column_bytes(q, 1) == 32)
			*all = each(context, bytes_of(sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0)), sqlite3_column_blob(q, 1));
	enum err e = !*all || step == SQLITE_DONE ? OK : inside_failed(r->db);
	sqlite3_reset(q);
	return e;
}

enum err
register_revoked_count(struct register_file *r, int64_t now, int64_t *out)
{
	sqlite3_bind_int64(fresh(r, REVOKED_COUNT), 1, now);
	return number(r, REVOKED_COUNT, out);
}

static void
bind_request(sqlite3_stmt *q, const struct register_request *ask)
{
	sqlite3_bind_int64(q, 1, ask->asked);
	sqlite3_bind_text(q, 2, ask->profile, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 3, ask->device, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 4, ask->why, -1, SQLITE_STATIC);
	bind_blob(q, 5, ask->csr.at, ask->csr.len);
	sqlite3_bind_text(q, 6, ask->ticket, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 7, ask->subject, -1, SQLITE_STATIC);
}

enum err
register_ask(struct register_file *r, const struct register_request *ask, int64_t *id)
{
	int64_t  waiting;
	enum err e;

	bind_request(fresh(r, SAME), ask);
	if ((e = number(r, SAME, id)) || *id || (e = number(r, WAITING, &waiting)))
		return e;
	if (waiting >= REGISTER_WAITING)
		return ERR_LIMIT;
	bind_request(fresh(r, ASK), ask);
	e = finish(r, r->query[ASK]);
	*id = sqlite3_last_insert_rowid(r->db);
	return e;
}

/* The row that a statement gives, or ERR_NOTFOUND. */
static enum err
one_row(struct register_file *r, sqlite3_stmt *q)
{
	int step = sqlite3_step(q);

	if (step == SQLITE_ROW)
		return OK;
	sqlite3_reset(q);
	return step == SQLITE_DONE ? ERR_NOTFOUND : inside_failed(r->db);
}

static void
take_blob(sqlite3_stmt *q, int column, void *out, size_t n)
{
	memset(out, 0, n);
	if ((size_t)sqlite3_column_bytes(q, column) == n)
		memcpy(out, sqlite3_column_blob(q, column), n);
}

static enum err
take_request(struct register_file *r, sqlite3_stmt *q, struct register_request *out)
{
	enum err e = one_row(r, q);

	if (e)
		return e;
	*out = (struct register_request){
		.id = sqlite3_column_int64(q, 0),
		.asked = sqlite3_column_int64(q, 1),
		.profile = (const char *)sqlite3_column_text(q, 2),
		.device = (const char *)sqlite3_column_text(q, 3),
		.why = (const char *)sqlite3_column_text(q, 4),
		.csr = bytes_of(sqlite3_column_blob(q, 5), (size_t)sqlite3_column_bytes(q, 5)),
		.ticket = (const char *)sqlite3_column_text(q, 6),
		.state = (enum register_state)sqlite3_column_int(q, 7),
	};
	out->subject = (const char *)sqlite3_column_text(q, 9);
	take_blob(q, 8, out->serial, sizeof out->serial);
	return OK;
}

enum err
register_asked(struct register_file *r, int64_t id, struct register_request *out)
{
	sqlite3_bind_int64(fresh(r, ASKED), 1, id);
	return take_request(r, r->query[ASKED], out);
}

enum err
register_ticket(struct register_file *r, const char *ticket, struct register_request *out)
{
	sqlite3_bind_text(fresh(r, TICKET), 1, ticket, -1, SQLITE_TRANSIENT);
	return take_request(r, r->query[TICKET], out);
}

/* The same, and it must have changed something. */
static enum err
finish_one(struct register_file *r, sqlite3_stmt *q)
{
	enum err e = finish(r, q);

	return !e && !sqlite3_changes(r->db) ? ERR_NOTFOUND : e;
}

enum err
register_answer(struct register_file *r, int64_t id, const uint8_t *serial)
{
	sqlite3_stmt *q = fresh(r, ANSWER);

	sqlite3_bind_int64(q, 1, id);
	if (serial)
		bind_blob(q, 2, serial, REGISTER_SERIAL);
	else
		sqlite3_bind_null(q, 2);
	return finish_one(r, q);
}

enum err
register_code_put(struct register_file *r, const struct register_code *c)
{
	sqlite3_stmt *q = fresh(r, CODE_PUT);

	sqlite3_bind_text(q, 1, c->device, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 2, c->profile, -1, SQLITE_STATIC);
	bind_blob(q, 3, c->salt, sizeof c->salt);
	bind_blob(q, 4, c->hash, sizeof c->hash);
	sqlite3_bind_int64(q, 5, c->until);
	return finish(r, q);
}

enum err
register_code_get(struct register_file *r, const char *device, struct register_code *out)
{
	sqlite3_stmt *q = fresh(r, CODE_GET);

	sqlite3_bind_text(q, 1, device, -1, SQLITE_TRANSIENT);
	enum err e = one_row(r, q);
	if (e)
		return e;
	*out = (struct register_code){
		.device = (const char *)sqlite3_column_text(q, 0),
		.profile = (const char *)sqlite3_column_text(q, 1),
		.until = sqlite3_column_int64(q, 4),
	};
	take_blob(q, 2, out->salt, sizeof out->salt);
	take_blob(q, 3, out->hash, sizeof out->hash);
	return OK;
}

enum err
register_code_drop(struct register_file *r, const char *device)
{
	sqlite3_stmt *q = fresh(r, CODE_DROP);

	sqlite3_bind_text(q, 1, device, -1, SQLITE_TRANSIENT);
	return finish_one(r, q);
}

enum err
register_factory_put(struct register_file *r, struct bytes der, const char *subject, int64_t when)
{
	sqlite3_stmt *q = fresh(r, FACTORY_PUT);

	bind_blob(q, 1, der.at, der.len);
	sqlite3_bind_text(q, 2, subject, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 3, when);
	return finish(r, q);
}

enum err
register_factory_each(struct register_file *r, bool (*each)(void *context, struct bytes der), void *context)
{
	sqlite3_stmt *q = fresh(r, FACTORIES);
	int           step;

	while ((step = sqlite3_step(q)) == SQLITE_ROW)
		if (!each(context, bytes_of(sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0))))
			break;
	enum err e = step == SQLITE_ROW || step == SQLITE_DONE ? OK : inside_failed(r->db);
	sqlite3_reset(q);
	return e;
}

enum err
register_list(struct register_file *r, const char *noun, const char *id, unsigned limit,
              bool (*row)(void *context, int n, const char *const *names, const char *const *values), void *context)
{
	enum { MOST = 16 };
	const char   *names[MOST], *values[MOST];
	sqlite3_stmt *q = NULL;
	size_t        k = 0;
	int           step = SQLITE_DONE;

	while (k < sizeof NOUN / sizeof *NOUN && strcmp(NOUN[k].noun, noun))
		k++;
	if (k == sizeof NOUN / sizeof *NOUN)
		return ERR_USAGE;
	if (sqlite3_prepare_v2(r->db, NOUN[k].select, -1, &q, NULL))
		return inside_failed(r->db);
	if (id)
		sqlite3_bind_text(q, 1, id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, (int64_t)limit);
	int n = sqlite3_column_count(q);
	for (int i = 0; i < n && i < MOST; i++)
		names[i] = sqlite3_column_name(q, i);
	while ((step = sqlite3_step(q)) == SQLITE_ROW) {
		for (int i = 0; i < n && i < MOST; i++)
			values[i] = (const char *)sqlite3_column_text(q, i);
		if (!row(context, n < MOST ? n : MOST, names, values))
			break;
	}
	enum err e = step == SQLITE_ROW || step == SQLITE_DONE ? OK : inside_failed(r->db);
	sqlite3_finalize(q);
	return e;
}
