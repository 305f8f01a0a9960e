#include "test/unit/care.h"

#define HEAD "MSH|^~\\&|MON|ICU|EHR|H|20261121193102||ORU^R01^ORU_R01|77|P|2.6\r"
#define BODY "PID|||1234^^^H^MR||DOE^JANE\rOBR|1|||182777000\rOBX|1|NM|8867-4^HR^LN||72|/min|||||F\r"
#define MESSAGE "\x0b" HEAD BODY "\x1c\r"
#define ANSWER(code) "\x0bMSH|^~\\&|EHR|H|MON|ICU|20261121193103||ACK|a1|P|2.6\rMSA|" code "|77\r\x1c\r"

static void
a_message_split_anywhere_says_the_same(void **state)
{
	struct care_talk t = care_call(2575);
	unsigned         told = 0;

	(void)state;
	care_text(&t, CARE_CLIENT, MESSAGE);
	struct message_head first = *care_head_of(told++);
	assert_int_equal(first.order, 1);
	assert_int_equal(first.size, sizeof HEAD BODY - 1);
	for (size_t n = 1; n < sizeof MESSAGE - 1; n++, told++) {
		care_put(&t, CARE_CLIENT, bytes_of(MESSAGE, n));
		care_text(&t, CARE_CLIENT, &MESSAGE[n]);
		const struct message_head *m = care_head_of(told);
		assert_int_equal(care_tells, told + 1);
		assert_int_equal(m->order, told + 1);
		assert_int_equal(m->unseen, 0);
		assert_int_equal(m->size, first.size);
		assert_true(meaning_digest_equal(m->bytes, first.bytes) && meaning_digest_equal(m->meaning, first.meaning));
	}
}

static void
a_message_may_come_byte_by_byte(void **state)
{
	struct care_talk t = care_call(2575);

	(void)state;
	care_text(&t, CARE_CLIENT, MESSAGE);
	for (const char *c = MESSAGE; *c; c++)
		care_put(&t, CARE_CLIENT, bytes_of(c, 1));
	assert_int_equal(care_tells, 2);
	assert_true(care_same(0, 1));
	assert_true(care_head_of(1)->frame > care_head_of(1)->frame_first);
}

static void
two_messages_in_a_segment_are_two(void **state)
{
	struct care_talk t = care_call(2575);

	(void)state;
	care_text(&t, CARE_CLIENT, MESSAGE "\x0bMSH|^~\\&|MON|ICU|EHR|H|20261121193104||ORU^R40|78|P|2.6\rOBX|1|NM|hr||190\r\x1c\r");
	assert_int_equal(care_tells, 2);
	assert_string_equal(care_head_of(0)->key, "77");
	assert_string_equal(care_head_of(1)->key, "78");
	assert_string_equal(care_head_of(1)->type, "ORU^R40");
	assert_int_equal(care_head_of(0)->class, MESSAGE_RESULT);
	assert_int_equal(care_head_of(1)->class, MESSAGE_ALARM);
	assert_int_equal(care_head_of(1)->order, 2);
	assert_int_equal(care_head_of(0)->frame, care_head_of(1)->frame);
}

static void
who_said_it_to_whom_is_told(void **state)
{
	struct care_talk t = care_call(2575);

	(void)state;
	care_text(&t, CARE_CLIENT, MESSAGE);
	const struct message_head *m = care_head_of(0);
	struct mac                 a = frames_card(CARE_A), b = frames_card(CARE_B);
	assert_true(addr_equal(m->sender, frames_host(CARE_A)) && addr_equal(m->receiver, frames_host(CARE_B)));
	assert_true(mac_equal(m->card_from, a) && mac_equal(m->card_to, b));
	assert_int_equal(m->port, 2575);
	assert_int_equal(m->when.us, frames_now);
	assert_false(m->from_server);
}

static void
an_acknowledgement_names_what_it_answers(void **state)
{
	struct care_talk t = care_call(2575);

	(void)state;
	care_text(&t, CARE_CLIENT, MESSAGE);
	care_text(&t, CARE_SERVER, ANSWER("AA"));
	care_text(&t, CARE_SERVER, ANSWER("AE"));
	assert_int_equal(care_tells, 3);
	for (unsigned i = 1; i < 3; i++) {
		assert_true(care_head_of(i)->answers && care_head_of(i)->answers == care_head_of(0)->id);
		assert_true(care_head_of(i)->from_server);
	}
	assert_int_equal(care_head_of(1)->marks, MESSAGE_ANSWER | MESSAGE_ACCEPTS);
	assert_int_equal(care_head_of(2)->marks, MESSAGE_ANSWER);
	assert_string_equal(care_head_of(2)->type, "AE");
}

