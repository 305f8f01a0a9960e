#include "test/unit/content_oru.h"

static void
same(struct bytes one, struct bytes two)
{
	struct meaning a, b;

	assert_int_equal(read_all(one, &a), OK);
	assert_int_equal(read_all(two, &b), OK);
	assert_string_equal(differences(&a, &b), "");
	assert_true(meaning_digest_equal(a.meaning, b.meaning) && meaning_digest_equal(a.body, b.body));
	assert_false(meaning_digest_equal(a.bytes, b.bytes));
	assert_int_equal(meaning_like(&a, &b), 1000);
}

static void
other(struct bytes one, struct bytes two, const char *paths)
{
	struct meaning a, b;

	assert_int_equal(read_all(one, &a), OK);
	assert_int_equal(read_all(two, &b), OK);
	assert_string_equal(differences(&a, &b), paths);
	assert_false(meaning_digest_equal(a.meaning, b.meaning));
	assert_true(meaning_like(&a, &b) < 1000);
}

#define MSH "MSH|^~\\&|A|B\r"
#define MARKED "\xef\xbb\xbf\r\n" MSH "OBX|1|TX|a\\F\\b\\X0d0A\\c\\.br\\d\\e^^~^&|\"\"|\r\nZZ\rA|b\n"
#define SAME(x, y) same(LIT(MSH x), LIT(MSH y))
#define OTHER(x, y, paths) other(LIT(MSH x), LIT(MSH y), paths)

static void
any_cut_of_a_message_has_the_same_digests(void **state)
{
	static const struct bytes all[] = {
		{ (const uint8_t *)ORU, sizeof ORU - 1 },
		{ (const uint8_t *)MARKED, sizeof MARKED - 1 },
	};
	struct meaning     whole, cut;
	struct meaning_hl7 h;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(read_all(all[i], &whole), OK);
		for (size_t n = 1; n < all[i].len; n++) {
			assert_int_equal(read_in(all[i], n, &cut, &h), OK);
			assert_true(meaning_digest_equal(whole.bytes, cut.bytes) && meaning_digest_equal(whole.meaning, cut.meaning));
			assert_int_equal(whole.fields, cut.fields);
			assert_memory_equal(whole.field, cut.field, whole.fields * sizeof *whole.field);
		}
	}
}

static void
a_changed_value_is_named(void **state)
{
	(void)state;
	OTHER("OBX|1|NM|8867-4^HR^LN||72\rOBX|2|NM|x||1\r", "OBX|1|NM|8867-4^HR^LN||27\rOBX|2|NM|x||1\r", "OBX[1].5 ");
	OTHER("OBX|1||||72|a\r", "OBX|1||||72|b\rOBX|2||||9\r", "OBX[1].6 +OBX[2].1 +OBX[2].5 ");
	OTHER("OBX|1\rNTE|x\r", "OBX|1\r", "-NTE[1].1 ");
	OTHER("OBX|1\rPV2|\r", "OBX|1\r", "-PV2[1] ");
}

static void
the_order_of_segments_is_meaning(void **state)
{
	struct meaning a, b;

	(void)state;
	assert_int_equal(read_all(LIT(MSH "NTE|x\rOBX|1\r"), &a), OK);
	assert_int_equal(read_all(LIT(MSH "OBX|1\rNTE|x\r"), &b), OK);
	assert_false(meaning_digest_equal(a.meaning, b.meaning));
	assert_string_equal(differences(&a, &b), "");
}

static void
line_ends_marks_and_what_is_empty_at_an_end_say_nothing(void **state)
{
	(void)state;
	SAME("OBX|1|NM\rNTE|x\r", "OBX|1|NM\nNTE|x\n");
	SAME("OBX|1|NM\rNTE|x\r", "OBX|1|NM\r\nNTE|x\r\n");
	SAME("OBX|1|NM\rNTE|x\r", "OBX|1|NM\r\rNTE|x");
	SAME("OBX|1|NM\r", "OBX|1|NM|||\r");
	SAME("OBX|a^b\r", "OBX|a^b^^\r");
	SAME("OBX|a^b~c\r", "OBX|a^b&^~c&^~\r");
	SAME("OBX|a||\r", "OBX|a|^^~&|\r");
	same(LIT(MSH "OBX|1\r"), LIT("\xef\xbb\xbf" MSH "OBX|1\r"));
	same(LIT(MSH "OBX|1\r"), LIT("\r\n" MSH "OBX|1\r"));
}

