#include "test/unit/check.h"

#include "crypt/signer.h"
#include "pki/authority.h"
#include "pki/issue.h"
#include "wire/der.h"

#define NOW ((struct instant){ INT64_C(1763752711) * INSTANT_SECOND })

static struct signer *ca_key, *device_key;
static struct issuer  by;
static uint8_t        ca_room[4096], algorithm_room[32], spki_room[512], device_spki[512];
static size_t         device_spki_len;

static const struct policy_device PUMP = { .name = "pump1", .card = { { 0, 9, 0xfb, 0, 0, 0x21 } }, .address = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 20, 3, 7 } } };

/* A CA for hospital.example and 10.20.0.0/16, signed by its own key. */
static int
setup(void **state)
{
	static uint8_t tbs_room[4096], signature_room[512];
	struct buf     tbs = buf_over(tbs_room, sizeof tbs_room), signature = buf_over(signature_room, sizeof signature_room), der = buf_over(ca_room, sizeof ca_room);
	struct buf     algorithm = buf_over(algorithm_room, sizeof algorithm_room), spki = buf_over(spki_room, sizeof spki_room), device = buf_over(device_spki, sizeof device_spki);
	struct x509    root = x509_blank(LIT("\x30\x00"));

	(void)state;
	assert_int_equal(signer_new(SIGNER_P256, &ca_key), OK);
	assert_int_equal(signer_new(SIGNER_P256, &device_key), OK);
	assert_int_equal(signer_public(ca_key, &spki), OK);
	assert_int_equal(signer_public(device_key, &device), OK);
	device_spki_len = device.len;
	signer_algorithm(ca_key, &algorithm);
	root.subject = LIT("\x30\x00");
	root.subject_key = LIT("root");
	root.not_after.us = INT64_MAX / 2;
	authority_print(&(struct authority){ .name = "Test", .spki = buf_bytes(&spki), .algorithm = buf_bytes(&algorithm), .root = &root, .url = "http://h", .now = NOW,
	                .domain = { "hospital.example" }, .domains = 1, .subnet = { { .addr = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 20 } }, .bits = 16 } },
	                .subnets = 1, .serial = { 0x41 } }, &tbs);
	assert_int_equal(signer_make(ca_key, buf_bytes(&tbs), &signature), OK);
	der_put_signed(&der, buf_bytes(&tbs), buf_bytes(&algorithm), buf_bytes(&signature));
	assert_int_equal(x509_parse(buf_bytes(&der), &by.ca), OK);
	by.algorithm = buf_bytes(&algorithm);
	strcpy(by.url, "http://h");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	signer_free(ca_key);
	signer_free(device_key);
	return 0;
}

