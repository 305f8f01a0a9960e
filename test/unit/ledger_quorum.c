#include "ledger/quorum.h"
#include "test/unit/check.h"

#include <stdio.h>

static struct quorum q;

/* The policy with @n replaced by the vkey of log n, #n by that of witness n. */
static enum err
policy(const char *text)
{
	static uint8_t room[1 << 16];
	struct buf     b = buf_over(room, sizeof room);

	for (; *text; text++) {
		if (*text != '@' && *text != '#') {
			buf_u8(&b, (uint8_t)*text);
			continue;
		}
		struct note_key k;
		uint8_t         key[32] = { (uint8_t)text[0], (uint8_t)text[1] };
		char            name[16];
		snprintf(name, sizeof name, "%s%c", *text == '@' ? "log" : "wit", text[1]);
		assert_int_equal(note_key_make(name, *text == '@' ? NOTE_ED25519 : NOTE_COSIGNATURE, key, &k), OK);
		note_key_print(&k, &b);
		text++;
	}
	return quorum_parse(buf_bytes(&b), &q);
}

static const char EXAMPLE[] = "log @1\n\n \twitness X1 #1 https://w.test/x\nwitness X2 #2\nwitness X3 #3\ngroup X-witnesses 2 X1 X2 X3\n"
                              "witness Y1 #4\nwitness Y2 #5\nwitness Y3 #6\ngroup Y-witnesses any Y1 Y2 Y3\n"
                              "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n";

static void
the_example_of_the_specification_asks_for_two_of_x_and_one_of_y(void **state)
{
	(void)state;
	assert_int_equal(policy(EXAMPLE), OK);
	assert_string_equal(q.witness[0].url, "https://w.test/x");
	for (uint64_t w = 0; w < 64; w++)
		assert_int_equal(quorum_met(&q, w), __builtin_popcountll(w & 7) >= 2 && (w & 56));
}

static void
a_policy_prints_as_one_that_reads_the_same(void **state)
{
	static uint8_t one[1 << 16], two[1 << 16];
	struct buf     a = buf_over(one, sizeof one), b = buf_over(two, sizeof two);

	(void)state;
	assert_int_equal(policy(EXAMPLE), OK);
	quorum_print(&q, &a);
	assert_int_equal(quorum_parse(buf_bytes(&a), &q), OK);
	quorum_print(&q, &b);
	assert_true(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
}

static void
what_the_specification_forbids_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text;
		unsigned    line;
	} bad[] = {
		{ "log @1\n", 1 },                                                          /* no quorum */
		{ "quorum none\nquorum none\n", 2 },
		{ "quorum A\n", 1 },
		{ "quorum none", 1 },                                                       /* no newline */
		{ "log @1\nlog @1\nquorum none\n", 2 },                                     /* the same key twice */
		{ "log #1\nquorum none\n", 1 },                                             /* a key of another type */
		{ "witness none #1\nquorum none\n", 1 },
		{ "witness A #1\nwitness A #2\nquorum none\n", 2 },
		{ "witness A #1\ngroup B all C\nquorum none\n", 2 },
		{ "witness A #1\ngroup B 2 A\nquorum none\n", 2 },
		{ "witness A #1\ngroup B 0 A\nquorum none\n", 2 },
		{ "witness A #1\ngroup B any\nquorum none\n", 2 },
		{ "witness A #1\ngroup B any A A\nquorum none\n", 2 },
		{ "witness A #1\ngroup B any A\ngroup C any A\nquorum none\n", 3 },
		{ "quorum none\rx\n", 1 },
		{ "trust me\nquorum none\n", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (policy(bad[i].text) == OK)
			fail_msg("took %s", bad[i].text);
		assert_int_equal(q.line, bad[i].line);
	}
	assert_int_equal(policy("quorum none\n"), OK);
	assert_true(quorum_met(&q, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_specification_asks_for_two_of_x_and_one_of_y),
		cmocka_unit_test(a_policy_prints_as_one_that_reads_the_same),
		cmocka_unit_test(what_the_specification_forbids_is_refused_with_its_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
