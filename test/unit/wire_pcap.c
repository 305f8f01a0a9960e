#include "test/unit/check.h"
#include "wire/pcap.h"

/* Reads on until something other than ERR_AGAIN comes. */
static enum err
next(struct pcap *p, struct bytes *left, struct pcap_record *out)
{
	for (;;) {
		size_t   used;
		enum err e = pcap_parse(p, *left, &used, out);
		*left = bytes_skip(*left, used);
		if (e != ERR_AGAIN)
			return e;
	}
}

static struct bytes
from(const char *hex)
{
	static uint8_t raw[512];
	return bytes_of(raw, unhex(hex, raw, sizeof raw));
}

#define LITTLE "d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000"
#define RECORD "bcf4026b 20a10700 03000000 3c000000 aabbcc"

static void
a_classic_capture_is_read(void **state)
{
	struct pcap        p = { .begun = false };
	struct pcap_record r;
	struct bytes       left = from(LITTLE RECORD);

	(void)state;
	assert_int_equal(next(&p, &left, &r), OK);
	assert_int_equal(r.when.us, INT64_C(0x6b02f4bc) * 1000000 + 500000);
	assert_int_equal(r.linktype, 1);
	assert_int_equal(r.length, 60);
	assert_int_equal(r.data.len, 3);
	assert_int_equal(left.len, 0);
}

static void
the_other_byte_order_and_nanoseconds_are_read(void **state)
{
	struct pcap        p = { .begun = false };
	struct pcap_record r;
	struct bytes       left = from("a1b23c4d 0002 0004 00000000 00000000 0000ffff 14000071 6b02f4bc 1dcd65ff 00000001 00000001 aa");

	(void)state;
	assert_int_equal(next(&p, &left, &r), OK);
	assert_int_equal(r.when.us, INT64_C(0x6b02f4bc) * 1000000 + 500000);
	assert_int_equal(r.linktype, 113); /* the bits that tell the length of a checksum are no part of it */
}

#define NG_SECTION   "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000"
#define NG_INTERFACE "01000000 14000000 0100 0000 ffff0000 14000000"

static void
a_pcapng_packet_is_read_by_its_interface(void **state)
{
	struct pcap        p = { .begun = false };
	struct pcap_record r;
	/* The second interface: radiotap, nanoseconds, five seconds to add. */
	struct bytes left = from(NG_SECTION NG_INTERFACE
	                         "01000000 2c000000 7f00 0000 ffff0000 0900 0100 09000000 0e00 0800 0500000000000000 00000000 2c000000"
	                         "05000000 10000000 00000000 10000000"
	                         "06000000 24000000 01000000 00000000 00ca9a3b 03000000 03000000 aabbcc00 24000000");

	(void)state;
	assert_int_equal(next(&p, &left, &r), OK);
	assert_int_equal(r.linktype, 127);
	assert_int_equal(r.when.us, 6 * INSTANT_SECOND);
	assert_int_equal(r.data.len, 3);
	assert_int_equal(left.len, 0);
}

static void
a_clock_of_powers_of_two_is_read(void **state)
{
	struct pcap        p = { .begun = false };
	struct pcap_record r;
	/* if_tsresol 0x8a: 1024 ticks a second; 1536 ticks. */
	struct bytes left = from(NG_SECTION "01000000 20000000 0100 0000 ffff0000 0900 0100 8a000000 00000000 20000000"
	                                    "06000000 24000000 00000000 00000000 00060000 01000000 01000000 aa000000 24000000");

	(void)state;
	assert_int_equal(next(&p, &left, &r), OK);
	assert_int_equal(r.when.us, 1500000);
}

static void
a_packet_of_an_unknown_interface_is_skipped_and_counted(void **state)
{
	struct pcap        p = { .begun = false };
	struct pcap_record r;
	struct bytes       left = from(NG_SECTION NG_INTERFACE "06000000 24000000 07000000 00000000 00000000 01000000 01000000 aa000000 24000000");

	(void)state;
	assert_int_equal(next(&p, &left, &r), ERR_SHORT); /* the end */
	assert_int_equal(p.skipped, 1);
}