static void
after_a_gap_the_next_message_says_that_bytes_were_not_seen(void **state)
{
	struct care_talk t = care_call(2575);

	(void)state;
	care_text(&t, CARE_CLIENT, MESSAGE);
	care_text(&t, CARE_CLIENT, "\x0b" HEAD "OBX|1|NM|");
	care_lose(&t, CARE_CLIENT, 500); /* with the end of that message in it */
	care_acknowledge(&t, CARE_SERVER);
	care_text(&t, CARE_CLIENT, MESSAGE);
	care_acknowledge(&t, CARE_SERVER);
	care_text(&t, CARE_CLIENT, MESSAGE);
	assert_int_equal(care_tells, 3);
	assert_int_equal(care_head_of(0)->unseen, 0);
	assert_true(care_head_of(1)->unseen > 0);
	assert_int_equal(care_head_of(2)->unseen, 0);
	assert_true(care_same(0, 1) && care_same(1, 2));
}

/* What waits for its header's end is given up with what is missing behind it. */
static void
a_gap_in_a_header_does_not_end_the_reading(void **state)
{
	struct care_talk t = care_call(2575);

	(void)state;
	care_text(&t, CARE_CLIENT, "\x0bMSH|^~\\&|MON|");
	care_lose(&t, CARE_CLIENT, 500);
	for (int i = 0; i < 3; i++) {
		care_text(&t, CARE_CLIENT, MESSAGE);
		care_acknowledge(&t, CARE_SERVER);
	}
	assert_int_equal(care_tells, 3);
	assert_true(care_head_of(0)->unseen > 0);
	assert_int_equal(sensor_counts(frames_sensor)->unseen_bytes, 500);
}

static void
a_message_out_of_order_is_put_in_order(void **state)
{
	struct care_talk t = care_call(2575);

	(void)state;
	care_lose(&t, CARE_CLIENT, 60);
	care_text(&t, CARE_CLIENT, &MESSAGE[60]);
	assert_int_equal(care_tells, 0);
	t.seq[CARE_CLIENT] -= (uint32_t)sizeof MESSAGE - 1;
	care_put(&t, CARE_CLIENT, bytes_of(MESSAGE, 60));
	assert_int_equal(care_tells, 1);
	assert_int_equal(care_head_of(0)->unseen, 0);
	assert_int_equal(care_head_of(0)->size, sizeof HEAD BODY - 1);
}

static void
an_end_byte_that_some_receivers_pass_over_is_doubted(void **state)
{
	struct care_talk t = care_call(2575);

	(void)state;
	care_text(&t, CARE_CLIENT, "\x0b" HEAD "OBX|1|NM|hr||7\x1c" "2|/min\r\x1c\r" MESSAGE);
	bool doubted = false;
	for (unsigned i = 0; i < care_tells; i++)
		doubted |= (care_head_of(i)->marks & MESSAGE_AMBIGUOUS) != 0;
	assert_true(doubted);
	assert_false(care_head_of(care_tells - 1)->marks & MESSAGE_AMBIGUOUS);
}

#define BATCH "\x0b" "FHS|^~\\&|MON\rBHS|^~\\&|MON\r" HEAD BODY "MSH|^~\\&|MON|ICU|EHR|H|20261121193104||ORU^R40|78|P|2.6\rMSX|1\rOBX|1|NM|hr||190\r" \
	"BTS|2\rFTS|1\r\x1c\r"

static void
the_messages_of_a_batch_file_are_told_one_by_one(void **state)
{
	struct care_talk t = care_call(2575);

	(void)state;
	care_text(&t, CARE_CLIENT, MESSAGE);
	care_text(&t, CARE_CLIENT, BATCH);
	assert_int_equal(care_tells, 3);
	assert_string_equal(care_head_of(1)->key, "77");
	assert_string_equal(care_head_of(2)->key, "78");
	/* It says what it says alone, but for what stands around it. */
	assert_true(meaning_digest_equal(care_head_of(0)->body, care_head_of(1)->body));
	assert_false(meaning_digest_equal(care_head_of(0)->meaning, care_head_of(1)->meaning));
	assert_int_equal(care_head_of(0)->batch, 0);
	assert_int_equal(care_head_of(1)->batch, 1);
	assert_int_equal(care_head_of(2)->batch, 1);
	assert_int_equal(care_head_of(2)->class, MESSAGE_ALARM);
	/* However it is cut. */
	struct message_head first = *care_head_of(1), second = *care_head_of(2);
	unsigned            told = care_tells;
	for (size_t n = 1; n < sizeof BATCH - 1; n++, told += 2) {
		care_put(&t, CARE_CLIENT, bytes_of(BATCH, n));
		care_text(&t, CARE_CLIENT, &BATCH[n]);
		assert_int_equal(care_tells, told + 2);
		assert_true(meaning_digest_equal(care_head_of(told)->bytes, first.bytes));
		assert_true(meaning_digest_equal(care_head_of(told + 1)->bytes, second.bytes));
	}
}

