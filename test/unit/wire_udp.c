#include "test/unit/check.h"
#include "wire/udp.h"

static const char DATAGRAM[] = "07c1 07c1 001c 8fcc 000010030a6e0500636973636f0000000a1403fe";

static void
a_datagram_is_read(void **state)
{
	uint8_t    raw[64];
	size_t     n = unhex(DATAGRAM, raw, sizeof raw);
	struct udp u;

	(void)state;
	assert_int_equal(udp_parse(bytes_of(raw, n), &u), OK);
	assert_int_equal(u.sport, 1985);
	assert_int_equal(u.dport, 1985);
	assert_int_equal(u.payload.len, 20);
}

static void
printing_what_was_parsed_gives_the_same_bytes_but_for_the_checksum(void **state)
{
	uint8_t    raw[64], again[64];
	size_t     n = unhex(DATAGRAM, raw, sizeof raw);
	struct buf b = buf_over(again, sizeof again);
	struct udp u;

	(void)state;
	assert_int_equal(udp_parse(bytes_of(raw, n), &u), OK);
	udp_print(&u, &b);
	raw[6] = raw[7] = 0;
	assert_int_equal(b.len, n);
	assert_memory_equal(raw, again, n);
}

static void
what_is_behind_the_stated_length_is_not_payload(void **state)
{
	uint8_t    raw[64] = { 0 };
	struct udp u;

	(void)state;
	unhex(DATAGRAM, raw, sizeof raw);
	assert_int_equal(udp_parse(bytes_of(raw, sizeof raw), &u), OK);
	assert_int_equal(u.payload.len, 20);
}

static void
a_capture_that_holds_less_gives_what_is_there(void **state)
{
	uint8_t    raw[64];
	struct udp u;

	(void)state;
	unhex(DATAGRAM, raw, sizeof raw);
	assert_int_equal(udp_parse(bytes_of(raw, 12), &u), OK);
	assert_int_equal(u.payload.len, 4);
}

static void
length_zero_is_a_jumbogram_or_offload_and_takes_all(void **state)
{
	uint8_t    raw[64];
	size_t     n = unhex(DATAGRAM, raw, sizeof raw);
	struct udp u;

	(void)state;
	raw[4] = raw[5] = 0;
	assert_int_equal(udp_parse(bytes_of(raw, n), &u), OK);
	assert_int_equal(u.payload.len, 20);
}

static void
a_cut_header_is_refused(void **state)
{
	(void)state;
	EVERY_TRUNCATION_REFUSED(udp_parse, struct udp, LIT("\x07\xc1\x07\xc1\x00\x08\x00\x00"));
}

static void
a_length_shorter_than_the_header_is_refused(void **state)
{
	struct udp u;

	(void)state;
	assert_int_equal(udp_parse(LIT("\x07\xc1\x07\xc1\x00\x07\x00\x00"), &u), ERR_FORM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_datagram_is_read),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes_but_for_the_checksum),
		cmocka_unit_test(what_is_behind_the_stated_length_is_not_payload),
		cmocka_unit_test(a_capture_that_holds_less_gives_what_is_there),
		cmocka_unit_test(length_zero_is_a_jumbogram_or_offload_and_takes_all),
		cmocka_unit_test(a_cut_header_is_refused),
		cmocka_unit_test(a_length_shorter_than_the_header_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
