#include "test/unit/check.h"
#include "wire/hsrp.h"

/* From a wire: a coup, a hello of version 2 with a password, one over IPv6 with MD5, and an interface's state. */
static const char COUP[] = "00 01 10 03 0a ff 07 00 636973636f000000 0a4d00fe";
static const char V2[] =
    "0128 02 00 05 04 0398 700f6aeff5bf 0000005a 00000bb8 00002710 0a34dc7e000000000000000000000000"
    "0308 636973636f000000";
static const char V2_V6[] =
    "0128 02 00 04 06 0010 aabbcc000120 00000069 00002710 00004e20 fe80000000000000000573fffea00010"
    "041c 01000000000000010000000051d1ec51ab34509ab2e33188ca4fee3b";
static const char INTERFACE[] = "0204 00000001";

static void
version_1_is_read(void **state)
{
	uint8_t     raw[64];
	struct hsrp h;

	(void)state;
	assert_int_equal(hsrp_parse(bytes_of(raw, unhex(COUP, raw, sizeof raw)), &h), OK);
	assert_int_equal(h.version, 1);
	assert_int_equal(h.op, HSRP_COUP);
	assert_true(hsrp_active(&h));
	assert_int_equal(h.hello_ms, 3000);
	assert_int_equal(h.hold_ms, 10000);
	assert_int_equal(h.priority, 255);
	assert_int_equal(h.group, 7);
	assert_true(bytes_begin(h.auth, "cisco"));
	assert_int_equal(h.address.b[15], 0xfe);
}

static void
version_2_is_read(void **state)
{
	uint8_t     raw[128];
	struct hsrp h;

	(void)state;
	assert_int_equal(hsrp_parse(bytes_of(raw, unhex(V2, raw, sizeof raw)), &h), OK);
	assert_int_equal(h.version, 2);
	assert_int_equal(h.group, 920);
	assert_int_equal(h.state, 5);
	assert_false(hsrp_active(&h));
	assert_int_equal(h.id.b[0], 0x70);
	assert_int_equal(h.priority, 90);
	assert_true(addr_is_v4(h.address));
	assert_int_equal(hsrp_parse(bytes_of(raw, unhex(V2_V6, raw, sizeof raw)), &h), OK);
	assert_true(h.v6);
	assert_int_equal(h.md5.len, 28);
	assert_int_equal(h.address.b[0], 0xfe);
}

static void
an_interface_state_tells_of_no_group(void **state)
{
	uint8_t     raw[64];
	struct hsrp h;

	(void)state;
	assert_int_equal(hsrp_parse(bytes_of(raw, unhex(INTERFACE, raw, sizeof raw)), &h), OK);
	assert_false(h.grouped);
	assert_false(hsrp_active(&h));
}

static void
printing_what_was_parsed_gives_the_same_bytes(void **state)
{
	static const char *const packets[] = { COUP, V2, V2_V6 };

	(void)state;
	for (size_t k = 0; k < sizeof packets / sizeof *packets; k++) {
		uint8_t     raw[128], again[128];
		struct hsrp h;
		size_t      n = unhex(packets[k], raw, sizeof raw);
		struct buf  b = buf_over(again, sizeof again);
		assert_int_equal(hsrp_parse(bytes_of(raw, n), &h), OK);
		hsrp_print(&h, &b);
		assert_true(bytes_equal(buf_bytes(&b), bytes_of(raw, n)));
	}
}

static void
a_cut_packet_is_refused(void **state)
{
	uint8_t raw[128];
	size_t  n = unhex(COUP, raw, sizeof raw);

	(void)state;
	EVERY_TRUNCATION_REFUSED(hsrp_parse, struct hsrp, bytes_of(raw, n));
	unhex(V2, raw, sizeof raw);
	EVERY_TRUNCATION_REFUSED(hsrp_parse, struct hsrp, bytes_of(raw, 42));
}

static void
a_group_state_of_another_length_is_refused(void **state)
{
	uint8_t     raw[128];
	struct hsrp h;
	size_t      n = unhex(V2, raw, sizeof raw);

	(void)state;
	raw[1] = 0x27;
	assert_int_equal(hsrp_parse(bytes_of(raw, n), &h), ERR_FORM);
}

static void
glbp_is_recognised(void **state)
{
	uint8_t raw[64];
	size_t  n = unhex("01 00 0001 0000 0007b4000101 011c 0020 00", raw, sizeof raw);

	(void)state;
	assert_true(hsrp_is_glbp(bytes_of(raw, n)));
	assert_false(hsrp_is_glbp(bytes_of(raw, 12)));
	raw[0] = 2;
	assert_false(hsrp_is_glbp(bytes_of(raw, n)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_1_is_read),
		cmocka_unit_test(version_2_is_read),
		cmocka_unit_test(an_interface_state_tells_of_no_group),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes),
		cmocka_unit_test(a_cut_packet_is_refused),
		cmocka_unit_test(a_group_state_of_another_length_is_refused),
		cmocka_unit_test(glbp_is_recognised),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
