/* acme: see acme.h. */
#include "store/acme.h"

#include <stdio.h>

#include "base/memory.h"
#include "store/inside.h"

enum query {
	BINDING, BIND, ADMIT, ACCOUNT, ACCOUNT_OF, NEW_ACCOUNT, PUT_ACCOUNT, ORDER, ORDER_OF, ORDER_FOR, NEW_ORDER, PUT_ORDER, ORDERS,
	AUTHORIZATION, AUTHORIZATIONS, NEW_AUTHORIZATION, PUT_AUTHORIZATION, FORGET_AUTHORIZATIONS, FORGET_ORDERS, COUNT, FAILURES, QUERIES,
};

struct acme_file {
	sqlite3              *db;
	struct register_file *certificates;
	sqlite3_stmt         *query[QUERIES];
};

static const char SCHEMA[] =
    "CREATE TABLE IF NOT EXISTS acme_binding(kid TEXT PRIMARY KEY, key BLOB, device TEXT NOT NULL, profile TEXT NOT NULL, made INTEGER NOT NULL, account INTEGER) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS acme_account(id INTEGER PRIMARY KEY AUTOINCREMENT, state INTEGER NOT NULL, thumbprint BLOB NOT NULL UNIQUE, spki BLOB NOT NULL, device TEXT NOT NULL,"
    " profile TEXT NOT NULL, contact TEXT NOT NULL, made INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS acme_order(id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL, state INTEGER NOT NULL, made INTEGER NOT NULL, expires INTEGER NOT NULL,"
    " serial BLOB, replaces BLOB, says TEXT NOT NULL);"
    "CREATE INDEX IF NOT EXISTS acme_order_account ON acme_order(account, expires);"
    "CREATE INDEX IF NOT EXISTS acme_order_serial ON acme_order(serial) WHERE serial IS NOT NULL;"
    "CREATE INDEX IF NOT EXISTS acme_order_replaces ON acme_order(replaces) WHERE replaces IS NOT NULL;"
    "CREATE TABLE IF NOT EXISTS acme_authorization(id INTEGER PRIMARY KEY AUTOINCREMENT, \"order\" INTEGER NOT NULL, account INTEGER NOT NULL, ip INTEGER NOT NULL, name TEXT NOT NULL,"
    " state INTEGER NOT NULL, expires INTEGER NOT NULL, token BLOB NOT NULL, tried INTEGER NOT NULL, challenge INTEGER NOT NULL, \"when\" INTEGER NOT NULL, trouble TEXT NOT NULL, says TEXT NOT NULL);"
    "CREATE INDEX IF NOT EXISTS acme_authorization_order ON acme_authorization(\"order\");"
    "CREATE INDEX IF NOT EXISTS acme_authorization_account ON acme_authorization(account, state);";

#define ACCOUNT_COLUMNS "SELECT id,state,thumbprint,spki,device,profile,contact,made FROM acme_account"
#define ORDER_COLUMNS "SELECT id,account,state,made,expires,serial,replaces,says FROM acme_order"
#define AUTHORIZATION_COLUMNS "SELECT id,\"order\",account,ip,name,state,expires,token,tried,challenge,\"when\",trouble,says FROM acme_authorization"

