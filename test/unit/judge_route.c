#include "judge/route.h"
#include "test/unit/check.h"

/* Two taps A and B; a monitor, an engine, two records; a thief's card. */
enum { A, B, MONITOR = 1, ENGINE = 2, RECORD = 3, OTHER = 4, THIEF = 66, PORT = 2575 };

static struct routes *routes;
static struct policy  policy;

static int
begin(void **state)
{
	(void)state;
	routes = routes_new(1, &policy);
	return routes ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	routes_free(routes);
	memset(&policy, 0, sizeof policy);
	return 0;
}

static struct addr
address(uint32_t n)
{
	return addr_v4((const uint8_t[]){ 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n });
}

/* A copy of the hop from one to another, on these cards. */
static struct hop
hop_on(unsigned place, uint32_t from, uint32_t to, uint8_t card_from, uint8_t card_to)
{
	struct message_head m = { .place = (uint16_t)place, .port = PORT, .sender = address(from), .receiver = address(to) };

	m.card_from.b[5] = card_from;
	m.card_to.b[5] = card_to;
	return *routes_hop(routes, &m);
}

static struct hop
hop(unsigned place, uint32_t from, uint32_t to)
{
	return hop_on(place, from, to, (uint8_t)from, (uint8_t)to);
}

static struct route *
route(struct hop from, struct hop to)
{
	return routes_find(routes, &from, &to, true);
}

/* So many pairs, in which these fields differ. */
static void
learn(struct route *r, unsigned pairs, uint32_t field)
{
	for (unsigned i = 0; i < pairs; i++, r->learnt++)
		if (field)
			route_field(r, fieldpath_hl7(field, 1, 5), bytes_of(NULL, 0), true);
}

static void
pass(struct route *r, const char *type, bool passed)
{
	char room[MESSAGE_TYPE] = "";

	strncpy(room, type, sizeof room - 1);
	route_type(r, room, passed);
}

static const uint32_t OBX = 'O' << 16 | 'B' << 8 | 'X', PID = 'P' << 16 | 'I' << 8 | 'D';

static enum route_relation
relation(struct hop a, struct hop b, bool *forward)
{
	bool                back;
	enum route_relation r = route_between(&a, &b, forward);

	/* Whichever is asked about first: the same relation, and one of them is nearer. */
	assert_int_equal(route_between(&b, &a, &back), r);
	assert_int_not_equal(back, *forward);
	return r;
}

static void
what_two_hops_are_to_each_other(void **state)
{
	bool forward;

	(void)state;
	assert_int_equal(relation(hop_on(A, MONITOR, RECORD, MONITOR, THIEF), hop_on(A, MONITOR, RECORD, THIEF, RECORD), &forward), ROUTE_LEGS);
	assert_true(forward);
	assert_int_equal(relation(hop(B, MONITOR, RECORD), hop(A, MONITOR, RECORD), &forward), ROUTE_TAPS);
	assert_false(forward); /* the first tap is the clients' */
	assert_int_equal(relation(hop(A, MONITOR, ENGINE), hop(A, ENGINE, RECORD), &forward), ROUTE_ENGINE);
	assert_true(forward);
}

static void
two_senders_of_the_same_are_no_way(void **state)
{
	struct hop a = hop(A, MONITOR, RECORD), b = hop(A, OTHER, RECORD);
	bool       forward;

	(void)state;
	assert_int_equal(route_between(&a, &b, &forward), ROUTE_NONE);
	assert_int_equal(route_between(&a, &a, &forward), ROUTE_NONE);
}

static void
a_route_is_found_again_and_not_made_unasked(void **state)
{
	struct hop a = hop(A, MONITOR, ENGINE), b = hop(A, ENGINE, RECORD);

	(void)state;
	assert_null(routes_find(routes, &a, &b, false));
	struct route *r = routes_find(routes, &a, &b, true);
	assert_non_null(r);
	assert_ptr_equal(route(hop(A, MONITOR, ENGINE), hop(A, ENGINE, RECORD)), r);
	assert_ptr_equal(routes_at(routes, routes_number(routes, r)), r);
	assert_null(routes_find(routes, &b, &a, false));
}

