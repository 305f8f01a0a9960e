#include "test/unit/check.h"
#include "wire/cdp.h"

/* An access point's, from a wire, without the long text of its software. */
static const char ACCESS_POINT[] =
    "02b475bd 00010014 4150623833382e363166332e30356163 0006001b 636973636f204149522d43415032363032492d512d4b39"
    "00020011 00000001 0101cc 0004 c0a80a0a 00030014 4769676162697445746865726e657430 00040008 00000003 000b0005 01";

static void
an_access_point_is_read(void **state)
{
	uint8_t    raw[128];
	struct cdp d;

	(void)state;
	assert_int_equal(cdp_parse(bytes_of(raw, unhex(ACCESS_POINT, raw, sizeof raw)), &d), OK);
	assert_int_equal(d.version, 2);
	assert_int_equal(d.ttl, 180);
	assert_true(bytes_equal(d.device, bytes_text("APb838.61f3.05ac")));
	assert_true(bytes_equal(d.platform, bytes_text("cisco AIR-CAP2602I-Q-K9")));
	assert_true(bytes_equal(d.port, bytes_text("GigabitEthernet0")));
	assert_int_equal(d.capabilities, CDP_ROUTER | CDP_BRIDGE);
	assert_int_equal(d.addrs_n, 1);
	assert_true(addr_equal(d.addrs[0], addr_v4((const uint8_t[]){ 192, 168, 10, 10 })));
	assert_false(d.present & CDP_HAS_VLAN);
}

static void
what_was_printed_is_read_the_same(void **state)
{
	uint8_t    raw[256], two[256];
	struct cdp r, d = {
		.version = 2,
		.ttl = 180,
		.present = CDP_HAS_DEVICE | CDP_HAS_ADDRESS | CDP_HAS_SOFTWARE | CDP_HAS_VLAN | CDP_HAS_CAPABILITIES,
		.device = LIT("sw-icu"),
		.software = LIT("IOS"),
		.capabilities = CDP_SWITCH,
		.vlan = 77,
		.addrs = { addr_v4((const uint8_t[]){ 10, 77, 0, 2 }), { .b = { 0xfd, [15] = 2 } } },
		.addrs_n = 2,
	};
	struct buf b = buf_over(raw, sizeof raw), c = buf_over(two, sizeof two);

	(void)state;
	cdp_print(&d, &b);
	assert_int_equal(cdp_parse(buf_bytes(&b), &r), OK);
	assert_int_equal(r.present, d.present);
	assert_memory_equal(r.addrs, d.addrs, sizeof d.addrs);
	assert_int_equal(r.vlan, 77);
	cdp_print(&r, &c);
	assert_true(bytes_equal(buf_bytes(&b), buf_bytes(&c)));
}

static void
an_announcement_may_end_between_two_tlvs_only(void **state)
{
	uint8_t raw[128];
	size_t  n = unhex(ACCESS_POINT, raw, sizeof raw), accepted = 0;

	(void)state;
	for (size_t cut = 0; cut < n; cut++) {
		struct cdp d;
		uint8_t   *copy = malloc(cut ? cut : 1);
		memcpy(copy, raw, cut);
		accepted += cdp_parse(bytes_of(copy, cut), &d) == OK;
		free(copy);
	}
	assert_int_equal(accepted, 6);
}

static void
a_tlv_shorter_than_its_head_is_refused(void **state)
{
	uint8_t    raw[16];
	struct cdp d;

	(void)state;
	assert_int_equal(cdp_parse(bytes_of(raw, unhex("02b40000 00010003 00", raw, sizeof raw)), &d), ERR_FORM);
}

static void
a_count_of_addresses_beyond_the_bytes_is_passed_over(void **state)
{
	uint8_t    raw[64];
	struct cdp d;
	size_t     n = unhex("02b40000 00020012 ffffffff 0101cc 0004 0a4d0002 01", raw, sizeof raw);

	(void)state;
	assert_int_equal(cdp_parse(bytes_of(raw, n), &d), OK);
	assert_int_equal(d.addrs_n, 1);
	assert_true(d.misshapen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_access_point_is_read),
		cmocka_unit_test(what_was_printed_is_read_the_same),
		cmocka_unit_test(an_announcement_may_end_between_two_tlvs_only),
		cmocka_unit_test(a_tlv_shorter_than_its_head_is_refused),
		cmocka_unit_test(a_count_of_addresses_beyond_the_bytes_is_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
