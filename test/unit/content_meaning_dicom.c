#include "test/unit/content_oru.h"
#include "content/meaning_dicom.h"

#include <zlib.h>

#define IMPLICIT "1.2.840.10008.1.2"
#define EXPLICIT "1.2.840.10008.1.2.1"
#define BIG "1.2.840.10008.1.2.2"
#define DEFLATED "1.2.840.10008.1.2.1.99"
#define JPEG "1.2.840.10008.1.2.4.50"

/* How a data set is written: what says the same in each encoding. */
struct writer {
	struct buf b;
	bool       implicit, big, undefined;
	char       pad;
};

static void
header(struct writer *w, uint16_t group, uint16_t element, const char *vr, uint32_t length)
{
	struct dataset_event e = { .group = group, .element = element, .vr = (uint16_t)(vr[0] << 8 | vr[1]), .big = w->big, .length = length };
	dataset_print(&e, w->implicit, &w->b);
}

static void
text(struct writer *w, uint16_t group, uint16_t element, const char *vr, const char *v)
{
	uint32_t n = (uint32_t)strlen(v);
	header(w, group, element, vr, n + n % 2);
	buf_text(&w->b, v);
	if (n % 2)
		buf_u8(&w->b, (uint8_t)w->pad);
}

static void
number(struct writer *w, uint16_t v)
{
	if (w->big)
		buf_u16(&w->b, v);
	else
		buf_u16le(&w->b, v);
}

