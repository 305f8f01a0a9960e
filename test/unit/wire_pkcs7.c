#include "test/unit/check.h"
#include "wire/der.h"
#include "wire/scep.h"

#define NAME LIT("\x30\x0b\x31\x09\x30\x07\x06\x03\x55\x04\x03\x0c\x00")
#define NONCE LIT("0123456789abcdef")

static uint8_t attribute_room[1024], message_room[4096];

static struct bytes
answer(struct scep *out)
{
	struct buf b = buf_over(attribute_room, sizeof attribute_room);

	*out = (struct scep){ .transaction = LIT("t-1"), .sender_nonce = NONCE, .recipient_nonce = LIT("fedcba9876543210"), .status = SCEP_FAILURE, .fail = SCEP_BAD_REQUEST, .fail_text = "no" };
	scep_print(out, LIT("digest"), &b);
	assert_true(buf_ok(&b));
	return buf_bytes(&b);
}

static struct bytes
message(struct bytes content)
{
	struct scep s;
	struct buf  b = buf_over(message_room, sizeof message_room);

	pkcs7_signed_print(&(struct pkcs7_signed){ .content = content, .certificates = LIT("\x30\x00"), .issuer = NAME, .serial = LIT("\x07"), .hash = PKCS7_SHA256, .key = PKCS7_RSA,
	                   .attributes = answer(&s), .signature = LIT("signature") }, &b);
	assert_true(buf_ok(&b));
	return buf_bytes(&b);
}

static struct bytes
envelope(void)
{
	struct buf b = buf_over(message_room, sizeof message_room);

	pkcs7_envelope_print(&(struct pkcs7_envelope){ .issuer = NAME, .serial = LIT("\x07"), .key = LIT("key"), .cipher = PKCS7_AES256, .iv = NONCE, .content = LIT("enciphered") }, &b);
	assert_true(buf_ok(&b));
	return buf_bytes(&b);
}

static void
what_is_signed_is_read_again(void **state)
{
	struct pkcs7_signed s;

	(void)state;
	assert_int_equal(pkcs7_signed_parse(message(LIT("content")), &s), OK);
	assert_true(bytes_equal(s.content, LIT("content")));
	assert_true(bytes_equal(s.issuer, NAME));
	assert_true(bytes_equal(s.serial, LIT("\x07")));
	assert_true(bytes_equal(s.certificates, LIT("\x30\x00")));
	assert_int_equal(s.hash, PKCS7_SHA256);
	assert_int_equal(s.key, PKCS7_RSA);
	assert_int_equal(pkcs7_signed_parse(message(LIT("")), &s), OK);
	assert_int_equal(s.content.len, 0);
}

static void
what_is_enciphered_is_read_by_whose_it_is(void **state)
{
	struct pkcs7_envelope e;

	(void)state;
	assert_int_equal(pkcs7_envelope_parse(envelope(), LIT("\x07"), &e), OK);
	assert_true(bytes_equal(e.content, LIT("enciphered")));
	assert_true(bytes_equal(e.key, LIT("key")));
	assert_int_equal(e.cipher, PKCS7_AES256);
	assert_int_equal(pkcs7_envelope_parse(envelope(), LIT("\x08"), &e), ERR_NOTFOUND);
	assert_int_equal(pkcs7_envelope_parse(envelope(), LIT("\x00\x07"), &e), OK);
}

static enum err
any_envelope(struct bytes in, struct pkcs7_envelope *out)
{
	return pkcs7_envelope_parse(in, bytes_of("", 0), out);
}

static void
a_cut_message_is_refused(void **state)
{
	(void)state;
	EVERY_TRUNCATION_REFUSED(pkcs7_signed_parse, struct pkcs7_signed, message(LIT("content")));
	EVERY_TRUNCATION_REFUSED(any_envelope, struct pkcs7_envelope, envelope());
}

static void
a_byte_behind_a_message_is_refused(void **state)
{
	struct pkcs7_signed   s;
	struct pkcs7_envelope e;
	struct bytes          m = message(LIT("content"));

	(void)state;
	assert_int_equal(pkcs7_signed_parse(bytes_of(m.at, m.len + 1), &s), ERR_FORM);
	m = envelope();
	assert_int_equal(any_envelope(bytes_of(m.at, m.len + 1), &e), ERR_FORM);
}

static void
a_message_signed_by_nobody_is_refused(void **state)
{
	struct pkcs7_signed s;
	uint8_t             room[256];
	struct buf          b = buf_over(room, sizeof room);

	(void)state;
	pkcs7_print_certificates(LIT("\x30\x00"), &b);
	assert_int_equal(pkcs7_signed_parse(buf_bytes(&b), &s), ERR_FORM);
}

static void
an_attribute_that_stands_there_twice_is_none(void **state)
{
	struct pkcs7_set s = { .n = 0 };
	uint8_t          room[256], tag = 0;
	struct buf       b = buf_over(room, sizeof room);

	(void)state;
	pkcs7_put_attribute(&s, "\x2a\x03", DER_UTF8, LIT("b"));
	pkcs7_put_attribute(&s, "\x2a\x04", DER_UTF8, LIT("c"));
	pkcs7_put_attribute(&s, "\x2a\x03", DER_UTF8, LIT("a"));
	pkcs7_set_print(&s, &b);
	assert_int_equal(pkcs7_attribute(buf_bytes(&b), "\x2a\x03", &tag).len, 0);
	assert_true(bytes_equal(pkcs7_attribute(buf_bytes(&b), "\x2a\x04", &tag), LIT("c")));
	assert_int_equal(tag, DER_UTF8);
	assert_true(room[10] == 'a'); /* a SET OF is sorted */
}

static void
scep_finds_its_attributes(void **state)
{
	struct scep s, made;

	(void)state;
	assert_int_equal(scep_parse(answer(&made), &s), OK);
	assert_int_equal(s.type, SCEP_ANSWER);
	assert_true(bytes_equal(s.transaction, LIT("t-1")));
	assert_true(bytes_equal(s.sender_nonce, NONCE));
	assert_int_equal(scep_parse(bytes_of("", 0), &s), ERR_FORM);
}

static void
certificates_come_out_as_they_went_in(void **state)
{
	uint8_t      room[256];
	struct buf   out = buf_over(room, sizeof room);
	struct bytes got;

	(void)state;
	pkcs7_print_certificates(LIT("\x30\x03\x02\x01\x01\x30\x03\x02\x01\x02"), &out);
	assert_int_equal(pkcs7_certificates(buf_bytes(&out), &got), OK);
	assert_true(bytes_equal(got, LIT("\x30\x03\x02\x01\x01\x30\x03\x02\x01\x02")));
	EVERY_TRUNCATION_REFUSED(pkcs7_certificates, struct bytes, buf_bytes(&out));
	buf_u8(&out, 0);
	assert_int_not_equal(pkcs7_certificates(buf_bytes(&out), &got), OK);
	room[12] ^= 1; /* the last arc of id-signedData */
	assert_int_not_equal(pkcs7_certificates(bytes_of(room, out.len - 1), &got), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_signed_is_read_again),
		cmocka_unit_test(what_is_enciphered_is_read_by_whose_it_is),
		cmocka_unit_test(a_cut_message_is_refused),
		cmocka_unit_test(a_byte_behind_a_message_is_refused),
		cmocka_unit_test(a_message_signed_by_nobody_is_refused),
		cmocka_unit_test(an_attribute_that_stands_there_twice_is_none),
		cmocka_unit_test(scep_finds_its_attributes),
		cmocka_unit_test(certificates_come_out_as_they_went_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
