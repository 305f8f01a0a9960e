#include "crypt/hmac.h"
#include "test/unit/check.h"

/* RFC 4231 section 4.2: a key of 20 bytes is the same as one padded with zeros to 32. */
static void
hmac_of_hi_there_is_rfc_4231s(void **state)
{
	uint8_t key[32] = { 0 }, out[32], want[32];

	(void)state;
	memset(key, 0x0b, 20);
	hmac_sha256(key, LIT("Hi There"), out);
	unhex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", want, sizeof want);
	assert_memory_equal(out, want, 32);
}

/* RFC 4231 section 4.3 */
static void
hmac_with_a_short_key_is_rfc_4231s(void **state)
{
	uint8_t key[32] = "Jefe", out[32], want[32];

	(void)state;
	hmac_sha256(key, LIT("what do ya want for nothing?"), out);
	unhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", want, sizeof want);
	assert_memory_equal(out, want, 32);
}

/* RFC 5869 appendix A.1 */
static void
hkdf_extract_is_rfc_5869s(void **state)
{
	uint8_t secret[22], salt[13], out[32], want[32];

	(void)state;
	memset(secret, 0x0b, sizeof secret);
	unhex("000102030405060708090a0b0c", salt, sizeof salt);
	hmac_extract(bytes_of(salt, sizeof salt), bytes_of(secret, sizeof secret), out);
	unhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5", want, sizeof want);
	assert_memory_equal(out, want, 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hmac_of_hi_there_is_rfc_4231s),
		cmocka_unit_test(hmac_with_a_short_key_is_rfc_4231s),
		cmocka_unit_test(hkdf_extract_is_rfc_5869s),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
