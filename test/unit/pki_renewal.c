#include "test/unit/check.h"

#include "crypt/signer.h"
#include "crypt/verify.h"
#include "pki/authority.h"
#include "pki/issue.h"
#include "pki/renewal.h"
#include "wire/der.h"

#define DAY (INT64_C(86400) * INSTANT_SECOND)
#define NOW ((struct instant){ INT64_C(1763752711) * INSTANT_SECOND })

/* A root, an issuing CA below it, and what a device asks for. */
static struct signer *root_key, *ca_key, *device_key, *other_key;
static struct x509    root, ca;
static struct issuer  by;
static uint8_t        root_room[4096], ca_room[4096], room_a[64], spki_room[4][512];
static struct bytes   spki[4], algorithm;

static void
certify(const struct authority *a, const struct signer *k, uint8_t room[static 4096], struct x509 *out)
{
	uint8_t    tbs_room[4096], signature_room[512];
	struct buf tbs = buf_over(tbs_room, sizeof tbs_room), signature = buf_over(signature_room, sizeof signature_room), der = buf_over(room, 4096);

	authority_print(a, &tbs);
	assert_int_equal(signer_make(k, buf_bytes(&tbs), &signature), OK);
	der_put_signed(&der, buf_bytes(&tbs), a->algorithm, buf_bytes(&signature));
	assert_int_equal(x509_parse(buf_bytes(&der), out), OK);
}

static int
setup(void **state)
{
	struct signer **const key[] = { &root_key, &ca_key, &device_key, &other_key };
	struct buf            a = buf_over(room_a, sizeof room_a);

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct buf s = buf_over(spki_room[i], sizeof spki_room[i]);
		assert_int_equal(signer_new(SIGNER_P256, key[i]), OK);
		assert_int_equal(signer_public(*key[i], &s), OK);
		spki[i] = buf_bytes(&s);
	}
	signer_algorithm(root_key, &a);
	algorithm = buf_bytes(&a);
	struct authority of = { .name = "Test", .spki = spki[0], .algorithm = algorithm, .url = "", .now = NOW, .serial = { 0x41 } };
	certify(&of, root_key, root_room, &root);
	of.root = &root;
	of.spki = spki[1];
	of.serial[0] = 0x42;
	certify(&of, root_key, ca_room, &ca);
	by = (struct issuer){ .ca = ca, .algorithm = algorithm };
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	signer_free(root_key);
	signer_free(ca_key);
	signer_free(device_key);
	signer_free(other_key);
	return 0;
}

/* A certificate of the device for so many days, signed by key. */
static struct x509
leaf(const struct signer *key, unsigned days, uint8_t room[static 4096])
{
	uint8_t     tbs_room[4096], signature_room[512];
	struct buf  tbs = buf_over(tbs_room, sizeof tbs_room), signature = buf_over(signature_room, sizeof signature_room), der = buf_over(room, 4096);
	struct csr  wish = { .wants = x509_blank(spki[2]) };
	struct issue i = { .csr = &wish, .profile = profile_find("device"), .name = "pump1", .now = NOW, .days = days, .serial = { 0x43, (uint8_t)days } };
	struct x509 c;

	wish.wants.spki = spki[2];
	issue_print(&by, &i, &tbs);
	assert_int_equal(signer_make(key, buf_bytes(&tbs), &signature), OK);
	der_put_signed(&der, buf_bytes(&tbs), algorithm, buf_bytes(&signature));
	assert_int_equal(x509_parse(buf_bytes(&der), &c), OK);
	return c;
}

static void
it_is_due_in_the_first_half_of_the_window_and_before_its_end(void **state)
{
	const struct profile *p = profile_find("device");
	uint8_t               room[4096];

	(void)state;
	for (unsigned days = 2; days <= 365; days += 11) {
		struct x509    c = leaf(ca_key, days, room);
		struct instant due = renewal_due(p, &c);
		int64_t        life = instant_since(c.not_before, c.not_after), window = p->renew * DAY < life / 3 ? p->renew * DAY : life / 3;
		assert_true(due.us >= c.not_after.us - window);
		assert_true(due.us <= c.not_after.us - window / 2);
	}
}

