#include "crypt/sign.h"
#include "ledger/note.h"
#include "test/unit/check.h"

/* The example of C2SP signed-note. */
static const char VKEY[] = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
static const char NOTE[] = "This is an example message.\n\n\xe2\x80\x94 example.com/foo "
                           "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

static struct note_key
example(void)
{
	struct note_key k;

	assert_int_equal(note_key_parse(bytes_text(VKEY), &k), OK);
	return k;
}

static void
the_example_of_the_specification_verifies(void **state)
{
	struct note_key k = example();
	struct note     n;
	uint64_t        by;

	(void)state;
	assert_string_equal(k.name, "example.com/foo");
	assert_int_equal(k.id, 0x530d903a);
	assert_int_equal(note_parse(bytes_text(NOTE), &n), OK);
	assert_int_equal(note_verify(&n, &k, 1, &by), OK);
	assert_int_equal(by, 1);
}

static void
a_key_prints_as_it_was_read_and_a_wrong_one_is_refused(void **state)
{
	struct note_key k = example();
	uint8_t         room[256];
	struct buf      b = buf_over(room, sizeof room);

	(void)state;
	note_key_print(&k, &b);
	assert_true(bytes_equal(buf_bytes(&b), bytes_text(VKEY)));
	EVERY_TRUNCATION_REFUSED(note_key_parse, struct note_key, bytes_text(VKEY));
	assert_int_equal(note_key_parse(bytes_text("example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"), &k), ERR_FORM);
	static const char *const names[] = { "", "a b", "a+b", "a\xc2\xa0z", "a\nb", "a\xff" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_int_equal(note_key_make(names[i], NOTE_ED25519, k.key, &k), ERR_FORM);
}

static void
a_changed_text_is_refused_and_a_key_that_is_not_known_is_ignored(void **state)
{
	struct note_key k = example(), other = k;
	struct note     n;
	uint64_t        by;
	char            text[sizeof NOTE];

	(void)state;
	strcpy(text, NOTE);
	text[0] = 't';
	assert_int_equal(note_parse(bytes_text(text), &n), OK);
	assert_int_equal(note_verify(&n, &k, 1, &by), ERR_PERM);
	other.id++;
	assert_int_equal(note_verify(&n, &other, 1, &by), ERR_NOTFOUND);
	other = k;
	strcpy(other.name, "example.com/bar");
	assert_int_equal(note_verify(&n, &other, 1, &by), ERR_NOTFOUND);
}

static void
what_is_no_note_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "\n", "text\n", "text\n\n", "text\n\n\xe2\x80\x94 a AAAAAAA=", "text\n\n- a AAAAAAA=\n", "text\n\n\xe2\x80\x94 a+b AAAAAAA=\n",
		"text\n\n\xe2\x80\x94 a AAAA\n", "text\n\n\xe2\x80\x94 a\n", "text\r\n\n\xe2\x80\x94 a AAAAAAA=\n", "te\xffxt\n\n\xe2\x80\x94 a AAAAAAA=\n",
		"text\n\n\xe2\x80\x94 a AAAAAAA=\nmore\n",
	};
	struct note n;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (note_parse(bytes_text(bad[i]), &n) == OK)
			fail_msg("took %s", bad[i]);
	assert_int_equal(note_parse(bytes_text("text\n\nmore\n\n\xe2\x80\x94 a AAAAAAA=\n"), &n), OK);
	assert_true(bytes_equal(n.text, bytes_text("text\n\nmore\n")));
}

static void
a_cosignature_covers_its_time(void **state)
{
	struct sign_key *key;
	struct note_key  k;
	uint8_t          public[32], signature[64], room[512], message[256];
	struct buf       b = buf_over(room, sizeof room), m = buf_over(message, sizeof message);
	struct note      n;
	uint64_t         by;

	(void)state;
	assert_int_equal(sign_new(&key), OK);
	sign_public(key, public);
	assert_int_equal(note_key_make("witness.test/w", NOTE_COSIGNATURE, public, &k), OK);
	note_message(NOTE_COSIGNATURE, 1700000000, bytes_text("log\n0\nroot\n"), &m);
	assert_true(bytes_equal(buf_bytes(&m), bytes_text("cosignature/v1\ntime 1700000000\nlog\n0\nroot\n")));
	assert_int_equal(sign_make(key, buf_bytes(&m), signature), OK);
	for (uint64_t time = 1700000000; time < 1700000002; time++) {
		buf_reset(&b);
		buf_text(&b, "log\n0\nroot\n\n");
		note_line(&k, time, signature, &b);
		assert_int_equal(note_parse(buf_bytes(&b), &n), OK);
		assert_int_equal(note_verify(&n, &k, 1, &by), time == 1700000000 ? OK : ERR_PERM);
	}
	sign_free(key);
}

static void
sixteen_signatures_are_taken_and_too_many_are_not(void **state)
{
	static uint8_t room[NOTE_SIZE];
	struct note    n;

	(void)state;
	for (int lines = 16; lines <= NOTE_SIGNATURES + 1; lines++) {
		struct buf b = buf_over(room, sizeof room);
		buf_text(&b, "text\n\n");
		for (int i = 0; i < lines; i++)
			buf_text(&b, "\xe2\x80\x94 a AAAAAAA=\n");
		assert_int_equal(note_parse(buf_bytes(&b), &n), lines <= NOTE_SIGNATURES ? OK : ERR_LIMIT);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_specification_verifies),
		cmocka_unit_test(a_key_prints_as_it_was_read_and_a_wrong_one_is_refused),
		cmocka_unit_test(a_changed_text_is_refused_and_a_key_that_is_not_known_is_ignored),
		cmocka_unit_test(what_is_no_note_is_refused),
		cmocka_unit_test(a_cosignature_covers_its_time),
		cmocka_unit_test(sixteen_signatures_are_taken_and_too_many_are_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
