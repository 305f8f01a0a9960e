#include "base/cursor.h"
#include "crypt/initial.h"
#include "model/handshake.h"
#include "sensor/sensor.h"
#include "test/unit/check.h"
#include "test/unit/hellos.h"
#include "wire/ip.h"
#include "wire/quic.h"
#include "wire/tls.h"
#include "wire/udp.h"

/* What the sensor told of the last conversation. */
static struct handshake told;
static unsigned         events;
static struct sensor   *sensor;
static uint32_t         seq[2];
static int64_t          now = INT64_C(1700000000000000);

static void
on_event(void *context, const struct event *e)
{
	(void)context;
	if (e->kind != EVENT_TLS)
		return;
	events++;
	told = *(const struct handshake *)e->of;
}

static int
begin(void **state)
{
	static const char *const places[] = { "test" };
	struct sensor_config     config = { .memory = SENSOR_MEMORY_LEAST, .seed = 1, .events = 1u << EVENT_TLS, .places = places, .place_count = 1 };
	struct sensor_out        out = { .event = on_event };

	(void)state;
	sensor = sensor_new(&config, &out);
	memset(&told, 0, sizeof told);
	events = 0;
	seq[0] = seq[1] = 1;
	return sensor ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	sensor_free(sensor);
	return 0;
}

static void
frame(struct buf *transport, int side, uint8_t protocol)
{
	uint8_t    raw[8192];
	struct buf b = buf_over(raw, sizeof raw);

	for (int i = 0; i < 2; i++) {
		buf_u32(&b, 0x0025900a);
		buf_u16(&b, (uint16_t)(i ^ side));
	}
	buf_u16(&b, 0x0800);
	buf_u16(&b, 0x4500);
	buf_u16(&b, (uint16_t)(20 + transport->len));
	buf_u32(&b, (uint32_t)(now & 0xffff) << 16 | 0x4000);
	buf_u8(&b, 64);
	buf_u8(&b, protocol);
	buf_u16(&b, 0);
	buf_u32(&b, side ? 0xc0000202 : 0xc0000201);
	buf_u32(&b, side ? 0xc0000201 : 0xc0000202);
	buf_bytes_put(&b, buf_bytes(transport));
	assert_true(buf_ok(&b));
	sensor_see(sensor, &(struct frame){ .linktype = 1, .length = (uint32_t)b.len, .when = { now += 1000 }, .number = 1, .data = buf_bytes(&b) });
}

static void
tcp_at(int side, uint32_t at, struct bytes data)
{
	uint8_t    raw[8192];
	struct buf b = buf_over(raw, sizeof raw);

	buf_u16(&b, side ? 443 : 50000);
	buf_u16(&b, side ? 50000 : 443);
	buf_u32(&b, at);
	buf_u32(&b, seq[!side]);
	buf_u16(&b, 0x5010);
	buf_u16(&b, 1000);
	buf_u32(&b, 0);
	buf_bytes_put(&b, data);
	frame(&b, side, IP_TCP);
}

static void
tcp(int side, struct bytes data)
{
	tcp_at(side, seq[side], data);
	seq[side] += (uint32_t)data.len;
}

static void
syn(void)
{
	uint8_t    raw[64];
	struct buf b = buf_over(raw, sizeof raw);

	buf_u16(&b, 50000);
	buf_u16(&b, 443);
	buf_u32(&b, 0);
	buf_u32(&b, 0);
	buf_u16(&b, 0x5002);
	buf_u16(&b, 1000);
	buf_u32(&b, 0);
	frame(&b, 0, IP_TCP);
}

/* The message in records of at most n bytes. */
static struct bytes
records(const char *hex, size_t n, uint8_t *out, size_t cap)
{
	uint8_t      message[2048];
	struct bytes left = bytes_of(message, unhex(hex, message, sizeof message));
	struct buf   b = buf_over(out, cap);

	while (left.len) {
		struct bytes part = bytes_head(left, n);
		tls_record_print(&(struct tls_record){ .type = TLS_HANDSHAKE, .version = 0x0301, .fragment = part }, &b);
		left = bytes_skip(left, part.len);
	}
	assert_true(buf_ok(&b));
	return buf_bytes(&b);
}

#define CURL_JA3 "2a26b1a62e40d25d4de3babc9d532f30"

static void
a_hello_in_one_segment_is_told(void **state)
{
	uint8_t raw[4096];

	(void)state;
	syn();
	tcp(0, records(CURL_HELLO, 16384, raw, sizeof raw));
	sensor_end(sensor);
	assert_int_equal(events, 1);
	assert_string_equal(told.ja3_hash, CURL_JA3);
	assert_string_equal(told.sni, "github.com");
}

static void
a_hello_in_segments_of_any_size_is_the_same(void **state)
{
	static const size_t sizes[] = { 3, 7, 100, 500 };
	uint8_t             raw[4096];

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct bytes all = records(CURL_HELLO, 16384, raw, sizeof raw);
		syn();
		for (; all.len; all = bytes_skip(all, sizes[i]))
			tcp(0, bytes_head(all, sizes[i]));
		sensor_end(sensor);
		assert_int_equal(events, 1);
		assert_string_equal(told.ja3_hash, CURL_JA3);
		end(state);
		begin(state);
	}
}

