#include "test/unit/check.h"
#include "wire/dhcp6.h"

static const char SOLICIT[] =
    "0127bbcc 0001000e000100013294ad358c1645000030 00060008 001700180027001f 00080002 0000 0003000c 450000300000 0e1000001518";
/* An advertisement of mitm6's kind: itself as resolver. */
static const char ADVERTISE[] =
    "0227bbcc 0002000a00030001b827eb000066 0001000e000100013294ad358c1645000030"
    "00030028 45000030 000000c8 000000fa 00050018 fe800000000000000000000000660001 0000012c 0000012c"
    "00070001ff 00170010fe80000000000000ba27ebfffe000066 0018000e08686f73706974616c036c616e00";

static void
an_advertisement_is_read(void **state)
{
	uint8_t      raw[256];
	struct dhcp6 d;
	struct mac   m;

	(void)state;
	assert_int_equal(dhcp6_parse(bytes_of(raw, unhex(ADVERTISE, raw, sizeof raw)), &d), OK);
	assert_int_equal(d.type, DHCP6_ADVERTISE);
	assert_int_equal(d.xid, 0x27bbcc);
	assert_int_equal(d.preference, 255);
	assert_int_equal(d.leases_n, 1);
	assert_int_equal(d.leases[0].valid, 300);
	assert_false(d.leases[0].prefix);
	assert_int_equal(d.leases[0].addr.b[13], 0x66);
	assert_int_equal(d.dns_n, 1);
	assert_int_equal(d.dns[0].b[15], 0x66);
	assert_true(bytes_equal(d.search, LIT("\x08hospital\x03lan\x00")));
	assert_true(dhcp6_duid_mac(d.server, &m));
	assert_int_equal(m.b[0], 0xb8);
	assert_true(dhcp6_duid_mac(d.client, &m));
	assert_int_equal(m.b[0], 0x8c);
}

static void
a_solicit_asks_for_an_address_without_one(void **state)
{
	uint8_t      raw[256];
	struct dhcp6 d;

	(void)state;
	assert_int_equal(dhcp6_parse(bytes_of(raw, unhex(SOLICIT, raw, sizeof raw)), &d), OK);
	assert_int_equal(d.type, DHCP6_SOLICIT);
	assert_int_equal(d.present, DHCP6_HAS_CLIENT | DHCP6_HAS_IA_NA);
	assert_int_equal(d.leases_n, 0);
}

static void
a_message_may_end_between_two_options_only(void **state)
{
	uint8_t raw[256];
	size_t  n = unhex(ADVERTISE, raw, sizeof raw), accepted = 0;

	(void)state;
	for (size_t cut = 0; cut < n; cut++) {
		struct dhcp6 d;
		uint8_t     *copy = malloc(cut ? cut : 1);
		memcpy(copy, raw, cut);
		accepted += dhcp6_parse(bytes_of(copy, cut), &d) == OK;
		free(copy);
	}
	assert_int_equal(accepted, 6);
}

/* All fields that a printer can be given, behind two relays. */
static struct dhcp6
relayed(void)
{
	struct dhcp6 d = {
		.relays = { { .type = DHCP6_RELAY_REPL, .hops = 1 }, { .type = DHCP6_RELAY_REPL, .peer.b = { 0xfe, 0x80, [15] = 9 } } },
		.relays_n = 2,
		.type = DHCP6_REPLY,
		.xid = 0x123456,
		.present = DHCP6_HAS_CLIENT | DHCP6_HAS_IA_NA | DHCP6_HAS_IA_PD | DHCP6_HAS_DNS | DHCP6_HAS_FQDN,
		.client = LIT("\x00\x03\x00\x01\x02\x00\x00\x00\x00\x07"),
		.leases = {
			{ .addr.b = { 0x20, 1 }, .bits = 128, .preferred = 1, .valid = 2 },
			{ .addr.b = { 0x20, 2 }, .bits = 56, .prefix = true, .preferred = 3, .valid = 4 },
		},
		.leases_n = 2,
		.dns = { { .b = { 0xfd, [15] = 1 } }, { .b = { 0xfd, [15] = 2 } } },
		.dns_n = 2,
		.fqdn_flags = 1,
		.fqdn = LIT("\x03pc1\x00"),
	};
	return d;
}