static void
every_cut_of_a_capture_asks_for_more(void **state)
{
	struct pcap_record r;
	struct bytes       whole = from(LITTLE RECORD);

	(void)state;
	for (size_t n = 0; n < whole.len; n++) {
		struct pcap  p = { .begun = false };
		uint8_t     *cut = malloc(n ? n : 1);
		memcpy(cut, whole.at, n);
		struct bytes left = bytes_of(cut, n);
		assert_int_equal(next(&p, &left, &r), ERR_SHORT);
		free(cut);
	}
}

static void
what_is_no_capture_is_refused(void **state)
{
	struct pcap        p = { .begun = false };
	struct pcap_record r;
	struct bytes       left = LIT("%PDF-1.7 and so on, long enough for a header");

	(void)state;
	assert_int_equal(next(&p, &left, &r), ERR_FORM);
}

static void
an_impossible_length_is_damage(void **state)
{
	struct pcap        p = { .begun = false }, q = { .begun = false };
	struct pcap_record r;
	struct bytes       left = from(LITTLE "bcf4026b 20a10700 00000010 3c000000 aabbcc");

	(void)state;
	assert_int_equal(next(&p, &left, &r), ERR_FORM);
	left = from(NG_SECTION "06000000 23000000 00000000 00000000");
	assert_int_equal(next(&q, &left, &r), ERR_FORM);
}

static void
what_is_printed_is_read_again(void **state)
{
	uint8_t            raw[64];
	struct buf         b = buf_over(raw, sizeof raw);
	struct pcap        p = { .begun = false };
	struct pcap_record r = { .when = { INT64_C(1795288711000001) }, .linktype = 1, .length = 60, .data = LIT("abc") }, o;

	(void)state;
	pcap_print_header(1, &b);
	pcap_print(&r, &b);
	struct bytes left = buf_bytes(&b);
	assert_int_equal(next(&p, &left, &o), OK);
	assert_int_equal(o.when.us, r.when.us);
	assert_int_equal(o.length, 60);
	assert_true(bytes_equal(o.data, r.data));
}

static void
a_printed_section_of_two_interfaces_is_read_again(void **state)
{
	uint8_t            raw[512];
	struct buf         b = buf_over(raw, sizeof raw);
	struct pcap        p = { .begun = false };
	struct pcap_record r = { .when = { INT64_C(1795288711000001) }, .interface = 1, .length = 60, .data = LIT("abcde") }, o;

	(void)state;
	pcap_print_section(LIT("why this was kept"), &b);
	pcap_print_interface("tap A", 1, &b);
	pcap_print_interface("B", 113, &b);
	pcap_print_packet(&r, &b);
	r.interface = 0;
	r.data = LIT("");
	pcap_print_packet(&r, &b);
	assert_true(buf_ok(&b));
	struct bytes left = buf_bytes(&b);
	assert_true(bytes_equal(pcap_comment(left), LIT("why this was kept")));
	for (size_t n = 0; n < 45; n++) /* where the comment ends */
		assert_int_equal(pcap_comment(bytes_head(left, n)).len, 0);
	assert_int_equal(next(&p, &left, &o), OK);
	assert_int_equal(o.when.us, r.when.us);
	assert_int_equal(o.linktype, 113);
	assert_int_equal(o.interface, 1);
	assert_true(bytes_equal(o.data, LIT("abcde")));
	assert_int_equal(next(&p, &left, &o), OK);
	assert_int_equal(o.linktype, 1);
	assert_int_equal(o.data.len, 0);
	assert_int_equal(left.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_classic_capture_is_read),
		cmocka_unit_test(the_other_byte_order_and_nanoseconds_are_read),
		cmocka_unit_test(a_pcapng_packet_is_read_by_its_interface),
		cmocka_unit_test(a_clock_of_powers_of_two_is_read),
		cmocka_unit_test(a_packet_of_an_unknown_interface_is_skipped_and_counted),
		cmocka_unit_test(every_cut_of_a_capture_asks_for_more),
		cmocka_unit_test(what_is_no_capture_is_refused),
		cmocka_unit_test(an_impossible_length_is_damage),
		cmocka_unit_test(what_is_printed_is_read_again),
		cmocka_unit_test(a_printed_section_of_two_interfaces_is_read_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
