/*
 * acme: the nouns of ACME (RFC 8555 section 7.1) as they are kept, and what keeps them.
 *
 * An account is of one device of the hospital: a binding, made by a person,
 * says whose.  An order has an authorization for each of its names; each
 * authorization has a challenge of every kind, of which one is tried.
 * Times are seconds since 1970.
 */
#ifndef MODEL_ACME_H
#define MODEL_ACME_H

#include "base/bytes.h"
#include "base/err.h"
#include "model/policy.h"

enum {
	ACME_SPKI = 1152,
	ACME_NAMES = 64,        /* of an order */
	ACME_NAME = 256,
	ACME_SERIAL = 16,
	ACME_CONTACT = 512,
	ACME_PROFILE = 24,
	ACME_KID = 48,
	ACME_TOKEN = 16,
	ACME_SAYS = 192,
	ACME_DER = 16 << 10,
	/* What one account may have. */
	ACME_ORDERS = 1000,     /* orders that have not ended */
	ACME_OPEN = 50,         /* of them without a certificate */
	ACME_HOURLY = 300,      /* new orders */
	ACME_FAILURES = 60,     /* failed challenges an hour */
	ACME_ORDER_LIVES_S = 7 * 86400,
};

enum acme_state { ACME_PENDING, ACME_READY, ACME_PROCESSING, ACME_VALID, ACME_INVALID, ACME_DEACTIVATED, ACME_EXPIRED, ACME_REVOKED };

enum acme_kind { ACME_HTTP, ACME_DNS, ACME_ALPN, ACME_KINDS };

/* Who may have an account: by a key for its MAC (external account binding), or by the thumbprint of its own key. */
struct acme_binding {
	char    kid[ACME_KID];
	bool    has_key;
	uint8_t key[32];
	char    device[POLICY_NAME], profile[ACME_PROFILE];
	int64_t account; /* that it was used for; 0: it was not */
};

struct acme_account {
	int64_t         id; /* 0: not kept yet */
	enum acme_state state;
	uint8_t         thumbprint[32], spki[ACME_SPKI];
	size_t          spki_len;
	char            device[POLICY_NAME], profile[ACME_PROFILE], contact[ACME_CONTACT]; /* contact: a JSON array */
	int64_t         made;
};

struct acme_order {
	int64_t         id, account;
	enum acme_state state;
	int64_t         made, expires;
	bool            certified;
	uint8_t         serial[ACME_SERIAL];   /* of its certificate */
	bool            replacing;
	uint8_t         replaces[ACME_SERIAL];
	char            says[ACME_SAYS];       /* why it is invalid */
};

struct acme_authorization {
	int64_t         id, order, account;
	bool            ip;
	char            name[ACME_NAME];       /* in lower case, or an address */
	enum acme_state state;
	int64_t         expires;
	uint8_t         token[ACME_TOKEN];
	int             tried;                 /* enum acme_kind; -1: none yet */
	enum acme_state challenge;             /* of that kind; others are pending */
	int64_t         when;                  /* it was tried, or found valid or not */
	char            trouble[24], says[ACME_SAYS]; /* of a failure: the error's type, and words */
};

struct acme_counts {
	unsigned orders, open, hourly, failures;
};

struct acme_certificate {
	uint8_t  der[ACME_DER];
	size_t   len;
	int64_t  issued, from, until, revoked; /* revoked 0: it is not */
	char     device[POLICY_NAME], profile[ACME_PROFILE];
};

/* What keeps them.  ERR_NOTFOUND: there is none; what is put with id 0 is new, and gets its id. */
struct acme_store {
	void *at;
	enum err (*binding)(void *at, const char *kid, struct acme_binding *out);
	enum err (*bind)(void *at, const char *kid, int64_t account);
	enum err (*account)(void *at, int64_t id, struct acme_account *out);
	enum err (*account_of)(void *at, const uint8_t thumbprint[static 32], struct acme_account *out);
	enum err (*put_account)(void *at, struct acme_account *a);
	enum err (*order)(void *at, int64_t id, struct acme_order *out);
	/* The one that has this certificate, or that is to replace it. */
	enum err (*order_of)(void *at, const uint8_t serial[static ACME_SERIAL], struct acme_order *out);
	enum err (*order_for)(void *at, const uint8_t replaced[static ACME_SERIAL], struct acme_order *out);
	enum err (*put_order)(void *at, struct acme_order *o);
	/* Up to *n numbers above after. */
	enum err (*orders)(void *at, int64_t account, int64_t after, int64_t *id, unsigned *n);
	enum err (*authorization)(void *at, int64_t id, struct acme_authorization *out);
	/* Up to *n of an order. */
	enum err (*authorizations)(void *at, int64_t order, struct acme_authorization *out, unsigned *n);
	enum err (*put_authorization)(void *at, struct acme_authorization *z);
	/* Forgets what has ended at now, and counts what is left. */
	enum err (*count)(void *at, int64_t account, int64_t now, struct acme_counts *out);
	enum err (*certificate)(void *at, const uint8_t serial[static ACME_SERIAL], struct acme_certificate *out);
};

#endif
