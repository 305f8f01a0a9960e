#include "policy/read.h"
#include "test/unit/check.h"

#include <stdio.h>

static struct policy     policy;
static struct read_error error;

static enum err
read_text(const char *text)
{
	return read_policy(bytes_text(text), &policy, &error);
}

/* The text is refused at this line and column, with words that hold these. */
static void
refused(const char *text, unsigned long line, unsigned long column, const char *words)
{
	assert_int_equal(read_text(text), ERR_FORM);
	assert_false(policy.given);
	if (!strstr(error.words, words))
		fail_msg("said \"%s\", not \"%s\"", error.words, words);
	if (error.line != line || error.column != column)
		fail_msg("%s: at %lu:%lu, not %lu:%lu", error.words, error.line, error.column, line, column);
}

#define HEAD "version: 1\n"

static void
every_section_is_read(void **state)
{
	(void)state;
	assert_int_equal(read_text(HEAD "hospital: St. Example\n"
	                                "zones:\n- {name: ward3, subnet: 10.20.3.0/24, vlan: 30, owner: x}\n- {name: v6, subnet: '2001:db8::/48'}\n"
	                                "devices:\n- {name: monitor, address: 10.20.3.21, card: 00:09:fb:10:00:21, second_card: 00:09:fb:10:00:22, kind: monitor}\n"
	                                "gateways:\n- {address: 10.20.3.1, card: 00:1b:54:10:00:01}\n"
	                                "dhcp_servers:\n- {address: 10.20.3.2}\n"
	                                "dns_servers:\n- {address: 10.20.3.3}\n"
	                                "ssids:\n- {name: clinic, security: wpa3-enterprise, bssids: ['02:00:00:00:00:01', '02:00:00:00:00:02']}\n"
	                                "services:\n- {name: ehr, address: 10.20.8.11, port: 443, tls: required, pins: [00000000000000000000000000000000000000000000000000000000000000aB]}\n"
	                                "flows:\n- {from: ward3, to: 10.20.8.11, port: 443, until: 2027-12-31}\n- {from: any, to: monitor}\n"
	                                "never_validate:\n- {subnet: ward3, reason: x}\n- {subnet: 10.20.9.0/24}\n"),
	                 OK);
	assert_true(policy.given);
	assert_string_equal(policy.hospital, "St. Example");
	assert_int_equal(policy.zones, 2);
	assert_int_equal(policy.zone[1].subnet.bits, 48);
	assert_int_equal(policy.device[0].second_card.b[5], 0x22);
	assert_int_equal(policy.gateway[0].card.b[1], 0x1b);
	assert_true(mac_zero(policy.dhcp[0].card));
	assert_int_equal(policy.dnss, 1);
	assert_int_equal(policy.ssid[0].bssids, 2);
	assert_int_equal(policy.ssid[0].security, 7);
	assert_true(policy.service[0].tls && policy.service[0].pins == 1 && policy.service[0].pin[0][31] == 0xab);
	assert_int_equal(policy.flow[0].from.bits, 24); /* a zone's name stands for its subnet */
	assert_true(policy.flow[0].until.us == INT64_C(1830297600) * INSTANT_SECOND && !policy.flow[1].until.us); /* 2028-01-01 */
	assert_int_equal(policy.nevers, 2);
	assert_true(policy_within(&policy.never[0].subnet, policy.device[0].address) && !policy_within(&policy.never[1].subnet, policy.device[0].address));
	assert_true(policy.flow[1].from.any && policy.flow[1].to.bits == 32 && policy.flow[1].port == 0);
}

static void
names_serve_flows_wherever_their_section_stands(void **state)
{
	(void)state;
	assert_int_equal(read_text(HEAD "flows:\n- {from: ward3, to: any}\nzones:\n- {name: ward3, subnet: 10.20.3.0/24}\n"), OK);
	assert_int_equal(policy.flow[0].from.bits, 24);
}

static void
the_version_is_asked_for(void **state)
{
	(void)state;
	refused("hospital: x\n", 1, 1, "version");
	refused("version: 2\n", 1, 10, "version 1");
	refused("", 0, 0, "no keys");
	refused("- a\n", 1, 1, "no keys");
}

static void
an_unknown_key_is_refused_where_it_stands(void **state)
{
	(void)state;
	refused(HEAD "devcies: []\n", 2, 1, "devcies");
	refused(HEAD "zones:\n  - name: a\n    subnet: 10.0.0.0/8\n    colour: red\n", 5, 5, "colour");
}

static void
a_key_that_stands_twice_is_refused(void **state)
{
	(void)state;
	refused(HEAD "zones: []\nzones: []\n", 3, 1, "twice: zones");
	refused(HEAD "zones:\n  - name: a\n    name: b\n", 4, 5, "twice: name");
	refused(HEAD "hospital: a\nhospital: b\n", 3, 1, "twice: hospital");
	refused(HEAD "version: 1\n", 2, 10, "twice: version");
}

