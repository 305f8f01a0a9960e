/*
 * grant: from requests to certificates, in groups: all of a group's requests
 * are looked at, signed in one message to the keys' process, entered in the
 * ledger, and committed together; only then may any of them be told.
 */
#ifndef MAIN_GRANT_H
#define MAIN_GRANT_H

#include "main/pki.h"
#include "os/channel.h"

enum { GRANT_GROUP = SUBMIT_MOST, GRANT_REQUEST = 16 << 10 };

/* One request, as it is asked for and what became of it. */
struct grant {
	/* before grant_add */
	const char        *profile, *device; /* device: by its name in the policy; NULL: the request's common name is all there is */
	const struct x509 *renewed;          /* what stood for it before, NULL: nothing: for the same names nobody need approve */
	int64_t            approved;         /* the waiting request that a person grants now, 0: none */
	const char        *doubt;            /* why a person must approve of it whatever it asks; NULL: it is asked for by who may */
	const char        *ticket;           /* by which it is asked for again if it waits; NULL: grant_ticket of its bytes */

	/* after */
	struct csr         csr;
	struct issue       issue;
	struct x509        says;             /* the certificate */
	const char        *why;              /* there is none; NULL: issued */
	bool               doubtful;         /* it waits for a person, */
	int64_t            waits;            /* under this number */

	struct bytes       tbs;              /* in the message to the keys' process */
	uint8_t            der[GRANT_REQUEST], certificate[PKI_CERTIFICATE];
};

struct grants {
	struct pki_work *w;
	int              keys;               /* the channel to the keys' process */
	enum err       (*also)(void *context, struct grants *g); /* done in the same transaction, NULL: nothing */
	void            *context;
	const char      *trouble;            /* why nothing of a group was done */
	unsigned         n;
	struct grant     one[GRANT_GROUP];
	struct buf       asked;
	uint8_t          request[CHANNEL_BODY], answer[CHANNEL_BODY];
};

void grant_begin(struct grants *g, struct pki_work *w, int keys);

/* The next of the group, to be filled in. */
struct grant *grant_next(struct grants *g);
/* Looks at a request: ERR_LIMIT: it is too long; ERR_FORM: it is none; nothing is added then. */
enum err grant_add(struct grants *g, struct bytes der) MUST_USE;
/* No more fits: it is to be settled. */
bool grant_full(const struct grants *g);

/* All of the group, or none of it (false, and trouble says why).  The group's results stay until the next grant_begin. */
bool grant_settle(struct grants *g);

/* The same in a transaction of the caller's, who commits it, or rolls it back. */
bool grant_within(struct grants *g);

enum { GRANT_TICKET = 65 };
void grant_ticket(struct bytes der, char out[static GRANT_TICKET]);

/* What it is called for people. */
void grant_name(const struct grant *o, char out[static 65]);

#endif
