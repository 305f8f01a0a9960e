#include "store/store.h"
#include "test/unit/check.h"

#include <stdio.h>
#include <unistd.h>

static char          dir[64], path[128];
static struct store *store;

static int
begin(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/paravent-store-XXXXXX");
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

static struct record
device(const char *name)
{
	struct record r = { .kind = RECORD_DEVICE };

	r.device.card = (struct mac){ { 0, 9, 0xfb, 0, 0, 0x21 } };
	r.device.addr = addr_v4((const uint8_t *)"\x0a\x14\3\7");
	r.device.domain = 7;
	r.device.roles = ROLE_HL7_SENDER;
	snprintf(r.device.name, sizeof r.device.name, "%s", name);
	r.device.first.us = INT64_C(1795288711000000);
	r.device.last.us = INT64_C(1795288712000000);
	return r;
}

static struct record
flow(void)
{
	struct record r = { .kind = RECORD_FLOW };

	r.flow.client = addr_v4((const uint8_t *)"\x0a\x14\3\7");
	r.flow.server = addr_v4((const uint8_t *)"\x0a\x14\4\x0a");
	r.flow.port = 2575;
	r.flow.protocol = 6;
	r.flow.protection = PROTECTION_PLAIN;
	strcpy(r.flow.application, "hl7");
	r.flow.clinical = true;
	r.flow.packets = 10;
	r.flow.bytes = 1000;
	r.flow.first.us = INT64_C(1795288711000000);
	r.flow.last.us = INT64_C(1795288712000000);
	return r;
}

static struct finding
finding(uint64_t frame, uint32_t count)
{
	struct finding f = { .severity = 1, .confidence = 80, .frame = frame, .count = count };

	strcpy(f.rule, "arp.spoof");
	strcpy(f.says, "10.20.3.7 is claimed by two cards");
	strcpy(f.value_a, "00:09:fb:00:00:21");
	strcpy(f.value_b, "b8:27:eb:00:00:66");
	strcpy(f.incident, "i-1");
	f.attacker = (struct mac){ { 0xb8, 0x27, 0xeb, 0, 0, 0x66 } };
	f.when.us = INT64_C(1795288711402113);
	return f;
}

/* What the last list gave: how many rows, and its last row's columns by name. */
static struct rows {
	int  count, most;
	char name[32][32], value[32][128];
	int  columns;
} rows;

static bool
on_row(void *context, int n, const char *const *names, const char *const *values)
{
	(void)context;
	rows.columns = n;
	for (int i = 0; i < n && i < 32; i++) {
		snprintf(rows.name[i], sizeof rows.name[i], "%s", names[i]);
		snprintf(rows.value[i], sizeof rows.value[i], "%s", values[i] ? values[i] : "(none)");
	}
	return ++rows.count != rows.most;
}

static const char *
column(const char *name)
{
	for (int i = 0; i < rows.columns; i++)
		if (strcmp(rows.name[i], name) == 0)
			return rows.value[i];
	return "(no such column)";
}

static int
list(const char *noun, const char *id)
{
	memset(&rows, 0, sizeof rows);
	assert_int_equal(store_list(store, noun, id, 100, on_row, NULL), OK);
	return rows.count;
}

static void
a_device_is_listed_as_it_was_put(void **state)
{
	struct record r = device("monitor 7");

	(void)state;
	assert_int_equal(store_record(store, &r), OK);
	assert_int_equal(list("device", NULL), 1);
	assert_string_equal(column("card"), "00:09:fb:00:00:21");
	assert_string_equal(column("address"), "10.20.3.7");
	assert_string_equal(column("name"), "monitor 7");
	assert_string_equal(column("vendor"), "(none)");
	assert_string_equal(column("roles"), "HL7 sender");
	assert_string_equal(column("first"), "2026-11-21T19:18:31.000000+00:00");
}

static void
a_device_seen_again_keeps_what_it_does_not_say_anew(void **state)
{
	struct record r = device("monitor 7"), again = device("");

	(void)state;
	again.device.first.us += 5000000;
	again.device.last.us += 5000000;
	assert_int_equal(store_record(store, &r), OK);
	assert_int_equal(store_record(store, &again), OK);
	assert_int_equal(list("device", NULL), 1);
	assert_string_equal(column("name"), "monitor 7");
	assert_string_equal(column("first"), "2026-11-21T19:18:31.000000+00:00");
	assert_string_equal(column("last"), "2026-11-21T19:18:37.000000+00:00");
}

static void
a_flow_seen_again_is_added_up_and_makes_its_service(void **state)
{
	struct record r = flow();

	(void)state;
	assert_int_equal(store_record(store, &r), OK);
	assert_int_equal(store_record(store, &r), OK);
	assert_int_equal(list("flow", NULL), 1);
	assert_string_equal(column("packets"), "20");
	assert_string_equal(column("times"), "2");
	assert_int_equal(list("service", "10.20.4.10"), 1);
	assert_string_equal(column("port"), "2575");
	assert_string_equal(column("clients"), "1");
}

static void
a_flow_from_no_address_is_kept_and_stops_nothing(void **state)
{
	struct record r = flow();

	(void)state;
	memset(&r.flow.client, 0, sizeof r.flow.client);
	assert_int_equal(store_record(store, &r), OK);
	assert_int_equal(list("flow", NULL), 1);
}

static void
a_certificate_is_found_by_the_beginning_of_its_digest(void **state)
{
	struct record r = { .kind = RECORD_CERTIFICATE };

	(void)state;
	memset(r.certificate.certificate.digest, 0xab, 32);
	strcpy(r.certificate.certificate.subject, "ehr");
	r.certificate.holder = addr_v4((const uint8_t *)"\x0a\x14\4\x0a");
	assert_int_equal(store_record(store, &r), OK);
	assert_int_equal(store_record(store, &r), OK);
	assert_int_equal(list("cert", "ababab"), 1);
	assert_string_equal(column("subject"), "ehr");
	assert_int_equal(list("cert", "abac"), 0);
}

static void
the_same_finding_put_again_is_one_with_the_higher_count(void **state)
{
	struct finding f = finding(4711, 1), more = finding(4711, 9), other = finding(4712, 1);

	(void)state;
	assert_int_equal(store_finding(store, &f, "span0", "capture.pcap", "capture.pcap"), OK);
	assert_int_equal(store_finding(store, &more, "span0", "capture.pcap", "capture.pcap"), OK);
	assert_int_equal(list("finding", "arp.spoof"), 1);
	assert_string_equal(column("count"), "9");
	assert_string_equal(column("evidence"), "capture.pcap#4711");
	assert_string_equal(column("attacker_card"), "b8:27:eb:00:00:66");
	assert_int_equal(store_finding(store, &other, "span0", "capture.pcap", "capture.pcap"), OK);
	assert_int_equal(list("finding", NULL), 2);
	assert_int_equal(list("finding", "i-1"), 2);
}

static void
an_incident_grows_and_is_one(void **state)
{
	struct incident i = { .severity = 2, .findings = 1, .victims_n = 1 };

	(void)state;
	strcpy(i.id, "i-1");
	strcpy(i.rules, "arp.spoof");
	i.victims[0] = addr_v4((const uint8_t *)"\x0a\x14\3\7");
	assert_int_equal(store_incident(store, &i), OK);
	i.severity = 1;
	i.findings = 3;
	i.victims[1] = addr_v4((const uint8_t *)"\x0a\x14\3\1");
	i.victims_n = 2;
	strcpy(i.rules, "arp.spoof path.relay");
	assert_int_equal(store_incident(store, &i), OK);
	assert_int_equal(list("incident", "i-1"), 1);
	assert_string_equal(column("severity"), "1");
	assert_string_equal(column("findings"), "3");
	assert_string_equal(column("victims"), "10.20.3.7, 10.20.3.1");
}

static void
what_was_committed_is_there_when_it_is_opened_again_and_what_was_not_is_not(void **state)
{
	struct record r = device("monitor 7"), f = flow();

	(void)state;
	assert_int_equal(store_begin(store), OK);
	assert_int_equal(store_record(store, &r), OK);
	assert_int_equal(store_commit(store), OK);
	assert_int_equal(store_begin(store), OK);
	assert_int_equal(store_record(store, &f), OK);
	store_free(store);
	store = NULL;
	assert_int_equal(store_open(path, false, &store), OK);
	assert_int_equal(list("device", "monitor 7"), 1);
	assert_int_equal(list("flow", NULL), 0);
}

static void
a_reader_reads_beside_the_writer_and_cannot_write(void **state)
{
	struct store *writer = store;
	struct record r = device("monitor 7");

	(void)state;
	assert_int_equal(store_open(path, false, &store), OK);
	assert_int_equal(store_begin(writer), OK);
	assert_int_equal(store_record(writer, &r), OK);
	assert_int_equal(list("device", NULL), 0);
	assert_int_equal(store_commit(writer), OK);
	assert_int_equal(list("device", NULL), 1);
	assert_int_not_equal(store_record(store, &r), OK);
	store_free(store);
	store = writer;
}

static void
a_list_stops_at_its_limit_or_when_told(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 5; i++) {
		struct finding f = finding(i, 1);
		assert_int_equal(store_finding(store, &f, "span0", "c", "c"), OK);
	}
	memset(&rows, 0, sizeof rows);
	assert_int_equal(store_list(store, "finding", NULL, 3, on_row, NULL), OK);
	assert_int_equal(rows.count, 3);
	memset(&rows, 0, sizeof rows);
	rows.most = 2;
	assert_int_equal(store_list(store, "finding", NULL, 100, on_row, NULL), OK);
	assert_int_equal(rows.count, 2);
	assert_int_equal(store_list(store, "drill", NULL, 100, on_row, NULL), ERR_USAGE);
}