static const char *const QUERY[QUERIES] = {
	[BINDING] = "SELECT kid,key,device,profile,account FROM acme_binding WHERE kid=?1",
	[BIND] = "UPDATE acme_binding SET account=?2 WHERE kid=?1",
	[ADMIT] = "INSERT INTO acme_binding(kid,key,device,profile,made) VALUES(?1,?2,?3,?4,?5)",
	[ACCOUNT] = ACCOUNT_COLUMNS " WHERE id=?1",
	[ACCOUNT_OF] = ACCOUNT_COLUMNS " WHERE thumbprint=?1",
	[NEW_ACCOUNT] = "INSERT INTO acme_account(id,state,thumbprint,spki,device,profile,contact,made) VALUES(NULLIF(?1,0),?2,?3,?4,?5,?6,?7,?8)",
	[PUT_ACCOUNT] = "UPDATE acme_account SET state=?2, thumbprint=?3, spki=?4, device=?5, profile=?6, contact=?7, made=?8 WHERE id=?1",
	[ORDER] = ORDER_COLUMNS " WHERE id=?1",
	[ORDER_OF] = ORDER_COLUMNS " WHERE serial=?1",
	[ORDER_FOR] = ORDER_COLUMNS " WHERE replaces=?1 AND state<>4 ORDER BY id DESC LIMIT 1",
	[NEW_ORDER] = "INSERT INTO acme_order(id,account,state,made,expires,serial,replaces,says) VALUES(NULLIF(?1,0),?2,?3,?4,?5,?6,?7,?8)",
	[PUT_ORDER] = "UPDATE acme_order SET account=?2, state=?3, made=?4, expires=?5, serial=?6, replaces=?7, says=?8 WHERE id=?1",
	[ORDERS] = "SELECT id FROM acme_order WHERE account=?1 AND id>?2 AND state<>4 ORDER BY id LIMIT ?3",
	[AUTHORIZATION] = AUTHORIZATION_COLUMNS " WHERE id=?1",
	[AUTHORIZATIONS] = AUTHORIZATION_COLUMNS " WHERE \"order\"=?1 ORDER BY id LIMIT ?2",
	[NEW_AUTHORIZATION] = "INSERT INTO acme_authorization(id,\"order\",account,ip,name,state,expires,token,tried,challenge,\"when\",trouble,says) VALUES(NULLIF(?1,0),?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
	[PUT_AUTHORIZATION] = "UPDATE acme_authorization SET \"order\"=?2, account=?3, ip=?4, name=?5, state=?6, expires=?7, token=?8, tried=?9, challenge=?10, \"when\"=?11, trouble=?12, says=?13 WHERE id=?1",
	[FORGET_AUTHORIZATIONS] = "DELETE FROM acme_authorization WHERE \"order\" IN (SELECT id FROM acme_order WHERE account=?1 AND expires<?2)",
	[FORGET_ORDERS] = "DELETE FROM acme_order WHERE account=?1 AND expires<?2",
	[COUNT] = "SELECT count(*), count(*) FILTER (WHERE state<3), count(*) FILTER (WHERE made>?2-3600) FROM acme_order WHERE account=?1",
	[FAILURES] = "SELECT count(*) FROM acme_authorization WHERE account=?1 AND state=4 AND \"when\">?2-3600",
};

_Static_assert(ACME_VALID == 3 && ACME_INVALID == 4 && ACME_DEACTIVATED == 5 && ACME_REVOKED == 7, "the queries here and in register.c name them");

enum err
acme_open(struct register_file *r, struct acme_file **out)
{
	struct acme_file *f = memory_new(1, sizeof *f);
	enum err          e = ERR_MEMORY;

	if (!f)
		return e;
	f->db = inside_register(r);
	f->certificates = r;
	if (sqlite3_exec(f->db, SCHEMA, NULL, NULL, NULL)) {
		e = inside_failed(f->db);
		goto out;
	}
	for (int i = 0; i < QUERIES; i++)
		if (sqlite3_prepare_v3(f->db, QUERY[i], -1, SQLITE_PREPARE_PERSISTENT, &f->query[i], NULL)) {
			e = inside_failed(f->db);
			goto out;
		}
	*out = f;
	return OK;
out:
	acme_close(f);
	return e;
}

void
acme_close(struct acme_file *f)
{
	if (!f)
		return;
	for (int i = 0; i < QUERIES; i++)
		sqlite3_finalize(f->query[i]);
	memory_free(f);
}

/* --- rows ------------------------------------------------------------------------- */

static sqlite3_stmt *
fresh(struct acme_file *f, enum query q)
{
	sqlite3_reset(f->query[q]);
	sqlite3_clear_bindings(f->query[q]);
	return f->query[q];
}

/* The first row; ERR_NOTFOUND: there is none. */
static enum err
first(struct acme_file *f, sqlite3_stmt *q)
{
	int step = sqlite3_step(q);

	if (step == SQLITE_ROW)
		return OK;
	enum err e = step == SQLITE_DONE ? ERR_NOTFOUND : inside_failed(f->db);
	sqlite3_reset(q);
	return e;
}

/* Runs a statement that gives no row. */
static enum err
finish(struct acme_file *f, sqlite3_stmt *q)
{
	enum err e = sqlite3_step(q) == SQLITE_DONE ? OK : inside_failed(f->db);

	sqlite3_reset(q);
	return e;
}

static void
bind_text(sqlite3_stmt *q, int n, const char *text)
{
	sqlite3_bind_text(q, n, text, -1, SQLITE_STATIC);
}

