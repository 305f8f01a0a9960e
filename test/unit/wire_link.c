#include "test/unit/check.h"
#include "wire/link.h"

#define CARDS "002590102025 8c1645102030 "
#define IP4   "45000014000040004006000001020304 05060708"

static enum err
read_it(const char *hex, uint32_t linktype, struct link *out)
{
	static uint8_t raw[256];
	return link_parse(bytes_of(raw, unhex(hex, raw, sizeof raw)), linktype, out);
}

static void
ethernet_names_its_cards_and_what_it_carries(void **state)
{
	struct link l;

	(void)state;
	assert_int_equal(read_it(CARDS "0800" IP4, LINK_ETHERNET, &l), OK);
	assert_true(l.cards);
	assert_int_equal(l.dst.b[0], 0x00);
	assert_int_equal(l.src.b[0], 0x8c);
	assert_int_equal(l.type, ETHERTYPE_IPV4);
	assert_int_equal(l.vlans, 0);
	assert_int_equal(l.payload.len, 20);
}

static void
tags_are_taken_off_outermost_first_however_many(void **state)
{
	struct link l;

	(void)state;
	assert_int_equal(read_it(CARDS "88a8 6064 8100 000a 0806 0001", LINK_ETHERNET, &l), OK);
	assert_int_equal(l.vlans, 2);
	assert_int_equal(l.vlan[0], 100);
	assert_int_equal(l.vlan[1], 10);
	assert_int_equal(l.type, ETHERTYPE_ARP);
	assert_int_equal(read_it(CARDS "8100 0001 8100 0002 8100 0003 8100 0004 8100 0005 0806 0001", LINK_ETHERNET, &l), OK);
	assert_int_equal(l.vlans, 5);
	assert_int_equal(l.vlan[3], 4);
}

static void
llc_stops_at_the_stated_length(void **state)
{
	struct link l;

	(void)state;
	assert_int_equal(read_it("0180c2000000 001b54000001 0007 424203 00000000 eeeeeeeeee", LINK_ETHERNET, &l), OK);
	assert_int_equal(l.type, LINK_STP);
	assert_int_equal(l.payload.len, 4);
}

static void
snap_gives_its_ethertype_and_ciscos_protocols(void **state)
{
	struct link l;

	(void)state;
	assert_int_equal(read_it("01000ccccccc 001b54000001 000c aaaa03 00000c 2000 02b4 0000", LINK_ETHERNET, &l), OK);
	assert_int_equal(l.type, LINK_CDP);
	assert_int_equal(read_it("01000ccccccd 001b54000001 000c aaaa03 00000c 010b 0000 0000", LINK_ETHERNET, &l), OK);
	assert_int_equal(l.type, LINK_STP);
	assert_int_equal(read_it(CARDS "000c aaaa03 000000 0806 0001 0800", LINK_ETHERNET, &l), OK);
	assert_int_equal(l.type, ETHERTYPE_ARP);
}

static void
mpls_leads_to_ip_by_its_version(void **state)
{
	struct link l;

	(void)state;
	assert_int_equal(read_it(CARDS "8847 000640fe 000651ff" IP4, LINK_ETHERNET, &l), OK);
	assert_int_equal(l.type, ETHERTYPE_IPV4);
	assert_int_equal(l.payload.len, 20);
}

static void
a_pseudowire_leads_to_the_frame_inside(void **state)
{
	struct link l;

	(void)state;
	assert_int_equal(read_it("ffffffffffff 001111111111 8847 000651ff 00000000" CARDS "0800" IP4, LINK_ETHERNET, &l), OK);
	assert_int_equal(l.type, ETHERTYPE_IPV4);
	assert_int_equal(l.src.b[0], 0x8c);
}

static void
pppoe_leads_to_ip(void **state)
{
	struct link l;

	(void)state;
	assert_int_equal(read_it(CARDS "8864 1100 0001 0016 0021" IP4, LINK_ETHERNET, &l), OK);
	assert_int_equal(l.type, ETHERTYPE_IPV4);
}

static void
links_without_two_cards_say_so(void **state)
{
	struct link l;

	(void)state;
	assert_int_equal(read_it("0000 0001 0006 0009fb0000210000 0800" IP4, LINK_SLL, &l), OK);
	assert_true(!l.cards && l.src.b[0] == 0 && l.src.b[1] == 9 && l.type == ETHERTYPE_IPV4);
	assert_int_equal(read_it("0800 0000 00000002 0001 00 06 0009fb0000210000" IP4, LINK_SLL2, &l), OK);
	assert_true(!l.cards && l.src.b[1] == 9 && l.type == ETHERTYPE_IPV4 && l.payload.len == 20);
	assert_int_equal(read_it(IP4, LINK_RAW, &l), OK);
	assert_true(!l.cards && l.type == ETHERTYPE_IPV4 && l.payload.len == 20);
	assert_int_equal(read_it("1e000000 6000000000003aff", LINK_NULL, &l), OK);
	assert_int_equal(l.type, ETHERTYPE_IPV6);
	assert_int_equal(read_it("ff03 0057 60000000", LINK_PPP, &l), OK);
	assert_int_equal(l.type, ETHERTYPE_IPV6);
}

static void
other_link_types_are_unsupported(void **state)
{
	struct link l;

	(void)state;
	assert_int_equal(read_it(IP4, 147, &l), ERR_UNSUPPORTED);
}

static void
a_cut_header_is_refused(void **state)
{
	static const uint8_t frame[] = { 0, 0x25, 0x90, 0x10, 0x20, 0x25, 0x8c, 0x16, 0x45, 0x10, 0x20, 0x30, 0x81, 0, 0, 10, 8, 0 };

	(void)state;
	for (size_t n = 0; n < sizeof frame; n++) {
		struct link l;
		uint8_t    *cut = malloc(n ? n : 1);
		memcpy(cut, frame, n);
		assert_int_equal(link_parse(bytes_of(cut, n), LINK_ETHERNET, &l), ERR_SHORT);
		free(cut);
	}
}

static void
printing_what_was_parsed_gives_the_same_bytes(void **state)
{
	uint8_t     raw[64], again[64];
	struct buf  b = buf_over(again, sizeof again);
	size_t      n = unhex(CARDS "88a8 0064 8100 000a 0800" IP4, raw, sizeof raw);
	struct link l;

	(void)state;
	assert_int_equal(link_parse(bytes_of(raw, n), LINK_ETHERNET, &l), OK);
	link_print(&l, &b);
	assert_int_equal(b.len, n);
	assert_memory_equal(raw, again, n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ethernet_names_its_cards_and_what_it_carries),
		cmocka_unit_test(tags_are_taken_off_outermost_first_however_many),
		cmocka_unit_test(llc_stops_at_the_stated_length),
		cmocka_unit_test(snap_gives_its_ethertype_and_ciscos_protocols),
		cmocka_unit_test(mpls_leads_to_ip_by_its_version),
		cmocka_unit_test(a_pseudowire_leads_to_the_frame_inside),
		cmocka_unit_test(pppoe_leads_to_ip),
		cmocka_unit_test(links_without_two_cards_say_so),
		cmocka_unit_test(other_link_types_are_unsupported),
		cmocka_unit_test(a_cut_header_is_refused),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
