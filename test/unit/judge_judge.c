#include "judge/judge.h"
#include "test/unit/check.h"

#include <stdio.h>

static struct judge  *judge;
static struct finding told[256];
static unsigned       findings, incidents;
static int64_t        now; /* milliseconds */

enum { DOMAIN = 7, OWNER = 0x0009fb01, THIEF = 0x3827eb66, OTHER = 0x0c164530 };

static void
on_finding(void *context, const struct finding *f)
{
	(void)context;
	if (findings < sizeof told / sizeof *told)
		told[findings] = *f;
	findings++;
}

static void
on_incident(void *context, const struct incident *i)
{
	(void)context;
	(void)i;
	incidents++;
}

static void
make(const struct policy *policy)
{
	struct judge_config config = { .memory = 1 << 20, .seed = 1, .policy = policy };
	struct judge_out    out = { .finding = on_finding, .incident = on_incident };

	judge_free(judge);
	judge = judge_new(&config, &out);
	assert_non_null(judge);
}

static int
begin(void **state)
{
	(void)state;
	make(NULL);
	findings = incidents = 0;
	now = INT64_C(1700000000000);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	judge_free(judge);
	judge = NULL;
	return 0;
}

static struct mac
card(uint32_t n)
{
	return (struct mac){ { (uint8_t)(n >> 24 & 0xfe), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n, 0, 1 } };
}

static struct addr
host(uint32_t n)
{
	return addr_v4((const uint8_t[]){ 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n });
}

/* who says that address is at of, ms after the last claim. */
static void
say(int64_t ms, enum witness w, uint32_t address, uint32_t of, uint32_t marks)
{
	static uint64_t frame;
	struct claim    c = { .fact = FACT_BINDING, .witness = (uint8_t)w, .domain = DOMAIN, .marks = marks | MARK_ON_LINK };

	now += ms;
	c.when.us = c.steady.us = now * 1000;
	c.frame = ++frame;
	c.subject = key_addr(host(address));
	c.value = key_mac(card(of));
	c.speaker = card(of);
	c.speaker_ip = host(address);
	judge_see(judge, &c);
}

/* Has its address, and is known to. */
static void
settle(uint32_t address, uint32_t of)
{
	for (int i = 0; i < 6; i++)
		say(1000, i ? WITNESS_TRAFFIC : WITNESS_ARP, address, of, i ? MARK_USED : MARK_ANSWERED);
}

static unsigned
serious(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < findings; i++)
		n += told[i].severity < 4;
	return n;
}

static void
expect(unsigned i, const char *rule, uint32_t culprit)
{
	assert_true(findings > i);
	assert_string_equal(told[i].rule, rule);
	assert_true(culprit ? mac_equal(told[i].attacker, card(culprit)) : mac_zero(told[i].attacker));
	assert_true(culprit ? told[i].confidence > 0 : told[i].confidence == 0);
}

static void
an_address_told_of_another_card_while_its_owner_speaks_on_is_a_finding_that_names_who_came_later(void **state)
{
	(void)state;
	settle(1, OWNER);
	say(500, WITNESS_ARP, 1, THIEF, MARK_PUSHED);
	assert_int_equal(findings, 0); /* so far only announced */
	say(100, WITNESS_TRAFFIC, 1, OWNER, MARK_USED);
	assert_int_equal(findings, 1);
	expect(0, "arp.spoof", THIEF);
	assert_int_equal(told[0].severity, 1);
	assert_string_equal(told[0].witness_a, "arp");
	assert_string_equal(told[0].witness_b, "arp");
	assert_int_equal(incidents, 1);
}

static void
one_contradiction_is_one_finding_however_often_it_is_said(void **state)
{
	(void)state;
	settle(1, OWNER);
	for (int i = 0; i < 50; i++) {
		say(500, WITNESS_ARP, 1, THIEF, MARK_PUSHED);
		say(100, WITNESS_TRAFFIC, 1, OWNER, MARK_USED);
	}
	assert_int_equal(serious(), 1);
}

static void
two_packets_that_may_have_changed_places_are_no_overlap(void **state)
{
	(void)state;
	settle(1, OWNER);
	say(500, WITNESS_TRAFFIC, 1, OTHER, MARK_USED);
	say(10, WITNESS_TRAFFIC, 1, OWNER, MARK_USED);
	judge_end(judge);
	assert_int_equal(serious(), 0);
}

