#include "test/unit/jws.h"

#include "test/unit/acme_memory.h"

static struct acme     a;
static struct issuer   by, before;
static struct client   one, two;
static uint8_t         answer_room[65536], binding_key[32] = { 1, 2, 3 };
static struct buf      answer;
static struct exchange x;
static int             looks;
static char            key_authorization[ACME_KEY_AUTHORIZATION];

static enum err
random_token(void *at, uint8_t out[static ACME_TOKEN])
{
	static uint8_t n;

	(void)at;
	memset(out, ++n, ACME_TOKEN);
	return OK;
}

static bool
look(void *at, const struct acme_authorization *z, const char *key)
{
	(void)at;
	assert_int_equal(z->challenge, ACME_PROCESSING);
	snprintf(key_authorization, sizeof key_authorization, "%s", key);
	looks++;
	return true;
}

static enum acme_verdict
issue(void *at, const struct acme_account *of, const struct csr *r, const char *ticket, uint8_t serial[static ACME_SERIAL], const char **why)
{
	(void)at, (void)of, (void)r, (void)ticket, (void)serial;
	*why = "";
	return ACME_FAILED;
}

static int
setup(void **state)
{
	(void)state;
	memset(&memory, 0, sizeof memory);
	strcpy(memory.binding[0].kid, "kid-1");
	memcpy(memory.binding[0].key, binding_key, 32);
	memory.binding[0].has_key = true;
	strcpy(memory.binding[0].device, "pump1");
	strcpy(memory.binding[0].profile, "server");
	a.store = MEMORY;
	a.host = (struct acme_host){ .issue = issue, .random = random_token, .look = look };
	a.issuer = &by;
	a.before = &before;
	by.ca = x509_blank(LIT("\x30\x00"));
	by.ca.subject_key = LIT("key");
	client_new(JWS_P256, &one);
	client_new(JWS_ED25519, &two);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	signer_free(one.key);
	signer_free(two.key);
	return 0;
}

#define HOST "https://ca.example"
#define NOW ((struct instant){ INT64_C(100000) * INSTANT_SECOND })

/* The answer's text. */
static const char *
ask(const char *method, const char *path, struct bytes body, bool kept)
{
	answer = buf_over(answer_room, sizeof answer_room);
	x = (struct exchange){ .method = method, .path = path, .query = "", .host = "ca.example", .type = LIT("application/jose+json"), .body = body, .peer = "", .tls = true,
	                       .now = NOW, .answer = &answer };
	assert_int_equal(acme_answer(&a, &x), kept);
	return buf_string(&answer);
}

static const char *
line(const char *name)
{
	for (unsigned i = 0; i < x.lines; i++)
		if (strcmp(x.line[i].name, name) == 0)
			return x.line[i].value;
	return NULL;
}

/* Signed by who, with a fresh nonce; kid NULL: by its key. */
static const char *
post(const struct client *who, const char *kid, const char *path, const char *payload)
{
	static char header[8192], room[65536];
	char        nonce[NONCE_TEXT];

	nonce_give(&a.nonce, nonce);
	if (kid)
		snprintf(header, sizeof header, "{\"alg\":\"%s\",\"kid\":\"%s\",\"nonce\":\"%s\",\"url\":\"" HOST "%s\"}", client_alg[who->kind], kid, nonce, path);
	else
		snprintf(header, sizeof header, "{\"alg\":\"%s\",\"jwk\":%s,\"nonce\":\"%s\",\"url\":\"" HOST "%s\"}", client_alg[who->kind], who->jwk, nonce, path);
	return ask("POST", path, client_sign(who, header, payload, room, sizeof room), !memory.fails);
}

static void
says(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("%s: does not say %s", text, words);
}

#define KID HOST "/acme/account/1"

/* The first account, of one; its number is 1. */
static void
with_account(void)
{
	static char payload[16384], inner[8192];

	if (memory.accounts)
		return;
	struct bytes b = client_mac(binding_key, "{\"alg\":\"HS256\",\"kid\":\"kid-1\",\"url\":\"" HOST "/acme/new-account\"}", one.jwk, inner, sizeof inner);
	snprintf(payload, sizeof payload, "{\"contact\":[\"mailto:a@h.example\"],\"externalAccountBinding\":%.*s}", (int)b.len, (const char *)b.at);
	says(post(&one, NULL, "/acme/new-account", payload), "\"status\":\"valid\"");
	assert_int_equal(x.status, 201);
	assert_string_equal(line("Location"), KID);
}

