#include "test/unit/check.h"
#include "content/framing.h"

/*
 * What happens, in letters: B begin, the data, E end, and the number of a
 * doubt in brackets.  Pieces of n bytes; neighbouring data is joined.
 */
static const char *
story(struct bytes in, size_t n, struct framing *f)
{
	static char          text[1024];
	struct buf           b = buf_over(text, sizeof text);
	struct framing_event e;

	*f = (struct framing){ 0 };
	for (; in.len; in = bytes_skip(in, n)) {
		struct bytes piece = bytes_head(in, n);
		while (framing_next(f, &piece, &e)) {
			if (e.kind == FRAMING_DATA)
				buf_bytes_put(&b, e.data);
			else if (e.kind == FRAMING_DOUBT)
				buf_format(&b, "[%d]", (int)e.doubt);
			else
				buf_text(&b, e.kind == FRAMING_BEGIN ? "<" : ">");
		}
	}
	if (framing_close(f, &e))
		buf_format(&b, "[%d]", (int)e.doubt);
	return buf_string(&b);
}

#define V "\x0b"
#define F "\x1c\r"
#define M "MSH|^~\\&|A\rOBX|1|NM|8867-4||72\r"

/* The cases in which receivers were seen to part, and how many messages each reading takes: main, strict, 0x1c alone. */
static const struct {
	const char  *name;
	struct bytes in;
	const char  *story;
	unsigned     messages[FRAMING_READINGS];
} CASE[] = {
#define CASE(name, in, story, a, b, c) { name, { (const uint8_t *)in, sizeof in - 1 }, story, { a, b, c } }
	CASE("one", V M F, "<" M ">", 1, 1, 1),
	CASE("two in one segment", V "p1" F V "p2" F, "<p1><p2>", 2, 2, 2),
	CASE("split inside the message", V M F V M F, "<" M "><" M ">", 2, 2, 2),
	CASE("0x1c and 0x0d in two segments", V "e1" F, "<e1>", 1, 1, 1),
	CASE("no 0x0d after 0x1c", V "c1\x1c", "<c1[9]", 0, 0, 1),
	CASE("0x1c 0x0a", V "l1\x1c\n", "<l1\x1c[5]\n[9]", 0, 0, 1),
	CASE("0x0a after the end, then a second", V "t1" F "\n" V "t2" F, "<t1>[6]<t2>", 2, 1, 2),
	CASE("lines end with 0x0a", V "MSH|\nOBX|\n" F, "<MSH|\nOBX|\n>", 1, 1, 1),
	CASE("no 0x0d at the end of the last line", V "MSH|A" F, "<MSH|A>", 1, 1, 1),
	CASE("text before 0x0b", "junk" V "j1" F, "[1]<j1>", 1, 0, 1),
	CASE("no 0x0b", "MSH|A\r" F, "[1][2]", 0, 0, 0),
	CASE("0x1c in a field", V "7\x1c" "2" F, "<7\x1c[4]2>", 1, 1, 1),
	CASE("0x1c 0x0d in a field", V "7\x1c\r2\r" F, "<7>[1][3]", 1, 1, 1),
	CASE("0x0b in a field", V "7" V "2" F, "<7" V "[7]2>", 1, 1, 1),
	CASE("empty frame", V F V "a" F, "<>[8]<a>", 2, 1, 2),
	CASE("a byte of Latin-1", V "M\xfcller" F, "<M\xfcller>", 1, 1, 1),
	CASE("0x1c alone between two", V "a\x1c" V "b" F, "<a\x1c[4]" V "[7]b>", 1, 1, 2),
};

static void
each_deviation_has_its_stated_outcome_however_the_stream_is_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++)
		for (size_t n = 1; n <= CASE[i].in.len; n++) {
			struct framing f;
			const char    *told = story(CASE[i].in, n, &f);
			if (strcmp(told, CASE[i].story) || f.messages[0] != CASE[i].messages[0] || f.messages[1] != CASE[i].messages[1] ||
			    f.messages[2] != CASE[i].messages[2])
				fail_msg("%s, pieces of %zu: %s, messages %u %u %u", CASE[i].name, n, told, (unsigned)f.messages[0],
				         (unsigned)f.messages[1], (unsigned)f.messages[2]);
			assert_int_equal(f.offset, CASE[i].in.len);
		}
}

static void
every_doubt_has_words(void **state)
{
	(void)state;
	for (int d = FRAMING_CLEAR; d < FRAMING_DOUBTS; d++)
		assert_non_null(framing_words((enum framing_doubt)d));
}

static void
what_follows_a_gap_is_no_doubt(void **state)
{
	struct framing       f;
	struct framing_event e;
	struct bytes         rest = LIT("st of it" F V "b" F);
	unsigned             ends = 0;

	(void)state;
	(void)story(LIT(V "a"), 9, &f);
	framing_gap(&f, 100);
	while (framing_next(&f, &rest, &e)) {
		assert_true(e.kind != FRAMING_DOUBT || e.doubt == FRAMING_NO_START);
		ends += e.kind == FRAMING_END;
	}
	assert_int_equal(ends, 1);
}

static void
readings_that_take_the_same_messages_agree(void **state)
{
	struct framing f;

	(void)state;
	(void)story(LIT(V "a" F V "b" F), 3, &f);
	assert_true(framing_agree(&f));
	(void)story(LIT(V "a" F "\n" V "b" F), 3, &f);
	assert_false(framing_agree(&f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_deviation_has_its_stated_outcome_however_the_stream_is_cut),
		cmocka_unit_test(every_doubt_has_words),
		cmocka_unit_test(what_follows_a_gap_is_no_doubt),
		cmocka_unit_test(readings_that_take_the_same_messages_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
