#include "test/unit/check.h"
#include "wire/remote.h"

struct sample {
	enum remote_kind kind;
	bool             udp;
	uint16_t         port;
	const char      *hex;
	const char      *detail;
	uint32_t         number;
};

static const struct sample samples[] = {
	{ REMOTE_SSH, false, 2222, "5353482d322e302d4f70656e5353485f392e32703120446562 0d0a", "OpenSSH_9.2p1 Deb", 0 },
	{ REMOTE_RDP, false, 3390, "0300002a25e00000000000436f6f6b69653a206d737473686173683d61646d0d0a 0100080003000000", "adm", 3 },
	{ REMOTE_RDP, false, 3389, "030000130ed000001234000200080002000000", "", 0x10002 },
	{ REMOTE_VNC, false, 5900, "524642203030332e3030380a", "003.008", 0 },
	{ REMOTE_TELNET, false, 23, "fffd18fffd20", "", 0 },
	{ REMOTE_SMB, false, 445, "00000054ff534d4272000000", "", 1 },
	{ REMOTE_SMB, false, 445, "00000054fe534d4240000000", "", 2 },
	{ REMOTE_SNMP, true, 161, "302902010104067075626c6963a01c02040100000002010002010030 0e300c06082b0601020101010005 00", "public", 1 },
	{ REMOTE_SNMP, true, 161, "3010020103300b020101020205c004010402", "", 3 },
	{ REMOTE_KERBEROS, true, 88, "6a0d300ba103020105a20302010aa400", "", 10 },
	{ REMOTE_KERBEROS, false, 88, "0000000f 6a0d300ba103020105a20302010aa400", "", 10 },
	{ REMOTE_SYSLOG, true, 514, "3c33343e4f63742031312073752066", "Oct 11 su f", 34 },
	{ REMOTE_NTP, true, 123, "230206e9000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000", "", 3 << 8 | 2 },
	{ REMOTE_RADIUS, true, 1812, "01000038 0f403f9473978057bd83d5cb98f4227a 01066e656d6f 02120dbe708d93d413ce3196e43f782a0aee 0406c0a80110 050600000003", "nemo", 1 },
	{ REMOTE_TEAMVIEWER, false, 5938, "172411040000", "", 0 },
	{ REMOTE_SIP, true, 5060, "4f5054494f4e53207369703a61406220 5349502f322e300d0a", "OPTIONS sip:a@b SIP/2.0", 0 },
	{ REMOTE_RTSP, false, 554, "4f5054494f4e53202a20525453502f312e300d0a", "OPTIONS * RTSP/1.0", 0 },
	{ REMOTE_MODBUS, false, 502, "000100000006110300 6b0003", "", 3 },
	{ REMOTE_SOCKS, false, 1080, "050100", "", 5 },
	{ REMOTE_SOCKS, false, 9999, "0401005042660799467265640 0", "", 4 },
	{ REMOTE_OPENVPN, true, 1194, "38 0102030405060708 00 00000000", "", 0 },
	{ REMOTE_IKE, true, 500, "0102030405060708 0000000000000000 21 20 22 08 00000000 0000001c", "", 2 },
	{ REMOTE_IKE, true, 4500, "00000000 0102030405060708 0000000000000000 21 20 22 08 00000000 0000001c", "", 2 },
	{ REMOTE_STUN, true, 19302, "00010000 2112a442 000102030405060708090a0b", "", 1 },
	{ REMOTE_FTP, false, 21, "3232302050726f465450440d0a", "ProFTPD", 0 },
	{ REMOTE_FTP, false, 21, "5553455220616e6f6e0d0a", "anon", 0 },
	{ REMOTE_TFTP, true, 69, "0001 626f6f742e696d67 00 6f63746574 00", "boot.img", 0 },
	{ REMOTE_LDAP, false, 389, "3012020101600d020103 0404636e3d61 8002 7077", "cn=a", 0 },
	{ REMOTE_BACNET, true, 47808, "810b000c0120ffff00ff1008", "", 11 },
};

static void
each_protocol_is_recognised_by_its_first_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		const struct sample *s = &samples[i];
		uint8_t              raw[256];
		struct remote        r;
		size_t               n = unhex(s->hex, raw, sizeof raw);
		if (!remote_see(bytes_of(raw, n), s->udp, s->port, &r) || r.kind != s->kind)
			fail_msg("%s (row %zu) seen as %s", remote_name(s->kind), i, remote_name(r.kind));
		if (!bytes_equal(r.detail, bytes_text(s->detail)))
			fail_msg("%s (row %zu): another detail", remote_name(s->kind), i);
		assert_int_equal(r.number, s->number);
	}
}

static void
no_prefix_is_read_past_its_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		uint8_t raw[256];
		size_t  n = unhex(samples[i].hex, raw, sizeof raw);
		for (size_t k = 0; k < n; k++) {
			uint8_t      *cut = malloc(k ? k : 1);
			struct remote r;
			memcpy(cut, raw, k);
			bool seen = remote_see(bytes_of(cut, k), samples[i].udp, samples[i].port, &r);
			assert_true(seen == (r.kind != REMOTE_NONE));
			free(cut);
		}
	}
}

static void
wireguard_is_known_by_its_three_lengths(void **state)
{
	uint8_t       raw[148] = { 1 };
	struct remote r;

	(void)state;
	assert_true(remote_see(bytes_of(raw, 148), true, 40000, &r));
	assert_int_equal(r.kind, REMOTE_WIREGUARD);
	assert_false(remote_see(bytes_of(raw, 147), true, 40000, &r));
}