static void
bind_blob(sqlite3_stmt *q, int n, const void *at, size_t len)
{
	sqlite3_bind_blob(q, n, at, (int)len, SQLITE_STATIC);
}

static void
take_text(sqlite3_stmt *q, int n, char *out, size_t cap)
{
	const char *text = (const char *)sqlite3_column_text(q, n);

	snprintf(out, cap, "%s", text ? text : "");
}

/* Exactly len bytes, or false. */
static bool
take_blob(sqlite3_stmt *q, int n, void *out, size_t len)
{
	bool there = (size_t)sqlite3_column_bytes(q, n) == len;

	if (there)
		memcpy(out, sqlite3_column_blob(q, n), len);
	return there;
}

/* --- bindings and accounts ---------------------------------------------------------- */

static enum err
binding(void *at, const char *kid, struct acme_binding *out)
{
	struct acme_file *f = at;
	sqlite3_stmt     *q = fresh(f, BINDING);

	bind_text(q, 1, kid);
	enum err e = first(f, q);
	if (e)
		return e;
	*out = (struct acme_binding){ .account = sqlite3_column_int64(q, 4) };
	take_text(q, 0, out->kid, sizeof out->kid);
	out->has_key = take_blob(q, 1, out->key, sizeof out->key);
	take_text(q, 2, out->device, sizeof out->device);
	take_text(q, 3, out->profile, sizeof out->profile);
	sqlite3_reset(q);
	return OK;
}

static enum err
bind(void *at, const char *kid, int64_t account)
{
	struct acme_file *f = at;
	sqlite3_stmt     *q = fresh(f, BIND);

	bind_text(q, 1, kid);
	sqlite3_bind_int64(q, 2, account);
	return finish(f, q);
}

enum err
acme_admit(struct acme_file *f, const struct acme_binding *b, int64_t now)
{
	struct acme_binding there;
	enum err            e = binding(f, b->kid, &there);

	if (e != ERR_NOTFOUND)
		return e ? e : ERR_USAGE;
	sqlite3_stmt *q = fresh(f, ADMIT);
	bind_text(q, 1, b->kid);
	if (b->has_key)
		bind_blob(q, 2, b->key, sizeof b->key);
	bind_text(q, 3, b->device);
	bind_text(q, 4, b->profile);
	sqlite3_bind_int64(q, 5, now);
	return finish(f, q);
}

static enum err
take_account(struct acme_file *f, sqlite3_stmt *q, struct acme_account *out)
{
	enum err e = first(f, q);

	if (e)
		return e;
	*out = (struct acme_account){ .id = sqlite3_column_int64(q, 0), .state = (enum acme_state)sqlite3_column_int(q, 1), .made = sqlite3_column_int64(q, 7) };
	out->spki_len = (size_t)sqlite3_column_bytes(q, 3);
	if (!take_blob(q, 2, out->thumbprint, sizeof out->thumbprint) || out->spki_len > sizeof out->spki)
		e = ERR_FORM;
	else
		memcpy(out->spki, sqlite3_column_blob(q, 3), out->spki_len);
	take_text(q, 4, out->device, sizeof out->device);
	take_text(q, 5, out->profile, sizeof out->profile);
	take_text(q, 6, out->contact, sizeof out->contact);
	sqlite3_reset(q);
	return e;
}

static enum err
account(void *at, int64_t id, struct acme_account *out)
{
	sqlite3_stmt *q = fresh(at, ACCOUNT);

	sqlite3_bind_int64(q, 1, id);
	return take_account(at, q, out);
}

static enum err
account_of(void *at, const uint8_t thumbprint[static 32], struct acme_account *out)
{
	sqlite3_stmt *q = fresh(at, ACCOUNT_OF);

	bind_blob(q, 1, thumbprint, 32);
	return take_account(at, q, out);
}

static enum err
put_account(void *at, struct acme_account *a)
{
	struct acme_file *f = at;
	sqlite3_stmt     *q = fresh(f, a->id ? PUT_ACCOUNT : NEW_ACCOUNT);

	sqlite3_bind_int64(q, 1, a->id);
	sqlite3_bind_int(q, 2, (int)a->state);
	bind_blob(q, 3, a->thumbprint, sizeof a->thumbprint);
	bind_blob(q, 4, a->spki, a->spki_len);
	bind_text(q, 5, a->device);
	bind_text(q, 6, a->profile);
	bind_text(q, 7, a->contact);
	sqlite3_bind_int64(q, 8, a->made);
	enum err e = finish(f, q);
	if (!e && !a->id)
		a->id = sqlite3_last_insert_rowid(f->db);
	return e;
}

