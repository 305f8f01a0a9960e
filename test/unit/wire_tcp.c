#include "test/unit/check.h"
#include "wire/tcp.h"

/* A SYN of Linux: MSS 1460, SACK permitted, timestamps, NOP, window scale 7. */
static const char SYN[] = "a0fb 0019 0274d478 00000000 a0 02 faf0 19b4 0000 020405b4 0402 080a 0000a0fb 00000000 01 030307";
static const char DATA[] = "c350 09f7 00000001 00000002 50 18 03e8 0000 0000 0b 4d 53 48";

static void
a_syn_is_read(void **state)
{
	uint8_t    raw[64];
	size_t     n = unhex(SYN, raw, sizeof raw);
	struct tcp t;

	(void)state;
	assert_int_equal(tcp_parse(bytes_of(raw, n), &t), OK);
	assert_int_equal(t.sport, 41211);
	assert_int_equal(t.dport, 25);
	assert_int_equal(t.seq, 0x0274d478);
	assert_int_equal(t.flags, TCP_SYN);
	assert_int_equal(t.window, 64240);
	assert_int_equal(t.options.len, 20);
	assert_int_equal(t.payload.len, 0);
}

static void
what_follows_the_header_is_payload(void **state)
{
	uint8_t    raw[64];
	size_t     n = unhex(DATA, raw, sizeof raw);
	struct tcp t;

	(void)state;
	assert_int_equal(tcp_parse(bytes_of(raw, n), &t), OK);
	assert_true(bytes_equal(t.payload, LIT("\x0bMSH")));
}

static void
printing_what_was_parsed_gives_the_same_bytes_but_for_the_checksum(void **state)
{
	static const char *const all[] = { SYN, DATA };

	(void)state;
	for (int i = 0; i < 2; i++) {
		uint8_t    raw[64], again[64];
		size_t     n = unhex(all[i], raw, sizeof raw);
		struct buf b = buf_over(again, sizeof again);
		struct tcp t;
		assert_int_equal(tcp_parse(bytes_of(raw, n), &t), OK);
		tcp_print(&t, &b);
		memset(raw + 16, 0, 4);
		assert_int_equal(b.len, n);
		assert_memory_equal(raw, again, n);
	}
}

static void
a_cut_header_is_refused(void **state)
{
	uint8_t raw[64];
	size_t  n = unhex(SYN, raw, sizeof raw);

	(void)state;
	EVERY_TRUNCATION_REFUSED(tcp_parse, struct tcp, bytes_of(raw, n));
}

static void
an_offset_into_the_header_is_refused(void **state)
{
	uint8_t    raw[64];
	size_t     n = unhex(DATA, raw, sizeof raw);
	struct tcp t;

	(void)state;
	raw[12] = 0x40;
	assert_int_equal(tcp_parse(bytes_of(raw, n), &t), ERR_FORM);
}

static void
sequence_numbers_are_compared_around_their_wrap(void **state)
{
	(void)state;
	assert_true(tcp_before(1, 2));
	assert_false(tcp_before(2, 2));
	assert_true(tcp_before(0xfffffff0, 5));
	assert_false(tcp_before(5, 0xfffffff0));
}

static void
the_stack_is_told_by_the_order_of_options_and_the_scale(void **state)
{
	struct tcp a = { .options = LIT("\2\4\5\xb4\4\2\1\3\3\7") }, order = { .options = LIT("\4\2\2\4\5\xb4\1\3\3\7") },
	           scale = { .options = LIT("\2\4\5\xb4\4\2\1\3\3\6") }, mss = { .options = LIT("\2\4\5\x50\4\2\1\3\3\7") };

	(void)state;
	assert_int_equal(tcp_stack(&a), tcp_stack(&a));
	assert_int_not_equal(tcp_stack(&a), tcp_stack(&order));
	assert_int_not_equal(tcp_stack(&a), tcp_stack(&scale));
	assert_int_equal(tcp_stack(&a), tcp_stack(&mss)); /* the way's, not the stack's */
}

static void
options_that_end_too_early_name_no_stack(void **state)
{
	struct tcp t = { .options = LIT("\2\4\5") }, zero = { .options = LIT("\2\0\0\0") };

	(void)state;
	assert_int_equal(tcp_stack(&t), 0);
	(void)tcp_stack(&zero); /* a length of 0 must not go on for ever */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_syn_is_read),
		cmocka_unit_test(what_follows_the_header_is_payload),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes_but_for_the_checksum),
		cmocka_unit_test(a_cut_header_is_refused),
		cmocka_unit_test(an_offset_into_the_header_is_refused),
		cmocka_unit_test(sequence_numbers_are_compared_around_their_wrap),
		cmocka_unit_test(the_stack_is_told_by_the_order_of_options_and_the_scale),
		cmocka_unit_test(options_that_end_too_early_name_no_stack),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
