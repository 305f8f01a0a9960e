#include "test/unit/check.h"

#include "content/lay.h"
#include "content/slice.h"
#include "wire/ip.h"
#include "wire/link.h"
#include "wire/pcap.h"
#include "wire/tcp.h"

static uint8_t    capture_room[1 << 16], message_room[2 * SLICE_MOST], text_room[1 << 16];
static struct buf capture;

static void
begin(void)
{
	capture = buf_over(capture_room, sizeof capture_room);
	pcap_print_section(LIT("paravent slice 0 0\n"), &capture);
	pcap_print_interface("A", LINK_ETHERNET, &capture);
	pcap_print_interface("B", LINK_ETHERNET, &capture);
}

/* One segment from the device on interface place; leg tells the cards apart. */
static void
segment(uint32_t place, uint8_t leg, uint32_t seq, struct bytes payload)
{
	uint8_t     tcp_at[4096], frame_at[4096];
	struct buf  tcp = buf_over(tcp_at, sizeof tcp_at), frame = buf_over(frame_at, sizeof frame_at);
	struct link l = { .src = { { 2, 0, 0, 0, leg, 1 } }, .dst = { { 2, 0, 0, 0, leg, 2 } }, .cards = true, .type = ETHERTYPE_IPV4 };
	struct ip   ip = { .version = 4, .ttl = 64, .protocol = IP_TCP, .src = addr_v4((const uint8_t *)"\x0a\0\0\1"), .dst = addr_v4((const uint8_t *)"\x0a\0\0\2") };

	tcp_print(&(struct tcp){ .sport = 40000, .dport = 2575, .seq = seq, .flags = TCP_ACK, .payload = payload }, &tcp);
	ip.payload = buf_bytes(&tcp);
	ip.length = (uint16_t)(20 + tcp.len);
	link_print(&l, &frame);
	ip_print(&ip, &frame);
	buf_bytes_put(&frame, buf_bytes(&tcp));
	struct pcap_record r = { .interface = place, .linktype = LINK_ETHERNET, .length = (uint32_t)frame.len, .data = buf_bytes(&frame) };
	pcap_print_packet(&r, &capture);
}

static enum err
take(uint32_t place, uint32_t nth, enum message_protocol p, const char *key, struct slice_message *m)
{
	struct buf room = buf_over(message_room, sizeof message_room);

	return slice_message(buf_bytes(&capture), place, nth, p, key, &room, m);
}

#define ONE "MSH|^~\\&|MON|W||||ORU^R01|C1|P\rOBX|1|NM|x||72\r"
#define TWO "MSH|^~\\&|MON|W||||ORU^R01|C2|P\rOBX|1|NM|x||73\r"

static void
a_message_cut_anywhere_and_out_of_order_is_joined(void **state)
{
	struct slice_message m;
	struct bytes         whole = LIT("\x0b" ONE "\x1c\r");

	(void)state;
	for (size_t n = 1; n < whole.len; n++) {
		begin();
		segment(0, 1, 0xfffffff0u + (uint32_t)n, bytes_skip(whole, n));
		segment(0, 1, 0xfffffff0u, bytes_head(whole, n));
		assert_int_equal(take(0, 1, MESSAGE_HL7, "C1", &m), OK);
		assert_true(bytes_equal(m.raw, LIT(ONE)));
	}
}

static void
of_two_that_end_in_one_packet_the_key_tells(void **state)
{
	struct slice_message m;

	(void)state;
	begin();
	segment(1, 1, 1, LIT("\x0b" ONE "\x1c\r\x0b" TWO "\x1c\r"));
	assert_int_equal(take(1, 0, MESSAGE_HL7, "C1", &m), OK);
	assert_true(bytes_equal(m.raw, LIT(ONE)));
	assert_int_equal(take(1, 0, MESSAGE_HL7, "C2", &m), OK);
	assert_true(bytes_equal(m.raw, LIT(TWO)));
}

