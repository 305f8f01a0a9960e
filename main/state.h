/*
 * state: what a site keeps, in one directory:
 *
 *	paravent.db      inventory, findings, incidents   (the record writes)
 *	keys/            private keys                     (the keys process reads)
 *	ledger/          the tamper-evident log           (the ledger process writes)
 *	ledger.vkey      the key that verifies it: for everybody
 *	ledger.socket    where a running ledger process takes entries
 *	ledger.seen      the last checkpoint that was verified: outside the log, so that a log cut short is found
 *	policy.seen      the version of the policy that the ledger was told last
 *	pki/             the CA's register, certificates and lists: see main/pki.h
 *	gate-staples/    what is stapled to the gateway's certificates (the role trust writes)
 *	evidence/        sealed evidence                  (the spool writes)
 *	evidence.crt     whom it is sealed for; its key is keys/evidence.pem
 */
#ifndef MAIN_STATE_H
#define MAIN_STATE_H

#include "base/err.h"
#include "ledger/note.h"

enum { STATE_PATH = 256 };

struct state {
	char dir[STATE_PATH], store[STATE_PATH], keys[STATE_PATH], ledger[STATE_PATH], vkey[STATE_PATH], socket[STATE_PATH], evidence[STATE_PATH], certificate[STATE_PATH], seen[STATE_PATH];
};

/* The paths below dir; NULL: what $PARAVENT_STATE names, else ./paravent.state.  ERR_LIMIT if it is too long. */
enum err state_of(const char *dir, struct state *out) MUST_USE;

/* The site that a ledger's directory belongs to. */
enum err state_of_ledger(const char *ledger, struct state *out) MUST_USE;

/* A file that must not be there yet (ERR_USAGE), for its owner alone if it is secret. */
enum err state_make(const char *path, struct bytes content, bool secret) MUST_USE;

/* The public key of the site's ledger.  ERR_NOTFOUND: `paravent init` was not run here. */
enum err state_key(const struct state *s, struct note_key *out) MUST_USE;

#endif
