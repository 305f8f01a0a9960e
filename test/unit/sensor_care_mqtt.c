#include "test/unit/care.h"
#include "wire/mqtt.h"
#include "wire/websocket.h"

enum { PORT = 1883, FRAME = 700 };
#define TOPIC  "icu/7/spo2"
#define VITALS "{\"spo2\":98,\"heart\":72}"

static uint8_t    room[2048];
static struct buf out;

/* The packet's bytes; the level decides whether it has properties. */
static struct bytes
packet(const struct mqtt *m)
{
	out = buf_over(room, sizeof room);
	mqtt_print(m, &out);
	assert_true(buf_ok(&out));
	return buf_bytes(&out);
}

static struct bytes
connect_by(uint8_t level)
{
	return packet(&(struct mqtt){ .type = MQTT_CONNECT, .level = level, .client_id = LIT("monitor-7"), .clean = true, .keepalive = 60 });
}

static struct bytes
publish(uint8_t level, uint8_t qos, uint16_t id, struct bytes payload)
{
	return packet(&(struct mqtt){ .type = MQTT_PUBLISH, .level = level, .qos = qos, .packet_id = id, .topic = LIT(TOPIC), .payload = payload, .whole = true });
}

static struct care_talk
call(uint8_t level)
{
	struct care_talk t = care_call(PORT);

	care_put(&t, CARE_CLIENT, connect_by(level));
	care_put(&t, CARE_SERVER, packet(&(struct mqtt){ .type = MQTT_CONNACK, .level = level }));
	return t;
}

static void
publications_both_ways_of_both_versions_say_the_same(void **state)
{
	(void)state;
	for (uint8_t level = MQTT_LEVEL_311; level <= MQTT_LEVEL_5; level++) {
		struct care_talk t = call(level);
		care_put(&t, CARE_CLIENT, publish(level, 0, 0, LIT(VITALS)));
		care_put(&t, CARE_SERVER, publish(level, 0, 0, LIT(VITALS)));
	}
	assert_int_equal(care_tells, 4);
	for (unsigned i = 0; i < 4; i++) {
		const struct message_head *m = care_head_of(i);
		assert_int_equal(m->from_server, i & 1);
		assert_string_equal(m->type, "PUBLISH");
		assert_string_equal(m->key, TOPIC);
		assert_int_equal(m->class, MESSAGE_VITALS);
		assert_int_equal(m->size, sizeof VITALS - 1);
		assert_true(care_same(0, i));
	}
	assert_int_equal(care_head_of(0)->origin, care_head_of(2)->origin); /* the client's name */
	assert_int_not_equal(care_head_of(0)->origin, care_head_of(1)->origin);
}

static void
the_first_answer_to_a_publication_is_told(void **state)
{
	struct care_talk t = call(MQTT_LEVEL_5);

	(void)state;
	care_put(&t, CARE_CLIENT, publish(MQTT_LEVEL_5, 1, 11, LIT(VITALS)));
	care_put(&t, CARE_SERVER, LIT("\x40\2\0\xb"));
	care_put(&t, CARE_CLIENT, publish(MQTT_LEVEL_5, 2, 12, LIT(VITALS)));
	care_put(&t, CARE_SERVER, LIT("\x50\x4\0\xc\x97\0")); /* PUBREC: quota exceeded */
	care_put(&t, CARE_SERVER, LIT("\x40\2\0\x63"));
	assert_int_equal(care_tells, 4);
	assert_string_equal(care_head_of(1)->type, "PUBACK 00H");
	assert_int_equal(care_head_of(1)->marks, MESSAGE_ANSWER | MESSAGE_ACCEPTS);
	assert_true(care_head_of(1)->answers && care_head_of(1)->answers == care_head_of(0)->id);
	assert_string_equal(care_head_of(3)->type, "PUBREC 97H");
	assert_int_equal(care_head_of(3)->marks, MESSAGE_ANSWER);
	assert_true(care_head_of(3)->answers && care_head_of(3)->answers == care_head_of(2)->id);
}

static void
what_the_broker_hands_on_is_answered_by_the_client(void **state)
{
	struct care_talk t = call(MQTT_LEVEL_311);

	(void)state;
	care_put(&t, CARE_SERVER, publish(MQTT_LEVEL_311, 1, 11, LIT(VITALS)));
	care_put(&t, CARE_SERVER, LIT("\x40\2\0\xb")); /* its own answer is another's */
	assert_int_equal(care_tells, 1);
	care_put(&t, CARE_CLIENT, LIT("\x40\2\0\xb"));
	assert_int_equal(care_tells, 2);
	assert_int_equal(care_head_of(1)->answers, care_head_of(0)->id);
}

