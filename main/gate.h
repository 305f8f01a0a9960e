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

/* Of the parent: starts the gateway's roles; looks after them and at orders that come, about 50 times a second. */
bool gate_begin(struct board *b);
void gate_look(struct board *b);

#endif
