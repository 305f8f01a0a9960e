#include "test/unit/check.h"
#include "wire/dicom.h"

/* MODALITY asks ARCHIVE for Verification in implicit VR little endian, and says who it is. */
static void
request_make(struct dicom_associate *a)
{
	*a = (struct dicom_associate){ .type = DICOM_ASSOCIATE_RQ, .version = 1, .called = "ARCHIVE", .calling = "MODALITY" };
	a->application = bytes_text("1.2.840.10008.3.1.1.1");
	a->context[0].id = 1;
	a->context[0].abstract = bytes_text("1.2.840.10008.1.1");
	a->context[0].transfer[0] = bytes_text("1.2.840.10008.1.2");
	a->context[0].transfers = 1;
	a->contexts = 1;
	a->has_max = true;
	a->max = 16384;
	a->class_uid = bytes_text("1.2.276.0.7230010.3.0.3.6.7");
	a->version_name = bytes_text("OFFIS_DCMTK_367");
	a->role = true;
	a->identity = 1;
	a->user = bytes_text("nurse");
}

/* The head and first items of an association, by hand (PS3.8 table 9-11). */
static const char REQUEST[] =
	"01 00 0000007b 0001 0000"
	"41524348495645202020202020202020 4d4f44414c4954592020202020202020"
	"0000000000000000000000000000000000000000000000000000000000000000"
	"10 00 0015 312e322e3834302e31303030382e332e312e312e31"
	"20 00 001a 01 00 ff 00 30 00 0006 312e322e3300 40 00 0008 312e322e342e3520"
	"50 00 0000";

/* C-ECHO-RQ, message 7 (PS3.7 table 9.3-12). */
static const char ECHO[] =
	"0000 0000 04000000 38000000"
	"0000 0200 12000000 312e322e3834302e31303030382e312e3100"
	"0000 0001 02000000 3000"
	"0000 1001 02000000 0700"
	"0000 0008 02000000 0101";

static void
an_association_request_is_read(void **state)
{
	uint8_t                raw[512];
	struct dicom_associate a;

	(void)state;
	assert_int_equal(dicom_associate_parse(bytes_of(raw, unhex(REQUEST, raw, sizeof raw)), &a), OK);
	assert_int_equal(a.type, DICOM_ASSOCIATE_RQ);
	assert_string_equal(a.called, "ARCHIVE");
	assert_string_equal(a.calling, "MODALITY");
	assert_true(bytes_equal(a.application, bytes_text("1.2.840.10008.3.1.1.1")));
	assert_int_equal(a.contexts, 1);
	assert_true(bytes_equal(a.context[0].abstract, bytes_text("1.2.3")));
	assert_true(bytes_equal(a.context[0].transfer[0], bytes_text("1.2.4.5")));
	assert_true(dicom_looks(bytes_of(raw, 100)));
	assert_true(dicom_looks(bytes_of(raw, 10)));
	assert_false(dicom_looks(bytes_of(raw, 9)));
}

static void
an_association_makes_the_round_trip(void **state)
{
	uint8_t                one[1024], two[1024];
	struct buf             b = buf_over(one, sizeof one), c = buf_over(two, sizeof two);
	struct dicom_associate a, r;

	(void)state;
	request_make(&a);
	dicom_associate_print(&a, &b);
	assert_int_equal(dicom_associate_parse(buf_bytes(&b), &r), OK);
	assert_int_equal(r.max, 16384);
	assert_true(r.has_max && r.role && !r.more);
	assert_int_equal(r.identity, 1);
	assert_true(bytes_equal(r.user, a.user));
	assert_true(bytes_equal(r.class_uid, a.class_uid) && bytes_equal(r.version_name, a.version_name));
	dicom_associate_print(&r, &c);
	assert_true(bytes_equal(buf_bytes(&b), buf_bytes(&c)));
	EVERY_TRUNCATION_REFUSED(dicom_associate_parse, struct dicom_associate, buf_bytes(&b));
}

static void
contexts_past_the_ceiling_are_told_of(void **state)
{
	static uint8_t         raw[8192];
	struct buf             b = buf_over(raw, sizeof raw);
	struct dicom_associate a;

	(void)state;
	request_make(&a);
	a.contexts = DICOM_CONTEXTS;
	for (unsigned i = 0; i < DICOM_CONTEXTS; i++) {
		a.context[i] = a.context[0];
		a.context[i].id = (uint8_t)(2 * i + 1);
	}
	dicom_associate_print(&a, &b);
	buf_put(&b, "\x20\0\0\4\x81\0\0\0", 8);
	buf_patch16(&b, 4, (uint16_t)(b.len - 6));
	assert_int_equal(dicom_associate_parse(buf_bytes(&b), &a), OK);
	assert_int_equal(a.contexts, DICOM_CONTEXTS);
	assert_true(a.more);
}

static void
an_item_longer_than_its_holder_is_refused(void **state)
{
	uint8_t                raw[512];
	size_t                 n = unhex(REQUEST, raw, sizeof raw);
	struct dicom_associate a;

	(void)state;
	raw[6 + 68 + 3]++;
	assert_int_equal(dicom_associate_parse(bytes_of(raw, n), &a), ERR_FORM);
}

