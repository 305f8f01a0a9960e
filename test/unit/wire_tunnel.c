#include "test/unit/check.h"
#include "wire/link.h"
#include "wire/tunnel.h"

#define INSIDE "002590102025 8c1645102030 0800 4500"

static enum err
read_it(const char *hex, uint16_t port, struct tunnel *out)
{
	static uint8_t raw[256];
	struct bytes   in = bytes_of(raw, unhex(hex, raw, sizeof raw));
	return port ? tunnel_udp_parse(in, port, out) : tunnel_gre_parse(in, out);
}

static void
erspan_of_each_type_leads_to_the_mirrored_frame(void **state)
{
	struct tunnel t;

	(void)state;
	assert_int_equal(read_it("0000 88be" INSIDE, 0, &t), OK); /* type I */
	assert_true(t.mirror && t.network == 0 && t.linktype == LINK_ETHERNET && t.payload.len == 16);
	assert_int_equal(read_it("1000 88be 00000001 100b0064 0000000a" INSIDE, 0, &t), OK);
	assert_true(t.mirror && t.network == 100 && t.payload.len == 16);
	assert_int_equal(read_it("1000 22eb 00000001 200b0064 00000000 00000000" INSIDE, 0, &t), OK);
	assert_true(t.mirror && t.network == 100 && t.payload.len == 16);
	assert_int_equal(read_it("1000 22eb 00000001 200b0064 00000000 00000001 0000000000000000" INSIDE, 0, &t), OK);
	assert_int_equal(t.payload.len, 16);
}

static void
a_gre_tunnel_is_no_mirror(void **state)
{
	struct tunnel t;

	(void)state;
	assert_int_equal(read_it("2000 6558 00000007" INSIDE, 0, &t), OK);
	assert_true(!t.mirror && t.network == 7 && t.linktype == LINK_ETHERNET && t.payload.len == 16);
	assert_int_equal(read_it("b000 0800 00000000 00000007 00000001 4500", 0, &t), OK);
	assert_true(t.network == 7 && t.linktype == LINK_RAW && t.payload.len == 2);
	assert_int_equal(read_it("3081 880b 00040001 00000001 00000002 ff03", 0, &t), OK);
	assert_true(t.linktype == LINK_PPP && t.payload.len == 2);
}

static void
vxlan_and_geneve_tell_their_network(void **state)
{
	struct tunnel t;

	(void)state;
	assert_int_equal(read_it("08000000 00000700" INSIDE, TUNNEL_VXLAN_PORT, &t), OK);
	assert_true(t.network == 7 && t.linktype == LINK_ETHERNET && t.payload.len == 16);
	assert_int_equal(read_it("00000000 00000700" INSIDE, TUNNEL_VXLAN_PORT, &t), ERR_FORM);
	assert_int_equal(read_it("01006558 00000800 deadbe01" INSIDE, TUNNEL_GENEVE_PORT, &t), OK);
	assert_true(t.network == 8 && t.linktype == LINK_ETHERNET && t.payload.len == 16);
	assert_int_equal(read_it("00000800 00000800 4500", TUNNEL_GENEVE_PORT, &t), OK);
	assert_int_equal(t.linktype, LINK_RAW);
}

static void
capwap_tells_a_frame_of_wifi_from_one_of_ethernet(void **state)
{
	struct tunnel t;

	(void)state;
	assert_int_equal(read_it("00 100300 00000000 08010000", TUNNEL_CAPWAP_PORT, &t), OK);
	assert_true(t.linktype == LINK_DOT11 && t.swapped && t.payload.len == 4);
	assert_int_equal(read_it("00 100200 00000000" INSIDE, TUNNEL_CAPWAP_PORT, &t), OK);
	assert_true(t.linktype == LINK_ETHERNET && !t.swapped && t.payload.len == 16);
}

static void
capwap_that_is_encrypted_or_in_pieces_is_unsupported(void **state)
{
	struct tunnel t;

	(void)state;
	assert_int_equal(read_it("01 000000 16feff00", TUNNEL_CAPWAP_PORT, &t), ERR_UNSUPPORTED);
	assert_int_equal(read_it("00 100280 00000000" INSIDE, TUNNEL_CAPWAP_PORT, &t), ERR_UNSUPPORTED);
}

static void
gtp_u_leads_over_its_extensions_to_ip(void **state)
{
	struct tunnel t;

	(void)state;
	assert_int_equal(read_it("30 ff 0002 00000001 4500", TUNNEL_GTP_PORT, &t), OK);
	assert_true(t.linktype == LINK_RAW && t.payload.len == 2);
	assert_int_equal(read_it("34 ff 000a 00000001 0000 00 85 01 1001 00 4500", TUNNEL_GTP_PORT, &t), OK);
	assert_int_equal(t.payload.len, 2);
	assert_int_equal(read_it("30 01 0002 00000001 4500", TUNNEL_GTP_PORT, &t), ERR_UNSUPPORTED);
	assert_int_equal(read_it("34 ff 000a 00000001 0000 00 85 00 1001 00 4500", TUNNEL_GTP_PORT, &t), ERR_SHORT);
}

static void
other_ports_and_protocols_are_unsupported(void **state)
{
	struct tunnel t;

	(void)state;
	assert_int_equal(read_it("08000000 00000700" INSIDE, 53, &t), ERR_UNSUPPORTED);
	assert_int_equal(read_it("0000 2000 4500", 0, &t), ERR_UNSUPPORTED);
}

static enum err
vxlan(struct bytes in, struct tunnel *out)
{
	return tunnel_udp_parse(in, TUNNEL_VXLAN_PORT, out);
}

static enum err
gtp(struct bytes in, struct tunnel *out)
{
	return tunnel_udp_parse(in, TUNNEL_GTP_PORT, out);
}

static void
a_cut_header_is_refused(void **state)
{
	(void)state;
	EVERY_TRUNCATION_REFUSED(tunnel_gre_parse, struct tunnel, LIT("\x10\x00\x88\xbe\0\0\0\1\x10\x0b\0\x64\0\0\0\x0a"));
	EVERY_TRUNCATION_REFUSED(tunnel_gre_parse, struct tunnel, LIT("\x10\x00\x22\xeb\0\0\0\1\x20\x0b\0\x64\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0"));
	EVERY_TRUNCATION_REFUSED(vxlan, struct tunnel, LIT("\x08\0\0\0\0\0\7\0"));
	EVERY_TRUNCATION_REFUSED(gtp, struct tunnel, LIT("\x34\xff\0\x0a\0\0\0\1\0\0\0\x85\1\x10\1\0"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(erspan_of_each_type_leads_to_the_mirrored_frame),
		cmocka_unit_test(a_gre_tunnel_is_no_mirror),
		cmocka_unit_test(vxlan_and_geneve_tell_their_network),
		cmocka_unit_test(capwap_tells_a_frame_of_wifi_from_one_of_ethernet),
		cmocka_unit_test(capwap_that_is_encrypted_or_in_pieces_is_unsupported),
		cmocka_unit_test(gtp_u_leads_over_its_extensions_to_ip),
		cmocka_unit_test(other_ports_and_protocols_are_unsupported),
		cmocka_unit_test(a_cut_header_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
