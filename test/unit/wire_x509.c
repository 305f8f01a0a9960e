#include "test/unit/check.h"
#include "test/unit/certificates.h"
#include "wire/x509.h"

static uint8_t raw[4096];

static struct bytes
certificate(const char *text, struct x509 *c)
{
	struct bytes der = bytes_of(raw, unhex(text, raw, sizeof raw));

	assert_int_equal(x509_parse(der, c), OK);
	assert_false(c->odd);
	return der;
}

static void
reads(struct bytes b, const char *text)
{
	if (!bytes_equal(b, bytes_text(text)))
		fail_msg("%.*s is not %s", (int)b.len, (const char *)b.at, text);
}

static void
an_rsa_certificate_is_read(void **state)
{
	struct x509  c;
	struct bytes der = certificate(RSA_CERT, &c);

	(void)state;
	assert_int_equal(c.version, 3);
	assert_true(bytes_equal(c.serial, LIT("\x01\x23\x45\x67\x89\xab\xcd\xef")));
	assert_int_equal(c.algorithm, X509_RSA_SHA256);
	assert_int_equal(c.key, X509_KEY_RSA);
	assert_int_equal(c.key_bits, 2048);
	assert_int_equal(c.signature.len, 256);
	reads(c.subject_cn, "pacs.clinic.example");
	reads(c.issuer_o, "Clinic");
	assert_true(x509_self_issued(&c));
	assert_true(c.not_before.us == INT64_C(1795294550) * INSTANT_SECOND); /* 2026-11-21 20:55:50 */
	assert_true(c.not_after.us - c.not_before.us == 365 * 86400 * INSTANT_SECOND);
	assert_true(c.whole.len == der.len && c.tbs.at == der.at + 4);
	assert_int_equal(c.spki.len, 294);
	assert_int_equal(c.spki.at[0], 0x30);
}

static void
its_extensions_are_read(void **state)
{
	struct x509 c;

	(void)state;
	certificate(RSA_CERT, &c);
	assert_true(c.has_constraints && c.ca);
	assert_int_equal(c.path_len, 0);
	assert_int_equal(c.usage, X509_DIGITAL_SIGNATURE | X509_CERT_SIGN | X509_CRL_SIGN);
	assert_int_equal(c.purposes, X509_FOR_SERVER | X509_FOR_CLIENT);
	assert_int_equal(c.nnames, 6);
	assert_false(c.more_names);
	assert_int_equal(c.names[0].type, X509_NAME_DNS);
	reads(c.names[1].value, "*.ward.clinic.example");
	assert_int_equal(c.names[2].type, X509_NAME_IP);
	assert_int_equal(c.names[3].value.len, 16);
	reads(c.names[4].value, "urn:oid:1.2.3");
	assert_int_equal(c.subject_key.len, 20);
	assert_true(bytes_equal(c.subject_key, c.authority_key));
	reads(c.crl_url, "http://ca.clinic.example/crl");
	reads(c.ocsp_url, "http://ca.clinic.example/ocsp");
	reads(c.issuer_url, "http://ca.clinic.example/ca.der");
	assert_true(c.must_staple);
	assert_false(c.unknown_critical);
}

static void
an_ec_certificate_is_read(void **state)
{
	struct x509 c;

	(void)state;
	certificate(EC_CERT, &c);
	assert_int_equal(c.key, X509_KEY_EC);
	assert_int_equal(c.key_bits, 256);
	assert_int_equal(c.public_key.len, 65);
	assert_int_equal(c.algorithm, X509_ECDSA_SHA256);
	assert_string_equal(x509_algorithm_text(c.algorithm), "ecdsa-sha256");
	assert_int_equal(c.path_len, -1);
	assert_false(c.must_staple);
}

