#include "base/memory.h"
#include "judge/sighting.h"
#include "test/unit/check.h"

enum { MEMORY = 1 << 18, OTHER_PROTOCOL = MESSAGE_FHIR };

static struct sightings *seen;
static struct message    said;
static struct meaning    meaning;
static bool              evicted;

static int
begin(void **state)
{
	(void)state;
	memset(&said, 0, sizeof said);
	evicted = false;
	seen = sighting_new(MEMORY, 1);
	return seen ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	sighting_free(seen);
	return 0;
}

/* A message of this id that says n, in so many fields and a pool, all of which follow from n. */
static struct sighting *
enter(uint64_t id, uint64_t n, uint16_t fields, uint16_t pool)
{
	said.head = (struct message_head){ .id = id, .protocol = MESSAGE_HL7, .fields = fields, .pool = pool };
	said.head.body.lo = n + 1;
	for (uint16_t i = 0; i < fields; i++)
		said.field[i] = (struct meaning_field){ fieldpath_hl7(1, i, 5), n * 1000 + i };
	memset(said.text, (int)(n & 0xff), pool);
	return sighting_enter(seen, &said, 7, &evicted);
}

static bool
holds(const struct meaning *m, uint64_t n, uint16_t fields, uint16_t pool)
{
	bool good = m->fields == fields && m->pool_len == pool;

	for (uint16_t i = 0; good && i < fields; i++)
		good = m->field[i].digest == n * 1000 + i;
	for (uint16_t i = 0; good && i < pool; i++)
		good = m->pool[i] == (n & 0xff);
	return good;
}

static uint64_t
size(void)
{
	while (sighting_oldest(seen) == 0)
		enter(0, 0, 0, 0)->settled = true;
	return sighting_next(seen) - 1;
}

static void
too_little_memory_is_refused(void **state)
{
	(void)state;
	assert_null(sighting_new(1000, 1));
}

static void
what_says_the_same_is_found_from_the_latest_back(void **state)
{
	(void)state;
	struct sighting *a = enter(1, 500, 3, 0), *other = enter(2, 501, 3, 0), *b = enter(3, 500, 3, 0);
	assert_ptr_equal(sighting_link(seen, b->before[SIGHTING_BODY]), a);
	assert_null(sighting_link(seen, a->before[SIGHTING_BODY]));
	assert_null(sighting_link(seen, other->before[SIGHTING_BODY]));
	assert_int_equal(b->hop, 7);
}

static void
what_has_the_same_id_is_found_by_protocol(void **state)
{
	(void)state;
	struct sighting *a = enter(9, 1, 0, 0), *b = enter(9, 2, 0, 0);
	assert_ptr_equal(sighting_link(seen, sighting_of_id(seen, 9, MESSAGE_HL7)), b);
	assert_ptr_equal(sighting_link(seen, b->before[SIGHTING_ID]), a);
	assert_int_equal(sighting_of_id(seen, 9, OTHER_PROTOCOL), 0);
	assert_int_equal(sighting_of_id(seen, 10, MESSAGE_HL7), 0);
}

static void
messages_without_an_id_have_none_in_common(void **state)
{
	(void)state;
	enter(0, 1, 0, 0);
	assert_int_equal(enter(0, 2, 0, 0)->before[SIGHTING_ID], 0);
	assert_int_equal(sighting_of_id(seen, 0, MESSAGE_HL7), 0);
}

static void
the_oldest_gives_way_and_its_links_lead_nowhere(void **state)
{
	uint64_t n = size();

	(void)state;
	enter(1, 700, 0, 0);
	uint64_t first = sighting_next(seen) - 1, link = first + 1;
	for (uint64_t i = 1; i < n; i++)
		enter(0, 800, 0, 0)->settled = true;
	assert_non_null(sighting_at(seen, first));
	assert_int_equal(sighting_oldest(seen), first);
	enter(0, 700, 0, 0);
	assert_null(sighting_at(seen, first));
	assert_null(sighting_link(seen, link));
	assert_null(sighting_link(seen, sighting_of_id(seen, 1, MESSAGE_HL7)));
	assert_null(sighting_at(seen, sighting_next(seen)));
}

