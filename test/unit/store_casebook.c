#include "store/casebook.h"
#include "test/unit/check.h"

#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#define ID "I1-1"

static char            dir[64], path[128];
static struct store   *store;
static struct casebook book;

static int
begin(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/paravent-casebook-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof path, "%s/db", dir);
	return store_open(path, true, &store) ? -1 : 0;
}

static int
end(void **state)
{
	static const char *const parts[] = { "", "-wal", "-shm" };
	char                     file[160];

	(void)state;
	store_free(store);
	store = NULL;
	for (int i = 0; i < 3; i++) {
		snprintf(file, sizeof file, "%s%s", path, parts[i]);
		unlink(file);
	}
	rmdir(dir);
	return 0;
}

static struct addr
host(uint8_t n)
{
	return addr_v4((const uint8_t[]){ 10, 20, 3, n });
}

static struct mac
card(uint8_t n)
{
	return (struct mac){ { 2, 0, 0, 0, 0, n } };
}

static void
put_incident(void)
{
	struct incident i = { .id = ID, .attacker = card(66), .attacker_ip = host(66), .severity = 2, .findings = 2, .rules = "arp.spoof path.relay", .first = { 100 * INSTANT_SECOND }, .last = { 110 * INSTANT_SECOND } };

	i.victims[0] = host(21);
	i.victims[1] = host(10);
	i.victims_n = 2;
	assert_int_equal(store_incident(store, &i), OK);
}

static void
put_finding(const char *rule, int64_t second, const char *incident)
{
	struct finding f = { .severity = 1, .confidence = 80, .frame = 230, .frame_before = 225, .count = 1, .when = { second * INSTANT_SECOND }, .attacker = card(66), .victim_ip = host(21), .arp = true };

	snprintf(f.rule, sizeof f.rule, "%s", rule);
	snprintf(f.incident, sizeof f.incident, "%s", incident);
	strcpy(f.says, "says");
	strcpy(f.category, "man-in-the-middle");
	assert_int_equal(store_finding(store, &f, "span0", "a.pcap", "b.pcap"), OK);
}

static enum err
do_it(enum casebook_verb v, const char *text, struct casebook_changed *out)
{
	struct casebook_change c = { .verb = v, .incident = ID, .by = "anna", .text = text, .when = { 1000 * INSTANT_SECOND } };

	if (v == CASEBOOK_ASSIGN)
		c.owner = "ben";
	enum err e = casebook_change(store, &c, out);
	return e ? e : store_commit(store);
}

static struct row {
	int  count;
	char value[32][256], name[32][32];
	int  columns;
} row;

static bool
on_row(void *context, int n, const char *const *names, const char *const *values)
{
	(void)context;
	row.columns = n;
	for (int i = 0; i < n; i++) {
		snprintf(row.name[i], sizeof row.name[i], "%s", names[i]);
		snprintf(row.value[i], sizeof row.value[i], "%s", values[i] ? values[i] : "(none)");
	}
	row.count++;
	return true;
}

static const char *
column(const char *noun, const char *name)
{
	memset(&row, 0, sizeof row);
	assert_int_equal(store_list(store, noun, ID, 100, on_row, NULL), OK);
	for (int i = 0; i < row.columns; i++)
		if (strcmp(row.name[i], name) == 0)
			return row.value[i];
	return "(no such column)";
}

static void
an_incident_goes_from_new_to_closed_and_keeps_its_times(void **state)
{
	struct casebook_changed d;

	(void)state;
	put_incident();
	assert_string_equal(column("incident", "state"), "new");
	assert_int_equal(do_it(CASEBOOK_ACK, NULL, &d), OK);
	assert_string_equal(d.says, "new to acknowledged. ");
	assert_int_equal(do_it(CASEBOOK_CONTAINED, "port 7", &d), OK);
	assert_int_equal(do_it(CASEBOOK_RECOVERED, "all beds", &d), OK);
	assert_int_equal(do_it(CASEBOOK_CLOSE, "done", &d), OK);
	assert_string_equal(column("incident", "state"), "closed");
	assert_string_equal(column("incident", "contained"), "1970-01-01T00:16:40.000000+00:00");
	assert_string_equal(column("incident", "closed"), "1970-01-01T00:16:40.000000+00:00");
}

