#include "test/unit/check.h"
#include "wire/quic.h"

/* RFC 9001 appendix A.3: the server's Initial. */
static const char SERVER[] =
	"cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf7"
	"3c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f"
	"58891850abbdca3d20398c276456cbc42158407dd074ee";

/* What it protects. */
static const char PAYLOAD[] =
	"02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a1200130100002e003300"
	"24001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00020304";

/* RFC 9001 appendix A.4. */
static const char RETRY[] = "ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba";

/* RFC 9369 appendix A.3: the server's Initial in version 2. */
static const char SERVER_V2[] =
	"dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698baeea26b91eb761d9b89237bbf8726301791535823003"
	"5f7fd3945d88965cf17f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2c984c707f0a0812d8cd5a6881e"
	"af21ceda98f4bd23f6fe1a3e2c43edd9ce7ca84bed8521e2e140";

static uint8_t raw[2048];

static struct bytes
message(const char *text)
{
	return bytes_of(raw, unhex(text, raw, sizeof raw));
}

static void
a_server_initial_is_read(void **state)
{
	struct quic  q;
	struct bytes in = message(SERVER);

	(void)state;
	assert_int_equal(quic_parse(in, &q), OK);
	assert_int_equal(q.type, QUIC_INITIAL);
	assert_int_equal(q.version, QUIC_V1);
	assert_int_equal(q.dcid.len, 0);
	assert_true(bytes_equal(q.scid, LIT("\xf0\x67\xa5\x50\x2a\x42\x62\xb5")));
	assert_int_equal(q.token.len, 0);
	assert_int_equal(q.length, 0x75);
	assert_int_equal(q.pn_offset, 18);
	assert_int_equal(q.packet.len, in.len);
	EVERY_TRUNCATION_REFUSED(quic_parse, struct quic, in);
}

static void
the_mask_of_the_rfc_bares_the_header(void **state)
{
	static const uint8_t mask[5] = { 0x2e, 0xc0, 0xd8, 0x35, 0x6a };
	uint8_t              expected[64], room[64];
	struct buf           header = buf_over(room, sizeof room), little = buf_over(room, 19);
	struct quic          q;
	struct quic_clear    clear;
	struct bytes         sample;

	(void)state;
	assert_int_equal(quic_parse(message(SERVER), &q), OK);
	assert_int_equal(quic_sample(&q, &sample), OK);
	assert_true(bytes_equal(sample, bytes_of(expected, unhex("2cd0991cd25b0aac406a5816b6394100", expected, 64))));
	assert_int_equal(quic_unmask(&q, mask, &little, &clear), ERR_LIMIT);
	assert_int_equal(quic_unmask(&q, mask, &header, &clear), OK);
	assert_true(bytes_equal(clear.aad, bytes_of(expected, unhex("c1000000010008f067a5502a4262b50040750001", expected, 64))));
	assert_int_equal(clear.pn, 1);
	assert_int_equal(clear.pn_len, 2);
	assert_int_equal(clear.cipher.len, 0x75 - 2);
}

static void
version_two_turns_the_types(void **state)
{
	struct quic  q;
	struct bytes in = message(SERVER_V2);

	(void)state;
	assert_int_equal(quic_parse(in, &q), OK);
	assert_int_equal(q.type, QUIC_INITIAL);
	assert_string_equal(quic_keys(q.version)->hp, "quicv2 hp");
	raw[0] = 0xcf;
	assert_int_equal(quic_parse(in, &q), OK);
	assert_int_equal(q.type, QUIC_RETRY);
}

static void
a_retry_has_a_token_and_a_tag(void **state)
{
	struct quic q;

	(void)state;
	assert_int_equal(quic_parse(message(RETRY), &q), OK);
	assert_int_equal(q.type, QUIC_RETRY);
	assert_true(bytes_equal(q.token, LIT("token")));
	assert_int_equal(q.tag.len, QUIC_TAG_LEN);
}

static void
a_version_negotiation_lists_versions(void **state)
{
	struct quic q;

	(void)state;
	assert_int_equal(quic_parse(message("80 00000000 04 aabbccdd 02 eeff 00000001 6b3343cf"), &q), OK);
	assert_int_equal(q.type, QUIC_NEGOTIATION);
	assert_int_equal(q.versions.len, 8);
	assert_int_equal(quic_parse(message("80 00000000 04 aabbccdd 02 eeff 000000"), &q), ERR_FORM);
}

