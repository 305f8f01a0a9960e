#include "test/unit/check.h"
#include "test/unit/hellos.h"
#include "wire/tls.h"

static uint8_t raw[4096];

/* A whole message read as a hello: what is cut anywhere is refused. */
static enum err
client(struct bytes in, struct tls_client_hello *out)
{
	struct tls_handshake h;
	enum err             e = tls_handshake_parse(in, &h);

	return e ? e : tls_client_hello_parse(h.body, out);
}

static enum err
server(struct bytes in, struct tls_server_hello *out)
{
	struct tls_handshake h;
	enum err             e = tls_handshake_parse(in, &h);

	return e ? e : tls_server_hello_parse(h.body, out);
}

static struct bytes
message(const char *text)
{
	return bytes_of(raw, unhex(text, raw, sizeof raw));
}

static void
a_record_is_read_and_printed(void **state)
{
	uint8_t           again[64];
	struct tls_record r;
	struct buf        b = buf_over(again, sizeof again);
	struct bytes      in = message("15 0303 0002 0230 16");

	(void)state;
	assert_int_equal(tls_record_parse(in, &r), OK);
	assert_int_equal(r.type, TLS_ALERT);
	assert_int_equal(r.version, 0x0303);
	assert_int_equal(r.size, 7);
	tls_record_print(&r, &b);
	assert_int_equal(b.len, 7);
	assert_memory_equal(again, raw, 7);
	EVERY_TRUNCATION_REFUSED(tls_record_parse, struct tls_record, bytes_head(in, 7));
}

static void
a_record_that_is_not_all_there_tells_its_size(void **state)
{
	struct tls_record r;

	(void)state;
	assert_int_equal(tls_record_parse(message("17 0303 4000 00"), &r), ERR_SHORT);
	assert_int_equal(r.size, 5 + 0x4000);
}

static void
what_is_not_a_record_is_refused_at_once(void **state)
{
	struct tls_record r;

	(void)state;
	assert_int_equal(tls_record_parse(LIT("G"), &r), ERR_FORM);
	assert_int_equal(tls_record_parse(LIT("\x16P"), &r), ERR_FORM);
	assert_int_equal(tls_record_parse(message("16 0305 0004 00000000"), &r), ERR_FORM);
	assert_int_equal(tls_record_parse(message("16 0301 4801"), &r), ERR_FORM);
	assert_int_equal(tls_record_parse(message("16 0301 0000"), &r), ERR_FORM);
	assert_int_equal(tls_record_parse(message("17 0303 0000"), &r), OK);
}

static void
a_stream_is_recognised_by_its_first_bytes(void **state)
{
	(void)state;
	assert_int_equal(tls_looks(message("16 0301 0200 01 0001fc 0303")), OK);
	assert_int_equal(tls_looks(message("16 0303 007a 02 000076 0303")), OK);
	assert_int_equal(tls_looks(message("16 0301 0001 01")), OK);
	assert_int_equal(tls_looks(message("15 0301 0002 02")), OK);
	assert_int_equal(tls_looks(message("16 0301 0200 01")), ERR_SHORT);
	assert_int_equal(tls_looks(message("16 03")), ERR_SHORT);
	assert_int_equal(tls_looks(bytes_of(raw, 0)), ERR_SHORT);
	assert_int_equal(tls_looks(message("16 0301 0200 0b 0001fc 0303")), ERR_FORM);
	assert_int_equal(tls_looks(message("17 0303 0200")), ERR_FORM);
	assert_int_equal(tls_looks(message("16 0301 0200 01 0001fc 4545")), ERR_FORM);
	assert_int_equal(tls_looks(LIT("GET / HTTP/1.1\r\n")), ERR_FORM);
}

static void
a_hello_in_ssl2_framing_is_recognised(void **state)
{
	(void)state;
	assert_int_equal(tls_looks(message("802e 01 0301 0015 0000 0010 000035")), OK);
	assert_int_equal(tls_looks(message("802e 01 0301")), ERR_SHORT);
	assert_int_equal(tls_looks(message("802e 02")), ERR_FORM);
	assert_int_equal(tls_looks(message("802f 01 0301 0015 0000 0010 000035")), ERR_FORM);
}

static void
a_message_tells_its_size_before_it_is_whole(void **state)
{
	struct tls_handshake h;

	(void)state;
	assert_int_equal(tls_handshake_parse(message("0b 00c000 00"), &h), ERR_SHORT);
	assert_int_equal(h.type, TLS_CERTIFICATE);
	assert_int_equal(h.size, 4 + 0xc000);
	assert_int_equal(tls_handshake_parse(message("0b 010001 00"), &h), ERR_LIMIT);
	assert_int_equal(tls_handshake_parse(message("07 000001 00"), &h), ERR_FORM);
	assert_int_equal(tls_handshake_parse(message("0e 000000"), &h), OK);
}

