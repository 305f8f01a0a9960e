/*
 * endpoint: our one door to TLS (RFC 8446, RFC 5246), at either end of a connection.
 *
 * TLS 1.3, or 1.2 with ECDHE and an AEAD cipher; sessions are resumed from a
 * table of ours, never from a ticket that the client keeps: what is ours can
 * be thrown away when a certificate is revoked.
 *
 * No private key is here.  Each is lent: a signature is an errand, run by
 * whoever has the key, while the handshake waits beside all others.
 *
 *	endpoint_shake ── ENDPOINT_SIGN ──► errand ──► keys' process
 *	      ▲                                            │
 *	      └──────── endpoint_shake again ◄── answered ─┘
 */
#ifndef CRYPT_ENDPOINT_H
#define CRYPT_ENDPOINT_H

#include "base/buf.h"
#include "base/err.h"
#include "crypt/signer.h"

struct ssl_st; /* OpenSSL's */
struct endpoint_context;

enum { ENDPOINT_RECORD = 16 << 10 }; /* bytes a record holds at most (RFC 8446 section 5.1) */

/* One connection.  All zero is none; who holds it must not move it. */
struct endpoint {
	struct ssl_st *ssl;
	void          *owner;
	bool           errand; /* a signature is awaited */
};

/* What a call wants before it can go on; ENDPOINT_FAILED is for good, endpoint_trouble says why. */
enum endpoint_turn { ENDPOINT_DONE, ENDPOINT_READ, ENDPOINT_WRITE, ENDPOINT_SIGN, ENDPOINT_CLOSED, ENDPOINT_FAILED };

/* Why a certificate is not believed, and so which alert its holder gets (RFC 8446 section 6.2). */
enum endpoint_fault {
	ENDPOINT_FINE,
	ENDPOINT_UNKNOWN_CA,
	ENDPOINT_EXPIRED,
	ENDPOINT_NOT_YET,
	ENDPOINT_REVOKED,
	ENDPOINT_PURPOSE,   /* its extended key usage is another */
	ENDPOINT_WEAK,
	ENDPOINT_WRONG_NAME,
	ENDPOINT_MALFORMED,
	ENDPOINT_UNWANTED,  /* believed, but not let in here */
};

const char *endpoint_fault_text(enum endpoint_fault f);

/* A signature to be made: of a digest with ECDSA, or of a block with RSA. */
struct endpoint_errand {
	unsigned         key;   /* endpoint_credential's */
	enum signer_form form;
	struct bytes     text;
	struct endpoint *asks;  /* NULL: it must be answered before the call returns */
	bool             answered;
	uint16_t         len;   /* of the signature; 0: refused */
	uint8_t          signature[SIGNER_SIGNATURE];
};

/* The certificates shown by the other side. */
struct endpoint_chain;
/* The leaf in DER. */
struct bytes endpoint_chain_leaf(const struct endpoint_chain *c);
enum { ENDPOINT_LINKS = 4, ENDPOINT_DIGEST = 32 };
/* Is there a way to who is trusted?  Dear.  DER of the way, leaf first, for the time of the call: *n of them. */
enum endpoint_fault endpoint_chain_verify(struct endpoint_chain *c, struct bytes link[static ENDPOINT_LINKS], unsigned *n);

struct endpoint_credential {
	struct bytes chain; /* PEM, its own certificate first */
	unsigned     key;
};

