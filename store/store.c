/* store: see store.h. */
#include "store/inside.h"
#include "base/memory.h"

#include <stdio.h>

/*
 * One step a version: STEP[n] brings a database of version n to n + 1.  A
 * step that was ever released is never edited.
 */
static const char *const STEP[] = {
    "CREATE TABLE IF NOT EXISTS device(card TEXT NOT NULL, domain INTEGER NOT NULL, address TEXT, name TEXT, vendor TEXT, roles TEXT,"
    " first TEXT, last TEXT, PRIMARY KEY(card, domain)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS flow(client TEXT NOT NULL, server TEXT NOT NULL, port INTEGER NOT NULL, protocol INTEGER NOT NULL,"
    " application TEXT NOT NULL, name TEXT, protection TEXT, clinical INTEGER, remote TEXT, packets INTEGER, bytes INTEGER, times INTEGER,"
    " first TEXT, last TEXT, PRIMARY KEY(client, server, port, protocol, application)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS cert(digest TEXT PRIMARY KEY, subject TEXT, issuer TEXT, names TEXT, serial TEXT, valid_from TEXT, valid_until TEXT,"
    " key_pin TEXT, bits INTEGER, self_signed INTEGER, weak INTEGER, holder TEXT, port INTEGER, sni TEXT, first TEXT, last TEXT) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS finding(id INTEGER PRIMARY KEY, time TEXT, rule TEXT, severity INTEGER, says TEXT, witness_a TEXT, value_a TEXT,"
    " witness_b TEXT, value_b TEXT, attacker_card TEXT, attacker_address TEXT, victim TEXT, confidence INTEGER, technique TEXT, incident TEXT,"
    " place TEXT, evidence TEXT, count INTEGER, UNIQUE(time, rule, evidence, value_b, victim));"
    "CREATE INDEX IF NOT EXISTS finding_incident ON finding(incident);"
    "CREATE TABLE IF NOT EXISTS incident(id TEXT PRIMARY KEY, severity INTEGER, rules TEXT, attacker_card TEXT, attacker_address TEXT, victims TEXT,"
    " findings INTEGER, first TEXT, last TEXT) WITHOUT ROWID;",
    /* Incidents as people work on them; findings whole, so that evidence can be exported. */
    "ALTER TABLE finding ADD COLUMN evidence_a TEXT;"
    "ALTER TABLE finding ADD COLUMN category TEXT;"
    "ALTER TABLE finding ADD COLUMN src TEXT;"
    "ALTER TABLE finding ADD COLUMN dst TEXT;"
    "ALTER TABLE finding ADD COLUMN port INTEGER;"
    "ALTER TABLE finding ADD COLUMN protocol INTEGER;" /* IP protocol; -1: ARP */
    "ALTER TABLE finding ADD COLUMN clinical TEXT;"
    "ALTER TABLE finding ADD COLUMN message TEXT;"
    "ALTER TABLE finding ADD COLUMN message_type TEXT;"
    "ALTER TABLE finding ADD COLUMN fields TEXT;"
    "ALTER TABLE incident ADD COLUMN state TEXT NOT NULL DEFAULT 'new';"
    "ALTER TABLE incident ADD COLUMN owner TEXT;"
    "ALTER TABLE incident ADD COLUMN graded INTEGER;" /* the severity a person set: the judge's stays beside it */
    "ALTER TABLE incident ADD COLUMN phi TEXT NOT NULL DEFAULT 'unknown';"
    "ALTER TABLE incident ADD COLUMN phi_why TEXT;"
    "ALTER TABLE incident ADD COLUMN detected TEXT;"
    "ALTER TABLE incident ADD COLUMN clock TEXT;" /* of detected: wall or capture */
    "ALTER TABLE incident ADD COLUMN told TEXT;"
    "ALTER TABLE incident ADD COLUMN acknowledged TEXT;"
    "ALTER TABLE incident ADD COLUMN contained TEXT;"
    "ALTER TABLE incident ADD COLUMN recovered TEXT;"
    "ALTER TABLE incident ADD COLUMN closed TEXT;"
    "UPDATE incident SET detected=first, clock='capture';"
    "CREATE TABLE incident_event(id INTEGER PRIMARY KEY, incident TEXT NOT NULL, time TEXT NOT NULL, source TEXT, kind TEXT NOT NULL,"
    " actor TEXT, target TEXT, says TEXT, ledger INTEGER);"
    "CREATE INDEX incident_event_incident ON incident_event(incident);"
    /*
     * A finding is written once: the timeline shows it where it stands.  What the attacker's card was told for within
     * the day before, without an incident of its own (a scan, say), is evidence of this one.
     */
    "CREATE VIEW timeline AS SELECT incident, time, source, kind, actor, target, says, ledger FROM incident_event"
    " UNION ALL SELECT incident, time, place, 'finding '||rule, attacker_card, victim, says, NULL FROM finding WHERE incident IS NOT NULL"
    " UNION ALL SELECT i.id, f.time, f.place, 'before '||f.rule, f.attacker_card, f.victim, f.says, NULL FROM incident i JOIN finding f"
    " ON f.incident IS NULL AND f.attacker_card=i.attacker_card AND f.time<=i.first AND julianday(i.first)-julianday(f.time)<1;",
};
enum { VERSION = sizeof STEP / sizeof *STEP };

