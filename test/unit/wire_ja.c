#include "test/unit/check.h"
#include "test/unit/hellos.h"
#include "wire/ja.h"

static uint8_t raw[8192];

static void
client(const char *text, struct tls_client_hello *h)
{
	struct tls_handshake m;

	assert_int_equal(tls_handshake_parse(bytes_of(raw, unhex(text, raw, sizeof raw)), &m), OK);
	assert_int_equal(tls_client_hello_parse(m.body, h), OK);
}

static void
says(const struct buf *b, const char *text)
{
	if (!bytes_equal(buf_bytes(b), bytes_text(text)))
		fail_msg("%.*s is not %s", (int)b->len, (const char *)b->at, text);
}

static void
three_is(const char *hello, const char *text)
{
	uint8_t                 at[JA_TEXT_MAX];
	struct buf              b = buf_over(at, sizeof at);
	struct tls_client_hello h;

	client(hello, &h);
	assert_int_equal(ja_three(&h, &b), OK);
	says(&b, text);
}

static void
four_is(const struct tls_client_hello *h, const char *a, const char *b, const char *c)
{
	uint8_t    at[3][JA_TEXT_MAX];
	struct buf one = buf_over(at[0], JA_TEXT_MAX), two = buf_over(at[1], JA_TEXT_MAX), three = buf_over(at[2], JA_TEXT_MAX);

	assert_int_equal(ja_four(h, &one, &two, &three), OK);
	assert_int_equal(one.len, JA_FOUR_A_LEN);
	says(&one, a);
	says(&two, b);
	says(&three, c);
}

static void
ja3_leaves_grease_out_and_keeps_the_order(void **state)
{
	(void)state;
	three_is(CHROME_HELLO, "771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,"
	                       "65281-51-45-5-17513-13-16-35-27-43-0-18-10-23-11-21,29-23-24,0");
}

static void
ja3_of_old_hellos_has_empty_fields(void **state)
{
	(void)state;
	three_is(OLD_HELLO, "769,57-56-53-22-19-10-51-50-47-154-153-150-5-4-21-18-9-20-17-8-6-3-255,0,,");
	three_is(BARE_HELLO, "769,4-5-47-51-50-10-22-19-9-21-18-3-8-20-17,,,");
}

static void
ja3s_names_version_cipher_and_extensions(void **state)
{
	uint8_t                 at[JA_TEXT_MAX];
	struct buf              b = buf_over(at, sizeof at);
	struct tls_handshake    m;
	struct tls_server_hello h;

	(void)state;
	assert_int_equal(tls_handshake_parse(bytes_of(raw, unhex(DOWNGRADE_SERVER, raw, sizeof raw)), &m), OK);
	assert_int_equal(tls_server_hello_parse(m.body, &h), OK);
	assert_int_equal(ja_three_server(&h, &b), OK);
	says(&b, "771,49199,65281-0-11-16");
}

/* SHA-256 of b begins 8daaf6152771, of c e5627efa2ab1: JA4.md's own example. */
static void
ja4_sorts_ciphers_and_extensions(void **state)
{
	struct tls_client_hello h;

	(void)state;
	client(CHROME_HELLO, &h);
	four_is(&h, "t13d151699", "002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9",
	        "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_0403,0804,0401,0503,0805,0501,0806,0601");
}

static void
ja4_without_other_extensions_has_an_empty_part(void **state)
{
	struct tls_client_hello h;

	(void)state;
	client(OLD_HELLO, &h);
	four_is(&h, "t10d230100",
	        "0003,0004,0005,0006,0008,0009,000a,0011,0012,0013,0014,0015,0016,002f,0032,0033,0035,0038,0039,0096,0099,009a,00ff", "");
}

