#include "test/unit/check.h"

#include "pki/enrolment.h"
#include "pki/exchange.h"

#define PUMPCO LIT("\x30\x22\x31\x0f\x30\x0d\x06\x03\x55\x04\x0a\x0c\x06PumpCo\x31\x0f\x30\x0d\x06\x03\x55\x04\x05\x0c\x06SN4711")

static void
a_body_is_base64_in_lines_or_in_one(void **state)
{
	uint8_t    room[16];
	struct buf der = buf_over(room, sizeof room);

	(void)state;
	assert_int_equal(enrolment_body(LIT("bm90\r\naGlu\n Zw==\r\n"), &der), OK);
	assert_true(bytes_equal(buf_bytes(&der), LIT("nothing")));
	buf_reset(&der);
	assert_int_equal(enrolment_body(LIT(""), &der), ERR_FORM);
	assert_int_equal(enrolment_body(LIT("\r\n"), &der), ERR_FORM);
	assert_int_equal(enrolment_body(LIT("bm90aGluZw="), &der), ERR_FORM);
	assert_int_equal(enrolment_body(LIT("bm90\0aGlu"), &der), ERR_FORM);
	assert_int_equal(enrolment_body(LIT("-----BEGIN CERTIFICATE REQUEST-----"), &der), ERR_FORM);
	assert_int_equal(enrolment_body(LIT("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), &der), ERR_LIMIT);
}

static void
basic_is_a_name_and_a_secret(void **state)
{
	char user[ENROLMENT_NAME + 1], secret[ENROLMENT_SECRET + 1];

	(void)state;
	assert_int_equal(enrolment_basic(LIT("basic cHVtcDE6YTpi"), user, secret), OK);
	assert_string_equal(user, "pump1");
	assert_string_equal(secret, "a:b");
	assert_int_equal(enrolment_basic(LIT(""), user, secret), ERR_UNSUPPORTED);
	assert_int_equal(enrolment_basic(LIT("Bearer cHVtcDE6YTpi"), user, secret), ERR_UNSUPPORTED);
	assert_int_equal(enrolment_basic(LIT("Basic cHVtcDE="), user, secret), ERR_FORM);       /* pump1 */
	assert_int_equal(enrolment_basic(LIT("Basic cAA6YQ=="), user, secret), ERR_FORM);       /* p NUL :a */
	assert_int_equal(enrolment_basic(LIT("Basic %%"), user, secret), ERR_FORM);
}

static void
a_code_forgives_hyphens_and_small_letters_alone(void **state)
{
	const uint8_t random[10] = { 0xff, 0, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf1 }, salt[ENROLMENT_SALT] = { 1 }, pepper[ENROLMENT_SALT] = { 2 };
	uint8_t       a[32], b[32];
	char          code[ENROLMENT_CODE];

	(void)state;
	enrolment_code(random, code);
	assert_string_equal(code, "ZW01-4D2P-F2DB-SQQH");
	enrolment_code_digest(salt, code, a);
	enrolment_code_digest(salt, "zw014d2pf2dbsqqh", b);
	assert_memory_equal(a, b, sizeof a);
	enrolment_code_digest(salt, "ZW01-4D2P-F2DB-SQQG", b);
	assert_memory_not_equal(a, b, sizeof a);
	enrolment_code_digest(pepper, code, b);
	assert_memory_not_equal(a, b, sizeof a);
}

static void
a_makers_certificate_is_of_the_device_that_the_policy_says(void **state)
{
	static struct policy p = { .devices = 2, .device = { { .name = "pump1", .card = { { 0, 9, 0xfb, 0, 0, 0x21 } } }, { .name = "ct1", .factory = "SN4711" } } };
	struct x509          c = x509_blank(bytes_of("", 0));

	(void)state;
	c.subject = PUMPCO;
	assert_true(bytes_equal(enrolment_serial(PUMPCO), LIT("SN4711")));
	assert_ptr_equal(enrolment_device(&p, &c), &p.device[1]);
	c.subject = LIT("\x30\x00");
	assert_null(enrolment_device(&p, &c)); /* not the one whose factory is not named, either */
	c.subject_cn = LIT("SN4711");
	assert_ptr_equal(enrolment_device(&p, &c), &p.device[1]);
	c.subject_cn = LIT("");
	c.names_der = LIT("\x86\x19urn:mac:00:09:fb:00:00:21");
	assert_ptr_equal(enrolment_device(&p, &c), &p.device[0]);
	c.names_der = LIT("\x86\x19urn:mac:00:00:00:00:00:00"); /* ct1 has no card that is known */
	assert_null(enrolment_device(&p, &c));
	assert_null(enrolment_device(NULL, &c));
}

static void
a_name_cut_anywhere_is_read_to_its_end_and_no_further(void **state)
{
	(void)state;
	for (size_t n = 0; n < PUMPCO.len; n++) {
		uint8_t *cut = malloc(n ? n : 1);
		memcpy(cut, PUMPCO.at, n);
		assert_int_equal(enrolment_serial(bytes_of(cut, n)).len, 0);
		free(cut);
	}
}

static void
a_refusal_takes_the_place_of_what_was_begun(void **state)
{
	uint8_t         room[64];
	struct buf      b = buf_over(room, sizeof room);
	struct exchange x = { .answer = &b };

	(void)state;
	buf_text(&b, "half a certificate");
	exchange_say(&x, 403, "not %s", "you");
	exchange_line(&x, "Retry-After", "%d", 300);
	assert_int_equal(x.status, 403);
	assert_true(bytes_equal(buf_bytes(&b), LIT("not you\n")));
	assert_int_equal(x.lines, 1);
	assert_string_equal(x.line[0].value, "300");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_is_base64_in_lines_or_in_one),
		cmocka_unit_test(basic_is_a_name_and_a_secret),
		cmocka_unit_test(a_code_forgives_hyphens_and_small_letters_alone),
		cmocka_unit_test(a_makers_certificate_is_of_the_device_that_the_policy_says),
		cmocka_unit_test(a_name_cut_anywhere_is_read_to_its_end_and_no_further),
		cmocka_unit_test(a_refusal_takes_the_place_of_what_was_begun),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
