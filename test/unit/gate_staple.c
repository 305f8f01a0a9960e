#include "test/unit/check.h"

#include "base/memory.h"
#include "gate/staple.h"

static struct staple_page *page;
static const uint8_t       EC[32] = { 1 }, RSA[32] = { 2 };

static int
set_up(void **state)
{
	static struct staple ec = { .of = { 1 }, .until = 100, .len = 3, .der = "\x30\x01\x00" }, rsa = { .of = { 2 }, .until = 50, .len = 2, .der = "\x30\x00" };
	const struct staple *all[] = { &ec, &rsa };

	(void)state;
	page = memory_new(1, sizeof *page);
	staple_show(page, all, 2);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	memory_free(page);
	return 0;
}

static enum err
find(const uint8_t of[static 32], int64_t now, struct buf *b)
{
	static uint8_t room[STAPLE_MOST];
	struct instant until;

	*b = buf_over(room, sizeof room);
	return staple_find(page, of, (struct instant){ now }, b, &until);
}

static void
each_certificate_has_its_own_until_it_ends(void **state)
{
	static const uint8_t none[32] = { 3 };
	struct buf           b;

	(void)state;
	assert_int_equal(find(EC, 10, &b), OK);
	assert_int_equal(b.len, 3);
	assert_int_equal(find(RSA, 10, &b), OK);
	assert_int_equal(b.len, 2);
	assert_int_equal(find(RSA, 50, &b), ERR_NOTFOUND);
	assert_int_equal(find(EC, 50, &b), OK);
	assert_int_equal(find(none, 10, &b), ERR_NOTFOUND);
}

static void
a_page_that_is_being_written_is_not_read(void **state)
{
	struct buf b;
	uint32_t   before = staple_edition(page);

	(void)state;
	atomic_fetch_add(&page->edition, 1); /* the writer has begun */
	assert_int_equal(find(EC, 10, &b), ERR_AGAIN);
	assert_int_equal(b.len, 0);
	atomic_fetch_add(&page->edition, 1);
	assert_int_equal(find(EC, 10, &b), OK);
	staple_show(page, NULL, 0);
	assert_int_not_equal(staple_edition(page), before);
	assert_int_equal(find(EC, 10, &b), ERR_NOTFOUND);
}

static void
what_is_longer_than_a_place_is_not_read(void **state)
{
	struct buf b;

	(void)state;
	page->at[0].len = STAPLE_MOST + 1;
	assert_int_equal(find(EC, 10, &b), ERR_NOTFOUND);
	page->staples = UINT32_MAX;
	assert_int_equal(find(RSA, 10, &b), OK);
	assert_int_equal(find((const uint8_t[32]){ 9 }, 10, &b), ERR_NOTFOUND);
}

static void
what_is_kept_is_read_as_it_was_printed_and_a_cut_end_is_not(void **state)
{
	static struct staple a = { .of = { 1 }, .len = 3, .der = "\x30\x01\x00" }, b = { .of = { 2 }, .len = STAPLE_MOST }, got;
	static uint8_t       room[3 * sizeof(struct staple)];
	struct buf           out = buf_over(room, sizeof room);
	struct bytes         left;

	(void)state;
	staple_print(&a, &out);
	staple_print(&b, &out);
	for (size_t n = 0; n <= out.len; n++) {
		left = bytes_of(room, n);
		assert_int_equal(staple_next(&left, &got), n >= 32 + 2 + 3);
		if (n < 32 + 2 + 3)
			continue;
		assert_memory_equal(&got, &a, sizeof got.of);
		assert_true(bytes_equal(bytes_of(got.der, got.len), bytes_of(a.der, a.len)));
		assert_int_equal(staple_next(&left, &got), n == out.len);
		assert_false(n == out.len && (left.len || got.len != STAPLE_MOST));
	}
	left = LIT("\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\0\0");
	assert_false(staple_next(&left, &got)); /* an empty one is none: nothing would ever end */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_is_read_as_it_was_printed_and_a_cut_end_is_not),
		cmocka_unit_test_setup_teardown(each_certificate_has_its_own_until_it_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_page_that_is_being_written_is_not_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_longer_than_a_place_is_not_read, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