/* A request of the device's key for these names (GeneralNames), signed by another key if wrong. */
static void
request(const char *cn, struct bytes names, bool wrong, struct csr *out)
{
	static uint8_t room[16384], info_room[12288], x_room[8192], value_room[8192], signature_room[512], name_room[256], algorithm[32];
	struct buf     der = buf_over(room, sizeof room), info = buf_over(info_room, sizeof info_room), x = buf_over(x_room, sizeof x_room);
	struct buf     value = buf_over(value_room, sizeof value_room), signature = buf_over(signature_room, sizeof signature_room);
	struct buf     name = buf_over(name_room, sizeof name_room), a = buf_over(algorithm, sizeof algorithm);

	body_name(NULL, cn, &name);
	signer_algorithm(device_key, &a);
	size_t whole = der_begin(&info, DER_SEQUENCE);
	der_put_small(&info, DER_INTEGER, 0);
	buf_bytes_put(&info, buf_bytes(&name));
	buf_bytes_put(&info, bytes_of(device_spki, device_spki_len));
	size_t attributes = der_begin(&info, DER_EXPLICIT | 0);
	if (names.len) {
		der_put(&value, DER_SEQUENCE, names);
		body_extension(LIT("\x55\x1d\x11"), false, buf_bytes(&value), &x);
		size_t one = der_begin(&info, DER_SEQUENCE);
		DER_PUT_OID(&info, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e");
		size_t set = der_begin(&info, DER_SET);
		der_put(&info, DER_SEQUENCE, buf_bytes(&x));
		der_end(&info, set);
		der_end(&info, one);
	}
	der_end(&info, attributes);
	der_end(&info, whole);
	assert_int_equal(signer_make(wrong ? ca_key : device_key, buf_bytes(&info), &signature), OK);
	der_put_signed(&der, buf_bytes(&info), buf_bytes(&a), buf_bytes(&signature));
	assert_true(buf_ok(&der));
	assert_int_equal(csr_parse(buf_bytes(&der), out), OK);
}

static struct issue
issue(const struct csr *r, const char *profile)
{
	return (struct issue){ .csr = r, .profile = profile_find(profile), .name = "pump1", .device = &PUMP, .now = { NOW.us + 86400 * INSTANT_SECOND }, .serial = { 0x42, 1 } };
}

#define DNS "\x82\x16pump1.hospital.example"

static void
what_is_issued_is_of_its_profile_and_of_this_ca(void **state)
{
	static uint8_t room[ISSUE_TBS];
	struct buf     tbs = buf_over(room, sizeof room);
	struct csr     r;
	struct x509    c;
	uint8_t        serial[BODY_SERIAL];

	(void)state;
	request("whoever", LIT(DNS "\x87\x04\x0a\x14\x03\x07"), false, &r);
	struct issue i = issue(&r, "device");
	assert_null(issue_refused(&by, &i));
	assert_null(issue_doubtful(&i));
	issue_print(&by, &i, &tbs);
	assert_true(buf_ok(&tbs));
	assert_int_equal(x509_parse_tbs(buf_bytes(&tbs), &c), OK);
	assert_null(profile_fault(profile_find("device"), &c));
	assert_null(issue_names_fault(&by.ca, i.profile, &c));
	assert_true(bytes_equal(c.subject_cn, LIT("pump1")));
	assert_true(bytes_equal(c.issuer, by.ca.subject));
	assert_true(bytes_equal(c.authority_key, by.ca.subject_key));
	assert_int_equal(c.nnames, 2);
	assert_true(bytes_equal(c.crl_url, LIT("http://h/crl/2.crl")));
	assert_true(body_serial(c.serial, serial));
	assert_memory_equal(serial, i.serial, sizeof serial);
	/* Of another profile it is not. */
	assert_non_null(profile_fault(profile_find("server"), &c));
	assert_non_null(profile_fault(profile_find("ocsp"), &c));
}

static void
each_bad_name_is_refused_with_its_reason(void **state)
{
	static const struct { struct bytes names; const char *profile, *why; } ROW[] = {
		{ { (const uint8_t *)"\x82\x0f" "a.other.example", 17 }, "device", "a name is outside what this CA may issue for" },
		{ { (const uint8_t *)"\x82\x14" "evilhospital.example", 22 }, "device", "a name is outside what this CA may issue for" },
		{ { (const uint8_t *)"\x87\x04\x0a\x15\x03\x07", 6 }, "device", "a name is outside what this CA may issue for" },
		{ { (const uint8_t *)DNS DNS, 48 }, "device", "a name stands there twice" },
		{ { (const uint8_t *)"\x82\x12*.hospital.example", 20 }, "device", "a DNS name is not a host's" },
		{ { (const uint8_t *)"\x86\x08http://h", 10 }, "device", "a URI is neither urn:paravent:device:… nor urn:mac:…" },
		{ { (const uint8_t *)"\x87\x04\x0a\x14\x03\x07", 6 }, "radius", "a name is of a kind its profile does not have" },
		{ { (const uint8_t *)"\x88\x02\x2a\x03", 4 }, "device", "a name is of a kind not certified here: DNS, address, URI or mail" },
		{ { (const uint8_t *)"", 0 }, "server", "its profile needs a subjectAltName, and there is none" },
	};
	struct csr r;

	(void)state;
	for (size_t k = 0; k < sizeof ROW / sizeof *ROW; k++) {
		request("pump1", ROW[k].names, false, &r);
		struct issue i = issue(&r, ROW[k].profile);
		const char  *why = issue_refused(&by, &i);
		assert_non_null(why);
		assert_string_equal(why, ROW[k].why);
	}
}

static void
sixty_five_names_are_too_many(void **state)
{
	uint8_t    room[4096];
	struct buf names = buf_over(room, sizeof room);
	struct csr r;

	(void)state;
	for (unsigned i = 0; i < ISSUE_NAMES; i++)
		buf_put(&names, (const uint8_t[]){ 0x87, 4, 10, 20, 1, (uint8_t)i }, 6);
	request("pump1", buf_bytes(&names), false, &r);
	struct issue i = issue(&r, "device");
	assert_null(issue_refused(&by, &i));
	buf_put(&names, (const uint8_t[]){ 0x87, 4, 10, 20, 2, 0 }, 6);
	request("pump1", buf_bytes(&names), false, &r);
	i = issue(&r, "device");
	assert_string_equal(issue_refused(&by, &i), "it asks for more than 64 names");
}

static void
who_does_not_hold_the_key_gets_nothing(void **state)
{
	struct csr r;

	(void)state;
	request("pump1", LIT(DNS), true, &r);
	struct issue i = issue(&r, "device");
	assert_string_equal(issue_refused(&by, &i), "who sent it does not hold its private key: the signature does not hold");
}

static void
a_server_is_called_by_its_first_dns_name(void **state)
{
	static uint8_t room[ISSUE_TBS];
	struct buf     tbs = buf_over(room, sizeof room);
	struct csr     r;
	struct x509    c;

	(void)state;
	request("whoever", LIT("\x87\x04\x0a\x14\x03\x07" DNS), false, &r);
	struct issue i = issue(&r, "server");
	assert_null(issue_refused(&by, &i));
	issue_print(&by, &i, &tbs);
	assert_int_equal(x509_parse_tbs(buf_bytes(&tbs), &c), OK);
	assert_true(bytes_equal(c.subject_cn, LIT("pump1.hospital.example")));
}

static void
names_of_another_device_need_a_person(void **state)
{
	struct csr r;

	(void)state;
	request("pump1", LIT("\x82\x16pump2.hospital.example"), false, &r);
	struct issue i = issue(&r, "device");
	assert_null(issue_refused(&by, &i));
	assert_non_null(issue_doubtful(&i));
	request("pump1", LIT("\x86\x19urn:mac:00:09:fb:00:00:22"), false, &r);
	assert_non_null(issue_doubtful(&i));
	request("pump1", LIT("\x86\x19urn:mac:00:09:fb:00:00:21"), false, &r);
	assert_null(issue_doubtful(&i));
	i.device = NULL;
	assert_non_null(issue_doubtful(&i));
}

static void
the_policy_makes_a_life_shorter_and_never_longer(void **state)
{
	static uint8_t room[ISSUE_TBS];
	struct csr     r;
	struct x509    c;

	(void)state;
	request("pump1", LIT(DNS), false, &r);
	for (unsigned days = 10; days <= 1000; days += 990) {
		struct buf   tbs = buf_over(room, sizeof room);
		struct issue i = issue(&r, "device");
		i.days = days;
		issue_print(&by, &i, &tbs);
		assert_int_equal(x509_parse_tbs(buf_bytes(&tbs), &c), OK);
		assert_int_equal(instant_since(i.now, c.not_after) / INSTANT_SECOND, (days == 10 ? 10 : 365) * 86400);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_issued_is_of_its_profile_and_of_this_ca),
		cmocka_unit_test(each_bad_name_is_refused_with_its_reason),
		cmocka_unit_test(sixty_five_names_are_too_many),
		cmocka_unit_test(who_does_not_hold_the_key_gets_nothing),
		cmocka_unit_test(a_server_is_called_by_its_first_dns_name),
		cmocka_unit_test(names_of_another_device_need_a_person),
		cmocka_unit_test(the_policy_makes_a_life_shorter_and_never_longer),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