/* --- orders --------------------------------------------------------------------------- */

static enum err
take_order(struct acme_file *f, sqlite3_stmt *q, struct acme_order *out)
{
	enum err e = first(f, q);

	if (e)
		return e;
	*out = (struct acme_order){
		.id = sqlite3_column_int64(q, 0),
		.account = sqlite3_column_int64(q, 1),
		.state = (enum acme_state)sqlite3_column_int(q, 2),
		.made = sqlite3_column_int64(q, 3),
		.expires = sqlite3_column_int64(q, 4),
	};
	out->certified = take_blob(q, 5, out->serial, sizeof out->serial);
	out->replacing = take_blob(q, 6, out->replaces, sizeof out->replaces);
	take_text(q, 7, out->says, sizeof out->says);
	sqlite3_reset(q);
	return OK;
}

static enum err
order(void *at, int64_t id, struct acme_order *out)
{
	sqlite3_stmt *q = fresh(at, ORDER);

	sqlite3_bind_int64(q, 1, id);
	return take_order(at, q, out);
}

static enum err
order_of(void *at, const uint8_t serial[static ACME_SERIAL], struct acme_order *out)
{
	sqlite3_stmt *q = fresh(at, ORDER_OF);

	bind_blob(q, 1, serial, ACME_SERIAL);
	return take_order(at, q, out);
}

static enum err
order_for(void *at, const uint8_t replaced[static ACME_SERIAL], struct acme_order *out)
{
	sqlite3_stmt *q = fresh(at, ORDER_FOR);

	bind_blob(q, 1, replaced, ACME_SERIAL);
	return take_order(at, q, out);
}

static enum err
put_order(void *at, struct acme_order *o)
{
	struct acme_file *f = at;
	sqlite3_stmt     *q = fresh(f, o->id ? PUT_ORDER : NEW_ORDER);

	const int64_t number[] = { o->id, o->account, (int64_t)o->state, o->made, o->expires };
	for (int i = 0; i < 5; i++)
		sqlite3_bind_int64(q, 1 + i, number[i]);
	if (o->certified)
		bind_blob(q, 6, o->serial, sizeof o->serial);
	if (o->replacing)
		bind_blob(q, 7, o->replaces, sizeof o->replaces);
	bind_text(q, 8, o->says);
	enum err e = finish(f, q);
	if (!e && !o->id)
		o->id = sqlite3_last_insert_rowid(f->db);
	return e;
}

static enum err
orders(void *at, int64_t of, int64_t after, int64_t *id, unsigned *n)
{
	struct acme_file *f = at;
	sqlite3_stmt     *q = fresh(f, ORDERS);
	int               step = SQLITE_DONE;
	unsigned          most = *n;

	sqlite3_bind_int64(q, 1, of);
	sqlite3_bind_int64(q, 2, after);
	sqlite3_bind_int64(q, 3, (int64_t)most);
	for (*n = 0; *n < most && (step = sqlite3_step(q)) == SQLITE_ROW; ++*n)
		id[*n] = sqlite3_column_int64(q, 0);
	enum err e = step == SQLITE_ROW || step == SQLITE_DONE ? OK : inside_failed(f->db);
	sqlite3_reset(q);
	return e;
}

/* --- authorizations ------------------------------------------------------------------- */

static void
take_authorization(sqlite3_stmt *q, struct acme_authorization *out)
{
	*out = (struct acme_authorization){
		.id = sqlite3_column_int64(q, 0),
		.order = sqlite3_column_int64(q, 1),
		.account = sqlite3_column_int64(q, 2),
		.ip = sqlite3_column_int(q, 3) != 0,
		.state = (enum acme_state)sqlite3_column_int(q, 5),
		.expires = sqlite3_column_int64(q, 6),
		.tried = sqlite3_column_int(q, 8),
		.challenge = (enum acme_state)sqlite3_column_int(q, 9),
		.when = sqlite3_column_int64(q, 10),
	};
	take_text(q, 4, out->name, sizeof out->name);
	(void)take_blob(q, 7, out->token, sizeof out->token);
	take_text(q, 11, out->trouble, sizeof out->trouble);
	take_text(q, 12, out->says, sizeof out->says);
}

