/*
 * endpoint: see endpoint.h; through OpenSSL's libssl.
 *
 * Where OpenSSL 3.0 spends its time in a handshake, and what is done about it
 * (docs/performance.md has the figures):
 *
 *	reading a certificate's key through the decoders   an engine of ours that adds nothing
 *	                                                   makes the older, direct reader be used
 *	tickets: the client's certificate printed and read  sessions stay here, one a handshake
 *	the chain verified anew each time                   the judge remembers what it verified
 */
#include "crypt/endpoint_inside.h"

enum { CERTIFICATE = 16 << 10 };

struct endpoint_chain {
	X509_STORE_CTX *of;
	uint8_t         room[CERTIFICATE];
	size_t          leaf, used; /* used: by the way, behind the leaf */
};

struct endpoint_once endpoint_once;

static const char *trouble = ""; /* OpenSSL's words last as long as the process */

static const struct {
	const char *text;
	int         code; /* OpenSSL's, from which it finds the alert */
} FAULT[] = {
	[ENDPOINT_FINE] = { "fine", X509_V_OK },
	[ENDPOINT_UNKNOWN_CA] = { "not issued by a CA trusted here", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY },
	[ENDPOINT_EXPIRED] = { "expired", X509_V_ERR_CERT_HAS_EXPIRED },
	[ENDPOINT_NOT_YET] = { "not valid yet", X509_V_ERR_CERT_NOT_YET_VALID },
	[ENDPOINT_REVOKED] = { "revoked", X509_V_ERR_CERT_REVOKED },
	[ENDPOINT_PURPOSE] = { "not for this purpose", X509_V_ERR_INVALID_PURPOSE },
	[ENDPOINT_WEAK] = { "of a weak key or signature", X509_V_ERR_EE_KEY_TOO_SMALL },
	[ENDPOINT_WRONG_NAME] = { "of another name", X509_V_ERR_HOSTNAME_MISMATCH },
	[ENDPOINT_MALFORMED] = { "malformed", X509_V_ERR_CERT_REJECTED },
	[ENDPOINT_UNWANTED] = { "not let in here", X509_V_ERR_APPLICATION_VERIFICATION },
};

const char *
endpoint_fault_text(enum endpoint_fault f)
{
	return FAULT[f].text;
}

const char *
endpoint_trouble(void)
{
	return trouble;
}

void
endpoint_note_trouble(void)
{
	unsigned long n = ERR_peek_last_error();
	const char   *reason = ERR_reason_error_string(n);

	trouble = !n ? "the connection broke off" : reason ? reason : "TLS failed";
	ERR_clear_error();
}

/* --- once a process -------------------------------------------------------------------- */

static int
methods(ENGINE *e, EVP_PKEY_METHOD **m, const int **kinds, int kind)
{
	static const int KINDS[] = { EVP_PKEY_EC, EVP_PKEY_RSA };

	(void)e;
	if (!m) {
		*kinds = KINDS;
		return 2;
	}
	*m = (EVP_PKEY_METHOD *)(uintptr_t)EVP_PKEY_meth_find(kind);
	return *m != NULL;
}

/* A session's copy of the digest of its peer's certificate. */
static int
copy_digest(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **at, int index, long n, void *arg)
{
	(void)to;
	(void)from;
	(void)index;
	(void)n;
	(void)arg;
	*at = *at ? OPENSSL_memdup(*at, ENDPOINT_DIGEST) : NULL;
	return 1;
}

static void
free_digest(void *session, void *at, CRYPTO_EX_DATA *of, int index, long n, void *arg)
{
	(void)session;
	(void)of;
	(void)index;
	(void)n;
	(void)arg;
	OPENSSL_free(at);
}

/* A public key that is the curve's generator itself. */
static EVP_PKEY *
make_no_key(void)
{
	EC_KEY   *ec = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
	EVP_PKEY *key = EVP_PKEY_new();

	if (ec && key && EC_KEY_set_public_key(ec, EC_GROUP_get0_generator(EC_KEY_get0_group(ec))) && EVP_PKEY_assign_EC_KEY(key, ec))
		return key;
	EC_KEY_free(ec);
	EVP_PKEY_free(key);
	return NULL;
}

