#include "test/unit/check.h"
#include "wire/stp.h"

/* A configuration BPDU from a wire; the others are laid out by hand, the multiple one with a single instance. */
static const char CONFIG[] = "0000 00 00 01 8000001c0e0000fe 00000000 8000001c0e0000fe 8001 0000 1400 0200 0200";
static const char RAPID[] = "0000 02 02 3c 8001001c0e0000fe 00004e20 9001001c0e0000aa 8002 0100 1400 0200 0f00 00";
static const char MULTIPLE_HEAD[] = "0000 03 02 7c 8000001c0e0000fe 00000000 8000001c0e0000fe 8001 0000 1400 0200 0f00 00 0050";
static const char CHANGE[] = "0000 00 80";

static void
a_configuration_bpdu_is_read(void **state)
{
	uint8_t    raw[64];
	struct stp s;

	(void)state;
	assert_int_equal(stp_parse(bytes_of(raw, unhex(CONFIG, raw, sizeof raw)), &s), OK);
	assert_int_equal(s.type, STP_CONFIG);
	assert_int_equal(s.flags, STP_TOPOLOGY_CHANGE);
	assert_int_equal(s.root.priority, 32768);
	assert_int_equal(s.root.mac.b[5], 0xfe);
	assert_int_equal(s.port, 0x8001);
	assert_int_equal(s.max_age, 20 * 256);
	assert_int_equal(stp_compare(s.root, s.bridge), 0);
}

static void
a_rapid_bpdu_is_read(void **state)
{
	uint8_t    raw[64];
	struct stp s;

	(void)state;
	assert_int_equal(stp_parse(bytes_of(raw, unhex(RAPID, raw, sizeof raw)), &s), OK);
	assert_int_equal(s.version, 2);
	assert_int_equal(s.flags & STP_ROLE, 0x0c);
	assert_int_equal(s.cost, 20000);
	assert_true(stp_compare(s.root, s.bridge) < 0);
}

static void
a_multiple_bpdu_keeps_its_regions_part(void **state)
{
	uint8_t    raw[128] = { 0 };
	struct stp s;
	size_t     n = unhex(MULTIPLE_HEAD, raw, sizeof raw) + 80;

	(void)state;
	assert_int_equal(stp_parse(bytes_of(raw, n), &s), OK);
	assert_int_equal(s.mst.len, 80);
	assert_int_equal(stp_parse(bytes_of(raw, n - 1), &s), OK);
	assert_int_equal(s.mst.len, 0);
	raw[37] = 0x51;
	assert_int_equal(stp_parse(bytes_of(raw, n + 1), &s), OK);
	assert_int_equal(s.mst.len, 0);
}

static void
printing_what_was_parsed_gives_the_same_bytes(void **state)
{
	static const char *const packets[] = { CONFIG, RAPID, CHANGE };

	(void)state;
	for (size_t k = 0; k < sizeof packets / sizeof *packets; k++) {
		uint8_t    raw[64], again[64];
		struct stp s;
		size_t     n = unhex(packets[k], raw, sizeof raw);
		struct buf b = buf_over(again, sizeof again);
		assert_int_equal(stp_parse(bytes_of(raw, n), &s), OK);
		stp_print(&s, &b);
		assert_true(bytes_equal(buf_bytes(&b), bytes_of(raw, n)));
		EVERY_TRUNCATION_REFUSED(stp_parse, struct stp, bytes_of(raw, n));
	}
}

static void
other_protocols_and_types_are_unsupported(void **state)
{
	uint8_t    raw[64];
	struct stp s;
	size_t     n = unhex(CONFIG, raw, sizeof raw);

	(void)state;
	raw[3] = 0x40;
	assert_int_equal(stp_parse(bytes_of(raw, n), &s), ERR_UNSUPPORTED);
	raw[1] = 1;
	assert_int_equal(stp_parse(bytes_of(raw, n), &s), ERR_UNSUPPORTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_configuration_bpdu_is_read),
		cmocka_unit_test(a_rapid_bpdu_is_read),
		cmocka_unit_test(a_multiple_bpdu_keeps_its_regions_part),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes),
		cmocka_unit_test(other_protocols_and_types_are_unsupported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
