#include "crypt/verify.h"
#include "test/unit/check.h"
#include "test/unit/signatures.h"

static void
a_signature_verifies_under_its_own_key(void **state)
{
	uint8_t key[256], tbs[256], signature[256];

	(void)state;
	for (size_t i = 0; i < sizeof SIGNATURES / sizeof *SIGNATURES; i++) {
		size_t k = unhex(SIGNATURES[i].spki, key, sizeof key);
		size_t s = unhex(SIGNATURES[i].signature, signature, sizeof signature);
		size_t t = strlen(SIGNED);
		memcpy(tbs, SIGNED, t);
		assert_true(verify_certificate(bytes_of(tbs, t), bytes_of(signature, s), SIGNATURES[i].algorithm, bytes_of(key, k)));
		tbs[0] ^= 1;
		assert_false(verify_certificate(bytes_of(tbs, t), bytes_of(signature, s), SIGNATURES[i].algorithm, bytes_of(key, k)));
		tbs[0] ^= 1;
		signature[s - 1] ^= 1;
		assert_false(verify_certificate(bytes_of(tbs, t), bytes_of(signature, s), SIGNATURES[i].algorithm, bytes_of(key, k)));
		assert_false(verify_certificate(bytes_of(tbs, t), bytes_of(signature, s), SIGNATURES[i].algorithm, bytes_of(key, k - 1)));
	}
}

static void
an_algorithm_that_is_not_the_keys_does_not_verify(void **state)
{
	uint8_t key[256], signature[256];
	size_t  k = unhex(SIGNATURES[0].spki, key, sizeof key), s = unhex(SIGNATURES[0].signature, signature, sizeof signature);

	(void)state;
	assert_false(verify_certificate(bytes_text(SIGNED), bytes_of(signature, s), VERIFY_NONE, bytes_of(key, k)));
	for (enum verify_algorithm a = VERIFY_NONE; a <= VERIFY_ED448; a++)
		if (a != SIGNATURES[0].algorithm)
			assert_false(verify_certificate(bytes_text(SIGNED), bytes_of(signature, s), a, bytes_of(key, k)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_verifies_under_its_own_key),
		cmocka_unit_test(an_algorithm_that_is_not_the_keys_does_not_verify),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