static void
words_of_strangers_are_text_and_never_sql(void **state)
{
	struct record r = device("'); DROP TABLE device;--");

	(void)state;
	assert_int_equal(store_record(store, &r), OK);
	assert_int_equal(list("device", "'); DROP TABLE device;--"), 1);
	assert_int_equal(list("device", "' OR 1=1 --"), 0);
}

static void
what_is_not_there_or_no_store_is_refused_with_words(void **state)
{
	struct store *s = NULL;
	char          other[160];
	FILE         *f;

	(void)state;
	assert_int_equal(store_open("/nonexistent/db", false, &s), ERR_NOTFOUND);
	assert_true(store_trouble()[0]);
	snprintf(other, sizeof other, "%s/text", dir);
	f = fopen(other, "w");
	assert_non_null(f);
	for (int i = 0; i < 100; i++)
		fputs("this is no database at all, only words\n", f);
	fclose(f);
	assert_int_equal(store_open(other, true, &s), ERR_FORM);
	unlink(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_is_listed_as_it_was_put),
		TEST(a_device_seen_again_keeps_what_it_does_not_say_anew),
		TEST(a_flow_seen_again_is_added_up_and_makes_its_service),
		TEST(a_flow_from_no_address_is_kept_and_stops_nothing),
		TEST(a_certificate_is_found_by_the_beginning_of_its_digest),
		TEST(the_same_finding_put_again_is_one_with_the_higher_count),
		TEST(an_incident_grows_and_is_one),
		TEST(what_was_committed_is_there_when_it_is_opened_again_and_what_was_not_is_not),
		TEST(a_reader_reads_beside_the_writer_and_cannot_write),
		TEST(a_list_stops_at_its_limit_or_when_told),
		TEST(words_of_strangers_are_text_and_never_sql),
		TEST(what_is_not_there_or_no_store_is_refused_with_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
