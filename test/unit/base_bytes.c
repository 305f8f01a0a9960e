#include "base/bytes.h"
#include "base/cursor.h"
#include "test/unit/check.h"

static void
views_are_compared_by_what_they_show(void **state)
{
	(void)state;
	assert_true(bytes_equal(bytes_text("abc"), LIT("abc")));
	assert_false(bytes_equal(bytes_text("abc"), LIT("abd")));
	assert_false(bytes_equal(bytes_text("abc"), LIT("ab")));
	assert_true(bytes_equal(bytes_of(NULL, 0), LIT("")));
}

static void
a_beginning_is_found_with_and_without_case(void **state)
{
	(void)state;
	assert_true(bytes_begin(bytes_text("STARTTLS now"), "STARTTLS"));
	assert_false(bytes_begin(bytes_text("STAR"), "STARTTLS"));
	assert_false(bytes_begin(bytes_text("starttls"), "STARTTLS"));
	assert_true(bytes_begin_nocase(bytes_text("starttls"), "StartTLS"));
	assert_true(bytes_equal_nocase(bytes_text("HOST"), "host"));
	assert_false(bytes_equal_nocase(bytes_text("hosts"), "host"));
	assert_false(bytes_equal_nocase(bytes_text("h\xcfst"), "host"));
}

static void
a_view_is_cut_at_either_end_and_never_beyond(void **state)
{
	(void)state;
	assert_true(bytes_equal(bytes_skip(bytes_text("abc"), 1), LIT("bc")));
	assert_int_equal(bytes_skip(bytes_text("abc"), 9).len, 0);
	assert_true(bytes_equal(bytes_head(bytes_text("abc"), 2), LIT("ab")));
	assert_int_equal(bytes_head(bytes_text("abc"), 9).len, 3);
	assert_int_equal(bytes_find(bytes_text("abc"), 'c'), 2);
	assert_int_equal(bytes_find(bytes_text("abc"), 'x'), 3);
	assert_int_equal(bytes_find(bytes_of(NULL, 0), 'x'), 0);
}

static void
white_space_is_trimmed_at_both_ends_only(void **state)
{
	(void)state;
	assert_true(bytes_equal(bytes_trim(bytes_text(" \t a b\r\n")), LIT("a b")));
	assert_int_equal(bytes_trim(bytes_text(" \r\n\t ")).len, 0);
	assert_int_equal(bytes_trim(bytes_of(NULL, 0)).len, 0);
}

static void
every_byte_and_the_seed_change_the_hash(void **state)
{
	uint8_t raw[70];

	(void)state;
	for (size_t i = 0; i < sizeof raw; i++)
		raw[i] = (uint8_t)(i * 7);
	for (size_t n = 1; n <= sizeof raw; n++) {
		uint64_t h = bytes_hash(raw, n, 1);
		assert_true(h == bytes_hash(raw, n, 1));
		assert_true(h != bytes_hash(raw, n, 2));
		assert_true(h != bytes_hash(raw, n - 1, 1));
		for (size_t i = 0; i < n; i++) {
			raw[i] ^= 0x10;
			assert_true(h != bytes_hash(raw, n, 1));
			raw[i] ^= 0x10;
		}
	}
}

static void
an_absent_view_has_a_hash_too(void **state)
{
	(void)state;
	assert_true(bytes_hash(NULL, 0, 1) == bytes_hash("", 0, 1));
}

static void
a_cursor_past_the_end_yields_zeros_and_moves_no_more(void **state)
{
	struct cursor c = cursor_over(LIT("\1\2\3"));

	(void)state;
	assert_int_equal(cursor_u16(&c), 0x0102);
	assert_true(cursor_ok(&c));
	assert_int_equal(cursor_u16(&c), 0);
	assert_false(cursor_ok(&c));
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(cursor_u8(&c), 0);
	assert_int_equal(cursor_rest(&c).len, 0);
	assert_false(cursor_end(&c));
}

static void
a_cursor_reads_both_byte_orders(void **state)
{
	struct bytes  b = LIT("\1\2\3\4\5\6\7\x08");
	struct cursor c = cursor_over(b), d = cursor_over(b), e = cursor_over(b);

	(void)state;
	assert_int_equal(cursor_u24(&c), 0x010203);
	assert_int_equal(cursor_u16le(&c), 0x0504);
	assert_true(cursor_u64(&d) == UINT64_C(0x0102030405060708) && cursor_end(&d));
	assert_true(cursor_u64le(&e) == UINT64_C(0x0807060504030201));
}

static void
a_cursor_within_a_cursor_is_bad_from_the_start_if_its_bytes_are_not_there(void **state)
{
	struct cursor c = cursor_over(LIT("\1\2\3")), s = cursor_sub(&c, 2), t = cursor_sub(&c, 2);

	(void)state;
	assert_int_equal(cursor_u16(&s), 0x0102);
	assert_true(cursor_end(&s));
	assert_false(cursor_ok(&t));
	assert_false(cursor_ok(&c));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(views_are_compared_by_what_they_show),
		cmocka_unit_test(a_beginning_is_found_with_and_without_case),
		cmocka_unit_test(a_view_is_cut_at_either_end_and_never_beyond),
		cmocka_unit_test(white_space_is_trimmed_at_both_ends_only),
		cmocka_unit_test(every_byte_and_the_seed_change_the_hash),
		cmocka_unit_test(an_absent_view_has_a_hash_too),
		cmocka_unit_test(a_cursor_past_the_end_yields_zeros_and_moves_no_more),
		cmocka_unit_test(a_cursor_reads_both_byte_orders),
		cmocka_unit_test(a_cursor_within_a_cursor_is_bad_from_the_start_if_its_bytes_are_not_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
