/*
 * enrol: the role pki: devices ask for certificates over HTTP.  Extending is adding a desk to the table in enrol.c.
 *
 * It holds listening sockets and the register, and no private key: it asks the
 * keys' process over a channel.  The ledger's entries go to the parent over
 * another, and are durable when it answers.
 */
#ifndef MAIN_ENROL_H
#define MAIN_ENROL_H

#include "main/listen.h"
#include "main/pki.h"
#include "pki/exchange.h"

enum { ENROL_BODY = 48 << 10, ENROL_ANSWER = 64 << 10 };

struct enrol {
	struct listen   listen;
	struct pki_work work; /* the register, who issues, the policy, the ledger */
	int             keys; /* keys_ask_for(e->keys, KEYS_TBS, …) */
};

/* One kind of enrolment: it fills in the answer, which is 404 until then. */
void est_answer(struct enrol *e, struct exchange *x);

#endif
