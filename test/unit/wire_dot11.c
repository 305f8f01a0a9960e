#include "test/unit/check.h"
#include "wire/dot11.h"

/* Heads and bodies from the air. */
static const char BEACON[] = "80000000 ffffffffffff 0017df0000a1 0017df0000a1 1000";
static const char MEDICAL[] =
    "00f2052a01000000 6400 1100 0008484f53502d4d4544 010882848b960c121824 030101"
    "301a 0100 000fac04 0100 000fac04 0100 000fac01 c000 0000 000fac06";
static const char GUEST[] = "004fc30000000000 6400 0100 000a484f53502d4755455354 010882848b960c121824 03010b";
static const char DEAUTH[] = "c0000000 0017df0000a1 0009fb000071 0017df0000a1 1000 0300";
static const char ASSOC[] = "0000 0000 b827eb000099 0009fb000071 b827eb000099 9007 0100 0a00 0008484f53502d4d4544 010482848b96";
static const char SECRET[] = "8841 0000 0017df0000a1 0009fb000071 001b54000001 1000 0000 d883d3c8 60ae482c";

static void
a_beacon_is_read(void **state)
{
	uint8_t             raw[256];
	struct dot11        d;
	struct dot11_beacon b;
	size_t              n = unhex(BEACON, raw, sizeof raw);

	(void)state;
	n += unhex(MEDICAL, raw + n, sizeof raw - n);
	assert_int_equal(dot11_parse(bytes_of(raw, n), &d), OK);
	assert_int_equal(d.type, DOT11_MANAGEMENT);
	assert_int_equal(d.subtype, DOT11_BEACON);
	assert_int_equal(d.sequence, 1);
	assert_int_equal(dot11_beacon_parse(d.body, &b), OK);
	assert_int_equal(b.interval, 100);
	assert_true(bytes_equal(b.e.ssid, bytes_text("HOSP-MED")));
	assert_int_equal(b.e.channel, 1);
	assert_int_equal(b.e.rsn.group, 0x000fac04);
	assert_int_equal(b.e.rsn.akm[0], 0x000fac01);
	assert_int_equal(b.e.rsn.capabilities, DOT11_MFP_REQUIRED | DOT11_MFP_CAPABLE);
	assert_int_equal(b.e.rsn.group_mgmt, 0x000fac06);
	assert_int_equal(dot11_security(&b), DOT11_WPA2_ENTERPRISE);
}

static void
a_beacon_without_protection_is_open(void **state)
{
	uint8_t             raw[256];
	struct dot11_beacon b;

	(void)state;
	assert_int_equal(dot11_beacon_parse(bytes_of(raw, unhex(GUEST, raw, sizeof raw)), &b), OK);
	assert_int_equal(dot11_security(&b), DOT11_OPEN);
	assert_string_equal(dot11_security_text(dot11_security(&b)), "open");
	b.capability |= DOT11_PRIVACY;
	assert_int_equal(dot11_security(&b), DOT11_WEP);
}

/* One beacon with an RSN of that key management, cipher and capabilities. */
static enum dot11_security
security_of(uint32_t akm, uint32_t pairwise, uint16_t capabilities)
{
	struct dot11_beacon b = {
		.capability = DOT11_PRIVACY,
		.e = {
			.present = DOT11_HAS_RSN,
			.rsn = {
				.version = 1,
				.group = 0x000fac04,
				.pairwise = { 0x000fac04, pairwise },
				.pairwise_n = 2,
				.akm = { 0x000fac00 | akm },
				.akm_n = 1,
				.capabilities = capabilities,
			},
		},
	};
	return dot11_security(&b);
}

static void
key_management_tells_the_security(void **state)
{
	(void)state;
	assert_int_equal(security_of(18, 0x000fac04, 0xc0), DOT11_OWE);
	assert_int_equal(security_of(2, 0x000fac04, 0), DOT11_WPA2_PERSONAL);
	assert_int_equal(security_of(1, 0x000fac04, 0), DOT11_WPA2_ENTERPRISE);
	assert_int_equal(security_of(5, 0x000fac04, DOT11_MFP_CAPABLE), DOT11_WPA2_ENTERPRISE);
	assert_int_equal(security_of(5, 0x000fac04, DOT11_MFP_REQUIRED | DOT11_MFP_CAPABLE), DOT11_WPA3_ENTERPRISE);
	assert_int_equal(security_of(8, 0x000fac04, 0xc0), DOT11_WPA3_PERSONAL);
	assert_int_equal(security_of(12, 0x000fac09, 0xc0), DOT11_WPA3_ENTERPRISE);
	assert_int_equal(security_of(2, 0x000fac02, 0), DOT11_WPA);
	assert_int_equal(security_of(99, 0x000fac04, 0), DOT11_WPA2_PERSONAL);
}

