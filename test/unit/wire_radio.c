#include "test/unit/check.h"
#include "wire/radio.h"

/* From an adapter: flags, rate, channel and signal; the frame is shortened. */
static const char FRAME[] = "00 00 0f00 2e000000 00 04 6c09a000 c9 80000000";

static void
channel_and_signal_are_read(void **state)
{
	uint8_t      raw[64];
	struct radio r;

	(void)state;
	assert_int_equal(radio_parse(bytes_of(raw, unhex(FRAME, raw, sizeof raw)), &r), OK);
	assert_int_equal(r.present, RADIO_HAS_CHANNEL | RADIO_HAS_SIGNAL);
	assert_int_equal(r.mhz, 2412);
	assert_int_equal(r.dbm, -55);
	assert_int_equal(r.frame.len, 4);
	assert_int_equal(r.frame.at[0], 0x80);
}

static void
fields_are_aligned_from_the_headers_start(void **state)
{
	uint8_t      raw[64];
	struct radio r;
	/* two words, so that the first field, of eight bytes, stands at 16; then flags, a pad, channel, signal */
	size_t n = unhex("00 00 1f00 2b0000a0 00000000 00000000 0102030405060708 00 00 8515 4001 c0 b0", raw, sizeof raw);

	(void)state;
	assert_int_equal(n, 32);
	assert_int_equal(radio_parse(bytes_of(raw, n), &r), OK);
	assert_int_equal(r.mhz, 5509);
	assert_int_equal(r.dbm, -64);
	assert_int_equal(r.frame.len, 1);
}

static void
a_signal_told_in_the_second_word_is_read(void **state)
{
	uint8_t      raw[64];
	struct radio r;
	/* the first word has flags and says that a radiotap word follows, which has signal and antenna */
	size_t n = unhex("00 00 0f00 020000a0 20080000 00 d8 01", raw, sizeof raw);

	(void)state;
	assert_int_equal(n, 15);
	assert_int_equal(radio_parse(bytes_of(raw, n), &r), OK);
	assert_int_equal(r.dbm, -40);
}

static void
fields_behind_a_vendors_are_not_guessed(void **state)
{
	uint8_t      raw[64];
	struct radio r;
	size_t       n = unhex("00 00 1700 020000c0 20000000 00 00 001122 01 0200 ffff d8", raw, sizeof raw);

	(void)state;
	assert_int_equal(n, 23);
	assert_int_equal(radio_parse(bytes_of(raw, n), &r), OK);
	assert_int_equal(r.present, 0);
}

static void
the_check_sequence_is_taken_off(void **state)
{
	uint8_t      raw[64];
	struct radio r;

	(void)state;
	size_t n = unhex("00 00 0900 02000000 50 c4000000 11223344", raw, sizeof raw);
	assert_int_equal(radio_parse(bytes_of(raw, n), &r), OK);
	assert_int_equal(r.frame.len, 4);
	assert_true(r.bad_fcs);
	assert_int_equal(radio_parse(bytes_of(raw, 12), &r), ERR_SHORT);
}

static void
what_was_printed_is_read_the_same(void **state)
{
	uint8_t      raw[64], one[64];
	struct radio r, again;
	struct buf   b = buf_over(one, sizeof one);

	(void)state;
	assert_int_equal(radio_parse(bytes_of(raw, unhex(FRAME, raw, sizeof raw)), &r), OK);
	radio_print(&r, &b);
	assert_int_equal(radio_parse(buf_bytes(&b), &again), OK);
	assert_int_equal(again.present, r.present);
	assert_int_equal(again.mhz, r.mhz);
	assert_int_equal(again.dbm, r.dbm);
	assert_true(bytes_equal(again.frame, r.frame));
}

static void
a_cut_header_is_refused(void **state)
{
	uint8_t raw[64];

	(void)state;
	unhex(FRAME, raw, sizeof raw);
	EVERY_TRUNCATION_REFUSED(radio_parse, struct radio, bytes_of(raw, 15));
}

static void
a_header_too_short_for_its_fields_is_refused(void **state)
{
	uint8_t      raw[64];
	struct radio r;
	size_t       n = unhex(FRAME, raw, sizeof raw);

	(void)state;
	raw[2] = 14;
	assert_int_equal(radio_parse(bytes_of(raw, n), &r), ERR_FORM);
	raw[2] = 7;
	assert_int_equal(radio_parse(bytes_of(raw, n), &r), ERR_FORM);
	raw[0] = 1;
	assert_int_equal(radio_parse(bytes_of(raw, n), &r), ERR_UNSUPPORTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(channel_and_signal_are_read),
		cmocka_unit_test(fields_are_aligned_from_the_headers_start),
		cmocka_unit_test(a_signal_told_in_the_second_word_is_read),
		cmocka_unit_test(fields_behind_a_vendors_are_not_guessed),
		cmocka_unit_test(the_check_sequence_is_taken_off),
		cmocka_unit_test(what_was_printed_is_read_the_same),
		cmocka_unit_test(a_cut_header_is_refused),
		cmocka_unit_test(a_header_too_short_for_its_fields_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