static void
an_address_that_moves_when_its_owner_has_fallen_silent_wakes_nobody(void **state)
{
	(void)state;
	settle(1, OWNER);
	say(130 * 1000, WITNESS_ARP, 1, OTHER, MARK_ANNOUNCED);
	for (int i = 0; i < 20; i++)
		say(1000, WITNESS_TRAFFIC, 1, OTHER, MARK_USED);
	judge_end(judge);
	assert_int_equal(serious(), 0);
}

static void
a_lease_explains_the_new_card(void **state)
{
	(void)state;
	settle(1, OWNER);
	say(500, WITNESS_DHCP, 1, OTHER, 0);
	say(100, WITNESS_ARP, 1, OTHER, MARK_ANNOUNCED);
	for (int i = 0; i < 20; i++)
		say(1000, WITNESS_TRAFFIC, 1, OTHER, MARK_USED);
	judge_end(judge);
	assert_int_equal(serious(), 0);
	assert_true(judge_counts(judge)->explained > 0);
}

static void
between_two_values_that_are_only_believed_nobody_is_named(void **state)
{
	(void)state;
	say(0, WITNESS_ARP, 1, OWNER, MARK_ANSWERED);
	say(500, WITNESS_ARP, 1, THIEF, MARK_PUSHED);
	say(100, WITNESS_TRAFFIC, 1, OWNER, MARK_USED);
	judge_end(judge);
	assert_int_equal(serious(), 1);
	expect(0, "arp.spoof", 0);
}

static void
a_card_that_carries_others_packets_is_convicted_and_needs_no_overlap(void **state)
{
	struct claim path = { .fact = FACT_PATH, .witness = WITNESS_TRAFFIC, .domain = DOMAIN, .marks = MARK_BOTH_LOCAL | MARK_ON_LINK };

	(void)state;
	settle(1, OWNER);
	settle(2, OTHER);
	path.when.us = path.steady.us = now * 1000;
	path.subject = key_pair(host(1), host(2));
	path.value = key_mac(card(THIEF));
	path.speaker = card(THIEF);
	judge_see(judge, &path);
	expect(0, "path.relay", THIEF);
	assert_int_equal(told[0].confidence, 95);
	say(100, WITNESS_ARP, 1, THIEF, MARK_ANNOUNCED);
	expect(1, "arp.spoof", THIEF);
	assert_int_equal(told[1].confidence, 95);
	assert_string_equal(told[0].incident, told[1].incident);
}

static void
more_findings_of_a_rule_than_anyone_reads_are_counted_and_not_told(void **state)
{
	(void)state;
	for (uint32_t a = 1; a <= 60; a++)
		say(1, WITNESS_TRAFFIC, a, OWNER + a, MARK_USED);
	for (uint32_t a = 1; a <= 60; a++) {
		say(30, WITNESS_ARP, a, THIEF, MARK_PUSHED);
		say(30, WITNESS_TRAFFIC, a, OWNER + a, MARK_USED);
	}
	assert_true(serious() >= 10 && serious() <= 30);
	assert_true(judge_counts(judge)->withheld >= 30);
	/* The next that is told says how many there were. */
	unsigned before = findings;
	now += 70 * 1000;
	say(0, WITNESS_TRAFFIC, 100, OWNER + 100, MARK_USED);
	say(500, WITNESS_ARP, 100, THIEF, MARK_PUSHED);
	say(100, WITNESS_TRAFFIC, 100, OWNER + 100, MARK_USED);
	assert_true(findings > before);
	assert_true(told[before].count > 30);
}

static void
what_the_policy_declares_is_known_from_the_first_packet(void **state)
{
	static struct policy p;

	(void)state;
	memset(&p, 0, sizeof p);
	p.given = true;
	p.devices = 1;
	p.device[0].address = host(1);
	p.device[0].card = card(OWNER);
	make(&p);
	say(0, WITNESS_TRAFFIC, 1, OWNER, MARK_USED);
	assert_int_equal(findings, 0);
	say(100, WITNESS_ARP, 1, THIEF, MARK_ANNOUNCED);
	expect(0, "arp.spoof", THIEF);
	assert_string_equal(told[0].witness_a, "policy");
}