static void
a_way_is_relied_upon_after_pairs_of_its_kind(void **state)
{
	struct route *strict = route(hop(A, MONITOR, RECORD), hop(B, MONITOR, RECORD)), *engine = route(hop(A, MONITOR, ENGINE), hop(A, ENGINE, RECORD)),
	             *other = route(hop(A, MONITOR, ENGINE), hop(A, OTHER, RECORD));

	(void)state;
	assert_true(route_strict(strict) && !route_strict(engine) && !route_strict(other));
	assert_int_equal(other->relation, ROUTE_OTHER);
	for (unsigned n = 0; n < 6; n++) {
		strict->learnt = engine->learnt = other->learnt = n;
		assert_int_equal(route_known(strict), n >= 1);
		assert_int_equal(route_known(engine), n >= 3);
		assert_int_equal(route_known(other), n >= 5);
	}
}

static void
what_differs_in_nearly_all_pairs_is_a_habit(void **state)
{
	struct route *r = route(hop(A, MONITOR, ENGINE), hop(A, ENGINE, RECORD));

	(void)state;
	assert_int_equal(route_field(r, fieldpath_hl7(OBX, 1, 5), bytes_of(NULL, 0), true), ROUTE_UNCLEAR);
	learn(r, ROUTE_LEARNT, OBX);
	assert_int_equal(route_field(r, fieldpath_hl7(OBX, 2, 5), bytes_of(NULL, 0), false), ROUTE_HABIT);
	assert_true(route_rewrites(r, "OBX.5"));
	learn(r, 5, 0); /* from then on it leaves it as it is */
	assert_int_equal(route_field(r, fieldpath_hl7(OBX, 1, 5), bytes_of(NULL, 0), false), ROUTE_ODD);
	assert_false(route_rewrites(r, "OBX.5"));
}

static void
what_differs_for_the_first_time_is_odd(void **state)
{
	struct route *r = route(hop(A, MONITOR, ENGINE), hop(A, ENGINE, RECORD));

	(void)state;
	learn(r, 20, OBX);
	assert_int_equal(route_field(r, fieldpath_hl7(PID, 1, 5), bytes_of(NULL, 0), true), ROUTE_ODD);
}

static void
occurrences_in_one_pair_count_once(void **state)
{
	struct route *r = route(hop(A, MONITOR, ENGINE), hop(A, ENGINE, RECORD));

	(void)state;
	for (uint32_t i = 1; i <= 9; i++)
		route_field(r, fieldpath_hl7(OBX, i, 5), bytes_of(NULL, 0), true);
	assert_int_equal(r->rewrites, 1);
	assert_int_equal(r->rewrite[0].differed, 1);
	assert_string_equal(r->rewrite[0].field, "OBX.5");
}

static void
where_nothing_may_change_no_habit_is_learnt(void **state)
{
	struct route *r = route(hop(A, MONITOR, RECORD), hop(B, MONITOR, RECORD));

	(void)state;
	for (int i = 0; i < 50; i++, r->learnt++)
		assert_int_equal(route_field(r, fieldpath_hl7(OBX, 1, 5), bytes_of(NULL, 0), true), ROUTE_ODD);
	assert_int_equal(r->rewrites, 0);
}

static void
what_the_policy_says_is_neither_learnt_nor_unlearnt(void **state)
{
	struct policy_message *m = &policy.message[policy.messages++];

	(void)state;
	m->from.any = m->to.any = true;
	m->port = PORT;
	memcpy(m->rewrite[m->rewrites++], "OBX.5", sizeof "OBX.5");
	struct route *r = route(hop(A, MONITOR, ENGINE), hop(A, ENGINE, RECORD));
	assert_ptr_equal(r->rule, m);
	for (int i = 0; i < 50; i++, r->learnt++) {
		assert_int_equal(route_field(r, fieldpath_hl7(OBX, 1, 5), bytes_of(NULL, 0), true), ROUTE_HABIT);
		assert_int_equal(route_field(r, fieldpath_hl7(PID, 1, 5), bytes_of(NULL, 0), true), ROUTE_ODD);
	}
}

static void
the_same_way_on_other_cards_has_the_habits_already(void **state)
{
	struct route *r = route(hop(A, MONITOR, ENGINE), hop(A, ENGINE, RECORD));

	(void)state;
	learn(r, 10, OBX);
	struct route *o = route(hop_on(A, MONITOR, ENGINE, MONITOR, 9), hop_on(A, ENGINE, RECORD, 9, RECORD));
	assert_ptr_not_equal(o, r);
	assert_true(route_known(o) && route_rewrites(o, "OBX.5"));
	assert_int_equal(o->counts.pairs, 0);
}

