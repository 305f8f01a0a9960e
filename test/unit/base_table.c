#include "test/unit/check.h"
#include "base/table.h"

struct record {
	uint32_t key, value;
};

static void
what_is_put_is_found_until_it_is_dropped(void **state)
{
	struct table  *t = table_new(8, 4, sizeof(struct record), 1);
	uint32_t       key = 7;
	bool           fresh;
	struct record *r = table_put(t, &key, &fresh);

	(void)state;
	assert_true(fresh);
	r->value = 70;
	assert_int_equal(((struct record *)table_find(t, &key))->value, 70);
	table_drop(t, r);
	assert_null(table_find(t, &key));
	assert_int_equal(table_count(t), 0);
	table_free(t);
}

static void
a_flood_washes_out_the_fleeting_and_not_the_kept(void **state)
{
	struct table *t = table_new(64, 4, sizeof(struct record), 2);
	bool          fresh;

	(void)state;
	for (uint32_t k = 0; k < 32; k++)
		table_keep(t, table_put(t, &k, &fresh));
	for (uint32_t k = 1000; k < 101000; k++)
		table_put(t, &k, &fresh);
	for (uint32_t k = 0; k < 32; k++)
		assert_non_null(table_peek(t, &k));
	assert_int_equal(table_count(t), 64);
	assert_int_equal(table_evicted(t), 32 + 100000 - 64);
	table_free(t);
}

static void
the_longest_unused_goes_first(void **state)
{
	struct table *t = table_new(4, 4, sizeof(struct record), 3);
	bool          fresh;
	uint32_t      k;

	(void)state;
	for (k = 0; k < 4; k++)
		table_put(t, &k, &fresh);
	k = 0;
	table_find(t, &k);
	k = 9;
	table_put(t, &k, &fresh);
	k = 0;
	assert_non_null(table_peek(t, &k));
	k = 1;
	assert_null(table_peek(t, &k));
	table_free(t);
}

static void
kept_records_alone_cannot_fill_the_table(void **state)
{
	struct table *t = table_new(64, 4, sizeof(struct record), 4);
	bool          fresh;

	(void)state;
	for (uint32_t k = 0; k < 1000; k++)
		table_keep(t, table_put(t, &k, &fresh));
	uint32_t at = 0, n = 0;
	for (struct record *r; (r = table_each(t, &at)); n++)
		assert_true(r->key < 1000);
	assert_int_equal(n, table_count(t));
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_found_until_it_is_dropped),
		cmocka_unit_test(a_flood_washes_out_the_fleeting_and_not_the_kept),
		cmocka_unit_test(the_longest_unused_goes_first),
		cmocka_unit_test(kept_records_alone_cannot_fill_the_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
