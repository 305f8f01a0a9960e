#include "test/unit/check.h"
#include "wire/hl7.h"

static const char ORU[] =
	"MSH|^~\\&|MONITOR|ICU^1.2.3^ISO|GATEWAY|HOSP|20261121192355.137+0000||ORU^R01^ORU_R01|MON1000006|P|2.6|||AL|NE||UNICODE UTF-8\r"
	"PID|||MRN10021^^^HOSP^MR||DOE^JOHN\r"
	"OBX|1|NM|59407-7^SpO2^LN||98|%\r"
	"OBX|2|NM|8867-4^HR^LN||70|/min\r";
static const char ACK[] = "MSH|^~\\&|GATEWAY|HOSP|MONITOR|ICU|20261121192355||ACK^R01|77|P|2.6\rMSA|AA|MON1000006\r";

static bool
is(struct bytes b, const char *s)
{
	return bytes_equal(b, bytes_text(s));
}

static void
a_header_is_read(void **state)
{
	struct hl7 h;

	(void)state;
	assert_int_equal(hl7_parse(bytes_text(ORU), &h), OK);
	assert_int_equal(h.field, '|');
	assert_int_equal(h.component, '^');
	assert_int_equal(h.subcomponent, '&');
	assert_true(is(h.from_application, "MONITOR") && is(h.from_facility, "ICU^1.2.3^ISO"));
	assert_true(is(h.to_application, "GATEWAY") && is(h.to_facility, "HOSP"));
	assert_true(is(h.time, "20261121192355.137+0000"));
	assert_true(is(h.type, "ORU") && is(h.trigger, "R01") && is(h.structure, "ORU_R01"));
	assert_true(is(h.control_id, "MON1000006") && is(h.processing, "P") && is(h.version, "2.6"));
	assert_true(is(h.charset, "UNICODE UTF-8"));
	assert_false(h.batch || h.open);
	assert_int_equal(h.ack_code.len, 0);
}

static void
an_acknowledgement_names_what_it_answers(void **state)
{
	struct hl7 h;

	(void)state;
	assert_int_equal(hl7_parse(bytes_text(ACK), &h), OK);
	assert_true(is(h.ack_code, "AA") && is(h.ack_id, "MON1000006"));
	assert_int_equal(h.structure.len, 0);
}

static void
any_field_is_found_by_its_number(void **state)
{
	struct hl7 h;

	(void)state;
	assert_int_equal(hl7_parse(bytes_text(ORU), &h), OK);
	assert_true(is(hl7_field(&h, "MSH", 1), "|") && is(hl7_field(&h, "MSH", 2), "^~\\&"));
	assert_true(is(hl7_field(&h, "PID", 3), "MRN10021^^^HOSP^MR"));
	assert_true(is(hl7_component(&h, hl7_field(&h, "PID", 3), 5), "MR"));
	assert_true(is(hl7_field(&h, "OBX", 5), "98"));
	assert_int_equal(hl7_field(&h, "PID", 40).len, 0);
	assert_int_equal(hl7_field(&h, "ZZZ", 1).len, 0);
}

static void
a_byte_order_mark_line_feeds_and_batches_are_passed_over(void **state)
{
	struct hl7 h;

	(void)state;
	assert_int_equal(hl7_parse(bytes_text("\xef\xbb\xbf\r\nMSH|^~\\&|A\nPID|1\n"), &h), OK);
	assert_true(is(h.from_application, "A") && is(hl7_field(&h, "PID", 1), "1"));
	assert_int_equal(hl7_parse(bytes_text("FHS|^~\\&|X\r\nBHS|^~\\&|Y\r\nMSH|^~\\&|A|B\r\nPID|1\r\nMSH|^~\\&|C\r\nPV1|1\r\n"), &h), OK);
	assert_true(h.batch && is(h.from_application, "A") && is(h.from_facility, "B"));
	assert_int_equal(hl7_field(&h, "PV1", 1).len, 0);
}

static void
other_delimiters_are_obeyed(void **state)
{
	struct hl7 h;

	(void)state;
	assert_int_equal(hl7_parse(bytes_text("MSH#*~!%#A#B#C#D#2026##ADT*A01#1#T#2.3\r"), &h), OK);
	assert_true(is(h.type, "ADT") && is(h.trigger, "A01") && is(h.version, "2.3"));
}

static void
a_prefix_is_short_until_the_delimiters_are_known(void **state)
{
	struct hl7 h;

	(void)state;
	for (size_t n = 0; n < sizeof ORU; n++)
		assert_int_equal(hl7_parse(bytes_of(ORU, n), &h), n < 9 ? ERR_SHORT : OK);
	assert_int_equal(hl7_parse(bytes_of(ORU, 20), &h), OK);
	assert_true(h.open);
}

static void
what_is_not_hl7_is_refused(void **state)
{
	static const char *const bad[] = { "MSHA^~\\&|", "PID|1\r", "MSH\r", "<?xml version", "MSH |", "MSH|aaaa|x|", "MSH|^~\\&^^^^^|x|" };
	struct hl7 h;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(hl7_parse(bytes_text(bad[i]), &h), ERR_FORM);
		assert_false(hl7_looks(bytes_text(bad[i])));
	}
	assert_true(hl7_looks(bytes_text(ORU)));
}

static void
printing_what_was_parsed_gives_the_same_bytes(void **state)
{
	uint8_t    raw[256];
	struct buf b = buf_over(raw, sizeof raw);
	struct hl7 h;

	(void)state;
	assert_int_equal(hl7_parse(bytes_text(ACK), &h), OK);
	hl7_print(&h, &b);
	assert_true(is(buf_bytes(&b), ACK));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_is_read),
		cmocka_unit_test(an_acknowledgement_names_what_it_answers),
		cmocka_unit_test(any_field_is_found_by_its_number),
		cmocka_unit_test(a_byte_order_mark_line_feeds_and_batches_are_passed_over),
		cmocka_unit_test(other_delimiters_are_obeyed),
		cmocka_unit_test(a_prefix_is_short_until_the_delimiters_are_known),
		cmocka_unit_test(what_is_not_hl7_is_refused),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