static void
a_type_is_expected_where_most_of_its_kind_came_through(void **state)
{
	struct route *r = route(hop(A, MONITOR, ENGINE), hop(A, ENGINE, RECORD));

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_false(route_expects(r, "ORU^R01"));
		pass(r, "ORU^R01", true);
		pass(r, "ADT^A08", false);
	}
	assert_true(route_expects(r, "ORU^R01"));
	assert_false(route_expects(r, "ADT^A08"));
	assert_false(route_expects(r, "ORM^O01"));
	for (int i = 0; i < 3; i++)
		pass(r, "ORU^R01", false);
	assert_false(route_expects(r, "ORU^R01"));
}

static void
late_is_beyond_what_is_usual_or_beyond_the_bound(void **state)
{
	struct route *r = route(hop(A, MONITOR, ENGINE), hop(A, ENGINE, RECORD));

	(void)state;
	assert_true(route_late(r, 5001, 5000)); /* before anything is learnt */
	for (; r->learnt < 20; r->learnt++)
		assert_false(route_late(r, 10000 + (int64_t)r->learnt * 100, 0));
	assert_false(route_late(r, 900000, 0)); /* TCP may have repaired a loss */
	assert_true(route_late(r, 60000000, 0));
	assert_true(route_late(r, 60000000, 0)); /* and is not learnt */
}

static void
the_clocks_of_two_taps_may_differ(void **state)
{
	struct route *r = route(hop(A, MONITOR, RECORD), hop(B, MONITOR, RECORD));

	(void)state;
	for (; r->learnt < 20; r->learnt++)
		assert_false(route_late(r, -3600000000 + (int64_t)(r->learnt % 5) * 1000, 0));
	assert_true(route_late(r, 0, 0)); /* an hour later than all others */
}

static void
what_a_route_is_in_one_word(void **state)
{
	struct route *legs = route(hop_on(A, MONITOR, RECORD, MONITOR, THIEF), hop_on(A, MONITOR, RECORD, THIEF, RECORD)),
	             *taps = route(hop(A, OTHER, RECORD), hop(B, OTHER, RECORD)), *r = route(hop(A, MONITOR, ENGINE), hop(A, ENGINE, RECORD));

	(void)state;
	assert_string_equal(route_kind(routes, legs), "relayed");
	assert_string_equal(route_kind(routes, taps), "direct");
	r->learnt = 10;
	for (int i = 0; i < 20; i++)
		pass(r, "ORU^R01", true);
	assert_string_equal(route_kind(routes, r), "relay");
	for (int i = 0; i < 10; i++)
		pass(r, "ADT^A08", false);
	assert_string_equal(route_kind(routes, r), "filter");
	struct route *second = route(hop(A, MONITOR, ENGINE), hop(A, ENGINE, OTHER));
	assert_string_equal(route_kind(routes, r), "filter"); /* one message there is no way yet */
	second->learnt = 10;
	assert_string_equal(route_kind(routes, r), "fan-out");
	assert_string_equal(route_kind(routes, second), "fan-out");
	r->parts = r->counts.pairs = 10;
	assert_string_equal(route_kind(routes, r), "split");
	struct route *third = route(hop(A, OTHER + 1, ENGINE), hop(A, ENGINE, OTHER + 2)), *fourth = route(hop(A, OTHER + 3, ENGINE), hop(A, ENGINE, OTHER + 2));
	third->learnt = fourth->learnt = 10;
	assert_string_equal(route_kind(routes, third), "merge");
}

static void
segments_that_go_into_no_part_are_a_habit_or_are_missing(void **state)
{
	struct route  *r = route(hop(A, MONITOR, ENGINE), hop(A, ENGINE, RECORD));
	const uint32_t NTE = 'N' << 16 | 'T' << 8 | 'E';

	(void)state;
	for (; r->wholes < ROUTE_LEARNT; r->wholes++) {
		assert_int_equal(route_left(r, NTE), ROUTE_UNCLEAR);
		assert_int_equal(route_left(r, NTE), ROUTE_UNCLEAR); /* once a whole, however many */
	}
	assert_int_equal(route_left(r, NTE), ROUTE_HABIT);
	assert_int_equal(route_left(r, OBX), ROUTE_ODD);
}

