#include "content/message.h"
#include "test/unit/content_oru.h"

static struct message m, again;
static uint8_t        room[sizeof(struct message)];

/* As another process gets it. */
static void
carry(struct bytes text, struct meaning *out)
{
	struct meaning said;

	memset(&m, 0, sizeof m);
	assert_int_equal(read_all(text, &said), OK);
	message_said(&m, &said);
	message_pack(&m, room);
	assert_int_equal(message_unpack(bytes_of(room, message_size(&m)), &again), OK);
	message_meaning(&again, out);
}

/* So many observations, the last with this value, and what stands behind them. */
static struct bytes
observations(unsigned n, unsigned last, const char *behind, struct buf *text)
{
	buf_text(text, "MSH|^~\\&|A|B\r");
	for (unsigned i = 1; i <= n; i++)
		buf_format(text, "OBX|%u|NM|c%u||%u|u\r", i, i, i == n ? last : i);
	buf_text(text, behind);
	return buf_bytes(text);
}

static void
what_is_packed_says_the_same(void **state)
{
	struct meaning said, got;

	(void)state;
	assert_int_equal(read_all(LIT(ORU), &said), OK);
	carry(LIT(ORU), &got);
	assert_string_equal(differences(&said, &got), "");
	assert_int_equal(got.fields, said.fields);
	assert_true(meaning_digest_equal(said.body, got.body) && meaning_digest_equal(said.bytes, got.bytes));
}

static void
of_known_bytes_the_head_alone_is_packed(void **state)
{
	struct meaning got;

	(void)state;
	carry(LIT(ORU), &got);
	m.head.known = true;
	assert_int_equal(message_size(&m), sizeof m.head);
	message_pack(&m, room);
	assert_int_equal(message_unpack(bytes_of(room, sizeof m.head), &again), OK);
	assert_int_equal(again.head.fields, m.head.fields);
	message_meaning(&again, &got);
	assert_int_equal(got.fields, 0);
	assert_int_equal(message_unpack(bytes_of(room, sizeof m.head + sizeof *m.field), &again), ERR_FORM);
}

/* One of them had to be made coarser, the other had just room enough. */
static void
two_of_which_one_is_coarse_differ_in_what_differs(void **state)
{
	char           one[8192], two[8192];
	struct buf     a = buf_over(one, sizeof one), b = buf_over(two, sizeof two);
	struct meaning fine, coarse;

	(void)state;
	carry(observations(50, 7, "", &a), &fine);
	carry(observations(50, 7, "NTE|1||x\rNTE|2||y\rNTE|3||z\r", &b), &coarse);
	assert_true(fine.coarse == 0 && coarse.coarse > 0);
	assert_string_equal(differences(&fine, &coarse), "+NTE[1] +NTE[2] +NTE[3] ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_says_the_same),
		cmocka_unit_test(of_known_bytes_the_head_alone_is_packed),
		cmocka_unit_test(two_of_which_one_is_coarse_differ_in_what_differs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
