#include "test/unit/content_oru.h"
#include "content/meaning_json.h"

static struct meaning_json json;

static enum err
read_cut(const char *text, size_t n, struct meaning *m)
{
	meaning_json_begin(&json, m, &KEY, true);
	for (struct bytes in = bytes_text(text); in.len; in = bytes_skip(in, n)) {
		struct bytes piece = bytes_head(in, n);
		uint8_t     *copy = malloc(piece.len);
		memcpy(copy, piece.at, piece.len);
		meaning_json_put(&json, bytes_of(copy, piece.len));
		free(copy);
	}
	return meaning_json_end(&json);
}

static void
compare(const char *one, const char *two, const char *paths)
{
	compare_by(read_cut, one, two, paths);
}

static void
order_of_members_blanks_and_escapes_say_nothing(void **state)
{
	(void)state;
	compare("{\"a\":1,\"b\":[true,null]}", " { \"b\" : [ true , null ] ,\r\n\"a\":1 } ", "");
	compare("{\"a\":\"x/\\u00e9\\n\"}", "{\"\\u0061\":\"x\\/\xc3\xa9\\u000a\"}", "");
	compare("\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"", "");
	compare("\xef\xbb\xbf[1]", "[1]", "");
}

static void
a_changed_value_is_named_by_its_pointer(void **state)
{
	(void)state;
	compare("{\"valueQuantity\":{\"value\":72,\"unit\":\"x\"}}", "{\"valueQuantity\":{\"value\":27,\"unit\":\"x\"}}", "/valueQuantity/value ");
	compare("{\"v\":1.0}", "{\"v\":1}", "/v ");
	compare("{\"v\":\"1\"}", "{\"v\":1}", "/v ");
	compare("{\"v\":null}", "{}", "-/v + ");
	compare("[1,2]", "[2,1]", "/0 /1 ");
	compare("{\"a/b\":{\"~\":1}}", "{\"a/b\":{\"~\":2}}", "/a~1b/~0 ");
	compare("{\"a\":[]}", "{\"a\":{}}", "/a ");
}

static void
what_a_fhir_server_gives_is_envelope(void **state)
{
	struct meaning a, b;

	(void)state;
	assert_int_equal(read_cut("{\"resourceType\":\"Observation\",\"id\":\"1\",\"meta\":{\"versionId\":\"1\"},\"v\":1}", 5, &a), OK);
	assert_string_equal(json.type, "Observation");
	assert_string_equal(json.id, "1");
	assert_int_equal(read_cut("{\"resourceType\":\"Observation\",\"id\":\"2\",\"meta\":{\"versionId\":\"7\",\"lastUpdated\":\"x\"},\"v\":1}", 5, &b), OK);
	assert_true(meaning_digest_equal(a.body, b.body));
	assert_false(meaning_digest_equal(a.meaning, b.meaning));
}

static void
a_name_that_stands_twice_is_flagged(void **state)
{
	struct meaning m;

	(void)state;
	assert_int_equal(read_cut("{\"a\":1,\"b\":{\"a\":2}}", 9, &m), OK);
	assert_false(json.duplicate);
	assert_int_equal(read_cut("{\"a\":1,\"\\u0061\":2}", 9, &m), OK);
	assert_true(json.duplicate);
}

static void
what_is_not_json_is_refused_however_it_is_cut(void **state)
{
	static const char *const all[] = {
		"", "{", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "01", "1.", "-", "1e", "+1", "tru", "truth", "\"", "\"\\x\"", "\"\\u12g4\"", "\"\t\"",
		"1 2", "]", "[}", "{\"a\":1,}", "nul", "'a'", "\xef\xbb[1]", "[1 2]",
	};
	struct meaning m;

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		for (size_t n = 1; n < 8; n++) {
			if (read_cut(all[i], n, &m) == OK)
				fail_msg("accepted %s", all[i]);
			assert_non_null(json.refused);
		}
	char deep[200];
	memset(deep, '[', sizeof deep);
	deep[199] = 0;
	assert_int_equal(read_cut(deep, 200, &m), ERR_FORM);
	assert_non_null(strstr(json.refused, "deep"));
}

static void
any_cut_has_the_same_digests(void **state)
{
	static const char text[] = "{\"a\":[1,-2.5e+3,{\"b\":\"x\\ud83d\\ude00\\\\y\"},[]],\"c\":true,\"d\":null,\"e\":\"\\ud83dz\"}";
	struct meaning    m, k;

	(void)state;
	assert_int_equal(read_cut(text, sizeof text, &m), OK);
	for (size_t n = 1; n < sizeof text; n++) {
		assert_int_equal(read_cut(text, n, &k), OK);
		assert_true(meaning_digest_equal(m.meaning, k.meaning) && meaning_digest_equal(m.bytes, k.bytes));
		assert_string_equal(differences(&m, &k), "");
	}
}

static void
more_fields_than_slots_share_the_last_and_are_never_unseen(void **state)
{
	static char    one[1 << 15], two[1 << 15];
	struct meaning a, b;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct buf t = buf_over(i ? two : one, sizeof one);
		for (int k = 0; k < 600; k++)
			buf_format(&t, "%s%d", k ? "," : "[", i && k == 500 ? 7 : 5);
		buf_text(&t, "]");
		(void)buf_string(&t);
	}
	assert_int_equal(read_cut(one, 999, &a), OK);
	assert_int_equal(read_cut(two, 999, &b), OK);
	assert_string_equal(differences(&a, &b), "* ");
	assert_false(meaning_digest_equal(a.body, b.body));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_of_members_blanks_and_escapes_say_nothing),
		cmocka_unit_test(a_changed_value_is_named_by_its_pointer),
		cmocka_unit_test(what_a_fhir_server_gives_is_envelope),
		cmocka_unit_test(a_name_that_stands_twice_is_flagged),
		cmocka_unit_test(what_is_not_json_is_refused_however_it_is_cut),
		cmocka_unit_test(any_cut_has_the_same_digests),
		cmocka_unit_test(more_fields_than_slots_share_the_last_and_are_never_unseen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
