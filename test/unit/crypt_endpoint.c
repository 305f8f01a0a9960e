#include "test/unit/check.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypt/endpoint.h"
#include "crypt/hash.h"
#include "crypt/pem.h"
#include "test/unit/tls.h"

/* Two ends over a socket pair; each errand is kept until it is run. */
struct lab {
	struct endpoint_context *server, *client;
	struct endpoint          s, c;
	int                      fd[2];
	struct signer           *key[3]; /* the server's, the client's, the server's RSA one */
	struct endpoint_errand  *waits[4];
	unsigned                 errands, hellos, judged;
	bool                     refuse;
	enum endpoint_fault      verdict;
};

static void
run_errand(struct lab *l, struct endpoint_errand *e)
{
	struct buf out = buf_over(e->signature, sizeof e->signature);

	if (!l->refuse)
		assert_int_equal(signer_lend(l->key[e->key], e->form, e->text, &out), OK);
	e->len = (uint16_t)out.len;
	e->answered = true;
}

static void
sign(void *context, struct endpoint_errand *e)
{
	struct lab *l = context;

	if (e->asks)
		l->waits[l->errands++] = e;
	else
		run_errand(l, e);
}

static enum endpoint_fault
judge(void *context, struct endpoint *t, struct endpoint_chain *c)
{
	struct lab  *l = context;
	struct bytes link[ENDPOINT_LINKS];
	unsigned     n;

	assert_ptr_equal(t->owner, l);
	l->judged++;
	enum endpoint_fault f = endpoint_chain_verify(c, link, &n);
	assert_true(f || n == 2);
	return f ? f : l->verdict;
}

static void
hello(void *context, struct endpoint *t, struct bytes of)
{
	(void)t;
	assert_true(of.len > 4 && of.at[0] == 1 && of.len == 4u + (size_t)(of.at[1] << 16 | of.at[2] << 8 | of.at[3]));
	((struct lab *)context)->hellos++;
}

static struct signer *
key(const char *pem)
{
	struct signer *k;

	assert_int_equal(signer_load(bytes_text(pem), NULL, &k), OK);
	return k;
}

static int
set_up(void **state)
{
	static struct lab l;
	static bool       once;

	if (!once)
		assert_true(endpoint_init() == OK && hash_init() == OK);
	once = true;
	memset(&l, 0, sizeof l);
	l.key[0] = key(SERVER_KEY);
	l.key[1] = key(CLIENT_KEY);
	l.key[2] = key(RSA_SERVER_KEY);
	*state = &l;
	return 0;
}

static int
tear_down(void **state)
{
	struct lab *l = *state;

	endpoint_context_free(l->server);
	endpoint_context_free(l->client);
	for (int i = 0; i < 3; i++)
		signer_free(l->key[i]);
	return 0;
}

static struct endpoint_config
server_of(struct lab *l)
{
	return (struct endpoint_config){ .server = true, .credential = { { bytes_text(SERVER), 0 } }, .trusted = bytes_text(CA), .sessions = 16, .lean = true,
	                                 .context = l, .sign = sign, .judge = judge, .hello = hello };
}

static struct endpoint_config
client_of(struct lab *l)
{
	return (struct endpoint_config){ .credential = { { bytes_text(CLIENT), 1 } }, .trusted = bytes_text(CA), .sessions = 1, .context = l, .sign = sign };
}

static void
make(struct lab *l, struct endpoint_config server, struct endpoint_config client)
{
	endpoint_context_free(l->server);
	endpoint_context_free(l->client);
	assert_int_equal(endpoint_context_new(&server, &l->server), OK);
	assert_int_equal(endpoint_context_new(&client, &l->client), OK);
}

static void
dial(struct lab *l)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, l->fd), 0);
	assert_int_equal(endpoint_open(&l->s, l->server, l->fd[0], l), OK);
	assert_int_equal(endpoint_open(&l->c, l->client, l->fd[1], l), OK);
}