static void
the_directory_names_what_is_there(void **state)
{
	(void)state;
	says(ask("GET", "/acme/directory", LIT(""), true), "\"newOrder\":\"" HOST "/acme/new-order\"");
	assert_int_equal(x.status, 200);
	assert_null(line("Replay-Nonce"));
	(void)ask("HEAD", "/acme/new-nonce", LIT(""), true);
	assert_int_equal(x.status, 200);
	assert_non_null(line("Replay-Nonce"));
	says(ask("POST", "/acme/directory", LIT(""), true), "asked by GET");
	assert_int_equal(x.status, 405);
	for (const char *const *p = (const char *const[]){ "/acme/", "/acme/nothing", "/acme/directory/", "/acme/order/0", "/acme/order/-1", "/acme/order/99999999999999999999", NULL }; *p; p++) {
		(void)ask("GET", *p, LIT(""), true);
		assert_int_equal(x.status, 404);
	}
}

static void
a_binding_makes_one_account(void **state)
{
	(void)state;
	says(post(&two, NULL, "/acme/new-account", "{}"), "externalAccountRequired");
	assert_int_equal(x.status, 403);
	with_account();
	assert_int_equal(memory.binding[0].account, 1);
	assert_string_equal(memory.account[0].device, "pump1");
	says(post(&one, NULL, "/acme/new-account", "{\"onlyReturnExisting\":true}"), "\"status\":\"valid\"");
	assert_int_equal(x.status, 200);
	assert_int_equal(memory.accounts, 1);
}

static void
a_nonce_signs_one_request(void **state)
{
	char room[65536], header[512], nonce[NONCE_TEXT];

	(void)state;
	with_account();
	nonce_give(&a.nonce, nonce);
	snprintf(header, sizeof header, "{\"alg\":\"ES256\",\"kid\":\"" KID "\",\"nonce\":\"%s\",\"url\":\"" KID "\"}", nonce);
	struct bytes body = client_sign(&one, header, "", room, sizeof room);
	(void)ask("POST", "/acme/account/1", body, true);
	assert_int_equal(x.status, 200);
	says(ask("POST", "/acme/account/1", body, true), "badNonce");
	assert_int_equal(x.status, 400);
	assert_non_null(line("Replay-Nonce"));
}

static void
another_key_signs_for_no_account(void **state)
{
	(void)state;
	with_account();
	says(post(&two, KID, "/acme/account/1", ""), "badSignatureAlgorithm");
	struct client thief;
	client_new(JWS_P256, &thief);
	says(post(&thief, KID, "/acme/account/1", ""), "signature does not hold");
	signer_free(thief.key);
	says(post(&one, HOST "/acme/account/2", "/acme/account/2", ""), "accountDoesNotExist");
	says(post(&one, "https://elsewhere.example/acme/account/1", "/acme/account/1", ""), "accountDoesNotExist");
}

/* The number of the order in the answer. */
static int64_t
order(const char *identifiers)
{
	char payload[512];

	snprintf(payload, sizeof payload, "{\"identifiers\":[%s]}", identifiers);
	says(post(&one, KID, "/acme/new-order", payload), "\"status\":\"pending\"");
	assert_int_equal(x.status, 201);
	return memory.orders;
}

#define DNS(name) "{\"type\":\"dns\",\"value\":\"" name "\"}"

static void
an_order_is_ready_when_all_its_names_are_valid(void **state)
{
	char path[128], text[128];

	(void)state;
	with_account();
	int64_t o = order(DNS("a.h.example") "," DNS("B.H.example")), z = memory.authorizations;
	assert_string_equal(memory.authorization[z - 1].name, "b.h.example");
	for (int64_t i = z - 1; i <= z; i++) {
		snprintf(path, sizeof path, "/acme/challenge/%lld/dns-01", (long long)i);
		looks = 0;
		says(post(&one, KID, path, "{}"), "\"status\":\"processing\"");
		assert_int_equal(looks, 1);
		assert_non_null(line("Retry-After"));
		/* Token and thumbprint, and asked again it is not begun again. */
		acme_token(&memory.authorization[i - 1], ACME_DNS, text);
		assert_memory_equal(key_authorization, text, strlen(text));
		assert_int_equal(key_authorization[strlen(text)], '.');
		(void)post(&one, KID, path, "{}");
		assert_int_equal(looks, 1);
		assert_int_equal(memory.order[o - 1].state, ACME_PENDING);
		assert_true(acme_looked(&a, i, "", "", NOW));
	}
	assert_int_equal(memory.order[o - 1].state, ACME_READY);
	snprintf(path, sizeof path, "/acme/order/%lld", (long long)o);
	says(post(&one, KID, path, ""), "\"status\":\"ready\"");
}

static void
an_order_is_invalid_with_its_first_invalid_name(void **state)
{
	char path[128];

	(void)state;
	with_account();
	int64_t o = order(DNS("a.h.example") "," DNS("b.h.example")), z = memory.authorizations;
	snprintf(path, sizeof path, "/acme/challenge/%lld/http-01", (long long)z);
	(void)post(&one, KID, path, "{}");
	assert_true(acme_looked(&a, z, "dns", "has no address", NOW));
	snprintf(path, sizeof path, "/acme/order/%lld", (long long)o);
	says(post(&one, KID, path, ""), "has no address");
	assert_int_equal(memory.order[o - 1].state, ACME_INVALID);
	/* What comes late changes nothing. */
	assert_true(acme_looked(&a, z, "", "", NOW));
	assert_int_equal(memory.authorization[z - 1].state, ACME_INVALID);
	assert_true(acme_looked(&a, 999, "", "", NOW));
}