static void
delete_is_not_no_change(void **state)
{
	(void)state;
	OTHER("PID|1|\"\"\r", "PID|1|\r", "-PID[1].2 ");
}

static void
what_is_empty_in_the_middle_is_meaning(void **state)
{
	(void)state;
	OTHER("OBX|a^^b\r", "OBX|a^b\r", "OBX[1].1 ");
	OTHER("OBX|a~~b\r", "OBX|a~b\r", "OBX[1].1 ");
	OTHER("OBX|a&b\r", "OBX|a^b\r", "OBX[1].1 ");
	OTHER("OBX|^a\r", "OBX|a\r", "OBX[1].1 ");
}

static void
an_escape_is_the_character_it_stands_for_and_no_separator(void **state)
{
	(void)state;
	SAME("OBX|a\\E\\b\r", "OBX|a\\X5c\\b\r");
	SAME("OBX|a\\F\\b\r", "OBX|a\\X7C\\b\r");
	SAME("OBX|caf\\XC3A9\\\r", "OBX|caf\xc3\xa9\r");
	OTHER("OBX|a\\S\\b\r", "OBX|a^b\r", "OBX[1].1 ");
	OTHER("OBX|a\\R\\b\r", "OBX|a~b\r", "OBX[1].1 ");
	OTHER("OBX|a\\T\\b\r", "OBX|a&b\r", "OBX[1].1 ");
	OTHER("OBX|a\\X0D\\NTE|x\r", "OBX|a\rNTE|x\r", "OBX[1].1 -OBX[1].2 +NTE[1].1 ");
}

static void
an_escape_not_known_is_kept(void **state)
{
	(void)state;
	OTHER("OBX|a\\.br\\b\r", "OBX|ab\r", "OBX[1].1 ");
	OTHER("OBX|a\\.br\\b\r", "OBX|a\\.sp\\b\r", "OBX[1].1 ");
	OTHER("OBX|a\\X4\\b\r", "OBX|a\\X5\\b\r", "OBX[1].1 ");
	OTHER("OBX|a\\b|c\r", "OBX|ab|c\r", "OBX[1].1 ");
	OTHER("OBX|a\\.br\\b\r", "OBX|a\\X00\\.br\\X00\\b\r", "OBX[1].1 ");
	SAME("OBX|C:\\temp|c\r", "OBX|C:\\E\\temp|c\r");
}

static void
other_delimiters_say_the_same(void **state)
{
	(void)state;
	same(LIT("MSH|^~\\&|A|B\rOBX|1|a^b&c~d|\\F\\x\\S\\\r"), LIT("MSH#*+!%#A#B\rOBX#1#a*b%c+d#|x^\r"));
	same(LIT("MSH|^~\\&|A\rOBX|a\\E\\b|c\\.br\\d\r"), LIT("MSH|^~!&|A\rOBX|a\\b|c!.br!d\r"));
	same(LIT("MSH|^~\\&|A^B\rOBX|1\r"), LIT("MSH^~|\\&^A~B\rOBX^1\r"));
	other(LIT("MSH|^~\\&|A\rOBX|a&b\r"), LIT("MSH|^~\\|A\rOBX|a&b\r"), "OBX[1].1 ");
}

static void
the_envelope_is_in_the_meaning_and_not_in_the_body(void **state)
{
	struct meaning a, b;

	(void)state;
	assert_int_equal(read_all(LIT("MSH|^~\\&|A|B|C|D|1\rSFT|x\rOBX|1\r"), &a), OK);
	assert_int_equal(read_all(LIT("MSH|^~\\&|A|B|X|D|2\rOBX|1\r"), &b), OK);
	assert_string_equal(differences(&a, &b), "MSH[1].5 MSH[1].7 -SFT[1].1 ");
	assert_false(meaning_digest_equal(a.meaning, b.meaning));
	assert_true(meaning_digest_equal(a.body, b.body));
	assert_int_equal(read_all(LIT("FHS|^~\\&|F\rBHS|^~\\&|F\rMSH|^~\\&|A|B|C|D|1\rOBX|1\rBTS|1\rFTS|1\r"), &b), OK);
	assert_true(meaning_digest_equal(a.body, b.body));
}