static enum err
authorization(void *at, int64_t id, struct acme_authorization *out)
{
	sqlite3_stmt *q = fresh(at, AUTHORIZATION);

	sqlite3_bind_int64(q, 1, id);
	enum err e = first(at, q);
	if (e)
		return e;
	take_authorization(q, out);
	sqlite3_reset(q);
	return OK;
}

static enum err
authorizations(void *at, int64_t of, struct acme_authorization *out, unsigned *n)
{
	struct acme_file *f = at;
	sqlite3_stmt     *q = fresh(f, AUTHORIZATIONS);
	int               step = SQLITE_DONE;
	unsigned          most = *n;

	sqlite3_bind_int64(q, 1, of);
	sqlite3_bind_int64(q, 2, (int64_t)most);
	for (*n = 0; *n < most && (step = sqlite3_step(q)) == SQLITE_ROW; ++*n)
		take_authorization(q, &out[*n]);
	enum err e = step == SQLITE_ROW || step == SQLITE_DONE ? OK : inside_failed(f->db);
	sqlite3_reset(q);
	return e;
}

static enum err
put_authorization(void *at, struct acme_authorization *z)
{
	struct acme_file *f = at;
	sqlite3_stmt     *q = fresh(f, z->id ? PUT_AUTHORIZATION : NEW_AUTHORIZATION);

	const int64_t number[] = { z->id, z->order, z->account, z->ip };
	for (int i = 0; i < 4; i++)
		sqlite3_bind_int64(q, 1 + i, number[i]);
	bind_text(q, 5, z->name);
	sqlite3_bind_int(q, 6, (int)z->state);
	sqlite3_bind_int64(q, 7, z->expires);
	bind_blob(q, 8, z->token, sizeof z->token);
	sqlite3_bind_int(q, 9, z->tried);
	sqlite3_bind_int(q, 10, (int)z->challenge);
	sqlite3_bind_int64(q, 11, z->when);
	bind_text(q, 12, z->trouble);
	bind_text(q, 13, z->says);
	enum err e = finish(f, q);
	if (!e && !z->id)
		z->id = sqlite3_last_insert_rowid(f->db);
	return e;
}

/* --- limits, certificates ------------------------------------------------------------- */

static enum err
count(void *at, int64_t of, int64_t now, struct acme_counts *out)
{
	static const enum query FORGET[] = { FORGET_AUTHORIZATIONS, FORGET_ORDERS };
	struct acme_file       *f = at;
	sqlite3_stmt           *q;
	enum err                e = OK;

	for (int i = 0; !e && i < 2; i++) {
		q = fresh(f, FORGET[i]);
		sqlite3_bind_int64(q, 1, of);
		sqlite3_bind_int64(q, 2, now);
		e = finish(f, q);
	}
	for (int i = 0; !e && i < 2; i++) {
		q = fresh(f, i ? FAILURES : COUNT);
		sqlite3_bind_int64(q, 1, of);
		sqlite3_bind_int64(q, 2, now);
		if ((e = first(f, q)))
			break;
		if (i)
			out->failures = (unsigned)sqlite3_column_int(q, 0);
		else
			*out = (struct acme_counts){ (unsigned)sqlite3_column_int(q, 0), (unsigned)sqlite3_column_int(q, 1), (unsigned)sqlite3_column_int(q, 2), 0 };
		sqlite3_reset(q);
	}
	return e;
}

static enum err
certificate(void *at, const uint8_t serial[static ACME_SERIAL], struct acme_certificate *out)
{
	struct acme_file   *f = at;
	struct register_row c;
	enum err            e = register_get(f->certificates, serial, &c);

	if (e)
		return e;
	if (c.der.len > sizeof out->der) {
		e = ERR_LIMIT;
		goto out;
	}
	memcpy(out->der, c.der.at, c.der.len);
	out->len = c.der.len;
	out->issued = c.issued;
	out->from = c.from;
	out->until = c.until;
	out->revoked = c.revoked;
	snprintf(out->device, sizeof out->device, "%s", c.device);
	snprintf(out->profile, sizeof out->profile, "%s", c.profile);
out:
	register_done(f->certificates);
	return e;
}

struct acme_store
acme_store(struct acme_file *f)
{
	return (struct acme_store){ f, binding, bind, account, account_of, put_account, order, order_of, order_for, put_order, orders, authorization, authorizations,
	                            put_authorization, count, certificate };
}
