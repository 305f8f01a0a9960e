#include "crypt/endpoint.h"
#include "test/unit/jws.h"

static struct client    who[JWS_MAC];
static struct jws       j;
static char             room[65536], header[8192];

static int
setup(void **state)
{
	(void)state;
	for (enum jws_kind k = 0; k < JWS_MAC; k++)
		client_new(k, &who[k]);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (enum jws_kind k = 0; k < JWS_MAC; k++)
		signer_free(who[k].key);
	return 0;
}

#define URL "https://ca.example/acme/new-order"

static void
each_kind_of_key_signs_and_only_its_own_key_verifies(void **state)
{
	(void)state;
	for (enum jws_kind k = 0; k < JWS_MAC; k++) {
		snprintf(header, sizeof header, "{\"alg\":\"%s\",\"jwk\":%s,\"nonce\":\"bm9uY2U\",\"url\":\"" URL "\"}", client_alg[k], who[k].jwk);
		assert_int_equal(jws_parse(client_sign(&who[k], header, "{\"a\":1}", room, sizeof room), JWS_REQUEST, &j), JWS_SOUND);
		assert_true(j.has_key);
		assert_true(bytes_equal(j.payload, LIT("{\"a\":1}")));
		assert_string_equal(j.nonce, "bm9uY2U");
		assert_string_equal(j.url, URL);
		for (enum jws_kind of = 0; of < JWS_MAC; of++)
			assert_int_equal(jws_verify(&j, &who[of].public), of == k);
		assert_memory_equal(j.key.thumbprint, who[k].public.thumbprint, 32);
		j.input_room[3] ^= 1;
		assert_false(jws_verify(&j, &j.key));
		j.input_room[3] ^= 1;
		j.signature[7] ^= 1;
		assert_false(jws_verify(&j, &j.key));
	}
}