/* Which verb is legal from which state, written out: 7 verbs, 6 states. */
static void
each_verb_is_legal_where_the_table_says_and_nowhere_else(void **state)
{
	static const char *const STATES[] = { "new", "acknowledged", "contained", "recovered", "closed", "false-alarm" };
	static const char *const LEGAL[] = {
		[CASEBOOK_ACK] = "y...yy", [CASEBOOK_ASSIGN] = "yyyyyy", [CASEBOOK_NOTE] = "yyyyyy", [CASEBOOK_CONTAINED] = "yy....",
		[CASEBOOK_RECOVERED] = ".yy...", [CASEBOOK_CLOSE] = "..yy..", [CASEBOOK_FALSE_ALARM] = "yyy...",
	};
	sqlite3 *db;
	char     sql[96];

	(void)state;
	put_incident();
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	for (enum casebook_verb v = CASEBOOK_ACK; v <= CASEBOOK_FALSE_ALARM; v++)
		for (int s = 0; s < 6; s++) {
			struct casebook_changed d;
			snprintf(sql, sizeof sql, "UPDATE incident SET state='%s'", STATES[s]);
			assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
			enum err e = do_it(v, "x", &d);
			if (e != (LEGAL[v][s] == 'y' ? OK : ERR_PERM))
				fail_msg("%s from %s: %s", casebook_verb_name(v), STATES[s], err_text(e));
			assert_string_equal(d.from, STATES[s]);
		}
	sqlite3_close(db);
}

static void
what_is_refused_leaves_no_trace_and_no_transaction(void **state)
{
	struct casebook_changed d;
	struct casebook_change  other = { .verb = CASEBOOK_ACK, .incident = "I9-9", .by = "anna" };

	(void)state;
	put_incident();
	assert_int_equal(do_it(CASEBOOK_CLOSE, "too early", &d), ERR_PERM);
	assert_int_equal(casebook_change(store, &other, &d), ERR_NOTFOUND);
	(void)column("event", "kind");
	assert_int_equal(row.count, 0);
	assert_int_equal(store_begin(store), OK);
	assert_int_equal(store_commit(store), OK);
}

static void
a_change_that_is_rolled_back_is_as_if_it_had_not_been(void **state)
{
	struct casebook_change  c = { .verb = CASEBOOK_ACK, .incident = ID, .by = "anna" };
	struct casebook_changed d;

	(void)state;
	put_incident();
	assert_int_equal(casebook_change(store, &c, &d), OK);
	store_rollback(store);
	assert_string_equal(column("incident", "state"), "new");
	(void)column("event", "kind");
	assert_int_equal(row.count, 0);
}

static void
a_change_has_its_index_of_the_ledger_in_the_timeline(void **state)
{
	struct casebook_change  c = { .verb = CASEBOOK_NOTE, .incident = ID, .by = "anna", .text = "hm" };
	struct casebook_changed d;

	(void)state;
	put_incident();
	assert_int_equal(casebook_change(store, &c, &d), OK);
	assert_int_equal(casebook_entered(store, d.event, 12), OK);
	assert_int_equal(store_commit(store), OK);
	assert_string_equal(column("event", "ledger"), "12");
	assert_string_equal(column("event", "actor"), "anna");
}