static void
of_a_batch_file_the_key_tells_the_message(void **state)
{
	struct slice_message m;

	(void)state;
	begin();
	segment(1, 1, 1, LIT("\x0b" "FHS|^~\\&|MON\r" ONE TWO "FTS|1\r\x1c\r"));
	assert_int_equal(take(1, 0, MESSAGE_HL7, "C1", &m), OK);
	assert_true(bytes_equal(m.raw, LIT("FHS|^~\\&|MON\r" ONE)));
	assert_int_equal(take(1, 0, MESSAGE_HL7, "C2", &m), OK);
	assert_true(bytes_equal(m.raw, LIT(TWO "FTS|1\r")));
	/* The file goes on behind it. */
	begin();
	segment(1, 1, 1, LIT("\x0b" "FHS|^~\\&|MON\r" ONE TWO "MSH|"));
	assert_int_equal(take(1, 0, MESSAGE_HL7, "C2", &m), OK);
	assert_true(bytes_equal(m.raw, LIT(TWO)));
}

static void
the_other_leg_and_the_other_place_are_not_mixed_in(void **state)
{
	struct slice_message m;

	(void)state;
	begin();
	segment(0, 1, 100, LIT("\x0b" ONE));
	segment(0, 2, 100, LIT("\x0b" TWO "\x1c\r"));
	segment(1, 1, 100, LIT("\x0b" TWO "\x1c\r"));
	segment(0, 1, 100 + sizeof ONE, LIT("\x1c\r"));
	assert_int_equal(take(0, 2, MESSAGE_HL7, "", &m), OK);
	assert_true(bytes_equal(m.raw, LIT(ONE)));
	assert_int_equal(take(0, 1, MESSAGE_HL7, "", &m), OK);
	assert_true(bytes_equal(m.raw, LIT(TWO)));
}

static void
what_has_a_gap_is_not_there(void **state)
{
	struct slice_message m;

	(void)state;
	begin();
	segment(0, 1, 1, LIT("\x0bMSH|^~\\&|MON"));
	segment(0, 1, 40, LIT("|C1|P\r\x1c\r"));
	assert_int_equal(take(0, 1, MESSAGE_HL7, "", &m), ERR_NOTFOUND);
	assert_int_equal(take(0, 2, MESSAGE_HL7, "", &m), ERR_NOTFOUND);
	assert_int_equal(take(1, 0, MESSAGE_HL7, "", &m), ERR_NOTFOUND);
}

static void
a_publish_is_read_though_its_connect_is_not_there(void **state)
{
	struct slice_message m;

	(void)state;
	begin();
	segment(0, 1, 1, LIT("in the middle of something"));
	segment(0, 1, 27, LIT("\x30\x10\x00\x06icu/hr{\"hr\":1}"));
	assert_int_equal(take(0, 1, MESSAGE_MQTT, "icu/hr", &m), OK);
	assert_true(bytes_equal(m.raw, LIT("{\"hr\":1}")));
	assert_true(bytes_equal(m.name, LIT("icu/hr")));
	assert_int_equal(take(0, 1, MESSAGE_MQTT, "icu/spo2", &m), ERR_NOTFOUND);
}

