#include "test/unit/pairing.h"

/* --- the same, seen twice --------------------------------------------------------------- */

static void
the_same_bytes_at_two_taps_are_identical(void **state)
{
	(void)state;
	all_well(&NEAR, &FAR, 1, 20);
	long_after();
	assert_int_equal(counts()->identical, 20);
	assert_int_equal(tells, 0);
}

static void
the_same_meaning_in_other_bytes_is_no_alteration(void **state)
{
	char id[16], other[1024];

	(void)state;
	const char *text = vitals("mon", 1, 97, "TGW", id);
	see_text(&NEAR, text, id);
	/* Another line end, and an empty field at a segment's end. */
	snprintf(other, sizeof other, "%s", text);
	for (char *c = other; *c; c++)
		*c = *c == '\r' ? '\n' : *c;
	see_text(&FAR, other, id);
	assert_int_equal(counts()->same_meaning, 1);
	assert_int_equal(tells, 0);
}

/* The copy of known bytes brings no fields; what differs from it is told by its field all the same. */
static void
a_copy_of_known_bytes_is_compared_by_the_first_ones_fields(void **state)
{
	char id[16];

	(void)state;
	all_well(&STOLEN, &ONWARD, 1, 10);
	const char    *text = vitals("mon", 11, 97, "TGW", id);
	struct message first = message(&STOLEN, text, id), again = message(&CARRIED, text, id);
	again.head.known = true;
	memset(again.field, 0, sizeof again.field);
	pairing_see(pairing, &first);
	now += 1;
	pairing_see(pairing, &again);
	see(&ONWARD, 11, 77);
	long_after();
	assert_int_equal(told_of(FACT_MESSAGE), 1);
	for (unsigned i = 0; i < tells; i++)
		assert_string_equal(told[i].fields, told[i].fact == FACT_MESSAGE ? "OBX[1].5" : "");
}

static const struct way GATED = { A, MONITOR, SERVER, 0, 0, 7 }, BEHIND = { B, SERVER, RECORD, SERVER, RECORD, 8 };

/* As the gateway tells it: of its bytes alone. */
static void
forward(unsigned n, unsigned spo2)
{
	char           id[16];
	const char    *text = vitals("mon", n, spo2, "TGW", id);
	struct message m = message(&GATED, text, id);

	m.head.marks |= MESSAGE_GATE;
	m.head.fields = m.head.pool = 0;
	m.head.meaning = m.head.body = (struct siphash_wide){ 0 };
	pairing_see(pairing, &m);
	now += 1;
}

static void
what_comes_is_held_against_what_the_gateway_forwarded(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 22; n++) {
		forward(n, 97);
		if (n != 22) { /* which never comes */
			see(&BEHIND, n, n == 21 ? 79 : 97);
			answer(&BEHIND, n, "AA");
		}
		answer(&GATED, n, "AA");
		now += 500;
	}
	for (unsigned n = 23; n <= 30; n++) {
		forward(n, 97);
		see(&BEHIND, n, 97);
		now += 1000;
	}
	long_after();
	assert_int_equal(counts()->identical, 28);
	assert_int_equal(counts()->dropped, 2);
	assert_int_equal(counts()->injected, 1);
	assert_int_equal(tells, 3);
}

static void
an_acknowledgement_the_gateway_got_and_nobody_gave_is_told(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 11; n++) {
		forward(n, 97);
		see(&BEHIND, n, 97);
		answer(&BEHIND, n, n == 11 ? "AE" : "AA");
		answer(&GATED, n, "AA");
		now += 500;
	}
	long_after();
	assert_int_equal(counts()->forged, 1);
	assert_int_equal(counts()->dropped + counts()->injected, 0);
}

static void
tap_b_may_be_first_in_time(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 10; n++) {
		see(&FAR, n, 97);
		now += 20;
		see(&NEAR, n, 97);
		now += 980;
	}
	long_after();
	assert_int_equal(counts()->identical, 10);
	assert_int_equal(tells, 0);
}

static void
two_monitors_that_measure_the_same_are_never_taken_for_each_other(void **state)
{
	static const struct way near2 = { A, SECOND, SERVER, SECOND, SERVER, 11 }, far2 = { B, SECOND, SERVER, SECOND, SERVER, 12 };
	char                    id[16];

	(void)state;
	for (unsigned n = 1; n <= 10; n++) {
		both(&NEAR, &FAR, n, 97, 97);
		see_text(&near2, vitals("two", n, 97, "TGW", id), "mon-1"); /* and the same id */
		see_text(&far2, vitals("two", n, 97, "TGW", id), "mon-1");
	}
	long_after();
	assert_int_equal(counts()->pairs, 20);
	assert_int_equal(counts()->identical, 20);
	assert_int_equal(tells, 0);
}

