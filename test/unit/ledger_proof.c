#include "ledger/view.h"
#include "test/unit/logs.h"

static struct quorum q;
static uint8_t       text[PROOF_SIZE];

static void
trust_the_log(void)
{
	memset(&q, 0, sizeof q);
	q.logs = 1;
	q.log[0].key = logs_options.key;
	q.none = true;
}

static void
every_entry_of_a_log_has_a_proof_that_holds_for_it_alone(void **state)
{
	struct log   *l = logs_open();
	struct view  *v;
	struct proof  p, again;
	struct bytes  entry;

	(void)state;
	trust_the_log();
	for (uint64_t size = 1; size < 700; size += 233) {
		logs_add(l, size, 100);
		assert_int_equal(view_open(logs_dir, &v), OK);
		for (uint64_t i = 0; i < size; i++) {
			struct buf b = buf_over(text, sizeof text);
			assert_int_equal(view_prove(v, i, &p), OK);
			proof_print(&p, &b);
			assert_int_equal(proof_parse(buf_bytes(&b), &again), OK);
			assert_int_equal(view_entry(v, i, &entry), OK);
			assert_int_equal(proof_verify(&again, entry, &q), OK);
			assert_int_equal(proof_verify(&again, logs_entry(i + 1), &q), ERR_FORM);
		}
		assert_int_equal(view_prove(v, size, &p), ERR_USAGE);
		view_free(v);
	}
	log_close(l);
}

static void
a_proof_holds_only_for_a_trusted_log_with_its_witnesses(void **state)
{
	struct log  *l = logs_open();
	struct view *v;
	struct proof p;

	(void)state;
	trust_the_log();
	logs_add(l, 3, 3);
	log_close(l);
	assert_int_equal(view_open(logs_dir, &v), OK);
	assert_int_equal(view_prove(v, 1, &p), OK);
	assert_int_equal(proof_verify(&p, logs_entry(1), &q), OK);
	q.none = false;
	q.needs = 0;
	q.witnesses = 1;
	assert_int_equal(note_key_make("witness.test/w", NOTE_COSIGNATURE, q.log[0].key.key, &q.witness[0].key), OK);
	assert_int_equal(proof_verify(&p, logs_entry(1), &q), ERR_PERM);
	q.logs = 0;
	assert_int_equal(proof_verify(&p, logs_entry(1), &q), ERR_NOTFOUND);
	view_free(v);
}

static void
a_cut_proof_is_refused_and_extra_comes_back(void **state)
{
	struct log  *l = logs_open();
	struct view *v;
	struct proof p, again;
	struct buf   b = buf_over(text, sizeof text);

	(void)state;
	logs_add(l, 5, 5);
	log_close(l);
	assert_int_equal(view_open(logs_dir, &v), OK);
	assert_int_equal(view_prove(v, 4, &p), OK);
	p.extra_n = 5;
	memcpy(p.extra, "extra", 5);
	proof_print(&p, &b);
	assert_int_equal(proof_parse(buf_bytes(&b), &again), OK);
	assert_int_equal(again.extra_n, 5);
	assert_memory_equal(again.extra, "extra", 5);
	EVERY_TRUNCATION_REFUSED(proof_parse, struct proof, buf_bytes(&b));
	view_free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define LOG_TEST(t) cmocka_unit_test_setup_teardown(t, logs_begin, logs_end)
		LOG_TEST(every_entry_of_a_log_has_a_proof_that_holds_for_it_alone),
		LOG_TEST(a_proof_holds_only_for_a_trusted_log_with_its_witnesses),
		LOG_TEST(a_cut_proof_is_refused_and_extra_comes_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
