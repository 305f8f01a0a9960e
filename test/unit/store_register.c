#include "test/unit/check.h"

#include <stdio.h>
#include <unistd.h>

#include "store/register.h"

static char path[64];
static struct register_file *file;

static int
setup(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "/tmp/paravent_register_%d.db", (int)getpid());
	unlink(path);
	return register_open(path, true, &file) != OK;
}

static int
teardown(void **state)
{
	(void)state;
	register_free(file);
	return unlink(path);
}

static struct register_row
row(uint8_t n)
{
	struct register_row c = { .subject = "pump1", .names = "", .profile = "device", .device = "pump1", .issued = 100 + n, .from = 100, .until = 1000, .der = LIT("der") };

	c.serial[0] = n;
	return c;
}

static void
what_is_committed_is_there_and_what_is_rolled_back_is_not(void **state)
{
	struct register_row one = row(1), two = row(2), got;
	int64_t             last;

	(void)state;
	assert_int_equal(register_begin(file), OK);
	assert_int_equal(register_put(file, &one), OK);
	assert_int_equal(register_commit(file), OK);
	assert_int_equal(register_begin(file), OK);
	assert_int_equal(register_put(file, &two), OK);
	register_rollback(file);
	assert_int_equal(register_get(file, one.serial, &got), OK);
	assert_string_equal(got.subject, "pump1");
	assert_true(bytes_equal(got.der, LIT("der")));
	assert_int_equal(register_get(file, two.serial, &got), ERR_NOTFOUND);
	assert_int_equal(register_last(file, &last), OK);
	assert_int_equal(last, 101);
}

static void
a_serial_number_is_given_once(void **state)
{
	struct register_row one = row(1);

	(void)state;
	assert_int_not_equal(register_put(file, &one), OK);
}

static bool
count(void *context, const struct register_row *c)
{
	assert_int_equal(c->serial[0], 1);
	++*(int *)context;
	return true;
}

static void
another_process_sees_a_revocation_at_once(void **state)
{
	struct register_file *other;
	struct register_row   one = row(1), got;
	int64_t               before, after;
	int                   n = 0;

	(void)state;
	assert_int_equal(register_open(path, false, &other), OK);
	assert_int_equal(register_get(other, one.serial, &got), OK);
	assert_int_equal(got.revoked, 0);
	register_done(other);
	assert_int_equal(register_version(other, &before), OK);
	assert_int_equal(register_revoke(file, one.serial, 500, 1), OK);
	assert_int_equal(register_version(other, &after), OK);
	assert_int_not_equal(before, after);
	assert_int_equal(register_get(other, one.serial, &got), OK);
	assert_int_equal(got.revoked, 500);
	register_free(other);
	assert_int_equal(register_revoke(file, one.serial, 600, 1), ERR_USAGE);
	assert_int_equal(register_revoked(file, 1000, count, &n), OK);
	assert_int_equal(n, 1);
	assert_int_equal(register_revoked(file, 1001, count, &n), OK);
	assert_int_equal(n, 1);
}

static void
who_waits_is_answered_once(void **state)
{
	struct register_request q = { .asked = 1, .csr = LIT("csr"), .subject = "pump1", .profile = "device", .device = "", .why = "unknown", .ticket = "t" }, got;
	const uint8_t           serial[REGISTER_SERIAL] = { 7 };
	int64_t                 id, again;

	(void)state;
	assert_int_equal(register_ask(file, &q, &id), OK);
	assert_int_equal(register_asked(file, id, &got), OK);
	assert_true(bytes_equal(got.csr, LIT("csr")));
	assert_int_equal(register_ask(file, &q, &again), OK);
	assert_int_equal(again, id);
	assert_int_equal(register_answer(file, id, serial), OK);
	assert_int_equal(register_answer(file, id, serial), ERR_NOTFOUND);
	assert_int_equal(register_asked(file, id, &got), ERR_NOTFOUND);
	assert_int_equal(register_ticket(file, "t", &got), OK);
	assert_int_equal(got.state, REGISTER_ISSUED);
	assert_memory_equal(got.serial, serial, sizeof serial);
	assert_int_equal(register_ask(file, &q, &again), OK);
	assert_int_equal(register_answer(file, again, NULL), OK);
	assert_int_equal(register_ticket(file, "t", &got), OK);
	assert_int_equal(got.state, REGISTER_DENIED);
}

