#include "test/unit/check.h"
#include "wire/icmp.h"

/* A forged redirect and a ping, both from a wire. */
static const char REDIRECT[] = "0501f06f 0a4d0042 4500001c000140004001261e0a4d001e0a4e000a 0800f7fe00010000";
static const char ECHO[] = "080081b8 6e12 0002 4aef016b00000000fb05020000000000";

static void
a_redirect_tells_the_gateway_and_the_packet(void **state)
{
	uint8_t     raw[64];
	struct icmp i;

	(void)state;
	assert_int_equal(icmp_parse(bytes_of(raw, unhex(REDIRECT, raw, sizeof raw)), &i), OK);
	assert_int_equal(i.type, ICMP_REDIRECT);
	assert_int_equal(i.code, 1);
	assert_int_equal(i.gateway.b[15], 0x42);
	assert_int_equal(i.datagram.len, 28);
	assert_int_equal(i.datagram.at[0], 0x45);
}

static void
an_echo_tells_id_and_sequence(void **state)
{
	uint8_t     raw[64];
	struct icmp i;

	(void)state;
	assert_int_equal(icmp_parse(bytes_of(raw, unhex(ECHO, raw, sizeof raw)), &i), OK);
	assert_int_equal(i.type, ICMP_ECHO);
	assert_int_equal(i.id, 0x6e12);
	assert_int_equal(i.seq, 2);
	assert_int_equal(i.body.len, 16);
	assert_int_equal(i.datagram.len, 0);
}

static void
printing_what_was_parsed_gives_the_same_bytes(void **state)
{
	static const char *const packets[] = { REDIRECT, ECHO, "0300fcfe 00000578 4500", "2a00 0000 01020304" };

	(void)state;
	for (size_t k = 0; k < sizeof packets / sizeof *packets; k++) {
		uint8_t     raw[64], again[64];
		struct icmp i;
		size_t      n = unhex(packets[k], raw, sizeof raw);
		struct buf  b = buf_over(again, sizeof again);
		assert_int_equal(icmp_parse(bytes_of(raw, n), &i), OK);
		icmp_print(&i, &b);
		assert_true(bytes_equal(buf_bytes(&b), bytes_of(raw, n)));
	}
}

static void
less_than_the_head_is_refused(void **state)
{
	uint8_t raw[64];

	(void)state;
	unhex(REDIRECT, raw, sizeof raw);
	EVERY_TRUNCATION_REFUSED(icmp_parse, struct icmp, bytes_of(raw, 8));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_redirect_tells_the_gateway_and_the_packet),
		cmocka_unit_test(an_echo_tells_id_and_sequence),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes),
		cmocka_unit_test(less_than_the_head_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
