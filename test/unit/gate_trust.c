#include "test/unit/check.h"

#include "base/memory.h"
#include "crypt/hash.h"
#include "gate/block.h"
#include "gate/trust.h"

static const uint8_t CA[32] = { 1 }, OTHER[32] = { 2 };

static void
a_list_says_who_is_revoked_and_until_when_all_others_are_good(void **state)
{
	struct trust   *t = memory_new(1, sizeof *t);
	struct trust_id bad = trust_id_of(CA, LIT("\x10")), good = trust_id_of(CA, LIT("\x11")), foreign = trust_id_of(OTHER, LIT("\x10"));

	(void)state;
	assert_int_equal(hash_init(), OK);
	assert_int_equal(trust_ask(t, &bad, (struct instant){ 5 }), TRUST_SILENT);
	struct trust_edition *e = trust_begin(t);
	assert_int_equal(trust_issuer(e, CA, (struct instant){ 1 }, (struct instant){ 100 }), OK);
	assert_int_equal(trust_put(e, &bad, TRUST_REVOKED, (struct instant){ 0 }), OK);
	assert_int_equal(trust_ask(t, &bad, (struct instant){ 5 }), TRUST_SILENT); /* not shown yet */
	trust_show(t);
	assert_int_equal(trust_ask(t, &bad, (struct instant){ 5 }), TRUST_REVOKED);
	assert_int_equal(trust_ask(t, &bad, (struct instant){ 500 }), TRUST_REVOKED); /* for good */
	assert_int_equal(trust_ask(t, &good, (struct instant){ 5 }), TRUST_GOOD);
	assert_int_equal(trust_ask(t, &good, (struct instant){ 100 }), TRUST_SILENT);
	assert_int_equal(trust_ask(t, &foreign, (struct instant){ 5 }), TRUST_SILENT);
	memory_free(t);
}

static void
of_a_list_in_parts_the_part_that_ends_first_counts(void **state)
{
	struct trust   *t = memory_new(1, sizeof *t);
	struct trust_id good = trust_id_of(CA, LIT("\x11"));

	(void)state;
	struct trust_edition *e = trust_begin(t);
	assert_int_equal(trust_issuer(e, CA, (struct instant){ 1 }, (struct instant){ 100 }), OK);
	assert_int_equal(trust_issuer(e, CA, (struct instant){ 1 }, (struct instant){ 50 }), OK);
	trust_show(t);
	assert_int_equal(trust_ask(t, &good, (struct instant){ 60 }), TRUST_SILENT);
	memory_free(t);
}

static void
an_answer_of_a_responder_holds_as_long_as_it_says_and_never_outweighs_a_list(void **state)
{
	struct trust   *t = memory_new(1, sizeof *t);
	struct trust_id id = trust_id_of(CA, LIT("\x12")), listed = trust_id_of(CA, LIT("\x13"));

	(void)state;
	struct trust_edition *e = trust_begin(t);
	assert_int_equal(trust_put(e, &id, TRUST_GOOD, (struct instant){ 50 }), OK);
	assert_int_equal(trust_put(e, &listed, TRUST_REVOKED, (struct instant){ 0 }), OK);
	assert_int_equal(trust_put(e, &listed, TRUST_GOOD, (struct instant){ 50 }), OK);
	trust_show(t);
	assert_int_equal(trust_ask(t, &id, (struct instant){ 49 }), TRUST_GOOD);
	assert_int_equal(trust_ask(t, &id, (struct instant){ 50 }), TRUST_SILENT);
	assert_int_equal(trust_ask(t, &listed, (struct instant){ 10 }), TRUST_REVOKED);
	memory_free(t);
}

static void
an_edition_is_full_at_its_limit_and_says_so(void **state)
{
	struct trust         *t = memory_new(1, sizeof *t);
	struct trust_edition *e = trust_begin(t);
	enum err              last = OK;

	(void)state;
	for (uint32_t i = 0; i <= TRUST_IDS / 2 && !last; i++) {
		struct trust_id id = trust_id_of(CA, bytes_of(&i, sizeof i));
		last = trust_put(e, &id, TRUST_REVOKED, (struct instant){ 0 });
	}
	assert_int_equal(last, ERR_LIMIT);
	assert_int_equal(e->ids, TRUST_IDS / 2);
	memory_free(t);
}

static void
a_block_grows_and_what_it_holds_moves_along(void **state)
{
	struct block_pool p = { .most = 256 << 10 };
	struct block      b = { 0 };

	(void)state;
	assert_true(block_take(&p, &b, 1));
	assert_int_equal(b.cap, BLOCK_SMALL);
	memcpy(b.at, "goneheldmore", 12);
	b.from = 4;
	b.head = 8;
	b.mark = 10;
	b.tail = 12;
	assert_true(block_take(&p, &b, BLOCK_SMALL + 1));
	assert_int_equal(b.cap, BLOCK_LARGE);
	assert_memory_equal(b.at, "heldmore", 8);
	assert_int_equal(b.from, 0);
	assert_int_equal(b.head, 4);
	assert_int_equal(b.mark, 6);
	assert_int_equal(b.tail, 8);
	assert_int_equal(block_ready(&b).len, 2);
	assert_false(block_take(&p, &b, 512 << 10)); /* the ceiling of all */
	assert_int_equal(b.tail, 8);
	block_give(&p, &b);
	assert_int_equal(p.taken, 0);
	assert_null(b.at);
	block_done(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_says_who_is_revoked_and_until_when_all_others_are_good),
		cmocka_unit_test(of_a_list_in_parts_the_part_that_ends_first_counts),
		cmocka_unit_test(an_answer_of_a_responder_holds_as_long_as_it_says_and_never_outweighs_a_list),
		cmocka_unit_test(an_edition_is_full_at_its_limit_and_says_so),
		cmocka_unit_test(a_block_grows_and_what_it_holds_moves_along),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
