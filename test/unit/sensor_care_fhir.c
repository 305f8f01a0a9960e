#include "test/unit/care.h"

#define OBSERVATION "{\"resourceType\":\"Observation\",\"identifier\":[{\"value\":\"m1\"}],\"effectiveDateTime\":\"2026-11-21T19:31:02Z\",\"valueQuantity\":{\"value\":72,\"unit\":\"/min\"}}"
#define HEAD        "POST /fhir/Observation HTTP/1.1\r\nHost: ehr\r\nContent-Type: application/fhir+json\r\n"
#define CREATED     "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"

static struct care_talk
post(const char *head, const char *length, const char *body)
{
	struct care_talk t = care_call(8080);

	care_text(&t, CARE_CLIENT, head);
	care_text(&t, CARE_CLIENT, length);
	care_text(&t, CARE_CLIENT, body);
	return t;
}

static void
put_whole(struct care_talk *t)
{
	uint8_t    room[512];
	struct buf b = buf_over(room, sizeof room);

	buf_text(&b, HEAD);
	buf_format(&b, "Content-Length: %zu\r\n\r\n%s", sizeof OBSERVATION - 1, OBSERVATION);
	assert_true(buf_ok(&b));
	care_put(t, CARE_CLIENT, buf_bytes(&b));
}

/* In chunks of n bytes, each line and each chunk in a segment of its own. */
static void
put_chunked(struct care_talk *t, size_t n)
{
	uint8_t      room[16];
	struct bytes left = LIT(OBSERVATION);

	care_text(t, CARE_CLIENT, HEAD "Transfer-Encoding: chunked\r\n\r\n");
	while (left.len) {
		struct bytes one = bytes_head(left, n);
		struct buf   size = buf_over(room, sizeof room);
		buf_format(&size, "%zx\r\n", one.len);
		care_put(t, CARE_CLIENT, buf_bytes(&size));
		care_put(t, CARE_CLIENT, one);
		care_text(t, CARE_CLIENT, "\r\n");
		left = bytes_skip(left, one.len);
	}
	care_text(t, CARE_CLIENT, "0\r\n\r\n");
}

