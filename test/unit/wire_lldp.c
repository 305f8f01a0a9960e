#include "test/unit/check.h"
#include "wire/lldp.h"

/* From a wire: a host's card, with two organisations' TLVs and three bytes of trailer. */
static const char HOST[] =
    "0207042089846bc5ba 0407032089846bc5ba 06020e11 fe0900120f010300010000 fe070012bb01000101 0000 010000";

static struct lldp
all_fields(void)
{
	struct lldp l = {
		.chassis_kind = LLDP_CHASSIS_MAC,
		.chassis = LIT("\x00\x1c\x0e\x00\x00\xfe"),
		.port_kind = LLDP_PORT_NAME,
		.port = LIT("ge-0/0/7"),
		.ttl = 120,
		.present = LLDP_HAS_PORT_DESCR | LLDP_HAS_NAME | LLDP_HAS_DESCR | LLDP_HAS_CAPABILITIES | LLDP_HAS_MANAGEMENT | LLDP_HAS_VLAN,
		.port_descr = LIT("bed 7"),
		.name = LIT("sw-icu"),
		.descr = LIT("a switch"),
		.capable = LLDP_BRIDGE | LLDP_ROUTER,
		.enabled = LLDP_BRIDGE,
		.management = addr_v4((const uint8_t[]){ 10, 77, 0, 2 }),
		.vlan = 77,
	};
	return l;
}

static void
a_hosts_announcement_is_read(void **state)
{
	uint8_t     raw[128];
	struct lldp l;
	struct mac  m;

	(void)state;
	assert_int_equal(lldp_parse(bytes_of(raw, unhex(HOST, raw, sizeof raw)), &l), OK);
	assert_true(lldp_chassis_mac(&l, &m));
	assert_int_equal(m.b[5], 0xba);
	assert_int_equal(l.port_kind, LLDP_PORT_MAC);
	assert_int_equal(l.ttl, 3601);
	assert_int_equal(l.present, 0);
}

static void
what_was_printed_is_read_the_same(void **state)
{
	uint8_t     raw[256], two[256];
	struct lldp l = all_fields(), r;
	struct buf  b = buf_over(raw, sizeof raw), c = buf_over(two, sizeof two);

	(void)state;
	lldp_print(&l, &b);
	assert_int_equal(lldp_parse(buf_bytes(&b), &r), OK);
	assert_int_equal(r.present, l.present);
	assert_true(bytes_equal(r.port, l.port));
	assert_true(bytes_equal(r.name, l.name));
	assert_int_equal(r.enabled, LLDP_BRIDGE);
	assert_true(addr_equal(r.management, l.management));
	assert_int_equal(r.vlan, 77);
	assert_false(r.repeated || r.misshapen);
	lldp_print(&r, &c);
	assert_true(bytes_equal(buf_bytes(&b), buf_bytes(&c)));
}

static void
an_announcement_may_end_between_two_tlvs_after_the_third(void **state)
{
	uint8_t     raw[256];
	struct lldp l = all_fields();
	struct buf  b = buf_over(raw, sizeof raw);
	size_t      accepted = 0;

	(void)state;
	lldp_print(&l, &b);
	for (size_t cut = 0; cut < b.len; cut++) {
		uint8_t *copy = malloc(cut ? cut : 1);
		memcpy(copy, raw, cut);
		accepted += lldp_parse(bytes_of(copy, cut), &l) == OK;
		free(copy);
	}
	assert_int_equal(accepted, 7);
}

static void
the_first_three_tlvs_must_stand_in_order(void **state)
{
	uint8_t     raw[64];
	struct lldp l;

	(void)state;
	size_t n = unhex("0407032089846bc5ba 0207042089846bc5ba 06020e11 0000", raw, sizeof raw);
	assert_int_equal(lldp_parse(bytes_of(raw, n), &l), ERR_FORM);
	n = unhex("0207042089846bc5ba 0000 00000000", raw, sizeof raw);
	assert_int_equal(lldp_parse(bytes_of(raw, n), &l), ERR_FORM);
	n = unhex("020104 0407032089846bc5ba 06020e11 0000", raw, sizeof raw);
	assert_int_equal(lldp_parse(bytes_of(raw, n), &l), ERR_FORM);
}

static void
a_tlv_that_comes_twice_counts_once(void **state)
{
	uint8_t     raw[64];
	struct lldp l;
	size_t      n = unhex("0207042089846bc5ba 0407032089846bc5ba 06020e11 0a0161 0a0162 0e0100 0000", raw, sizeof raw);

	(void)state;
	assert_int_equal(lldp_parse(bytes_of(raw, n), &l), OK);
	assert_true(bytes_equal(l.name, LIT("a")));
	assert_true(l.repeated);
	assert_true(l.misshapen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hosts_announcement_is_read),
		cmocka_unit_test(what_was_printed_is_read_the_same),
		cmocka_unit_test(an_announcement_may_end_between_two_tlvs_after_the_third),
		cmocka_unit_test(the_first_three_tlvs_must_stand_in_order),
		cmocka_unit_test(a_tlv_that_comes_twice_counts_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
