#include "test/unit/check.h"
#include "wire/fieldpath.h"

static void
every_form_of_name_is_read_and_written_back(void **state)
{
	static const struct {
		const char         *name;
		enum fieldpath_kind kind;
	} all[] = {
		{ "OBX[4].5", FIELDPATH_HL7 }, { "MSH[1].10", FIELDPATH_HL7 }, { "IN1[1048575].4095", FIELDPATH_HL7 },
		{ "OBX[70]", FIELDPATH_SEGMENT }, { "ZZ?[1].0", FIELDPATH_HL7 }, { "(0010,0010)", FIELDPATH_DICOM },
		{ "(7fe0,0010)", FIELDPATH_DICOM }, { "(0028,*)", FIELDPATH_GROUP }, { "*", FIELDPATH_REST },
		{ "/valueQuantity/value", FIELDPATH_TEXT }, { "(0008,1115)[1].(0020,000e)", FIELDPATH_TEXT }, { "icu/hr", FIELDPATH_TEXT },
		{ "OBX[0].5", FIELDPATH_TEXT }, { "OBX[04].5", FIELDPATH_TEXT }, { "OBX[4].4096", FIELDPATH_TEXT }, { "(0010,001G)", FIELDPATH_TEXT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		uint8_t    room[64], text[64];
		struct buf pool = buf_over(room, sizeof room), out = buf_over(text, sizeof text);
		uint64_t   path;
		assert_int_equal(fieldpath_parse(bytes_text(all[i].name), &pool, &path), OK);
		assert_int_equal(fieldpath_kind(path), all[i].kind);
		fieldpath_print(path, buf_bytes(&pool), &out);
		assert_string_equal(buf_string(&out), all[i].name);
	}
}

static void
a_field_stands_in_its_segment_and_an_element_in_its_group(void **state)
{
	uint64_t   path, parent;
	uint8_t    room[64];
	struct buf pool = buf_over(room, sizeof room);

	(void)state;
	assert_int_equal(fieldpath_parse(bytes_text("OBX[4].5"), &pool, &path), OK);
	assert_int_equal(fieldpath_parse(bytes_text("OBX[4]"), &pool, &parent), OK);
	assert_int_equal(fieldpath_parent(path, buf_bytes(&pool)), parent);
	assert_int_equal(fieldpath_parent(parent, buf_bytes(&pool)), FIELDPATH_ALL);
	assert_int_equal(fieldpath_parse(bytes_text("(0028,0010)"), &pool, &path), OK);
	assert_int_equal(fieldpath_parse(bytes_text("(0028,*)"), &pool, &parent), OK);
	assert_int_equal(fieldpath_parent(path, buf_bytes(&pool)), parent);
	assert_int_equal(pool.len, 0);
	assert_int_equal(fieldpath_parse(bytes_text("(0028,0010)[2].(0008,0060)"), &pool, &parent), OK);
	assert_int_equal(fieldpath_parent(parent, buf_bytes(&pool)), path);
}

static void
a_text_that_does_not_fit_the_pool_is_refused(void **state)
{
	uint64_t   path;
	uint8_t    room[8];
	struct buf pool = buf_over(room, sizeof room);

	(void)state;
	assert_int_equal(fieldpath_parse(bytes_text("/too/long"), &pool, &path), ERR_LIMIT);
	assert_int_equal(fieldpath_parse(bytes_text(""), &pool, &path), ERR_FORM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_name_is_read_and_written_back),
		cmocka_unit_test(a_field_stands_in_its_segment_and_an_element_in_its_group),
		cmocka_unit_test(a_text_that_does_not_fit_the_pool_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
