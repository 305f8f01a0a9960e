#include "test/unit/check.h"
#include "wire/mllp.h"

static void
two_messages_give_four_events(void **state)
{
	struct bytes      in = LIT("\x0bMSH|a\x1c\r\x0bMSH|b\x1c\r");
	struct mllp       m = { .offset = 0 };
	struct mllp_event e;
	const struct mllp_event want[] = { { MLLP_START, 1 }, { MLLP_END, 6 }, { MLLP_START, 9 }, { MLLP_END, 14 } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_true(mllp_next(&m, &in, &e));
		assert_int_equal(e.kind, want[i].kind);
		assert_int_equal(e.at, want[i].at);
	}
	assert_false(mllp_next(&m, &in, &e));
	assert_int_equal(m.skipped, 0);
	assert_int_equal(m.offset, 16);
}

static void
the_end_may_come_in_another_piece_and_without_its_return(void **state)
{
	struct bytes      a = LIT("\x0bMSH"), b = LIT("|x\x1c"), c = LIT("\x0bMSH");
	struct mllp       m = { .offset = 100 };
	struct mllp_event e;

	(void)state;
	assert_true(mllp_next(&m, &a, &e) && e.at == 101);
	assert_false(mllp_next(&m, &a, &e));
	assert_true(mllp_next(&m, &b, &e) && e.kind == MLLP_END && e.at == 106);
	assert_false(mllp_next(&m, &b, &e));
	assert_true(mllp_next(&m, &c, &e) && e.kind == MLLP_START && e.at == 108);
}

static void
a_lost_end_does_not_lose_the_next_message(void **state)
{
	struct bytes      a = LIT("\x0bMSH|lost"), b = LIT("tail\x1c\r\x0bMSH|b\x1c\r");
	struct mllp       m = { .offset = 0 };
	struct mllp_event e;

	(void)state;
	assert_true(mllp_next(&m, &a, &e));
	assert_false(mllp_next(&m, &a, &e));
	mllp_gap(&m, 1000);
	assert_true(mllp_next(&m, &b, &e) && e.kind == MLLP_START && e.at == 1009 + 7);
	assert_int_equal(m.skipped, 6);
}

static void
a_start_inside_a_message_begins_anew(void **state)
{
	struct bytes      in = LIT("\x0bMSH|lost\x0bMSH|b\x1c\r");
	struct mllp       m = { .offset = 0 };
	struct mllp_event e;

	(void)state;
	assert_true(mllp_next(&m, &in, &e) && e.kind == MLLP_START && e.at == 1);
	assert_true(mllp_next(&m, &in, &e) && e.kind == MLLP_START && e.at == 10);
	assert_true(mllp_next(&m, &in, &e) && e.kind == MLLP_END && e.at == 15);
}

static void
the_recogniser_wants_hl7_after_the_start(void **state)
{
	(void)state;
	assert_true(mllp_looks(LIT("\x0b")));
	assert_true(mllp_looks(LIT("\x0bMS")));
	assert_true(mllp_looks(LIT("\x0bMSH|^~\\&|")));
	assert_true(mllp_looks(LIT("\x0b\xef\xbb\xbf\nMSH|")));
	assert_true(mllp_looks(LIT("\x0b" "FHS|")));
	assert_false(mllp_looks(LIT("\x0bHTTP")));
	assert_false(mllp_looks(LIT("MSH|")));
	assert_false(mllp_looks(LIT("")));
}

static void
a_frame_makes_the_round_trip_and_a_cut_one_is_refused(void **state)
{
	uint8_t      raw[64];
	struct buf   b = buf_over(raw, sizeof raw);
	struct bytes message = bytes_text("MSH|^~\\&|A\r"), again;

	(void)state;
	mllp_print(&message, &b);
	assert_int_equal(mllp_parse(buf_bytes(&b), &again), OK);
	assert_true(bytes_equal(message, again));
	EVERY_TRUNCATION_REFUSED(mllp_parse, struct bytes, bytes_head(buf_bytes(&b), b.len - 1));
	assert_int_equal(mllp_parse(bytes_text("MSH"), &again), ERR_FORM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_messages_give_four_events),
		cmocka_unit_test(the_end_may_come_in_another_piece_and_without_its_return),
		cmocka_unit_test(a_lost_end_does_not_lose_the_next_message),
		cmocka_unit_test(a_start_inside_a_message_begins_anew),
		cmocka_unit_test(the_recogniser_wants_hl7_after_the_start),
		cmocka_unit_test(a_frame_makes_the_round_trip_and_a_cut_one_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
