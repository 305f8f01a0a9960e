#include "judge/align.h"
#include "test/unit/check.h"

static struct align *a;

static int
begin(void **state)
{
	(void)state;
	a = align_new(1);
	assert_non_null(a);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	align_free(a);
	return 0;
}

/* What number n said, seen at a place at this time on the place's own clock. */
static void
see(uint16_t place, uint64_t n, int64_t us, bool answer)
{
	struct message m;

	memset(&m.head, 0, sizeof m.head);
	m.head.place = place;
	m.head.body.lo = n;
	m.head.body.hi = answer;
	m.head.marks = answer ? MESSAGE_ANSWER : 0;
	m.head.steady.us = us;
	align_see(a, &m);
}

static void
with_both_ways_the_offset_is_told_from_the_way(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 50; n++) {
		int64_t t = (int64_t)n * 1000000;
		see(0, n, t, false);
		see(1, n, t + 700 + (int64_t)(n % 5) * 100 + 37000000, false); /* 0.7 ms of way, 37 s of offset */
		see(1, n, t + 2000 + 37000000, true);
		see(0, n, t + 2700, true);
	}
	struct align_result r = align_end(a);
	assert_true(r.both_ways);
	assert_int_equal(r.messages, 50);
	assert_int_equal(r.offset, 37000000);
}

static void
with_messages_alone_it_includes_the_way(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 10; n++) {
		see(0, n, (int64_t)n * 1000000, false);
		see(1, n, (int64_t)n * 1000000 - 5000000 + 300, false);
	}
	struct align_result r = align_end(a);
	assert_false(r.both_ways);
	assert_int_equal(r.offset, -5000000 + 300);
}

static void
a_file_read_wholly_before_the_other_aligns_too(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 100; n++)
		see(1, n, (int64_t)n * 1000000 + 90, false);
	for (uint64_t n = 1; n <= 100; n++)
		see(0, n, (int64_t)n * 1000000, false);
	assert_int_equal(align_end(a).offset, 90);
}

static void
one_that_is_taken_for_another_does_not_move_it(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 30; n++) {
		see(0, n, (int64_t)n * 1000000, false);
		see(1, n, (int64_t)n * 1000000 + (n == 7 ? -600 * 1000000 : 500), false);
	}
	assert_int_equal(align_end(a).offset, 500);
}

static void
what_is_said_again_and_again_says_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		see(0, 7, i * 1000000, false);
	for (int i = 0; i < 20; i++)
		see(1, 7, i * 1000000 + 100, false);
	assert_int_equal(align_end(a).messages, 0);
}

static void
nothing_in_common_is_no_offset(void **state)
{
	(void)state;
	see(0, 1, 5, false);
	see(1, 2, 9, false);
	assert_int_equal(align_end(a).messages, 0);
	assert_int_equal(align_end(a).offset, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(with_both_ways_the_offset_is_told_from_the_way, begin, end),
		cmocka_unit_test_setup_teardown(with_messages_alone_it_includes_the_way, begin, end),
		cmocka_unit_test_setup_teardown(a_file_read_wholly_before_the_other_aligns_too, begin, end),
		cmocka_unit_test_setup_teardown(one_that_is_taken_for_another_does_not_move_it, begin, end),
		cmocka_unit_test_setup_teardown(what_is_said_again_and_again_says_nothing, begin, end),
		cmocka_unit_test_setup_teardown(nothing_in_common_is_no_offset, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