/* One row a noun: what `paravent NOUN list` shows, and what names one of them. */
static const struct {
	const char *noun, *select, *by, *order;
} NOUN[] = {
	{ "device", "SELECT card, address, name, vendor, roles, first, last FROM device", "card=?1 OR address=?1 OR name=?1", "last DESC" },
	{ "service", "SELECT server, port, application, group_concat(DISTINCT protection) AS protection, max(name) AS name, count(*) AS clients, min(first) AS first, max(last) AS last FROM flow", "server=?1 OR name=?1", "last DESC" },
	{ "flow", "SELECT client, server, port, application, protection, clinical, remote, name, packets, bytes, times, first, last FROM flow", "client=?1 OR server=?1 OR name=?1 OR application=?1", "last DESC" },
	{ "cert", "SELECT digest, subject, issuer, names, serial, valid_from, valid_until, key_pin, bits, self_signed, weak, holder, port, sni, first, last FROM cert", "digest LIKE ?1||'%' OR subject=?1 OR sni=?1 OR holder=?1", "last DESC" },
	{ "finding", "SELECT id, time, rule, severity, says, witness_a, value_a, witness_b, value_b, attacker_card, attacker_address, victim, confidence, technique, incident, place, evidence, evidence_a, count, category, src, dst, port, protocol, clinical, message, message_type, fields FROM finding", "id=?1 OR rule=?1 OR incident=?1", "time DESC, id DESC" },
	{ "incident", "SELECT id, state, coalesce(graded, severity) AS severity, owner, rules, attacker_card, attacker_address, victims, findings, phi, phi_why, first, last,"
	  " (SELECT min(time) FROM timeline t WHERE t.incident=incident.id AND (t.kind LIKE 'finding %' OR t.kind LIKE 'before %')) AS first_evidence,"
	  " detected, clock, told, acknowledged, contained, recovered, closed FROM incident", "id=?1", "last DESC" },
	{ "event", "SELECT time, source, kind, actor, target, says, ledger FROM timeline", "incident=?1", "time, kind" },
};

#define NOW "strftime('%Y-%m-%dT%H:%M:%f000+00:00','now')"
static const char *const PUT[STATEMENTS] = {
	[PUT_DEVICE] = "INSERT INTO device VALUES(?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT(card,domain) DO UPDATE SET address=coalesce(?3,address),"
	               " name=coalesce(?4,name), vendor=coalesce(?5,vendor), roles=coalesce(?6,roles), last=max(last,?8), first=min(first,?7)",
	[PUT_FLOW] = "INSERT INTO flow VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,1,?12,?13) ON CONFLICT(client,server,port,protocol,application) DO UPDATE SET"
	             " name=coalesce(?6,name), protection=?7, clinical=max(clinical,?8), remote=coalesce(?9,remote), packets=packets+?10, bytes=bytes+?11,"
	             " times=times+?14, first=min(first,?12), last=max(last,?13)",
	[PUT_CERT] = "INSERT INTO cert VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?15) ON CONFLICT(digest) DO UPDATE SET"
	             " holder=?12, port=?13, sni=coalesce(?14,sni), last=max(last,?15)",
	[PUT_FINDING] = "INSERT INTO finding(time,rule,severity,says,witness_a,value_a,witness_b,value_b,attacker_card,attacker_address,victim,confidence,technique,"
	                "incident,place,evidence,count,evidence_a,category,src,dst,port,protocol,clinical,message,message_type,fields)"
	                " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27) ON CONFLICT DO UPDATE SET count=max(count,?17)",
	[PUT_INCIDENT] = "INSERT INTO incident(id,severity,rules,attacker_card,attacker_address,victims,findings,first,last,detected,clock,told)"
	                 " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,iif(?10," NOW ",?9),iif(?10,'wall','capture')," NOW ") ON CONFLICT(id) DO UPDATE SET severity=min(severity,?2), rules=?3,"
	                 " attacker_card=coalesce(?4,attacker_card), attacker_address=coalesce(?5,attacker_address), victims=?6, findings=max(findings,?7), last=max(last,?9)",
};