static void
an_engine_makes_what_the_policy_says_or_what_it_made_in_the_shadow_period(void **state)
{
	static const char ADT[MESSAGE_TYPE] = "ADT^A08", ORU[MESSAGE_TYPE] = "ORU^R01", NEW[MESSAGE_TYPE] = "ADT^A31";
	struct route     *r = route(hop(A, MONITOR, ENGINE), hop(A, ENGINE, RECORD));

	(void)state;
	route_came(r, ORU);
	assert_int_equal(route_makes(r, ORU), ROUTE_ODD);
	for (int i = 1; i < ROUTE_MADE; i++)
		assert_int_equal(route_makes(r, ADT), ROUTE_UNCLEAR);
	assert_int_equal(route_makes(r, ADT), ROUTE_HABIT);
	assert_true(route_originates(r, 1) && !route_originates(r, 0));
	r->learnt = ROUTE_SHADOW;
	assert_int_equal(route_makes(r, ADT), ROUTE_HABIT);
	assert_int_equal(route_makes(r, NEW), ROUTE_ODD);
	struct policy_message rule = { .originates = 1, .originate = { "ORU^R01" } };
	r->rule = &rule;
	assert_int_equal(route_makes(r, ORU), ROUTE_HABIT);
	assert_int_equal(route_makes(r, ADT), ROUTE_ODD);
}

static void
a_hop_has_so_many_routes_and_no_more(void **state)
{
	uint32_t at = 0, n = 0;

	(void)state;
	for (uint32_t i = 0; i < 2 * ROUTE_OUT; i++)
		assert_int_equal(route(hop(A, MONITOR, ENGINE), hop(A, ENGINE, 100 + i)) != NULL, i < ROUTE_OUT);
	/* The other end's list is full: nothing is left behind at this one. */
	for (uint32_t i = 0; i < 2 * ROUTE_OUT; i++)
		assert_int_equal(route(hop(A, 200 + i, RECORD), hop(A, RECORD, OTHER)) != NULL, i < ROUTE_OUT);
	while (routes_each(routes, &at))
		n++;
	assert_int_equal(n, 2 * ROUTE_OUT);
}

static void
hops_that_go_take_their_routes_and_no_others(void **state)
{
	struct route *first = route(hop(A, MONITOR, ENGINE), hop(A, ENGINE, RECORD));
	uint16_t      number = routes_number(routes, first);

	(void)state;
	/* One end of the first is kept in use; the other goes, and then its number is another's. */
	for (uint32_t i = 0; i < ROUTE_HOPS; i++) {
		hop(A, 1000 + i, 5);
		hop(A, MONITOR, ENGINE);
	}
	assert_null(routes_at(routes, number));
	struct route *next = route(hop(A, 90001, ENGINE), hop(A, ENGINE, 90002));
	assert_int_equal(routes_number(routes, next), number);
	/* Now that end goes too. */
	for (uint32_t i = 0; i < ROUTE_HOPS; i++) {
		hop(A, 5000 + i, 5);
		hop(A, 90001, ENGINE);
		hop(A, ENGINE, 90002);
	}
	assert_ptr_equal(routes_at(routes, number), next);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(what_two_hops_are_to_each_other),
		TEST(two_senders_of_the_same_are_no_way),
		TEST(a_route_is_found_again_and_not_made_unasked),
		TEST(a_way_is_relied_upon_after_pairs_of_its_kind),
		TEST(what_differs_in_nearly_all_pairs_is_a_habit),
		TEST(what_differs_for_the_first_time_is_odd),
		TEST(occurrences_in_one_pair_count_once),
		TEST(where_nothing_may_change_no_habit_is_learnt),
		TEST(what_the_policy_says_is_neither_learnt_nor_unlearnt),
		TEST(the_same_way_on_other_cards_has_the_habits_already),
		TEST(a_type_is_expected_where_most_of_its_kind_came_through),
		TEST(late_is_beyond_what_is_usual_or_beyond_the_bound),
		TEST(the_clocks_of_two_taps_may_differ),
		TEST(what_a_route_is_in_one_word),
		TEST(segments_that_go_into_no_part_are_a_habit_or_are_missing),
		TEST(an_engine_makes_what_the_policy_says_or_what_it_made_in_the_shadow_period),
		TEST(a_hop_has_so_many_routes_and_no_more),
		TEST(hops_that_go_take_their_routes_and_no_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
