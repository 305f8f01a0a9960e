/*
 * acme: certificates asked for by programs that prove control of each name
 * (RFC 8555; addresses RFC 8738; tls-alpn-01 RFC 8737; renewal RFC 9773).
 *
 *	GET  /acme/directory  /acme/new-nonce  /acme/renewal-info/KEYID.SERIAL
 *	POST /acme/new-account  new-order  revoke-cert  key-change
 *	POST /acme/account/N  orders/N  order/N  finalize/N  authorization/N  challenge/N/KIND  certificate/SERIAL
 *
 * An account needs a binding, which a person made and which names its device.
 * The protocol alone is here: what keeps, certifies, revokes and looks at
 * names is the host's.  Each request is one transaction of the host's.
 */
#ifndef PKI_ACME_H
#define PKI_ACME_H

#include "crypt/jws.h"
#include "model/acme.h"
#include "pki/exchange.h"
#include "pki/issue.h"
#include "pki/nonce.h"

enum { ACME_URL = 128, ACME_KEY_AUTHORIZATION = 96, ACME_RETRY_S = 3, ACME_WAIT_S = 300, ACME_AGAIN_S = 30 };

enum acme_verdict { ACME_ISSUED, ACME_WAITS, ACME_REFUSED, ACME_FAILED };

/* What the protocol cannot do itself. */
struct acme_host {
	void *at;
	/* Certifies for an account.  WAITS: a person must approve, and is asked under this ticket; REFUSED: why says so, and nobody could. */
	enum acme_verdict (*issue)(void *at, const struct acme_account *a, const struct csr *r, const char *ticket, uint8_t serial[static ACME_SERIAL], const char **why);
	/* What became of it; ISSUED: and serial. */
	enum acme_verdict (*decided)(void *at, const char *ticket, uint8_t serial[static ACME_SERIAL]);
	/* false: it could not be. */
	bool (*revoke)(void *at, const char *by, const uint8_t serial[static ACME_SERIAL], unsigned reason);
	enum err (*random)(void *at, uint8_t out[static ACME_TOKEN]);
	/* Begins to look at a name; acme_looked is called with what was found.  false: not now. */
	bool (*look)(void *at, const struct acme_authorization *z, const char *key_authorization);
};

struct acme {
	struct acme_store    store;
	struct acme_host     host;
	const struct issuer *issuer, *before; /* before: the issuing CA whose certificates live on; generation 0: there is none */
	const char          *url;   /* before /acme/: https://pki.hospital.example; NULL: the Host line says */
	char                 base[ACME_URL]; /* of the request at hand */
	struct nonce         nonce; /* its key is set by the host */
	struct jws           jws, inner;
};

/* Fills in the answer.  false: it could not be kept, so nothing of this request may be. */
bool acme_answer(struct acme *a, struct exchange *x) MUST_USE;

/* What was found of the authorization of this number; trouble "": the challenge is met; else an error's type, and words.  false: it could not be kept. */
bool acme_looked(struct acme *a, int64_t authorization, const char *trouble, const char *says, struct instant now) MUST_USE;

/* "http-01"; ACME_KINDS: it is none. */
const char    *acme_kind_text(enum acme_kind k);
enum acme_kind acme_kind_of(const char *text);

/* A challenge's token, and that with the thumbprint of the account's key (section 8.1). */
void acme_token(const struct acme_authorization *z, enum acme_kind k, char out[static 40]);
void acme_key_authorization(const char *token, const uint8_t thumbprint[static 32], char out[static ACME_KEY_AUTHORIZATION]);

#endif
