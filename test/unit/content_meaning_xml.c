#include "test/unit/content_oru.h"
#include "content/meaning_xml.h"

static struct meaning_xml xml;

static enum err
read_cut(const char *text, size_t n, struct meaning *m)
{
	meaning_xml_begin(&xml, m, &KEY, true);
	for (struct bytes in = bytes_text(text); in.len; in = bytes_skip(in, n)) {
		struct bytes piece = bytes_head(in, n);
		uint8_t     *copy = malloc(piece.len);
		memcpy(copy, piece.at, piece.len);
		meaning_xml_put(&xml, bytes_of(copy, piece.len));
		free(copy);
	}
	return meaning_xml_end(&xml);
}

static void
compare(const char *one, const char *two, const char *paths)
{
	compare_by(read_cut, one, two, paths);
}

static void
blanks_between_tags_comments_and_the_order_of_attributes_say_nothing(void **state)
{
	(void)state;
	compare("<a><b x='1' y='2'/></a>", "\xef\xbb\xbf<?xml version=\"1.0\"?>\r\n<a>\n <!-- - --> <b y = \"2\" x=\"1\" ></b>\t</a >\n", "");
	compare("<a>x&amp;&#x3c;&#60;</a>", "<a>x<![CDATA[&<<]]></a>", "");
	compare("<a>x\r\ny</a>", "<a>x\ny</a>", "");
	compare("<a x=\"1\r\n2\"/>", "<a x='1 2'/>", "");
	compare("<a><b/></a>", "<a><b></b></a>", "");
}

static void
a_changed_value_is_named_by_its_path(void **state)
{
	(void)state;
	compare("<Observation><valueQuantity><value value=\"72\"/></valueQuantity></Observation>",
	        "<Observation><valueQuantity><value value=\"27\"/></valueQuantity></Observation>", "/Observation/valueQuantity/value/@value ");
	compare("<a><b v='1'/><b v='2'/></a>", "<a><b v='1'/><b v='3'/></a>", "/a/b[2]/@v ");
	compare("<a><b v='1'/><b v='2'/></a>", "<a><b v='2'/><b v='1'/></a>", "/a/b/@v /a/b[2]/@v ");
	compare("<a>one<b/>two</a>", "<a>one<b/>too</a>", "/a/text()[2] ");
	compare("<a> </a>", "<a>&#32;</a>", "-/a +/a/text() ");
	compare("<a/>", "<a><b/></a>", "-/a +/a/b ");
	compare("<a x='1.0'/>", "<a x='1'/>", "/a/@x ");
}

static void
what_a_fhir_server_gives_is_envelope(void **state)
{
	struct meaning a, b;

	(void)state;
	assert_int_equal(read_cut("<Patient><id value='1'/><meta><versionId value='1'/></meta><x v='1'/></Patient>", 5, &a), OK);
	assert_string_equal(xml.type, "Patient");
	assert_string_equal(xml.id, "1");
	assert_int_equal(read_cut("<Patient><id value='2'/><meta><versionId value='7'/><lastUpdated value='x'/></meta><x v='1'/></Patient>", 5, &b), OK);
	assert_true(meaning_digest_equal(a.body, b.body));
	assert_false(meaning_digest_equal(a.meaning, b.meaning));
}

static void
what_is_not_xml_is_refused_however_it_is_cut(void **state)
{
	static const char *const all[] = {
		"", "x", "<a>", "<a></b>", "</a>", "<a/><b/>", "<a/>x", "<a b/>", "<a b=1/>", "<a b='1'c='2'/>", "<a b='1' b='2'/>", "<a b='<'/>", "< a/>", "<a",
		"<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<a>&nbsp;</a>", "<a>&#0;</a>", "<a>&#xd800;</a>", "<a>&#x110000;</a>", "<a>&amp</a>",
		"<a><!-- -- --></a>", "<a><![CDATA[x]]</a>", "<a>\1</a>", "<a><b></a></b>", "<1/>", "\xff\xfe<a/>", "<![CDATA[x]]><a/>", "<a/ >",
	};
	struct meaning m;

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		for (size_t n = 1; n < 4; n++) {
			if (read_cut(all[i], n, &m) == OK)
				fail_msg("accepted %s", all[i]);
			assert_non_null(xml.refused);
			assert_true(m.fields > 0);
		}
}

static void
depth_and_names_have_a_limit(void **state)
{
	static char    text[1 << 16];
	struct meaning m;
	struct buf     b = buf_over(text, sizeof text - 1);

	(void)state;
	for (int i = 0; i < 100; i++)
		buf_text(&b, "<a>");
	text[b.len] = 0;
	assert_int_equal(read_cut(text, 4096, &m), ERR_FORM);
	buf_reset(&b);
	buf_text(&b, "<a>");
	for (int i = 0; i < 1000; i++)
		buf_format(&b, "<b%d/>", i);
	buf_text(&b, "</a>");
	text[b.len] = 0;
	assert_int_equal(read_cut(text, 4096, &m), ERR_FORM);
}

static void
any_cut_has_the_same_meaning(void **state)
{
	static const char text[] = "\xef\xbb\xbf<?xml version='1.0'?><!-- c --><a x=\"&lt;\r\n\" y='2'> t&#233;\r\n <b><![CDATA[]]]>]]&gt;</b><b/>\r</a>";
	struct meaning    whole, cut;

	(void)state;
	assert_int_equal(read_cut("<a>]]</a>", 100, &whole), OK);
	assert_int_equal(read_cut(text, sizeof text, &whole), read_cut(text, 1, &cut));
	for (size_t n = 1; n < sizeof text; n++) {
		enum err e = read_cut(text, n, &cut);
		assert_int_equal(e, OK);
		assert_true(meaning_digest_equal(whole.meaning, cut.meaning));
		assert_true(meaning_digest_equal(whole.bytes, cut.bytes));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blanks_between_tags_comments_and_the_order_of_attributes_say_nothing),
		cmocka_unit_test(a_changed_value_is_named_by_its_path),
		cmocka_unit_test(what_a_fhir_server_gives_is_envelope),
		cmocka_unit_test(what_is_not_xml_is_refused_however_it_is_cut),
		cmocka_unit_test(depth_and_names_have_a_limit),
		cmocka_unit_test(any_cut_has_the_same_meaning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
