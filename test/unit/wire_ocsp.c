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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_names_a_certificate_and_a_nonce),
		cmocka_unit_test(a_cut_question_is_refused),
		cmocka_unit_test(more_than_32_certificates_or_a_long_nonce_are_refused),
		cmocka_unit_test(what_is_to_be_signed_names_who_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
