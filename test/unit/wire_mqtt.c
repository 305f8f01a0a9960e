#include "test/unit/check.h"
#include "wire/mqtt.h"

/* The example of MQTT 3.1.1 section 3.1.2 with a will, user and password: client "mon1". */
static const char CONNECT[] =
	"10 2f 0004 4d515454 04 ce 003c 0004 6d6f6e31"
	"0008 6963752f77696c6c 0004 676f6e65 0005 6e75727365 0006 736563726574";
static const char CONNECT_5[] = "10 15 0004 4d515454 05 02 003c 05 1100000078 0003 616263";
static const char PUBLISH[] = "33 0f 0007 6963752f687231 002a 37322e35";
static const char SUBSCRIBE[] = "82 0f 000a 0003 612f62 01 0004 632f2f23 02";

static void
a_connect_is_read(void **state)
{
	uint8_t     raw[64];
	struct mqtt m;

	(void)state;
	size_t n = unhex(CONNECT, raw, sizeof raw);
	assert_int_equal(mqtt_parse(bytes_of(raw, n), MQTT_LEVEL_311, &m), OK);
	assert_int_equal(m.type, MQTT_CONNECT);
	assert_int_equal(m.level, 4);
	assert_int_equal(m.keepalive, 60);
	assert_int_equal(m.size, n);
	assert_true(m.clean && m.will && m.has_user && m.has_password && !m.will_retain);
	assert_int_equal(m.will_qos, 1);
	assert_true(bytes_equal(m.client_id, bytes_text("mon1")) && bytes_equal(m.user, bytes_text("nurse")));
	assert_true(bytes_equal(m.will_topic, bytes_text("icu/will")) && bytes_equal(m.will_payload, bytes_text("gone")));
	assert_true(mqtt_looks(bytes_of(raw, n)) && mqtt_looks(bytes_of(raw, 8)) && !mqtt_looks(bytes_of(raw, 7)));
}

static void
the_properties_of_version_5_are_passed_over(void **state)
{
	uint8_t     raw[64];
	struct mqtt m;

	(void)state;
	assert_int_equal(mqtt_parse(bytes_of(raw, unhex(CONNECT_5, raw, sizeof raw)), MQTT_LEVEL_311, &m), OK);
	assert_int_equal(m.level, 5);
	assert_true(bytes_equal(m.client_id, bytes_text("abc")));
	assert_int_equal(mqtt_parse(LIT("\x30\x07\0\1a\2\x01\1x"), MQTT_LEVEL_5, &m), OK);
	assert_true(bytes_equal(m.payload, bytes_text("x")));
	assert_int_equal(mqtt_parse(LIT("\xe0\x02\x8e\0"), MQTT_LEVEL_5, &m), OK);
	assert_int_equal(m.reason, 0x8e);
}

static void
properties_are_read_and_those_of_users_counted(void **state)
{
	struct mqtt m;

	(void)state;
	/* topic alias 7, user properties a=b and c=d, expiry */
	assert_int_equal(mqtt_parse(LIT("\x30\x1a\0\1t\x16\x23\0\7\x26\0\1a\0\1b\x26\0\1c\0\1d\x02\0\0\0\7"), MQTT_LEVEL_5, &m), OK);
	assert_true(m.has_alias && m.alias == 7 && m.user_properties == 2 && m.payload.len == 0);
	assert_int_equal(mqtt_parse(LIT("\x40\x0b\0\x2a\x10\7\x26\0\1a\0\1b"), MQTT_LEVEL_5, &m), OK);
	assert_true(m.packet_id == 42 && m.reason == 0x10 && m.user_properties == 1);
	assert_int_equal(mqtt_parse(LIT("\x50\2\0\x2a"), MQTT_LEVEL_311, &m), OK);
	assert_int_equal(m.packet_id, 42);
	assert_int_equal(mqtt_parse(LIT("\x50\1\0"), MQTT_LEVEL_311, &m), ERR_FORM);
	assert_int_equal(mqtt_parse(LIT("\x30\5\0\1t\1\x7f"), MQTT_LEVEL_5, &m), ERR_FORM);           /* no such property */
	assert_int_equal(mqtt_parse(LIT("\x30\7\0\1t\3\x26\0\1"), MQTT_LEVEL_5, &m), ERR_FORM);      /* cut within one */
}

