#include "test/unit/pairing.h"

static uint64_t number; /* of the whole */

static const char *
head(const char *app, const char *id)
{
	static char text[128];

	snprintf(text, sizeof text, "MSH|^~\\&|%s|ICU|EHR|H|2026%06llu||ORU^R01|%s|P|2.6\rPID|||MRN1^^^H||DOE^JANE|||F\rPV1||I|ICU^3\r", app, (unsigned long long)number, id);
	return text;
}

/* The nth order of a message, with its observation, as the kth of another. */
static void
order_print(unsigned n, unsigned k, unsigned value, struct buf *out)
{
	buf_format(out, "OBR|%u|%llu-%u|%u|C%u^code|||2026%06llu\rOBX|%u|NM|C%u-1^what^LN||%u|u|0-100|N|||F|||2026%06llu\r", k, (unsigned long long)number, n, n, n,
	           (unsigned long long)number, k, n, value, (unsigned long long)number);
}

static void
whole(void)
{
	char       room[2048], id[32];
	struct buf text = buf_over(room, sizeof room);

	number++;
	snprintf(id, sizeof id, "w%llu", (unsigned long long)number);
	buf_text(&text, head("mon", id));
	for (unsigned n = 1; n <= 3; n++)
		order_print(n, n, 60 + n, &text);
	buf_string(&text);
	see_text(&NEAR, room, id);
	now += 2;
}

/* Part n of the whole, under its id. */
static void
part(unsigned n, unsigned value)
{
	char       room[1024], id[32];
	struct buf text = buf_over(room, sizeof room);

	snprintf(id, sizeof id, "w%llu", (unsigned long long)number);
	buf_text(&text, head("engine", id));
	order_print(n, 1, value, &text);
	buf_string(&text);
	see_text(&ONWARD, room, id);
	now += 2;
}

static void
wholes_and_parts(unsigned count)
{
	while (count--) {
		whole();
		for (unsigned n = 1; n <= 3; n++)
			part(n, 60 + n);
		now += 1000;
	}
}

static const struct route *
way(void)
{
	uint32_t at = 0;

	return routes_each(pairing_routes(pairing), &at);
}

static void
parts_are_neither_injected_nor_is_their_whole_dropped(void **state)
{
	(void)state;
	wholes_and_parts(30);
	long_after();
	assert_int_equal(counts()->pairs, 90);
	assert_int_equal(way()->parts, 90);
	assert_string_equal(route_kind(pairing_routes(pairing), way()), "split");
	assert_int_equal(counts()->unseen + counts()->unclear, 0);
	assert_int_equal(tells, 0);
}

static void
a_value_altered_in_one_part_is_told_by_its_place_in_the_whole(void **state)
{
	(void)state;
	wholes_and_parts(10);
	whole();
	part(1, 61);
	part(2, 99);
	part(3, 63);
	assert_int_equal(told_of(FACT_MESSAGE), 1); /* at once */
	assert_string_equal(told[0].fields, "OBX[2].5");
	now += 1000;
	wholes_and_parts(10);
	long_after();
	assert_int_equal(tells, 1);
}

static void
a_part_altered_before_the_way_was_known_is_told_later(void **state)
{
	(void)state;
	wholes_and_parts(1);
	whole();
	part(1, 61);
	part(2, 62);
	part(3, 99);
	now += 1000;
	wholes_and_parts(10);
	long_after();
	assert_int_equal(counts()->altered, 1);
	assert_int_equal(tells, 1);
	assert_string_equal(told[0].fields, "OBX[3].5");
}

static void
a_part_that_does_not_come_is_dropped_and_its_segments_are_named(void **state)
{
	(void)state;
	wholes_and_parts(10);
	now += 40000; /* so that enough wholes are known to the end */
	wholes_and_parts(1);
	whole();
	part(1, 61);
	part(3, 63);
	now += 1000;
	wholes_and_parts(12);
	long_after();
	assert_int_equal(counts()->dropped, 1);
	assert_int_equal(told_of(FACT_MESSAGE_ARRIVAL), 1);
	assert_string_equal(told[0].fields, "OBR[2] OBX[2]");
}

static void
a_whole_of_which_nothing_comes_is_dropped(void **state)
{
	(void)state;
	wholes_and_parts(10);
	whole();
	now += 1000;
	wholes_and_parts(12);
	long_after();
	assert_int_equal(counts()->dropped, 1);
	assert_int_equal(tells, 1);
}