static void
what_is_found_without_being_asked_for_makes_nothing_valid(void **state)
{
	(void)state;
	with_account();
	(void)order(DNS("a.h.example"));
	assert_true(acme_looked(&a, memory.authorizations, "", "", NOW));
	assert_int_equal(memory.authorization[memory.authorizations - 1].state, ACME_PENDING);
}

static void
an_order_that_is_not_ready_is_not_finalized(void **state)
{
	char path[128];

	(void)state;
	with_account();
	int64_t o = order(DNS("a.h.example"));
	snprintf(path, sizeof path, "/acme/finalize/%lld", (long long)o);
	says(post(&one, KID, path, "{\"csr\":\"AAAA\"}"), "orderNotReady");
	memory.order[o - 1].state = ACME_READY;
	says(post(&one, KID, path, "{\"csr\":\"AAAA\"}"), "badCSR");
	memory.order[o - 1].expires = 1;
	says(post(&one, KID, path, "{\"csr\":\"AAAA\"}"), "orderNotReady");
	assert_int_equal(memory.order[o - 1].state, ACME_INVALID);
}

static void
an_address_has_no_challenge_in_the_dns(void **state)
{
	char path[128];

	(void)state;
	with_account();
	(void)order("{\"type\":\"ip\",\"value\":\"10.20.3.7\"}");
	snprintf(path, sizeof path, "/acme/authorization/%lld", (long long)memory.authorizations);
	const char *text = post(&one, KID, path, "");
	says(text, "tls-alpn-01");
	assert_null(strstr(text, "dns-01"));
	snprintf(path, sizeof path, "/acme/challenge/%lld/dns-01", (long long)memory.authorizations);
	(void)post(&one, KID, path, "{}");
	assert_int_equal(x.status, 404);
}

static void
the_fifty_first_unfinished_order_is_refused_with_a_time_to_come_back(void **state)
{
	(void)state;
	with_account();
	while (memory.orders < 200 && x.status != 429)
		(void)post(&one, KID, "/acme/new-order", "{\"identifiers\":[" DNS("a.h.example") "]}");
	says(buf_string(&answer), "rateLimited");
	assert_string_equal(line("Retry-After"), "3600");
	unsigned open = 0;
	for (int64_t i = 0; i < memory.orders; i++) {
		open += memory.order[i].state < ACME_VALID;
		memory.order[i].state = ACME_INVALID;
	}
	assert_int_equal(open, ACME_OPEN);
}

static void
what_could_not_be_kept_is_said_to_have_failed(void **state)
{
	(void)state;
	with_account();
	memory.fails = true;
	says(post(&one, KID, "/acme/new-order", "{\"identifiers\":[" DNS("a.h.example") "]}"), "serverInternal");
	assert_int_equal(x.status, 500);
	memory.fails = false;
}

static void
a_certificate_is_renewed_in_its_last_third(void **state)
{
	(void)state;
	/* 90 days from 1000 s on; "key" and a number that begins with 0x42. */
	const char *text = ask("GET", "/acme/renewal-info/a2V5.QgAAAAAAAAAAAAAAAAAAAA", LIT(""), true);
	says(text, "\"start\":\"1970-03-02T00:16:40Z\"");
	says(text, "\"end\":\"1970-03-17T00:16:40Z\"");
	assert_non_null(line("Retry-After"));
	for (const char *const *p = (const char *const[]){ "a2V5.QwAAAAAAAAAAAAAAAAAAAA", "a2V4.QgAAAAAAAAAAAAAAAAAAAA", "a2V5", ".", "a2V5.QgAA", NULL }; *p; p++) {
		char path[128];
		snprintf(path, sizeof path, "/acme/renewal-info/%s", *p);
		(void)ask("GET", path, LIT(""), true);
		assert_int_equal(x.status, 404);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_directory_names_what_is_there),
		cmocka_unit_test(a_binding_makes_one_account),
		cmocka_unit_test(a_nonce_signs_one_request),
		cmocka_unit_test(another_key_signs_for_no_account),
		cmocka_unit_test(an_order_is_ready_when_all_its_names_are_valid),
		cmocka_unit_test(an_order_is_invalid_with_its_first_invalid_name),
		cmocka_unit_test(what_is_found_without_being_asked_for_makes_nothing_valid),
		cmocka_unit_test(an_order_that_is_not_ready_is_not_finalized),
		cmocka_unit_test(an_address_has_no_challenge_in_the_dns),
		cmocka_unit_test(the_fifty_first_unfinished_order_is_refused_with_a_time_to_come_back),
		cmocka_unit_test(what_could_not_be_kept_is_said_to_have_failed),
		cmocka_unit_test(a_certificate_is_renewed_in_its_last_third),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