static void
a_packet_split_anywhere_says_the_same(void **state)
{
	struct care_talk t = call(MQTT_LEVEL_311);
	struct bytes     p = publish(MQTT_LEVEL_311, 1, 5, LIT(VITALS));

	(void)state;
	care_put(&t, CARE_CLIENT, p);
	for (unsigned n = 1; n < p.len; n++) {
		care_put(&t, CARE_CLIENT, bytes_head(p, n));
		care_put(&t, CARE_CLIENT, bytes_skip(p, n));
		assert_int_equal(care_tells, n + 1);
		assert_true(care_same(0, n));
		assert_int_equal(care_head_of(n)->size, sizeof VITALS - 1);
	}
}

static void
several_packets_in_a_segment_are_several_messages(void **state)
{
	struct care_talk t = call(MQTT_LEVEL_311);
	uint8_t          text[512];
	struct buf       b = buf_over(text, sizeof text);

	(void)state;
	for (int i = 0; i < 3; i++)
		buf_bytes_put(&b, publish(MQTT_LEVEL_311, 0, 0, i == 1 ? LIT("97") : LIT(VITALS)));
	care_put(&t, CARE_CLIENT, buf_bytes(&b));
	assert_int_equal(care_tells, 3);
	assert_true(care_same(0, 2));
	assert_false(care_same(0, 1));
}

static void
a_retained_or_repeated_publication_says_so(void **state)
{
	struct care_talk t = call(MQTT_LEVEL_311);

	(void)state;
	care_put(&t, CARE_SERVER, packet(&(struct mqtt){ .type = MQTT_PUBLISH, .level = MQTT_LEVEL_311, .retain = true, .topic = LIT(TOPIC), .payload = LIT("1"), .whole = true }));
	care_put(&t, CARE_SERVER, packet(&(struct mqtt){ .type = MQTT_PUBLISH, .level = MQTT_LEVEL_311, .dup = true, .qos = 1, .packet_id = 3, .topic = LIT(TOPIC), .payload = LIT("1"), .whole = true }));
	care_put(&t, CARE_SERVER, publish(MQTT_LEVEL_311, 0, 0, LIT("1")));
	assert_int_equal(care_head_of(0)->marks, MESSAGE_REPEATED);
	assert_int_equal(care_head_of(1)->marks, MESSAGE_REPEATED);
	assert_int_equal(care_head_of(2)->marks, 0);
	assert_true(care_same(0, 1) && care_same(1, 2));
}

/* A tap that begins in the midst: neither CONNECT nor the version was seen. */
static void
in_the_midst_of_a_conversation_publications_are_known(void **state)
{
	struct care_talk known = call(MQTT_LEVEL_5), t = { .port = 41000, .service = PORT, .seq = { 5000, 6000 } }, u = { .port = 41001, .service = PORT, .seq = { 1, 2 } };

	(void)state;
	care_put(&known, CARE_CLIENT, publish(MQTT_LEVEL_5, 0, 0, LIT(VITALS)));
	care_put(&t, CARE_CLIENT, publish(MQTT_LEVEL_311, 0, 0, LIT(VITALS)));
	care_put(&u, CARE_CLIENT, publish(MQTT_LEVEL_5, 0, 0, LIT(VITALS)));
	assert_int_equal(care_tells, 3);
	assert_true(care_same(0, 1) && care_same(0, 2));
}

static void
after_a_gap_the_next_publication_is_read(void **state)
{
	struct care_talk t = call(MQTT_LEVEL_311);

	(void)state;
	care_put(&t, CARE_CLIENT, publish(MQTT_LEVEL_311, 0, 0, LIT(VITALS)));
	care_put(&t, CARE_CLIENT, bytes_head(publish(MQTT_LEVEL_311, 0, 0, LIT(VITALS)), 20));
	care_lose(&t, CARE_CLIENT, 40);
	for (int i = 0; i < 2; i++) {
		care_put(&t, CARE_CLIENT, publish(MQTT_LEVEL_311, 0, 0, LIT(VITALS)));
		care_acknowledge(&t, CARE_SERVER);
	}
	assert_int_equal(care_tells, 3);
	assert_true(care_head_of(1)->unseen > 0 && care_head_of(2)->unseen == 0);
	assert_true(care_same(0, 1) && care_same(1, 2));
}

