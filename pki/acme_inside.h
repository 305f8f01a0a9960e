/* acme_inside: what the files of the protocol share; nobody else includes it. */
#ifndef PKI_ACME_INSIDE_H
#define PKI_ACME_INSIDE_H

#include <jansson.h>

#include "pki/acme.h"

/* The errors of RFC 8555 section 6.7 that are told here. */
#define ACME_PROBLEMS(X)                                                       \
	X(MALFORMED, "malformed", 400)                                         \
	X(UNAUTHORIZED, "unauthorized", 403)                                   \
	X(BAD_NONCE, "badNonce", 400)                                          \
	X(BAD_ALGORITHM, "badSignatureAlgorithm", 400)                         \
	X(BAD_PUBLIC_KEY, "badPublicKey", 400)                                 \
	X(BAD_CSR, "badCSR", 400)                                              \
	X(BAD_REVOCATION_REASON, "badRevocationReason", 400)                   \
	X(NO_ACCOUNT, "accountDoesNotExist", 400)                              \
	X(BINDING_REQUIRED, "externalAccountRequired", 403)                    \
	X(INVALID_CONTACT, "invalidContact", 400)                              \
	X(UNSUPPORTED_CONTACT, "unsupportedContact", 400)                      \
	X(UNSUPPORTED_IDENTIFIER, "unsupportedIdentifier", 400)                \
	X(REJECTED_IDENTIFIER, "rejectedIdentifier", 403)                      \
	X(ORDER_NOT_READY, "orderNotReady", 403)                               \
	X(RATE_LIMITED, "rateLimited", 429)                                    \
	X(ALREADY_REVOKED, "alreadyRevoked", 400)                              \
	X(ALREADY_REPLACED, "alreadyReplaced", 409)                            \
	X(SERVER_INTERNAL, "serverInternal", 500)                              \
	X(NOT_FOUND, "malformed", 404)                                         \
	X(NO_METHOD, "malformed", 405)                                         \
	X(NO_TYPE, "malformed", 415)                                           \
	X(KEY_IN_USE, "malformed", 409)

enum acme_problem {
#define X(name, type, status) PROBLEM_##name,
	ACME_PROBLEMS(X)
#undef X
};

/* One request, its signature verified. */
struct acme_call {
	struct acme        *acme;
	struct exchange    *x;
	const char         *rest;     /* of the path, behind the resource's name and slash; "" */
	int64_t             number;   /* that it begins with */
	struct acme_account account;  /* who signed; id 0: a key that is no account's */
	json_t             *payload;  /* an object; NULL: the payload was empty (POST-as-GET) */
	bool                kept;     /* false: something could not be */
};

/* The answer is this problem (RFC 7807). */
void acme_problem(struct acme_call *c, enum acme_problem p, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The store or the host failed: 500, and nothing may be kept.  true if e is not OK. */
bool acme_failed(struct acme_call *c, enum err e);

/* Begins the answer: a JSON object or else. */
struct buf *acme_say(struct acme_call *c, int status, const char *type);

/* N of a kid that is one of our accounts; 0: it is none. */
int64_t acme_account_number(const struct acme *a, const char *kid);

const char *acme_state_text(enum acme_state s);
void        acme_time(struct buf *b, const char *key, int64_t s);

/* The resources. */
void acme_new_account(struct acme_call *c);
void acme_account(struct acme_call *c);
void acme_key_change(struct acme_call *c);
void acme_orders(struct acme_call *c);
void acme_new_order(struct acme_call *c);
void acme_order(struct acme_call *c);
void acme_finalize(struct acme_call *c);
void acme_authorization(struct acme_call *c);
void acme_challenge(struct acme_call *c);
void acme_certificate(struct acme_call *c);
void acme_revoke(struct acme_call *c);
void acme_renewal(struct acme_call *c);

/* The serial number in a text of hexadecimal digits up to its end; false: it is none. */
bool acme_serial(const char *text, uint8_t out[static ACME_SERIAL]);
/* Which of our CAs has this key identifier, NULL: none. */
const struct x509 *acme_issuer(const struct acme *a, struct bytes key_id);
/* KEYID.SERIAL of RFC 9773 section 4.1, of a certificate of ours. */
bool acme_certificate_id(const struct acme *a, const char *text, uint8_t serial[static ACME_SERIAL]);

#endif
