#include "test/unit/check.h"

#include "crypt/pem.h"
#include "crypt/signer.h"
#include "crypt/verify.h"

static const enum verify_algorithm ALGORITHM[SIGNER_KINDS] = { VERIFY_ECDSA_SHA256, VERIFY_ECDSA_SHA384, VERIFY_RSA_SHA256, VERIFY_ED25519 };

static void
what_each_kind_of_key_signs_verifies(void **state)
{
	uint8_t room[SIGNER_SPKI], made[SIGNER_SIGNATURE], one[32], two[32];

	(void)state;
	for (int kind = 0; kind < SIGNER_KINDS; kind++) {
		struct signer *k;
		struct buf     spki = buf_over(room, sizeof room), signature = buf_over(made, sizeof made), a = buf_over(one, sizeof one), b = buf_over(two, sizeof two);
		assert_int_equal(signer_new((enum signer_kind)kind, &k), OK);
		assert_int_equal(signer_public(k, &spki), OK);
		for (int i = 0; i < 2; i++) {
			buf_reset(&signature);
			assert_int_equal(signer_make(k, LIT("abc"), &signature), OK);
			assert_true(verify_certificate(LIT("abc"), buf_bytes(&signature), ALGORITHM[kind], buf_bytes(&spki)));
			assert_false(verify_certificate(LIT("abd"), buf_bytes(&signature), ALGORITHM[kind], buf_bytes(&spki)));
		}
		signer_algorithm(k, &a);
		assert_int_equal(signer_algorithm_of(buf_bytes(&spki), &b), OK);
		assert_true(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
		signer_free(k);
	}
}

static void
a_saved_key_opens_with_its_passphrase_alone(void **state)
{
	uint8_t        room[SIGNER_PEM], one[SIGNER_SPKI], two[SIGNER_SPKI];
	struct buf     pem = buf_over(room, sizeof room), a = buf_over(one, sizeof one), b = buf_over(two, sizeof two);
	struct signer *k, *again;

	(void)state;
	assert_int_equal(signer_new(SIGNER_P256, &k), OK);
	assert_int_equal(signer_save(k, "correct horse", &pem), OK);
	assert_true(bytes_hold_nocase(buf_bytes(&pem), "BEGIN ENCRYPTED PRIVATE KEY"));
	assert_int_equal(signer_load(buf_bytes(&pem), NULL, &again), ERR_FORM);
	assert_int_equal(signer_load(buf_bytes(&pem), "wrong horse", &again), ERR_FORM);
	assert_int_equal(signer_load(buf_bytes(&pem), "correct horse", &again), OK);
	assert_int_equal(signer_public(k, &a), OK);
	assert_int_equal(signer_public(again, &b), OK);
	assert_true(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
	signer_free(k);
	signer_free(again);
}

static void
pem_gives_one_block_after_the_other(void **state)
{
	uint8_t    room[512], out[64];
	char       label[32];
	struct buf text = buf_over(room, sizeof room), der = buf_over(out, sizeof out);

	(void)state;
	buf_text(&text, "what stands before\n");
	pem_put("ONE", LIT("first"), &text);
	pem_put("TWO", LIT("second"), &text);
	struct bytes left = buf_bytes(&text);
	assert_int_equal(pem_next(&left, label, &der), OK);
	assert_string_equal(label, "ONE");
	assert_true(bytes_equal(buf_bytes(&der), LIT("first")));
	buf_reset(&der);
	assert_int_equal(pem_next(&left, label, &der), OK);
	assert_true(bytes_equal(buf_bytes(&der), LIT("second")));
	assert_int_equal(pem_next(&left, label, &der), ERR_NOTFOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_each_kind_of_key_signs_verifies),
		cmocka_unit_test(a_saved_key_opens_with_its_passphrase_alone),
		cmocka_unit_test(pem_gives_one_block_after_the_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
