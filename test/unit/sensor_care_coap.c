#include "test/unit/care.h"
#include "wire/coap.h"

enum { PORT = 5683, MORE = 8, CHANGED = 0x44, CONTINUE = 0x5f, BLOCK_16 = 0 };
#define VITALS "{\"spo2\":98,\"heart\":72,\"patient\":\"b7\"}"

static struct care_talk talk;

static int
begin(void **state)
{
	talk = (struct care_talk){ .port = 41000, .service = PORT };
	return care_begin(state);
}

static void
say(int side, const struct coap *m)
{
	uint8_t    room[512];
	struct buf b = buf_over(room, sizeof room);

	coap_print(m, &b);
	assert_true(buf_ok(&b));
	care_datagram(&talk, side, buf_bytes(&b));
}

static struct coap
put(uint16_t id, uint8_t token, struct bytes payload)
{
	return (struct coap){ .type = COAP_CON, .code = COAP_PUT, .id = id, .token = { token }, .token_len = 1, .path = "/vitals/7", .payload = payload };
}

static void
answer(uint16_t id, uint8_t token, uint8_t code)
{
	say(CARE_SERVER, &(struct coap){ .type = COAP_ACK, .code = code, .id = id, .token = { token }, .token_len = 1 });
}

static void
a_request_with_a_payload_is_a_message_and_its_response_the_answer(void **state)
{
	struct coap m = put(1, 1, LIT(VITALS));

	(void)state;
	say(CARE_CLIENT, &m);
	answer(1, 1, CHANGED);
	assert_int_equal(care_tells, 2);
	assert_string_equal(care_head_of(0)->type, "PUT");
	assert_string_equal(care_head_of(0)->key, "/vitals/7");
	assert_int_equal(care_head_of(0)->class, MESSAGE_VITALS);
	assert_true(care_head_of(1)->answers && care_head_of(1)->answers == care_head_of(0)->id);
	assert_int_equal(care_head_of(1)->marks, MESSAGE_ANSWER | MESSAGE_ACCEPTS);
	assert_string_equal(care_head_of(1)->type, "2.04");
	m = put(2, 2, LIT(VITALS));
	say(CARE_CLIENT, &m);
	answer(2, 2, 0x80);
	assert_int_equal(care_tells, 4);
	assert_int_equal(care_head_of(3)->marks, MESSAGE_ANSWER);
	assert_string_equal(care_head_of(3)->type, "4.00");
}

static void
a_retransmission_is_the_same_message(void **state)
{
	struct coap m = put(1, 1, LIT(VITALS));

	(void)state;
	for (int i = 0; i < 3; i++) {
		say(CARE_CLIENT, &m);
		frames_now += 2000000;
	}
	assert_int_equal(care_tells, 1);
	m.id = 2;
	say(CARE_CLIENT, &m);
	assert_int_equal(care_tells, 2);
}

/* RFC 7959 section 2.5: what comes in blocks of 16 bytes. */
static void
put_blocks(uint16_t id, uint32_t missing)
{
	struct bytes left = LIT(VITALS);

	for (uint32_t n = 0; left.len; n++) {
		struct bytes one = bytes_head(left, 16);
		left = bytes_skip(left, one.len);
		if (n == missing)
			continue;
		struct coap m = put((uint16_t)(id + n), 9, one);
		m.has_block1 = true;
		m.block1 = n << 4 | (left.len ? MORE : 0) | BLOCK_16;
		say(CARE_CLIENT, &m);
		answer(m.id, 9, left.len ? CONTINUE : CHANGED);
	}
}

static void
a_body_in_blocks_is_one_message_and_says_the_same(void **state)
{
	struct coap m = put(1, 1, LIT(VITALS));

	(void)state;
	say(CARE_CLIENT, &m);
	put_blocks(10, UINT32_MAX);
	assert_int_equal(care_tells, 3); /* an answer to the whole, none to its parts */
	assert_true(care_same(0, 1));
	assert_int_equal(care_head_of(1)->size, sizeof VITALS - 1);
	assert_true(care_head_of(1)->frame > care_head_of(1)->frame_first);
	assert_int_equal(care_head_of(2)->answers, care_head_of(1)->id);
}

static void
a_body_that_lacks_a_block_is_unseen(void **state)
{
	(void)state;
	put_blocks(10, 1);
	assert_int_equal(care_tells, 0);
	put_blocks(20, UINT32_MAX);
	assert_int_equal(care_tells, 2);
	assert_true(care_head_of(0)->unseen > 0);
}

static void
a_notification_has_the_path_that_was_observed(void **state)
{
	struct coap get = { .type = COAP_CON, .code = COAP_GET, .id = 1, .token = { 5 }, .token_len = 1, .path = "/alarm", .has_observe = true };

	(void)state;
	say(CARE_CLIENT, &get);
	assert_int_equal(care_tells, 0);
	for (uint16_t i = 0; i < 3; i++) {
		say(CARE_SERVER, &(struct coap){ .type = COAP_CON, .code = COAP_CONTENT, .id = (uint16_t)(100 + i), .token = { 5 }, .token_len = 1, .has_observe = true, .observe = i, .payload = LIT("{\"x\":1}") });
		say(CARE_CLIENT, &(struct coap){ .type = i < 2 ? COAP_ACK : COAP_RST, .id = (uint16_t)(100 + i) });
	}
	assert_int_equal(care_tells, 6);
	for (unsigned i = 0; i < 6; i += 2) {
		assert_string_equal(care_head_of(i)->key, "/alarm");
		assert_int_equal(care_head_of(i)->class, MESSAGE_ALARM);
		assert_true(care_head_of(i)->from_server);
		assert_int_equal(care_head_of(i + 1)->answers, care_head_of(i)->id);
		assert_int_equal(care_head_of(i + 1)->marks & MESSAGE_ACCEPTS, i < 4 ? MESSAGE_ACCEPTS : 0);
	}
}

static void
what_a_relay_alters_in_a_datagram_is_another_meaning(void **state)
{
	struct coap m = put(1, 1, LIT(VITALS));

	(void)state;
	say(CARE_CLIENT, &m);
	talk.relayed = true;
	talk.was = '8', talk.is = '1';
	m = put(2, 2, LIT(VITALS));
	say(CARE_CLIENT, &m);
	assert_int_equal(care_tells, 3);
	assert_true(care_same(0, 1));
	assert_false(care_same(1, 2));
	assert_int_equal(care_head_of(1)->id, care_head_of(2)->id);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, frames_end)
	const struct CMUnitTest tests[] = {
		TEST(a_request_with_a_payload_is_a_message_and_its_response_the_answer),
		TEST(a_retransmission_is_the_same_message),
		TEST(a_body_in_blocks_is_one_message_and_says_the_same),
		TEST(a_body_that_lacks_a_block_is_unseen),
		TEST(a_notification_has_the_path_that_was_observed),
		TEST(what_a_relay_alters_in_a_datagram_is_another_meaning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