static void
an_unsettled_one_that_gives_way_is_told(void **state)
{
	uint64_t n = size();

	(void)state;
	for (uint64_t i = 0; i < n; i++) {
		struct sighting *s = enter(0, 0, 0, 0);
		assert_false(evicted);
		s->settled = i % 3 != 0;
	}
	for (uint64_t i = 0; i < n; i++) {
		enter(0, 0, 0, 0);
		assert_int_equal(evicted, i % 3 == 0);
	}
}

/* Of sizes that meet the end of the ring of bytes everywhere. */
static void
fields_are_whole_or_gone(void **state)
{
	uint64_t n = size(), whole = 0;

	(void)state;
	for (uint64_t i = 0; i < 20 * n; i++) {
		uint16_t fields = (uint16_t)(i * 37 % MEANING_FIELDS), pool = (uint16_t)(i * 101 % MEANING_POOL);
		enter(0, i, fields, pool);
		/* All that are still there, every so often: the latest is always whole. */
		for (uint64_t k = sighting_oldest(seen); i % 31 == 0 && k < sighting_next(seen); k++) {
			const struct sighting *s = sighting_at(seen, k);
			uint64_t               was = s->head.body.lo - 1;
			assert_non_null(s);
			sighting_meaning(seen, s, &meaning);
			if (meaning.fields || meaning.pool_len) {
				assert_true(holds(&meaning, was, s->head.fields, s->head.pool));
				whole++;
			}
		}
		sighting_meaning(seen, sighting_at(seen, sighting_next(seen) - 1), &meaning);
		assert_true(holds(&meaning, i, fields, pool));
	}
	assert_true(whole > n);
}

static void
where_it_was_seen_again_is_known(void **state)
{
	(void)state;
	struct sighting *s = enter(1, 1, 0, 0);
	assert_false(sighting_passed(s, 3));
	s->down[s->downs++] = 3;
	assert_true(sighting_passed(s, 3));
	assert_false(sighting_passed(s, 4));
}

static void
no_number_of_messages_takes_memory(void **state)
{
	uint64_t before = memory_taken();

	(void)state;
	for (uint64_t i = 1; i < 100000; i++)
		enter(i, i, (uint16_t)(i % 20), 10);
	assert_int_equal(memory_taken(), before);
}

static void
the_fields_of_known_bytes_are_those_of_who_told_them(void **state)
{
	(void)state;
	enter(1, 3, 20, 100)->head.bytes.lo = 77; /* other bytes that say the same */
	enter(1, 3, 20, 100)->head.bytes.lo = 78;
	said.head.known = true;
	said.head.bytes.lo = 78;
	struct sighting *s = sighting_enter(seen, &said, 8, &evicted);
	memset(&meaning, 0, sizeof meaning);
	sighting_meaning(seen, s, &meaning);
	assert_true(holds(&meaning, 3, 20, 100));
	/* Whoever comes first. */
	said.head.body.lo = 5000;
	said.head.bytes.lo = 79;
	s = sighting_enter(seen, &said, 8, &evicted);
	sighting_meaning(seen, s, &meaning);
	assert_int_equal(meaning.fields, 0);
	enter(2, 4999, 20, 100)->head.bytes.lo = 79;
	sighting_meaning(seen, s, &meaning);
	assert_true(holds(&meaning, 4999, 20, 100));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(the_fields_of_known_bytes_are_those_of_who_told_them),
		TEST(too_little_memory_is_refused),
		TEST(what_says_the_same_is_found_from_the_latest_back),
		TEST(what_has_the_same_id_is_found_by_protocol),
		TEST(messages_without_an_id_have_none_in_common),
		TEST(the_oldest_gives_way_and_its_links_lead_nowhere),
		TEST(an_unsettled_one_that_gives_way_is_told),
		TEST(fields_are_whole_or_gone),
		TEST(where_it_was_seen_again_is_known),
		TEST(no_number_of_messages_takes_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