static void
severity_and_phi_are_set_by_people_and_the_judge_does_not_take_them_back(void **state)
{
	struct casebook_change  c = { .verb = CASEBOOK_NOTE, .incident = ID, .by = "anna", .text = "two routes", .phi = "yes", .severity = 3 };
	struct casebook_changed d;

	(void)state;
	put_incident();
	assert_int_equal(casebook_change(store, &c, &d), OK);
	assert_int_equal(store_commit(store), OK);
	put_incident();
	assert_string_equal(column("incident", "severity"), "3");
	assert_string_equal(column("incident", "phi"), "yes");
	assert_string_equal(column("incident", "phi_why"), "two routes");
	assert_int_equal(do_it(CASEBOOK_NOTE, "another", &d), OK);
	assert_string_equal(column("incident", "phi_why"), "two routes");
}

static void
the_timeline_holds_findings_changes_and_what_came_before_in_order(void **state)
{
	struct casebook_changed d;

	(void)state;
	put_finding("recon.scan", 90, "");
	put_finding("arp.spoof", 100, ID);
	put_finding("path.relay", 110, ID);
	put_incident();
	assert_int_equal(do_it(CASEBOOK_ACK, NULL, &d), OK);
	assert_string_equal(column("event", "kind"), "ack");
	assert_int_equal(row.count, 4);
	assert_string_equal(column("incident", "first_evidence"), "1970-01-01T00:01:30.000000+00:00");
	assert_string_equal(column("incident", "detected"), "1970-01-01T00:01:50.000000+00:00");
	assert_string_equal(column("incident", "clock"), "capture");
}

static void
what_is_told_live_is_detected_by_the_wall_clock(void **state)
{
	(void)state;
	store_live(store);
	put_incident();
	assert_string_equal(column("incident", "clock"), "wall");
	char detected[40];
	snprintf(detected, sizeof detected, "%s", column("incident", "detected"));
	assert_string_equal(column("incident", "told"), detected);
	assert_string_not_equal(detected, "1970-01-01T00:01:50.000000+00:00");
}

static void
a_casebook_gives_back_what_was_put(void **state)
{
	struct record r = { .kind = RECORD_FLOW }, m = { .kind = RECORD_DEVICE };

	(void)state;
	r.flow.client = host(21);
	r.flow.server = host(10);
	r.flow.port = 2575;
	r.flow.protection = PROTECTION_MUTUAL;
	strcpy(r.flow.application, "hl7");
	r.flow.clinical = true;
	m.device.card = card(21);
	m.device.addr = host(21);
	m.device.roles = ROLE_HL7_SENDER | ROLE_AP;
	strcpy(m.device.name, "monitor");
	assert_int_equal(store_record(store, &r), OK);
	assert_int_equal(store_record(store, &m), OK);
	put_finding("arp.spoof", 100, ID);
	put_finding("path.relay", 110, ID);
	put_incident();
	assert_int_equal(casebook_load(store, ID, &book), OK);
	assert_int_equal(book.findings, 2);
	assert_string_equal(book.finding[0].rule, "arp.spoof");
	assert_string_equal(book.finding[1].rule, "path.relay");
	assert_string_equal(book.evidence[0][1], "b.pcap#225");
	assert_true(book.finding[0].arp && book.finding[0].frame == 230 && book.finding[0].frame_before == 225);
	assert_true(mac_equal(book.incident.attacker, card(66)));
	assert_int_equal(book.incident.victims_n, 2);
	assert_true(addr_equal(book.incident.victims[1], host(10)));
	assert_int_equal(book.flows, 1); /* both ends are victims: once all the same */
	assert_int_equal(book.flow[0].protection, PROTECTION_MUTUAL);
	assert_int_equal(book.devices, 1);
	assert_int_equal(book.device[0].roles, ROLE_HL7_SENDER | ROLE_AP);
	assert_int_equal(book.places, 1);
	assert_int_equal(casebook_load(store, "I9-9", &book), ERR_NOTFOUND);
	assert_int_equal(casebook_finding(store, "2", &book), OK);
	assert_int_equal(book.findings, 1);
	assert_string_equal(book.finding[0].rule, "path.relay");
	assert_int_equal(casebook_finding(store, "3", &book), ERR_NOTFOUND);
	assert_int_equal(casebook_finding(store, "path.relay", &book), ERR_NOTFOUND);
}

