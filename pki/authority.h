/*
 * authority: the certificates of the CA itself: a root, carried away, and the
 * issuing CA below it, which can have no CA below (pathlen 0) and can issue
 * for no other names than the hospital's (RFC 5280 section 4.2.1.10).
 */
#ifndef PKI_AUTHORITY_H
#define PKI_AUTHORITY_H

#include "model/policy.h"
#include "pki/body.h"

enum { AUTHORITY_LIMITS = 16, AUTHORITY_ROOT_YEARS = 20, AUTHORITY_YEARS = 5 };

struct authority {
	const char          *name;   /* of the hospital */
	struct bytes         spki, algorithm; /* the certified key; of the signature */
	const struct x509   *root;   /* who signs; NULL: it is the root itself */
	const char          *url;    /* where the status is told; "" nowhere */
	const char          *domain[AUTHORITY_LIMITS];
	struct policy_prefix subnet[AUTHORITY_LIMITS];
	unsigned             domains, subnets;
	struct bytes         permitted; /* instead of them, as another certificate has it (x509.permitted); empty: they are it */
	struct instant       now;
	uint8_t              serial[BODY_SERIAL];
};

/* What is to be signed. */
void authority_print(const struct authority *a, struct buf *tbs);

#endif