static void
what_is_not_known_is_told(void **state)
{
	struct quic q;

	(void)state;
	assert_int_equal(quic_parse(message("c3 51303530 08 0102030405060708 00 00"), &q), ERR_UNSUPPORTED);
	assert_int_equal(q.dcid.len, 8);
	assert_int_equal(quic_parse(message("43 00000001 00 00"), &q), ERR_FORM);
	assert_int_equal(quic_parse(message("83 00000001 00 00 00"), &q), ERR_FORM);
	assert_null(quic_keys(0x51303530));
	assert_int_equal(quic_salt(0x51303530).len, 0);
	assert_int_equal(quic_salt(0xff00001d).at[0], 0xaf);
	assert_int_equal(quic_salt(0xff000021).at[0], 0x38);
}

static void
packets_in_one_datagram_follow_each_other(void **state)
{
	struct quic q;
	size_t      n = unhex(SERVER, raw, sizeof raw), packets = 0;

	(void)state;
	memcpy(raw + n, raw, n);
	for (struct bytes left = bytes_of(raw, 2 * n); left.len && quic_parse(left, &q) == OK; left = bytes_skip(left, q.packet.len))
		packets++;
	assert_int_equal(packets, 2);
}

static void
printing_gives_the_same_bytes(void **state)
{
	static const char *const packets[] = { SERVER, SERVER_V2, RETRY, "80 00000000 04 aabbccdd 02 eeff 00000001" };
	uint8_t                  room[2048];

	(void)state;
	for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) {
		struct quic  q;
		struct bytes in = message(packets[i]);
		struct buf   b = buf_over(room, sizeof room);
		assert_int_equal(quic_parse(in, &q), OK);
		quic_print(&q, &b);
		assert_true(bytes_equal(in, buf_bytes(&b)));
	}
}

static void
the_frames_of_an_initial_are_read(void **state)
{
	struct quic_frame f;
	struct bytes      left = message(PAYLOAD);

	(void)state;
	assert_int_equal(quic_frame_next(&left, &f), OK);
	assert_int_equal(f.type, QUIC_FRAME_ACK);
	assert_int_equal(quic_frame_next(&left, &f), OK);
	assert_int_equal(f.type, QUIC_FRAME_CRYPTO);
	assert_int_equal(f.offset, 0);
	assert_int_equal(f.data.len, 90);
	assert_int_equal(f.data.at[0], 2); /* a ServerHello */
	assert_int_equal(quic_frame_next(&left, &f), ERR_CLOSED);
}

static void
padding_and_close_are_read_and_others_refused(void **state)
{
	struct quic_frame f;
	struct bytes      left = message("00000001 1c 4128 06 00 08");

	(void)state;
	assert_int_equal(quic_frame_next(&left, &f), OK);
	assert_int_equal(f.type, QUIC_FRAME_PADDING);
	assert_int_equal(quic_frame_next(&left, &f), OK);
	assert_int_equal(f.type, QUIC_FRAME_PING);
	assert_int_equal(quic_frame_next(&left, &f), OK);
	assert_int_equal(f.error, 0x100 + 40); /* handshake_failure */
	assert_int_equal(quic_frame_next(&left, &f), ERR_FORM);
	left = message("06 00 4400 0102");
	assert_int_equal(quic_frame_next(&left, &f), ERR_SHORT);
	left = message("02 00 00 bfffffff 00 00 00");
	assert_int_equal(quic_frame_next(&left, &f), ERR_SHORT);
}

/* RFC 9000 appendix A.3's example, and the ends of a window. */
static void
packet_numbers_are_made_whole(void **state)
{
	(void)state;
	assert_true(quic_number(0xa82f30eb, 0x9b32, 2) == 0xa82f9b32);
	assert_true(quic_number(0, 0, 1) == 0);
	assert_true(quic_number(0x100, 0xff, 1) == 0xff);
	assert_true(quic_number(0xff, 0x01, 1) == 0x101);
	assert_true(quic_number(1, 2, 4) == 2);
}

static void
a_nonce_is_iv_xor_number(void **state)
{
	uint8_t iv[12], expected[12], nonce[12];

	(void)state;
	unhex("0ac1493ca1905853b0bba03e", iv, 12);
	unhex("0ac1493ca1905853b0bba03f", expected, 12);
	quic_nonce(iv, 1, nonce);
	assert_memory_equal(nonce, expected, 12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_initial_is_read),
		cmocka_unit_test(the_mask_of_the_rfc_bares_the_header),
		cmocka_unit_test(version_two_turns_the_types),
		cmocka_unit_test(a_retry_has_a_token_and_a_tag),
		cmocka_unit_test(a_version_negotiation_lists_versions),
		cmocka_unit_test(what_is_not_known_is_told),
		cmocka_unit_test(packets_in_one_datagram_follow_each_other),
		cmocka_unit_test(printing_gives_the_same_bytes),
		cmocka_unit_test(the_frames_of_an_initial_are_read),
		cmocka_unit_test(padding_and_close_are_read_and_others_refused),
		cmocka_unit_test(packet_numbers_are_made_whole),
		cmocka_unit_test(a_nonce_is_iv_xor_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