static char trouble[256];

const char *
store_trouble(void)
{
	return trouble;
}

enum err
inside_failed(sqlite3 *db)
{
	int code = sqlite3_errcode(db);

	snprintf(trouble, sizeof trouble, "%s", sqlite3_errmsg(db));
	return code == SQLITE_CANTOPEN ? ERR_NOTFOUND : code == SQLITE_NOTADB || code == SQLITE_CORRUPT ? ERR_FORM :
	       code == SQLITE_READONLY || code == SQLITE_PERM ? ERR_PERM : code == SQLITE_NOMEM ? ERR_MEMORY : ERR_IO;
}

enum err
inside_run(struct store *s, const char *sql)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) ? inside_failed(s->db) : OK;
}

static enum err
version(struct store *s, int *out)
{
	sqlite3_stmt *q;

	if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &q, NULL))
		return inside_failed(s->db);
	enum err e = sqlite3_step(q) == SQLITE_ROW ? OK : inside_failed(s->db);
	*out = e ? 0 : sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	if (!e && (*out < 0 || *out > VERSION)) {
		snprintf(trouble, sizeof trouble, "was written by a later version of this program");
		return ERR_UNSUPPORTED;
	}
	return e;
}

/* All steps that are missing, or none: two that open at once wait for one another. */
static enum err
bring_up(struct store *s)
{
	int      have;
	char     set[48];
	enum err e = version(s, &have);

	if (e || have == VERSION || (e = store_begin(s)))
		return e;
	e = version(s, &have);
	for (; !e && have < VERSION; have++)
		e = inside_run(s, STEP[have]);
	snprintf(set, sizeof set, "PRAGMA user_version=%d", VERSION);
	if (!e && !(e = inside_run(s, set)))
		return store_commit(s);
	store_rollback(s);
	return e;
}

