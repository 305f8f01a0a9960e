#include "test/unit/check.h"
#include "wire/vrrp.h"

/* Version 3 over IPv6 from a wire; the others are laid out by hand after the RFCs. */
static const char V3[] = "31 24 64 01 03e8 341b fe800000000000000000000000003636";
static const char V2[] = "21 33 64 01 00 01 6f7f 0a4d00fe 0000000000000000";
static const char V3_V4[] = "31 33 ff 02 0064 0000 0a4d00fe 0a4d00fd";

static enum err
over_ipv4(struct bytes in, struct vrrp *out)
{
	return vrrp_parse(in, false, out);
}

static enum err
over_ipv6(struct bytes in, struct vrrp *out)
{
	return vrrp_parse(in, true, out);
}

static void
version_3_over_ipv6_is_read(void **state)
{
	uint8_t     raw[64];
	struct vrrp v;

	(void)state;
	assert_int_equal(over_ipv6(bytes_of(raw, unhex(V3, raw, sizeof raw)), &v), OK);
	assert_int_equal(v.version, 3);
	assert_int_equal(v.vrid, 0x24);
	assert_int_equal(v.priority, 100);
	assert_int_equal(v.interval_ms, 10000);
	assert_int_equal(v.addrs_n, 1);
	assert_int_equal(v.addrs[0].b[15], 0x36);
}

static void
version_2_is_read(void **state)
{
	uint8_t     raw[64];
	struct vrrp v;

	(void)state;
	assert_int_equal(over_ipv4(bytes_of(raw, unhex(V2, raw, sizeof raw)), &v), OK);
	assert_int_equal(v.version, 2);
	assert_int_equal(v.vrid, 51);
	assert_int_equal(v.interval_ms, 1000);
	assert_int_equal(v.addrs[0].b[15], 0xfe);
	assert_int_equal(v.auth.len, 8);
}

static void
printing_what_was_parsed_gives_the_same_bytes(void **state)
{
	static const char *const packets[] = { V2, V3_V4, V3 };

	(void)state;
	for (size_t k = 0; k < sizeof packets / sizeof *packets; k++) {
		uint8_t     raw[64], again[64];
		struct vrrp v;
		size_t      n = unhex(packets[k], raw, sizeof raw);
		struct buf  b = buf_over(again, sizeof again);
		assert_int_equal(vrrp_parse(bytes_of(raw, n), packets[k] == V3, &v), OK);
		vrrp_print(&v, &b);
		assert_true(bytes_equal(buf_bytes(&b), bytes_of(raw, n)));
	}
}

static void
a_cut_advertisement_is_refused(void **state)
{
	uint8_t raw[64];
	size_t  n = unhex(V2, raw, sizeof raw);

	(void)state;
	EVERY_TRUNCATION_REFUSED(over_ipv4, struct vrrp, bytes_of(raw, n));
	n = unhex(V3, raw, sizeof raw);
	EVERY_TRUNCATION_REFUSED(over_ipv6, struct vrrp, bytes_of(raw, n));
}

static void
more_than_eight_addresses_keep_the_first_eight(void **state)
{
	uint8_t     raw[64] = { 0x31, 1, 100, 9 };
	struct vrrp v;

	(void)state;
	assert_int_equal(over_ipv4(bytes_of(raw, 8 + 9 * 4), &v), OK);
	assert_int_equal(v.addrs_n, 8);
	assert_true(v.more);
}

static void
other_versions_are_unsupported(void **state)
{
	uint8_t     raw[64];
	struct vrrp v;
	size_t      n = unhex(V2, raw, sizeof raw);

	(void)state;
	assert_int_equal(over_ipv6(bytes_of(raw, n), &v), ERR_UNSUPPORTED);
	raw[0] = 0x41;
	assert_int_equal(over_ipv4(bytes_of(raw, n), &v), ERR_UNSUPPORTED);
	raw[0] = 0x22;
	assert_int_equal(over_ipv4(bytes_of(raw, n), &v), ERR_UNSUPPORTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_3_over_ipv6_is_read),
		cmocka_unit_test(version_2_is_read),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes),
		cmocka_unit_test(a_cut_advertisement_is_refused),
		cmocka_unit_test(more_than_eight_addresses_keep_the_first_eight),
		cmocka_unit_test(other_versions_are_unsupported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