static void
a_body_is_read_by_its_length_or_its_chunks(void **state)
{
	struct slice_message m;

	(void)state;
	begin();
	segment(0, 1, 1, LIT("POST /Observation HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n{\"a\":1}\n"));
	assert_int_equal(take(0, 0, MESSAGE_FHIR, "", &m), OK);
	assert_true(bytes_equal(m.raw, LIT("{\"a\":1}\n")));
	assert_true(bytes_equal(m.name, LIT("POST /Observation HTTP/1.1")));
	begin();
	segment(0, 1, 1, LIT("POST /o HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":2}\r\n0\r\n\r\n"));
	assert_int_equal(take(0, 0, MESSAGE_FHIR, "", &m), OK);
	assert_true(bytes_equal(m.raw, LIT("{\"a\":2}")));
}

static void
a_data_set_in_two_fragments_is_joined(void **state)
{
	struct slice_message m;

	(void)state;
	begin();
	segment(0, 1, 1, LIT("\x04\x00\x00\x00\x00\x0a\x00\x00\x00\x06\x01\x00\x10\x00\x10\x00"));
	segment(0, 1, 17, LIT("\x04\x00\x00\x00\x00\x0e\x00\x00\x00\x0a\x01\x02\x04\x00\x00\x00" "A^BC"));
	assert_int_equal(take(0, 1, MESSAGE_DICOM, "", &m), OK);
	assert_true(bytes_equal(m.raw, LIT("\x10\x00\x10\x00\x04\x00\x00\x00" "A^BC")));
}

static const char *
beside(enum message_protocol p, struct bytes a, struct bytes b, bool json)
{
	struct buf        out = buf_over(text_room, sizeof text_room);
	struct lay_table *t = lay_beside(p, a, b);

	assert_non_null(t);
	if (json)
		lay_print_json(t, &out);
	else
		lay_print_text(t, &out);
	lay_free(t);
	return buf_string(&out);
}

static void
the_field_that_differs_is_marked(void **state)
{
	(void)state;
	const char *text = beside(MESSAGE_HL7, LIT(ONE), LIT("MSH|^~\\&|MON|W||||ORU^R01|C1|P\rOBX|1|NM|x||98|/min\r"), false);
	assert_non_null(strstr(text, "! A OBX[1].5  72\n! B OBX[1].5  98\n"));
	assert_non_null(strstr(text, "! A OBX[1].6  (not there)\n! B OBX[1].6  /min\n"));
	assert_non_null(strstr(text, "    MSH[1].9  C1\n"));
}

static void
json_and_data_sets_are_laid_out_by_path(void **state)
{
	(void)state;
	assert_string_equal(beside(MESSAGE_FHIR, LIT("{\"a\":[1.0,{\"b\":\"x\\\"y\"}],\"c/d\":true,\"e\":{}}"), LIT("{\"a\":[1.00,{\"b\":\"x\\\"y\"}],\"c/d\":true}"), false),
	                    "! A /a/0  1.0\n! B /a/0  1.00\n    /a/1/b  \"x\\\"y\"\n    /c~1d  true\n");
	assert_string_equal(beside(MESSAGE_DICOM, LIT("\x10\x00\x10\x00\x04\x00\x00\x00" "A^BC" "\x28\x00\x10\x00\x02\x00\x00\x00\x01\x02"), bytes_of(NULL, 0), true),
	                    "[{\"path\":\"(0010,0010)\",\"a\":\"A^BC\"},{\"path\":\"(0028,0010)\",\"a\":\"0102 (2 bytes)\"}]\n");
}

static void
what_is_neither_is_one_row(void **state)
{
	(void)state;
	assert_string_equal(beside(MESSAGE_MQTT, LIT("72"), LIT("98"), false), "! A *  72\n! B *  98\n");
	assert_string_equal(beside(MESSAGE_HL7, LIT("nonsense"), LIT(""), false), "! A *  nonsense\n! B *  (not there)\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_cut_anywhere_and_out_of_order_is_joined),
		cmocka_unit_test(of_two_that_end_in_one_packet_the_key_tells),
		cmocka_unit_test(of_a_batch_file_the_key_tells_the_message),
		cmocka_unit_test(the_other_leg_and_the_other_place_are_not_mixed_in),
		cmocka_unit_test(what_has_a_gap_is_not_there),
		cmocka_unit_test(a_publish_is_read_though_its_connect_is_not_there),
		cmocka_unit_test(a_body_is_read_by_its_length_or_its_chunks),
		cmocka_unit_test(a_data_set_in_two_fragments_is_joined),
		cmocka_unit_test(the_field_that_differs_is_marked),
		cmocka_unit_test(json_and_data_sets_are_laid_out_by_path),
		cmocka_unit_test(what_is_neither_is_one_row),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