static void
ja4_names_carrier_and_datagram_version(void **state)
{
	struct tls_client_hello h;
	size_t                  n = unhex(DATAGRAM_HELLO, raw, sizeof raw);

	(void)state;
	assert_int_equal(tls_client_hello_read(bytes_of(raw + 12, n - 12), TLS_OVER_DATAGRAM, &h), OK);
	four_is(&h, "dd2i110700", "002f,0035,009c,c009,c00a,c013,c014,c02b,c02f,cca8,cca9",
	        "000a,000b,000d,000e,0017,0023,ff01_0403,0804,0401,0503,0805,0501,0806,0601,0201");
}

/* The examples of JA4.md, "ALPN Extension Value", but for bytes beyond ASCII, which FoxIO's programs print as 9. */
static void
ja4_shows_the_first_protocol_in_two_characters(void **state)
{
	static const struct {
		const char *name, *code;
	} rows[] = {
		{ "h2", "h2" }, { "http/1.1", "h1" }, { "", "00" }, { "a", "aa" }, { "\xab", "99" },
		{ "\x20", "20" }, { "\xab\xcd", "99" }, { "\x20\x61", "21" }, { "\x30\xab", "09" },
		{ "\x61\x20", "60" }, { "\x30\x31\xab\xcd", "09" }, { "\x30\xab\xcd\x31", "01" }, { "\xab\x20", "90" },
	};
	uint8_t                 at[3][JA_TEXT_MAX];
	struct tls_client_hello h;

	(void)state;
	client(CHROME_HELLO, &h);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf a = buf_over(at[0], JA_TEXT_MAX), b = buf_over(at[1], JA_TEXT_MAX), c = buf_over(at[2], JA_TEXT_MAX);
		h.alpn_first = bytes_text(rows[i].name);
		assert_int_equal(ja_four(&h, &a, &b, &c), OK);
		assert_memory_equal(a.at + 8, rows[i].code, 2);
	}
}

static void
counts_stop_at_ninety_nine_and_lists_at_the_limit(void **state)
{
	uint8_t                 at[3][JA_TEXT_MAX], ciphers[2 * (JA_LIST_MAX + 1)];
	struct buf              a = buf_over(at[0], JA_TEXT_MAX), b = buf_over(at[1], JA_TEXT_MAX), c = buf_over(at[2], JA_TEXT_MAX);
	struct tls_client_hello h;

	(void)state;
	client(CHROME_HELLO, &h);
	for (unsigned i = 0; i <= JA_LIST_MAX; i++) {
		ciphers[2 * i] = (uint8_t)(0xd0 - (i >> 8));
		ciphers[2 * i + 1] = (uint8_t)~i;
	}
	h.ciphers = bytes_of(ciphers, 2 * JA_LIST_MAX);
	assert_int_equal(ja_four(&h, &a, &b, &c), OK);
	assert_memory_equal(a.at + 4, "99", 2);
	for (size_t i = 5; i < b.len; i += 5)
		assert_true(memcmp(b.at + i - 5, b.at + i, 4) < 0);
	h.ciphers = bytes_of(ciphers, sizeof ciphers);
	assert_int_equal(ja_four(&h, &a, &b, &c), ERR_LIMIT);
}

static void
a_text_that_does_not_fit_is_refused(void **state)
{
	uint8_t                 at[20];
	struct buf              b = buf_over(at, sizeof at);
	struct tls_client_hello h;

	(void)state;
	client(CHROME_HELLO, &h);
	assert_int_equal(ja_three(&h, &b), ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ja3_leaves_grease_out_and_keeps_the_order),
		cmocka_unit_test(ja3_of_old_hellos_has_empty_fields),
		cmocka_unit_test(ja3s_names_version_cipher_and_extensions),
		cmocka_unit_test(ja4_sorts_ciphers_and_extensions),
		cmocka_unit_test(ja4_without_other_extensions_has_an_empty_part),
		cmocka_unit_test(ja4_names_carrier_and_datagram_version),
		cmocka_unit_test(ja4_shows_the_first_protocol_in_two_characters),
		cmocka_unit_test(counts_stop_at_ninety_nine_and_lists_at_the_limit),
		cmocka_unit_test(a_text_that_does_not_fit_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
