/* endpoint_context: what connections of one kind share: credentials, whom they trust, sessions. */
#include "crypt/endpoint_inside.h"

enum { SESSION_S = 3600, CHAIN_DEPTH = 8, BULK = 64 << 10 };

static X509 *
next_certificate(BIO *b)
{
	X509 *x = PEM_read_bio_X509(b, NULL, NULL, NULL);

	ERR_clear_error();
	return x;
}

static bool
use_credential(struct endpoint_context *k, unsigned i)
{
	const struct endpoint_credential *c = &k->config.credential[i];
	BIO      *b = BIO_new_mem_buf(c->chain.at, (int)c->chain.len);
	X509     *own = b ? next_certificate(b) : NULL, *above;
	EVP_PKEY *key = NULL;
	bool      ok = false;

	k->lent[i] = (struct lent){ .context = k, .key = c->key, .certificate = own };
	key = own ? endpoint_lent_key(own, &k->lent[i]) : NULL;
	if (!key || SSL_CTX_use_certificate(k->ctx, own) != 1 || SSL_CTX_use_PrivateKey(k->ctx, key) != 1)
		goto out;
	for (int n = 0; n < CHAIN_DEPTH && (above = next_certificate(b)); n++)
		if (SSL_CTX_add0_chain_cert(k->ctx, above) != 1) {
			X509_free(above);
			goto out;
		}
	ok = true;
out:
	EVP_PKEY_free(key);
	X509_free(own);
	BIO_free(b);
	return ok;
}

static bool
trust(struct endpoint_context *k)
{
	BIO        *b = BIO_new_mem_buf(k->config.trusted.at, (int)k->config.trusted.len);
	X509_STORE *store = SSL_CTX_get_cert_store(k->ctx);
	X509       *x;
	unsigned    n = 0;

	for (; b && n < 64 && (x = next_certificate(b)); n++) {
		bool ok = X509_STORE_add_cert(store, x) == 1 && (!k->config.server || SSL_CTX_add_client_CA(k->ctx, x) == 1);
		X509_free(x);
		if (!ok)
			break;
	}
	BIO_free(b);
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN); /* an issuing CA may be trusted without its root */
	return n > 0;
}

static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *len, const unsigned char *in, unsigned int n, void *arg)
{
	const struct endpoint_context *k = arg;
	unsigned char                 *chosen;

	(void)ssl;
	if (SSL_select_next_proto(&chosen, len, k->alpn, k->alpn_len, in, n) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* Of two certificates the one that is shown now has its own staple. */
static int
on_status(SSL *ssl, void *arg)
{
	const struct endpoint_context *k = arg;
	const struct lent             *l = k->lent;

	while (l < k->lent + 2 && l->certificate != SSL_get_certificate(ssl))
		l++;
	unsigned char *copy = l < k->lent + 2 && l->staple_len ? OPENSSL_memdup(l->staple, l->staple_len) : NULL;
	if (!copy)
		return SSL_TLSEXT_ERR_NOACK;
	SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)l->staple_len); /* it is the connection's now */
	return SSL_TLSEXT_ERR_OK;
}

static int
on_session(SSL *ssl, SSL_SESSION *s)
{
	struct endpoint_context *k = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), endpoint_once.context_at);

	SSL_SESSION_free(k->session);
	k->session = s;
	return 1;
}

static void
on_message(int write, int version, int type, const void *at, size_t len, SSL *ssl, void *arg)
{
	struct endpoint_context *k = arg;
	struct endpoint         *t = SSL_get_app_data(ssl);

	(void)version;
	if (!write && type == SSL3_RT_HANDSHAKE && len && *(const uint8_t *)at == SSL3_MT_CLIENT_HELLO && t)
		k->config.hello(k->config.context, t, bytes_of(at, len));
}

