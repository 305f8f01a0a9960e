#include "content/known.h"
#include "test/unit/check.h"

static struct known_table table;

static struct known
about(uint64_t lo, uint64_t hi)
{
	struct known k;

	memset(&k, 0, sizeof k);
	k.bytes = (struct siphash_wide){ lo, hi };
	k.id = lo * 7;
	k.fields = 71;
	strcpy(k.key, "MON1");
	return k;
}

static int
begin(void **state)
{
	(void)state;
	memset(&table, 0, sizeof table);
	return 0;
}

static void
what_was_told_a_moment_ago_is_known(void **state)
{
	struct known   k = about(5, 9), out;
	struct instant now = { INT64_C(1700000000000000) };

	(void)state;
	assert_false(known_find(&table, k.bytes, now, &out));
	known_put(&table, &k, now);
	assert_true(known_find(&table, k.bytes, now, &out));
	assert_memory_equal(&k, &out, sizeof k);
	/* Another place's clock may be behind. */
	now.us -= 1000000;
	assert_true(known_find(&table, k.bytes, now, &out));
}

static void
either_half_of_the_digest_tells_two_apart(void **state)
{
	struct known   k = about(5, 9), out;
	struct instant now = { 1 };

	(void)state;
	known_put(&table, &k, now);
	assert_false(known_find(&table, (struct siphash_wide){ 5, 9 + KNOWN_ENTRIES }, now, &out));
	assert_false(known_find(&table, (struct siphash_wide){ 6, 9 }, now, &out));
}

static void
what_was_told_long_ago_is_not_known(void **state)
{
	struct known k = about(5, 9), out;

	(void)state;
	known_put(&table, &k, (struct instant){ 100 * INSTANT_SECOND });
	assert_true(known_find(&table, k.bytes, (struct instant){ 100 * INSTANT_SECOND + KNOWN_LONG }, &out));
	assert_false(known_find(&table, k.bytes, (struct instant){ 100 * INSTANT_SECOND + KNOWN_LONG + 1 }, &out));
	assert_false(known_find(&table, k.bytes, (struct instant){ 100 * INSTANT_SECOND - KNOWN_LONG - 1 }, &out));
}

static void
the_newest_stays(void **state)
{
	struct known   old = about(5, 9), new = about(6, 9 + KNOWN_ENTRIES), out;
	struct instant now = { 1 };

	(void)state;
	known_put(&table, &old, now);
	known_put(&table, &new, now);
	assert_false(known_find(&table, old.bytes, now, &out));
	assert_true(known_find(&table, new.bytes, now, &out));
}

static void
what_is_being_written_is_neither_read_nor_written(void **state)
{
	struct known   k = about(5, 9), other = about(5, 9), out;
	struct instant now = { 1 };

	(void)state;
	known_put(&table, &k, now);
	atomic_fetch_add(&table.entry[9].turn, 1);
	assert_false(known_find(&table, k.bytes, now, &out));
	other.id = 1;
	known_put(&table, &other, now);
	atomic_fetch_sub(&table.entry[9].turn, 1);
	assert_true(known_find(&table, k.bytes, now, &out));
	assert_int_equal(out.id, k.id);
}

static void
texts_of_another_process_end(void **state)
{
	struct known   k = about(5, 9), out;
	struct instant now = { 1 };

	(void)state;
	memset(k.key, 'x', sizeof k.key);
	memset(k.type, 'x', sizeof k.type);
	memset(k.code, 'x', sizeof k.code);
	known_put(&table, &k, now);
	assert_true(known_find(&table, k.bytes, now, &out));
	assert_int_equal(strlen(out.key), sizeof out.key - 1);
	assert_int_equal(strlen(out.type), sizeof out.type - 1);
	assert_int_equal(strlen(out.code), sizeof out.code - 1);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup(f, begin)
	const struct CMUnitTest tests[] = {
		T(what_was_told_a_moment_ago_is_known),
		T(either_half_of_the_digest_tells_two_apart),
		T(what_was_told_long_ago_is_not_known),
		T(the_newest_stays),
		T(what_is_being_written_is_neither_read_nor_written),
		T(texts_of_another_process_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
