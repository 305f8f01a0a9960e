#include "base/json.h"
#include "test/unit/check.h"

static uint8_t raw[512];

static void
members_are_written_in_the_order_of_the_calls(void **state)
{
	struct buf b = buf_over(raw, sizeof raw);

	(void)state;
	json_open(&b, NULL, '{');
	json_text(&b, "rule", "arp.spoof");
	json_open(&b, "alert", '{');
	json_number(&b, "severity", 1);
	json_bool(&b, "sure", false);
	json_close(&b, '}');
	json_open(&b, "ports", '[');
	json_number(&b, NULL, -1);
	json_number(&b, NULL, INT64_MIN);
	json_close(&b, ']');
	json_hex(&b, "digest", LIT("\x01\xff"));
	json_mac(&b, "mac", (struct mac){ { 0, 9, 0xfb, 0, 0, 0x21 } });
	json_addr(&b, "ip", addr_v4((const uint8_t *)"\x0a\x4d\0\x0a"));
	json_instant(&b, "timestamp", (struct instant){ 1 });
	json_close(&b, '}');
	assert_string_equal(buf_string(&b), "{\"rule\":\"arp.spoof\",\"alert\":{\"severity\":1,\"sure\":false},\"ports\":[-1,-9223372036854775808],"
	                                    "\"digest\":\"01ff\",\"mac\":\"00:09:fb:00:00:21\",\"ip\":\"10.77.0.10\",\"timestamp\":\"1970-01-01T00:00:00.000001+00:00\"}");
}

static const char *
text_of(struct bytes v)
{
	static struct buf b;

	b = buf_over(raw, sizeof raw);
	json_bytes(&b, NULL, v);
	return buf_string(&b);
}

static void
what_would_end_the_string_is_escaped(void **state)
{
	(void)state;
	assert_string_equal(text_of(LIT("a\"b\\c\n\0\x7f")), "\"a\\\"b\\\\c\\u000a\\u0000\\u007f\"");
}

static void
utf_8_stands_as_it_is(void **state)
{
	(void)state;
	assert_string_equal(text_of(LIT("Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x8f\xa5")), "\"Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x8f\xa5\"");
}

static void
what_is_not_utf_8_is_written_as_the_code_point_of_the_byte(void **state)
{
	(void)state;
	assert_string_equal(text_of(LIT("Zo\xeb")), "\"Zo\\u00eb\"");
	assert_string_equal(text_of(LIT("\xc0\xaf")), "\"\\u00c0\\u00af\"");         /* overlong */
	assert_string_equal(text_of(LIT("\xed\xa0\x80")), "\"\\u00ed\\u00a0\\u0080\""); /* a surrogate */
	assert_string_equal(text_of(LIT("\xf5\x80\x80\x80")), "\"\\u00f5\\u0080\\u0080\\u0080\"");
	assert_string_equal(text_of(LIT("\xe2\x82")), "\"\\u00e2\\u0082\"");         /* cut */
}

static void
a_line_after_a_line_begins_anew(void **state)
{
	struct buf b = buf_over(raw, sizeof raw);

	(void)state;
	for (int i = 0; i < 2; i++) {
		json_open(&b, NULL, '{');
		json_number(&b, "n", i);
		json_close(&b, '}');
		buf_u8(&b, '\n');
	}
	assert_string_equal(buf_string(&b), "{\"n\":0}\n{\"n\":1}\n");
}

static void
what_does_not_fit_makes_the_buffer_full(void **state)
{
	(void)state;
	for (size_t cap = 1; cap < 14; cap++) {
		struct buf b = buf_over(raw, cap);
		json_open(&b, NULL, '{');
		json_text(&b, "name", "value");
		json_close(&b, '}');
		assert_false(buf_ok(&b));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_written_in_the_order_of_the_calls),
		cmocka_unit_test(what_would_end_the_string_is_escaped),
		cmocka_unit_test(utf_8_stands_as_it_is),
		cmocka_unit_test(what_is_not_utf_8_is_written_as_the_code_point_of_the_byte),
		cmocka_unit_test(a_line_after_a_line_begins_anew),
		cmocka_unit_test(what_does_not_fit_makes_the_buffer_full),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