static void
only_so_many_wait(void **state)
{
	char                    ticket[16];
	struct register_request q = { .csr = LIT("csr"), .subject = "pump1", .profile = "device", .device = "", .why = "unknown", .ticket = ticket };
	int64_t                 id;
	enum err                e = OK;
	int                     n = 0;

	(void)state;
	assert_int_equal(register_begin(file), OK);
	for (; !e && n <= REGISTER_WAITING; n++) {
		snprintf(ticket, sizeof ticket, "n%d", n);
		e = register_ask(file, &q, &id);
	}
	assert_int_equal(e, ERR_LIMIT);
	assert_int_equal(n - 1, REGISTER_WAITING);
	register_rollback(file);
}

static void
a_code_is_used_up_with_what_it_was_used_for_or_not_at_all(void **state)
{
	struct register_code c = { .device = "pump1", .profile = "device", .salt = { 1 }, .hash = { 2 }, .until = 9 }, got;

	(void)state;
	assert_int_equal(register_code_put(file, &c), OK);
	assert_int_equal(register_begin(file), OK);
	assert_int_equal(register_code_drop(file, "pump1"), OK);
	register_rollback(file);
	assert_int_equal(register_code_get(file, "pump1", &got), OK);
	assert_memory_equal(got.hash, c.hash, sizeof c.hash);
	assert_int_equal(got.until, 9);
	assert_int_equal(register_begin(file), OK);
	assert_int_equal(register_code_drop(file, "pump1"), OK);
	assert_int_equal(register_commit(file), OK);
	assert_int_equal(register_code_get(file, "pump1", &got), ERR_NOTFOUND);
	assert_int_equal(register_code_drop(file, "pump1"), ERR_NOTFOUND);
}

static void
each_generation_answers_for_its_own(void **state)
{
	struct register_row second = row(9);
	int64_t             revoked, live, after = 0;
	unsigned            reason, n = 4;
	uint8_t             serial[4][REGISTER_SERIAL];

	(void)state;
	second.issuer = 2;
	second.until = INT64_C(1) << 40;
	assert_int_equal(register_put(file, &second), OK);
	assert_int_equal(register_status(file, 2, second.serial, &revoked, &reason), OK);
	assert_int_equal(revoked, 0);
	assert_int_equal(register_status(file, 1, second.serial, &revoked, &reason), ERR_NOTFOUND);
	assert_int_equal(register_issuer_live(file, 2, &live), OK);
	assert_int_equal(live, 1);
	assert_int_equal(register_live(file, 2, 500, &after, serial, &n), OK);
	assert_int_equal(n, 1);
	assert_memory_equal(serial[0], second.serial, REGISTER_SERIAL);
	n = 4; /* and none behind it */
	assert_int_equal(register_live(file, 2, 500, &after, serial, &n), OK);
	assert_int_equal(n, 0);
	assert_int_equal(register_revoke(file, second.serial, 700, 4), OK);
	assert_int_equal(register_status(file, 2, second.serial, &revoked, &reason), OK);
	assert_int_equal(revoked, 700);
	assert_int_equal(reason, 4);
	assert_int_equal(register_issuer_live(file, 2, &live), OK);
	assert_int_equal(live, 0);
}

static void
the_live_come_in_steps_and_none_is_left_out(void **state)
{
	enum { MANY = 25 };
	uint8_t  serial[8][REGISTER_SERIAL], seen[256] = { 0 };
	int64_t  after = 0;
	unsigned n, total = 0;

	(void)state;
	for (uint8_t i = 0; i < MANY; i++) {
		struct register_row c = row((uint8_t)(100 + i));
		c.issuer = 3;
		assert_int_equal(register_put(file, &c), OK);
	}
	do {
		n = 8;
		assert_int_equal(register_live(file, 3, 1000, &after, serial, &n), OK);
		for (unsigned i = 0; i < n; i++)
			assert_int_equal(seen[serial[i][0]]++, 0);
		total += n;
	} while (n);
	assert_int_equal(total, MANY);
	after = 0;
	n = 8;
	assert_int_equal(register_live(file, 3, 1001, &after, serial, &n), OK); /* all have ended */
	assert_int_equal(n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_committed_is_there_and_what_is_rolled_back_is_not),
		cmocka_unit_test(a_serial_number_is_given_once),
		cmocka_unit_test(another_process_sees_a_revocation_at_once),
		cmocka_unit_test(who_waits_is_answered_once),
		cmocka_unit_test(only_so_many_wait),
		cmocka_unit_test(each_generation_answers_for_its_own),
		cmocka_unit_test(the_live_come_in_steps_and_none_is_left_out),
		cmocka_unit_test(a_code_is_used_up_with_what_it_was_used_for_or_not_at_all),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