enum err
endpoint_init(void)
{
	ENGINE *e = ENGINE_new();

	tzset(); /* now: in a jail the file of time zones is out of reach */
	if (!e || !ENGINE_set_id(e, "direct") || !ENGINE_set_name(e, "OpenSSL's own methods, without its decoders") ||
	    !ENGINE_set_pkey_meths(e, methods) || !ENGINE_add(e) || !ENGINE_register_pkey_meths(e))
		return ERR_UNSUPPORTED;
	ENGINE_free(e); /* its list keeps it */
	endpoint_once.no_key = make_no_key();
	endpoint_once.context_at = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	endpoint_once.digest_at = SSL_SESSION_get_ex_new_index(0, NULL, NULL, copy_digest, free_digest);
	if (!endpoint_once.no_key || endpoint_once.context_at < 0 || endpoint_once.digest_at < 0 || !ASYNC_init_thread(0, 0))
		return ERR_MEMORY;
	return endpoint_lent_init();
}

/* --- who is on the other side ------------------------------------------------------------ */

static enum endpoint_fault
fault_of(int code)
{
	switch (code) {
	case X509_V_OK:                          return ENDPOINT_FINE;
	case X509_V_ERR_CERT_HAS_EXPIRED:        return ENDPOINT_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:      return ENDPOINT_NOT_YET;
	case X509_V_ERR_CERT_REVOKED:            return ENDPOINT_REVOKED;
	case X509_V_ERR_INVALID_PURPOSE:         return ENDPOINT_PURPOSE;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:          return ENDPOINT_WEAK;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:     return ENDPOINT_WRONG_NAME;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_UNTRUSTED:          return ENDPOINT_UNKNOWN_CA;
	default:                                 return ENDPOINT_MALFORMED;
	}
}

static bool
put(struct endpoint_chain *c, X509 *x, struct bytes *out)
{
	int            n = i2d_X509(x, NULL);
	unsigned char *at = c->room + c->used;

	if (n <= 0 || (size_t)n > sizeof c->room - c->used)
		return false;
	i2d_X509(x, &at);
	*out = bytes_of(c->room + c->used, (size_t)n);
	c->used += (size_t)n;
	return true;
}

struct bytes
endpoint_chain_leaf(const struct endpoint_chain *c)
{
	return bytes_of(c->room, c->leaf);
}

enum endpoint_fault
endpoint_chain_verify(struct endpoint_chain *c, struct bytes link[static ENDPOINT_LINKS], unsigned *n)
{
	int fine = X509_verify_cert(c->of), code = X509_STORE_CTX_get_error(c->of);

	c->used = c->leaf;
	link[0] = endpoint_chain_leaf(c);
	*n = 1;
	ERR_clear_error();
	if (fine <= 0)
		return fault_of(code == X509_V_OK ? X509_V_ERR_UNSPECIFIED : code);
	STACK_OF(X509) *way = X509_STORE_CTX_get0_chain(c->of);
	for (int i = 1; i < sk_X509_num(way) && *n < ENDPOINT_LINKS; i++)
		if (!put(c, sk_X509_value(way, i), &link[(*n)++]))
			return ENDPOINT_MALFORMED;
	return ENDPOINT_FINE;
}

static void
note_digest(const SSL *ssl, struct bytes leaf)
{
	SSL_SESSION *s = SSL_get_session(ssl);
	uint8_t      digest[ENDPOINT_DIGEST];

	hash_sha256(leaf, digest);
	uint8_t *copy = OPENSSL_memdup(digest, sizeof digest);
	if (!copy || !s)
		return;
	OPENSSL_free(SSL_SESSION_get_ex_data(s, endpoint_once.digest_at));
	SSL_SESSION_set_ex_data(s, endpoint_once.digest_at, copy);
}