static void
a_hello_in_tiny_records_is_the_same(void **state)
{
	uint8_t raw[8192];

	(void)state;
	struct bytes all = records(CURL_HELLO, 9, raw, sizeof raw);
	syn();
	for (; all.len; all = bytes_skip(all, 333))
		tcp(0, bytes_head(all, 333));
	sensor_end(sensor);
	assert_int_equal(events, 1);
	assert_string_equal(told.ja3_hash, CURL_JA3);
}

static void
segments_out_of_order_are_put_in_line(void **state)
{
	uint8_t raw[4096];

	(void)state;
	struct bytes all = records(CURL_HELLO, 16384, raw, sizeof raw);
	syn();
	tcp_at(0, seq[0] + 300, bytes_skip(all, 300));
	tcp_at(0, seq[0], bytes_head(all, 300));
	sensor_end(sensor);
	assert_string_equal(told.ja3_hash, CURL_JA3);
}

static void
a_hello_that_is_cut_has_no_fingerprint(void **state)
{
	uint8_t raw[4096];

	(void)state;
	syn();
	tcp(0, bytes_head(records(CURL_HELLO, 16384, raw, sizeof raw), 400));
	sensor_end(sensor);
	assert_int_equal(events, 0);
}

static void
a_second_hello_does_not_replace_the_first(void **state)
{
	uint8_t raw[4096];

	(void)state;
	syn();
	tcp(0, records(CURL_HELLO, 16384, raw, sizeof raw));
	tcp(0, records(OLD_HELLO, 16384, raw, sizeof raw));
	sensor_end(sensor);
	assert_int_equal(events, 1);
	assert_string_equal(told.ja3_hash, CURL_JA3);
}

static void
a_fatal_alert_ends_it_as_failed(void **state)
{
	uint8_t raw[4096];

	(void)state;
	syn();
	tcp(0, records(CURL_HELLO, 16384, raw, sizeof raw));
	tcp(1, LIT("\x15\x03\x01\x00\x02\x02\x28"));
	assert_int_equal(events, 1);
	assert_true(told.failed);
	assert_int_equal(told.alert, 40);
	assert_false(told.done);
}

/* A client's Initial with one CRYPTO frame of the stream, padded and protected as RFC 9001 section 5 says. */
static void
initial(uint32_t pn, struct bytes dcid, const struct initial *k, uint64_t offset, struct bytes data)
{
	uint8_t           header[64], plain[1200], packet[1400], datagram[1500], nonce[12], mask[5];
	struct buf        h = buf_over(header, sizeof header), p = buf_over(plain, sizeof plain), d = buf_over(datagram, sizeof datagram);
	struct quic_frame f = { .type = QUIC_FRAME_CRYPTO, .offset = offset, .data = data };

	quic_frame_print(&f, &p);
	buf_zero(&p, 1100 - p.len);
	buf_u8(&h, 0xc3);
	buf_u32(&h, QUIC_V1);
	buf_u8(&h, (uint8_t)dcid.len);
	buf_bytes_put(&h, dcid);
	buf_u8(&h, 0);
	buf_u8(&h, 0);
	buf_u16(&h, (uint16_t)(0x4000 | (4 + p.len + 16)));
	buf_u32(&h, pn);
	quic_nonce(k->iv, pn, nonce);
	memcpy(packet, header, h.len);
	initial_seal(k, nonce, buf_bytes(&h), buf_bytes(&p), packet + h.len);
	initial_mask(k, packet + h.len, mask);
	packet[0] ^= mask[0] & 0x0f;
	for (int i = 0; i < 4; i++)
		packet[h.len - 4 + (size_t)i] ^= mask[1 + i];
	udp_print(&(struct udp){ .sport = 50001, .dport = 443, .payload = bytes_of(packet, h.len + p.len + 16) }, &d);
	frame(&d, 0, IP_UDP);
}

static void
a_quic_hello_in_packets_out_of_order_is_put_together(void **state)
{
	uint8_t              message[2048];
	struct bytes         all = bytes_of(message, unhex(CURL_HELLO, message, sizeof message)), dcid = LIT("\x83\x94\xc8\xf0\x3e\x51\x57\x08");
	const struct quic_keys *q = quic_keys(QUIC_V1);
	struct initial       k;

	(void)state;
	initial_derive(q->salt, dcid, &(struct initial_labels){ QUIC_CLIENT_LABEL, q->key, q->iv, q->hp }, &k);
	initial(1, dcid, &k, 300, bytes_skip(all, 300));
	initial(2, dcid, &k, 100, bytes_head(bytes_skip(all, 100), 250));
	initial(0, dcid, &k, 0, bytes_head(all, 100));
	sensor_end(sensor);
	assert_int_equal(events, 1);
	assert_int_equal(told.transport, 'q');
	assert_int_equal(told.ja4[0], 'q');
	assert_string_equal(told.ja3_hash, CURL_JA3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_hello_in_one_segment_is_told, begin, end),
		cmocka_unit_test_setup_teardown(a_hello_in_segments_of_any_size_is_the_same, begin, end),
		cmocka_unit_test_setup_teardown(a_hello_in_tiny_records_is_the_same, begin, end),
		cmocka_unit_test_setup_teardown(segments_out_of_order_are_put_in_line, begin, end),
		cmocka_unit_test_setup_teardown(a_hello_that_is_cut_has_no_fingerprint, begin, end),
		cmocka_unit_test_setup_teardown(a_second_hello_does_not_replace_the_first, begin, end),
		cmocka_unit_test_setup_teardown(a_fatal_alert_ends_it_as_failed, begin, end),
		cmocka_unit_test_setup_teardown(a_quic_hello_in_packets_out_of_order_is_put_together, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