static void
an_ed25519_certificate_is_read(void **state)
{
	struct x509 c;

	(void)state;
	certificate(ED_CERT, &c);
	assert_int_equal(c.key, X509_KEY_ED25519);
	assert_int_equal(c.algorithm, X509_ED25519);
	reads(c.subject_cn, "b");
	assert_int_equal(c.purposes, X509_FOR_OCSP);
	assert_true(c.not_after.us == INT64_C(4948894434) * INSTANT_SECOND); /* a GeneralizedTime: 2126-10-28 20:53:54 */
	assert_true(x509_valid_at(&c, c.not_after));
	assert_false(x509_valid_at(&c, (struct instant){ c.not_after.us + INSTANT_SECOND }));
}

static void
a_cut_certificate_is_refused(void **state)
{
	struct x509 c;

	(void)state;
	EVERY_TRUNCATION_REFUSED(x509_parse, struct x509, certificate(RSA_CERT, &c));
	EVERY_TRUNCATION_REFUSED(x509_parse, struct x509, certificate(EC_CERT, &c));
	EVERY_TRUNCATION_REFUSED(x509_parse, struct x509, certificate(ED_CERT, &c));
	struct bytes der = certificate(ED_CERT, &c);
	assert_int_equal(x509_parse(bytes_head(der, der.len - 1), &c), ERR_SHORT);
	raw[der.len] = 0;
	assert_int_equal(x509_parse(bytes_of(raw, der.len + 1), &c), ERR_FORM);
}

static void
lengths_that_are_not_der_are_refused(void **state)
{
	struct x509  c;
	struct bytes der = certificate(ED_CERT, &c);

	(void)state;
	raw[1] = 0x80; /* indefinite */
	assert_int_equal(x509_parse(der, &c), ERR_FORM);
	raw[1] = 0x82;
	memmove(raw + 1, raw, der.len);
	memcpy(raw, "\x30\x83\x00", 3); /* one octet more than needed */
	assert_int_equal(x509_parse(bytes_of(raw, der.len + 1), &c), ERR_FORM);
}

static void
two_algorithms_that_differ_are_odd(void **state)
{
	struct x509  c;
	struct bytes der = certificate(ED_CERT, &c);

	(void)state;
	raw[(size_t)(c.algorithm_oid.at - raw) + 2] = 0x71;
	assert_int_equal(x509_parse(der, &c), OK);
	assert_true(c.odd);
}

static void
a_day_that_is_none_is_refused(void **state)
{
	struct x509  c;
	struct bytes der = certificate(EC_CERT, &c);
	uint8_t     *at = memmem(raw, der.len, "261121", 6);

	(void)state;
	assert_non_null(at);
	memcpy(at, "260229", 6);
	assert_int_equal(x509_parse(der, &c), ERR_FORM);
	memcpy(at, "240229", 6);
	assert_int_equal(x509_parse(der, &c), OK);
	memcpy(at, "24022a", 6);
	assert_int_equal(x509_parse(der, &c), ERR_FORM);
}

static void
a_host_is_matched_as_rfc_9525_has_it(void **state)
{
	static const struct {
		const char *host;
		bool        is;
	} rows[] = {
		{ "pacs.clinic.example", true },
		{ "PACS.Clinic.EXAMPLE", true },
		{ "pacs.clinic.example.", true },
		{ "bed7.ward.clinic.example", true },
		{ "ward.clinic.example", false },
		{ ".ward.clinic.example", false },
		{ "a.bed7.ward.clinic.example", false },
		{ "10.77.0.10", true },
		{ "10.77.0.11", false },
		{ "fd00::10", true },
		{ "fd00:0:0::10", true },
		{ "clinic.example", false },
		{ "", false },
		{ ".", false },
	};
	struct x509 c;

	(void)state;
	certificate(RSA_CERT, &c);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (x509_name_matches(&c, bytes_text(rows[i].host)) != rows[i].is)
			fail_msg("%s", rows[i].host);
}

static void
a_common_name_is_no_host_name(void **state)
{
	struct x509 c;

	(void)state;
	certificate(EC_CERT, &c);
	assert_false(x509_name_matches(&c, LIT("modality")));
	assert_true(x509_name_matches(&c, LIT("modality.clinic.example")));
}

