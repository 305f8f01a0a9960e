/*
 * gate: `paravent gate VERB`: the gateway's processes, and orders to them.
 *
 *	parent ─ lend    the private keys
 *	       ├ trust   lists of revoked certificates, answers of responders
 *	       ├ gate    workers: one a core
 *	       └ judge, record, ledger, as of any run
 *
 * A person's command speaks to the parent over DIR/gate.sock.
 */
#ifndef MAIN_GATE_H
#define MAIN_GATE_H

#include "main/board.h"

/* Orders to the parent.  Each is answered by any number of GATE_TEXT and one GATE_FINE or GATE_REFUSED, with words. */
enum gate_order { GATE_STATUS = 1, GATE_METRICS, GATE_RELOAD, GATE_STOP, GATE_DRAIN, GATE_UNDRAIN, GATE_HARDEN, GATE_UNHARDEN, GATE_CANARY, GATE_TEXT, GATE_FINE, GATE_REFUSED };

const char *gate_order_name(uint32_t order);

struct gate_request {
	char     route[POLICY_NAME], backend[POLICY_NAME]; /* "" all */
	uint32_t number;
	char     by[POLICY_NAME], reason[128];
};

/* Of the parent: starts the gateway's roles; looks after them and at orders that come, about 50 times a second. */
bool gate_begin(struct board *b);
void gate_look(struct board *b);
/* A worker has ended.  May it be started again? */
bool gate_restarts(const struct board *b, uint32_t slot);

/* A worker, or who lends keys to workers, is gone for good.  The last one: what fails open goes by its bypass until a reload succeeds. */
void gate_lost(struct board *b, const char *role, uint32_t slot);
/* Was this role of a generation that never came to serve? */
bool gate_rolled_back(const char *role, uint32_t which);

/* What a route of the policy lets through: lines for people, or a line of JSON. */
void gate_routes_print(const struct policy_route *r, struct buf *out);
void gate_routes_json(const struct policy_route *r, struct buf *out);

/* One route's state: a JSON object, or lines for Prometheus. */
void gate_print(const struct panel *p, uint32_t route, bool metrics, struct buf *out);

#endif
