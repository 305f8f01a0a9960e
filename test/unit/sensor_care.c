#include "base/memory.h"
#include "test/unit/care.h"

/* HL7 only: what all conversations share is asked for in the simplest of them. */
#define FRONT(id) "\x0bMSH|^~\\&|MON|ICU|EHR|H|20261121193102||ORU^R01|" id "|P|2.6\rPID|||1234\rOBX|1|NM|spo2||"
#define BACK      "98|pct|||||F\r\x1c\r"

enum { LEAST = 1, CONVERSATIONS = 16, READINGS = 4 }; /* what a sensor has that is given next to nothing */

static int
begin_small(void **state)
{
	(void)state;
	return care_begin_with(LEAST);
}

static void
without_memory_for_messages_none_is_read(void **state)
{
	struct care_talk t;

	(void)state;
	assert_int_equal(care_begin_with(0), 0);
	t = care_call(2575);
	care_text(&t, CARE_CLIENT, FRONT("1") BACK);
	assert_int_equal(care_tells, 0);
	assert_int_equal(frames_claims[FACT_TLS_DUE], 1);
	frames_end(NULL);
}

static void
when_too_many_are_read_the_longest_silent_gives_way_and_says_so(void **state)
{
	struct care_talk t[READINGS + 1];

	(void)state;
	for (int i = 0; i <= READINGS; i++) {
		t[i] = care_call(2575);
		care_text(&t[i], CARE_CLIENT, FRONT("1"));
	}
	for (int i = 0; i <= READINGS; i++)
		care_text(&t[i], CARE_CLIENT, BACK);
	assert_int_equal(care_tells, READINGS);
	for (unsigned i = 0; i < READINGS; i++)
		assert_int_equal(care_head_of(i)->unseen, 0);
	care_text(&t[0], CARE_CLIENT, FRONT("2") BACK);
	assert_int_equal(care_tells, READINGS + 1);
	assert_true(care_head_of(READINGS)->unseen > 0);
	care_text(&t[0], CARE_CLIENT, FRONT("3") BACK);
	assert_int_equal(care_head_of(READINGS + 1)->unseen, 0);
}

static void
of_too_many_conversations_the_longest_silent_gives_way(void **state)
{
	struct care_talk t[CONVERSATIONS + 1];

	(void)state;
	for (int i = 0; i <= CONVERSATIONS; i++) {
		t[i] = care_call(2575);
		care_text(&t[i], CARE_CLIENT, FRONT("1") BACK);
		care_text(&t[i], CARE_CLIENT, FRONT("2") BACK);
	}
	assert_int_equal(care_tells, 2 * (CONVERSATIONS + 1));
	care_text(&t[CONVERSATIONS], CARE_CLIENT, FRONT("3") BACK);
	assert_int_equal(care_head_of(care_tells - 1)->order, 3);
	care_text(&t[0], CARE_CLIENT, FRONT("3") BACK);
	assert_int_equal(care_head_of(care_tells - 1)->order, 1);
}

static void
a_message_whose_conversation_gave_way_is_unseen(void **state)
{
	struct care_talk t[CONVERSATIONS + 1];

	(void)state;
	t[0] = care_call(2575);
	care_text(&t[0], CARE_CLIENT, FRONT("1"));
	for (int i = 1; i <= CONVERSATIONS; i++) {
		t[i] = care_call(2575);
		care_text(&t[i], CARE_CLIENT, FRONT("1") BACK);
	}
	unsigned before = care_tells;
	care_text(&t[0], CARE_CLIENT, BACK);
	assert_int_equal(care_tells, before);
	care_text(&t[0], CARE_CLIENT, FRONT("2") BACK);
	assert_int_equal(care_tells, before + 1);
	assert_true(care_head_of(before)->unseen > 0);
}

/* --- what a relay makes of them ------------------------------------------------------------ */

