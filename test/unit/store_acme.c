#include "test/unit/check.h"

#include <stdio.h>
#include <unistd.h>

#include "store/acme.h"

static char                  path[64];
static struct register_file *file;
static struct acme_file     *acme;
static struct acme_store     s;

static int
setup(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "/tmp/paravent_acme_%d.db", (int)getpid());
	unlink(path);
	if (register_open(path, true, &file) || acme_open(file, &acme))
		return 1;
	s = acme_store(acme);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	acme_close(acme);
	register_free(file);
	return unlink(path);
}

static struct acme_account
account(uint8_t n)
{
	struct acme_account a = { .state = ACME_VALID, .thumbprint = { n }, .spki = { 1, 2, 3, n }, .spki_len = 4, .device = "pump1", .profile = "server", .contact = "[]", .made = 100 };

	assert_int_equal(s.put_account(s.at, &a), OK);
	assert_true(a.id > 0);
	return a;
}

/* Field by field: what lies between them may be anything. */
#define SAME(a, b, field) assert_memory_equal(&(a)->field, &(b)->field, sizeof (a)->field)

static void
same_account(const struct acme_account *a, const struct acme_account *b)
{
	SAME(a, b, id), SAME(a, b, state), SAME(a, b, thumbprint), SAME(a, b, spki_len), SAME(a, b, made);
	assert_memory_equal(a->spki, b->spki, a->spki_len);
	assert_string_equal(a->device, b->device);
	assert_string_equal(a->profile, b->profile);
	assert_string_equal(a->contact, b->contact);
}

static void
same_order(const struct acme_order *a, const struct acme_order *b)
{
	SAME(a, b, id), SAME(a, b, account), SAME(a, b, state), SAME(a, b, made), SAME(a, b, expires);
	SAME(a, b, certified), SAME(a, b, serial), SAME(a, b, replacing), SAME(a, b, replaces);
	assert_string_equal(a->says, b->says);
}

static void
same_authorization(const struct acme_authorization *a, const struct acme_authorization *b)
{
	SAME(a, b, id), SAME(a, b, order), SAME(a, b, account), SAME(a, b, ip), SAME(a, b, state), SAME(a, b, expires);
	SAME(a, b, token), SAME(a, b, tried), SAME(a, b, challenge), SAME(a, b, when);
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->trouble, b->trouble);
	assert_string_equal(a->says, b->says);
}

static void
an_account_comes_back_as_it_was_put_by_its_number_and_its_key(void **state)
{
	struct acme_account a = account(1), got;

	(void)state;
	assert_int_equal(s.account(s.at, a.id, &got), OK);
	same_account(&got, &a);
	a.thumbprint[0] = 9;
	a.state = ACME_DEACTIVATED;
	assert_int_equal(s.put_account(s.at, &a), OK);
	assert_int_equal(s.account_of(s.at, a.thumbprint, &got), OK);
	same_account(&got, &a);
	assert_int_equal(s.account_of(s.at, (const uint8_t[32]){ 1 }, &got), ERR_NOTFOUND);
	assert_int_equal(s.account(s.at, 999, &got), ERR_NOTFOUND);
}

static void
two_accounts_of_one_key_there_are_not(void **state)
{
	struct acme_account a = account(20), b = a;

	(void)state;
	b.id = 0;
	assert_int_not_equal(s.put_account(s.at, &b), OK);
}

static void
a_binding_is_made_once_and_remembers_for_whom_it_was_used(void **state)
{
	struct acme_binding b = { .kid = "kid", .has_key = true, .key = { 7 }, .device = "pump1", .profile = "server" }, got;

	(void)state;
	assert_int_equal(acme_admit(acme, &b, 1), OK);
	assert_int_equal(acme_admit(acme, &b, 1), ERR_USAGE);
	assert_int_equal(s.bind(s.at, "kid", 5), OK);
	assert_int_equal(s.binding(s.at, "kid", &got), OK);
	assert_int_equal(got.account, 5);
	assert_true(got.has_key);
	assert_memory_equal(got.key, b.key, 32);
	assert_int_equal(s.binding(s.at, "kid' OR 1=1 --", &got), ERR_NOTFOUND);
}

