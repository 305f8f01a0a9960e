#include "crypt/sign.h"
#include "test/unit/check.h"

/* RFC 8032 section 7.1, TEST 2; its key as RFC 8410 has it, in PEM. */
static const char PEM[] = "-----BEGIN PRIVATE KEY-----\n"
                          "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
                          "-----END PRIVATE KEY-----\n";
static const char PUBLIC[] = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
static const char SIGNATURE[] = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

static void
the_signature_of_the_standard_is_made_and_verified(void **state)
{
	uint8_t          wanted[64], got[64], public[32];
	struct sign_key *k;

	(void)state;
	assert_int_equal(sign_load(bytes_text(PEM), &k), OK);
	sign_public(k, public);
	unhex(PUBLIC, wanted, sizeof wanted);
	assert_memory_equal(public, wanted, 32);
	unhex(SIGNATURE, wanted, sizeof wanted);
	assert_int_equal(sign_make(k, LIT("\x72"), got), OK);
	assert_memory_equal(got, wanted, 64);
	assert_true(sign_verify(public, LIT("\x72"), got));
	assert_false(sign_verify(public, LIT("\x73"), got));
	for (int i = 0; i < 64; i++) {
		got[i] ^= 1;
		assert_false(sign_verify(public, LIT("\x72"), got));
		got[i] ^= 1;
	}
	sign_free(k);
}

static void
a_new_key_is_saved_and_loaded(void **state)
{
	uint8_t          room[512], a[32], b[32];
	struct buf       pem = buf_over(room, sizeof room), none = buf_over(room, 10);
	struct sign_key *k, *again;

	(void)state;
	assert_int_equal(sign_new(&k), OK);
	assert_int_equal(sign_save(k, &none), ERR_LIMIT);
	assert_int_equal(sign_save(k, &pem), OK);
	assert_int_equal(sign_load(buf_bytes(&pem), &again), OK);
	sign_public(k, a);
	sign_public(again, b);
	assert_memory_equal(a, b, 32);
	sign_free(k);
	sign_free(again);
}

static void
what_is_no_key_is_refused(void **state)
{
	struct sign_key *k;

	(void)state;
	assert_int_equal(sign_load(bytes_text(""), &k), ERR_FORM);
	assert_int_equal(sign_load(bytes_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), &k), ERR_FORM);
	assert_int_equal(sign_load(bytes_head(bytes_text(PEM), 80), &k), ERR_FORM);
	assert_int_equal(sign_load(bytes_text("-----BEGIN PRIVATE KEY-----\n" /* of X25519 */
	                                      "MC4CAQAwBQYDK2VuBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
	                                      "-----END PRIVATE KEY-----\n"), &k), ERR_UNSUPPORTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_signature_of_the_standard_is_made_and_verified),
		cmocka_unit_test(a_new_key_is_saved_and_loaded),
		cmocka_unit_test(what_is_no_key_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