struct endpoint_config {
	bool server;
	struct endpoint_credential credential[2]; /* an ECDSA and an RSA one, or one, or none: chain is empty */
	struct bytes trusted;       /* PEM of CAs; empty: the other side is not asked for a certificate */
	bool         may_be_silent; /* server: who has no certificate is let in */
	const char  *name;          /* client: the server's name for SNI; NULL: none */
	const char  *alpn;          /* one protocol, offered or chosen if offered; NULL: none */
	bool         lean;          /* small buffers: for messages, not for bulk */
	unsigned     sessions;      /* how many are kept to be resumed; 0: none */
	void        *context;       /* of the functions below */
	/* Answers the errand, now or later. */
	void (*sign)(void *context, struct endpoint_errand *e);
	/* Who is believed; NULL: whoever endpoint_chain_verify does.  Not asked when a session is resumed. */
	enum endpoint_fault (*judge)(void *context, struct endpoint *t, struct endpoint_chain *c);
	/* The first ClientHello as sent, its four bytes of header too; NULL: nobody wants it. */
	void (*hello)(void *context, struct endpoint *t, struct bytes hello);
};

/* Once a process, before the first of these. */
enum err endpoint_init(void) MUST_USE;

/* ERR_FORM: a PEM text is none, or key and certificate are of kinds that cannot be lent (ECDSA and RSA can). */
enum err endpoint_context_new(const struct endpoint_config *c, struct endpoint_context **out) MUST_USE;
void     endpoint_context_free(struct endpoint_context *c);
/* What is stapled to this of its credentials from now on (RFC 6066 section 8), DER of an OCSP response; empty: nothing. */
void     endpoint_context_staple(struct endpoint_context *c, unsigned credential, struct bytes response);
/* Server: who has no certificate is let in from now on, or not. */
void     endpoint_context_demand(struct endpoint_context *c, bool certificate);
/* Throws away the sessions of those certificates for which gone is true. */
void     endpoint_context_forget(struct endpoint_context *c, bool (*gone)(void *context, const uint8_t digest[static 32]), void *context);

/* A new connection over a connected socket, which stays the caller's. */
enum err endpoint_open(struct endpoint *t, struct endpoint_context *c, int fd, void *owner) MUST_USE;
/* Not while an errand is out: answer it first, as refused. */
void     endpoint_close(struct endpoint *t);

enum endpoint_turn endpoint_shake(struct endpoint *t);
/* At most cap bytes; *n > 0 with ENDPOINT_DONE. */
enum endpoint_turn endpoint_read(struct endpoint *t, void *at, size_t cap, size_t *n);
/* Some of them; what was tried once must be offered again. */
enum endpoint_turn endpoint_write(struct endpoint *t, struct bytes of, size_t *n);
/* Says that nothing more will be sent. */
void               endpoint_end(struct endpoint *t);
/* Has bytes that were read from the socket already: no event will tell. */
bool               endpoint_pending(const struct endpoint *t);

/* The last trouble of this process, in words that last, for people; never content. */
const char *endpoint_trouble(void);

/* SHA-256 of the other side's certificate, of a session resumed too; ERR_NOTFOUND: it showed none. */
enum err    endpoint_peer(const struct endpoint *t, uint8_t digest[static 32]) MUST_USE;
/* The certificate itself in DER, of a context that has no judge; where there is one, it had it. */
enum err    endpoint_leaf(const struct endpoint *t, struct buf *der) MUST_USE;
bool        endpoint_resumed(const struct endpoint *t);
const char *endpoint_version(const struct endpoint *t); /* "TLSv1.3" */
const char *endpoint_cipher(const struct endpoint *t);
bool        endpoint_agreed(const struct endpoint *t); /* on the protocol of the config's alpn */
const char *endpoint_server_name(const struct endpoint *t); /* asked for by SNI; NULL: none */

/* For libevent's bufferevent: a server's connection without a socket, whose errands are answered at once. */
struct ssl_st *endpoint_raw(struct endpoint_context *c);
enum err       endpoint_raw_leaf(struct ssl_st *ssl, struct buf *der) MUST_USE;
/* What only the two ends of this connection have: the exporter of TLS 1.3 (RFC 9266), tls-unique before (RFC 5929). */
enum { ENDPOINT_BINDING = 64 };
void           endpoint_raw_binding(struct ssl_st *ssl, struct buf *out);

#endif
