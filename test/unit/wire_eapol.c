#include "test/unit/check.h"
#include "wire/eapol.h"

static const char IDENTITY[] = "01 00 000a 02 07 000a 01 6e75727365"; /* nurse */
static const char REQUEST[] = "02 00 0005 01 07 0005 01";
static const char SUCCESS[] = "02 00 0004 03 07 0004";
static const char START[] = "01 01 0000";
static const char KEY[] = "02 03 0005 02 008a 0010"; /* the beginning of a first message of four */

static void
an_identity_is_recognised(void **state)
{
	uint8_t      raw[64];
	struct eapol e;

	(void)state;
	assert_int_equal(eapol_parse(bytes_of(raw, unhex(IDENTITY, raw, sizeof raw)), &e), OK);
	assert_int_equal(e.type, EAPOL_EAP);
	assert_int_equal(e.id, 7);
	assert_true(eapol_is_identity(&e));
	assert_true(bytes_equal(e.identity, LIT("nurse")));
}

static void
nothing_else_is_an_identity(void **state)
{
	static const char *const packets[] = { REQUEST, SUCCESS, START, KEY };

	(void)state;
	for (size_t k = 0; k < sizeof packets / sizeof *packets; k++) {
		uint8_t      raw[64];
		struct eapol e;
		assert_int_equal(eapol_parse(bytes_of(raw, unhex(packets[k], raw, sizeof raw)), &e), OK);
		assert_false(eapol_is_identity(&e));
		assert_int_equal(e.identity.len, 0);
	}
}

static void
printing_what_was_parsed_gives_the_same_bytes(void **state)
{
	static const char *const packets[] = { IDENTITY, REQUEST, SUCCESS, START, KEY };

	(void)state;
	for (size_t k = 0; k < sizeof packets / sizeof *packets; k++) {
		uint8_t      raw[64], again[64];
		struct eapol e;
		size_t       n = unhex(packets[k], raw, sizeof raw);
		struct buf   b = buf_over(again, sizeof again);
		assert_int_equal(eapol_parse(bytes_of(raw, n), &e), OK);
		eapol_print(&e, &b);
		assert_true(bytes_equal(buf_bytes(&b), bytes_of(raw, n)));
		EVERY_TRUNCATION_REFUSED(eapol_parse, struct eapol, bytes_of(raw, n));
	}
}

static void
padding_is_not_part_of_an_identity(void **state)
{
	uint8_t      raw[64] = { 0 };
	struct eapol e;
	size_t       n = unhex(IDENTITY, raw, sizeof raw);

	(void)state;
	assert_int_equal(eapol_parse(bytes_of(raw, n + 20), &e), OK);
	assert_int_equal(e.identity.len, 5);
}

static void
an_eap_length_that_contradicts_is_refused(void **state)
{
	uint8_t      raw[64];
	struct eapol e;

	(void)state;
	assert_int_equal(eapol_parse(bytes_of(raw, unhex("01 00 0005 02 07 0006 01", raw, sizeof raw)), &e), ERR_SHORT);
	assert_int_equal(eapol_parse(bytes_of(raw, unhex("01 00 0005 02 07 0003 01", raw, sizeof raw)), &e), ERR_FORM);
	assert_int_equal(eapol_parse(bytes_of(raw, unhex("01 00 0005 02 07 0004 01", raw, sizeof raw)), &e), ERR_SHORT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_identity_is_recognised),
		cmocka_unit_test(nothing_else_is_an_identity),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes),
		cmocka_unit_test(padding_is_not_part_of_an_identity),
		cmocka_unit_test(an_eap_length_that_contradicts_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