static void
what_was_printed_behind_two_relays_is_read_the_same(void **state)
{
	uint8_t      raw[512], two[512];
	struct dhcp6 d = relayed(), r;
	struct buf   b = buf_over(raw, sizeof raw), c = buf_over(two, sizeof two);

	(void)state;
	dhcp6_print(&d, &b);
	assert_int_equal(dhcp6_parse(buf_bytes(&b), &r), OK);
	assert_int_equal(r.relays_n, 2);
	assert_int_equal(r.relays[1].peer.b[15], 9);
	assert_int_equal(r.type, DHCP6_REPLY);
	assert_int_equal(r.xid, 0x123456);
	assert_int_equal(r.present, d.present);
	assert_memory_equal(r.leases, d.leases, sizeof d.leases);
	assert_memory_equal(r.dns, d.dns, sizeof d.dns);
	assert_true(bytes_equal(r.fqdn, d.fqdn));
	dhcp6_print(&r, &c);
	assert_true(bytes_equal(buf_bytes(&b), buf_bytes(&c)));
	EVERY_TRUNCATION_REFUSED(dhcp6_parse, struct dhcp6, buf_bytes(&b));
}

static void
only_a_duid_of_an_ethernet_card_tells_one(void **state)
{
	struct mac m;

	(void)state;
	assert_false(dhcp6_duid_mac((struct bytes){ 0 }, &m));
	assert_false(dhcp6_duid_mac(LIT("\x00\x03\x00\x06\x02\x00\x00\x00\x00\x07"), &m));
	assert_false(dhcp6_duid_mac(LIT("\x00\x02\x00\x01\x02\x00\x00\x00\x00\x07"), &m));
	assert_false(dhcp6_duid_mac(LIT("\x00\x03\x00\x01\x02\x00\x00\x00\x00\x07\x00"), &m));
	assert_true(dhcp6_duid_mac(LIT("\x00\x03\x00\x01\x02\x00\x00\x00\x00\x07"), &m));
}

static void
nine_relays_are_too_many(void **state)
{
	uint8_t      raw[512];
	struct dhcp6 d = relayed(), r;
	struct buf   b = buf_over(raw, sizeof raw);

	(void)state;
	d.relays_n = 8;
	for (unsigned i = 0; i < 8; i++)
		d.relays[i].type = DHCP6_RELAY_FORW;
	d.type = DHCP6_RELAY_FORW;
	dhcp6_print(&d, &b);
	assert_int_equal(dhcp6_parse(buf_bytes(&b), &r), ERR_LIMIT);
}

static void
a_relay_without_a_message_is_refused(void **state)
{
	uint8_t      raw[34] = { DHCP6_RELAY_FORW };
	struct dhcp6 d;

	(void)state;
	assert_int_equal(dhcp6_parse(bytes_of(raw, sizeof raw), &d), ERR_FORM);
}

static void
more_than_eight_leases_keep_the_first_eight(void **state)
{
	uint8_t      raw[512];
	struct dhcp6 d = relayed(), r;
	struct buf   b = buf_over(raw, sizeof raw);

	(void)state;
	d.relays_n = 0;
	d.leases_n = DHCP6_LEASES_MAX;
	d.present = DHCP6_HAS_IA_NA;
	for (unsigned i = 0; i < 8; i++)
		d.leases[i].prefix = false;
	dhcp6_print(&d, &b);
	buf_put(&b, raw + 4, 44); /* the first once more */
	assert_int_equal(dhcp6_parse(buf_bytes(&b), &r), OK);
	assert_int_equal(r.leases_n, 8);
	assert_true(r.more);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_advertisement_is_read),
		cmocka_unit_test(a_solicit_asks_for_an_address_without_one),
		cmocka_unit_test(a_message_may_end_between_two_options_only),
		cmocka_unit_test(what_was_printed_behind_two_relays_is_read_the_same),
		cmocka_unit_test(only_a_duid_of_an_ethernet_card_tells_one),
		cmocka_unit_test(nine_relays_are_too_many),
		cmocka_unit_test(a_relay_without_a_message_is_refused),
		cmocka_unit_test(more_than_eight_leases_keep_the_first_eight),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
