#include "crypt/initial.h"
#include "test/unit/check.h"

static const uint8_t SALT[] = { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a };

/* RFC 9001 section 5.2 and appendix A.1 */
static void
keys(const char *side, struct initial *out)
{
	uint8_t dcid[8];

	unhex("8394c8f03e515708", dcid, sizeof dcid);
	initial_derive(bytes_of(SALT, sizeof SALT), bytes_of(dcid, sizeof dcid),
	    &(struct initial_labels){ side, "quic key", "quic iv", "quic hp" }, out);
}

static void
the_keys_are_those_of_rfc_9001_appendix_a_1(void **state)
{
	struct initial k;
	uint8_t        want[16];

	(void)state;
	keys("client in", &k);
	unhex("1f369613dd76d5467730efcbe3b1a22d", want, sizeof want);
	assert_memory_equal(k.key, want, 16);
	unhex("fa044b2f42a3fd3b46fb255c", want, sizeof want);
	assert_memory_equal(k.iv, want, 12);
	unhex("9f50449e04a0e810283a1e9933adedd2", want, sizeof want);
	assert_memory_equal(k.hp, want, 16);
	keys("server in", &k);
	unhex("cf3a5331653c364c88f0f379b6067e37", want, sizeof want);
	assert_memory_equal(k.key, want, 16);
	unhex("0ac1493ca1905853b0bba03e", want, sizeof want);
	assert_memory_equal(k.iv, want, 12);
	unhex("c206b8d9b9f0f37644430b490eeaa314", want, sizeof want);
	assert_memory_equal(k.hp, want, 16);
}

/* Appendix A.2 */
static void
the_mask_is_that_of_appendix_a_2(void **state)
{
	struct initial k;
	uint8_t        sample[16], mask[5], want[5];

	(void)state;
	keys("client in", &k);
	unhex("d1b1c98dd7689fb8ec11d242b123dc9b", sample, sizeof sample);
	unhex("437b9aec36", want, sizeof want);
	initial_mask(&k, sample, mask);
	assert_memory_equal(mask, want, 5);
}

/* Appendix A.3 */
static void
the_servers_packet_of_appendix_a_3_opens(void **state)
{
	struct initial k;
	uint8_t        cipher[128], nonce[12], aad[32], plain[128], want[128];
	size_t         n, a;

	(void)state;
	keys("server in", &k);
	n = unhex("5a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73"
	          "cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee",
	    cipher, sizeof cipher);
	a = unhex("c1000000010008f067a5502a4262b50040750001", aad, sizeof aad);
	memcpy(nonce, k.iv, 12);
	nonce[11] ^= 1;
	assert_true(initial_open(&k, nonce, bytes_of(aad, a), bytes_of(cipher, n), plain));
	size_t m = unhex("02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a1200130100002e00330024001d0020"
	                 "9d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00020304",
	    want, sizeof want);
	assert_int_equal(m + 16, n);
	assert_memory_equal(plain, want, m);
	cipher[0] ^= 1;
	assert_false(initial_open(&k, nonce, bytes_of(aad, a), bytes_of(cipher, n), plain));
	assert_false(initial_open(&k, nonce, bytes_of(aad, a), bytes_of(cipher, 15), plain));
}

static void
what_is_sealed_opens(void **state)
{
	struct initial k;
	uint8_t        nonce[12] = { 7 }, sealed[64], plain[64];

	(void)state;
	keys("client in", &k);
	initial_seal(&k, nonce, LIT("head"), LIT("and the rest"), sealed);
	assert_true(initial_open(&k, nonce, LIT("head"), bytes_of(sealed, 12 + 16), plain));
	assert_memory_equal(plain, "and the rest", 12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_keys_are_those_of_rfc_9001_appendix_a_1),
		cmocka_unit_test(the_mask_is_that_of_appendix_a_2),
		cmocka_unit_test(the_servers_packet_of_appendix_a_3_opens),
		cmocka_unit_test(what_is_sealed_opens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
