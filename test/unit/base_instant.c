#include "base/instant.h"
#include "test/unit/check.h"

static int64_t
us_of(const char *text)
{
	struct instant t = { -1 };

	assert_int_equal(instant_parse(bytes_text(text), &t), OK);
	return t.us;
}

static const char *
text_of(int64_t us)
{
	static uint8_t raw[64];
	struct buf     b = buf_over(raw, sizeof raw);

	instant_print((struct instant){ us }, &b);
	return buf_string(&b);
}

static void
a_moment_is_written_with_microseconds(void **state)
{
	(void)state;
	assert_string_equal(text_of(0), "1970-01-01T00:00:00.000000+00:00");
	assert_string_equal(text_of(INT64_C(1795288711402113)), "2026-11-21T19:18:31.402113+00:00");
	assert_string_equal(text_of(-1), "1969-12-31T23:59:59.999999+00:00");
	assert_string_equal(text_of(INT64_C(951782400000000)), "2000-02-29T00:00:00.000000+00:00");
}

static void
what_is_written_is_read_again(void **state)
{
	(void)state;
	for (int64_t us = INT64_C(-2000000000000000); us < INT64_C(5000000000000000); us += INT64_C(12345678901234))
		assert_true(us_of(text_of(us)) == us);
}

static void
zones_and_decimals_are_read(void **state)
{
	(void)state;
	assert_true(us_of("2026-11-21T19:18:31Z") == INT64_C(1795288711000000));
	assert_true(us_of("2026-11-21t20:18:31.5+01:00") == INT64_C(1795288711500000));
	assert_true(us_of("2026-11-21 13:48:31.1234567899-05:30") == INT64_C(1795288711123456));
}

static void
what_is_no_moment_is_refused(void **state)
{
	static const char *const all[] = { "", "2026", "2026-11-21", "2026-11-21T19:18:31", "2026-13-21T19:18:31Z", "2026-00-21T19:18:31Z", "2026-11-32T19:18:31Z",
		                           "2026-11-21T24:18:31Z", "2026-11-21T19:60:31Z", "2026-11-21T19:18:31Zx", "2026/11/21T19:18:31Z", "2026-11-21T19:18:31+0100", "yyyy-11-21T19:18:31Z" };
	struct instant           t;

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (instant_parse(bytes_text(all[i]), &t) == OK)
			fail_msg("accepted %s", all[i]);
}

static void
the_time_between_two_moments_has_a_sign(void **state)
{
	(void)state;
	assert_int_equal(instant_since((struct instant){ 5 }, (struct instant){ 7 }), 2);
	assert_int_equal(instant_since((struct instant){ 7 }, (struct instant){ 5 }), -2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moment_is_written_with_microseconds),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(zones_and_decimals_are_read),
		cmocka_unit_test(what_is_no_moment_is_refused),
		cmocka_unit_test(the_time_between_two_moments_has_a_sign),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
