#include "test/unit/check.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "store/inventory.h"
#include "store/register.h"
#include "store/store.h"

static char pki[64], record[64];

enum { NOW = 1 << 30, DAY = 86400 };

/* Certificate n of pump1, issued here, ending in so many days from the real now. */
static void
issued(struct register_file *r, uint8_t n, uint8_t key, const char *subject, int64_t days)
{
	struct register_row c = { .subject = subject, .names = "", .profile = "device", .device = subject, .issued = NOW, .from = NOW, .until = (int64_t)time(NULL) + days * DAY,
		.der = LIT("der"), .issuer = 1 };

	c.serial[0] = n;
	c.key[0] = key;
	assert_int_equal(register_put(r, &c), OK);
}

/* Certificate n was shown by this address. */
static void
seen(struct store *s, const char *serial, uint8_t key, uint8_t host, uint16_t port, bool weak)
{
	struct record r = { .kind = RECORD_CERTIFICATE, .certificate = { .holder = addr_v4((const uint8_t[]){ 10, 20, 3, host }), .port = port, .when = { INT64_C(1763752711000000) } } };

	r.certificate.certificate.digest[0] = key;
	r.certificate.certificate.digest[1] = host;
	r.certificate.certificate.spki[0] = key;
	r.certificate.certificate.weak = weak;
	snprintf(r.certificate.certificate.serial, sizeof r.certificate.certificate.serial, "%s", serial);
	snprintf(r.certificate.certificate.subject, sizeof r.certificate.certificate.subject, "pump");
	assert_int_equal(store_record(s, &r), OK);
}

static int
setup(void **state)
{
	struct register_file *r;
	struct store         *s;
	struct record         f = { .kind = RECORD_FLOW, .flow = { .client = addr_v4((const uint8_t[]){ 10, 20, 9, 9 }), .server = addr_v4((const uint8_t[]){ 10, 20, 3, 1 }), .port = 443,
		.protocol = 6, .protection = PROTECTION_TLS, .application = "tls" } };

	(void)state;
	snprintf(pki, sizeof pki, "/tmp/paravent_inventory_%d.db", (int)getpid());
	snprintf(record, sizeof record, "/tmp/paravent_inventory_%d.seen", (int)getpid());
	unlink(pki);
	unlink(record);
	assert_int_equal(register_open(pki, true, &r), OK);
	issued(r, 0x91, 1, "pump1", 300); /* its number begins with a zero octet when it is seen */
	issued(r, 0x12, 2, "pump2", 300);
	issued(r, 0x13, 3, "pump3", 5);
	issued(r, 0x14, 4, "pump4", 5);
	issued(r, 0x15, 5, "pump4", 300); /* the next one is there already */
	issued(r, 0x16, 2, "pump5", 300); /* pump2's key */
	register_free(r);
	assert_int_equal(store_open(record, true, &s), OK);
	assert_int_equal(store_begin(s), OK);
	seen(s, "0091000000000000000000000000000000", 1, 1, 443, false);
	seen(s, "12000000000000000000000000000000", 2, 7, 0, false);
	seen(s, "12000000000000000000000000000000", 9, 8, 443, true); /* the number of one of ours, another's key */
	assert_int_equal(store_record(s, &f), OK);
	assert_int_equal(store_commit(s), OK);
	store_free(s);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(record);
	return unlink(pki);
}

struct found {
	char     text[1024];
	unsigned n;
};

static bool
on_row(void *context, int n, const char *const *names, const char *const *values)
{
	struct found *f = context;

	(void)names;
	for (int i = 0; i < n; i++)
		snprintf(f->text + strlen(f->text), sizeof f->text - strlen(f->text), "%s|", values[i] ? values[i] : "");
	f->n++;
	return true;
}

static struct found
ask(const char *question, const char *id)
{
	struct inventory *v;
	struct found      f = { .n = 0 };

	assert_int_equal(inventory_open(pki, record, &v), OK);
	assert_int_equal(inventory_know(v, &(struct inventory_device){ "pump1", "10.20.3.1" }), OK);
	assert_int_equal(inventory_know(v, &(struct inventory_device){ "pump2", "10.20.3.2" }), OK);
	assert_int_equal(inventory_list(v, question, id, on_row, &f), OK);
	inventory_free(v);
	return f;
}

static void
what_was_never_seen_is_told(void **state)
{
	struct found f = ask("unseen", NULL);

	(void)state;
	assert_int_equal(f.n, 4);
	assert_null(strstr(f.text, "pump1"));
	assert_null(strstr(f.text, "pump2"));
}

static void
anothers_certificate_under_our_number_is_foreign(void **state)
{
	struct found f = ask("foreign", NULL);

	(void)state;
	assert_int_equal(f.n, 1);
	assert_non_null(strstr(f.text, "10.20.3.8"));
}

static void
a_certificate_at_another_address_than_its_devices_is_elsewhere(void **state)
{
	struct found f = ask("elsewhere", NULL);

	(void)state;
	assert_int_equal(f.n, 1);
	assert_non_null(strstr(f.text, "pump2|10.20.3.2|10.20.3.7"));
}

static void
what_ends_soon_is_told_unless_the_next_is_there(void **state)
{
	struct found f = ask("expiring", NULL);

	(void)state;
	assert_int_equal(f.n, 1);
	assert_non_null(strstr(f.text, "ends within 7 days"));
	assert_non_null(strstr(f.text, "pump3"));
}

static void
weak_keys_and_keys_of_several_are_told(void **state)
{
	struct found weak = ask("weak", NULL), shared = ask("shared", NULL);

	(void)state;
	assert_int_equal(weak.n, 1);
	assert_int_equal(shared.n, 1);
	assert_non_null(strstr(shared.text, "pump2"));
	assert_non_null(strstr(shared.text, "pump5"));
}

static void
who_talks_with_a_certificate_depends_on_it(void **state)
{
	struct found one = ask("dependents", "91000000000000000000000000000000"), other = ask("dependents", "13000000000000000000000000000000"), all = ask("dependents", "ca");

	(void)state;
	assert_int_equal(one.n, 1);
	assert_non_null(strstr(one.text, "10.20.9.9|10.20.3.1|443"));
	assert_int_equal(other.n, 0);
	assert_int_equal(all.n, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_never_seen_is_told),
		cmocka_unit_test(anothers_certificate_under_our_number_is_foreign),
		cmocka_unit_test(a_certificate_at_another_address_than_its_devices_is_elsewhere),
		cmocka_unit_test(what_ends_soon_is_told_unless_the_next_is_there),
		cmocka_unit_test(weak_keys_and_keys_of_several_are_told),
		cmocka_unit_test(who_talks_with_a_certificate_depends_on_it),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
