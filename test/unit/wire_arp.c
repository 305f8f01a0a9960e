#include "test/unit/check.h"
#include "wire/arp.h"

static const char REPLY[] = "0001 0800 06 04 0002 b827eb000066 0a4d000a 0009fb000021 0a4d0015";

static void
an_arp_reply_is_read(void **state)
{
	uint8_t    raw[64];
	struct arp a;

	(void)state;
	assert_int_equal(arp_parse(bytes_of(raw, unhex(REPLY, raw, sizeof raw)), &a), OK);
	assert_int_equal(a.op, ARP_REPLY);
	assert_int_equal(a.sha.b[0], 0xb8);
	assert_int_equal(a.spa.b[15], 10);
	assert_int_equal(a.tpa.b[15], 21);
}

static void
printing_what_was_parsed_gives_the_same_bytes(void **state)
{
	uint8_t    raw[64], again[64];
	struct arp a;
	size_t     n = unhex(REPLY, raw, sizeof raw);
	struct buf b = buf_over(again, sizeof again);

	(void)state;
	assert_int_equal(arp_parse(bytes_of(raw, n), &a), OK);
	arp_print(&a, &b);
	assert_int_equal(b.len, n);
	assert_memory_equal(raw, again, n);
}

static void
a_cut_arp_is_refused(void **state)
{
	uint8_t raw[64];
	size_t  n = unhex(REPLY, raw, sizeof raw);

	(void)state;
	EVERY_TRUNCATION_REFUSED(arp_parse, struct arp, bytes_of(raw, n));
}

static void
other_hardware_is_unsupported(void **state)
{
	uint8_t    raw[64];
	size_t     n = unhex(REPLY, raw, sizeof raw);
	struct arp a;

	(void)state;
	raw[1] = 6;
	assert_int_equal(arp_parse(bytes_of(raw, n), &a), ERR_UNSUPPORTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arp_reply_is_read),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes),
		cmocka_unit_test(a_cut_arp_is_refused),
		cmocka_unit_test(other_hardware_is_unsupported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