static bool
set_up(struct endpoint_context *k)
{
	const struct endpoint_config *c = &k->config;
	SSL_CTX                      *x = k->ctx;

	SSL_CTX_set_ex_data(x, endpoint_once.context_at, k);
	/* Many clients just close: that must not cost them their session.  Who cares where a stream ends has frames of its own. */
	SSL_CTX_set_options(x, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_mode(x, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(x, 1); /* or each record's five bytes of header are a system call of their own */
	if (!c->lean)
		SSL_CTX_set_default_read_buffer_len(x, BULK);
	SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_OFF);
	if (!SSL_CTX_set_min_proto_version(x, TLS1_2_VERSION) || !SSL_CTX_set1_groups_list(x, "X25519:P-256:P-384") ||
	    !SSL_CTX_set_cipher_list(x, "ECDHE+AESGCM:ECDHE+CHACHA20") || !SSL_CTX_set_ciphersuites(x, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"))
		return false;
	if (c->sessions && c->server) {
		SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_SERVER);
		SSL_CTX_sess_set_cache_size(x, (long)c->sessions);
		SSL_CTX_set_timeout(x, SESSION_S);
		SSL_CTX_set_num_tickets(x, 1);
		if (!SSL_CTX_set_session_id_context(x, (const unsigned char *)&k, sizeof k))
			return false;
	} else if (c->sessions) {
		SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
		SSL_CTX_sess_set_new_cb(x, on_session);
	} else {
		SSL_CTX_set_num_tickets(x, 0);
	}
	for (unsigned i = 0; i < 2; i++)
		if (c->credential[i].chain.len && !use_credential(k, i))
			return false;
	if (c->trusted.len) {
		if (!trust(k))
			return false;
		endpoint_context_demand(k, !c->may_be_silent);
		SSL_CTX_set_cert_verify_callback(x, endpoint_on_certificate, k);
	}
	if (c->alpn) {
		size_t n = strlen(c->alpn);
		if (n + 1 > sizeof k->alpn)
			return false;
		k->alpn[0] = (uint8_t)n;
		memcpy(k->alpn + 1, c->alpn, n);
		k->alpn_len = (unsigned)n + 1;
		if (c->server)
			SSL_CTX_set_alpn_select_cb(x, on_alpn, k);
		else if (SSL_CTX_set_alpn_protos(x, k->alpn, k->alpn_len))
			return false;
	}
	if (c->name)
		snprintf(k->name, sizeof k->name, "%s", c->name);
	if (c->server) {
		SSL_CTX_set_tlsext_status_cb(x, on_status);
		SSL_CTX_set_tlsext_status_arg(x, k);
	}
	if (c->hello) {
		SSL_CTX_set_msg_callback(x, on_message);
		SSL_CTX_set_msg_callback_arg(x, k);
	}
	return true;
}

enum err
endpoint_context_new(const struct endpoint_config *c, struct endpoint_context **out)
{
	struct endpoint_context *k = memory_new(1, sizeof *k);

	if (!k)
		return ERR_MEMORY;
	k->config = *c;
	k->ctx = SSL_CTX_new(c->server ? TLS_server_method() : TLS_client_method());
	if (k->ctx && set_up(k)) {
		*out = k;
		return OK;
	}
	endpoint_note_trouble();
	endpoint_context_free(k);
	return ERR_FORM;
}

void
endpoint_context_free(struct endpoint_context *c)
{
	if (!c)
		return;
	SSL_SESSION_free(c->session);
	SSL_CTX_free(c->ctx);
	for (unsigned i = 0; i < 2; i++)
		memory_free(c->lent[i].staple);
	memory_free(c);
}

void
endpoint_context_staple(struct endpoint_context *c, unsigned credential, struct bytes response)
{
	struct lent *l = &c->lent[credential];
	uint8_t     *copy = response.len ? memory_new(1, response.len) : NULL;

	memory_free(l->staple);
	l->staple = copy;
	l->staple_len = copy ? response.len : 0;
	if (copy)
		memcpy(copy, response.at, response.len);
}

void
endpoint_context_demand(struct endpoint_context *c, bool certificate)
{
	SSL_CTX_set_verify(c->ctx, SSL_VERIFY_PEER | (certificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
}

struct forgetting {
	bool (*gone)(void *context, const uint8_t digest[static 32]);
	void        *context;
	SSL_SESSION *batch[64];
	unsigned     n;
};

static void
forget(void *session, void *context)
{
	SSL_SESSION       *s = session;
	struct forgetting *f = context;
	const uint8_t     *digest = SSL_SESSION_get_ex_data(s, endpoint_once.digest_at);

	if (f->n < sizeof f->batch / sizeof *f->batch && digest && f->gone(f->context, digest) && SSL_SESSION_up_ref(s))
		f->batch[f->n++] = s;
}

/* Not taken out while they are gone through: a table must not change under who walks it. */
void
endpoint_context_forget(struct endpoint_context *c, bool (*gone)(void *context, const uint8_t digest[static 32]), void *context)
{
	struct forgetting f = { .gone = gone, .context = context };

	do {
		f.n = 0;
		OPENSSL_LH_doall_arg((OPENSSL_LHASH *)SSL_CTX_sessions(c->ctx), forget, &f);
		for (unsigned i = 0; i < f.n; i++) {
			SSL_CTX_remove_session(c->ctx, f.batch[i]);
			SSL_SESSION_free(f.batch[i]);
		}
	} while (f.n == sizeof f.batch / sizeof *f.batch);
	if (c->session) {
		f.n = 0;
		forget(c->session, &f);
		if (f.n) {
			SSL_SESSION_free(f.batch[0]);
			SSL_SESSION_free(c->session);
			c->session = NULL;
		}
	}
}
