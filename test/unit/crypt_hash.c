#include "crypt/hash.h"
#include "test/unit/check.h"

static void
the_digest_of_abc_is_what_the_standards_say(void **state)
{
	uint8_t out[64], want[64];

	(void)state;
	assert_int_equal(hash_init(), OK);
	hash_md5(LIT("abc"), out); /* RFC 1321 appendix A.5 */
	unhex("900150983cd24fb0d6963f7d28e17f72", want, sizeof want);
	assert_memory_equal(out, want, 16);
	hash_sha256(LIT("abc"), out); /* FIPS 180-4's examples */
	unhex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", want, sizeof want);
	assert_memory_equal(out, want, 32);
	hash_sha384(LIT("abc"), out);
	unhex("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7", want, sizeof want);
	assert_memory_equal(out, want, 48);
	hash_sha512(LIT("abc"), out);
	unhex("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f", want, sizeof want);
	assert_memory_equal(out, want, 64);
}

static void
the_digest_of_nothing_is_a_digest_too(void **state)
{
	uint8_t out[32], want[32];

	(void)state;
	hash_md5(bytes_of(NULL, 0), out);
	unhex("d41d8cd98f00b204e9800998ecf8427e", want, sizeof want);
	assert_memory_equal(out, want, 16);
	hash_sha256(bytes_of(NULL, 0), out);
	unhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", want, sizeof want);
	assert_memory_equal(out, want, 32);
}

static void
two_parts_hash_as_the_whole_does(void **state)
{
	uint8_t one[32], two[32];

	(void)state;
	hash_sha256(LIT("abcdef"), one);
	hash_sha256_two(LIT("ab"), LIT("cdef"), two);
	assert_memory_equal(one, two, 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_digest_of_abc_is_what_the_standards_say),
		cmocka_unit_test(the_digest_of_nothing_is_a_digest_too),
		cmocka_unit_test(two_parts_hash_as_the_whole_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