/* Found by the fuzzer: a tab before the NUL was kept at first and trimmed the second time. */
static void
a_title_padded_with_nul_is_trimmed(void **state)
{
	uint8_t                raw[512];
	size_t                 n = unhex(REQUEST, raw, sizeof raw);
	struct dicom_associate a;

	(void)state;
	memcpy(raw + 26, "MODA\t\0\0\0x", 9);
	assert_int_equal(dicom_associate_parse(bytes_of(raw, n), &a), OK);
	assert_string_equal(a.calling, "MODA");
}

static void
a_rejection_and_an_abort_are_read(void **state)
{
	struct bytes         rj = LIT("\3\0\0\0\0\4\0\1\1\7"), ab = LIT("\7\0\0\0\0\4\0\0\2\1");
	struct dicom_refusal r;
	uint8_t              raw[16];
	struct buf           b = buf_over(raw, sizeof raw);

	(void)state;
	assert_int_equal(dicom_refusal_parse(rj, &r), OK);
	assert_true(r.type == DICOM_ASSOCIATE_RJ && r.result == 1 && r.source == 1 && r.reason == 7);
	dicom_refusal_print(&r, &b);
	assert_true(bytes_equal(buf_bytes(&b), rj) && dicom_looks(rj));
	assert_int_equal(dicom_refusal_parse(ab, &r), OK);
	assert_true(r.type == DICOM_ABORT && r.source == 2 && r.reason == 1);
	EVERY_TRUNCATION_REFUSED(dicom_refusal_parse, struct dicom_refusal, rj);
}

static void
a_command_travels_in_a_pdv(void **state)
{
	uint8_t              raw[128], pdu[160], again[128];
	size_t               n = unhex(ECHO, raw, sizeof raw);
	struct buf           b = buf_over(pdu, sizeof pdu), c = buf_over(again, sizeof again);
	struct dicom_pdv     v = { .context = 1, .command = true, .last = true, .data = bytes_of(raw, n) }, w;
	struct dicom_pdu     p;
	struct dicom_command m;

	(void)state;
	dicom_pdv_print(&v, &b);
	assert_int_equal(dicom_pdu_parse(buf_bytes(&b), &p), OK);
	assert_int_equal(p.type, DICOM_P_DATA);
	assert_int_equal(p.length, p.body.len);
	assert_int_equal(dicom_pdv_next(&p.body, &w), OK);
	assert_true(w.command && w.last && w.context == 1 && w.length == n);
	assert_int_equal(dicom_pdv_next(&p.body, &v), ERR_CLOSED);
	assert_int_equal(dicom_command_parse(w.data, &m), OK);
	assert_int_equal(m.field, 0x0030);
	assert_true(m.has_id && m.id == 7 && !m.has_status);
	assert_true(bytes_equal(m.sop_class, bytes_text("1.2.840.10008.1.1")));
	dicom_command_print(&m, &c);
	assert_int_equal(dicom_command_parse(buf_bytes(&c), &m), OK);
	assert_int_equal(m.id, 7);
}

static void
a_cut_pdv_tells_how_long_it_will_be(void **state)
{
	struct bytes     body = LIT("\0\0\x10\0\1\0abc");
	struct dicom_pdv v;
	struct dicom_pdu p;

	(void)state;
	assert_int_equal(dicom_pdv_next(&body, &v), OK);
	assert_int_equal(v.length, 4094);
	assert_int_equal(v.data.len, 3);
	body = LIT("\0\0\0");
	assert_int_equal(dicom_pdv_next(&body, &v), ERR_SHORT);
	body = LIT("\0\0\0\1\1\1");
	assert_int_equal(dicom_pdv_next(&body, &v), ERR_FORM);
	assert_int_equal(dicom_pdu_parse(LIT("\4\0\1\0\0\0ab"), &p), OK);
	assert_true(p.length == 65536 * 256 && p.body.len == 2);
	assert_int_equal(dicom_pdu_parse(LIT("\11\0\0\0\0\4"), &p), ERR_FORM);
}

static void
other_protocols_do_not_look_like_dicom(void **state)
{
	(void)state;
	assert_false(dicom_looks(LIT("\x16\3\1\2\0\1\0\1\xfc\3\3\0")));
	assert_false(dicom_looks(LIT("GET / HTTP/1.1\r\n")));
	assert_false(dicom_looks(LIT("\1\0\0\0\0\x20\0\1\0\0ARCHIVE")));
	assert_false(dicom_looks(LIT("\1\0\0\0\0\xc8\0\1\0\0\1\2\3")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_association_request_is_read),
		cmocka_unit_test(an_association_makes_the_round_trip),
		cmocka_unit_test(contexts_past_the_ceiling_are_told_of),
		cmocka_unit_test(an_item_longer_than_its_holder_is_refused),
		cmocka_unit_test(a_title_padded_with_nul_is_trimmed),
		cmocka_unit_test(a_rejection_and_an_abort_are_read),
		cmocka_unit_test(a_command_travels_in_a_pdv),
		cmocka_unit_test(a_cut_pdv_tells_how_long_it_will_be),
		cmocka_unit_test(other_protocols_do_not_look_like_dicom),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