static void
hang_up(struct lab *l)
{
	endpoint_end(&l->c);
	endpoint_end(&l->s);
	endpoint_close(&l->s);
	endpoint_close(&l->c);
	close(l->fd[0]);
	close(l->fd[1]);
}

static enum endpoint_turn
shake(struct lab *l, enum endpoint_turn *client)
{
	enum endpoint_turn s = ENDPOINT_READ, c = ENDPOINT_READ;

	for (int i = 0; i < 20 && (s < ENDPOINT_CLOSED && c < ENDPOINT_CLOSED) && (s || c); i++) {
		c = c ? endpoint_shake(&l->c) : c;
		s = s ? endpoint_shake(&l->s) : s;
		for (; l->errands; l->errands--)
			run_errand(l, l->waits[l->errands - 1]);
	}
	if (client)
		*client = c;
	return s;
}

/* Bytes from the client to the server and back: sessions of TLS 1.3 come behind the handshake. */
static void
talk(struct lab *l)
{
	char   room[16];
	size_t n;

	assert_int_equal(endpoint_write(&l->c, LIT("alarm"), &n), ENDPOINT_DONE);
	assert_int_equal(endpoint_read(&l->s, room, sizeof room, &n), ENDPOINT_DONE);
	assert_memory_equal(room, "alarm", n);
	assert_int_equal(endpoint_read(&l->s, room, sizeof room, &n), ENDPOINT_READ);
	assert_int_equal(endpoint_write(&l->s, LIT("ack"), &n), ENDPOINT_DONE);
	assert_int_equal(endpoint_read(&l->c, room, sizeof room, &n), ENDPOINT_DONE);
	assert_int_equal(n, 3);
}

static void
both_ends_prove_themselves_with_keys_that_are_elsewhere(void **state)
{
	struct lab *l = *state;
	uint8_t     digest[ENDPOINT_DIGEST], der[4096], wanted[ENDPOINT_DIGEST];
	struct buf  leaf = buf_over(der, sizeof der);
	char        label[32];

	make(l, server_of(l), client_of(l));
	dial(l);
	assert_int_equal(shake(l, NULL), ENDPOINT_DONE);
	talk(l);
	assert_int_equal(l->judged, 1);
	assert_int_equal(l->hellos, 1);
	assert_string_equal(endpoint_version(&l->s), "TLSv1.3");
	assert_int_equal(endpoint_peer(&l->s, digest), OK);
	assert_int_equal(pem_next(&(struct bytes){ (const uint8_t *)CLIENT, sizeof CLIENT }, label, &leaf), OK);
	hash_sha256(buf_bytes(&leaf), wanted);
	assert_memory_equal(digest, wanted, sizeof digest);
	hang_up(l);
}

static void
ephemeral_keys_do_not_outlive_the_handshake(void **state)
{
	struct lab *l = *state;

	make(l, server_of(l), client_of(l));
	dial(l);
	assert_int_equal(shake(l, NULL), ENDPOINT_DONE);
	for (int i = 0; i < 4; i++) {
		EVP_PKEY *key = NULL;
		size_t    len = 0;
		SSL      *ssl = i < 2 ? l->s.ssl : l->c.ssl;
		if (i % 2 ? SSL_get_peer_tmp_key(ssl, &key) : SSL_get_tmp_key(ssl, &key))
			assert_int_equal(EVP_PKEY_get_raw_public_key(key, NULL, &len), 0); /* X25519's it was */
		EVP_PKEY_free(key);
	}
	ERR_clear_error();
	talk(l);
	hang_up(l);
}

static void
an_rsa_key_is_lent_too(void **state)
{
	struct lab            *l = *state;
	struct endpoint_config s = server_of(l);

	s.credential[0] = (struct endpoint_credential){ bytes_text(RSA_SERVER), 2 };
	make(l, s, client_of(l));
	dial(l);
	assert_int_equal(shake(l, NULL), ENDPOINT_DONE);
	talk(l);
	hang_up(l);
}

static bool
gone(void *context, const uint8_t digest[static 32])
{
	(void)digest;
	*(unsigned *)context += 1;
	return true;
}