static void
a_mixed_network_is_as_strong_as_its_weakest_way_in(void **state)
{
	uint8_t             raw[128];
	struct dot11_beacon b;

	(void)state;
	/* SAE and PSK */
	size_t n = unhex("0000000000000000 6400 1100 3018 0100 000fac04 0100 000fac04 0200 000fac08 000fac02 8000", raw, sizeof raw);
	assert_int_equal(dot11_beacon_parse(bytes_of(raw, n), &b), OK);
	assert_int_equal(b.e.rsn.akm_n, 2);
	assert_int_equal(dot11_security(&b), DOT11_WPA2_PERSONAL);
	/* and WPA besides */
	n += unhex("dd16 0050f201 0100 0050f202 0100 0050f202 0100 0050f202", raw + n, sizeof raw - n);
	assert_int_equal(dot11_beacon_parse(bytes_of(raw, n), &b), OK);
	assert_int_equal(b.e.vendors[0], 0x0050f2);
	assert_int_equal(b.e.wpa.akm[0], 0x0050f202);
	assert_int_equal(dot11_security(&b), DOT11_WPA);
}

static void
a_short_rsn_has_the_standards_defaults_and_a_cut_one_protects_nothing(void **state)
{
	uint8_t             raw[64];
	struct dot11_beacon b;

	(void)state;
	size_t n = unhex("0000000000000000 6400 1100 3002 0100", raw, sizeof raw);
	assert_int_equal(dot11_beacon_parse(bytes_of(raw, n), &b), OK);
	assert_int_equal(dot11_security(&b), DOT11_WPA2_ENTERPRISE);
	n = unhex("0000000000000000 6400 1100 300a 0100 000fac04 0900 000f", raw, sizeof raw);
	assert_int_equal(dot11_beacon_parse(bytes_of(raw, n), &b), OK);
	assert_true(b.e.misshapen);
	assert_int_equal(dot11_security(&b), DOT11_WEP);
}

static void
an_association_tells_the_network(void **state)
{
	uint8_t            raw[128];
	struct dot11       d;
	struct dot11_assoc a;

	(void)state;
	assert_int_equal(dot11_parse(bytes_of(raw, unhex(ASSOC, raw, sizeof raw)), &d), OK);
	assert_int_equal(d.subtype, DOT11_ASSOC_REQUEST);
	assert_int_equal(d.sequence, 0x79);
	assert_int_equal(dot11_assoc_parse(d.body, false, &a), OK);
	assert_true(bytes_equal(a.e.ssid, bytes_text("HOSP-MED")));
	assert_int_equal(a.listen, 10);
}

static void
a_deauthentication_tells_its_reason(void **state)
{
	uint8_t      raw[64];
	struct dot11 d;
	uint16_t     reason;
	struct mac   from, to, bssid;

	(void)state;
	assert_int_equal(dot11_parse(bytes_of(raw, unhex(DEAUTH, raw, sizeof raw)), &d), OK);
	assert_int_equal(d.subtype, DOT11_DEAUTH);
	assert_int_equal(dot11_reason_parse(d.body, &reason), OK);
	assert_int_equal(reason, 3);
	dot11_ends(&d, &from, &to, &bssid);
	assert_int_equal(from.b[5], 0x71);
	assert_true(mac_equal(to, bssid));
	assert_int_equal(dot11_reason_parse(bytes_of(raw, 1), &reason), ERR_SHORT);
}

static void
an_authentication_is_read(void **state)
{
	struct dot11_auth a;
	uint8_t           raw[8];
	struct buf        b = buf_over(raw, sizeof raw);

	(void)state;
	assert_int_equal(dot11_auth_parse(LIT("\x03\0\x01\0\x7e\0\x13\0"), &a), OK);
	assert_int_equal(a.algorithm, 3);
	assert_int_equal(a.sequence, 1);
	assert_int_equal(a.status, 126);
	dot11_auth_print(&a, &b);
	assert_true(bytes_equal(buf_bytes(&b), LIT("\x03\0\x01\0\x7e\0")));
	EVERY_TRUNCATION_REFUSED(dot11_auth_parse, struct dot11_auth, buf_bytes(&b));
}

static void
the_ethernet_type_of_readable_data_is_found(void **state)
{
	/* plain to the access point; with QoS and HT control; with four addresses and QoS */
	static const char *const frames[] = {
		"0801 0000 0017df0000a1 0009fb000071 001b54000001 1000 aaaa03000000 0806 0001",
		"8881 0000 0017df0000a1 0009fb000071 001b54000001 1000 0000 01020304 aaaa03000000 0806 0001",
		"8803 0000 0017df0000a1 0009fb000071 001b54000001 1000 001b54000002 0000 aaaa030000f8 0806 0001",
	};

	(void)state;
	for (size_t k = 0; k < sizeof frames / sizeof *frames; k++) {
		uint8_t      raw[64];
		struct dot11 d;
		assert_int_equal(dot11_parse(bytes_of(raw, unhex(frames[k], raw, sizeof raw)), &d), OK);
		assert_int_equal(d.ethertype, 0x0806);
		assert_int_equal(d.payload.len, 2);
	}
}