/* --- altered ------------------------------------------------------------------------------ */

static void
between_two_legs_an_alteration_is_told_at_once_with_field_and_card(void **state)
{
	(void)state;
	see(&STOLEN, 1, 84);
	see(&CARRIED, 1, 98);
	assert_int_equal(tells, 1);
	assert_int_equal(told[0].fact, FACT_MESSAGE);
	assert_string_equal(told[0].fields, "OBX[1].5");
	assert_true(mac_equal(told[0].speaker, card(THIEF)));
	assert_true(told[0].marks & MARK_BOTH_LOCAL);
}

static void
an_alteration_past_an_engine_is_told_against_its_habits(void **state)
{
	(void)state;
	all_well(&NEAR, &ONWARD, 1, 10);
	assert_int_equal(counts()->rewritten, 10);
	both(&NEAR, &ONWARD, 11, 84, 98);
	assert_int_equal(tells, 1);
	assert_string_equal(told[0].fields, "OBX[1].5");
	assert_int_equal(counts()->altered, 1);
}

static void
what_an_engine_rewrites_from_the_first_message_on_is_its_habit_told_once(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 30; n++)
		both(&NEAR, &ONWARD, n, 90, 60); /* it always writes 60 */
	long_after();
	assert_int_equal(told_of(FACT_MESSAGE_HABIT), 1);
	assert_string_equal(told[0].fields, "OBX.5");
	assert_int_equal(counts()->altered, 0);
	assert_int_equal(counts()->rewritten, 30);
}

static void
what_the_policy_approves_is_told_never_and_all_else_is_altered(void **state)
{
	static struct policy  policy;
	struct pairing_config config = { .memory = 2 << 20, .seed = 1, .policy = &policy };
	struct pairing_out    out = { NULL, on_claim };

	(void)state;
	policy.messages = 1;
	policy.message[0] = (struct policy_message){ .from.any = true, .to.any = true, .rewrite = { "OBX.5", "MSH.5" }, .rewrites = 2 };
	pairing_free(pairing);
	pairing = pairing_new(&config, &out);
	for (unsigned n = 1; n <= 30; n++)
		both(&NEAR, &ONWARD, n, 90, 60);
	assert_int_equal(tells, 0);
	char        id[16], text[1024];
	see(&NEAR, 31, 90);
	snprintf(text, sizeof text, "%s", vitals("mon", 31, 60, "EHR", id));
	memcpy(strstr(text, "MRN1"), "MRN2", 4);
	see_text(&ONWARD, text, id);
	assert_int_equal(told_of(FACT_MESSAGE), 1);
	assert_string_equal(told[0].fields, "PID[1].3");
}

static void
an_alteration_among_the_first_is_told_once_the_route_is_learnt(void **state)
{
	(void)state;
	both(&NEAR, &ONWARD, 1, 97, 97);
	both(&NEAR, &ONWARD, 2, 84, 98);
	assert_int_equal(tells, 0);
	assert_int_equal(counts()->unclear, 1);
	all_well(&NEAR, &ONWARD, 3, 5);
	assert_int_equal(told_of(FACT_MESSAGE), 1);
	assert_string_equal(told[0].key, "mon-2");
	assert_int_equal(counts()->unclear, 0);
}

static void
an_alteration_of_value_and_id_is_found_by_likeness(void **state)
{
	char id[16], text[1024];

	(void)state;
	all_well(&NEAR, &FAR, 1, 5);
	see(&NEAR, 6, 84);
	answer(&NEAR, 6, "AA");
	snprintf(text, sizeof text, "%s", vitals("mon", 6, 98, "TGW", id));
	memcpy(strstr(text, "mon-6"), "xxx-6", 5);
	see_text(&FAR, text, "xxx-6");
	now += 1000;
	all_well(&NEAR, &FAR, 7, 5);
	assert_int_equal(counts()->altered, 1);
	assert_int_equal(tells, 1);
	assert_int_equal(counts()->dropped + counts()->injected, 0);
}