/* A server at host 1, port 443, shows key n for a name; signed below the site's root, if ours. */
static void
shows(const char *name, uint8_t n, bool ours)
{
	struct claim c = { .fact = FACT_KEY, .witness = WITNESS_TLS, .domain = DOMAIN, .speaker = { { 0, 9, 0xfb, 1, 2, n } }, .port = 443 };
	uint64_t     hash = claim_name_hash(bytes_text(name));

	now += 1000;
	c.when.us = c.steady.us = now * 1000;
	c.subject = key_service(host(1), 443);
	memcpy(c.subject.b + 18, &hash, sizeof hash);
	c.value.b[0] = n;
	c.other.b[0] = ours ? 0xaa : 0xbb;
	c.marks = ours ? MARK_ISSUED : 0;
	judge_see(judge, &c);
}

static void
a_key_that_the_sites_own_ca_did_not_certify_for_a_name_is_an_interception(void **state)
{
	static struct policy p;

	(void)state;
	memset(&p, 0, sizeof p);
	p.given = true;
	p.authorities = 2;
	p.root_key[0] = 0xaa;
	p.issueds = 1;
	p.issued[0].name = claim_name_hash(LIT("pacs.hospital.example"));
	p.issued[0].key[0] = 1;
	make(&p);
	shows("PACS.hospital.example", 1, true); /* the one it certified */
	shows("pacs.hospital.example", 2, true); /* renewed since, by the same CA */
	shows("www.elsewhere.example", 3, false); /* no name of ours */
	assert_int_equal(findings, 0);
	shows("pacs.hospital.example", 4, false);
	assert_int_equal(findings, 1);
	assert_string_equal(told[0].rule, "tls.intercept");
	assert_string_equal(told[0].witness_a, "pki");
	assert_string_equal(told[0].witness_b, "tls");
}

static void
both_cards_of_a_device_in_the_policy_may_have_its_address(void **state)
{
	static struct policy p;

	(void)state;
	memset(&p, 0, sizeof p);
	p.given = true;
	p.devices = 1;
	p.device[0].address = host(1);
	p.device[0].card = card(OWNER);
	p.device[0].second_card = card(OTHER);
	make(&p);
	for (int i = 0; i < 20; i++)
		say(500, WITNESS_ARP, 1, i & 1 ? OWNER : OTHER, MARK_ANNOUNCED);
	judge_end(judge);
	assert_int_equal(serious(), 0);
}

/* A client comes to the service that two rules of p govern; us: of the capture. */
static void
come(int64_t us)
{
	struct claim c = { .fact = FACT_FLOW, .witness = WITNESS_TRAFFIC, .domain = DOMAIN, .port = 443 };

	now += 1;
	c.steady.us = now * 1000;
	c.when.us = us;
	c.subject = key_addr(host(10));
	c.value = key_addr(host(66));
	c.speaker_ip = host(66);
	judge_see(judge, &c);
}

static void
a_rule_of_the_policy_allows_nothing_after_its_last_day(void **state)
{
	(void)state;
	enum { LAST = 1830297600 }; /* 2028-01-01 */
	static struct policy p;

	p.given = true;
	p.flow[p.flows++] = (struct policy_flow){ .from = { host(66), 32, false }, .to = { host(10), 32, false }, .until = { LAST * INSTANT_SECOND } };
	make(&p);
	come(LAST * INSTANT_SECOND - 1);
	assert_int_equal(findings, 0);
	come(LAST * INSTANT_SECOND);
	assert_int_equal(findings, 1);
	assert_string_equal(told[0].rule, "policy.flow");
}

static void
every_access_point_the_policy_names_may_beacon_however_many(void **state)
{
	enum { STRANGER = 200 };
	static struct policy p;

	(void)state;
	memset(&p, 0, sizeof p);
	p.given = true;
	p.ssids = 1;
	memcpy(p.ssid[0].name, "WARD", 5);
	p.ssid[0].security = 5;
	p.ssid[0].bssids = 9;
	for (uint32_t i = 0; i < 9; i++)
		p.ssid[0].bssid[i] = card(100 + i);
	make(&p);
	for (uint32_t i = 0; i <= 40; i++) {
		struct claim c;
		uint32_t     ap = i == 40 ? STRANGER : 108 - i % 9; /* the last named is heard first */
		memset(&c, 0, sizeof c);
		now += 100000;
		c.fact = FACT_SSID;
		c.witness = WITNESS_WIFI;
		c.domain = 1;
		c.when.us = c.steady.us = now;
		c.subject = key_text(bytes_text("WARD"));
		c.value = key_mac(card(ap));
		c.other = key_number(ap == STRANGER ? 8 : 7); /* of another make */
		c.speaker = card(ap);
		c.number = 5;
		assert_int_equal(serious(), 0);
		judge_see(judge, &c);
	}
	assert_int_equal(serious(), 1);
	assert_string_equal(told[0].rule, "wifi.evil-twin");
}

