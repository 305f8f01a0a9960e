#include "test/unit/check.h"
#include "wire/ip.h"

static const char V4[] = "45 00 0030 0064 0000 01 11 cc42 0a140301 e0000002 07c107c1001c8fcc000010030a6e0500636973636f0000000a1403fe";
/* Hop-by-hop, then a fragment header (offset 0, more), then UDP. */
static const char V6[] = "60000000 0018 00 40 fe80000000000000021b54fffe0a0001 20010db8000000000000000000000007"
                         "2c00050200000000 1100 0001 deadbeef 0035003500100000";

static void
an_ipv4_packet_is_read(void **state)
{
	uint8_t   raw[80];
	size_t    n = unhex(V4, raw, sizeof raw);
	struct ip p;

	(void)state;
	assert_int_equal(ip_parse(bytes_of(raw, n), &p), OK);
	assert_int_equal(p.version, 4);
	assert_int_equal(p.ttl, 1);
	assert_int_equal(p.protocol, IP_UDP);
	assert_int_equal(p.id, 100);
	assert_int_equal(p.src.b[12], 10);
	assert_int_equal(p.dst.b[12], 224);
	assert_int_equal(p.payload.len, 28);
	assert_true(p.has_id && !p.cut && !ip_fragment(&p));
}

static void
extension_headers_lead_to_the_transport(void **state)
{
	uint8_t   raw[80];
	size_t    n = unhex(V6, raw, sizeof raw);
	struct ip p;

	(void)state;
	assert_int_equal(ip_parse(bytes_of(raw, n), &p), OK);
	assert_int_equal(p.version, 6);
	assert_int_equal(p.protocol, IP_UDP);
	assert_int_equal(p.id, 0xdeadbeef);
	assert_true(p.more && ip_fragment(&p));
	assert_int_equal(p.offset, 0);
	assert_int_equal(p.payload.len, 8);
}

static void
printing_what_was_parsed_gives_the_same_bytes_with_a_right_checksum(void **state)
{
	uint8_t    raw[80], again[80];
	size_t     n = unhex(V4, raw, sizeof raw);
	struct buf b = buf_over(again, sizeof again);
	struct ip  p;

	(void)state;
	assert_int_equal(ip_parse(bytes_of(raw, n), &p), OK);
	ip_print(&p, &b);
	assert_int_equal(b.len, n);
	assert_memory_equal(raw, again, n);
	assert_int_equal(ip_checksum(bytes_of(again, 20), 0), 0);
}

static void
a_fragment_of_ipv6_comes_back_from_its_print(void **state)
{
	uint8_t    raw[80], again[80];
	size_t     n = unhex(V6, raw, sizeof raw);
	struct buf b = buf_over(again, sizeof again);
	struct ip  p, o;

	(void)state;
	assert_int_equal(ip_parse(bytes_of(raw, n), &p), OK);
	ip_print(&p, &b);
	assert_int_equal(ip_parse(buf_bytes(&b), &o), OK);
	assert_int_equal(o.protocol, p.protocol);
	assert_int_equal(o.id, p.id);
	assert_true(o.more && bytes_equal(o.payload, p.payload));
}

static void
link_padding_is_taken_off(void **state)
{
	uint8_t   raw[80] = { 0 };
	struct ip p;

	(void)state;
	unhex(V4, raw, sizeof raw);
	assert_int_equal(ip_parse(bytes_of(raw, sizeof raw), &p), OK);
	assert_int_equal(p.payload.len, 28);
}

static void
a_capture_that_holds_less_says_so(void **state)
{
	uint8_t   raw[80];
	struct ip p;

	(void)state;
	unhex(V4, raw, sizeof raw);
	assert_int_equal(ip_parse(bytes_of(raw, 30), &p), OK);
	assert_true(p.cut);
	assert_int_equal(p.payload.len, 10);
}

