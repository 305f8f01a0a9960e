#include "crypt/encode.h"
#include "test/unit/check.h"

static enum err
parse(const char *text, struct buf *out)
{
	buf_reset(out);
	return encode_base64_parse(bytes_text(text), out);
}

static void
base64_of_any_length_comes_back(void **state)
{
	static uint8_t raw[5000], text[8000], again[5000];

	(void)state;
	for (size_t i = 0; i < sizeof raw; i++)
		raw[i] = (uint8_t)(i * 131);
	for (size_t n = 0; n <= sizeof raw; n = n < 70 ? n + 1 : n + 487) {
		struct buf t = buf_over(text, sizeof text), b = buf_over(again, sizeof again);
		encode_base64(bytes_of(raw, n), &t);
		assert_int_equal(t.len, (n + 2) / 3 * 4);
		assert_int_equal(encode_base64_parse(buf_bytes(&t), &b), OK);
		assert_true(bytes_equal(buf_bytes(&b), bytes_of(raw, n)));
	}
}

static void
another_text_for_the_same_bytes_is_refused(void **state)
{
	uint8_t    room[16];
	struct buf b = buf_over(room, sizeof room);

	(void)state;
	assert_int_equal(parse("Zg==", &b), OK);
	assert_int_equal(b.len, 1);
	static const char *const bad[] = { "Zh==", "Zg=", "Zg", " Zg==", "Zg== ", "Zg==\n", "Z===", "====", "Zg==Zg==", "Zm9=", "-_==", "Zg=A" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(parse(bad[i], &b), ERR_FORM);
}

static void
bytes_that_do_not_fit_are_refused(void **state)
{
	uint8_t    room[2];
	struct buf b = buf_over(room, sizeof room);

	(void)state;
	assert_int_equal(parse("Zm9v", &b), ERR_LIMIT);
}

static void
base64url_is_the_same_without_padding(void **state)
{
	static uint8_t raw[5000], text[8000], again[5000];

	(void)state;
	for (size_t i = 0; i < sizeof raw; i++)
		raw[i] = (uint8_t)(i * 251);
	for (size_t n = 0; n <= sizeof raw; n = n < 70 ? n + 1 : n + 487) {
		struct buf t = buf_over(text, sizeof text), b = buf_over(again, sizeof again);
		encode_base64url(bytes_of(raw, n), &t);
		assert_int_equal(t.len, (4 * n + 2) / 3);
		assert_int_equal(bytes_find(buf_bytes(&t), '='), t.len);
		assert_int_equal(encode_base64url_parse(buf_bytes(&t), &b), OK);
		assert_true(bytes_equal(buf_bytes(&b), bytes_of(raw, n)));
	}
	static const char *const bad[] = { "Zg==", "Zh", "Z", "+_8", "_/8", "-_9", "Zm9v=", "Zm 9", "Zm9v\n", "Zm9vZ" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct buf b = buf_over(again, sizeof again);
		assert_int_equal(encode_base64url_parse(bytes_text(bad[i]), &b), ERR_FORM);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_of_any_length_comes_back),
		cmocka_unit_test(another_text_for_the_same_bytes_is_refused),
		cmocka_unit_test(bytes_that_do_not_fit_are_refused),
		cmocka_unit_test(base64url_is_the_same_without_padding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
