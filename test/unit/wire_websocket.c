#include "test/unit/check.h"
#include "wire/websocket.h"

/* The examples of RFC 6455 section 5.7: "Hello" masked; its head unmasked; a first fragment; a ping; 256 bytes; 65536 bytes. */
static const char *const HEAD[] = { "8185 37fa213d", "8105", "0103", "8905", "827e 0100", "827f 0000000000010000" };

static void
the_masked_hello_of_the_rfc_is_read_in_pieces(void **state)
{
	uint8_t          raw[32], text[5];
	struct websocket w;
	size_t           n = unhex("8185 37fa213d 7f9f4d5158", raw, sizeof raw);

	(void)state;
	assert_int_equal(websocket_parse(bytes_of(raw, n), &w), OK);
	assert_true(w.final && w.masked && w.opcode == WEBSOCKET_TEXT && w.length == 5 && w.head == 6);
	websocket_unmask(&w, 0, bytes_of(raw + 6, 3), text);
	websocket_unmask(&w, 3, bytes_of(raw + 9, 2), text + 3);
	assert_memory_equal(text, "Hello", 5);
}

static void
printing_what_was_parsed_gives_the_same_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof HEAD / sizeof *HEAD; i++) {
		uint8_t          raw[32], again[32];
		struct buf       b = buf_over(again, sizeof again);
		struct websocket w;
		size_t           n = unhex(HEAD[i], raw, sizeof raw);
		assert_int_equal(websocket_parse(bytes_of(raw, n), &w), OK);
		assert_int_equal(w.head, n);
		websocket_print(&w, &b);
		assert_int_equal(b.len, n);
		assert_memory_equal(raw, again, n);
		EVERY_TRUNCATION_REFUSED(websocket_parse, struct websocket, bytes_of(raw, n));
	}
}

static void
what_no_peer_may_send_is_refused(void **state)
{
	static const char *const BAD[] = { "8300", "8b00", "0900", "897e 0080", "827e 007d", "827f 000000000000ffff", "827f 8000000000000000" };

	(void)state;
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
		uint8_t          raw[32];
		struct websocket w;
		assert_int_equal(websocket_parse(bytes_of(raw, unhex(BAD[i], raw, sizeof raw)), &w), ERR_FORM);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_masked_hello_of_the_rfc_is_read_in_pieces),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes),
		cmocka_unit_test(what_no_peer_may_send_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