static void
a_chrome_hello_is_read(void **state)
{
	struct tls_client_hello h;

	(void)state;
	assert_int_equal(client(message(CHROME_HELLO), &h), OK);
	assert_int_equal(h.version, 0x0303);
	assert_int_equal(h.version_max, 0x0304);
	assert_int_equal(h.session_id.len, 32);
	assert_int_equal(h.ciphers.len, 32);
	assert_true(h.grease);
	assert_false(h.odd);
	assert_true(h.has_server_name && h.has_alpn && h.has_status_request && h.has_ticket && h.has_master_secret);
	assert_false(h.has_psk || h.has_early_data || h.has_ech);
	assert_int_equal(h.nshares, 1);
	assert_int_equal(h.shares[0], 29);
	assert_true(bytes_equal(h.alpn_first, LIT("\xba\xad")));
	assert_int_equal(h.groups.len, 8);
	assert_int_equal(h.signatures.len, 16);
}

static void
a_curl_hello_names_its_server(void **state)
{
	struct tls_client_hello h;

	(void)state;
	assert_int_equal(client(message(CURL_HELLO), &h), OK);
	assert_true(bytes_equal(h.server_name, LIT("github.com")));
	assert_int_equal(h.version_max, 0x0303);
	assert_false(h.grease);
	assert_int_equal(h.point_formats.len, 3);
}

static void
a_hello_without_extensions_is_read(void **state)
{
	struct tls_client_hello h;

	(void)state;
	assert_int_equal(client(message(BARE_HELLO), &h), OK);
	assert_false(h.has_extensions);
	assert_int_equal(h.version_max, 0x0301);
}

static void
a_cut_hello_is_refused(void **state)
{
	(void)state;
	EVERY_TRUNCATION_REFUSED(client, struct tls_client_hello, message(CHROME_HELLO));
	EVERY_TRUNCATION_REFUSED(client, struct tls_client_hello, message(BARE_HELLO));
	EVERY_TRUNCATION_REFUSED(server, struct tls_server_hello, message(TLS13_SERVER));
}

static void
a_body_cut_within_its_extensions_is_refused(void **state)
{
	struct tls_client_hello h;
	struct bytes            body = bytes_skip(message(CHROME_HELLO), 4);

	(void)state;
	assert_int_equal(tls_client_hello_parse(body, &h), OK);
	size_t before = (size_t)(h.extensions.at - body.at) - 2; /* up to here it is a hello without extensions */
	for (size_t n = 0; n < body.len; n++)
		if (n != before)
			assert_int_not_equal(tls_client_hello_parse(bytes_head(body, n), &h), OK);
}

static void
one_byte_too_many_is_refused(void **state)
{
	struct tls_client_hello h;
	struct tls_server_hello s;
	struct bytes            body = bytes_skip(message(CHROME_HELLO), 4);

	(void)state;
	raw[4 + body.len] = 0;
	assert_int_equal(tls_client_hello_parse(bytes_of(body.at, body.len + 1), &h), ERR_FORM);
	body = bytes_skip(message(TLS13_SERVER), 4);
	raw[4 + body.len] = 0;
	assert_int_equal(tls_server_hello_parse(bytes_of(body.at, body.len + 1), &s), ERR_FORM);
}

static void
a_malformed_extension_makes_a_hello_odd(void **state)
{
	struct tls_client_hello h;
	struct bytes            in = message(CURL_HELLO);

	(void)state;
	assert_int_equal(client(in, &h), OK);
	raw[h.server_name.at - raw - 5]++; /* the list of names is longer than its extension */
	assert_int_equal(client(in, &h), OK);
	assert_true(h.odd);
	assert_true(h.has_server_name);
	assert_int_equal(h.server_name.len, 0);
}

static void
printing_a_hello_gives_the_same_bytes(void **state)
{
	static const char *const hellos[] = { CHROME_HELLO, CURL_HELLO, OLD_HELLO, BARE_HELLO };
	static const char *const servers[] = { TLS13_SERVER, RETRY_SERVER, DOWNGRADE_SERVER };
	uint8_t                  again[4096];

	(void)state;
	for (size_t i = 0; i < sizeof hellos / sizeof hellos[0]; i++) {
		struct tls_client_hello h;
		struct bytes            in = message(hellos[i]);
		struct buf              b = buf_over(again, sizeof again);
		assert_int_equal(client(in, &h), OK);
		tls_client_hello_print(&h, &b);
		assert_true(bytes_equal(bytes_skip(in, 4), buf_bytes(&b)));
	}
	for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
		struct tls_server_hello h;
		struct bytes            in = message(servers[i]);
		struct buf              b = buf_over(again, sizeof again);
		assert_int_equal(server(in, &h), OK);
		tls_server_hello_print(&h, &b);
		assert_true(bytes_equal(bytes_skip(in, 4), buf_bytes(&b)));
	}
}

