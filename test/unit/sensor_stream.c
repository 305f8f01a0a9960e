#include "sensor/stream.h"
#include "base/memory.h"
#include "test/unit/check.h"

static struct streams  *streams;
static struct flow_side side;
static bool             differs;

static int
begin(void **state)
{
	(void)state;
	streams = stream_new(1); /* the least: 16 small buffers and 4 large ones */
	memset(&side, 0, sizeof side);
	side.seq = 1000;
	return streams ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	stream_free(streams);
	return 0;
}

static enum err
put(uint32_t seq, const char *text)
{
	return stream_put(streams, &side, seq, bytes_text(text), &differs);
}

static void
front_is(const char *text)
{
	struct bytes f = stream_front(streams, &side);

	assert_int_equal(f.len, strlen(text));
	assert_memory_equal(f.at, text, f.len);
}

static void
segments_out_of_order_come_into_line(void **state)
{
	(void)state;
	assert_int_equal(put(1006, "world"), OK);
	assert_int_equal(stream_front(streams, &side).len, 0);
	assert_int_equal(stream_hole(streams, &side), 6);
	assert_int_equal(put(1003, "lo "), OK);
	assert_int_equal(stream_hole(streams, &side), 3);
	assert_int_equal(put(1000, "hel"), OK);
	assert_int_equal(stream_hole(streams, &side), 0);
	front_is("hello world");
}

static void
a_hole_behind_the_front_costs_the_front(void **state)
{
	(void)state;
	assert_int_equal(put(1000, "hel"), OK);
	assert_int_equal(put(1006, "world"), OK);
	assert_int_equal(stream_hole(streams, &side), 6);
	stream_used(streams, &side, 6);
	front_is("world");
}

static void
what_is_used_goes_and_the_rest_moves_up(void **state)
{
	(void)state;
	assert_int_equal(put(1000, "hello"), OK);
	assert_int_equal(put(1010, "there"), OK);
	stream_used(streams, &side, 2);
	assert_int_equal(side.seq, 1002);
	front_is("llo");
	stream_used(streams, &side, 3);
	assert_int_equal(stream_hole(streams, &side), 5);
	stream_used(streams, &side, 5);
	front_is("there");
	stream_used(streams, &side, 5);
	assert_int_equal(side.buffer, 0);
	assert_int_equal(side.seq, 1015);
}

static void
more_may_be_used_than_is_held(void **state)
{
	(void)state;
	assert_int_equal(put(1000, "hello"), OK);
	stream_used(streams, &side, 100);
	assert_int_equal(side.seq, 1100);
	assert_int_equal(side.buffer, 0);
}

static void
the_same_bytes_twice_are_no_difference(void **state)
{
	(void)state;
	assert_int_equal(put(1000, "hello"), OK);
	assert_int_equal(put(1002, "llo wo"), OK);
	assert_false(differs);
	front_is("hello wo");
}

static void
other_bytes_at_the_same_place_are_told_and_the_older_stay(void **state)
{
	(void)state;
	assert_int_equal(put(1000, "dose 5 mg"), OK);
	assert_int_equal(put(1005, "50 m"), OK);
	assert_true(differs);
	front_is("dose 5 mg");
}

static void
other_bytes_are_told_across_several_pieces_too(void **state)
{
	(void)state;
	assert_int_equal(put(1002, "cd"), OK);
	assert_int_equal(put(1006, "gh"), OK);
	assert_int_equal(put(1000, "abcdefgX"), OK);
	assert_true(differs);
	front_is("abcdefgh");
}

static void
sequence_numbers_wrap(void **state)
{
	(void)state;
	side.seq = 0xfffffffc;
	assert_int_equal(put(2, "cd"), OK);
	assert_int_equal(stream_hole(streams, &side), 6);
	assert_int_equal(put(0xfffffffc, "wxyzab"), OK);
	front_is("wxyzabcd");
	stream_used(streams, &side, 8);
	assert_int_equal(side.seq, 4);
}

static void
what_is_too_far_ahead_or_too_full_of_holes_is_refused(void **state)
{
	enum err e = OK;
	int      n = 0;

	(void)state;
	assert_int_equal(put(1000 + STREAM_LARGE, "x"), ERR_LIMIT);
	assert_int_equal(put(999, "x"), ERR_LIMIT); /* before the line: as far ahead as can be */
	for (; !e && n < 100; n++)
		e = put(1001 + (uint32_t)n * 2, "x");
	assert_int_equal(e, ERR_LIMIT);
	assert_int_equal(n, 9); /* eight pieces are kept apart */
}

static void
a_small_buffer_grows_with_what_it_holds(void **state)
{
	static uint8_t large[6000];

	(void)state;
	memset(large, 'L', sizeof large);
	assert_int_equal(put(1000, "small"), OK);
	assert_int_equal(stream_put(streams, &side, 1005, bytes_of(large, sizeof large), &differs), OK);
	struct bytes f = stream_front(streams, &side);
	assert_int_equal(f.len, 5 + sizeof large);
	assert_memory_equal(f.at, "smallLLL", 8);
	assert_int_equal(f.at[f.len - 1], 'L');
}

static void
when_the_pool_is_empty_the_one_that_waited_longest_is_closed(void **state)
{
	static struct flow_side many[17];

	(void)state;
	memset(many, 0, sizeof many);
	for (int i = 0; i < 16; i++)
		assert_int_equal(stream_put(streams, &many[i], 5, LIT("x"), &differs), OK);
	assert_int_equal(stream_put(streams, &many[0], 8, LIT("x"), &differs), OK); /* used just now */
	assert_int_equal(stream_put(streams, &many[16], 5, LIT("x"), &differs), OK);
	assert_true(many[1].closed && !many[1].buffer);
	for (int i = 0; i < 17; i++)
		assert_true(i == 1 || (!many[i].closed && many[i].buffer));
}

static void
large_buffers_run_out_apart_from_small_ones(void **state)
{
	static struct flow_side many[5], other;

	(void)state;
	memset(many, 0, sizeof many);
	memset(&other, 0, sizeof other);
	assert_int_equal(stream_put(streams, &other, 5, LIT("x"), &differs), OK);
	for (int i = 0; i < 5; i++)
		assert_int_equal(stream_put(streams, &many[i], 60000, LIT("x"), &differs), OK);
	assert_true(many[0].closed && !many[1].closed && !other.closed);
}

static void
nothing_is_allocated_after_the_start(void **state)
{
	uint64_t before = memory_taken();

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		static struct flow_side many[64];
		(void)!stream_put(streams, &many[i % 64], i * 977, LIT("abcdefgh"), &differs);
		if (i % 3 == 0)
			stream_drop(streams, &many[i * 7 % 64]);
	}
	assert_int_equal(memory_taken(), before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(segments_out_of_order_come_into_line),
		TEST(a_hole_behind_the_front_costs_the_front),
		TEST(what_is_used_goes_and_the_rest_moves_up),
		TEST(more_may_be_used_than_is_held),
		TEST(the_same_bytes_twice_are_no_difference),
		TEST(other_bytes_at_the_same_place_are_told_and_the_older_stay),
		TEST(other_bytes_are_told_across_several_pieces_too),
		TEST(sequence_numbers_wrap),
		TEST(what_is_too_far_ahead_or_too_full_of_holes_is_refused),
		TEST(a_small_buffer_grows_with_what_it_holds),
		TEST(when_the_pool_is_empty_the_one_that_waited_longest_is_closed),
		TEST(large_buffers_run_out_apart_from_small_ones),
		TEST(nothing_is_allocated_after_the_start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
