/*
 * chronicle: what a run of roles tells the ledger of itself, and the judge of what it found.
 *
 * Nobody waits for an answer.  What a live run cannot hand over at once is
 * counted, and the number told as soon as there is room.
 */
#ifndef MAIN_CHRONICLE_H
#define MAIN_CHRONICLE_H

#include "main/board.h"

/* The run begins: what it looks at, under which version of the policy, and how that differs from the last one. */
void chronicle_begin(struct board *b);
/* A role was started, or ended as says tells. */
void chronicle_role(struct board *b, const char *role, uint32_t which, const char *says);
/* An order to the gateway was obeyed, or refused with a reason. */
struct gate_request;
void chronicle_gate(struct board *b, const struct gate_request *q, const char *order, const char *refused);
/* What was lost since the last time, and steps of the clock: at most one entry a minute each.  last: all that is left. */
void chronicle_look(struct board *b, bool last);
void chronicle_end(struct board *b, int code);

/* Of the judge: a finding of severity 1 to 3, with its EVE line; an incident that is new, or more than one finding longer. */
void chronicle_finding(struct board *b, const struct finding *f, struct bytes line);
void chronicle_incident(struct board *b, const struct incident *i);

#endif
