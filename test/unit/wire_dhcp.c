#include "test/unit/check.h"
#include "wire/dhcp.h"

/* An offer of a rogue server, as dnsmasq sends it: itself as router and resolver. */
static const char OFFER[] = "02010600 67730a29 0000 0000 00000000 0a4d00ae 0a4d0042 00000000 0009fb000022";
static const char OFFERED[] = "63825363 350102 36040a4d0042 330400000078 3a040000003c 3b0400000069 0104ffffff00 1c040a4d00ff 06040a4d0042 03040a4d0042 ff";
/* A discover of busybox's client. */
static const char DISCOVER[] = "01010600 67730a29 0000 0000 00000000 00000000 00000000 00000000 0009fb000022";
static const char WANTED[] = "63825363 350101 39020240 37070103060c0f1c2a 3c0c756468637020312e33352e30 3d07010009fb000022 ff";

/* A packet of a head up to the card address, a server name, a file name and options; its length. */
static size_t
packet(const char *head, const char *sname, const char *file, const char *options, uint8_t *raw, size_t cap)
{
	memset(raw, 0, cap);
	unhex(head, raw, cap);
	unhex(sname, raw + 44, 64);
	unhex(file, raw + 108, 128);
	return 236 + unhex(options, raw + 236, cap - 236);
}

static void
an_offer_is_read(void **state)
{
	uint8_t     raw[512];
	struct dhcp d;
	size_t      n = packet(OFFER, "", "", OFFERED, raw, sizeof raw);

	(void)state;
	assert_int_equal(dhcp_parse(bytes_of(raw, n), &d), OK);
	assert_int_equal(d.op, DHCP_BOOTREPLY);
	assert_int_equal(d.type, DHCP_OFFER);
	assert_int_equal(d.xid, 0x67730a29);
	assert_int_equal(d.yiaddr.b[15], 0xae);
	assert_int_equal(d.chaddr.b[5], 0x22);
	assert_int_equal(d.lease, 120);
	assert_int_equal(d.server.b[15], 0x42);
	assert_int_equal(d.mask.b[14], 255);
	assert_int_equal(d.routers.n, 1);
	assert_int_equal(d.dns.v[0].b[15], 0x42);
	assert_int_equal(d.present, DHCP_HAS_TYPE | DHCP_HAS_SERVER | DHCP_HAS_LEASE | DHCP_HAS_MASK | DHCP_HAS_ROUTERS | DHCP_HAS_DNS);
	assert_false(d.unended || d.repeated || d.misshapen);
}

static void
a_discover_tells_who_asks_for_what(void **state)
{
	uint8_t     raw[512];
	struct dhcp d;
	size_t      n = packet(DISCOVER, "", "", WANTED, raw, sizeof raw);

	(void)state;
	assert_int_equal(dhcp_parse(bytes_of(raw, n), &d), OK);
	assert_int_equal(d.type, DHCP_DISCOVER);
	assert_true(bytes_equal(d.vendor, bytes_text("udhcp 1.35.0")));
	assert_int_equal(d.client.len, 7);
	assert_true(bytes_equal(d.wanted, LIT("\x01\x03\x06\x0c\x0f\x1c\x2a")));
}

static void
what_was_printed_is_read_the_same(void **state)
{
	uint8_t     raw[512], once[512], twice[512];
	struct dhcp d, again;
	struct buf  b = buf_over(once, sizeof once), c = buf_over(twice, sizeof twice);
	size_t      n = packet(OFFER, "62", "63", OFFERED, raw, sizeof raw);

	(void)state;
	assert_int_equal(dhcp_parse(bytes_of(raw, n), &d), OK);
	dhcp_print(&d, &b);
	assert_int_equal(dhcp_parse(buf_bytes(&b), &again), OK);
	assert_int_equal(again.present, d.present);
	assert_true(addr_equal(again.server, d.server));
	assert_true(bytes_equal(again.sname, LIT("b")));
	assert_true(bytes_equal(again.file, LIT("c")));
	dhcp_print(&again, &c);
	assert_true(bytes_equal(buf_bytes(&b), buf_bytes(&c)));
}

static void
a_packet_may_end_between_two_options_but_says_so(void **state)
{
	uint8_t raw[512];
	size_t  n = packet(OFFER, "", "", OFFERED, raw, sizeof raw), accepted = 0;

	(void)state;
	for (size_t cut = 0; cut < n; cut++) {
		struct dhcp d;
		uint8_t    *copy = malloc(cut ? cut : 1);
		memcpy(copy, raw, cut);
		if (dhcp_parse(bytes_of(copy, cut), &d) == OK) {
			assert_true(d.unended);
			accepted++;
		}
		free(copy);
	}
	assert_int_equal(accepted, 10); /* after the cookie and after each of nine options */
}

