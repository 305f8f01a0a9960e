/* relay_inside: what the parts of the relay share; for them alone. */
#ifndef GATE_RELAY_INSIDE_H
#define GATE_RELAY_INSIDE_H

#include "gate/relay.h"
#include "gate/worker.h"

static inline void
relay_count(struct relay *r, enum panel_counter which)
{
	panel_add(r->lane->count, which, 1);
}

/* An end that could not write, or shake hands, goes on when there is room for it. */
void relay_await_room(struct relay *r, struct relay_end *e);
/* Is it read, or not now? */
void relay_hold_end(struct relay_end *e, bool held);

/* To a backend that fits, but not to this one if there is another.  false: the conversation is over. */
bool relay_dial(struct relay *r, const struct backend *not);
/* The backend is there: bytes go. */
void relay_opened(struct relay *r);
/* The backend broke off: another one (true), or the end. */
bool relay_backend_lost(struct relay *r);

/* One more step of a handshake. */
void relay_shake_client(struct relay *r);
void relay_shake_backend(struct relay *r);
/* Let in, refused, or still asked about. */
void relay_decide(struct relay *r);
/* Let in: its rate begins, its backend is dialled. */
void relay_admitted(struct relay *r);

#endif
