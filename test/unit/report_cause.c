#include "report/cause.h"
#include "report/harm.h"
#include "test/unit/check.h"

#include <stdio.h>

/* One incident, put together by each test; what is left out was not observed. */
static struct incident      incident;
static struct finding       finding[8];
static struct device_record device[8];
static struct flow_record   flow[8];
static struct policy        policy;
static struct cause_case    of;
static struct cause         cause[CAUSES];
static uint32_t             causes;

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

static int
begin(void **state)
{
	(void)state;
	memset(&incident, 0, sizeof incident);
	memset(finding, 0, sizeof finding);
	memset(device, 0, sizeof device);
	memset(flow, 0, sizeof flow);
	memset(&policy, 0, sizeof policy);
	incident.attacker = card(66);
	incident.attacker_ip = host(66);
	incident.first.us = 1000 * INSTANT_SECOND;
	of = (struct cause_case){ .incident = &incident, .finding = finding, .device = device, .flow = flow, .places = 2 };
	return 0;
}

static void
found(const char *rule, uint8_t victim)
{
	struct finding *f = &finding[of.findings++];

	snprintf(f->rule, sizeof f->rule, "%s", rule);
	snprintf(f->says, sizeof f->says, "%s of %u", rule, victim);
	f->victim_ip = victim ? host(victim) : (struct addr){ 0 };
	if (victim)
		incident.victims[incident.victims_n++] = host(victim);
}

static void
was_seen(uint8_t n, const char *name, int64_t second)
{
	struct device_record *d = &device[of.devices++];

	d->card = card(n);
	d->addr = host(n);
	d->first.us = second * INSTANT_SECOND;
	snprintf(d->name, sizeof d->name, "%s", name);
}

static void
spoke(uint8_t client, uint8_t server, enum protection p)
{
	struct flow_record *f = &flow[of.flows++];

	f->client = host(client);
	f->server = host(server);
	f->port = 2575;
	f->protection = (uint8_t)p;
	f->clinical = true;
	strcpy(f->application, "hl7");
}

static void
declare(uint8_t n, const char *name)
{
	struct policy_device *d = &policy.device[policy.devices++];

	policy.given = true;
	of.policy = &policy;
	snprintf(d->name, sizeof d->name, "%s", name);
	d->address = host(n);
	d->card = card(n);
}

/* The causes found, by their controls, with blanks between. */
static const char *
controls(void)
{
	static char room[600];
	struct buf  b = buf_over(room, sizeof room);

	causes = cause_find(&of, cause);
	for (uint32_t i = 0; i < causes; i++) {
		buf_format(&b, "%s%s", i ? "; " : "", cause[i].control);
		assert_true(cause[i].says[0] && cause[i].act[0]);
		assert_true(!cause[i].declared || !cause[i].key[0]); /* what is declared need not be declared */
	}
	return buf_string(&b);
}

static void
a_claimed_address_that_nothing_pins_asks_for_a_pin(void **state)
{
	(void)state;
	found("arp.spoof", 10);
	assert_string_equal(controls(), "address pins");
	assert_string_equal(cause[0].says, "nothing pins 10.20.3.10 to its card, so card 02:00:00:00:00:42 could claim what is not its own");
	assert_string_equal(cause[0].key, "devices");
}

static void
a_pinned_address_was_declared_and_not_enforced(void **state)
{
	(void)state;
	found("arp.spoof", 10);
	declare(10, "telemetry");
	assert_string_equal(controls(), "address inspection");
	assert_true(cause[0].declared);
	assert_string_equal(cause[0].says, "the policy pins 10.20.3.10 (telemetry) to its card, and the switch let card 02:00:00:00:00:42 claim it all the same");
}

static void
pinned_and_unpinned_victims_are_told_apart(void **state)
{
	(void)state;
	found("arp.spoof", 10);
	found("arp.spoof", 21);
	declare(10, "telemetry");
	assert_string_equal(controls(), "address pins; address inspection");
	assert_non_null(strstr(cause[0].says, "10.20.3.21"));
	assert_null(strstr(cause[0].says, "10.20.3.10"));
}