/* The tables of version 1 as they were, with one row. */
static void
a_database_of_the_version_before_is_brought_up_and_a_later_one_is_refused(void **state)
{
	static const char V1[] =
	    "PRAGMA user_version=1; CREATE TABLE finding(id INTEGER PRIMARY KEY, time TEXT, rule TEXT, severity INTEGER, says TEXT, witness_a TEXT, value_a TEXT,"
	    " witness_b TEXT, value_b TEXT, attacker_card TEXT, attacker_address TEXT, victim TEXT, confidence INTEGER, technique TEXT, incident TEXT,"
	    " place TEXT, evidence TEXT, count INTEGER, UNIQUE(time, rule, evidence, value_b, victim));"
	    "CREATE TABLE device(card TEXT NOT NULL, domain INTEGER NOT NULL, address TEXT, name TEXT, vendor TEXT, roles TEXT, first TEXT, last TEXT, PRIMARY KEY(card, domain)) WITHOUT ROWID;"
	    "CREATE TABLE flow(client TEXT NOT NULL, server TEXT NOT NULL, port INTEGER NOT NULL, protocol INTEGER NOT NULL,"
	    " application TEXT NOT NULL, name TEXT, protection TEXT, clinical INTEGER, remote TEXT, packets INTEGER, bytes INTEGER, times INTEGER,"
	    " first TEXT, last TEXT, PRIMARY KEY(client, server, port, protocol, application)) WITHOUT ROWID;"
	    "CREATE TABLE cert(digest TEXT PRIMARY KEY, subject TEXT, issuer TEXT, names TEXT, serial TEXT, valid_from TEXT, valid_until TEXT,"
	    " key_pin TEXT, bits INTEGER, self_signed INTEGER, weak INTEGER, holder TEXT, port INTEGER, sni TEXT, first TEXT, last TEXT) WITHOUT ROWID;"
	    "CREATE TABLE incident(id TEXT PRIMARY KEY, severity INTEGER, rules TEXT, attacker_card TEXT, attacker_address TEXT, victims TEXT, findings INTEGER, first TEXT, last TEXT) WITHOUT ROWID;"
	    "INSERT INTO incident VALUES('" ID "',1,'arp.spoof',NULL,NULL,'10.20.3.21',1,'2023-11-14T22:13:47.392011+00:00','2023-11-14T22:13:47.392011+00:00');";
	struct casebook_changed d;
	struct store           *none;
	sqlite3                *db;

	(void)state;
	store_free(store);
	store = NULL;
	unlink(path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, V1, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(store_open(path, false, &store), OK);
	assert_string_equal(column("incident", "state"), "new");
	assert_string_equal(column("incident", "detected"), "2023-11-14T22:13:47.392011+00:00");
	assert_int_equal(do_it(CASEBOOK_ACK, NULL, &d), OK);
	store_free(store);
	store = NULL;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version=99", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(store_open(path, true, &none), ERR_UNSUPPORTED);
	assert_non_null(strstr(store_trouble(), "later version"));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		T(an_incident_goes_from_new_to_closed_and_keeps_its_times),
		T(each_verb_is_legal_where_the_table_says_and_nowhere_else),
		T(what_is_refused_leaves_no_trace_and_no_transaction),
		T(a_change_that_is_rolled_back_is_as_if_it_had_not_been),
		T(a_change_has_its_index_of_the_ledger_in_the_timeline),
		T(severity_and_phi_are_set_by_people_and_the_judge_does_not_take_them_back),
		T(the_timeline_holds_findings_changes_and_what_came_before_in_order),
		T(what_is_told_live_is_detected_by_the_wall_clock),
		T(a_casebook_gives_back_what_was_put),
		T(a_database_of_the_version_before_is_brought_up_and_a_later_one_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
