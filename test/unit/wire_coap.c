#include "test/unit/check.h"
#include "wire/coap.h"

/* RFC 7252 appendix A, figure 16: GET coap://…/temperature, and its answer "22.3 C". */
static const char GET[] = "40 01 7d34 bb 74656d7065726174757265";
static const char CONTENT[] = "60 45 7d34 ff 32322e332043";
/* POST to host h, /a/b%2Fc?x=1&y=2, JSON, observed, a block, token 20 (all option encodings). */
static const char POST[] =
	"42 02 0001 cafe 31 68 31 05 51 61 03 622f63 11 32 33 783d31 03 793d32 c1 0e ff 7b7d";

static void
a_request_is_read(void **state)
{
	uint8_t     raw[64];
	struct coap m;

	(void)state;
	assert_int_equal(coap_parse(bytes_of(raw, unhex(GET, raw, sizeof raw)), &m), OK);
	assert_int_equal(m.type, COAP_CON);
	assert_int_equal(m.code, COAP_GET);
	assert_int_equal(m.id, 0x7d34);
	assert_string_equal(m.path, "/temperature");
	assert_int_equal(m.payload.len, 0);
}

static void
a_response_is_read(void **state)
{
	uint8_t     raw[64];
	struct coap m;

	(void)state;
	assert_int_equal(coap_parse(bytes_of(raw, unhex(CONTENT, raw, sizeof raw)), &m), OK);
	assert_int_equal(m.type, COAP_ACK);
	assert_int_equal(m.code, COAP_CONTENT);
	assert_true(bytes_equal(m.payload, bytes_text("22.3 C")));
}

static void
options_are_read_and_a_slash_inside_a_segment_is_kept_apart(void **state)
{
	uint8_t     raw[64];
	struct coap m;

	(void)state;
	assert_int_equal(coap_parse(bytes_of(raw, unhex(POST, raw, sizeof raw)), &m), OK);
	assert_int_equal(m.token_len, 2);
	assert_int_equal(m.token[1], 0xfe);
	assert_true(bytes_equal(m.host, bytes_text("h")));
	assert_string_equal(m.path, "/a/b%2Fc");
	assert_string_equal(m.query, "x=1&y=2");
	assert_true(m.has_format && m.format == 50 && m.has_observe && m.observe == 5);
	assert_true(m.has_block1 && m.block1 == 0x0e && !m.has_block2 && !m.more && !m.critical);
}

static void
printing_what_was_parsed_gives_the_same_bytes(void **state)
{
	static const char *const all[] = { GET, CONTENT, POST, "70 00 0001" };
	uint8_t                  raw[64], again[64];

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct coap m;
		struct buf  b = buf_over(again, sizeof again);
		size_t      n = unhex(all[i], raw, sizeof raw);
		assert_int_equal(coap_parse(bytes_of(raw, n), &m), OK);
		coap_print(&m, &b);
		assert_int_equal(b.len, n);
		assert_memory_equal(raw, again, n);
		assert_true(coap_looks(bytes_of(raw, n)));
	}
}

/* Options end where the datagram ends, so a cut between two of them is a message too. */
static void
a_cut_is_refused_or_leaves_whole_options(void **state)
{
	uint8_t     raw[64];
	struct coap m;
	size_t      n = unhex(POST, raw, sizeof raw);

	(void)state;
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(coap_parse(bytes_of(raw, i), &m), ERR_SHORT);
	assert_int_equal(coap_parse(bytes_of(raw, 7), &m), ERR_SHORT);
	assert_int_equal(coap_parse(bytes_of(raw, 8), &m), OK);
	assert_int_equal(coap_parse(bytes_of(raw, n - 2), &m), ERR_FORM);
}

static void
a_path_too_long_is_cut_at_a_segment(void **state)
{
	uint8_t     raw[512];
	struct buf  b = buf_over(raw, sizeof raw);
	struct coap m;

	(void)state;
	buf_put(&b, "\x40\1\0\1", 4);
	for (int i = 0; i < 3; i++) {
		buf_put(&b, i ? "\x0d\x57" : "\xbd\x57", 2);
		memset(buf_room(&b, 100), 'a', 100);
	}
	assert_int_equal(coap_parse(buf_bytes(&b), &m), OK);
	assert_int_equal(strlen(m.path), 202);
	assert_true(m.more);
}

static void
what_is_not_coap_is_refused(void **state)
{
	struct coap m;

	(void)state;
	assert_int_equal(coap_parse(LIT("\x80\1\0\1"), &m), ERR_FORM);      /* version 2 */
	assert_int_equal(coap_parse(LIT("\x49\1\0\1aaaaaaaaa"), &m), ERR_FORM); /* token of 9 */
	assert_int_equal(coap_parse(LIT("\x40\1\0\1\xff"), &m), ERR_FORM);  /* marker without payload */
	assert_int_equal(coap_parse(LIT("\x40\1\0\1\xf0"), &m), ERR_FORM);  /* reserved delta */
	assert_int_equal(coap_parse(LIT("\x40\0\0\1\xff" "a"), &m), ERR_FORM);  /* empty that is not */
	assert_false(coap_looks(LIT("\x40\x21\0\1")));                      /* 1.01 */
	assert_false(coap_looks(LIT("\x40\x84\0\0\1\0\1\0\0")));            /* DNS */
	assert_false(coap_looks(LIT("\x60\1\0\1")));                        /* request as an acknowledgement */
	assert_false(coap_looks(LIT("\x40\1\0\1\xd0\x00")));                /* option 13, critical and unknown */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_read),
		cmocka_unit_test(a_response_is_read),
		cmocka_unit_test(options_are_read_and_a_slash_inside_a_segment_is_kept_apart),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes),
		cmocka_unit_test(a_cut_is_refused_or_leaves_whole_options),
		cmocka_unit_test(a_path_too_long_is_cut_at_a_segment),
		cmocka_unit_test(what_is_not_coap_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
