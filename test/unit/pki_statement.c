#include "test/unit/check.h"
#include <stdio.h>


#include "pki/statement.h"

static const struct statement PUMP = { .name = "pump.bin", .kind = "infusion-pump", .version = "2.4.1", .digest = { 0xab }, .when = { INT64_C(1763752711000000) } };

static struct bytes
pae(struct buf *room, struct buf *out)
{
	statement_print(&PUMP, room);
	statement_pae(buf_bytes(room), out);
	assert_true(buf_ok(out));
	return buf_bytes(out);
}

static void
a_statement_is_signed_with_its_type_and_length(void **state)
{
	uint8_t      payload_room[1024], out_room[1024];
	struct buf   payload = buf_over(payload_room, sizeof payload_room), out = buf_over(out_room, sizeof out_room);
	struct bytes signed_text = pae(&payload, &out);
	char         head[64];

	(void)state;
	snprintf(head, sizeof head, "DSSEv1 28 application/vnd.in-toto+json %zu {\"_type\"", payload.len);
	assert_true(bytes_begin(signed_text, head));
	assert_null(statement_pae_fault(signed_text));
}

static void
nothing_but_one_whole_statement_is_signed(void **state)
{
	uint8_t      payload_room[1024], out_room[1024], copy[1024];
	struct buf   payload = buf_over(payload_room, sizeof payload_room), out = buf_over(out_room, sizeof out_room);
	struct bytes whole = pae(&payload, &out);

	(void)state;
	for (size_t n = 0; n < whole.len; n++)
		assert_non_null(statement_pae_fault(bytes_head(whole, n)));
	memcpy(copy, whole.at, whole.len);
	copy[whole.len] = ' ';
	assert_non_null(statement_pae_fault(bytes_of(copy, whole.len + 1)));
	assert_non_null(statement_pae_fault(LIT("DSSEv1 28 application/vnd.in-toto+json 2 {}")));
	assert_non_null(statement_pae_fault(LIT("paravent evidence v1\n")));
}

static void
versions_are_numbers_with_dots(void **state)
{
	(void)state;
	assert_true(statement_version_good("2"));
	assert_true(statement_version_good("2.4.1"));
	assert_true(statement_version_good("1.2.3.4.5.6.7.8"));
	assert_false(statement_version_good("1.2.3.4.5.6.7.8.9"));
	assert_false(statement_version_good(""));
	assert_false(statement_version_good("2."));
	assert_false(statement_version_good(".2"));
	assert_false(statement_version_good("2..1"));
	assert_false(statement_version_good("2.4-beta"));
	assert_false(statement_version_good("1234567890"));
}

static void
ten_is_newer_than_nine(void **state)
{
	(void)state;
	assert_true(statement_version_compare("2.10", "2.9") > 0);
	assert_true(statement_version_compare("2.9", "2.10") < 0);
	assert_int_equal(statement_version_compare("2.4", "2.4.0"), 0);
	assert_true(statement_version_compare("2.4.0.1", "2.4") > 0);
	assert_true(statement_version_compare("10", "9.9.9") > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_statement_is_signed_with_its_type_and_length),
		cmocka_unit_test(nothing_but_one_whole_statement_is_signed),
		cmocka_unit_test(versions_are_numbers_with_dots),
		cmocka_unit_test(ten_is_newer_than_nine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