static void
a_constant_id_pairs_nothing_by_itself(void **state)
{
	char id[16];

	(void)state;
	for (unsigned n = 1; n <= 20; n++) {
		see_text(&NEAR, vitals("mon", n, 97, "TGW", id), "ACK");
		now += 1;
		if (n != 10) /* one is lost, unacknowledged */
			see_text(&FAR, vitals("mon", n, 97, "TGW", id), "ACK");
		now += 999;
	}
	long_after();
	assert_int_equal(counts()->identical, 19);
	assert_int_equal(counts()->altered, 0);
}

/* --- dropped -------------------------------------------------------------------------------- */

static void
what_was_acknowledged_and_overtaken_and_never_came_is_dropped(void **state)
{
	(void)state;
	all_well(&NEAR, &FAR, 1, 5);
	see(&NEAR, 6, 97);
	answer(&NEAR, 6, "AA");
	now += 1000;
	all_well(&NEAR, &FAR, 7, 20);
	assert_int_equal(told_of(FACT_MESSAGE_ARRIVAL), 1);
	assert_string_equal(told[0].key, "mon-6");
	assert_int_equal(counts()->dropped, 1);
}

static void
what_was_not_acknowledged_will_be_sent_again(void **state)
{
	(void)state;
	all_well(&NEAR, &FAR, 1, 5);
	see(&NEAR, 6, 97);
	now += 1000;
	all_well(&NEAR, &FAR, 7, 20);
	long_after();
	assert_int_equal(tells, 0);
}

static void
after_a_gap_what_is_missing_is_unseen(void **state)
{
	char           id[16];
	struct message m;

	(void)state;
	all_well(&NEAR, &FAR, 1, 5);
	see(&NEAR, 6, 97);
	answer(&NEAR, 6, "AA");
	now += 1000;
	see(&NEAR, 7, 97);
	answer(&NEAR, 7, "AA");
	m = message(&FAR, vitals("mon", 7, 97, "TGW", id), "mon-7");
	m.head.unseen = 400;
	pairing_see(pairing, &m);
	now += 1000;
	all_well(&NEAR, &FAR, 8, 20);
	assert_int_equal(tells, 0);
	assert_int_equal(counts()->unseen, 1);
}

static void
before_a_place_listened_nothing_is_missing(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 5; n++) {
		see(&NEAR, n, 97);
		answer(&NEAR, n, "AA");
		now += 1000;
	}
	all_well(&NEAR, &FAR, 6, 30);
	long_after();
	assert_int_equal(tells, 0);
}

static void
what_a_relay_swallows_is_laid_to_its_card_though_the_way_is_new(void **state)
{
	(void)state;
	all_well(&NEAR, &ONWARD, 1, 10); /* the way as it was */
	see(&STOLEN, 11, 97);
	answer(&STOLEN, 11, "AA");
	now += 1000;
	for (unsigned n = 12; n < 30; n++) {
		see(&STOLEN, n, 97);
		answer(&STOLEN, n, "AA");
		see(&CARRIED, n, 97);
		answer(&CARRIED, n, "AA");
		see(&ONWARD, n, 97);
		answer(&ONWARD, n, "AA");
		now += 1000;
	}
	assert_int_equal(told_of(FACT_MESSAGE_ARRIVAL), 1);
	assert_string_equal(told[0].key, "mon-11");
	assert_true(mac_equal(told[0].speaker, card(THIEF)));
}

static void
a_type_that_an_engine_filters_is_not_missed(void **state)
{
	char id[16];

	(void)state;
	for (unsigned n = 1; n <= 30; n++) {
		struct message m = message(&NEAR, vitals("mon", n, 97, "TGW", id), id);
		if (n % 2) {
			snprintf(m.head.type, sizeof m.head.type, "ADT^A08");
			pairing_see(pairing, &m);
			answer(&NEAR, n, "AA");
		} else {
			both(&NEAR, &ONWARD, n, 97, 97);
		}
		now += 500;
	}
	long_after();
	assert_int_equal(tells, 0);
}

static void
what_comes_late_after_all_is_late_and_not_dropped(void **state)
{
	(void)state;
	all_well(&NEAR, &FAR, 1, 5);
	see(&NEAR, 6, 97);
	answer(&NEAR, 6, "AA");
	now += 1000;
	all_well(&NEAR, &FAR, 7, 15);
	assert_int_equal(counts()->dropped, 1);
	see(&FAR, 6, 97);
	assert_int_equal(counts()->dropped, 0);
	assert_int_equal(counts()->delayed, 1);
}