static void
a_fleet_does_not_come_at_once(void **state)
{
	const struct profile *p = profile_find("device");
	struct x509           c = { .not_before = NOW, .not_after = { NOW.us + 300 * DAY } };
	int64_t               first = INT64_MAX, last = 0;

	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		c.serial = bytes_of(&i, sizeof i);
		int64_t due = renewal_due(p, &c).us;
		first = due < first ? due : first;
		last = due > last ? due : last;
	}
	assert_true(last - first > 40 * DAY);
}

static void
a_request_says_the_names_and_is_signed_by_its_key(void **state)
{
	struct renewal   r = { .name = "pump1", .dns = { "pump1.hospital.example" }, .dnss = 1, .address = { { { [10] = 0xff, [11] = 0xff, 10, 20, 3, 7 } } }, .addresses = 1,
		.spki = spki[2], .algorithm = algorithm };
	uint8_t          info_room[4096], signature_room[512], room[4096];
	struct buf       info = buf_over(info_room, sizeof info_room), signature = buf_over(signature_room, sizeof signature_room), der = buf_over(room, sizeof room);
	struct csr       q;
	struct x509_name n;

	(void)state;
	renewal_print_info(&r, &info);
	assert_int_equal(signer_make(device_key, buf_bytes(&info), &signature), OK);
	renewal_print(&r, buf_bytes(&signature), &der);
	assert_int_equal(csr_parse(buf_bytes(&der), &q), OK);
	assert_true(bytes_equal(q.info, buf_bytes(&info)));
	assert_true(bytes_equal(q.wants.subject_cn, LIT("pump1")));
	struct bytes left = q.wants.names_der;
	assert_true(x509_name_next(&left, &n) && bytes_equal(n.value, LIT("pump1.hospital.example")));
	assert_true(x509_name_next(&left, &n) && bytes_equal(n.value, LIT("\x0a\x14\x03\x07")));
	assert_null(issue_refused(&by, &(struct issue){ .csr = &q, .profile = profile_find("device"), .now = NOW }));
}

static void
what_is_below_the_root_is_believed_and_its_chain_told(void **state)
{
	uint8_t     room[4096], chain_room[4096];
	struct buf  chain = buf_over(chain_room, sizeof chain_room);
	struct x509 c = leaf(ca_key, 100, room);

	(void)state;
	assert_null(renewal_fault(&c, spki[2], ca.whole, &root, NOW, &chain));
	assert_true(bytes_equal(buf_bytes(&chain), ca.whole));
}

static void
what_is_not_is_not(void **state)
{
	uint8_t     room[4096], false_room[4096], chain_room[4096];
	struct buf  chain = buf_over(chain_room, sizeof chain_room);
	struct x509 c = leaf(ca_key, 100, room), forged = leaf(other_key, 100, false_room), stranger = root;

	(void)state;
	assert_non_null(renewal_fault(&c, spki[3], ca.whole, &root, NOW, &chain));                                     /* another key's */
	assert_non_null(renewal_fault(&forged, spki[2], ca.whole, &root, NOW, &chain));                                /* signed by nobody */
	assert_non_null(renewal_fault(&c, spki[2], bytes_of("", 0), &root, NOW, &chain));                              /* the way is missing */
	assert_non_null(renewal_fault(&c, spki[2], ca.whole, &root, (struct instant){ NOW.us + 101 * DAY }, &chain));  /* it has ended */
	assert_non_null(renewal_fault(&c, spki[2], ca.whole, &root, (struct instant){ NOW.us - 100 * DAY }, &chain));  /* not begun, by a clock that was reset */
	stranger.spki = spki[3];
	assert_non_null(renewal_fault(&c, spki[2], ca.whole, &stranger, NOW, &chain));                                 /* another root */
	assert_non_null(renewal_fault(&c, spki[2], LIT("\x30\x03\x02\x01\x00"), &root, NOW, &chain));                  /* a pool of nonsense */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_due_in_the_first_half_of_the_window_and_before_its_end),
		cmocka_unit_test(a_fleet_does_not_come_at_once),
		cmocka_unit_test(a_request_says_the_names_and_is_signed_by_its_key),
		cmocka_unit_test(what_is_below_the_root_is_believed_and_its_chain_told),
		cmocka_unit_test(what_is_not_is_not),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