static void
a_publish_is_read_before_its_payload_is_there(void **state)
{
	uint8_t     raw[64];
	struct mqtt m;
	size_t      n = unhex(PUBLISH, raw, sizeof raw);

	(void)state;
	assert_int_equal(mqtt_parse(bytes_of(raw, n), MQTT_LEVEL_311, &m), OK);
	assert_true(m.qos == 1 && m.retain && !m.dup && m.whole && m.packet_id == 42);
	assert_true(bytes_equal(m.topic, bytes_text("icu/hr1")) && bytes_equal(m.payload, bytes_text("72.5")));
	assert_int_equal(mqtt_parse(bytes_of(raw, n - 3), MQTT_LEVEL_311, &m), OK);
	assert_true(!m.whole && m.payload.len == 1 && m.size == n);
	for (size_t i = 0; i < 13; i++)
		assert_int_equal(mqtt_parse(bytes_of(raw, i), MQTT_LEVEL_311, &m), ERR_SHORT);
}

static void
a_subscription_is_read(void **state)
{
	uint8_t     raw[64];
	struct mqtt m;

	(void)state;
	assert_int_equal(mqtt_parse(bytes_of(raw, unhex(SUBSCRIBE, raw, sizeof raw)), MQTT_LEVEL_311, &m), OK);
	assert_int_equal(m.packet_id, 10);
	assert_int_equal(m.topics, 2);
	assert_true(bytes_equal(m.subscribe[1], bytes_text("c//#")) && m.options[1] == 2);
}

static void
printing_what_was_parsed_gives_the_same_bytes(void **state)
{
	static const char *const all[] = { PUBLISH, SUBSCRIBE, "20 02 01 05", "c0 00", "e0 00", "62 02 002a" };
	uint8_t                  raw[64], again[64];

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct mqtt m;
		struct buf  b = buf_over(again, sizeof again);
		size_t      n = unhex(all[i], raw, sizeof raw);
		assert_int_equal(mqtt_parse(bytes_of(raw, n), MQTT_LEVEL_311, &m), OK);
		mqtt_print(&m, &b);
		assert_int_equal(b.len, n);
		assert_memory_equal(raw, again, n);
	}
}

static void
a_printed_connect_has_all_but_the_password(void **state)
{
	uint8_t     raw[64], again[64];
	struct mqtt m, k;
	struct buf  b = buf_over(again, sizeof again);

	(void)state;
	assert_int_equal(mqtt_parse(bytes_of(raw, unhex(CONNECT, raw, sizeof raw)), MQTT_LEVEL_311, &m), OK);
	mqtt_print(&m, &b);
	assert_int_equal(b.len, m.size - 6);
	assert_int_equal(mqtt_parse(buf_bytes(&b), MQTT_LEVEL_311, &k), OK);
	assert_true(k.has_password && bytes_equal(k.user, m.user) && bytes_equal(k.will_payload, m.will_payload));
}

static enum err
parse(struct bytes in, struct mqtt *out)
{
	return mqtt_parse(in, MQTT_LEVEL_311, out);
}

static void
a_cut_or_malformed_packet_is_refused(void **state)
{
	uint8_t     raw[64];
	struct mqtt m;
	size_t      n = unhex(CONNECT, raw, sizeof raw);

	(void)state;
	EVERY_TRUNCATION_REFUSED(parse, struct mqtt, bytes_of(raw, n));
	n = unhex(SUBSCRIBE, raw, sizeof raw);
	EVERY_TRUNCATION_REFUSED(parse, struct mqtt, bytes_of(raw, n));
	assert_int_equal(parse(LIT("\x10\xff\xff\xff\xff\x01"), &m), ERR_FORM); /* length of five bytes */
	assert_int_equal(parse(LIT("\x36\x04\0\1ab"), &m), ERR_FORM);           /* QoS 3 */
	assert_int_equal(parse(LIT("\0\0"), &m), ERR_FORM);                     /* type 0 */
	assert_int_equal(parse(LIT("\x10\x0d\0\4MQTX\4\2\0\0\0\1a"), &m), ERR_FORM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connect_is_read),
		cmocka_unit_test(the_properties_of_version_5_are_passed_over),
		cmocka_unit_test(properties_are_read_and_those_of_users_counted),
		cmocka_unit_test(a_publish_is_read_before_its_payload_is_there),
		cmocka_unit_test(a_subscription_is_read),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes),
		cmocka_unit_test(a_printed_connect_has_all_but_the_password),
		cmocka_unit_test(a_cut_or_malformed_packet_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