static void
a_part_once_more_is_no_part(void **state)
{
	(void)state;
	wholes_and_parts(10);
	now += 5000;
	number -= 3;
	part(2, 62);
	number += 3;
	wholes_and_parts(2);
	long_after();
	assert_int_equal(told_of(FACT_MESSAGE_SOURCE), 1);
	assert_int_equal(counts()->replayed, 1);
	assert_int_equal(tells, 1);
}

/* One message with less in it is an alteration: there is no second part. */
static void
segments_taken_out_of_a_message_make_no_part_of_it(void **state)
{
	char id[16], short_one[1024];

	(void)state;
	all_well(&NEAR, &ONWARD, 1, 10);
	see(&NEAR, 11, 97);
	const char *text = vitals("mon", 11, 97, "EHR", id), *second = strstr(text, "OBX|2");
	snprintf(short_one, sizeof short_one, "%.*s", (int)(second - text), text);
	now += 2;
	see_text(&ONWARD, short_one, id);
	now += 1000;
	all_well(&NEAR, &ONWARD, 12, 10);
	long_after();
	assert_int_equal(counts()->altered, 1);
	assert_int_equal(way()->parts, 0);
	assert_int_equal(tells, 1);
}

/* --- what an engine says of its own ------------------------------------------------- */

static void
summary(unsigned n, const char *type)
{
	char text[256], id[16];

	snprintf(id, sizeof id, "s%u", n);
	snprintf(text, sizeof text, "MSH|^~\\&|mon|ICU|EHR|H|2026%06u||%s|%s|P|2.6\rOBX|1|NM|sum||%u\r", n, type, id, n);
	struct message m = message(&ONWARD, text, id);
	snprintf(m.head.type, sizeof m.head.type, "%s", type);
	pairing_see(pairing, &m);
	pairing_tick(pairing, m.head.steady);
}

static void
what_an_engine_makes_of_its_own_again_and_again_is_its_way(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		all_well(&NEAR, &ONWARD, 1 + i * 10, 10);
		summary(i, "ORU^R30");
	}
	all_well(&NEAR, &ONWARD, 41, 10);
	pairing_end(pairing);
	assert_int_equal(counts()->originated, 4);
	assert_int_equal(tells, 0);
	assert_true(way()->types > 1 && route_originates(way(), 1));
}

static void
what_comes_once_is_injected_when_nothing_more_is_learnt(void **state)
{
	(void)state;
	all_well(&NEAR, &ONWARD, 1, 10);
	summary(1, "ORU^R30");
	all_well(&NEAR, &ONWARD, 11, 10);
	assert_int_equal(tells, 0);
	pairing_end(pairing);
	assert_int_equal(counts()->injected, 1);
	assert_int_equal(told_of(FACT_MESSAGE_SOURCE), 1);
}

static void
of_a_type_that_it_forwards_it_makes_none(void **state)
{
	(void)state;
	all_well(&NEAR, &ONWARD, 1, 10);
	for (unsigned i = 0; i < 4; i++) {
		summary(i, "ORU^R01");
		all_well(&NEAR, &ONWARD, 11 + i * 10, 10);
	}
	assert_int_equal(counts()->injected, 4);
	assert_int_equal(counts()->originated, 0);
}

static void
after_the_shadow_period_a_new_type_is_injected_at_once(void **state)
{
	(void)state;
	all_well(&NEAR, &ONWARD, 1, ROUTE_SHADOW + 5);
	for (unsigned i = 0; i < 4; i++) {
		summary(i, "ORU^R30");
		all_well(&NEAR, &ONWARD, 1000 + i * 10, 10);
	}
	assert_int_equal(counts()->injected, 4);
	assert_int_equal(tells, 4);
}

static int
begin_numbered(void **state)
{
	number = 0;
	return begin(state);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin_numbered, end)
	const struct CMUnitTest tests[] = {
		T(parts_are_neither_injected_nor_is_their_whole_dropped),
		T(a_value_altered_in_one_part_is_told_by_its_place_in_the_whole),
		T(a_part_altered_before_the_way_was_known_is_told_later),
		T(a_part_that_does_not_come_is_dropped_and_its_segments_are_named),
		T(a_whole_of_which_nothing_comes_is_dropped),
		T(a_part_once_more_is_no_part),
		T(segments_taken_out_of_a_message_make_no_part_of_it),
		T(what_an_engine_makes_of_its_own_again_and_again_is_its_way),
		T(what_comes_once_is_injected_when_nothing_more_is_learnt),
		T(of_a_type_that_it_forwards_it_makes_none),
		T(after_the_shadow_period_a_new_type_is_injected_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
