#include "ledger/rate.h"
#include "test/unit/check.h"

static void
a_flood_is_written_up_to_its_rate_and_the_rest_is_counted_once(void **state)
{
	struct rate    r = { .from = { 0 } };
	struct entry   e;
	struct instant now = { 59 * INSTANT_SECOND };
	int            written = 0;

	(void)state;
	for (int i = 0; i < 100000; i++)
		written += rate_allow(&r, ENTRY_FINDING);
	assert_int_equal(written, 200);
	assert_true(rate_allow(&r, ENTRY_LOGIN)); /* another type has its own */
	assert_false(rate_summary(&r, now, &e));
	now.us += INSTANT_SECOND;
	assert_true(rate_summary(&r, now, &e));
	assert_int_equal(e.type, ENTRY_SUMMARY);
	assert_string_equal(e.subject, "finding");
	assert_non_null(strstr(e.says, "99800 "));
	assert_false(rate_summary(&r, now, &e));
	assert_true(rate_allow(&r, ENTRY_FINDING));
}

static void
what_people_write_has_no_limit_and_a_clock_set_back_ends_the_minute(void **state)
{
	struct rate  r = { .from = { 100 * INSTANT_SECOND } };
	struct entry e;

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_true(rate_allow(&r, ENTRY_POLICY));
	for (int i = 0; i < 201; i++)
		(void)rate_allow(&r, ENTRY_DROP);
	assert_true(rate_summary(&r, (struct instant){ 0 }, &e));
	assert_string_equal(e.subject, "drop");
	assert_false(rate_summary(&r, (struct instant){ 0 }, &e));
	assert_int_equal(r.from.us, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flood_is_written_up_to_its_rate_and_the_rest_is_counted_once),
		cmocka_unit_test(what_people_write_has_no_limit_and_a_clock_set_back_ends_the_minute),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