static void
a_cut_ipv4_header_is_refused(void **state)
{
	uint8_t raw[80];

	(void)state;
	unhex(V4, raw, sizeof raw);
	EVERY_TRUNCATION_REFUSED(ip_parse, struct ip, bytes_of(raw, 20));
}

static void
a_cut_ipv6_header_chain_is_refused(void **state)
{
	uint8_t raw[80];

	(void)state;
	unhex(V6, raw, sizeof raw);
	EVERY_TRUNCATION_REFUSED(ip_parse, struct ip, bytes_of(raw, 56));
}

static void
a_header_longer_than_the_packet_is_refused(void **state)
{
	uint8_t   raw[80];
	size_t    n = unhex(V4, raw, sizeof raw);
	struct ip p;

	(void)state;
	raw[3] = 19;
	assert_int_equal(ip_parse(bytes_of(raw, n), &p), ERR_FORM);
	raw[0] = 0x44;
	assert_int_equal(ip_parse(bytes_of(raw, n), &p), ERR_FORM);
	raw[0] = 0x75;
	assert_int_equal(ip_parse(bytes_of(raw, n), &p), ERR_FORM);
}

static void
a_do_not_fragment_packet_with_id_zero_has_no_id(void **state)
{
	uint8_t   raw[80];
	size_t    n = unhex(V4, raw, sizeof raw);
	struct ip p;

	(void)state;
	raw[4] = raw[5] = 0;
	raw[6] = 0x40;
	assert_int_equal(ip_parse(bytes_of(raw, n), &p), OK);
	assert_false(p.has_id);
}

static void
a_chain_of_extension_headers_ends_after_eight(void **state)
{
	uint8_t   raw[40 + 12 * 8] = { 0x60, 0, 0, 0, 0, 12 * 8, 60, 64 };
	struct ip p;

	(void)state;
	for (int i = 0; i < 12; i++)
		raw[40 + i * 8] = 60;
	assert_int_equal(ip_parse(bytes_of(raw, sizeof raw), &p), OK);
	assert_int_equal(p.payload.len, 4 * 8);
}

/* RFC 1071 section 3's own example. */
static void
the_checksum_is_that_of_rfc_1071(void **state)
{
	(void)state;
	assert_int_equal(ip_checksum(LIT("\x00\x01\xf2\x03\xf4\xf5\xf6\xf7"), 0), 0x220d);
	assert_int_equal(ip_checksum(LIT("\x00\x01\xf2"), 0), (uint16_t)~0xf201);
}

static void
a_transport_checksum_that_is_right_gives_zero(void **state)
{
	uint8_t   raw[80];
	size_t    n = unhex(V4, raw, sizeof raw);
	struct ip p;

	(void)state;
	assert_int_equal(ip_parse(bytes_of(raw, n), &p), OK);
	assert_int_equal(ip_transport_checksum(&p, p.payload), 0);
	raw[n - 1] ^= 1;
	assert_int_not_equal(ip_transport_checksum(&p, p.payload), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ipv4_packet_is_read),
		cmocka_unit_test(extension_headers_lead_to_the_transport),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes_with_a_right_checksum),
		cmocka_unit_test(a_fragment_of_ipv6_comes_back_from_its_print),
		cmocka_unit_test(link_padding_is_taken_off),
		cmocka_unit_test(a_capture_that_holds_less_says_so),
		cmocka_unit_test(a_cut_ipv4_header_is_refused),
		cmocka_unit_test(a_cut_ipv6_header_chain_is_refused),
		cmocka_unit_test(a_header_longer_than_the_packet_is_refused),
		cmocka_unit_test(a_do_not_fragment_packet_with_id_zero_has_no_id),
		cmocka_unit_test(a_chain_of_extension_headers_ends_after_eight),
		cmocka_unit_test(the_checksum_is_that_of_rfc_1071),
		cmocka_unit_test(a_transport_checksum_that_is_right_gives_zero),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
