#include "test/unit/check.h"

#include "crypt/envelope.h"
#include "crypt/signer.h"

static struct envelope_key *key, *other;
static uint8_t              spki_room[SIGNER_SPKI];
static struct buf           spki;

static struct envelope_key *
make(struct buf *public)
{
	uint8_t              room[SIGNER_PEM];
	struct buf           pem = buf_over(room, sizeof room);
	struct signer       *s;
	struct envelope_key *k;

	assert_int_equal(signer_new(SIGNER_RSA, &s), OK);
	assert_int_equal(signer_save(s, NULL, &pem), OK);
	assert_int_equal(envelope_key_load(buf_bytes(&pem), &k), OK);
	if (public)
		assert_int_equal(signer_public(s, public), OK);
	signer_free(s);
	return k;
}

static int
setup(void **state)
{
	(void)state;
	spki = buf_over(spki_room, sizeof spki_room);
	key = make(&spki);
	other = make(NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	envelope_key_free(key);
	envelope_key_free(other);
	return 0;
}

static void
who_it_is_for_alone_opens_it(void **state)
{
	uint8_t         room[1024], plain_room[64];
	struct buf      sealed = buf_over(room, sizeof room), plain = buf_over(plain_room, sizeof plain_room);
	struct envelope e;

	(void)state;
	assert_int_equal(envelope_seal(buf_bytes(&spki), LIT("a certificate"), &sealed, &e), OK);
	assert_int_equal(e.cipher, ENVELOPE_AES256);
	assert_int_equal(envelope_open(key, &e, &plain), OK);
	assert_true(bytes_equal(buf_bytes(&plain), LIT("a certificate")));
	buf_reset(&plain);
	/* With a key of chance the padding is right once in 256: then it is other bytes. */
	if (envelope_open(other, &e, &plain) == OK)
		assert_false(bytes_equal(buf_bytes(&plain), LIT("a certificate")));
	else
		assert_int_equal(plain.len, 0);
}

static void
nonsense_is_refused(void **state)
{
	uint8_t         plain_room[64];
	struct buf      plain = buf_over(plain_room, sizeof plain_room);
	struct envelope e = { .cipher = ENVELOPE_AES128, .key = LIT("key"), .iv = LIT("short"), .content = LIT("0123456789abcdef") };

	(void)state;
	assert_int_equal(envelope_open(key, &e, &plain), ERR_PERM);
	e.iv = LIT("0123456789abcdef");
	e.cipher = ENVELOPE_NONE;
	assert_int_equal(envelope_open(key, &e, &plain), ERR_PERM);
	e.cipher = ENVELOPE_CIPHERS;
	assert_int_equal(envelope_open(key, &e, &plain), ERR_PERM);
	e.cipher = ENVELOPE_AES128;
	e.content = LIT("no whole block");
	assert_int_equal(envelope_open(key, &e, &plain), ERR_PERM);
	assert_int_equal(plain.len, 0);
}

static void
only_rsa_keys_are_written_to(void **state)
{
	uint8_t         room[1024], ec_room[SIGNER_SPKI], pem_room[SIGNER_PEM];
	struct buf      sealed = buf_over(room, sizeof room), ec = buf_over(ec_room, sizeof ec_room), pem = buf_over(pem_room, sizeof pem_room);
	struct envelope e;
	struct signer  *s;
	struct envelope_key *k;

	(void)state;
	assert_int_equal(signer_new(SIGNER_P256, &s), OK);
	assert_int_equal(signer_public(s, &ec), OK);
	assert_int_equal(signer_save(s, NULL, &pem), OK);
	signer_free(s);
	assert_int_equal(envelope_seal(buf_bytes(&ec), LIT("x"), &sealed, &e), ERR_UNSUPPORTED);
	assert_int_equal(envelope_key_load(buf_bytes(&pem), &k), ERR_UNSUPPORTED);
	assert_int_equal(envelope_key_load(LIT("no key"), &k), ERR_FORM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_it_is_for_alone_opens_it),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(only_rsa_keys_are_written_to),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
