/* inventory: see inventory.h.  Extending is adding a row. */
#include "store/inventory.h"
#include "base/memory.h"
#include "store/inside.h"

#include <stdlib.h>

struct inventory {
	sqlite3 *db;
};

#define SAME "shown.number=c.serial AND shown.key_pin=lower(hex(c.key))"
#define LIVE "c.revoked IS NULL AND c.not_after>=unixepoch()"
#define DATE(column) "strftime('%Y-%m-%d',c." column ",'unixepoch') AS " column
#define WHO "lower(hex(c.serial)) AS serial, c.subject, c.device"

static const struct {
	const char *question, *select;
} QUESTION[] = {
	{ "unseen", "SELECT 'issued and never seen' AS what, " WHO ", c.profile, " DATE("issued") " FROM certificate c"
	  " WHERE " LIVE " AND c.profile<>'ocsp' AND NOT EXISTS(SELECT 1 FROM shown WHERE " SAME ") ORDER BY c.rowid" },
	{ "foreign", "SELECT 'seen and not issued here' AS what, serial, subject, issuer, holder, port, sni, last FROM shown"
	  " WHERE NOT EXISTS(SELECT 1 FROM certificate c WHERE " SAME ") ORDER BY last DESC" },
	{ "elsewhere", "SELECT 'seen elsewhere than its owner' AS what, " WHO ", d.address AS owner, s.holder, s.port, s.last FROM shown s"
	  " JOIN certificate c ON s.number=c.serial AND s.key_pin=lower(hex(c.key)) JOIN device_of d ON d.name=c.device"
	  " WHERE s.holder<>d.address AND NOT EXISTS(SELECT 1 FROM device_of o WHERE o.name=c.device AND o.address=s.holder) ORDER BY s.last DESC" },
	{ "expiring", "SELECT 'ends within '||CASE WHEN c.not_after-unixepoch()<7*86400 THEN 7 WHEN c.not_after-unixepoch()<30*86400 THEN 30 ELSE 90 END||' days' AS what, " WHO
	  ", " DATE("not_after") ", (SELECT holder FROM shown WHERE " SAME ") AS holder FROM certificate c"
	  " WHERE " LIVE " AND c.not_after<unixepoch()+90*86400 AND NOT EXISTS(SELECT 1 FROM certificate n WHERE n.rowid>c.rowid AND n.revoked IS NULL"
	  " AND n.subject=c.subject AND n.profile=c.profile AND n.names=c.names) ORDER BY c.not_after" },
	{ "weak", "SELECT 'weak key or signature' AS what, serial, subject, issuer, bits, holder, port, last FROM shown WHERE weak ORDER BY last DESC" },
	{ "shared", "SELECT 'one key on several devices' AS what, key_pin AS key, group_concat(DISTINCT holder) AS holders, group_concat(DISTINCT subject) AS subjects FROM shown"
	  " GROUP BY key_pin HAVING count(DISTINCT holder)>1 UNION ALL"
	  " SELECT 'one key certified for several devices', lower(hex(c.key)), group_concat(DISTINCT d.address), group_concat(DISTINCT c.subject) FROM certificate c"
	  " LEFT JOIN device_of d ON d.name=c.device WHERE " LIVE " GROUP BY c.key HAVING count(DISTINCT c.subject)>1" },
	/* Of a server's certificate all who talk to it; of a client's all it talks to. */
	{ "dependents", "SELECT 'flow' AS what, " WHO ", f.client, f.server, f.port, f.application, f.protection, f.clinical, f.times, f.last FROM certificate c"
	  " JOIN shown s ON s.number=c.serial AND s.key_pin=lower(hex(c.key))"
	  " JOIN seen.flow f ON (s.port<>0 AND f.server=s.holder AND f.port=s.port) OR (s.port=0 AND f.client=s.holder AND f.protection='mutual-tls')"
	  " WHERE " LIVE " AND (?1='ca' OR hex(c.serial) LIKE ?1) UNION"
	  " SELECT 'flow', " WHO ", f.client, f.server, f.port, f.application, f.protection, f.clinical, f.times, f.last FROM certificate c"
	  " JOIN device_of d ON d.name=c.device JOIN seen.flow f ON (f.server=d.address OR f.client=d.address) AND f.protection IN ('tls','mutual-tls')"
	  " WHERE " LIVE " AND (?1='ca' OR hex(c.serial) LIKE ?1) ORDER BY 2, 9" },
	{ "holders", "SELECT 'certificate' AS what, " WHO ", c.profile, " DATE("not_after") " FROM certificate c WHERE " LIVE
	  " AND c.profile<>'ocsp' AND (?1='ca' OR hex(c.serial) LIKE ?1) ORDER BY c.rowid" },
};
enum { QUESTIONS = sizeof QUESTION / sizeof *QUESTION, ASKED = 6 };

