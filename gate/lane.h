/*
 * lane: a route of the policy as a worker has it: where it listens, and the
 * backends behind it; who may come in, and which backend is next.
 */
#ifndef GATE_LANE_H
#define GATE_LANE_H

#include "crypt/endpoint.h"
#include "gate/bucket.h"
#include "gate/panel.h"
#include "gate/peer.h"

struct event;
struct worker;
struct relay_protocol;

enum { LANE_SLOW_START_S = 10, LANE_FAILURES = 5, LANE_EJECT_S = 10, LANE_EJECT_MOST_S = 300 };

struct backend {
	const struct policy_backend *of;
	struct endpoint_context     *tls; /* NULL: plain */
	unsigned                     number, open;
	unsigned                     failures, ejections; /* in a row */
	int64_t                      out_until, back_at;  /* left out until; back since, for the slow start; us, monotonic */
	int64_t                      turn;                /* smooth weighted turns */
};

struct lane {
	const struct policy_route   *of;
	struct worker               *worker;
	unsigned                     number;   /* of the panel's routes */
	const struct relay_protocol *protocol;
	struct endpoint_context     *tls;      /* NULL: clients are plain, or passed through */
	struct {
		uint8_t        digest[32]; /* SHA-256 of a certificate shown here */
		struct instant until;      /* of what is stapled to it; 0: nothing is */
	} own[STAPLE_OWN];
	const struct policy_trust   *trust;
	struct backend               backend[POLICY_BACKENDS];
	struct panel_counts         *count;
	int                          fd;
	struct event               *accepts;
	bool                         bypass;   /* its one backend is the route's bypass */
	bool                         hardened; /* by order */
	unsigned                     canary;   /* percent, by order or policy */
};

/* The row of the policy a client comes in by, or why none, in words; peer may be NULL.  *out is NULL where the route names no clients. */
const char *lane_admit(const struct lane *r, struct addr from, const struct peer *peer, const struct policy_client **out);
/* Whose certificate, or title, it is by the policy, wherever it is shown; NULL: nobody's. */
const struct policy_client *lane_owner(const struct lane *r, const struct peer *peer);
const struct policy_client *lane_title_owner(const struct lane *r, const char *title);
/* Is the title the client's?  The one identity of address, certificate and application. */
bool lane_title_fits(const struct lane *r, const struct policy_client *as, const char *title);

/* This is the chain of one of its certificates, in PEM. */
void     lane_own(struct lane *r, unsigned credential, struct bytes chain);
/* Its certificates get what is stapled now, or lose what has ended; changed: there may be newer.  ERR_AGAIN: it was being written. */
enum err lane_staple(struct lane *r, const struct staple_page *p, struct instant now, bool changed) MUST_USE;

/* Care that goes on whatever happens: alarms, vitals, waveforms. */
bool lane_is_vital(const struct lane *r);
/* Does a message type, or SOP class, go through here? */
bool lane_lets(const struct lane *r, struct bytes kind);

/* The backend of the next conversation, by weight, canary share, health and orders; NULL: none is left. */
struct lane_wish {
	bool                  hardened;
	const char           *name; /* passthrough: whom the client wants; NULL: not asked */
	const struct backend *not;  /* has just failed */
};
struct backend *lane_next(struct lane *r, const struct lane_wish *w, int64_t now, uint32_t random);
bool            lane_fits(const struct lane *r, const struct lane_wish *w, const struct backend *b, int64_t now);
/* Is there a hardened path at all? */
bool            lane_has_hardened(const struct lane *r);
/* What became of a message or connection. */
void            lane_fine(struct backend *b);
void            lane_failed(struct lane *r, struct backend *b, int64_t now);

#endif
