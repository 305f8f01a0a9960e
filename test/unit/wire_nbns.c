#include "test/unit/check.h"
#include "wire/nbns.h"

/* FRED, as in RFC 1001 section 14.1: EGFCEFEECACACACACACACACACACACACA, asked by broadcast. */
static const char QUERY[] =
	"8001 0110 0001 0000 0000 0000"
	"20 45474643454645454341434143414341434143414341434143414341434143 41 00 0020 0001";

/* It registers itself at 10.77.0.66 (RFC 1002 section 4.2.2). */
static const char REGISTRATION[] =
	"8002 2910 0001 0000 0000 0001"
	"20 4547464345464545434143414341434143414341434143414341434143414341 00 0020 0001"
	"c00c 0020 0001 000493e0 0006 0000 0a4d0042";

/* A group name with two members answers (section 4.2.13). */
static const char RESPONSE[] =
	"8001 8580 0000 0001 0000 0000"
	"20 4547464345464545434143414341434143414341434143414341434143414341 00 0020 0001"
	"00000e10 000c 8000 0a4d0042 e000 0a4d0043";

static void
a_query_is_read(void **state)
{
	uint8_t     raw[128];
	struct nbns n;

	(void)state;
	assert_int_equal(nbns_parse(bytes_of(raw, unhex(QUERY, raw, sizeof raw)), &n), OK);
	assert_string_equal(n.name, "FRED");
	assert_int_equal(n.suffix, 0x20);
	assert_int_equal(n.opcode, NBNS_QUERY);
	assert_true(n.broadcast && n.rd && n.question && !n.response && !n.record);
}

static void
a_registration_is_read(void **state)
{
	uint8_t     raw[128];
	struct nbns n;

	(void)state;
	assert_int_equal(nbns_parse(bytes_of(raw, unhex(REGISTRATION, raw, sizeof raw)), &n), OK);
	assert_int_equal(n.opcode, NBNS_REGISTRATION);
	assert_int_equal(n.ttl, 300000);
	assert_int_equal(n.count, 1);
	assert_false(n.address[0].group);
	assert_int_equal(n.address[0].addr.b[15], 0x42);
}

static void
a_response_with_a_group_is_read(void **state)
{
	uint8_t     raw[128];
	struct nbns n;

	(void)state;
	assert_int_equal(nbns_parse(bytes_of(raw, unhex(RESPONSE, raw, sizeof raw)), &n), OK);
	assert_true(n.response && n.aa && !n.question && n.record);
	assert_string_equal(n.name, "FRED");
	assert_int_equal(n.count, 2);
	assert_true(n.address[0].group && n.address[1].group);
}

static void
printing_what_was_parsed_gives_the_same_bytes(void **state)
{
	static const char *const all[] = { QUERY, REGISTRATION, RESPONSE };
	uint8_t                  raw[128], again[128];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct nbns n;
		struct buf  b = buf_over(again, sizeof again);
		size_t      len = unhex(all[i], raw, sizeof raw);
		assert_int_equal(nbns_parse(bytes_of(raw, len), &n), OK);
		nbns_print(&n, &b);
		assert_int_equal(b.len, len);
		assert_memory_equal(raw, again, len);
		EVERY_TRUNCATION_REFUSED(nbns_parse, struct nbns, bytes_of(raw, len));
	}
}

static void
a_letter_outside_the_encoding_is_refused(void **state)
{
	uint8_t     raw[128];
	struct nbns n;
	size_t      len = unhex(QUERY, raw, sizeof raw);

	(void)state;
	raw[14] = 'Q';
	assert_int_equal(nbns_parse(bytes_of(raw, len), &n), ERR_FORM);
}

static void
the_wildcard_survives_a_round_trip(void **state)
{
	uint8_t     raw[64];
	struct buf  b = buf_over(raw, sizeof raw);
	struct nbns n = { .question = true, .name = "*", .type = NBNS_NBSTAT }, m;

	(void)state;
	nbns_print(&n, &b);
	assert_memory_equal(raw + 13, "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 32);
	assert_int_equal(nbns_parse(buf_bytes(&b), &m), OK);
	assert_string_equal(m.name, "*");
	assert_int_equal(m.suffix, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_is_read),
		cmocka_unit_test(a_registration_is_read),
		cmocka_unit_test(a_response_with_a_group_is_read),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes),
		cmocka_unit_test(a_letter_outside_the_encoding_is_refused),
		cmocka_unit_test(the_wildcard_survives_a_round_trip),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