static void
an_order_and_its_authorizations_come_back(void **state)
{
	struct acme_account       a = account(2);
	struct acme_order         o = { .account = a.id, .state = ACME_PENDING, .made = 100, .expires = 1000, .replacing = true, .replaces = { 4 } }, got;
	struct acme_authorization z = { .account = a.id, .ip = true, .name = "10.20.3.7", .state = ACME_INVALID, .expires = 1000, .token = { 5 }, .tried = ACME_HTTP,
	                                .challenge = ACME_INVALID, .when = 150, .trouble = "dns", .says = "has no address" }, all[4];
	unsigned                  n = 4;

	(void)state;
	assert_int_equal(s.put_order(s.at, &o), OK);
	z.order = o.id;
	assert_int_equal(s.put_authorization(s.at, &z), OK);
	assert_int_equal(s.authorizations(s.at, o.id, all, &n), OK);
	assert_int_equal(n, 1);
	same_authorization(&all[0], &z);
	assert_int_equal(s.order_for(s.at, o.replaces, &got), OK);
	same_order(&got, &o);
	o.certified = true;
	o.serial[0] = 6;
	o.state = ACME_VALID;
	assert_int_equal(s.put_order(s.at, &o), OK);
	assert_int_equal(s.order_of(s.at, o.serial, &got), OK);
	same_order(&got, &o);
}

static void
what_has_ended_is_forgotten_and_the_rest_counted(void **state)
{
	struct acme_account       a = account(3);
	struct acme_order         open = { .account = a.id, .state = ACME_PENDING, .made = 5000, .expires = 9000 }, ended = { .account = a.id, .state = ACME_INVALID, .made = 10, .expires = 4000 };
	struct acme_authorization z = { .account = a.id, .name = "a", .state = ACME_INVALID, .when = 5000, .expires = 9000 };
	struct acme_counts        n;
	struct acme_order         got;

	(void)state;
	assert_int_equal(s.put_order(s.at, &open), OK);
	assert_int_equal(s.put_order(s.at, &ended), OK);
	z.order = open.id;
	assert_int_equal(s.put_authorization(s.at, &z), OK);
	assert_int_equal(s.count(s.at, a.id, 5001, &n), OK);
	assert_int_equal(n.orders, 1);
	assert_int_equal(n.open, 1);
	assert_int_equal(n.hourly, 1);
	assert_int_equal(n.failures, 1);
	assert_int_equal(s.order(s.at, ended.id, &got), ERR_NOTFOUND);
	assert_int_equal(s.count(s.at, a.id, 8700, &n), OK);
	assert_int_equal(n.hourly, 0);
	assert_int_equal(n.failures, 0);
	assert_int_equal(s.count(s.at, a.id, 9001, &n), OK);
	assert_int_equal(n.orders, 0);
	assert_int_equal(s.authorization(s.at, z.id, &z), ERR_NOTFOUND);
}

static void
orders_come_in_pages(void **state)
{
	struct acme_account a = account(4);
	int64_t             id[3];
	unsigned            n = 3;

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct acme_order o = { .account = a.id, .state = ACME_READY, .made = 1, .expires = INT64_MAX };
		assert_int_equal(s.put_order(s.at, &o), OK);
	}
	assert_int_equal(s.orders(s.at, a.id, 0, id, &n), OK);
	assert_int_equal(n, 3);
	assert_int_equal(s.orders(s.at, a.id, id[2], id, &n), OK);
	assert_int_equal(n, 2);
}

static void
what_is_rolled_back_was_never_there(void **state)
{
	struct acme_account a = account(5);
	struct acme_order   o = { .account = a.id, .state = ACME_PENDING, .expires = 1000 }, got;

	(void)state;
	assert_int_equal(register_begin(file), OK);
	assert_int_equal(s.put_order(s.at, &o), OK);
	register_rollback(file);
	assert_int_equal(s.order(s.at, o.id, &got), ERR_NOTFOUND);
}

static void
a_certificate_is_the_registers(void **state)
{
	static struct acme_certificate c;
	struct register_row            row = { .serial = { 8 }, .subject = "pump1", .names = "", .profile = "server", .device = "pump1", .issued = 1, .from = 1, .until = 9, .der = LIT("der") };

	(void)state;
	assert_int_equal(register_put(file, &row), OK);
	assert_int_equal(s.certificate(s.at, row.serial, &c), OK);
	assert_int_equal(c.len, 3);
	assert_string_equal(c.device, "pump1");
	assert_int_equal(register_revoke(file, row.serial, 5, 1), OK);
	assert_int_equal(s.certificate(s.at, row.serial, &c), OK);
	assert_int_equal(c.revoked, 5);
	assert_int_equal(s.certificate(s.at, (const uint8_t[16]){ 9 }, &c), ERR_NOTFOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_comes_back_as_it_was_put_by_its_number_and_its_key),
		cmocka_unit_test(two_accounts_of_one_key_there_are_not),
		cmocka_unit_test(a_binding_is_made_once_and_remembers_for_whom_it_was_used),
		cmocka_unit_test(an_order_and_its_authorizations_come_back),
		cmocka_unit_test(what_has_ended_is_forgotten_and_the_rest_counted),
		cmocka_unit_test(orders_come_in_pages),
		cmocka_unit_test(what_is_rolled_back_was_never_there),
		cmocka_unit_test(a_certificate_is_the_registers),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
