#include "test/unit/check.h"

#include "content/correction.h"

#define HEAD "MSH|^~\\&|MON|W1|EHR|W1|20261121||ORU^R01|"
#define BODY "|P|2.5\rPID|1||P1\r"

static void
is(struct bytes in, const char *fields, struct bytes want)
{
	uint8_t    room[1024];
	struct buf out = buf_over(room, sizeof room);

	assert_int_equal(correction_hl7(in, fields, &out), OK);
	if (!bytes_equal(buf_bytes(&out), want))
		fail_msg("got %.*s", (int)out.len, (const char *)out.at);
}

static void
marks_the_result_and_its_order(void **state)
{
	(void)state;
	is(LIT(HEAD "C1" BODY "OBR|1|||V\rOBX|1|NM|a||72|/min|||||F\rOBX|2|NM|b||97|%|||||F|||2026\r"), "OBX[2].5",
	   LIT(HEAD "C1-C1" BODY "OBR|1|||V|||||||||||||||||||||C\rOBX|1|NM|a||72|/min|||||F\rOBX|2|NM|b||97|%|||||C|||2026\r"));
}

static void
leaves_other_orders_as_they_were(void **state)
{
	(void)state;
	is(LIT(HEAD "C1" BODY "OBR|1\rOBX|1|NM|a||72\rOBR|2\rOBX|1|NM|b||97\r\n"), "PID[1].5 OBX[2].5",
	   LIT(HEAD "C1-C1" BODY "OBR|1\rOBX|1|NM|a||72\rOBR|2||||||||||||||||||||||||C\rOBX|1|NM|b||97||||||C\r\n"));
}

static void
a_name_within_a_name_is_not_it(void **state)
{
	uint8_t    room[1024];
	struct buf out = buf_over(room, sizeof room);

	(void)state;
	assert_int_equal(correction_hl7(LIT(HEAD "C1" BODY "OBX|1|NM|a||72\r"), "OBX[1].51 XOBX[1].5 OBX[11].5", &out), ERR_FORM);
}

static void
refuses_what_is_no_result(void **state)
{
	uint8_t    room[1024];
	struct buf out = buf_over(room, sizeof room);

	(void)state;
	assert_int_equal(correction_hl7(LIT(""), "OBX[1].5", &out), ERR_FORM);
	assert_int_equal(correction_hl7(LIT("MSH"), "OBX[1].5", &out), ERR_FORM);
	assert_int_equal(correction_hl7(LIT(HEAD "C1" BODY), "", &out), ERR_FORM);
	assert_int_equal(correction_hl7(LIT("PID|1\rOBX|1|NM|a||72\r"), "OBX[1].5", &out), ERR_FORM);
}

static void
says_when_it_does_not_fit(void **state)
{
	uint8_t    room[40];
	struct buf out = buf_over(room, sizeof room);

	(void)state;
	assert_int_equal(correction_hl7(LIT(HEAD "C1" BODY "OBX|1|NM|a||72\r"), "OBX[1].5", &out), ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_the_result_and_its_order),
		cmocka_unit_test(leaves_other_orders_as_they_were),
		cmocka_unit_test(a_name_within_a_name_is_not_it),
		cmocka_unit_test(refuses_what_is_no_result),
		cmocka_unit_test(says_when_it_does_not_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
