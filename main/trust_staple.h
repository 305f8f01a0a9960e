/*
 * trust_staple: what the role trust has responders say of the gateway's own
 * certificates, and keeps, so that workers can staple it.
 *
 *	certificate that names a responder ──► asked ──► page of trust   until it ends
 *	              ▲                                └► DIR/gate-staples/staples
 *	              └── half of its life, TRUST_STAPLE_LONGEST at most; 5 s, 10 s, 20 s … after a failure
 *
 * The file (gate/staple.h) is replaced as a whole; what is read from it is
 * judged as if it came just now.  One that says "revoked" is told
 * to people and never stapled.  Limits: STAPLE_PLACES certificates,
 * TRUST_STAPLE_FLIGHT questions at once, STAPLE_MOST bytes of an answer.
 */
#ifndef MAIN_TRUST_STAPLE_H
#define MAIN_TRUST_STAPLE_H

#include "gate/inquiry.h"
#include "gate/panel.h"
#include "main/trust_fetch.h"

enum {
	TRUST_STAPLE_FLIGHT = 8,
	TRUST_STAPLE_LONGEST = 3600, /* s: a good answer is asked for anew after so long at the latest */
	TRUST_STAPLE_AGAIN = 5,      /* s: after a failure; twice as long after each more */
	TRUST_STAPLE_AGAIN_MOST = 600,
};

struct trust_staple;

/* dir: a directory where it may write; -1: nothing outlives this process.  page and panel are the caller's. */
enum err trust_staple_new(int dir, struct staple_page *page, struct panel *panel, struct trust_staple **out) MUST_USE;
/* The certificates of this policy, which stays as it is until the next one; questions under way were forgotten. */
void     trust_staple_plan(struct trust_staple *s, const struct policy *p, const struct x509 *const *authority, unsigned authorities);
/* Is there a certificate that somebody can be asked about? */
bool     trust_staple_asks(const struct trust_staple *s);
/* Asks what is due, and drops what has ended; f may be NULL. */
void     trust_staple_turn(struct trust_staple *s, struct trust_fetch *f);

#endif
