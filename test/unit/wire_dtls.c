#include "test/unit/check.h"
#include "test/unit/hellos.h"
#include "wire/dtls.h"

/* AnyConnect's answer to a hello without a cookie. */
static const char VERIFY[] = "16 0100 0000 000000000000 0023 03 000017 0000 000000 000017 0100 14 6291bcf11a76eec56236218cac4cd4c37c12411d";

static uint8_t raw[4096];

static struct bytes
message(const char *text)
{
	return bytes_of(raw, unhex(text, raw, sizeof raw));
}

static void
a_hello_verify_request_is_read(void **state)
{
	struct dtls_record       r;
	struct dtls_handshake    h;
	struct dtls_hello_verify v;
	struct bytes             in = message(VERIFY);

	(void)state;
	assert_true(dtls_looks(in));
	assert_int_equal(dtls_record_parse(in, &r), OK);
	assert_int_equal(r.size, in.len);
	assert_int_equal(r.epoch, 0);
	assert_int_equal(dtls_handshake_parse(r.fragment, &h), OK);
	assert_int_equal(h.type, TLS_HELLO_VERIFY);
	assert_true(dtls_handshake_whole(&h));
	assert_int_equal(dtls_hello_verify_parse(h.fragment, &v), OK);
	assert_int_equal(v.version, 0x0100);
	assert_int_equal(v.cookie.len, 20);
	EVERY_TRUNCATION_REFUSED(dtls_record_parse, struct dtls_record, in);
	EVERY_TRUNCATION_REFUSED(dtls_handshake_parse, struct dtls_handshake, r.fragment);
	EVERY_TRUNCATION_REFUSED(dtls_hello_verify_parse, struct dtls_hello_verify, h.fragment);
}

static void
printing_gives_the_same_bytes(void **state)
{
	uint8_t                  text[3][128];
	struct buf               one = buf_over(text[0], 128), two = buf_over(text[1], 128), three = buf_over(text[2], 128);
	struct dtls_record       r;
	struct dtls_handshake    h;
	struct dtls_hello_verify v;
	struct bytes             in = message(VERIFY);

	(void)state;
	raw[10] = 7;
	raw[5] = 1;
	assert_int_equal(dtls_record_parse(in, &r), OK);
	assert_true(r.sequence == UINT64_C(0x010000000007));
	assert_int_equal(dtls_handshake_parse(r.fragment, &h), OK);
	assert_int_equal(dtls_hello_verify_parse(h.fragment, &v), OK);
	dtls_hello_verify_print(&v, &three);
	h.fragment = buf_bytes(&three);
	dtls_handshake_print(&h, &two);
	r.fragment = buf_bytes(&two);
	dtls_record_print(&r, &one);
	assert_true(bytes_equal(in, buf_bytes(&one)));
}

static void
a_client_hello_with_a_cookie_is_read(void **state)
{
	struct dtls_handshake   h;
	struct tls_client_hello c;

	(void)state;
	assert_int_equal(dtls_handshake_parse(message(COOKIE_HELLO), &h), OK);
	assert_int_equal(h.message, 1);
	assert_int_equal(dtls_client_hello_parse(h.fragment, &c), OK);
	assert_int_equal(c.carrier, TLS_OVER_DATAGRAM);
	assert_int_equal(c.cookie.len, 20);
	assert_int_equal(c.ciphers.len, 2);
	EVERY_TRUNCATION_REFUSED(dtls_client_hello_parse, struct tls_client_hello, h.fragment);
}

static void
a_dtls12_handshake_is_read(void **state)
{
	struct dtls_handshake   h;
	struct tls_client_hello c;
	struct tls_server_hello s;

	(void)state;
	assert_int_equal(dtls_handshake_parse(message(DATAGRAM_HELLO), &h), OK);
	assert_int_equal(dtls_client_hello_parse(h.fragment, &c), OK);
	assert_int_equal(c.version_max, 0xfefd);
	assert_int_equal(dtls_handshake_parse(message(DATAGRAM_SERVER), &h), OK);
	assert_int_equal(tls_server_hello_parse(h.fragment, &s), OK);
	assert_int_equal(s.version_chosen, 0xfefd);
	assert_string_equal(tls_version_text(s.version_chosen), "DTLS 1.2");
}

static void
the_newest_datagram_version_is_the_lowest_number(void **state)
{
	struct tls_client_hello c;
	struct buf              b = buf_over(raw, sizeof raw);

	(void)state;
	buf_u16(&b, 0xfefd);
	buf_zero(&b, 32 + 2);
	buf_put(&b, "\0\2\x13\1" "\1\0" "\0\x0b" "\0\x2b\0\7\6\xfe\xfd\xfe\xfc\xfe\xff", 19);
	assert_int_equal(dtls_client_hello_parse(buf_bytes(&b), &c), OK);
	assert_int_equal(c.version_max, 0xfefc);
}

static void
a_fragment_beyond_its_message_is_refused(void **state)
{
	struct dtls_handshake h;

	(void)state;
	assert_int_equal(dtls_handshake_parse(message("01 000010 0000 000008 000004 00000000"), &h), OK);
	assert_false(dtls_handshake_whole(&h));
	assert_int_equal(dtls_handshake_parse(message("01 000010 0000 00000d 000004 00000000"), &h), ERR_FORM);
	assert_int_equal(dtls_handshake_parse(message("01 000010 0000 000011 000000"), &h), ERR_FORM);
	assert_int_equal(dtls_handshake_parse(message("01 010001 0000 000000 000000"), &h), ERR_LIMIT);
}

static void
encrypted_and_foreign_datagrams_are_told_apart(void **state)
{
	struct dtls_record r;

	(void)state;
	assert_int_equal(dtls_record_parse(message("2f 0001 0004 aabbccdd"), &r), ERR_UNSUPPORTED);
	assert_int_equal(dtls_record_parse(message("00 01 00 00 21 12 a4 42 000000000000000000"), &r), ERR_FORM);
	assert_int_equal(dtls_record_parse(message("16 0303 0000 000000000000 0000"), &r), ERR_FORM);
	assert_false(dtls_looks(message("17 fefd 0001 000000000000 0001 00")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hello_verify_request_is_read),
		cmocka_unit_test(printing_gives_the_same_bytes),
		cmocka_unit_test(a_client_hello_with_a_cookie_is_read),
		cmocka_unit_test(a_dtls12_handshake_is_read),
		cmocka_unit_test(the_newest_datagram_version_is_the_lowest_number),
		cmocka_unit_test(a_fragment_beyond_its_message_is_refused),
		cmocka_unit_test(encrypted_and_foreign_datagrams_are_told_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