static void
a_lease_does_not_overrule_the_policy(void **state)
{
	static struct policy p;

	(void)state;
	memset(&p, 0, sizeof p);
	p.given = true;
	p.devices = 1;
	p.device[0].address = host(1);
	p.device[0].card = card(OWNER);
	make(&p);
	say(0, WITNESS_TRAFFIC, 1, OWNER, MARK_USED);
	say(100, WITNESS_DHCP, 1, THIEF, 0);
	assert_int_equal(serious(), 1);
}

static void
a_flood_of_invented_facts_does_not_wash_out_what_is_known(void **state)
{
	(void)state;
	settle(1, OWNER);
	for (uint32_t i = 0; i < 100000; i++) {
		now += i % 100 == 0;
		say(0, WITNESS_ARP, 0x10000 + i, 0x02000000 + i, MARK_ANNOUNCED);
	}
	assert_true(judge_counts(judge)->facts_evicted > 50000);
	say(500, WITNESS_ARP, 1, THIEF, MARK_PUSHED);
	say(100, WITNESS_TRAFFIC, 1, OWNER, MARK_USED);
	assert_int_equal(serious(), 1);
	expect(findings - 1, "arp.spoof", THIEF);
}

static void
facts_of_one_domain_say_nothing_about_another(void **state)
{
	struct claim c = { .fact = FACT_BINDING, .witness = WITNESS_ARP, .domain = DOMAIN + 1, .marks = MARK_PUSHED | MARK_ON_LINK };

	(void)state;
	settle(1, OWNER);
	c.when.us = c.steady.us = now * 1000 + 1000;
	c.subject = key_addr(host(1));
	c.value = key_mac(card(OTHER));
	c.speaker = card(OTHER);
	judge_see(judge, &c);
	settle(1, OWNER);
	assert_int_equal(findings, 0);
}

static void
a_second_address_announced_by_a_server_that_moves_it_wakes_nobody(void **state)
{
	(void)state;
	settle(1, OWNER);
	/* The old card falls silent with the announcement, though it would live on for two minutes. */
	say(500, WITNESS_ARP, 1, OTHER, MARK_ANNOUNCED);
	for (int i = 0; i < 100; i++)
		say(1000, WITNESS_TRAFFIC, 1, OTHER, MARK_USED);
	judge_end(judge);
	assert_int_equal(serious(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_address_told_of_another_card_while_its_owner_speaks_on_is_a_finding_that_names_who_came_later),
		TEST(one_contradiction_is_one_finding_however_often_it_is_said),
		TEST(two_packets_that_may_have_changed_places_are_no_overlap),
		TEST(an_address_that_moves_when_its_owner_has_fallen_silent_wakes_nobody),
		TEST(a_lease_explains_the_new_card),
		TEST(between_two_values_that_are_only_believed_nobody_is_named),
		TEST(a_card_that_carries_others_packets_is_convicted_and_needs_no_overlap),
		TEST(more_findings_of_a_rule_than_anyone_reads_are_counted_and_not_told),
		TEST(what_the_policy_declares_is_known_from_the_first_packet),
		TEST(a_key_that_the_sites_own_ca_did_not_certify_for_a_name_is_an_interception),
		TEST(both_cards_of_a_device_in_the_policy_may_have_its_address),
		TEST(a_rule_of_the_policy_allows_nothing_after_its_last_day),
	TEST(every_access_point_the_policy_names_may_beacon_however_many),
		TEST(a_lease_does_not_overrule_the_policy),
		TEST(a_flood_of_invented_facts_does_not_wash_out_what_is_known),
		TEST(facts_of_one_domain_say_nothing_about_another),
		TEST(a_second_address_announced_by_a_server_that_moves_it_wakes_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
