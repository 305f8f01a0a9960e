/*
 * enrol: the role pki: devices ask for certificates over HTTP.  Extending is adding a desk to the table in enrol.c.
 *
 * It holds listening sockets and the register, and no private key: it asks the
 * keys' process over a channel.  The ledger's entries go to the parent over
 * another, and are durable when it answers.
 */
#ifndef MAIN_ENROL_H
#define MAIN_ENROL_H

#include "ledger/rate.h"
#include "main/admit.h"
#include "main/listen.h"
#include "main/pki.h"
#include "pki/exchange.h"

struct acme_desk;
struct endpoint_context;

enum { ENROL_BODY = 48 << 10, ENROL_ANSWER = 64 << 10 };

struct enrol {
	struct listen            listen;
	struct pki_work          work; /* the register, who issues, the policy, the ledger */
	int                      keys; /* keys_ask_for(e->keys, KEYS_TBS, …) */
	struct admit_counts     *counts;
	struct rate              rate; /* of refusals in the ledger */
	struct endpoint_context *tls;
	struct acme_desk        *acme;
	bool                     legacy; /* DES and SHA-1 are taken from clients of SCEP that know no other */
	struct x509              scep; /* the certificate of the RA */
	uint8_t                  scep_room[PKI_CERTIFICATE];
};

/* One kind of enrolment: it fills in the answer, which is 404 until then. */
void est_answer(struct enrol *e, struct exchange *x);
void scep_answer(struct enrol *e, struct exchange *x);

/*
 * A request of who was admitted: a grant that was settled, issued or waiting
 * for a person; NULL and *why: it is refused; NULL and no why: it cannot be
 * done now, and that was said.  ticket: as struct grant has it.
 */
struct grant *enrol_ask(struct enrol *e, const struct admission *a, struct bytes der, const char *ticket, const char **why);

/* A refusal for the ledger: as many as its rate allows, the others counted.  der: what was refused, or empty. */
void enrol_refused(struct enrol *e, const char *subject, struct bytes der, const char *protocol, const char *why);

#endif