static void
a_relay_on_a_plain_route_asks_for_authentication_of_its_ends(void **state)
{
	(void)state;
	found("path.relay", 10);
	spoke(21, 10, PROTECTION_PLAIN);
	spoke(22, 10, PROTECTION_PLAIN);
	assert_string_equal(controls(), "route authentication; east-west segmentation");
	assert_string_equal(cause[0].says, "the routes 10.20.3.21 and 10.20.3.22 → 10.20.3.10:2575 (hl7) are plain: neither end proves who it is, and whoever carries it can read and change it");
	assert_string_equal(cause[0].key, "services");
}

static void
a_relay_on_a_mutual_route_does_not_blame_the_route(void **state)
{
	(void)state;
	found("path.relay", 10);
	spoke(21, 10, PROTECTION_MUTUAL);
	assert_string_equal(controls(), "east-west segmentation");
	flow[0].protection = PROTECTION_TLS;
	assert_string_equal(controls(), "client authentication; east-west segmentation");
}

static void
a_plain_route_where_tls_is_due_was_declared_and_not_enforced(void **state)
{
	(void)state;
	found("path.relay", 10);
	spoke(21, 10, PROTECTION_PLAIN);
	declare(66, "kiosk");
	policy.service[policy.services++] = (struct policy_service){ .name = "hl7", .address = host(10), .port = 2575, .tls = true };
	assert_string_equal(controls(), "route authentication; trust in a declared device; east-west segmentation");
	assert_true(cause[0].declared);
	assert_non_null(strstr(cause[0].says, "the policy requires TLS"));
}

static void
a_card_that_joined_while_we_watched_asks_for_port_admission(void **state)
{
	(void)state;
	found("dhcp.starvation", 0);
	was_seen(21, "monitor", 100);
	was_seen(66, "kiosk", 940);
	assert_string_equal(controls(), "DHCP rate limit; port admission");
	assert_string_equal(cause[1].says, "card 02:00:00:00:00:42 (kiosk) joined at 1970-01-01T00:15:40.000000+00:00, 60 s before the first finding, and its switch port asked nobody whether it may");
}

static void
a_card_that_was_always_there_says_nothing_of_admission(void **state)
{
	(void)state;
	found("dhcp.starvation", 0);
	was_seen(21, "monitor", 100);
	was_seen(66, "kiosk", 101);
	assert_string_equal(controls(), "DHCP rate limit");
}

static void
a_card_that_no_declaration_knows_was_let_in_all_the_same(void **state)
{
	(void)state;
	found("dhcp.starvation", 0);
	was_seen(21, "monitor", 100);
	was_seen(66, "kiosk", 101);
	declare(21, "monitor");
	assert_string_equal(controls(), "DHCP rate limit; port admission");
	assert_true(cause[1].declared);
}

static void
a_rogue_server_is_undeclared_or_not_enforced(void **state)
{
	(void)state;
	found("dhcp.rogue", 21);
	assert_string_equal(controls(), "DHCP snooping");
	assert_string_equal(cause[0].key, "dhcp_servers");
	assert_non_null(strstr(cause[0].act, "declare it under dhcp_servers"));
	policy.given = true;
	policy.dhcps = 1;
	of.policy = &policy;
	assert_string_equal(controls(), "DHCP snooping");
	assert_string_equal(cause[0].key, "");
	assert_non_null(strstr(cause[0].says, "the policy declares who may give leases"));
}

static void
an_intercepted_service_asks_for_a_pin_or_for_clients_that_check(void **state)
{
	(void)state;
	found("tls.intercept", 30);
	assert_string_equal(controls(), "key pins");
	policy.given = true;
	policy.service[policy.services++] = (struct policy_service){ .name = "portal", .address = host(30), .port = 443, .pins = 1 };
	of.policy = &policy;
	assert_string_equal(controls(), "clients check the key");
}

static void
what_the_policy_allows_is_no_missing_segmentation(void **state)
{
	(void)state;
	found("path.relay", 10);
	policy.given = true;
	policy.flow[policy.flows++] = (struct policy_flow){ .from = { host(66), 32, false }, .to = { host(10), 32, false } };
	of.policy = &policy;
	assert_string_equal(controls(), "");
	policy.flow[0].to.addr = host(11);
	assert_string_equal(controls(), "east-west segmentation");
	assert_string_equal(cause[0].says, "the policy allows no flow from 10.20.3.66 to 10.20.3.10, and the network let it pass");
}