static void
who_speaks_to_whom_is_collected(void **state)
{
	struct meaning     m;
	struct meaning_hl7 h;

	(void)state;
	for (size_t n = 1; n < 64; n += 7) {
		assert_int_equal(read_in(LIT(ORU "MSA|AA|77\r"), n, &m, &h), OK);
		assert_int_equal(h.messages, 1);
		assert_int_equal(h.id[MEANING_HL7_FROM].len, 3);
		assert_memory_equal(h.id[MEANING_HL7_FROM].text, "MON", 3);
		assert_memory_equal(h.id[MEANING_HL7_TO_FACILITY].text, "HOSP", 4);
		assert_memory_equal(h.id[MEANING_HL7_CONTROL].text, "77", 2);
		assert_memory_equal(h.id[MEANING_HL7_ACCEPT].text, "AL", 2);
		assert_memory_equal(h.id[MEANING_HL7_ACK_CODE].text, "AA", 2);
		assert_memory_equal(h.id[MEANING_HL7_ACK_ID].text, "77", 2);
		assert_true(bytes_equal(meaning_hl7_type(&h, 1), bytes_text("ORU")));
		assert_true(bytes_equal(meaning_hl7_type(&h, 2), bytes_text("R01")));
		assert_int_equal(meaning_hl7_type(&h, 4).len, 0);
	}
}

static void
what_is_no_hl7_is_refused_in_words_and_still_digested(void **state)
{
	static const char *const all[] = { "", "MS", "MSH", "MSH\r", "PID|1\r", "\xefMSH|", "GET / HTTP/1.1\r\n" };
	struct meaning           a, b;
	struct meaning_hl7       h;

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		assert_int_equal(read_in(bytes_text(all[i]), 3, &a, &h), ERR_FORM);
		assert_non_null(h.refused);
		assert_int_equal(a.fields, 1);
	}
	assert_int_equal(read_all(LIT("PID|2\r"), &b), ERR_FORM);
	assert_string_equal(differences(&a, &b), "* ");
}

/* A message of n segments "OBX|i|NM|c|s|value|unit", with its value at one segment another. */
static struct bytes
many(unsigned n, unsigned at, char *room, size_t cap)
{
	struct buf b = buf_over(room, cap);

	buf_text(&b, MSH);
	for (unsigned i = 1; i <= n; i++)
		buf_format(&b, "OBX|%u|NM|8867-4^HR^LN|1.%u|%s|/min\r", i, i, i == at ? "27" : "72");
	assert_true(buf_ok(&b));
	return buf_bytes(&b);
}

static void
with_more_fields_than_slots_a_change_is_told_less_exactly_but_never_unseen(void **state)
{
	static const struct {
		unsigned    segments, at;
		const char *told;
	} all[] = {
		{ 40, 40, "OBX[40].5 " }, { 60, 59, "OBX[59].5 " }, { 80, 3, "OBX[3].5 " }, { 80, 80, "OBX[80].5 " },
		{ 200, 150, "OBX[150] " }, { 400, 390, "* " },
	};
	static char one[1 << 16], two[1 << 16];
	struct meaning a, b;

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		assert_int_equal(read_all(many(all[i].segments, 0, one, sizeof one), &a), OK);
		assert_int_equal(read_all(many(all[i].segments, all[i].at, two, sizeof two), &b), OK);
		assert_string_equal(differences(&a, &b), all[i].told);
		assert_false(meaning_digest_equal(a.body, b.body));
		assert_true(a.fields <= MEANING_FIELDS);
	}
}

