#include "test/unit/check.h"
#include "wire/der.h"
#include "wire/ocsp.h"

/* Made by openssl ocsp: one certificate, a nonce. */
static const char QUESTION[] =
	"30763074304d304b3049300906052b0e03021a050004149890a2cd45fa65cd7c400e2146a4b883ff83d1410414f37aad"
	"1db4230a7f0fc87946746a092d6d085b0002104d0ec5fae2c030fa206836e28e1b778aa2233021301f06092b06010505"
	"073001020412041071161dcfd432786830ccb9643be13cd3";

static void
a_question_names_a_certificate_and_a_nonce(void **state)
{
	uint8_t     raw[256];
	struct ocsp q;

	(void)state;
	assert_int_equal(ocsp_parse(bytes_of(raw, unhex(QUESTION, raw, sizeof raw)), &q), OK);
	assert_int_equal(q.ids, 1);
	assert_int_equal(q.id[0].name_hash.len, 20);
	assert_int_equal(q.nonce.len, 16);
}

static void
a_cut_question_is_refused(void **state)
{
	uint8_t raw[256];
	size_t  n = unhex(QUESTION, raw, sizeof raw);

	(void)state;
	EVERY_TRUNCATION_REFUSED(ocsp_parse, struct ocsp, bytes_of(raw, n));
}

static void
more_than_32_certificates_or_a_long_nonce_are_refused(void **state)
{
	static uint8_t raw[256], room[8192], nonce[OCSP_NONCE + 1];
	struct ocsp    q, again;
	struct buf     b = buf_over(room, sizeof room);

	(void)state;
	assert_int_equal(ocsp_parse(bytes_of(raw, unhex(QUESTION, raw, sizeof raw)), &q), OK);
	q.ids = OCSP_IDS;
	for (unsigned i = 1; i < OCSP_IDS; i++)
		q.id[i] = q.id[0];
	q.nonce = bytes_of(nonce, OCSP_NONCE);
	ocsp_print(&q, &b);
	assert_int_equal(ocsp_parse(buf_bytes(&b), &again), OK);
	assert_int_equal(again.ids, OCSP_IDS);
	q.nonce = bytes_of(nonce, OCSP_NONCE + 1);
	buf_reset(&b);
	ocsp_print(&q, &b);
	assert_int_equal(ocsp_parse(buf_bytes(&b), &again), ERR_FORM);
	buf_reset(&b);
	size_t whole = der_begin(&b, DER_SEQUENCE), tbs = der_begin(&b, DER_SEQUENCE), list = der_begin(&b, DER_SEQUENCE);
	for (unsigned i = 0; i <= OCSP_IDS; i++)
		der_put(&b, DER_SEQUENCE, q.id[0].whole);
	der_end(&b, list);
	der_end(&b, tbs);
	der_end(&b, whole);
	assert_int_equal(ocsp_parse(buf_bytes(&b), &again), ERR_LIMIT);
}

static void
what_is_to_be_signed_names_who_answers(void **state)
{
	uint8_t      room[1024];
	struct buf   b = buf_over(room, sizeof room);
	struct bytes by;

	(void)state;
	ocsp_print_data(LIT("\x30\x00"), (struct instant){ 0 },
	                &(struct ocsp_single){ .id = LIT("\x30\x00"), .status = OCSP_REVOKED, .reason = 1 }, 1, LIT("n"), &b);
	assert_int_equal(ocsp_data_parse(buf_bytes(&b), &by), OK);
	assert_true(bytes_equal(by, LIT("\x30\x00")));
	assert_int_equal(ocsp_data_parse(bytes_head(buf_bytes(&b), b.len - 1), &by), ERR_FORM);
}

