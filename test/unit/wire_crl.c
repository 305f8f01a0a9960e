#include "test/unit/check.h"
#include "wire/crl.h"

static struct bytes
list(struct buf *out, const char *url)
{
	static uint8_t room[512];
	struct buf     entries = buf_over(room, sizeof room);

	crl_put(&(struct crl_entry){ LIT("\x80\x01"), { INT64_C(1763752711) * INSTANT_SECOND }, 1 }, &entries);
	crl_put(&(struct crl_entry){ LIT("\x02"), { 0 }, 0 }, &entries);
	crl_print(&(struct crl){ .algorithm = LIT("\x30\x00"), .issuer = LIT("\x30\x00"), .from = { 0 }, .until = { INSTANT_SECOND }, .revoked = buf_bytes(&entries),
	                         .authority_key = LIT("key"), .number = 300, .url = bytes_text(url) }, out);
	return buf_bytes(out);
}

static void
a_list_is_read_as_it_was_written(void **state)
{
	uint8_t          room[1024];
	struct buf       b = buf_over(room, sizeof room);
	struct crl       l;
	struct crl_entry e;

	(void)state;
	assert_int_equal(crl_parse(list(&b, "http://h/crl/3.crl"), &l), OK);
	assert_int_equal(l.number, 300);
	assert_true(bytes_equal(l.url, LIT("http://h/crl/3.crl")));
	assert_true(bytes_equal(l.authority_key, LIT("key")));
	assert_true(crl_next(&l.revoked, &e));
	assert_true(bytes_equal(e.serial, LIT("\x00\x80\x01")));
	assert_int_equal(e.reason, 1);
	assert_true(crl_next(&l.revoked, &e));
	assert_int_equal(e.reason, 0);
	assert_false(crl_next(&l.revoked, &e));
}

static void
a_cut_list_is_refused(void **state)
{
	uint8_t    room[1024];
	struct buf b = buf_over(room, sizeof room);

	(void)state;
	struct bytes whole = list(&b, "");
	EVERY_TRUNCATION_REFUSED(crl_parse, struct crl, whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_read_as_it_was_written),
		cmocka_unit_test(a_cut_list_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