static void
a_key_has_the_thumbprint_of_rfc_7638(void **state)
{
	static const char JWK[] = "{\"kty\": \"RSA\", \"n\": \"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs"
	    "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd"
	    "2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\", \"e\": \"AQAB\", \"alg\": \"RS256\", \"kid\": \"2011-04-29\"}";
	struct jws_key key, again;
	char           text[64];

	(void)state;
	assert_null(jws_key_parse(bytes_text(JWK), &key));
	client_base64url(bytes_of(key.thumbprint, 32), text, sizeof text);
	assert_string_equal(text, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
	assert_int_equal(jws_key_load(bytes_of(key.spki, key.len), &again), OK);
	assert_memory_equal(again.thumbprint, key.thumbprint, 32);
}

static void
each_bad_key_is_refused_with_its_reason(void **state)
{
	static const struct { const char *jwk, *why; } ROW[] = {
		{ "[]", "no JSON object" },
		{ "{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}", "of a kind not taken here" },
		{ "{\"kty\":\"EC\",\"kty\":\"EC\"}", "no JSON object" },
		{ "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}", "no point of its curve" },
		{ "{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AAAA\",\"y\":\"AAAA\"}", "of a kind not taken here" },
		{ "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\",\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}", "no point of its curve" },
		{ "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", "shorter than 2048" },
		{ "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\",\"d\":\"AQAB\"}", "private part" },
	};
	struct jws_key key;

	(void)state;
	for (size_t i = 0; i < sizeof ROW / sizeof *ROW; i++) {
		const char *why = jws_key_parse(bytes_text(ROW[i].jwk), &key);
		assert_non_null(why);
		if (!strstr(why, ROW[i].why))
			fail_msg("%s: %s", ROW[i].jwk, why);
	}
}

static void
each_bad_header_is_refused_with_its_fault(void **state)
{
	static const struct { const char *header; enum jws_use use; enum jws_fault fault; } ROW[] = {
		{ "{\"alg\":\"none\",\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\"}", JWS_REQUEST, JWS_BAD_ALGORITHM },
		{ "{\"alg\":\"HS256\",\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\"}", JWS_REQUEST, JWS_BAD_ALGORITHM },
		{ "{\"alg\":\"RS512\",\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\"}", JWS_REQUEST, JWS_BAD_ALGORITHM },
		{ "{\"alg\":\"ES256\",\"kid\":\"k\",\"url\":\"u\"}", JWS_BINDING, JWS_BAD_ALGORITHM },
		{ "{\"alg\":\"HS256\",\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\"}", JWS_BINDING, JWS_MALFORMED },
		{ "{\"alg\":\"ES256\",\"nonce\":\"n\",\"url\":\"u\"}", JWS_REQUEST, JWS_MALFORMED },
		{ "{\"alg\":\"ES256\",\"kid\":\"k\",\"nonce\":\"n\"}", JWS_REQUEST, JWS_MALFORMED },
		{ "{\"alg\":\"ES256\",\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\",\"crit\":[]}", JWS_REQUEST, JWS_MALFORMED },
		{ "{\"alg\":\"ES256\",\"kid\":\"k\",\"kid\":\"l\",\"nonce\":\"n\",\"url\":\"u\"}", JWS_REQUEST, JWS_MALFORMED },
		{ "{\"alg\":\"ES256\",\"kid\":\"k\",\"url\":\"u\"}", JWS_INNER, JWS_MALFORMED },
		{ "{\"alg\":\"ES256\",\"jwk\":{\"kty\":\"oct\"},\"nonce\":\"n\",\"url\":\"u\"}", JWS_REQUEST, JWS_BAD_KEY },
		{ "{\"alg\":1,\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\"}", JWS_REQUEST, JWS_MALFORMED },
		{ "[]", JWS_REQUEST, JWS_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof ROW / sizeof *ROW; i++) {
		enum jws_fault f = jws_parse(client_sign(&who[JWS_P256], ROW[i].header, "{}", room, sizeof room), ROW[i].use, &j);
		if (f != ROW[i].fault)
			fail_msg("%s: fault %d", ROW[i].header, f);
		assert_non_null(j.why);
	}
	/* jwk and kid both; and the algorithm of another kind of key. */
	snprintf(header, sizeof header, "{\"alg\":\"ES256\",\"jwk\":%s,\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\"}", who[JWS_P256].jwk);
	assert_int_equal(jws_parse(client_sign(&who[JWS_P256], header, "{}", room, sizeof room), JWS_REQUEST, &j), JWS_MALFORMED);
	snprintf(header, sizeof header, "{\"alg\":\"RS256\",\"jwk\":%s,\"nonce\":\"n\",\"url\":\"u\"}", who[JWS_P256].jwk);
	assert_int_equal(jws_parse(client_sign(&who[JWS_P256], header, "{}", room, sizeof room), JWS_REQUEST, &j), JWS_BAD_ALGORITHM);
}

static void
each_bad_envelope_is_malformed(void **state)
{
	static const char *const ROW[] = {
		"", "[]", "{}", "{\"protected\":\"e30\",\"payload\":\"\"}",
		"{\"protected\":\"e30=\",\"payload\":\"\",\"signature\":\"\"}",
		"{\"protected\":\"e30\",\"payload\":\"\",\"signature\":\"\",\"header\":{}}",
		"{\"protected\":\"e30\",\"payload\":\"\",\"signature\":\"\",\"signature\":\"\"}",
		"{\"payload\":\"\",\"signatures\":[{\"protected\":\"e30\",\"signature\":\"\"}]}",
		"{\"protected\":\"e30\",\"payload\":\"e31\",\"signature\":\"\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof ROW / sizeof *ROW; i++)
		assert_int_equal(jws_parse(bytes_text(ROW[i]), JWS_REQUEST, &j), JWS_MALFORMED);
}

static void
a_mac_holds_for_its_own_key_alone(void **state)
{
	static const uint8_t key[32] = { 1, 2, 3 }, other[32] = { 1, 2, 4 };

	(void)state;
	assert_int_equal(jws_parse(client_mac(key, "{\"alg\":\"HS256\",\"kid\":\"k\",\"url\":\"u\"}", "{}", room, sizeof room), JWS_BINDING, &j), JWS_SOUND);
	assert_string_equal(j.kid, "k");
	assert_true(jws_verify_mac(&j, key));
	assert_false(jws_verify_mac(&j, other));
	/* A public key is no MAC's key, whatever the header says. */
	assert_false(jws_verify(&j, &who[JWS_P256].public));
}

static void
keys_are_the_same_in_a_process_that_speaks_tls(void **state)
{
	struct jws_key again;

	(void)state;
	assert_int_equal(endpoint_init(), OK);
	for (enum jws_kind k = 0; k < JWS_MAC; k++) {
		assert_null(jws_key_parse(bytes_text(who[k].jwk), &again));
		assert_memory_equal(again.thumbprint, who[k].public.thumbprint, 32);
		assert_int_equal(again.kind, k);
		snprintf(header, sizeof header, "{\"alg\":\"%s\",\"jwk\":%s,\"nonce\":\"bm9uY2U\",\"url\":\"" URL "\"}", client_alg[k], who[k].jwk);
		assert_int_equal(jws_parse(client_sign(&who[k], header, "{}", room, sizeof room), JWS_REQUEST, &j), JWS_SOUND);
		assert_true(jws_verify(&j, &again));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_key_signs_and_only_its_own_key_verifies),
		cmocka_unit_test(a_key_has_the_thumbprint_of_rfc_7638),
		cmocka_unit_test(each_bad_key_is_refused_with_its_reason),
		cmocka_unit_test(each_bad_header_is_refused_with_its_fault),
		cmocka_unit_test(each_bad_envelope_is_malformed),
		cmocka_unit_test(a_mac_holds_for_its_own_key_alone),
		cmocka_unit_test(keys_are_the_same_in_a_process_that_speaks_tls),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
