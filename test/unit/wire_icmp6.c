#include "test/unit/check.h"
#include "wire/icmp6.h"

/* From a wire: dnsmasq's advertisement, a rogue one of high preference, a forged neighbour advertisement. */
static const char ADVERT[] =
    "8600d258 40c00258 00000000 00000000 030440c0 0000012c 0000012c 00000000 fd770000000000000000000000000000"
    "05010000000005dc 0101001b54000001 190300000000012cfe80000000000000021b54fffe000001";
static const char ROGUE[] =
    "8600ed57 40080708 00000000 00000000 0101b827eb000066 030440c0 ffffffff ffffffff 00000000 fd660000000000000000000000000000"
    "190300000000012cfe80000000000000ba27ebfffe000066";
static const char NEIGHBOUR[] = "8800a744 60000000 fd770000000000000000000000000011 0201b827eb000066";
static const char SOLICITATION[] = "8700b838 00000000 fd770000000000008e1645fffe000030 0101002590000011";

static void
a_router_advertisement_is_read(void **state)
{
	uint8_t      raw[128];
	struct icmp6 i;

	(void)state;
	assert_int_equal(icmp6_parse(bytes_of(raw, unhex(ADVERT, raw, sizeof raw)), &i), OK);
	assert_int_equal(i.type, ICMP6_RA);
	assert_int_equal(i.hop_limit, 64);
	assert_true(i.managed && i.other);
	assert_int_equal(i.preference, ICMP6_MEDIUM);
	assert_int_equal(i.lifetime, 600);
	assert_int_equal(i.prefixes_n, 1);
	assert_int_equal(i.prefixes[0].bits, 64);
	assert_true(i.prefixes[0].on_link && i.prefixes[0].autonomous);
	assert_int_equal(i.prefixes[0].valid, 300);
	assert_int_equal(i.mtu, 1500);
	assert_int_equal(i.source_mac.b[1], 0x1b);
	assert_int_equal(i.dns_n, 1);
	assert_int_equal(i.dns[0].lifetime, 300);
	assert_int_equal(i.present, ICMP6_HAS_SOURCE | ICMP6_HAS_MTU);
}

static void
a_rogue_router_prefers_itself(void **state)
{
	uint8_t      raw[128];
	struct icmp6 i;

	(void)state;
	assert_int_equal(icmp6_parse(bytes_of(raw, unhex(ROGUE, raw, sizeof raw)), &i), OK);
	assert_int_equal(i.preference, ICMP6_HIGH);
	assert_int_equal(i.lifetime, 1800);
	assert_int_equal(i.prefixes[0].valid, 0xffffffff);
}

static void
a_neighbour_advertisement_is_read(void **state)
{
	uint8_t      raw[64];
	struct icmp6 i;

	(void)state;
	assert_int_equal(icmp6_parse(bytes_of(raw, unhex(NEIGHBOUR, raw, sizeof raw)), &i), OK);
	assert_false(i.router);
	assert_true(i.solicited && i.override);
	assert_int_equal(i.target.b[15], 0x11);
	assert_int_equal(i.target_mac.b[5], 0x66);
}

static void
printing_what_was_parsed_gives_the_same_bytes(void **state)
{
	static const char *const packets[] = {
		ROGUE, NEIGHBOUR, SOLICITATION, "8500 1234 00000000 0101002590000011", "8000a3e0 0412 0004 a0f0",
		"0200 0000 00000500 6000", "8f00 0000 00000001",
		"8900 0000 00000000 fe800000000000000000000000000066 20010000000000000000000000000001"
		"0201b827eb000066 0402000000000000 6000000000000001",
		/* routes of every width */
		"8600 0000 40180000 00000000 00000000 1801 0008 00000e10 1802 4018 00000e10 fd77000000000000"
		"1803 6000 00000e10 fd770000000000000000000100000000",
	};

	(void)state;
	for (size_t k = 0; k < sizeof packets / sizeof *packets; k++) {
		uint8_t      raw[128], again[128];
		struct icmp6 i;
		size_t       n = unhex(packets[k], raw, sizeof raw);
		struct buf   b = buf_over(again, sizeof again);
		assert_int_equal(icmp6_parse(bytes_of(raw, n), &i), OK);
		assert_false(i.misshapen);
		icmp6_print(&i, &b);
		assert_true(bytes_equal(buf_bytes(&b), bytes_of(raw, n)));
	}
}

static void
a_packet_may_end_between_two_options_only(void **state)
{
	uint8_t raw[128];
	size_t  n = unhex(ADVERT, raw, sizeof raw), accepted = 0;

	(void)state;
	for (size_t cut = 0; cut < n; cut++) {
		struct icmp6 i;
		uint8_t     *copy = malloc(cut ? cut : 1);
		memcpy(copy, raw, cut);
		accepted += icmp6_parse(bytes_of(copy, cut), &i) == OK;
		free(copy);
	}
	assert_int_equal(accepted, 4);
}

static void
an_option_of_length_zero_is_refused(void **state)
{
	uint8_t      raw[64];
	struct icmp6 i;
	size_t       n = unhex(NEIGHBOUR, raw, sizeof raw);

	(void)state;
	raw[25] = 0;
	assert_int_equal(icmp6_parse(bytes_of(raw, n), &i), ERR_FORM);
}

static void
a_prefix_keeps_only_the_bits_it_claims(void **state)
{
	uint8_t      raw[128];
	struct icmp6 i;
	size_t       n = unhex(ADVERT, raw, sizeof raw);

	(void)state;
	raw[18] = 4;
	assert_int_equal(icmp6_parse(bytes_of(raw, n), &i), OK);
	assert_int_equal(i.prefixes[0].net.b[0], 0xf0);
	assert_int_equal(i.prefixes[0].net.b[1], 0);
	raw[18] = 129;
	assert_int_equal(icmp6_parse(bytes_of(raw, n), &i), OK);
	assert_int_equal(i.prefixes_n, 0);
	assert_true(i.misshapen);
}

static void
more_than_four_resolvers_keep_the_first_four(void **state)
{
	uint8_t      raw[128] = { ICMP6_RA };
	struct icmp6 i;

	(void)state;
	raw[16] = 25;
	raw[17] = 1 + 5 * 2;
	assert_int_equal(icmp6_parse(bytes_of(raw, 16 + 11 * 8), &i), OK);
	assert_int_equal(i.dns_n, 4);
	assert_true(i.more);
}

static void
a_route_of_reserved_preference_is_ignored(void **state)
{
	uint8_t      raw[64];
	struct icmp6 i;
	size_t       n = unhex("8600 0000 40100000 00000000 00000000 1801 0010 00000e10", raw, sizeof raw);

	(void)state;
	assert_int_equal(icmp6_parse(bytes_of(raw, n), &i), OK);
	assert_int_equal(i.routes_n, 0);
	assert_int_equal(i.preference, ICMP6_MEDIUM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_router_advertisement_is_read),
		cmocka_unit_test(a_rogue_router_prefers_itself),
		cmocka_unit_test(a_neighbour_advertisement_is_read),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes),
		cmocka_unit_test(a_packet_may_end_between_two_options_only),
		cmocka_unit_test(an_option_of_length_zero_is_refused),
		cmocka_unit_test(a_prefix_keeps_only_the_bits_it_claims),
		cmocka_unit_test(more_than_four_resolvers_keep_the_first_four),
		cmocka_unit_test(a_route_of_reserved_preference_is_ignored),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