int
endpoint_on_certificate(X509_STORE_CTX *of, void *arg)
{
	struct endpoint_context *k = arg;
	SSL                     *ssl = X509_STORE_CTX_get_ex_data(of, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct endpoint_chain    c = { .of = of };
	struct bytes             link[ENDPOINT_LINKS];
	enum endpoint_fault      f = ENDPOINT_MALFORMED;
	unsigned                 n;

	if (put(&c, X509_STORE_CTX_get0_cert(of), &link[0])) {
		c.leaf = c.used;
		struct endpoint *t = SSL_get_app_data(ssl);
		note_digest(ssl, endpoint_chain_leaf(&c));
		f = k->config.judge && t ? k->config.judge(k->config.context, t, &c) : endpoint_chain_verify(&c, link, &n);
	}
	X509_STORE_CTX_set_error(of, FAULT[f].code);
	return f == ENDPOINT_FINE;
}

/* --- connections ------------------------------------------------------------------------ */

enum err
endpoint_open(struct endpoint *t, struct endpoint_context *c, int fd, void *owner)
{
	*t = (struct endpoint){ .ssl = SSL_new(c->ctx), .owner = owner };
	if (!t->ssl || !SSL_set_fd(t->ssl, fd))
		goto out;
	SSL_set_app_data(t->ssl, t);
	SSL_set_mode(t->ssl, SSL_MODE_ASYNC); /* until the handshake is done: later nothing is signed */
	if (c->config.server) {
		SSL_set_accept_state(t->ssl);
		return OK;
	}
	SSL_set_connect_state(t->ssl);
	if ((c->name[0] && !SSL_set_tlsext_host_name(t->ssl, c->name)) || (c->session && !SSL_set_session(t->ssl, c->session)))
		goto out;
	return OK;
out:
	endpoint_close(t);
	return ERR_MEMORY;
}

void
endpoint_close(struct endpoint *t)
{
	/* However the connection ended, its session may go on, unless TLS itself failed: then OpenSSL has thrown it away. */
	if (t->ssl && SSL_is_init_finished(t->ssl))
		SSL_set_shutdown(t->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(t->ssl);
	*t = (struct endpoint){ 0 };
}

static enum endpoint_turn
turn_of(struct endpoint *t, int result)
{
	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_NONE:        return ENDPOINT_DONE;
	case SSL_ERROR_WANT_READ:   return ENDPOINT_READ;
	case SSL_ERROR_WANT_WRITE:  return ENDPOINT_WRITE;
	case SSL_ERROR_WANT_ASYNC:  return ENDPOINT_SIGN;
	case SSL_ERROR_ZERO_RETURN: return ENDPOINT_CLOSED;
	default:
		endpoint_note_trouble();
		return ENDPOINT_FAILED;
	}
}

/*
 * Of what the other side proved only the digest is kept: OpenSSL's parsed
 * certificate is some 4 KiB, a quarter of a connection at rest, and stays with
 * connection and session for their lives.
 */
static void
shrink(SSL *ssl)
{
	X509      *x = SSL_get0_peer_certificate(ssl);
	X509_NAME *none = X509_NAME_new();

	while (x && X509_get_ext_count(x))
		X509_EXTENSION_free(X509_delete_ext(x, 0));
	if (x && none) {
		X509_set_subject_name(x, none);
		X509_set_issuer_name(x, none);
		X509_set_pubkey(x, endpoint_once.no_key); /* its curve's numbers are the largest part */
	}
	X509_NAME_free(none);
}

/* The ephemeral keys, which OpenSSL keeps as long as the connection: whoever reads this memory later must not find them.  They are half a KiB, too. */
static void
forget_ephemeral(SSL *ssl)
{
	EVP_PKEY *key[2] = { NULL, NULL };

	SSL_get_tmp_key(ssl, &key[0]);
	SSL_get_peer_tmp_key(ssl, &key[1]);
	for (int i = 0; i < 2; i++) {
		if (key[i])
			EVP_PKEY_set_type(key[i], EVP_PKEY_RSA); /* an empty key of another type: what it held is erased */
		EVP_PKEY_free(key[i]);
	}
	ERR_clear_error();
}

enum endpoint_turn
endpoint_shake(struct endpoint *t)
{
	t->errand = false;
	endpoint_once.running = t;
	int n = SSL_do_handshake(t->ssl);
	endpoint_once.running = NULL;
	enum endpoint_turn turn = turn_of(t, n);
	if (turn == ENDPOINT_DONE) {
		SSL_clear_mode(t->ssl, SSL_MODE_ASYNC);
		const struct endpoint_context *k = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(t->ssl), endpoint_once.context_at);
		if (k->config.judge && !SSL_session_reused(t->ssl))
			shrink(t->ssl);
		forget_ephemeral(t->ssl);
	}
	return turn;
}