static void
options_in_an_overloaded_file_and_name_are_read(void **state)
{
	uint8_t     raw[512];
	struct dhcp d;
	size_t      n = packet(OFFER, "36040a4d0042 ff", "0304 0a4d0063 ff", "63825363 350102 340103 ff", raw, sizeof raw);

	(void)state;
	assert_int_equal(dhcp_parse(bytes_of(raw, n), &d), OK);
	assert_int_equal(d.routers.v[0].b[15], 0x63);
	assert_int_equal(d.server.b[15], 0x42);
	assert_int_equal(d.file.len, 0);
	assert_int_equal(d.sname.len, 0);
}

static void
more_than_four_resolvers_keep_the_first_four(void **state)
{
	uint8_t     raw[512];
	struct dhcp d;
	size_t      n = packet(OFFER, "", "", "63825363 0614 01010101 02020202 03030303 04040404 05050505 ff", raw, sizeof raw);

	(void)state;
	assert_int_equal(dhcp_parse(bytes_of(raw, n), &d), OK);
	assert_int_equal(d.dns.n, 4);
	assert_true(d.dns.more);
	assert_int_equal(d.dns.v[3].b[15], 4);
}

static void
the_first_of_two_equal_options_stands(void **state)
{
	uint8_t     raw[512];
	struct dhcp d;
	size_t      n = packet(OFFER, "", "", "63825363 0304 0a000001 0304 0a000002 ff", raw, sizeof raw);

	(void)state;
	assert_int_equal(dhcp_parse(bytes_of(raw, n), &d), OK);
	assert_int_equal(d.routers.v[0].b[15], 1);
	assert_true(d.repeated);
}

static void
an_option_of_impossible_length_is_passed_over(void **state)
{
	uint8_t     raw[512];
	struct dhcp d;
	size_t      n = packet(OFFER, "", "", "63825363 3503020202 0303 0a0000 330400000001 ff", raw, sizeof raw);

	(void)state;
	assert_int_equal(dhcp_parse(bytes_of(raw, n), &d), OK);
	assert_true(d.misshapen);
	assert_int_equal(d.present, DHCP_HAS_LEASE);
}

/* 10.17.0.0/16 and the default route; RFC 3442 sends only the octets that count. */
static void
classless_routes_are_listed(void **state)
{
	struct dhcp_route r[DHCP_ROUTES_MAX];

	(void)state;
	assert_int_equal(dhcp_routes(LIT("\x10\x0a\x11\x0a\x4d\x00\x42\x00\x0a\x4d\x00\x01"), r), 2);
	assert_int_equal(r[0].bits, 16);
	assert_int_equal(r[0].net.b[13], 17);
	assert_int_equal(r[0].via.b[15], 0x42);
	assert_int_equal(r[1].bits, 0);
	assert_int_equal(r[1].via.b[15], 1);
	assert_int_equal(dhcp_routes(LIT("\x10\x0a\x11\x0a\x4d\x00\x42\x21\x0a"), r), 1);
	assert_int_equal(dhcp_routes(LIT("\x10\x0a\x11\x0a\x4d\x00"), r), 0);
	assert_int_equal(dhcp_routes((struct bytes){ 0 }, r), 0);
}

static void
bootp_without_the_cookie_is_unsupported(void **state)
{
	uint8_t     raw[512];
	struct dhcp d;
	size_t      n = packet(DISCOVER, "", "", "00000000", raw, sizeof raw);

	(void)state;
	assert_int_equal(dhcp_parse(bytes_of(raw, n), &d), ERR_UNSUPPORTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_offer_is_read),
		cmocka_unit_test(a_discover_tells_who_asks_for_what),
		cmocka_unit_test(what_was_printed_is_read_the_same),
		cmocka_unit_test(a_packet_may_end_between_two_options_but_says_so),
		cmocka_unit_test(options_in_an_overloaded_file_and_name_are_read),
		cmocka_unit_test(more_than_four_resolvers_keep_the_first_four),
		cmocka_unit_test(the_first_of_two_equal_options_stands),
		cmocka_unit_test(an_option_of_impossible_length_is_passed_over),
		cmocka_unit_test(classless_routes_are_listed),
		cmocka_unit_test(bootp_without_the_cookie_is_unsupported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
