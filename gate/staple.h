/*
 * staple: what responders said of the gateway's own certificates, for clients
 * that ask with their ClientHello (RFC 6066 section 8): a part of the page of
 * trust, written by the role trust and read by every worker.
 *
 *	of: SHA-256 of a certificate  ──►  an OCSP response in DER, good until
 *
 * Found by the certificate, not by its route: a generation that drains and the
 * next one may have their routes in another order.
 */
#ifndef GATE_STAPLE_H
#define GATE_STAPLE_H

#include <stdatomic.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"
#include "model/policy.h"

enum { STAPLE_MOST = 4096, STAPLE_OWN = 2, STAPLE_PLACES = STAPLE_OWN * POLICY_ROUTES }; /* STAPLE_OWN: credentials of a route */

struct staple {
	uint8_t  of[32];
	int64_t  until; /* us */
	uint16_t len;
	uint8_t  der[STAPLE_MOST];
};

struct staple_page {
	_Atomic uint32_t edition; /* odd: it is being written */
	uint32_t         staples;
	struct staple    at[STAPLE_PLACES];
};

/*
 * Kept in a file: digest(32) length(2) response, of as many as there are.  staple_next moves left on;
 * false: nothing whole is left.  until is not filled in: the response says it, and is to be judged anew.
 */
void staple_print(const struct staple *s, struct buf *out);
bool staple_next(struct bytes *left, struct staple *out);

/* The writer's: all that there is, at once; at most STAPLE_PLACES. */
void staple_show(struct staple_page *p, const struct staple *const *s, unsigned n);

/* Which edition may be read now; it changes with each. */
uint32_t staple_edition(const struct staple_page *p);
/* Appends the response; until: when it ends.  ERR_NOTFOUND: there is none that holds now; ERR_AGAIN: it was being written, try a moment later. */
enum err staple_find(const struct staple_page *p, const uint8_t of[static 32], struct instant now, struct buf *der, struct instant *until) MUST_USE;

#endif
