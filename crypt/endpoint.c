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
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypt/endpoint.h"
#include "base/memory.h"
#include "crypt/hash.h"

#include <limits.h>
#include <openssl/async.h>
#include <openssl/ec.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <time.h>

enum { CERTIFICATE = 16 << 10, ALPN = 32, SESSION_S = 3600, CHAIN_DEPTH = 8, BULK = 64 << 10 };

struct lent {
	struct endpoint_context *context;
	unsigned                 key;
	X509                    *certificate; /* OpenSSL's, and as long as the context */
	uint8_t                 *staple;
	size_t                   staple_len;
};

struct endpoint_context {
	SSL_CTX               *ctx;
	struct endpoint_config config;
	struct lent            lent[2];
	SSL_SESSION           *session; /* client: the last one, for the next connection */
	uint8_t                alpn[ALPN];
	unsigned               alpn_len;
	char                   name[128];
};

struct endpoint_chain {
	X509_STORE_CTX *of;
	uint8_t         room[CERTIFICATE];
	size_t          leaf, used; /* used: by the way, behind the leaf */
};

static EC_KEY_METHOD *ec_lent;
static EVP_PKEY      *no_key; /* stands where a key is not needed any more: nobody has its private half */
static RSA_METHOD    *rsa_lent;
static int            ec_at, rsa_at, context_at, digest_at; /* where our pointers hang */
static struct endpoint *running;                 /* whose handshake goes on now */
static char             trouble[160];

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

static void
note_trouble(void)
{
	unsigned long n = ERR_peek_last_error();

	snprintf(trouble, sizeof trouble, "%s", n ? ERR_reason_error_string(n) ? ERR_reason_error_string(n) : "TLS failed" : "the connection broke off");
	ERR_clear_error();
}

/* --- keys that are elsewhere --------------------------------------------------------- */

/* Runs the errand; within a handshake of a connection the job is put aside meanwhile. */
static bool
borrow(const struct lent *l, enum signer_form form, struct bytes text, struct endpoint_errand *e)
{
	*e = (struct endpoint_errand){ .key = l->key, .form = form, .text = text, .asks = ASYNC_get_current_job() ? running : NULL };
	l->context->config.sign(l->context->config.context, e);
	while (!e->answered && e->asks) {
		e->asks->errand = true;
		ASYNC_pause_job();
	}
	return e->answered && e->len;
}

static int
sign_ec(int type, const unsigned char *digest, int n, unsigned char *out, unsigned int *len, const BIGNUM *kinv, const BIGNUM *r, EC_KEY *key)
{
	struct endpoint_errand e;

	(void)type;
	(void)kinv;
	(void)r;
	if (!borrow(EC_KEY_get_ex_data(key, ec_at), SIGNER_DIGEST, bytes_of(digest, (size_t)n), &e) || (int)e.len > ECDSA_size(key))
		return 0;
	memcpy(out, e.signature, e.len);
	*len = e.len;
	return 1;
}

static int
sign_rsa(int n, const unsigned char *from, unsigned char *to, RSA *key, int padding)
{
	struct endpoint_errand e;

	if ((padding != RSA_NO_PADDING && padding != RSA_PKCS1_PADDING) ||
	    !borrow(RSA_get_ex_data(key, rsa_at), padding == RSA_NO_PADDING ? SIGNER_BLOCK : SIGNER_INFO, bytes_of(from, (size_t)n), &e) || (int)e.len != RSA_size(key))
		return -1;
	memcpy(to, e.signature, e.len);
	return e.len;
}

