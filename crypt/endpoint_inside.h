/* endpoint_inside: what the parts of the endpoint share; for them alone. */
#ifndef CRYPT_ENDPOINT_INSIDE_H
#define CRYPT_ENDPOINT_INSIDE_H

#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/memory.h"
#include "crypt/endpoint.h"
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

enum { ENDPOINT_ALPN = 32 };

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
	uint8_t                alpn[ENDPOINT_ALPN];
	unsigned               alpn_len;
	char                   name[128];
};

/* Made once a process, by endpoint_init. */
struct endpoint_once {
	EVP_PKEY        *no_key;                /* stands where a key is not needed any more: nobody has its private half */
	int              context_at, digest_at; /* where an SSL_CTX's context and a session's digest hang */
	struct endpoint *running;               /* whose handshake goes on now */
};
extern struct endpoint_once endpoint_once;

/* Keeps OpenSSL's last word for endpoint_trouble. */
void endpoint_note_trouble(void);
/* OpenSSL asks whether the other side's certificate is believed; arg is the context. */
int endpoint_on_certificate(X509_STORE_CTX *of, void *arg);

enum err endpoint_lent_init(void);
/* The public key of the certificate as one whose signatures are errands; the caller frees it.  NULL: no such key. */
EVP_PKEY *endpoint_lent_key(X509 *certificate, struct lent *l);

#endif
