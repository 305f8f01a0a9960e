/*
 * trust_fetch: what the role trust asks over HTTP (libcurl), many at once while
 * its loop goes on: lists of revoked certificates by GET, OCSP by POST (RFC 6960 appendix A).
 *
 * Plain http alone, no redirect is followed: what is fetched is signed.  Limits:
 * TRUST_FETCH_SLOTS at once, 5 s each, each as long as its asker says.
 */
#ifndef MAIN_TRUST_FETCH_H
#define MAIN_TRUST_FETCH_H

#include <poll.h>
#include <time.h>

#include "base/bytes.h"
#include "base/err.h"

enum { TRUST_FETCH_SLOTS = 44, TRUST_FETCH_S = 5, TRUST_FETCH_URL = 160 };

struct trust_fetch;

/* A letter, for the time of the call. */
struct trust_fetched {
	unsigned     status; /* HTTP's; 0: no answer, why says why */
	struct bytes body;
	time_t       made;   /* Last-Modified; -1: not told */
	const char  *why;
};

struct trust_fetch_order {
	const char  *url;
	struct bytes body;  /* of an OCSP request; empty: GET */
	time_t       since; /* 304 if it was not modified after; 0: whatever there is */
	size_t       most;  /* bytes of the answer */
	void        *context;
	void (*done)(void *context, const struct trust_fetched *got);
};

/* Can be made in the jail.  ERR_NOTFOUND: libcurl is not there. */
enum err trust_fetch_new(struct trust_fetch **out) MUST_USE;

/* Is it an address that can be asked: http://, printable, and not too long? */
bool trust_fetch_fits(struct bytes url);
/* done is called in trust_fetch_wait.  ERR_AGAIN: all slots are taken now; ERR_FORM: it is no http:// address. */
enum err trust_fetch_ask(struct trust_fetch *f, const struct trust_fetch_order *o) MUST_USE;
/* Nobody hears of those that are under way. */
void     trust_fetch_forget(struct trust_fetch *f);

/* Until one of fd can be read, an answer is there, or so long; f may be NULL. */
void trust_fetch_wait(struct trust_fetch *f, struct pollfd *fd, unsigned n, int ms);

#endif