enum endpoint_turn
endpoint_read(struct endpoint *t, void *at, size_t cap, size_t *n)
{
	int r = SSL_read_ex(t->ssl, at, cap, n);

	return r == 1 ? ENDPOINT_DONE : turn_of(t, r);
}

enum endpoint_turn
endpoint_write(struct endpoint *t, struct bytes of, size_t *n)
{
	int r = SSL_write_ex(t->ssl, of.at, of.len, n);

	return r == 1 ? ENDPOINT_DONE : turn_of(t, r);
}

void
endpoint_end(struct endpoint *t)
{
	if (SSL_is_init_finished(t->ssl))
		SSL_shutdown(t->ssl);
	ERR_clear_error();
}

bool
endpoint_pending(const struct endpoint *t)
{
	return SSL_has_pending(t->ssl);
}

enum err
endpoint_peer(const struct endpoint *t, uint8_t digest[static 32])
{
	const SSL_SESSION *s = SSL_get0_session(t->ssl);
	const uint8_t     *at = s ? SSL_SESSION_get_ex_data(s, endpoint_once.digest_at) : NULL;

	if (!at)
		return ERR_NOTFOUND;
	memcpy(digest, at, ENDPOINT_DIGEST);
	return OK;
}

bool
endpoint_resumed(const struct endpoint *t)
{
	return SSL_session_reused(t->ssl);
}

const char *
endpoint_version(const struct endpoint *t)
{
	return SSL_get_version(t->ssl);
}

const char *
endpoint_cipher(const struct endpoint *t)
{
	return SSL_get_cipher_name(t->ssl);
}

bool
endpoint_agreed(const struct endpoint *t)
{
	const struct endpoint_context *k = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(t->ssl), endpoint_once.context_at);
	const unsigned char           *chosen;
	unsigned                       n;

	SSL_get0_alpn_selected(t->ssl, &chosen, &n);
	return n && n + 1 == k->alpn_len && memcmp(chosen, k->alpn + 1, n) == 0;
}

const char *
endpoint_server_name(const struct endpoint *t)
{
	return SSL_get_servername(t->ssl, TLSEXT_NAMETYPE_host_name);
}

struct ssl_st *
endpoint_raw(struct endpoint_context *c)
{
	SSL *ssl = SSL_new(c->ctx);

	if (!ssl)
		return NULL;
	SSL_set_accept_state(ssl);
	SSL_set_read_ahead(ssl, 0); /* libevent waits for the socket, and does not know of records that were read already */
	return ssl;
}

static enum err
leaf(const SSL *ssl, struct buf *der)
{
	X509 *x = SSL_get0_peer_certificate(ssl);
	int   n = x ? i2d_X509(x, NULL) : 0;

	if (n <= 0)
		return ERR_NOTFOUND;
	unsigned char *at = buf_room(der, (size_t)n);
	return at && i2d_X509(x, &at) == n ? OK : ERR_LIMIT;
}

enum err
endpoint_leaf(const struct endpoint *t, struct buf *der)
{
	return leaf(t->ssl, der);
}

enum err
endpoint_raw_leaf(struct ssl_st *ssl, struct buf *der)
{
	return leaf(ssl, der);
}

void
endpoint_raw_binding(struct ssl_st *ssl, struct buf *out)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	uint8_t           room[ENDPOINT_BINDING];
	size_t            n = 0;

	/* The first Finished of a full handshake is the client's; none is resumed where this is asked. */
	if (SSL_version(ssl) < TLS1_3_VERSION)
		n = SSL_get_peer_finished(ssl, room, sizeof room);
	else if (SSL_export_keying_material(ssl, room, 32, label, sizeof label - 1, (const unsigned char *)"", 0, 1) == 1)
		n = 32;
	buf_put(out, room, n < sizeof room ? n : sizeof room);
}