enum err
store_open(const char *path, bool write, struct store **out)
{
	struct store *s = memory_new(1, sizeof *s);
	enum err      e = OK;
	int           have = VERSION;

	if (!s)
		return ERR_MEMORY;
	if (sqlite3_open_v2(path, &s->db, write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY, NULL) ||
	    sqlite3_busy_timeout(s->db, 5000) ||
	    (write && sqlite3_exec(s->db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;", NULL, NULL, NULL)))
		e = inside_failed(s->db);
	if (!e)
		e = write ? bring_up(s) : version(s, &have);
	if (!e && !write && have < VERSION) {
		/* A reader of an older database brings it up first. */
		store_free(s);
		return store_open(path, true, out);
	}
	for (int i = 0; !e && write && i < STATEMENTS; i++)
		if (sqlite3_prepare_v2(s->db, PUT[i], -1, &s->put[i], NULL))
			e = inside_failed(s->db);
	if (e) {
		store_free(s);
		return e;
	}
	*out = s;
	return OK;
}

void
store_free(struct store *s)
{
	if (!s)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s->put[i]);
	sqlite3_close(s->db);
	memory_free(s);
}


enum err
store_begin(struct store *s)
{
	return inside_run(s, "BEGIN IMMEDIATE");
}

enum err
store_commit(struct store *s)
{
	return inside_run(s, "COMMIT");
}

void
store_rollback(struct store *s)
{
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

void
store_live(struct store *s)
{
	s->live = true;
}

/* --- binding: each call binds the next parameter ------------------------------- */

struct binding {
	sqlite3_stmt *to;
	int           n;
	uint8_t       room[2048];
	struct buf    text;
};

static struct binding
bind(struct store *s, enum statement which)
{
	sqlite3_reset(s->put[which]);
	return (struct binding){ .to = s->put[which] };
}

static void
put_text(struct binding *b, const char *v)
{
	b->n++;
	if (v && v[0])
		sqlite3_bind_text(b->to, b->n, v, -1, SQLITE_TRANSIENT);
	else
		sqlite3_bind_null(b->to, b->n);
}

static void
put_key(struct binding *b, const char *v) /* part of a key: empty, not NULL */
{
	sqlite3_bind_text(b->to, ++b->n, v, -1, SQLITE_TRANSIENT);
}

static void
put_number(struct binding *b, uint64_t v)
{
	sqlite3_bind_int64(b->to, ++b->n, (sqlite3_int64)v);
}

static struct buf *
fresh(struct binding *b)
{
	b->text = buf_over(b->room, sizeof b->room);
	return &b->text;
}

static void
put_addr(struct binding *b, struct addr a)
{
	struct buf *t = fresh(b);
	if (!addr_none(a))
		addr_print(a, t);
	put_text(b, buf_string(t));
}

/* Part of a key: a stranger may send from no address at all. */
static void
put_key_addr(struct binding *b, struct addr a)
{
	struct buf *t = fresh(b);
	addr_print(a, t);
	put_key(b, buf_string(t));
}

static void
put_mac(struct binding *b, struct mac m)
{
	struct buf *t = fresh(b);
	if (!mac_zero(m))
		mac_print(m, t);
	put_text(b, buf_string(t));
}

static void
put_instant(struct binding *b, struct instant i)
{
	struct buf *t = fresh(b);
	instant_print(i, t);
	put_text(b, buf_string(t));
}

static void
put_hex(struct binding *b, const uint8_t *at, size_t n)
{
	struct buf *t = fresh(b);
	buf_hex(t, bytes_of(at, n));
	put_text(b, buf_string(t));
}

static enum err
done(struct store *s, struct binding *b)
{
	int r = sqlite3_step(b->to);
	sqlite3_reset(b->to);
	return r == SQLITE_DONE ? OK : inside_failed(s->db);
}

/* --- what is put ------------------------------------------------------------------ */

static enum err
put_device(struct store *s, const struct device_record *d)
{
	struct binding b = bind(s, PUT_DEVICE);

	put_mac(&b, d->card);
	put_number(&b, d->domain);
	put_addr(&b, d->addr);
	put_text(&b, d->name);
	put_text(&b, d->vendor);
	struct buf *t = fresh(&b);
	for (int r = 0; r < ROLES; r++)
		if (d->roles >> r & 1)
			buf_format(t, "%s%s", t->len ? ", " : "", role_name((enum role_bit)r));
	put_text(&b, buf_string(t));
	put_instant(&b, d->first);
	put_instant(&b, d->last);
	return done(s, &b);
}

static enum err
put_flow(struct store *s, const struct flow_record *f)
{
	struct binding b = bind(s, PUT_FLOW);

	put_key_addr(&b, f->client);
	put_key_addr(&b, f->server);
	put_number(&b, f->port);
	put_number(&b, f->protocol);
	put_key(&b, f->application);
	put_text(&b, f->name);
	put_text(&b, protection_name(f->protection < PROTECTIONS ? f->protection : PROTECTION_UNKNOWN));
	put_number(&b, f->clinical);
	put_text(&b, f->remote);
	put_number(&b, f->packets);
	put_number(&b, f->bytes);
	put_instant(&b, f->first);
	put_instant(&b, f->last);
	put_number(&b, !f->again);
	return done(s, &b);
}

static enum err
put_certificate(struct store *s, const struct certificate_record *c)
{
	struct binding b = bind(s, PUT_CERT);

	put_hex(&b, c->certificate.digest, 32);
	put_text(&b, c->certificate.subject);
	put_text(&b, c->certificate.issuer);
	put_text(&b, c->certificate.names);
	put_text(&b, c->certificate.serial);
	put_instant(&b, c->certificate.from);
	put_instant(&b, c->certificate.until);
	put_hex(&b, c->certificate.spki, 32);
	put_number(&b, c->certificate.bits);
	put_number(&b, c->certificate.self_signed);
	put_number(&b, c->certificate.weak);
	put_addr(&b, c->holder);
	put_number(&b, c->port);
	put_text(&b, c->sni);
	put_instant(&b, c->when);
	return done(s, &b);
}

enum err
store_record(struct store *s, const struct record *r)
{
	switch (r->kind) {
	case RECORD_DEVICE:
		return put_device(s, &r->device);
	case RECORD_FLOW:
		return put_flow(s, &r->flow);
	case RECORD_CERTIFICATE:
		return put_certificate(s, &r->certificate);
	}
	return ERR_FORM;
}

enum err
store_finding(struct store *s, const struct finding *f, const char *place, const char *capture, const char *before)
{
	struct binding b = bind(s, PUT_FINDING);

	put_instant(&b, f->when);
	put_text(&b, f->rule);
	put_number(&b, f->severity);
	put_text(&b, f->says);
	put_text(&b, f->witness_a);
	put_text(&b, f->value_a);
	put_text(&b, f->witness_b);
	put_key(&b, f->value_b);
	put_mac(&b, f->attacker);
	put_addr(&b, f->attacker_ip);
	struct buf *t = fresh(&b);
	if (!addr_none(f->victim_ip))
		addr_print(f->victim_ip, t);
	put_key(&b, buf_string(t));
	put_number(&b, f->confidence);
	put_text(&b, f->technique);
	put_text(&b, f->incident);
	put_text(&b, place);
	t = fresh(&b);
	buf_format(t, "%.200s#%llu", capture, (unsigned long long)f->frame);
	put_key(&b, buf_string(t));
	put_number(&b, f->count);
	t = fresh(&b);
	if (f->frame_before)
		buf_format(t, "%.200s#%llu", before, (unsigned long long)f->frame_before);
	put_text(&b, buf_string(t));
	put_text(&b, f->category);
	put_addr(&b, f->src);
	put_addr(&b, f->dst);
	put_number(&b, f->port);
	put_number(&b, f->arp ? (uint64_t)-1 : f->protocol);
	put_text(&b, f->clinical);
	put_text(&b, f->message);
	put_text(&b, f->type);
	put_text(&b, f->fields);
	return done(s, &b);
}

enum err
store_incident(struct store *s, const struct incident *i)
{
	struct binding b = bind(s, PUT_INCIDENT);

	put_text(&b, i->id);
	put_number(&b, i->severity);
	put_text(&b, i->rules);
	put_mac(&b, i->attacker);
	put_addr(&b, i->attacker_ip);
	struct buf *t = fresh(&b);
	for (uint8_t k = 0; k < i->victims_n; k++) {
		if (k)
			buf_text(t, ", ");
		addr_print(i->victims[k], t);
	}
	put_text(&b, buf_string(t));
	put_number(&b, i->findings);
	put_instant(&b, i->first);
	put_instant(&b, i->last);
	put_number(&b, s->live);
	return done(s, &b);
}

/* --- reading ------------------------------------------------------------------------ */

enum err
store_list(struct store *s, const char *noun, const char *id, unsigned limit,
           bool (*row)(void *, int, const char *const *, const char *const *), void *context)
{
	enum { COLUMNS = 32 };
	const char   *names[COLUMNS], *values[COLUMNS];
	sqlite3_stmt *q;
	char          sql[1024];
	size_t        k = 0;

	while (k < sizeof NOUN / sizeof *NOUN && strcmp(NOUN[k].noun, noun))
		k++;
	if (k == sizeof NOUN / sizeof *NOUN)
		return ERR_USAGE;
	snprintf(sql, sizeof sql, "%s%s%s%s ORDER BY %s LIMIT %u", NOUN[k].select, id ? " WHERE " : "", id ? NOUN[k].by : "",
	         strcmp(noun, "service") ? "" : " GROUP BY server, port, application", NOUN[k].order, limit);
	if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL))
		return inside_failed(s->db);
	if (id)
		sqlite3_bind_text(q, 1, id, -1, SQLITE_STATIC);
	int r;
	while ((r = sqlite3_step(q)) == SQLITE_ROW) {
		int n = sqlite3_column_count(q);
		for (int i = 0; i < n && i < COLUMNS; i++) {
			names[i] = sqlite3_column_name(q, i);
			values[i] = (const char *)sqlite3_column_text(q, i);
		}
		if (!row(context, n, names, values)) {
			r = SQLITE_DONE;
			break;
		}
	}
	enum err e = r == SQLITE_DONE ? OK : inside_failed(s->db);
	sqlite3_finalize(q);
	return e;
}
