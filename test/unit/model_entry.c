#include "model/entry.h"
#include "test/unit/check.h"

static const char LINE[] = "{\"actor\":\"judge\",\"digest\":\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\",\"incident\":\"I17-1\",\"says\":\"two \\\"cards\\\" say \xc3\xbc \\\\\","
                           "\"subject\":\"10.77.0.10\",\"time\":\"2026-11-21T19:18:31.402113+00:00\",\"type\":\"finding\"}";

static void
an_entry_is_one_canonical_object_and_comes_back(void **state)
{
	struct entry e;
	uint8_t      room[ENTRY_SIZE];
	struct buf   b = buf_over(room, sizeof room);

	(void)state;
	assert_int_equal(entry_parse(bytes_text(LINE), &e), OK);
	assert_int_equal(e.type, ENTRY_FINDING);
	assert_string_equal(e.says, "two \"cards\" say \xc3\xbc \\");
	assert_true(e.evidence);
	assert_string_equal(e.incident, "I17-1");
	assert_int_equal(e.digest[31], 0xff);
	entry_print(&e, &b);
	assert_true(bytes_equal(buf_bytes(&b), bytes_text(LINE)));
}

static void
another_form_of_the_same_entry_is_refused(void **state)
{
	static const char *const bad[] = {
		"{ \"actor\":\"a\",\"says\":\"\",\"subject\":\"\",\"time\":\"2026-11-21T19:18:31.402113+00:00\",\"type\":\"role\"}",
		"{\"actor\":\"a\",\"says\":\"\",\"subject\":\"\",\"time\":\"2026-11-21T19:18:31Z\",\"type\":\"role\"}",
		"{\"actor\":\"\\a\",\"says\":\"\",\"subject\":\"\",\"time\":\"2026-11-21T19:18:31.402113+00:00\",\"type\":\"role\"}",
		"{\"actor\":\"a\",\"says\":\"\",\"subject\":\"\",\"time\":\"2026-11-21T19:18:31.402113+00:00\",\"type\":\"role\"}\n",
		"{\"actor\":\"a\",\"says\":\"\t\",\"subject\":\"\",\"time\":\"2026-11-21T19:18:31.402113+00:00\",\"type\":\"role\"}",
		"{\"actor\":\"a\",\"incident\":\"\",\"says\":\"\",\"subject\":\"\",\"time\":\"2026-11-21T19:18:31.402113+00:00\",\"type\":\"role\"}",
		"{\"actor\":\"a\",\"subject\":\"\",\"says\":\"\",\"time\":\"2026-11-21T19:18:31.402113+00:00\",\"type\":\"role\"}",
	};
	struct entry e;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(entry_parse(bytes_text(bad[i]), &e), ERR_FORM);
	assert_int_equal(entry_parse(bytes_text("{\"actor\":\"a\",\"says\":\"\",\"subject\":\"\",\"time\":\"2026-11-21T19:18:31.402113+00:00\",\"type\":\"other\"}"), &e), ERR_UNSUPPORTED);
	EVERY_TRUNCATION_REFUSED(entry_parse, struct entry, bytes_text(LINE));
}

static void
what_is_no_text_becomes_a_question_mark(void **state)
{
	struct entry e = { .type = ENTRY_LOGIN, .actor = "a\nb\x7f", .subject = "\xff\xc3", .says = "\xc2\x9b" "31m" };
	uint8_t      room[ENTRY_SIZE];
	struct buf   b = buf_over(room, sizeof room);

	(void)state;
	entry_print(&e, &b);
	assert_true(bytes_equal(buf_bytes(&b), bytes_text("{\"actor\":\"a?b?\",\"says\":\"??31m\",\"subject\":\"??\",\"time\":\"1970-01-01T00:00:00.000000+00:00\",\"type\":\"login\"}")));
	assert_int_equal(entry_parse(buf_bytes(&b), &e), OK);
}

static void
the_longest_entry_fits(void **state)
{
	struct entry e = { .type = ENTRY_CONTAINMENT, .evidence = true };
	uint8_t      room[ENTRY_SIZE];
	struct buf   b = buf_over(room, sizeof room);

	(void)state;
	memset(e.actor, '"', sizeof e.actor);
	memset(e.subject, '\\', sizeof e.subject);
	memset(e.incident, '"', sizeof e.incident);
	memset(e.says, '"', sizeof e.says);
	assert_true(entry_checked(&e));
	entry_print(&e, &b);
	assert_true(buf_ok(&b));
	assert_int_equal(entry_parse(buf_bytes(&b), &e), OK);
	e.type = ENTRY_TYPES;
	assert_false(entry_checked(&e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_is_one_canonical_object_and_comes_back),
		cmocka_unit_test(another_form_of_the_same_entry_is_refused),
		cmocka_unit_test(what_is_no_text_becomes_a_question_mark),
		cmocka_unit_test(the_longest_entry_fits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