static void
a_server_chooses_tls13_in_an_extension(void **state)
{
	struct tls_server_hello h;

	(void)state;
	assert_int_equal(server(message(TLS13_SERVER), &h), OK);
	assert_int_equal(h.version, 0x0303);
	assert_int_equal(h.version_chosen, 0x0304);
	assert_int_equal(h.cipher, 0x1301);
	assert_int_equal(h.share_group, 29);
	assert_false(h.retry || h.has_psk || h.odd);
	assert_int_equal(h.downgrade, TLS_DOWNGRADE_NONE);
}

static void
a_retry_is_told_from_a_hello(void **state)
{
	struct tls_server_hello h;

	(void)state;
	assert_int_equal(server(message(RETRY_SERVER), &h), OK);
	assert_true(h.retry);
	assert_int_equal(h.share_group, 23);
	assert_false(h.odd);
}

static void
a_downgrade_is_seen_in_the_random(void **state)
{
	struct tls_server_hello h;

	(void)state;
	assert_int_equal(server(message(DOWNGRADE_SERVER), &h), OK);
	assert_int_equal(h.downgrade, TLS_DOWNGRADE_TO_12);
	assert_int_equal(h.version_chosen, 0x0303);
	assert_true(bytes_equal(h.alpn, LIT("http/1.1")));
	raw[4 + 2 + 31] = 0;
	assert_int_equal(server(bytes_of(raw, 108), &h), OK);
	assert_int_equal(h.downgrade, TLS_DOWNGRADE_TO_11);
}

static void
certificates_are_listed(void **state)
{
	struct tls_certificates c;

	(void)state;
	assert_int_equal(tls_certificates_parse(message("000009 000001 aa 000002 bbcc"), 0x0303, &c), OK);
	assert_int_equal(c.n, 2);
	assert_int_equal(c.at[1].der.len, 2);
	assert_int_equal(tls_certificates_parse(message("00 00000a 000001 aa 0004 0005 0000"), 0x0304, &c), OK);
	assert_int_equal(c.n, 1);
	assert_true(c.staple);
	assert_int_equal(tls_certificates_parse(message("000005 000003 aabb"), 0x0303, &c), ERR_FORM);
	assert_int_equal(tls_certificates_parse(message("000004 000001 aa 00"), 0x0303, &c), ERR_FORM);
	assert_int_equal(tls_certificates_parse(message("000005 000001 aa"), 0x0303, &c), ERR_SHORT);
	assert_int_equal(tls_certificates_parse(message("000000"), 0x0303, &c), OK);
	assert_int_equal(c.n, 0);
}

static void
a_chain_longer_than_ten_is_cut_and_marked(void **state)
{
	struct tls_certificates c;
	struct buf              b = buf_over(raw, sizeof raw);

	(void)state;
	buf_u24(&b, 44);
	for (unsigned i = 0; i < 11; i++)
		buf_u32(&b, 0x00000130);
	assert_int_equal(tls_certificates_parse(buf_bytes(&b), 0x0301, &c), OK);
	assert_int_equal(c.n, TLS_CERTIFICATES);
	assert_true(c.more);
}

static void
other_messages_are_read(void **state)
{
	struct tls_certificate_request q;
	struct tls_ticket              t;
	struct tls_alert               a;
	struct bytes                   ocsp;

	(void)state;
	assert_int_equal(tls_certificate_request_parse(message("02 0140 0004 04010403 0000"), 0x0303, &q), OK);
	assert_int_equal(q.types.len, 2);
	assert_int_equal(q.signatures.len, 4);
	assert_int_equal(tls_certificate_request_parse(message("02 0140 0000"), 0x0301, &q), OK);
	assert_int_equal(tls_certificate_request_parse(message("00 0008 000d 0004 0002 0804"), 0x0304, &q), OK);
	assert_int_equal(q.signatures.len, 2);
	assert_int_equal(tls_ticket_parse(message("0000012c 0003 aabbcc"), 0x0303, &t), OK);
	assert_int_equal(t.lifetime, 300);
	assert_int_equal(t.ticket.len, 3);
	assert_int_equal(tls_ticket_parse(message("0000012c 00000001 01ff 0003 aabbcc 0000"), 0x0304, &t), OK);
	assert_int_equal(tls_status_parse(message("01 000002 3000"), &ocsp), OK);
	assert_int_equal(ocsp.len, 2);
	assert_int_equal(tls_status_parse(message("02 000002 3000"), &ocsp), ERR_UNSUPPORTED);
	assert_int_equal(tls_alert_parse(message("0230"), &a), OK);
	assert_string_equal(tls_alert_text(a.description), "unknown_ca");
	assert_int_equal(tls_alert_parse(message("9a30"), &a), ERR_FORM);
	assert_int_equal(tls_alert_parse(message("023000"), &a), ERR_FORM);
}