static void
two_messages_made_coarse_at_different_fields_still_compare(void **state)
{
	static char    one[1 << 16], two[1 << 16];
	struct meaning a, b;

	(void)state;
	/* 42 segments of six fields and two of MSH are 254: every field has a slot; one segment more and they share. */
	assert_int_equal(read_all(many(42, 0, one, sizeof one), &a), OK);
	assert_int_equal(read_all(many(43, 7, two, sizeof two), &b), OK);
	assert_true(a.coarse == 0 && b.coarse == 1);
	assert_string_equal(differences(&a, &b), "OBX[7].5 +OBX[43] ");
	assert_int_equal(read_all(many(400, 0, one, sizeof one), &a), OK);
	assert_int_equal(read_all(many(43, 0, two, sizeof two), &b), OK);
	assert_true(meaning_differ(&a, &b, list, &(struct buf){ 0 }) > 0);
	assert_null(strstr(differences(&a, &b), "OBX[43] "));
}

static uint64_t paths[64];
static unsigned told;
static void
remember(void *context, uint64_t path, struct bytes value)
{
	struct buf *b = context;
	paths[told++ % 64] = path;
	buf_bytes_put(b, value);
	buf_text(b, ";");
}

static void
each_field_is_told_as_sent(void **state)
{
	char       text[256];
	struct buf b = buf_over(text, sizeof text);

	(void)state;
	told = 0;
	assert_int_equal(meaning_hl7_each(LIT("MSH|^~\\&|A||C\rOBX|1|a\\F\\^^|\"\"\rNTE|end"), remember, &b), OK);
	assert_string_equal(buf_string(&b), "A;C;1;a\\F\\^^;\"\";end;");
	assert_int_equal(paths[0], fieldpath_hl7('M' << 16 | 'S' << 8 | 'H', 1, 3));
	assert_int_equal(paths[5], fieldpath_hl7('N' << 16 | 'T' << 8 | 'E', 1, 1));
}

/* So a part can be held beside the whole. */
static void
a_field_turned_back_says_the_same_in_any_segment_of_its_name(void **state)
{
	struct meaning m;

	(void)state;
	assert_int_equal(read_all(LIT(MSH "OBX|1|a^b|x\rOBX|2|a^b|y\rOBX|3|a^b\\T\\|x\r"), &m), OK);
	assert_int_equal(m.fields, 11);
	const struct meaning_field *f = m.field + 2; /* MSH-3 and MSH-4 stand before */
	uint64_t code = f[1].digest, value = f[2].digest;
	assert_int_not_equal(f[4].digest, code);
	assert_int_equal(meaning_turn_back(f[4].digest, 2), code);
	assert_int_not_equal(meaning_turn_back(f[5].digest, 2), value);
	assert_int_not_equal(meaning_turn_back(f[7].digest, 3), code);
	assert_int_equal(meaning_turn_back(f[8].digest, 3), value);
	for (uint32_t n = 0; n < 100; n++)
		assert_int_equal(meaning_turn_back(meaning_turn(code, n), n), code);
	/* Sums of what changes places are not the same. */
	assert_int_not_equal(meaning_turn(code, 2) + meaning_turn(value, 3), meaning_turn(code, 3) + meaning_turn(value, 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_field_turned_back_says_the_same_in_any_segment_of_its_name),
		cmocka_unit_test(any_cut_of_a_message_has_the_same_digests),
		cmocka_unit_test(a_changed_value_is_named),
		cmocka_unit_test(the_order_of_segments_is_meaning),
		cmocka_unit_test(line_ends_marks_and_what_is_empty_at_an_end_say_nothing),
		cmocka_unit_test(delete_is_not_no_change),
		cmocka_unit_test(what_is_empty_in_the_middle_is_meaning),
		cmocka_unit_test(an_escape_is_the_character_it_stands_for_and_no_separator),
		cmocka_unit_test(an_escape_not_known_is_kept),
		cmocka_unit_test(other_delimiters_say_the_same),
		cmocka_unit_test(the_envelope_is_in_the_meaning_and_not_in_the_body),
		cmocka_unit_test(who_speaks_to_whom_is_collected),
		cmocka_unit_test(what_is_no_hl7_is_refused_in_words_and_still_digested),
		cmocka_unit_test(with_more_fields_than_slots_a_change_is_told_less_exactly_but_never_unseen),
		cmocka_unit_test(two_messages_made_coarse_at_different_fields_still_compare),
		cmocka_unit_test(each_field_is_told_as_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