static void
a_broken_rule_is_told_in_the_words_of_its_finding(void **state)
{
	(void)state;
	found("policy.flow", 10);
	policy.given = true;
	policy.flows = 1;
	of.policy = &policy;
	assert_string_equal(controls(), "declared flows; east-west segmentation");
	assert_string_equal(cause[0].says, "a declared rule was broken and nothing enforced it: policy.flow of 10");
}

static void
one_place_alone_is_one_witness(void **state)
{
	(void)state;
	found("stp.takeover", 0);
	of.places = 1;
	assert_string_equal(controls(), "BPDU guard; second witness");
}

static void
an_incident_without_findings_blames_nothing(void **state)
{
	(void)state;
	of.places = 0;
	assert_string_equal(controls(), "");
}

static void
every_rule_at_once_fits_and_ends_its_texts(void **state)
{
	static struct finding many[512];

	(void)state;
	for (int i = 0; i < 512; i++) {
		many[i].victim_ip = host((uint8_t)i);
		snprintf(many[i].rule, sizeof many[i].rule, "%s", (const char *[]){ "arp.spoof", "tls.intercept", "policy.flow", "dhcp.rogue", "wpad", "wifi.deauth", "tls.strip", "path.relay" }[i % 8]);
		memset(many[i].says, 'x', sizeof many[i].says - 1);
	}
	of.finding = many;
	of.findings = 512;
	assert_true(controls()[0]);
	assert_true(causes < CAUSES);
	for (uint32_t i = 0; i < causes; i++)
		assert_true(memchr(cause[i].says, 0, sizeof cause[i].says) && memchr(cause[i].act, 0, sizeof cause[i].act));
}

static void
criticality_is_by_kind_and_guessed_from_roles_without(void **state)
{
	(void)state;
	assert_string_equal(harm_rank_of("Infusion pump", 0).level, "life-supporting");
	assert_string_equal(harm_rank_of("laptop", ROLE_HL7_SENDER).level, "low");
	assert_string_equal(harm_rank_of("", ROLE_HL7_SENDER).level, "high");
	assert_string_equal(harm_rank_of(NULL, ROLE_PACS).level, "medium");
	assert_string_equal(harm_rank_of("thing", 0).level, "unknown");
}

static void
patients_data_are_told_only_of_routes_between_victims(void **state)
{
	char       room[400];
	struct buf b = buf_over(room, sizeof room);

	(void)state;
	found("path.relay", 10);
	spoke(21, 10, PROTECTION_PLAIN);
	harm_phi(&of, &b);
	assert_string_equal(buf_string(&b), "");
	found("path.relay", 21);
	harm_phi(&of, &b);
	assert_string_equal(buf_string(&b), "1 clinical route in clear between the victims crossed the attacker's card: it could be read");
	buf_reset(&b);
	strcpy(finding[0].rule, "arp.spoof");
	strcpy(finding[1].rule, "arp.spoof");
	harm_phi(&of, &b);
	assert_non_null(strstr(buf_string(&b), "could have been diverted"));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup(f, begin)
	const struct CMUnitTest tests[] = {
		T(a_claimed_address_that_nothing_pins_asks_for_a_pin),
		T(a_pinned_address_was_declared_and_not_enforced),
		T(pinned_and_unpinned_victims_are_told_apart),
		T(a_relay_on_a_plain_route_asks_for_authentication_of_its_ends),
		T(a_relay_on_a_mutual_route_does_not_blame_the_route),
		T(a_plain_route_where_tls_is_due_was_declared_and_not_enforced),
		T(a_card_that_joined_while_we_watched_asks_for_port_admission),
		T(a_card_that_was_always_there_says_nothing_of_admission),
		T(a_card_that_no_declaration_knows_was_let_in_all_the_same),
		T(a_rogue_server_is_undeclared_or_not_enforced),
		T(an_intercepted_service_asks_for_a_pin_or_for_clients_that_check),
		T(what_the_policy_allows_is_no_missing_segmentation),
		T(a_broken_rule_is_told_in_the_words_of_its_finding),
		T(one_place_alone_is_one_witness),
		T(an_incident_without_findings_blames_nothing),
		T(every_rule_at_once_fits_and_ends_its_texts),
		T(criticality_is_by_kind_and_guessed_from_roles_without),
		T(patients_data_are_told_only_of_routes_between_victims),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