static void
a_suite_is_known_by_its_number(void **state)
{
	static const struct {
		uint16_t suite;
		unsigned traits;
	} rows[] = {
		{ 0x1301, TLS_CIPHER_KNOWN | TLS_CIPHER_13 | TLS_CIPHER_AEAD | TLS_CIPHER_FORWARD },
		{ 0xc02f, TLS_CIPHER_KNOWN | TLS_CIPHER_AEAD | TLS_CIPHER_FORWARD }, /* ECDHE_RSA_AES_128_GCM */
		{ 0xcca8, TLS_CIPHER_KNOWN | TLS_CIPHER_AEAD | TLS_CIPHER_FORWARD }, /* ECDHE_RSA_CHACHA20 */
		{ 0x009c, TLS_CIPHER_KNOWN | TLS_CIPHER_AEAD },                      /* RSA_AES_128_GCM */
		{ 0xc013, TLS_CIPHER_KNOWN | TLS_CIPHER_FORWARD },                   /* ECDHE_RSA_AES_128_CBC */
		{ 0x0039, TLS_CIPHER_KNOWN | TLS_CIPHER_FORWARD },                   /* DHE_RSA_AES_256_CBC */
		{ 0x002f, TLS_CIPHER_KNOWN },                                        /* RSA_AES_128_CBC */
		{ 0x0005, TLS_CIPHER_KNOWN | TLS_CIPHER_RC4 },                       /* RSA_RC4_128_SHA */
		{ 0x000a, TLS_CIPHER_KNOWN | TLS_CIPHER_3DES },                      /* RSA_3DES */
		{ 0xc012, TLS_CIPHER_KNOWN | TLS_CIPHER_3DES | TLS_CIPHER_FORWARD }, /* ECDHE_RSA_3DES */
		{ 0x0009, TLS_CIPHER_KNOWN | TLS_CIPHER_DES },                       /* RSA_DES */
		{ 0x0003, TLS_CIPHER_KNOWN | TLS_CIPHER_EXPORT | TLS_CIPHER_RC4 },   /* RSA_EXPORT_RC4_40 */
		{ 0x003b, TLS_CIPHER_KNOWN | TLS_CIPHER_NULL },                      /* RSA_NULL_SHA256 */
		{ 0x00a6, TLS_CIPHER_KNOWN | TLS_CIPHER_ANON | TLS_CIPHER_AEAD },    /* DH_anon_AES_128_GCM */
		{ 0x00ff, 0 },                                                       /* renegotiation SCSV */
		{ 0x5600, 0 },                                                       /* fallback SCSV */
		{ 0x0a0a, 0 },
		{ 0xffff, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(tls_cipher_traits(rows[i].suite), rows[i].traits);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_read_and_printed),
		cmocka_unit_test(a_record_that_is_not_all_there_tells_its_size),
		cmocka_unit_test(what_is_not_a_record_is_refused_at_once),
		cmocka_unit_test(a_stream_is_recognised_by_its_first_bytes),
		cmocka_unit_test(a_hello_in_ssl2_framing_is_recognised),
		cmocka_unit_test(a_message_tells_its_size_before_it_is_whole),
		cmocka_unit_test(a_chrome_hello_is_read),
		cmocka_unit_test(a_curl_hello_names_its_server),
		cmocka_unit_test(a_hello_without_extensions_is_read),
		cmocka_unit_test(a_cut_hello_is_refused),
		cmocka_unit_test(a_body_cut_within_its_extensions_is_refused),
		cmocka_unit_test(one_byte_too_many_is_refused),
		cmocka_unit_test(a_malformed_extension_makes_a_hello_odd),
		cmocka_unit_test(printing_a_hello_gives_the_same_bytes),
		cmocka_unit_test(a_server_chooses_tls13_in_an_extension),
		cmocka_unit_test(a_retry_is_told_from_a_hello),
		cmocka_unit_test(a_downgrade_is_seen_in_the_random),
		cmocka_unit_test(certificates_are_listed),
		cmocka_unit_test(a_chain_longer_than_ten_is_cut_and_marked),
		cmocka_unit_test(other_messages_are_read),
		cmocka_unit_test(a_suite_is_known_by_its_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