/* An answer of the printers, about the certificate of QUESTION. */
static struct bytes
answer(enum ocsp_status status, struct bytes *id)
{
	static uint8_t     raw[256], room[2048], data[1024];
	static struct ocsp q;
	struct buf         b = buf_over(room, sizeof room), d = buf_over(data, sizeof data);

	assert_int_equal(ocsp_parse(bytes_of(raw, unhex(QUESTION, raw, sizeof raw)), &q), OK);
	*id = q.id[0].whole;
	ocsp_print_data(LIT("\x30\x00"), (struct instant){ 0 },
	                &(struct ocsp_single){ .id = *id, .status = status, .reason = 4, .revoked = { 3 * INSTANT_SECOND }, .from = { INSTANT_SECOND }, .until = { 2 * INSTANT_SECOND } },
	                1, LIT("n"), &d);
	ocsp_print_answer(buf_bytes(&d), LIT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"), LIT("sign"), LIT("\x30\x01\x05"), &b);
	return buf_bytes(&b);
}

static void
an_answer_is_read_as_it_was_printed(void **state)
{
	static const enum ocsp_status STATUS[] = { OCSP_GOOD, OCSP_REVOKED, OCSP_UNKNOWN };
	struct ocsp_answer a;
	struct ocsp_single one;
	struct bytes       id;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(ocsp_answer_parse(answer(STATUS[i], &id), &a), OK);
		assert_int_equal(a.algorithm, X509_ECDSA_SHA256);
		assert_true(bytes_equal(a.signature, LIT("sign")) && bytes_equal(a.nonce, LIT("n")));
		assert_int_equal(a.certificates, 1);
		assert_true(bytes_equal(a.certificate[0], LIT("\x30\x01\x05")));
		assert_int_equal(ocsp_find(&a, id, &one), OK);
		assert_int_equal(one.status, STATUS[i]);
		assert_int_equal(one.from.us, INSTANT_SECOND);
		assert_int_equal(one.until.us, 2 * INSTANT_SECOND);
	}
	assert_int_equal(ocsp_answer_parse(answer(OCSP_REVOKED, &id), &a), OK);
	assert_int_equal(ocsp_find(&a, id, &one), OK);
	assert_int_equal(one.reason, 4);
	assert_int_equal(one.revoked.us, 3 * INSTANT_SECOND);
}

static void
a_cut_answer_is_refused(void **state)
{
	struct bytes id, whole = answer(OCSP_REVOKED, &id);

	(void)state;
	EVERY_TRUNCATION_REFUSED(ocsp_answer_parse, struct ocsp_answer, whole);
}

static void
an_answer_about_another_is_none(void **state)
{
	static const uint8_t name[20], key[20];
	uint8_t              room[128];
	struct buf           b = buf_over(room, sizeof room);
	struct ocsp_answer   a;
	struct ocsp_single   one;
	struct bytes         id;

	(void)state;
	assert_int_equal(ocsp_answer_parse(answer(OCSP_GOOD, &id), &a), OK);
	ocsp_print_id(name, key, LIT("\x01"), &b);
	assert_int_equal(ocsp_find(&a, buf_bytes(&b), &one), ERR_NOTFOUND);
}

static void
a_printed_name_of_a_certificate_is_read_again(void **state)
{
	uint8_t     raw[256], room[128];
	struct buf  b = buf_over(room, sizeof room);
	struct ocsp q;

	(void)state;
	assert_int_equal(ocsp_parse(bytes_of(raw, unhex(QUESTION, raw, sizeof raw)), &q), OK);
	ocsp_print_id(q.id[0].name_hash.at, q.id[0].key_hash.at, q.id[0].serial, &b);
	assert_true(bytes_equal(buf_bytes(&b), q.id[0].whole));
}

static void
an_answer_may_say_why_there_is_none(void **state)
{
	uint8_t            room[16];
	struct buf         b = buf_over(room, sizeof room);
	struct ocsp_answer a;

	(void)state;
	ocsp_print_trouble(OCSP_TRY_LATER, &b);
	assert_int_equal(ocsp_answer_parse(buf_bytes(&b), &a), OK);
	assert_int_equal(a.trouble, OCSP_TRY_LATER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_names_a_certificate_and_a_nonce),
		cmocka_unit_test(a_cut_question_is_refused),
		cmocka_unit_test(more_than_32_certificates_or_a_long_nonce_are_refused),
		cmocka_unit_test(what_is_to_be_signed_names_who_answers),
		cmocka_unit_test(an_answer_is_read_as_it_was_printed),
		cmocka_unit_test(a_cut_answer_is_refused),
		cmocka_unit_test(an_answer_about_another_is_none),
		cmocka_unit_test(a_printed_name_of_a_certificate_is_read_again),
		cmocka_unit_test(an_answer_may_say_why_there_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