/* A sequence with one item, and pixels of n numbers. */
static struct bytes
image(struct writer *w, const char *name, uint16_t first, uint32_t n)
{
	text(w, 0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.7");
	text(w, 0x0008, 0x0018, "UI", "1.2.3.4.5");
	header(w, 0x0008, 0x1115, "SQ", w->undefined ? UINT32_MAX : 8 + 8 + 4);
	header(w, 0xfffe, 0xe000, "  ", w->undefined ? UINT32_MAX : 8 + 4);
	text(w, 0x0020, 0x000e, "UI", "1.7");
	if (w->undefined) {
		header(w, 0xfffe, 0xe00d, "  ", 0);
		header(w, 0xfffe, 0xe0dd, "  ", 0);
	}
	text(w, 0x0010, 0x0010, "PN", name);
	header(w, 0x0028, 0x0010, "US", 2);
	number(w, first);
	header(w, 0x7fe0, 0x0010, "OW", n * 2);
	for (uint32_t i = 0; i < n; i++)
		number(w, (uint16_t)(first + i));
	assert_true(buf_ok(&w->b));
	return buf_bytes(&w->b);
}

static struct meaning_dicom dicom;
static enum err
read_cut(const char *syntax, struct bytes in, size_t n, struct meaning *m)
{
	struct meaning_inflate *z = meaning_inflate_new();

	meaning_dicom_begin(&dicom, m, &KEY, bytes_text(syntax), z);
	for (; in.len; in = bytes_skip(in, n)) {
		struct bytes piece = bytes_head(in, n);
		uint8_t     *copy = malloc(piece.len);
		memcpy(copy, piece.at, piece.len);
		meaning_dicom_put(&dicom, bytes_of(copy, piece.len));
		free(copy);
	}
	enum err e = meaning_dicom_end(&dicom);
	meaning_inflate_free(z);
	return e;
}

static uint8_t one[1 << 16], two[1 << 16];

static struct writer
writer(uint8_t *room, bool implicit, bool big, bool undefined)
{
	return (struct writer){ buf_over(room, sizeof one), implicit, big, undefined, ' ' };
}

static void
every_encoding_says_the_same(void **state)
{
	struct writer  a = writer(one, false, false, false);
	struct meaning m, k;
	struct bytes   explicit = image(&a, "Duck^Donald", 77, 1000);
	z_stream       z = { 0 };

	(void)state;
	assert_int_equal(read_cut(EXPLICIT, explicit, 1 << 16, &m), OK);
	assert_int_equal(dicom.pixels, MEANING_DICOM_NATIVE);
	assert_string_equal(dicom.sop_instance, "1.2.3.4.5");
	for (int i = 1; i < 8; i++) {
		bool          big = i & 2, implicit = (i & 1) && !big;
		struct writer b = writer(two, implicit, big, i & 4);
		b.pad = i & 1 ? ' ' : 0;
		assert_int_equal(read_cut(implicit ? IMPLICIT : big ? BIG : EXPLICIT, image(&b, "Duck^Donald", 77, 1000), 1 << 16, &k), OK);
		assert_string_equal(differences(&m, &k), "");
		assert_true(meaning_digest_equal(m.meaning, k.meaning));
		assert_false(meaning_digest_equal(m.bytes, k.bytes));
	}
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = one;
	z.avail_in = (unsigned)explicit.len;
	z.next_out = two;
	z.avail_out = sizeof two;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(read_cut(DEFLATED, bytes_of(two, z.total_out), 100, &k), OK);
	assert_true(meaning_digest_equal(m.meaning, k.meaning));
	deflateEnd(&z);
}

static void
a_changed_element_is_named(void **state)
{
	struct meaning m, k;
	struct writer  a = writer(one, false, false, false), b = writer(two, true, false, true);

	(void)state;
	assert_int_equal(read_cut(EXPLICIT, image(&a, "Duck^Donald", 77, 1000), 999, &m), OK);
	assert_int_equal(read_cut(IMPLICIT, image(&b, "Duck^Daisy", 77, 1001), 999, &k), OK);
	assert_string_equal(differences(&m, &k), "(0010,0010) (7fe0,0010) ");
	two[8 + 26 + 8 + 10 + 8 + 8 + 8 + 2] = '9';
	assert_int_equal(read_cut(IMPLICIT, buf_bytes(&b.b), 999, &k), OK);
	assert_string_equal(differences(&m, &k), "(0008,1115)[1].(0020,000e) (0010,0010) (7fe0,0010) ");
	assert_false(meaning_digest_equal(m.body, k.body));
}

static void
any_cut_has_the_same_digests(void **state)
{
	struct meaning m, k;

	(void)state;
	for (int i = 0; i < 6; i++) {
		bool          implicit = i % 3 == 1, big = i % 3 == 2;
		struct writer w = writer(one, implicit, big, i > 2);
		const char   *syntax = implicit ? IMPLICIT : big ? BIG : EXPLICIT;
		struct bytes  in = image(&w, "A^B", 3, 300);
		assert_int_equal(read_cut(syntax, in, in.len, &m), OK);
		for (size_t n = 1; n < in.len; n += n < 40 ? 1 : 97) {
			assert_int_equal(read_cut(syntax, in, n, &k), OK);
			assert_true(meaning_digest_equal(m.meaning, k.meaning) && meaning_digest_equal(m.bytes, k.bytes));
		}
	}
}

static void
compressed_pixels_are_not_compared_with_others(void **state)
{
	struct meaning       m;
	struct meaning_dicom first;
	struct writer        w = writer(one, false, false, true);

	(void)state;
	header(&w, 0x7fe0, 0x0010, "OB", UINT32_MAX);
	header(&w, 0xfffe, 0xe000, "  ", 0);
	header(&w, 0xfffe, 0xe000, "  ", 4);
	buf_text(&w.b, "jpeg");
	header(&w, 0xfffe, 0xe0dd, "  ", 0);
	assert_int_equal(read_cut(JPEG, buf_bytes(&w.b), 3, &m), OK);
	assert_int_equal(dicom.pixels, MEANING_DICOM_ENCAPSULATED);
	assert_int_equal(m.fields, 1);
	first = dicom;
	assert_true(meaning_dicom_comparable(&first, &dicom));
	w = writer(two, false, false, false);
	assert_int_equal(read_cut(EXPLICIT, image(&w, "A", 1, 1), 3, &m), OK);
	assert_false(meaning_dicom_comparable(&first, &dicom));
}

static void
what_is_cut_or_malformed_is_refused_in_words(void **state)
{
	struct meaning m;
	struct writer  w = writer(one, false, false, true);
	struct bytes   in = image(&w, "A^B", 1, 4);
	unsigned       accepted = 0;

	(void)state;
	for (size_t n = 1; n < in.len; n++) {
		enum err e = read_cut(EXPLICIT, bytes_head(in, n), 7, &m);
		assert_true((e == OK) == (dicom.refused == NULL));
		accepted += e == OK;
	}
	/* It may end after any of its elements but the last. */
	assert_int_equal(accepted, 5);
	one[4] = '?';
	assert_int_equal(read_cut(EXPLICIT, in, 7, &m), ERR_FORM);
	w = writer(one, false, false, true);
	for (int i = 0; i < 20; i++) {
		header(&w, 0x0008, 0x1115, "SQ", UINT32_MAX);
		header(&w, 0xfffe, 0xe000, "  ", UINT32_MAX);
	}
	assert_int_equal(read_cut(EXPLICIT, buf_bytes(&w.b), 7, &m), ERR_FORM);
	assert_non_null(strstr(dicom.refused, "deep"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_encoding_says_the_same),
		cmocka_unit_test(a_changed_element_is_named),
		cmocka_unit_test(any_cut_has_the_same_digests),
		cmocka_unit_test(compressed_pixels_are_not_compared_with_others),
		cmocka_unit_test(what_is_cut_or_malformed_is_refused_in_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