/* --- replayed and injected -------------------------------------------------------------------- */

static void
the_same_from_somebody_else_is_a_replay_laid_to_its_card(void **state)
{
	static const struct way thief = { A, THIEF, SERVER, THIEF, SERVER, 20 };

	(void)state;
	for (unsigned n = 1; n <= 10; n++) {
		see(&NEAR, n, 97);
		answer(&NEAR, n, "AA");
		now += 1000;
	}
	see(&thief, 3, 97);
	now += 5000;
	see(&NEAR, 11, 97);
	assert_int_equal(told_of(FACT_MESSAGE_SOURCE), 1);
	assert_true(told[0].marks & MARK_ANSWERED);
	assert_true(mac_equal(told[0].speaker, card(THIEF)));
}

static void
a_repetition_without_an_answer_is_honest(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 10; n++) {
		see(&NEAR, n, 97);
		if (n != 5)
			answer(&NEAR, n, "AA");
		now += 1000;
	}
	see(&NEAR, 5, 97);
	long_after();
	assert_int_equal(tells, 0);
}

static void
a_repetition_after_a_slow_answer_is_honest(void **state)
{
	(void)state;
	see(&NEAR, 1, 97);
	now += 10000;
	answer(&NEAR, 1, "AA");
	see(&NEAR, 1, 97);
	long_after();
	assert_int_equal(tells, 0);
}

static void
a_repetition_at_the_start_of_a_new_connection_is_honest(void **state)
{
	static const struct way again = { A, MONITOR, SERVER, MONITOR, SERVER, 30 };

	(void)state;
	see(&NEAR, 1, 97);
	answer(&NEAR, 1, "AA");
	now += 2000;
	see(&again, 1, 97);
	long_after();
	assert_int_equal(tells, 0);
}

static void
a_repetition_within_the_connection_after_an_answer_is_not(void **state)
{
	(void)state;
	see(&NEAR, 1, 97);
	answer(&NEAR, 1, "AA");
	now += 2000;
	see(&NEAR, 1, 97);
	long_after();
	assert_int_equal(told_of(FACT_MESSAGE_SOURCE), 1);
}

static void
what_the_protocol_itself_repeats_is_honest(void **state)
{
	char           id[16];
	struct message m;

	(void)state;
	see(&NEAR, 1, 97);
	answer(&NEAR, 1, "AA");
	now += 2000;
	m = message(&NEAR, vitals("mon", 1, 97, "TGW", id), "mon-1");
	m.head.marks |= MESSAGE_REPEATED;
	pairing_see(pairing, &m);
	long_after();
	assert_int_equal(tells, 0);
}

static void
what_appears_at_b_and_not_at_a_is_injected(void **state)
{
	(void)state;
	all_well(&NEAR, &FAR, 1, 10);
	see(&FAR, 900, 50);
	now += 1000;
	all_well(&NEAR, &FAR, 11, 10);
	assert_int_equal(told_of(FACT_MESSAGE_SOURCE), 1);
	assert_string_equal(told[0].key, "mon-900");
	assert_false(told[0].marks & MARK_ANSWERED);
}

static void
a_device_that_a_never_sees_injects_nothing(void **state)
{
	static const struct way far2 = { B, SECOND, SERVER, SECOND, SERVER, 12 };
	char                    id[16];

	(void)state;
	for (unsigned n = 1; n <= 10; n++) {
		both(&NEAR, &FAR, n, 97, 97);
		see_text(&far2, vitals("two", n, 97, "TGW", id), id);
	}
	long_after();
	assert_int_equal(tells, 0);
}

static void
what_comes_in_a_devices_name_from_elsewhere_is_injected(void **state)
{
	static const struct way thief = { A, THIEF, SERVER, THIEF, SERVER, 20 };

	(void)state;
	for (unsigned n = 1; n <= 10; n++) {
		see(&NEAR, n, 97);
		answer(&NEAR, n, "AA");
		now += 1000;
	}
	see(&thief, 900, 50);
	now += 1000;
	see(&NEAR, 11, 97);
	long_after();
	assert_int_equal(told_of(FACT_MESSAGE_SOURCE), 1);
	assert_true(mac_equal(told[0].speaker, card(THIEF)));
}

/* --- order, answers, memory ---------------------------------------------------------------------- */

