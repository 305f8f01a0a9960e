#include "test/unit/check.h"
#include "wire/der.h"

static void
an_element_of_any_length_is_read_as_it_was_written(void **state)
{
	static const size_t LENGTH[] = { 0, 1, 127, 128, 255, 256, 65535, 65536 };
	static uint8_t      room[70000], contents[65536];

	(void)state;
	for (size_t i = 0; i < sizeof LENGTH / sizeof *LENGTH; i++) {
		struct buf b = buf_over(room, sizeof room);
		der_put(&b, DER_OCTET_STRING, bytes_of(contents, LENGTH[i]));
		assert_true(buf_ok(&b));
		struct cursor c = cursor_over(buf_bytes(&b));
		assert_int_equal(der_take(&c, DER_OCTET_STRING).len, LENGTH[i]);
		assert_true(cursor_end(&c));
	}
}

static void
a_length_longer_than_it_need_be_is_refused(void **state)
{
	static const struct bytes BAD[] = { { (const uint8_t *)"\x04\x81\x01\x00", 4 }, { (const uint8_t *)"\x04\x82\x00\x01\x00", 5 }, { (const uint8_t *)"\x04\x80\x00\x00", 4 } };

	(void)state;
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
		struct cursor c = cursor_over(BAD[i]);
		(void)der_take(&c, DER_OCTET_STRING);
		assert_false(cursor_ok(&c));
	}
}

static void
numbers_are_as_short_as_they_can_be_and_never_negative(void **state)
{
	static const struct { uint64_t v; struct bytes der; } ROW[] = {
		{ 0, { (const uint8_t *)"\x02\x01\x00", 3 } }, { 127, { (const uint8_t *)"\x02\x01\x7f", 3 } }, { 128, { (const uint8_t *)"\x02\x02\x00\x80", 4 } },
		{ 256, { (const uint8_t *)"\x02\x02\x01\x00", 4 } }, { UINT64_MAX, { (const uint8_t *)"\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff", 11 } },
	};
	uint8_t room[32];

	(void)state;
	for (size_t i = 0; i < sizeof ROW / sizeof *ROW; i++) {
		struct buf b = buf_over(room, sizeof room);
		der_put_small(&b, DER_INTEGER, ROW[i].v);
		assert_true(bytes_equal(buf_bytes(&b), ROW[i].der));
	}
	struct buf b = buf_over(room, sizeof room);
	der_put_integer(&b, LIT("\x00\x00\x80\x01"));
	assert_true(bytes_equal(buf_bytes(&b), LIT("\x02\x03\x00\x80\x01")));
}

static void
a_moment_is_read_as_it_was_written_and_2050_has_four_digits(void **state)
{
	static const int64_t S[] = { 0, 1763752711, 2524607999, 2524608000, 4102444800 };
	uint8_t              room[32];

	(void)state;
	for (size_t i = 0; i < sizeof S / sizeof *S; i++) {
		struct buf b = buf_over(room, sizeof room);
		der_put_moment(&b, (struct instant){ S[i] * INSTANT_SECOND }, false);
		assert_int_equal(room[0], S[i] < 2524608000 ? DER_UTC_TIME : DER_GENERALIZED_TIME);
		struct cursor c = cursor_over(buf_bytes(&b));
		assert_true(der_moment(&c).us == S[i] * INSTANT_SECOND);
		assert_true(cursor_end(&c));
	}
}

static void
what_does_not_fit_is_not_written(void **state)
{
	uint8_t    room[8];
	struct buf b = buf_over(room, sizeof room);

	(void)state;
	size_t at = der_begin(&b, DER_SEQUENCE);
	der_put(&b, DER_OCTET_STRING, LIT("12345"));
	der_end(&b, at);
	assert_false(buf_ok(&b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_element_of_any_length_is_read_as_it_was_written),
		cmocka_unit_test(a_length_longer_than_it_need_be_is_refused),
		cmocka_unit_test(numbers_are_as_short_as_they_can_be_and_never_negative),
		cmocka_unit_test(a_moment_is_read_as_it_was_written_and_2050_has_four_digits),
		cmocka_unit_test(what_does_not_fit_is_not_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
