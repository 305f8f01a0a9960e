#include "test/unit/check.h"

#include "pki/nonce.h"

static struct nonce n, other;

static int
setup(void **state)
{
	(void)state;
	memset(n.key, 7, sizeof n.key);
	memset(other.key, 8, sizeof other.key);
	return 0;
}

static void
a_nonce_is_taken_once(void **state)
{
	char one[NONCE_TEXT], two[NONCE_TEXT];

	(void)state;
	nonce_give(&n, one);
	nonce_give(&n, two);
	assert_int_equal(strlen(one), 32);
	assert_string_not_equal(one, two);
	assert_true(nonce_take(&n, two));
	assert_false(nonce_take(&n, two));
	assert_true(nonce_take(&n, one));
	assert_false(nonce_take(&n, one));
}

static void
what_was_not_given_here_is_not_taken(void **state)
{
	char text[NONCE_TEXT];

	(void)state;
	nonce_give(&other, text);
	assert_false(nonce_take(&n, text));
	assert_true(nonce_take(&other, text));
	for (size_t i = 0; i < 32; i++) {
		nonce_give(&n, text);
		text[i] = text[i] == 'A' ? 'B' : 'A';
		assert_false(nonce_take(&n, text));
	}
	assert_false(nonce_take(&n, ""));
	assert_false(nonce_take(&n, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
}

static void
the_last_million_live_and_an_older_one_does_not(void **state)
{
	char old[NONCE_TEXT], next[NONCE_TEXT], text[NONCE_TEXT];

	(void)state;
	nonce_give(&n, old);
	nonce_give(&n, next);
	for (unsigned i = 0; i < NONCE_LIVE - 1; i++)
		nonce_give(&n, text);
	assert_false(nonce_take(&n, old));
	assert_true(nonce_take(&n, next));
	assert_true(nonce_take(&n, text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_nonce_is_taken_once),
		cmocka_unit_test(what_was_not_given_here_is_not_taken),
		cmocka_unit_test(the_last_million_live_and_an_older_one_does_not),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