static void
a_post_is_a_message_and_its_status_the_answer(void **state)
{
	struct care_talk t = care_call(8080);

	(void)state;
	put_whole(&t);
	care_text(&t, CARE_SERVER, CREATED);
	put_whole(&t);
	care_text(&t, CARE_SERVER, "HTTP/1.1 422 Unprocessable Entity\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(care_tells, 4);
	const struct message_head *m = care_head_of(0);
	assert_string_equal(m->type, "POST Observation");
	assert_string_equal(m->key, "/fhir/Observation");
	assert_int_equal(m->class, MESSAGE_RESULT);
	assert_int_equal(m->size, sizeof OBSERVATION - 1);
	assert_int_equal(m->marks, MESSAGE_UNIQUE); /* it has an identifier and a time */
	assert_int_equal(care_head_of(1)->answers, 0); /* HTTP answers in order */
	assert_int_equal(care_head_of(1)->order, 1);
	assert_int_equal(care_head_of(1)->marks, MESSAGE_ANSWER | MESSAGE_ACCEPTS);
	assert_string_equal(care_head_of(1)->type, "201");
	/* The same again is another message: it stands elsewhere in the stream. */
	assert_true(care_same(0, 2));
	assert_int_not_equal(care_head_of(2)->id, m->id);
	assert_int_equal(care_head_of(3)->marks, MESSAGE_ANSWER);
}

static void
chunks_of_any_size_say_the_same(void **state)
{
	struct care_talk t = care_call(8080);

	(void)state;
	put_whole(&t);
	care_text(&t, CARE_SERVER, CREATED);
	for (size_t n = 1; n <= sizeof OBSERVATION; n += 1 + n / 4) {
		unsigned before = care_tells;
		put_chunked(&t, n);
		assert_int_equal(care_tells, before + 1);
		care_text(&t, CARE_SERVER, CREATED);
		assert_int_equal(care_head_of(before)->size, sizeof OBSERVATION - 1);
		assert_true(care_same(before, before - 2));
		assert_int_equal(care_head_of(before + 1)->marks, MESSAGE_ANSWER | MESSAGE_ACCEPTS);
	}
}

static void
the_order_of_members_is_nothing_and_a_value_is_all(void **state)
{
	(void)state;
	post(HEAD, "Content-Length: 50\r\n\r\n", "{\"resourceType\":\"Observation\",\"status\":\"a\",\"x\":72}");
	post(HEAD, "Content-Length: 50\r\n\r\n", "{\"x\":72,\"status\":\"a\",\"resourceType\":\"Observation\"}");
	post(HEAD, "Content-Length: 50\r\n\r\n", "{\"x\":71,\"status\":\"a\",\"resourceType\":\"Observation\"}");
	assert_int_equal(care_tells, 3);
	assert_true(care_same(0, 1));
	assert_false(care_same(1, 2));
	assert_false(meaning_digest_equal(care_head_of(0)->bytes, care_head_of(1)->bytes));
}

static void
what_is_read_is_told_as_what_was_asked_for(void **state)
{
	struct care_talk t = care_call(8080);

	(void)state;
	care_text(&t, CARE_CLIENT, "GET /fhir/Observation/5 HTTP/1.1\r\nHost: ehr\r\n\r\n");
	assert_int_equal(care_tells, 0);
	care_text(&t, CARE_SERVER, "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 39\r\n\r\n{\"resourceType\":\"Observation\",\"id\":\"5\"}");
	assert_int_equal(care_tells, 1);
	assert_string_equal(care_head_of(0)->type, "200 Observation");
	assert_string_equal(care_head_of(0)->key, "5");
	assert_true(care_head_of(0)->from_server);
}

static void
a_compressed_body_is_cut(void **state)
{
	(void)state;
	post(HEAD, "Content-Encoding: gzip\r\nContent-Length: 8\r\n\r\n", "\x1f\x8b\x8" "abcde");
	assert_int_equal(care_tells, 1);
	assert_true(care_head_of(0)->marks & MESSAGE_CUT);
	assert_int_equal(sensor_counts(frames_sensor)->malformed, 0);
}

static void
what_is_no_resource_is_no_message(void **state)
{
	(void)state;
	post("POST /login HTTP/1.1\r\nHost: ehr\r\nContent-Type: application/json\r\n", "Content-Length: 2\r\n\r\n", "{}");
	assert_int_equal(care_tells, 0);
}

static void
after_a_gap_the_next_head_is_found(void **state)
{
	struct care_talk t = care_call(8080);

	(void)state;
	put_whole(&t);
	care_lose(&t, CARE_CLIENT, 300);
	for (int i = 0; i < 2; i++) {
		put_whole(&t);
		care_acknowledge(&t, CARE_SERVER);
	}
	assert_int_equal(care_tells, 3);
	assert_true(care_head_of(1)->unseen > 0 && care_head_of(2)->unseen == 0);
}

static void
what_a_relay_alters_in_a_body_is_another_meaning(void **state)
{
	struct care_talk t = care_call(8080);

	(void)state;
	t.relayed = true;
	t.was = '7', t.is = '9';
	put_whole(&t);
	assert_int_equal(care_tells, 2);
	assert_false(care_same(0, 1));
	assert_int_equal(care_head_of(0)->id, care_head_of(1)->id);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, care_begin, frames_end)
	const struct CMUnitTest tests[] = {
		TEST(a_post_is_a_message_and_its_status_the_answer),
		TEST(chunks_of_any_size_say_the_same),
		TEST(the_order_of_members_is_nothing_and_a_value_is_all),
		TEST(what_is_read_is_told_as_what_was_asked_for),
		TEST(a_compressed_body_is_cut),
		TEST(what_is_no_resource_is_no_message),
		TEST(after_a_gap_the_next_head_is_found),
		TEST(what_a_relay_alters_in_a_body_is_another_meaning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