/* The public key of the certificate as one whose signatures are errands. */
static EVP_PKEY *
lent_key(X509 *certificate, struct lent *l)
{
	EVP_PKEY *public = X509_get0_pubkey(certificate), *key = EVP_PKEY_new();
	EC_KEY   *ec = NULL;
	RSA      *rsa = NULL;

	if (!public || !key)
		goto out;
	if (EVP_PKEY_get_base_id(public) == EVP_PKEY_EC) {
		const EC_KEY *of = EVP_PKEY_get0_EC_KEY(public);
		ec = of ? EC_KEY_dup(of) : NULL;
		if (!ec || !EC_KEY_set_method(ec, ec_lent) || !EC_KEY_set_ex_data(ec, ec_at, l) || !EVP_PKEY_assign_EC_KEY(key, ec))
			goto out;
		return key;
	}
	if (EVP_PKEY_get_base_id(public) == EVP_PKEY_RSA) {
		const RSA *of = EVP_PKEY_get0_RSA(public);
		rsa = of ? RSAPublicKey_dup(of) : NULL;
		if (!rsa || !RSA_set_method(rsa, rsa_lent) || !RSA_set_ex_data(rsa, rsa_at, l) || !EVP_PKEY_assign_RSA(key, rsa))
			goto out;
		return key;
	}
out:
	EC_KEY_free(ec);
	RSA_free(rsa);
	EVP_PKEY_free(key);
	return NULL;
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
	ec_lent = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
	rsa_lent = RSA_meth_dup(RSA_PKCS1_OpenSSL());
	no_key = make_no_key();
	ec_at = EC_KEY_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	rsa_at = RSA_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	context_at = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	digest_at = SSL_SESSION_get_ex_new_index(0, NULL, NULL, copy_digest, free_digest);
	if (!ec_lent || !rsa_lent || !no_key || ec_at < 0 || rsa_at < 0 || context_at < 0 || digest_at < 0 || !ASYNC_init_thread(0, 0))
		return ERR_MEMORY;
	int (*setup)(EC_KEY *, BN_CTX *, BIGNUM **, BIGNUM **);
	ECDSA_SIG *(*sig)(const unsigned char *, int, const BIGNUM *, const BIGNUM *, EC_KEY *);
	EC_KEY_METHOD_get_sign(ec_lent, NULL, &setup, &sig);
	EC_KEY_METHOD_set_sign(ec_lent, sign_ec, setup, sig);
	return RSA_meth_set_priv_enc(rsa_lent, sign_rsa) && RSA_meth_set_flags(rsa_lent, RSA_METHOD_FLAG_NO_CHECK) ? OK : ERR_MEMORY;
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
	OPENSSL_free(SSL_SESSION_get_ex_data(s, digest_at));
	SSL_SESSION_set_ex_data(s, digest_at, copy);
}

static int
on_certificate(X509_STORE_CTX *of, void *arg)
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

/* --- contexts ------------------------------------------------------------------------- */

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
	key = own ? lent_key(own, &k->lent[i]) : NULL;
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
	struct endpoint_context *k = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), context_at);

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

	SSL_CTX_set_ex_data(x, context_at, k);
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
		SSL_CTX_set_cert_verify_callback(x, on_certificate, k);
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
	note_trouble();
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
	const uint8_t     *digest = SSL_SESSION_get_ex_data(s, digest_at);

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
		note_trouble();
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
		X509_set_pubkey(x, no_key); /* its curve's numbers are the largest part */
	}
	X509_NAME_free(none);
}

enum endpoint_turn
endpoint_shake(struct endpoint *t)
{
	t->errand = false;
	running = t;
	int n = SSL_do_handshake(t->ssl);
	running = NULL;
	enum endpoint_turn turn = turn_of(t, n);
	if (turn == ENDPOINT_DONE) {
		SSL_clear_mode(t->ssl, SSL_MODE_ASYNC);
		const struct endpoint_context *k = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(t->ssl), context_at);
		if (k->config.judge && !SSL_session_reused(t->ssl))
			shrink(t->ssl);
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
	const uint8_t     *at = s ? SSL_SESSION_get_ex_data(s, digest_at) : NULL;

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
	const struct endpoint_context *k = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(t->ssl), context_at);
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