static void
what_a_relay_alters_in_a_payload_is_another_meaning(void **state)
{
	struct care_talk t = call(MQTT_LEVEL_311);

	(void)state;
	t.relayed = true;
	t.was = '8', t.is = '1';
	care_put(&t, CARE_CLIENT, publish(MQTT_LEVEL_311, 0, 0, LIT(VITALS)));
	care_put(&t, CARE_CLIENT, publish(MQTT_LEVEL_311, 0, 0, LIT("77")));
	assert_int_equal(care_tells, 4);
	assert_false(care_same(0, 1));
	assert_true(care_same(2, 3));
	assert_int_equal(care_head_of(0)->origin, care_head_of(1)->origin); /* the copy is of the same client */
}

/* --- over a WebSocket ---------------------------------------------------------------------- */

/* A client's frames are masked, in pieces of n bytes: frames do not end where packets do. */
static void
frames(struct care_talk *t, int side, struct bytes in, size_t n)
{
	uint8_t    text[FRAME];
	struct buf b;

	for (bool first = true; in.len; first = false) {
		struct bytes     one = bytes_head(in, n);
		struct websocket w = { .final = one.len == in.len, .masked = side == CARE_CLIENT, .opcode = first ? WEBSOCKET_BINARY : WEBSOCKET_CONTINUATION, .key = { 1, 2, 3, 4 }, .length = one.len };
		b = buf_over(text, sizeof text);
		websocket_print(&w, &b);
		for (size_t i = 0; i < one.len; i++)
			buf_u8(&b, one.at[i] ^ (w.masked ? w.key[i & 3] : 0));
		assert_true(buf_ok(&b));
		care_put(t, side, buf_bytes(&b));
		in = bytes_skip(in, one.len);
	}
}

static struct care_talk
upgrade(void)
{
	struct care_talk t = care_call(8080);

	care_text(&t, CARE_CLIENT, "GET /mqtt HTTP/1.1\r\nHost: broker\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	                           "Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Version: 13\r\n\r\n");
	care_text(&t, CARE_SERVER, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n");
	return t;
}

static void
in_a_websocket_publications_say_the_same(void **state)
{
	struct care_talk plain = call(MQTT_LEVEL_311), t = upgrade();

	(void)state;
	care_put(&plain, CARE_CLIENT, publish(MQTT_LEVEL_311, 0, 0, LIT(VITALS)));
	frames(&t, CARE_CLIENT, connect_by(MQTT_LEVEL_311), FRAME / 2);
	for (size_t n = 1; n < 40; n++) {
		frames(&t, CARE_CLIENT, publish(MQTT_LEVEL_311, 0, 0, LIT(VITALS)), n);
		frames(&t, CARE_SERVER, publish(MQTT_LEVEL_311, 0, 0, LIT(VITALS)), n);
		assert_int_equal(care_tells, 1 + 2 * n);
		assert_true(care_same(care_tells - 2, care_tells - 1));
		assert_int_equal(care_head_of(care_tells - 1)->size, sizeof VITALS - 1);
	}
	care_put(&plain, CARE_CLIENT, publish(MQTT_LEVEL_311, 0, 0, LIT(VITALS)));
	assert_true(care_same(care_tells - 2, care_tells - 1));
}

static void
a_websocket_that_carries_something_else_is_left_alone(void **state)
{
	struct care_talk t = upgrade();

	(void)state;
	frames(&t, CARE_CLIENT, LIT("{\"type\":\"hello\"}"), FRAME / 2);
	frames(&t, CARE_CLIENT, connect_by(MQTT_LEVEL_311), FRAME / 2);
	frames(&t, CARE_CLIENT, publish(MQTT_LEVEL_311, 0, 0, LIT(VITALS)), FRAME / 2);
	assert_int_equal(care_tells, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, care_begin, frames_end)
	const struct CMUnitTest tests[] = {
		TEST(publications_both_ways_of_both_versions_say_the_same),
		TEST(the_first_answer_to_a_publication_is_told),
		TEST(what_the_broker_hands_on_is_answered_by_the_client),
		TEST(a_packet_split_anywhere_says_the_same),
		TEST(several_packets_in_a_segment_are_several_messages),
		TEST(a_retained_or_repeated_publication_says_so),
		TEST(in_the_midst_of_a_conversation_publications_are_known),
		TEST(after_a_gap_the_next_publication_is_read),
		TEST(what_a_relay_alters_in_a_payload_is_another_meaning),
		TEST(in_a_websocket_publications_say_the_same),
		TEST(a_websocket_that_carries_something_else_is_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
