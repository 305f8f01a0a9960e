#include "base/buf.h"
#include "test/unit/check.h"

static void
numbers_are_written_in_network_order_unless_the_name_says_le(void **state)
{
	uint8_t    raw[32];
	struct buf b = buf_over(raw, sizeof raw);

	(void)state;
	buf_u8(&b, 1);
	buf_u16(&b, 0x0203);
	buf_u24(&b, 0x040506);
	buf_u32(&b, 0x0708090a);
	buf_u64(&b, UINT64_C(0x0b0c0d0e0f101112));
	buf_u16le(&b, 0x1413);
	buf_u32le(&b, 0x18171615);
	assert_true(buf_ok(&b));
	assert_int_equal(b.len, 24);
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(raw[i], i + 1);
}

static void
what_does_not_fit_is_not_written_and_nothing_after_it_either(void **state)
{
	uint8_t    raw[4] = { 9, 9, 9, 9 };
	struct buf b = buf_over(raw, 3);

	(void)state;
	buf_u16(&b, 0x0102);
	buf_u16(&b, 0x0304);
	buf_u8(&b, 5);
	assert_false(buf_ok(&b));
	assert_int_equal(b.len, 2);
	assert_int_equal(raw[2], 9);
	assert_int_equal(raw[3], 9);
	buf_reset(&b);
	assert_true(buf_ok(&b) && b.len == 0);
}

static void
decimals_are_written_to_the_last_digit(void **state)
{
	static const struct {
		uint64_t    v;
		const char *text;
	} all[] = { { 0, "0" }, { 9, "9" }, { 10, "10" }, { 99, "99" }, { 100, "100" }, { 1795288711, "1795288711" }, { UINT64_MAX, "18446744073709551615" } };

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		uint8_t    raw[32];
		struct buf b = buf_over(raw, sizeof raw);
		buf_decimal(&b, all[i].v);
		assert_string_equal(buf_string(&b), all[i].text);
	}
}

static void
hexadecimal_has_two_digits_a_byte_and_as_many_as_asked_of_a_number(void **state)
{
	uint8_t    raw[32];
	struct buf b = buf_over(raw, sizeof raw);

	(void)state;
	buf_hex(&b, LIT("\0\x0f\xa5"));
	buf_hex_number(&b, 0x1a2, 4);
	assert_string_equal(buf_string(&b), "000fa501a2");
}

static void
formatted_text_that_does_not_fit_makes_it_full(void **state)
{
	uint8_t    raw[8];
	struct buf b = buf_over(raw, sizeof raw);

	(void)state;
	buf_format(&b, "%d-%s", 12, "ab");
	assert_string_equal(buf_string(&b), "12-ab");
	buf_format(&b, "%s", "cdefgh");
	assert_false(buf_ok(&b));
	assert_int_equal(b.len, 5);
}

static void
a_full_text_is_cut_for_its_nul(void **state)
{
	uint8_t    raw[3];
	struct buf b = buf_over(raw, sizeof raw);

	(void)state;
	buf_text(&b, "abc");
	assert_string_equal(buf_string(&b), "ab");
}

static void
a_length_is_patched_in_place(void **state)
{
	uint8_t    raw[4];
	struct buf b = buf_over(raw, sizeof raw);

	(void)state;
	buf_u32(&b, 0xaaaaaaaa);
	buf_patch16(&b, 1, 0x0102);
	assert_memory_equal(raw, "\xaa\1\2\xaa", 4);
}

static void
an_empty_view_may_be_absent(void **state)
{
	uint8_t    raw[4];
	struct buf b = buf_over(raw, sizeof raw);

	(void)state;
	buf_put(&b, NULL, 0);
	buf_bytes_put(&b, bytes_of(NULL, 0));
	buf_hex(&b, bytes_of(NULL, 0));
	assert_true(buf_ok(&b) && b.len == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_written_in_network_order_unless_the_name_says_le),
		cmocka_unit_test(what_does_not_fit_is_not_written_and_nothing_after_it_either),
		cmocka_unit_test(decimals_are_written_to_the_last_digit),
		cmocka_unit_test(hexadecimal_has_two_digits_a_byte_and_as_many_as_asked_of_a_number),
		cmocka_unit_test(formatted_text_that_does_not_fit_makes_it_full),
		cmocka_unit_test(a_full_text_is_cut_for_its_nul),
		cmocka_unit_test(a_length_is_patched_in_place),
		cmocka_unit_test(an_empty_view_may_be_absent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
