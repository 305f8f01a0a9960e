#include "test/unit/check.h"
#include "content/blocks.h"

static const uint8_t BODY[64] = "0123456789abcdef0123456789ABCDEFfedcba9876543210end";

/* Block n of size 16 << exponent. */
static enum blocks_state
put(struct blocks *b, uint32_t n, bool more, uint32_t exponent, size_t len, size_t *fresh)
{
	struct bytes      v;
	size_t            at = (size_t)n * (16U << exponent);
	enum blocks_state s = blocks_put(b, n << 4 | (more ? 8 : 0) | exponent, bytes_of(BODY + at, len), &v);

	*fresh = v.len;
	return s;
}

static void
blocks_in_order_are_a_body(void **state)
{
	struct blocks b = { 0 };
	size_t        n;

	(void)state;
	assert_true(put(&b, 0, true, 0, 16, &n) == BLOCKS_NEXT && n == 16);
	assert_true(put(&b, 1, true, 0, 16, &n) == BLOCKS_NEXT && n == 16);
	assert_true(put(&b, 2, false, 0, 3, &n) == BLOCKS_LAST && n == 3);
	assert_int_equal(b.have, 35);
}

static void
a_block_sent_again_adds_nothing(void **state)
{
	struct blocks b = { 0 };
	size_t        n;

	(void)state;
	assert_int_equal(put(&b, 0, true, 0, 16, &n), BLOCKS_NEXT);
	assert_true(put(&b, 0, true, 0, 16, &n) == BLOCKS_AGAIN && n == 0);
	assert_int_equal(put(&b, 1, true, 0, 16, &n), BLOCKS_NEXT);
	assert_true(put(&b, 0, true, 0, 16, &n) == BLOCKS_AGAIN && n == 0);
	assert_true(put(&b, 2, false, 0, 9, &n) == BLOCKS_LAST && n == 9);
}

static void
a_gap_is_said_and_lasts_until_the_next_first_block(void **state)
{
	struct blocks b = { 0 };
	size_t        n;

	(void)state;
	assert_int_equal(put(&b, 1, true, 0, 16, &n), BLOCKS_GAP);
	assert_int_equal(put(&b, 0, true, 0, 16, &n), BLOCKS_NEXT);
	assert_int_equal(put(&b, 2, true, 0, 16, &n), BLOCKS_GAP);
	assert_int_equal(put(&b, 1, true, 0, 16, &n), BLOCKS_GAP);
	assert_true(put(&b, 0, false, 0, 5, &n) == BLOCKS_LAST && n == 5);
}

static void
another_first_block_begins_another_body(void **state)
{
	struct blocks b = { 0 };
	struct bytes  fresh;
	size_t        n;

	(void)state;
	assert_int_equal(put(&b, 0, true, 0, 16, &n), BLOCKS_NEXT);
	assert_int_equal(put(&b, 1, true, 0, 16, &n), BLOCKS_NEXT);
	assert_int_equal(blocks_put(&b, 8, bytes_of("another body's 1", 16), &fresh), BLOCKS_NEXT);
	assert_true(fresh.len == 16 && b.have == 16);
	assert_int_equal(put(&b, 2, false, 0, 3, &n), BLOCKS_GAP);
}

static void
blocks_may_become_smaller_on_the_way(void **state)
{
	struct blocks b = { 0 };
	size_t        n;

	(void)state;
	assert_int_equal(put(&b, 0, true, 1, 32, &n), BLOCKS_NEXT);
	assert_true(put(&b, 2, false, 0, 10, &n) == BLOCKS_LAST && n == 10);
}

static void
what_is_no_block_is_said(void **state)
{
	struct blocks b = { 0 };
	size_t        n;

	(void)state;
	assert_int_equal(put(&b, 0, true, 7, 16, &n), BLOCKS_FORM);
	assert_int_equal(put(&b, 0, true, 0, 15, &n), BLOCKS_FORM);
	assert_int_equal(put(&b, 0, false, 0, 17, &n), BLOCKS_FORM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_in_order_are_a_body),
		cmocka_unit_test(a_block_sent_again_adds_nothing),
		cmocka_unit_test(a_gap_is_said_and_lasts_until_the_next_first_block),
		cmocka_unit_test(another_first_block_begins_another_body),
		cmocka_unit_test(blocks_may_become_smaller_on_the_way),
		cmocka_unit_test(what_is_no_block_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