static void
weak_signatures_count_on_their_own_port_only(void **state)
{
	struct remote r;

	(void)state;
	assert_true(remote_see(bytes_text("220 mail\r\n"), false, 21, &r));
	assert_false(remote_see(bytes_text("220 mail\r\n"), false, 25, &r));
	assert_false(remote_see(LIT("\x17\x24\x11\4"), false, 443, &r));
	assert_false(remote_see(LIT("\x17\3\3\0\x20"), false, 5938, &r));
	assert_false(remote_see(bytes_text("GET / HTTP/1.1\r\n\r\n"), false, 80, &r));
	assert_false(remote_see(LIT("\x16\3\1\2\0\1\0\1\xfc\3\3"), false, 443, &r));
	assert_false(remote_see(LIT(""), false, 22, &r));
	assert_int_equal(r.kind, REMOTE_NONE);
	assert_string_equal(remote_name(REMOTE_NONE), "unknown");
}

static void
every_kind_has_its_row(void **state)
{
	(void)state;
	for (int k = REMOTE_NONE + 1; k < REMOTE_KINDS; k++)
		assert_int_equal(remote_row((enum remote_kind)k)->kind, k);
}

static void
a_name_is_matched_by_whole_labels(void **state)
{
	(void)state;
	assert_string_equal(remote_by_name(bytes_text("relay-1.net.AnyDesk.com"))->product, "AnyDesk");
	assert_string_equal(remote_by_name(bytes_text("teamviewer.com."))->product, "TeamViewer");
	assert_int_equal(remote_by_name(bytes_text("login.tailscale.com"))->class, REMOTE_VPN);
	assert_null(remote_by_name(bytes_text("notteamviewer.com")));
	assert_null(remote_by_name(bytes_text("teamviewer.com.example")));
	assert_null(remote_by_name(bytes_text("")));
}

static void
a_socks_client_tells_its_target(void **state)
{
	struct remote_socks s;

	(void)state;
	assert_int_equal(remote_socks_parse(LIT("\4\1\0\x50\x42\x66\7\x63" "Fred\0\x16\3\1"), &s), OK);
	assert_true(s.version == 4 && s.command == 1 && s.port == 80 && s.address.len == 4 && s.used == 13);
	assert_int_equal(remote_socks_parse(LIT("\4\1\1\xbb\0\0\0\1\0www.example\0\x16"), &s), OK);
	assert_true(bytes_equal(s.host, bytes_text("www.example")) && s.port == 443 && s.address.len == 0 && s.used == 21);
	assert_int_equal(remote_socks_parse(LIT("\5\1\0\5\1\0\3\3a.b\1\xbb\x16"), &s), OK);
	assert_true(bytes_equal(s.host, bytes_text("a.b")) && s.port == 443 && s.used == 13);
	assert_int_equal(remote_socks_parse(LIT("\5\2\0\2\1\1u\2pw\5\1\0\1\x0a\0\0\1\0\x16"), &s), OK);
	assert_true(bytes_equal(s.user, bytes_text("u")) && s.address.len == 4 && s.port == 22 && s.used == 20);
	assert_int_equal(remote_socks_parse(LIT("\5\1\0\5\1\0\7\0\0\0"), &s), ERR_FORM);
	assert_int_equal(remote_socks_parse(LIT("\6"), &s), ERR_FORM);
	EVERY_TRUNCATION_REFUSED(remote_socks_parse, struct remote_socks, LIT("\5\1\0\5\1\0\3\3a.b\1\xbb"));
	EVERY_TRUNCATION_REFUSED(remote_socks_parse, struct remote_socks, LIT("\4\1\1\xbb\0\0\0\1\0www.example\0"));
}

static void
a_socks_server_tells_where_the_tunnel_begins(void **state)
{
	size_t used;

	(void)state;
	assert_int_equal(remote_socks_reply(LIT("\0\x5a\0\0\0\0\0\0\x16"), 4, &used), OK);
	assert_int_equal(used, 8);
	assert_int_equal(remote_socks_reply(LIT("\0\x5b\0\0\0\0\0\0"), 4, &used), ERR_PERM);
	assert_int_equal(remote_socks_reply(LIT("\5\0\5\0\0\1\0\0\0\0\0\0\x16"), 5, &used), OK);
	assert_int_equal(used, 12);
	assert_int_equal(remote_socks_reply(LIT("\5\2\1\0\5\0\0\1\0\0\0\0\0\0"), 5, &used), OK);
	assert_int_equal(used, 14);
	assert_int_equal(remote_socks_reply(LIT("\5\xff"), 5, &used), ERR_PERM);
	assert_int_equal(remote_socks_reply(LIT("\5\0\5\0\0\1\0\0"), 5, &used), ERR_SHORT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_protocol_is_recognised_by_its_first_bytes),
		cmocka_unit_test(no_prefix_is_read_past_its_end),
		cmocka_unit_test(wireguard_is_known_by_its_three_lengths),
		cmocka_unit_test(weak_signatures_count_on_their_own_port_only),
		cmocka_unit_test(every_kind_has_its_row),
		cmocka_unit_test(a_name_is_matched_by_whole_labels),
		cmocka_unit_test(a_socks_client_tells_its_target),
		cmocka_unit_test(a_socks_server_tells_where_the_tunnel_begins),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