static int
begin_known(void **state)
{
	static struct known_table table;

	memset(&table, 0, sizeof table);
	care_known_table = &table;
	return care_begin(state);
}

static int
end_known(void **state)
{
	care_known_table = NULL;
	return frames_end(state);
}

/* All that is told of it but its fields. */
static void
the_same_bytes_once_more_are_known(void **state)
{
	struct care_talk t = care_call(2575), other = care_call(2576);

	(void)state;
	care_text(&t, CARE_CLIENT, MESSAGE);
	care_text(&t, CARE_SERVER, ANSWER("AA"));
	care_text(&other, CARE_CLIENT, MESSAGE);
	care_text(&other, CARE_SERVER, ANSWER("AA"));
	care_put(&other, CARE_CLIENT, bytes_of(MESSAGE, sizeof MESSAGE - 20));
	care_text(&other, CARE_CLIENT, &MESSAGE[sizeof MESSAGE - 20]);
	assert_int_equal(care_tells, 5);
	struct message_head first = *care_head_of(0), again = *care_head_of(2), cut = *care_head_of(4);
	assert_false(first.known);
	assert_true(again.known);
	assert_false(cut.known); /* what comes in pieces is read before it is known */
	assert_int_equal(again.port, 2576);
	assert_true(meaning_digest_equal(first.bytes, again.bytes) && meaning_digest_equal(first.body, again.body) && meaning_digest_equal(first.meaning, again.meaning));
	assert_true(meaning_digest_equal(first.body, cut.body) && meaning_digest_equal(first.meaning, cut.meaning));
	assert_true(first.id == again.id && first.origin == again.origin && first.fields == again.fields && first.class == again.class && first.marks == again.marks);
	assert_true(first.size == again.size && first.fields == cut.fields);
	assert_string_equal(first.type, again.type);
	assert_string_equal(first.key, again.key);
	assert_int_equal(care_head_of(3)->marks, MESSAGE_ANSWER | MESSAGE_ACCEPTS);
	assert_true(care_head_of(1)->answers == first.id && care_head_of(3)->answers == first.id);
	assert_string_equal(care_head_of(3)->type, "AA");
}

/* MSH-2 takes its letter for a separator: no acknowledgement, so all of it is read. */
static void
what_only_looks_like_an_acknowledgement_is_read_whole(void **state)
{
	struct care_talk t = care_call(2575);

	(void)state;
	care_text(&t, CARE_CLIENT, "\x0bMSH|K~\\&|MON|ICU|EHR|H|2026||ACK|77|P|2.6\rOBX|1|NM|hr||72\r\x1c\r");
	care_text(&t, CARE_CLIENT, "\x0bMSH|K~\\&|MON|ICU|EHR|H|2026||ACK|77|P|2.6\rOBX|1|NM|hr||27\r\x1c\r");
	assert_int_equal(care_tells, 2);
	assert_true(care_head_of(0)->fields > 10);
	assert_false(meaning_digest_equal(care_head_of(0)->body, care_head_of(1)->body));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, care_begin, frames_end)
	const struct CMUnitTest tests[] = {
		TEST(a_message_split_anywhere_says_the_same),
		TEST(a_message_may_come_byte_by_byte),
		TEST(two_messages_in_a_segment_are_two),
		TEST(the_messages_of_a_batch_file_are_told_one_by_one),
		TEST(what_only_looks_like_an_acknowledgement_is_read_whole),
		cmocka_unit_test_setup_teardown(the_same_bytes_once_more_are_known, begin_known, end_known),
		TEST(who_said_it_to_whom_is_told),
		TEST(an_acknowledgement_names_what_it_answers),
		TEST(after_a_gap_the_next_message_says_that_bytes_were_not_seen),
		TEST(a_gap_in_a_header_does_not_end_the_reading),
		TEST(a_message_out_of_order_is_put_in_order),
		TEST(an_end_byte_that_some_receivers_pass_over_is_doubted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