/* Two messages of A by way of M: each told twice, on each leg in its order. */
static void
relayed(struct care_talk *t, bool altered)
{
	struct mac a = frames_card(CARE_A), b = frames_card(CARE_B), m = frames_card(CARE_M);

	t->relayed = true;
	care_text(t, CARE_CLIENT, FRONT("1") BACK);
	care_text(t, CARE_CLIENT, FRONT("2"));
	care_text(t, CARE_CLIENT, BACK);
	assert_int_equal(care_tells, 4);
	for (unsigned i = 0; i < 4; i += 2) {
		const struct message_head *near = care_head_of(i), *far = care_head_of(i + 1);
		assert_true(mac_equal(near->card_from, a) && mac_equal(near->card_to, m));
		assert_true(mac_equal(far->card_from, m) && mac_equal(far->card_to, b));
		assert_true(addr_equal(near->sender, far->sender) && addr_equal(near->receiver, far->receiver));
		assert_int_equal(near->order, i / 2 + 1);
		assert_int_equal(far->order, i / 2 + 1);
		assert_int_not_equal(near->flow, far->flow);
		assert_int_equal(near->id, far->id);
		assert_int_equal(care_same(i, i + 1), !altered);
	}
}

static void
a_relayed_message_is_read_on_both_legs(void **state)
{
	struct care_talk t = care_call(2575);

	(void)state;
	relayed(&t, false);
	assert_true(sensor_counts(frames_sensor)->relayed > 0);
	assert_int_equal(sensor_counts(frames_sensor)->flows, 1); /* the copy is no conversation of its own */
}

static void
bytes_altered_in_place_are_another_meaning(void **state)
{
	struct care_talk t = care_call(2575);

	(void)state;
	t.was = '8', t.is = '1'; /* 98 is 91 */
	relayed(&t, true);
	assert_int_equal(care_head_of(0)->size, care_head_of(1)->size);
}

static void
a_relay_that_shifts_the_numbers_is_read_too(void **state)
{
	struct care_talk t = care_call(2575);

	(void)state;
	t.shift = 13;
	relayed(&t, false);
}

static void
a_relay_that_shifts_the_numbers_and_alters_is_read_too(void **state)
{
	struct care_talk t = care_call(2575);

	(void)state;
	t.shift = 13;
	t.was = '8', t.is = '1';
	relayed(&t, true);
}

static void
a_relay_that_steps_in_later_is_read_from_then_on(void **state)
{
	struct care_talk t = care_call(2575);

	(void)state;
	care_text(&t, CARE_CLIENT, FRONT("0") BACK);
	assert_int_equal(care_tells, 1);
	t.relayed = true;
	care_text(&t, CARE_CLIENT, FRONT("1") BACK);
	assert_int_equal(care_tells, 3);
	assert_int_equal(care_head_of(1)->order, 2);
	assert_true(care_same(1, 2));
}

/* ------------------------------------------------------------------------------------------- */

static void
no_number_of_messages_takes_memory(void **state)
{
	uint64_t before = memory_taken();

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct care_talk t = care_call(2575);
		for (int k = 0; k < 100; k++)
			care_text(&t, CARE_CLIENT, FRONT("1") BACK);
	}
	assert_int_equal(care_tells, 20000);
	assert_int_equal(memory_taken(), before);
}

int
main(void)
{
#define TEST(name)  cmocka_unit_test_setup_teardown(name, care_begin, frames_end)
#define SMALL(name) cmocka_unit_test_setup_teardown(name, begin_small, frames_end)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_memory_for_messages_none_is_read),
		SMALL(when_too_many_are_read_the_longest_silent_gives_way_and_says_so),
		SMALL(of_too_many_conversations_the_longest_silent_gives_way),
		SMALL(a_message_whose_conversation_gave_way_is_unseen),
		TEST(a_relayed_message_is_read_on_both_legs),
		TEST(bytes_altered_in_place_are_another_meaning),
		TEST(a_relay_that_shifts_the_numbers_is_read_too),
		TEST(a_relay_that_shifts_the_numbers_and_alters_is_read_too),
		TEST(a_relay_that_steps_in_later_is_read_from_then_on),
		TEST(no_number_of_messages_takes_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