static void
a_missing_key_is_named(void **state)
{
	(void)state;
	refused(HEAD "zones:\n  - name: a\n", 3, 5, "subnet");
	refused(HEAD "services:\n  - {name: a, address: 10.0.0.1}\n", 3, 5, "port");
}

static void
a_value_of_the_wrong_kind_is_refused_where_it_stands(void **state)
{
	(void)state;
	refused(HEAD "zones:\n- {name: a, subnet: 10.0.0.0/33}\n", 3, 21, "prefix is not possible");
	refused(HEAD "zones:\n- {name: a, subnet: 10.0.0.0/}\n", 3, 21, "prefix is not possible");
	refused(HEAD "zones:\n- {name: a, subnet: here}\n", 3, 21, "here");
	refused(HEAD "devices:\n- {name: a, card: 00:09:fb}\n", 3, 19, "card is wanted");
	refused(HEAD "devices:\n- {name: a, address: 10.0.0.256}\n", 3, 22, "address is wanted");
	refused(HEAD "devices:\n- {name: ''}\n", 3, 10, "name of 1 to 35");
	refused(HEAD "devices:\n- {name: 123456789012345678901234567890123456}\n", 3, 10, "name of 1 to 35");
	refused(HEAD "services:\n- {name: a, address: 10.0.0.1, port: 0}\n", 3, 38, "port");
	refused(HEAD "services:\n- {name: a, address: 10.0.0.1, port: 65536}\n", 3, 38, "port");
	refused(HEAD "services:\n- {name: a, address: 10.0.0.1, port: 80, tls: maybe}\n", 3, 47, "true or false");
	refused(HEAD "services:\n- {name: a, address: 10.0.0.1, port: 80, pins: [abc]}\n", 3, 49, "64 hexadecimal");
	refused(HEAD "ssids:\n- {name: a, security: good}\n", 3, 23, "wpa2-enterprise");
	refused(HEAD "ssids:\n- {name: a, bssids: 1}\n", 3, 21, "list");
	refused(HEAD "zones: 1\n", 2, 8, "list");
	refused(HEAD "zones:\n- a\n", 3, 3, "keys with values");
}

static void
what_is_not_yaml_is_refused_with_its_place(void **state)
{
	(void)state;
	assert_int_equal(read_text(HEAD "zones: [\n"), ERR_FORM);
	assert_true(strstr(error.words, "not YAML") && error.line >= 2 && error.column >= 1);
	assert_int_equal(read_text(HEAD "\tzones: 1\n"), ERR_FORM);
	assert_true(strstr(error.words, "not YAML") && error.line == 2);
}

static void
more_than_is_kept_is_refused_and_not_cut(void **state)
{
	static char text[64 * (POLICY_ZONES + 2)];
	size_t      n = (size_t)snprintf(text, sizeof text, HEAD "zones:\n");

	(void)state;
	for (int i = 0; i <= POLICY_ZONES; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "- {name: z%d, subnet: 10.0.%d.0/24}\n", i, i);
	refused(text, 3 + POLICY_ZONES, 3, "more of these");
}

static void
the_fifth_pin_is_refused(void **state)
{
#define PIN "'00000000000000000000000000000000000000000000000000000000000000ab'"
	(void)state;
	assert_int_equal(read_text(HEAD "services:\n- {name: a, address: 10.0.0.1, port: 80, pins: [" PIN "," PIN "," PIN "," PIN "]}\n"), OK);
	assert_int_equal(read_text(HEAD "services:\n- {name: a, address: 10.0.0.1, port: 80, pins: [" PIN "," PIN "," PIN "," PIN "," PIN "]}\n"), ERR_FORM);
	assert_non_null(strstr(error.words, "4 pins"));
}

static void
the_example_in_docs_is_read(void **state)
{
	static char text[1 << 16];
	FILE       *f = fopen("docs/hospital.example.yaml", "r");

	(void)state;
	if (!f)
		skip(); /* the tests are run from elsewhere */
	text[fread(text, 1, sizeof text - 1, f)] = 0;
	fclose(f);
	enum err e = read_text(text);
	if (e)
		fail_msg("%lu:%lu: %s", error.line, error.column, error.words);
	assert_true(policy.zones && policy.devices && policy.flows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_section_is_read),
		cmocka_unit_test(names_serve_flows_wherever_their_section_stands),
		cmocka_unit_test(the_version_is_asked_for),
		cmocka_unit_test(an_unknown_key_is_refused_where_it_stands),
		cmocka_unit_test(a_key_that_stands_twice_is_refused),
		cmocka_unit_test(a_missing_key_is_named),
		cmocka_unit_test(a_value_of_the_wrong_kind_is_refused_where_it_stands),
		cmocka_unit_test(what_is_not_yaml_is_refused_with_its_place),
		cmocka_unit_test(more_than_is_kept_is_refused_and_not_cut),
		cmocka_unit_test(the_fifth_pin_is_refused),
		cmocka_unit_test(the_example_in_docs_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