static void
a_session_goes_on_without_signatures_until_it_is_forgotten(void **state)
{
	struct lab *l = *state;
	bool        resumed[3];
	unsigned    asked = 0;

	make(l, server_of(l), client_of(l));
	for (int i = 0; i < 3; i++) {
		dial(l);
		assert_int_equal(shake(l, NULL), ENDPOINT_DONE);
		resumed[i] = endpoint_resumed(&l->s);
		talk(l);
		hang_up(l);
		if (i == 1)
			endpoint_context_forget(l->server, gone, &asked);
	}
	assert_false(resumed[0]);
	assert_true(resumed[1]);
	assert_false(resumed[2]);
	assert_int_equal(l->judged, 2);
	assert_true(asked >= 1);
}

static void
whom_the_judge_refuses_hears_why(void **state)
{
	struct lab        *l = *state;
	enum endpoint_turn c;
	size_t             n;
	char               room[8];

	make(l, server_of(l), client_of(l));
	l->verdict = ENDPOINT_REVOKED;
	dial(l);
	assert_int_equal(shake(l, &c), ENDPOINT_FAILED);
	assert_int_equal(endpoint_read(&l->c, room, sizeof room, &n), ENDPOINT_FAILED);
	assert_non_null(strstr(endpoint_trouble(), "certificate revoked"));
	hang_up(l);
}

static void
a_certificate_for_another_purpose_is_refused(void **state)
{
	struct lab            *l = *state;
	struct endpoint_config c = client_of(l);

	c.credential[0] = (struct endpoint_credential){ bytes_text(WRONG), 1 };
	signer_free(l->key[1]);
	l->key[1] = key(WRONG_KEY);
	make(l, server_of(l), c);
	dial(l);
	assert_int_equal(shake(l, NULL), ENDPOINT_FAILED);
	hang_up(l);
}

static void
who_shows_no_certificate_is_let_in_only_where_that_is_said(void **state)
{
	struct lab            *l = *state;
	struct endpoint_config c = client_of(l), s = server_of(l);

	c.credential[0].chain = bytes_of("", 0);
	make(l, s, c);
	dial(l);
	assert_int_equal(shake(l, NULL), ENDPOINT_FAILED);
	hang_up(l);
	s.may_be_silent = true;
	make(l, s, c);
	dial(l);
	assert_int_equal(shake(l, NULL), ENDPOINT_DONE);
	hang_up(l);
}

static void
an_errand_refused_ends_the_handshake(void **state)
{
	struct lab *l = *state;

	make(l, server_of(l), client_of(l));
	l->refuse = true;
	dial(l);
	assert_int_equal(shake(l, NULL), ENDPOINT_FAILED);
	hang_up(l);
}

static void
a_key_lent_signs_what_has_the_form_alone(void **state)
{
	struct lab *l = *state;
	uint8_t     room[SIGNER_SIGNATURE], block[256] = { 0 };
	struct buf  out = buf_over(room, sizeof room);

	assert_int_equal(signer_lend(l->key[0], SIGNER_BLOCK, bytes_of(block, sizeof block), &out), ERR_USAGE);
	assert_int_equal(signer_lend(l->key[2], SIGNER_DIGEST, bytes_of(block, 32), &out), ERR_USAGE);
	assert_int_equal(signer_lend(l->key[2], SIGNER_BLOCK, bytes_of(block, sizeof block), &out), ERR_USAGE);
	block[255] = 0xbc;
	assert_int_equal(signer_lend(l->key[2], SIGNER_BLOCK, bytes_of(block, sizeof block), &out), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(both_ends_prove_themselves_with_keys_that_are_elsewhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ephemeral_keys_do_not_outlive_the_handshake, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_rsa_key_is_lent_too, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_session_goes_on_without_signatures_until_it_is_forgotten, set_up, tear_down),
		cmocka_unit_test_setup_teardown(whom_the_judge_refuses_hears_why, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_certificate_for_another_purpose_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_shows_no_certificate_is_let_in_only_where_that_is_said, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_errand_refused_ends_the_handshake, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_key_lent_signs_what_has_the_form_alone, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