const char *
inventory_question(unsigned n)
{
	return n < ASKED ? QUESTION[n].question : NULL;
}

/* The serial number of a row of the record, as the register has it: the zero goes that makes a high one positive. */
static void
number(sqlite3_context *c, int n, sqlite3_value **v)
{
	const char *text = (const char *)sqlite3_value_text(v[0]);
	size_t      len = text ? strlen(text) : 0;
	uint8_t     out[16];
	char        two[3] = "";

	(void)n;
	if (len > 2 * sizeof out && strncmp(text, "00", 2) == 0)
		text += 2, len -= 2;
	if (len != 2 * sizeof out)
		return; /* NULL: it is none of ours */
	for (size_t i = 0; i < sizeof out; i++) {
		memcpy(two, text + 2 * i, 2);
		out[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	sqlite3_result_blob(c, out, sizeof out, SQLITE_TRANSIENT);
}

static enum err
run(struct inventory *v, const char *sql)
{
	return sqlite3_exec(v->db, sql, NULL, NULL, NULL) ? inside_failed(v->db) : OK;
}

enum err
inventory_open(const char *pki, const char *record, struct inventory **out)
{
	struct inventory *v = memory_new(1, sizeof *v);
	sqlite3_stmt     *q = NULL;
	enum err          e = ERR_MEMORY;

	if (!v)
		return e;
	/* A database in WAL mode is read through files beside it that are made if nobody else has it open. */
	if (sqlite3_open_v2(pki, &v->db, SQLITE_OPEN_READWRITE, NULL) || sqlite3_busy_timeout(v->db, 5000) || sqlite3_prepare_v2(v->db, "ATTACH ?1 AS seen", -1, &q, NULL)) {
		e = inside_failed(v->db);
		goto out;
	}
	sqlite3_bind_text(q, 1, record, -1, SQLITE_STATIC);
	e = sqlite3_step(q) == SQLITE_DONE ? OK : inside_failed(v->db);
	sqlite3_finalize(q);
	if (!e && sqlite3_create_function(v->db, "number", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, number, NULL, NULL))
		e = inside_failed(v->db);
	/* A million issued and thousands seen are joined by an index, either way. */
	if (e || (e = run(v, "CREATE TEMP TABLE shown AS SELECT number(serial) AS number, * FROM seen.cert; CREATE INDEX shown_number ON shown(number);"
	                     "CREATE TEMP TABLE device_of(name TEXT NOT NULL, address TEXT NOT NULL)")) || (e = run(v, "PRAGMA query_only=ON")))
		goto out;
	*out = v;
	return OK;
out:
	inventory_free(v);
	return e;
}

void
inventory_free(struct inventory *v)
{
	if (!v)
		return;
	sqlite3_close(v->db);
	memory_free(v);
}

enum err
inventory_know(struct inventory *v, const struct inventory_device *d)
{
	sqlite3_stmt *q;
	enum err      e = run(v, "PRAGMA query_only=OFF");

	if (e || sqlite3_prepare_v2(v->db, "INSERT INTO device_of VALUES(?1,?2)", -1, &q, NULL))
		return e ? e : inside_failed(v->db);
	sqlite3_bind_text(q, 1, d->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 2, d->address, -1, SQLITE_STATIC);
	e = sqlite3_step(q) == SQLITE_DONE ? OK : inside_failed(v->db);
	sqlite3_finalize(q);
	return e ? e : run(v, "PRAGMA query_only=ON");
}

enum err
inventory_list(struct inventory *v, const char *question, const char *id,
               bool (*row)(void *context, int n, const char *const *names, const char *const *values), void *context)
{
	enum { MOST = 16 };
	const char   *names[MOST], *values[MOST];
	sqlite3_stmt *q = NULL;
	int           k = 0, step;

	while (k < QUESTIONS && strcmp(QUESTION[k].question, question))
		k++;
	if (k == QUESTIONS)
		return ERR_USAGE;
	if (sqlite3_prepare_v2(v->db, QUESTION[k].select, -1, &q, NULL))
		return inside_failed(v->db);
	if (id)
		sqlite3_bind_text(q, 1, id, -1, SQLITE_STATIC);
	int n = sqlite3_column_count(q);
	n = n < MOST ? n : MOST;
	for (int i = 0; i < n; i++)
		names[i] = sqlite3_column_name(q, i);
	while ((step = sqlite3_step(q)) == SQLITE_ROW) {
		for (int i = 0; i < n; i++)
			values[i] = (const char *)sqlite3_column_text(q, i);
		if (!row(context, n, names, values))
			break;
	}
	enum err e = step == SQLITE_ROW || step == SQLITE_DONE ? OK : inside_failed(v->db);
	sqlite3_finalize(q);
	return e;
}