static void
a_wildcard_for_a_top_level_matches_nothing(void **state)
{
	struct x509 c = { .names_der = LIT("\x82\x05*.org\x82\x09*.example.") };

	(void)state;
	assert_false(x509_name_matches(&c, LIT("example.org")));
}

static void
names_beyond_the_ceiling_still_match(void **state)
{
	uint8_t     list[40 * 4];
	struct buf  b = buf_over(list, sizeof list);
	struct x509 c = { 0 };

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		buf_u16(&b, 0x8202);
		buf_u8(&b, 'h');
		buf_u8(&b, (uint8_t)('0' + i));
	}
	c.names_der = buf_bytes(&b);
	assert_true(x509_name_matches(&c, LIT("hW")));
}

static void
the_digest_of_tls_alpn_01_is_read_if_it_is_critical(void **state)
{
	static const struct { const char *hex; size_t len; bool odd; } ROW[] = {
		{ "3081fb3081aea003020102020101300506032b65703000301e170d3236303130313030303030305a170d3237303130313030303030305a3000302a300506032b65700321003b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29a34d304b30160603551d11040f300d820b612e682e6578616d706c65303106082b0601050507011f0101ff04220420abababababababababababababababababababababababababababababababab300506032b65700341007d67abacf3aeaf9720a1fbcc33abfe5ccb9984cd7ce72df1dfed1a363396a58725eee021b142446fded09c2d734bdfe8edff7e08634f86aec0451a30b3665704", 32, false },
		{ "3081f83081aba003020102020101300506032b65703000301e170d3236303130313030303030305a170d3237303130313030303030305a3000302a300506032b65700321003b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29a34a304830160603551d11040f300d820b612e682e6578616d706c65302e06082b0601050507011f04220420abababababababababababababababababababababababababababababababab300506032b65700341003ae6978d692bdf637278f7238b93794b77651e822ef1f42a1b1bb0a56d6799fdbec2ba6f4184f19152c469aae80ff1aacce2de98b5ce6948f9d934904478c402", 0, false },
		{ "3081fa3081ada003020102020101300506032b65703000301e170d3236303130313030303030305a170d3237303130313030303030305a3000302a300506032b65700321003b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29a34c304a30160603551d11040f300d820b612e682e6578616d706c65303006082b0601050507011f0101ff0421041fababababababababababababababababababababababababababababababab300506032b657003410056c0730c82febef228288bafff4fa4ab86d3cb5938bd6a7a7a10eb9aac31a0a5779161977ddc51fc0659688202b90349bb1afd11ee55ef09058f129f7d6b1508", 31, true },
	};
	uint8_t     room[1024];
	struct x509 c;

	(void)state;
	for (size_t i = 0; i < sizeof ROW / sizeof *ROW; i++) {
		assert_int_equal(x509_parse(bytes_of(room, unhex(ROW[i].hex, room, sizeof room)), &c), OK);
		assert_int_equal(c.acme.len, ROW[i].len);
		assert_int_equal(c.odd, ROW[i].odd);
		assert_false(c.unknown_critical);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_rsa_certificate_is_read),
		cmocka_unit_test(its_extensions_are_read),
		cmocka_unit_test(an_ec_certificate_is_read),
		cmocka_unit_test(an_ed25519_certificate_is_read),
		cmocka_unit_test(a_cut_certificate_is_refused),
		cmocka_unit_test(lengths_that_are_not_der_are_refused),
		cmocka_unit_test(two_algorithms_that_differ_are_odd),
		cmocka_unit_test(a_day_that_is_none_is_refused),
		cmocka_unit_test(a_host_is_matched_as_rfc_9525_has_it),
		cmocka_unit_test(a_common_name_is_no_host_name),
		cmocka_unit_test(a_wildcard_for_a_top_level_matches_nothing),
		cmocka_unit_test(names_beyond_the_ceiling_still_match),
		cmocka_unit_test(the_digest_of_tls_alpn_01_is_read_if_it_is_critical),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
