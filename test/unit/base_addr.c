#include "base/addr.h"

#include <arpa/inet.h>

#include "test/unit/check.h"

static struct addr
at(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(bytes_text(text), &a), OK);
	return a;
}

static void
addresses_are_written_as_they_are_read(void **state)
{
	static const char *const all[] = { "10.77.0.10", "0.0.0.0", "255.255.255.255", "192.0.2.99", "::", "::1", "2001:db8::1", "fe80::21b:54ff:fe0a:1" };

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		uint8_t    raw[64];
		struct buf b = buf_over(raw, sizeof raw);
		addr_print(at(all[i]), &b);
		assert_string_equal(buf_string(&b), all[i]);
	}
}

static void
ipv6_is_written_as_the_library_writes_it(void **state)
{
	static const uint8_t some[] = { 0, 0, 0, 1, 9, 0x10, 0xff };
	uint32_t             turn = 1;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct addr a;
		char        text[INET6_ADDRSTRLEN];
		uint8_t     raw[64];
		struct buf  b = buf_over(raw, sizeof raw);
		for (size_t k = 0; k < sizeof a.b; k++) {
			turn = turn * 1664525 + 1013904223;
			a.b[k] = k % 2 && turn >> 31 ? (uint8_t)(turn >> 20) : some[(turn >> 16) % sizeof some];
		}
		if (i % 4 == 0)
			memset(a.b, 0, 12);
		if (addr_is_v4(a))
			continue;
		addr_print(a, &b);
		assert_string_equal(buf_string(&b), inet_ntop(AF_INET6, a.b, text, sizeof text));
	}
}

static void
what_is_no_address_is_refused(void **state)
{
	static const char *const all[] = { "", "10.77.0", "10.77.0.256", "10.77.0.1 ", "2001:db8", "::1::", "ehr", "10.77.0.1/24",
		                           "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000" };
	struct addr              a;

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (addr_parse(bytes_text(all[i]), &a) == OK)
			fail_msg("accepted %s", all[i]);
}

static void
cards_are_read_with_colons_or_dashes_and_written_with_colons(void **state)
{
	uint8_t    raw[32];
	struct buf b = buf_over(raw, sizeof raw);
	struct mac m;

	(void)state;
	assert_int_equal(mac_parse(LIT("00-09-FB-00-00-21"), &m), OK);
	mac_print(m, &b);
	assert_string_equal(buf_string(&b), "00:09:fb:00:00:21");
	assert_int_equal(mac_parse(LIT("00:09:fb:00:00:2"), &m), ERR_FORM);
	assert_int_equal(mac_parse(LIT("00:09:fb:00:00:2g"), &m), ERR_FORM);
	assert_int_equal(mac_parse(LIT("00:09:fb:00:00.21"), &m), ERR_FORM);
}

static void
a_prefix_counts_its_bits_within_the_family(void **state)
{
	(void)state;
	assert_true(addr_within(at("10.20.3.7"), at("10.20.3.0"), 24));
	assert_false(addr_within(at("10.20.4.7"), at("10.20.3.0"), 24));
	assert_true(addr_within(at("10.20.3.127"), at("10.20.3.0"), 25));
	assert_false(addr_within(at("10.20.3.128"), at("10.20.3.0"), 25));
	assert_true(addr_within(at("192.0.2.1"), at("10.0.0.0"), 0));
	assert_false(addr_within(at("2001:db8::1"), at("10.0.0.0"), 0));
	assert_true(addr_within(at("2001:db8:10::5"), at("2001:db8:10::"), 48));
	assert_false(addr_within(at("10.20.3.7"), at("10.20.3.7"), 33));
	assert_true(addr_within(at("::7"), at("::7"), 128));
}

static void
addresses_with_a_meaning_of_their_own_are_known(void **state)
{
	(void)state;
	assert_true(addr_none(at("0.0.0.0")) && addr_none(at("::")) && !addr_none(at("::1")));
	assert_true(addr_link_local(at("169.254.1.1")) && addr_link_local(at("fe80::1")) && addr_link_local(at("febf::1")) && !addr_link_local(at("fec0::1")));
	assert_true(addr_group(at("224.0.0.1")) && addr_group(at("255.255.255.255")) && addr_group(at("ff02::1")) && !addr_group(at("10.0.0.255")));
	assert_true(addr_loopback(at("127.0.0.53")) && addr_loopback(at("::1")) && !addr_loopback(at("::2")));
	assert_true(mac_group((struct mac){ { 1 } }) && !mac_group((struct mac){ { 2 } }) && mac_zero((struct mac){ { 0 } }));
}

static void
an_ipv4_address_is_its_mapped_ipv6_address(void **state)
{
	(void)state;
	assert_true(addr_equal(at("::ffff:10.77.0.10"), at("10.77.0.10")));
	assert_true(addr_is_v4(at("::ffff:10.77.0.10")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_written_as_they_are_read),
		cmocka_unit_test(ipv6_is_written_as_the_library_writes_it),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(cards_are_read_with_colons_or_dashes_and_written_with_colons),
		cmocka_unit_test(a_prefix_counts_its_bits_within_the_family),
		cmocka_unit_test(addresses_with_a_meaning_of_their_own_are_known),
		cmocka_unit_test(an_ipv4_address_is_its_mapped_ipv6_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