static void
ciphertext_chains_fragments_and_bodiless_data_have_no_ethernet_type(void **state)
{
	static const char *const frames[] = {
		SECRET,
		"8801 0000 0017df0000a1 0009fb000071 001b54000001 1000 8000 aaaa03000000 0806 0001",
		"0801 0000 0017df0000a1 0009fb000071 001b54000001 1100 aaaa03000000 0806 0001",
		"4801 0000 0017df0000a1 0009fb000071 001b54000001 1000 aaaa03000000 0806 0001",
	};

	(void)state;
	for (size_t k = 0; k < sizeof frames / sizeof *frames; k++) {
		uint8_t      raw[64];
		struct dot11 d;
		assert_int_equal(dot11_parse(bytes_of(raw, unhex(frames[k], raw, sizeof raw)), &d), OK);
		assert_int_equal(d.ethertype, 0);
	}
}

static void
the_ends_of_data_depend_on_its_direction(void **state)
{
	static const struct {
		uint8_t flags, from, to, bssid;
	} rows[] = { { 0, 2, 1, 3 }, { DOT11_TO_DS, 2, 3, 1 }, { DOT11_FROM_DS, 3, 1, 2 }, { DOT11_TO_DS | DOT11_FROM_DS, 4, 3, 2 } };

	(void)state;
	for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
		struct dot11 d = { .type = DOT11_DATA, .flags = rows[k].flags, .a1.b = { 1 }, .a2.b = { 2 }, .a3.b = { 3 }, .a4.b = { 4 } };
		struct mac   from, to, bssid;
		dot11_ends(&d, &from, &to, &bssid);
		assert_int_equal(from.b[0], rows[k].from);
		assert_int_equal(to.b[0], rows[k].to);
		assert_int_equal(bssid.b[0], rows[k].bssid);
	}
}

static void
printing_what_was_parsed_gives_the_same_bytes(void **state)
{
	static const char *const frames[] = {
		DEAUTH, ASSOC, SECRET, "d400 0000 0017df0000a1", "b400 7d00 0017df0000a1 0009fb000071",
		"8883 0000 0017df0000a1 0009fb000071 001b54000001 1000 001b54000002 0500 01020304",
	};

	(void)state;
	for (size_t k = 0; k < sizeof frames / sizeof *frames; k++) {
		uint8_t      raw[128], again[128];
		struct dot11 d;
		size_t       n = unhex(frames[k], raw, sizeof raw);
		struct buf   b = buf_over(again, sizeof again);
		assert_int_equal(dot11_parse(bytes_of(raw, n), &d), OK);
		dot11_print(&d, &b);
		assert_true(bytes_equal(buf_bytes(&b), bytes_of(raw, n)));
		EVERY_TRUNCATION_REFUSED(dot11_parse, struct dot11, bytes_of(raw, n - d.body.len));
	}
}

static void
printing_a_beacon_gives_the_same_bytes(void **state)
{
	static const char *const bodies[] = { MEDICAL, GUEST };

	(void)state;
	for (size_t k = 0; k < sizeof bodies / sizeof *bodies; k++) {
		uint8_t             raw[256], again[256];
		struct dot11_beacon d;
		size_t              n = unhex(bodies[k], raw, sizeof raw), accepted = 0;
		struct buf          b = buf_over(again, sizeof again);
		assert_int_equal(dot11_beacon_parse(bytes_of(raw, n), &d), OK);
		dot11_beacon_print(&d, &b);
		assert_true(bytes_equal(buf_bytes(&b), bytes_of(raw, n)));
		for (size_t cut = 0; cut < n; cut++) {
			uint8_t *copy = malloc(cut ? cut : 1);
			memcpy(copy, raw, cut);
			accepted += dot11_beacon_parse(bytes_of(copy, cut), &d) == OK;
			free(copy);
		}
		assert_int_equal(accepted, k == 0 ? 4 : 3); /* between elements only */
	}
}

static void
other_versions_and_extension_frames_are_unsupported(void **state)
{
	uint8_t      raw[64];
	struct dot11 d;
	size_t       n = unhex(DEAUTH, raw, sizeof raw);

	(void)state;
	raw[0] = 0xc1;
	assert_int_equal(dot11_parse(bytes_of(raw, n), &d), ERR_UNSUPPORTED);
	raw[0] = 0xcc;
	assert_int_equal(dot11_parse(bytes_of(raw, n), &d), ERR_UNSUPPORTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_beacon_is_read),
		cmocka_unit_test(a_beacon_without_protection_is_open),
		cmocka_unit_test(key_management_tells_the_security),
		cmocka_unit_test(a_mixed_network_is_as_strong_as_its_weakest_way_in),
		cmocka_unit_test(a_short_rsn_has_the_standards_defaults_and_a_cut_one_protects_nothing),
		cmocka_unit_test(an_association_tells_the_network),
		cmocka_unit_test(a_deauthentication_tells_its_reason),
		cmocka_unit_test(an_authentication_is_read),
		cmocka_unit_test(the_ethernet_type_of_readable_data_is_found),
		cmocka_unit_test(ciphertext_chains_fragments_and_bodiless_data_have_no_ethernet_type),
		cmocka_unit_test(the_ends_of_data_depend_on_its_direction),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes),
		cmocka_unit_test(printing_a_beacon_gives_the_same_bytes),
		cmocka_unit_test(other_versions_and_extension_frames_are_unsupported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