static void
messages_that_change_places_within_a_conversation_are_told(void **state)
{
	(void)state;
	all_well(&NEAR, &FAR, 1, 5);
	see(&NEAR, 6, 97);
	see(&NEAR, 7, 97);
	see(&FAR, 7, 97);
	see(&FAR, 6, 97);
	assert_int_equal(told_of(FACT_MESSAGE_ORDER), 1);
	assert_int_equal(counts()->reordered, 1);
}

static void
an_engine_may_change_their_order(void **state)
{
	(void)state;
	all_well(&NEAR, &ONWARD, 1, 10);
	see(&NEAR, 11, 97);
	see(&NEAR, 12, 97);
	see(&ONWARD, 12, 97);
	see(&ONWARD, 11, 97);
	long_after();
	assert_int_equal(tells, 0);
}

static void
a_changed_acknowledgement_is_told(void **state)
{
	(void)state;
	all_well(&STOLEN, &CARRIED, 1, 3);
	see(&STOLEN, 4, 97);
	see(&CARRIED, 4, 97);
	answer(&CARRIED, 4, "AE");
	answer(&STOLEN, 4, "AA");
	assert_int_equal(told_of(FACT_MESSAGE_ANSWER), 1);
}

static void
an_acknowledgement_its_receiver_never_gave_is_told(void **state)
{
	(void)state;
	all_well(&STOLEN, &CARRIED, 1, 3);
	see(&STOLEN, 4, 97);
	see(&CARRIED, 4, 97);
	answer(&STOLEN, 4, "AA");
	now += 1000;
	all_well(&STOLEN, &CARRIED, 5, 3);
	long_after();
	assert_int_equal(told_of(FACT_MESSAGE_ANSWER), 1);
}

static void
a_full_memory_gives_way_and_says_so(void **state)
{
	(void)state;
	all_well(&NEAR, &FAR, 1, 5);
	for (unsigned n = 6; n < 5000; n++) { /* all within two seconds: nothing is settled yet */
		see(&NEAR, n, 97);
		now += n % 3 == 0;
	}
	assert_true(pairing_counts(pairing)->evicted > 1000);
	assert_int_equal(told_of(FACT_MESSAGE_ARRIVAL), 0);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		T(the_same_bytes_at_two_taps_are_identical),
		T(the_same_meaning_in_other_bytes_is_no_alteration),
		T(a_copy_of_known_bytes_is_compared_by_the_first_ones_fields),
		T(what_comes_is_held_against_what_the_gateway_forwarded),
		T(an_acknowledgement_the_gateway_got_and_nobody_gave_is_told),
		T(tap_b_may_be_first_in_time),
		T(two_monitors_that_measure_the_same_are_never_taken_for_each_other),
		T(between_two_legs_an_alteration_is_told_at_once_with_field_and_card),
		T(an_alteration_past_an_engine_is_told_against_its_habits),
		T(what_an_engine_rewrites_from_the_first_message_on_is_its_habit_told_once),
		T(what_the_policy_approves_is_told_never_and_all_else_is_altered),
		T(an_alteration_among_the_first_is_told_once_the_route_is_learnt),
		T(an_alteration_of_value_and_id_is_found_by_likeness),
		T(a_constant_id_pairs_nothing_by_itself),
		T(what_was_acknowledged_and_overtaken_and_never_came_is_dropped),
		T(what_was_not_acknowledged_will_be_sent_again),
		T(after_a_gap_what_is_missing_is_unseen),
		T(before_a_place_listened_nothing_is_missing),
		T(what_a_relay_swallows_is_laid_to_its_card_though_the_way_is_new),
		T(a_type_that_an_engine_filters_is_not_missed),
		T(what_comes_late_after_all_is_late_and_not_dropped),
		T(the_same_from_somebody_else_is_a_replay_laid_to_its_card),
		T(a_repetition_without_an_answer_is_honest),
		T(a_repetition_after_a_slow_answer_is_honest),
		T(a_repetition_at_the_start_of_a_new_connection_is_honest),
		T(a_repetition_within_the_connection_after_an_answer_is_not),
		T(what_the_protocol_itself_repeats_is_honest),
		T(what_appears_at_b_and_not_at_a_is_injected),
		T(a_device_that_a_never_sees_injects_nothing),
		T(what_comes_in_a_devices_name_from_elsewhere_is_injected),
		T(messages_that_change_places_within_a_conversation_are_told),
		T(an_engine_may_change_their_order),
		T(a_changed_acknowledgement_is_told),
		T(an_acknowledgement_its_receiver_never_gave_is_told),
		T(a_full_memory_gives_way_and_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
