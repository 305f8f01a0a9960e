/*
 * agent: `paravent pki agent`: keeps the certificate of the device it runs on alive.
 *
 *	DIR/live -> v.SERIAL        key.pem cert.pem chain.pem root.pem: always a pair that was checked
 *	                            fullchain.pem (cert and chain), both.pem (that and the key), trusted.pem (root and chain)
 *	DIR/before -> v.SERIAL      the one before it
 *	DIR/next.pem                the key that is being certified: made here, kept until its certificate is live
 *	DIR/hook.due                the hook has not succeeded since live changed
 *
 * All is prepared beside what is live and then swapped by one rename, so a
 * crash at any point leaves the old or the new.
 */
#ifndef MAIN_AGENT_H
#define MAIN_AGENT_H

#include "base/buf.h"
#include "base/err.h"
#include "pki/renewal.h"

enum { AGENT_PATH = 200, AGENT_PEM = 16 << 10, AGENT_WORDS = 16 };

/* A certificate and its key, as they lie in DIR/live. */
struct agent_pair {
	struct x509 says;
	uint8_t     der_room[AGENT_PEM], certificate_room[AGENT_PEM], key_room[AGENT_PEM];
	struct buf  certificate, key; /* PEM */
};

/* --- agent_files.c: what the agent keeps; dir is open on DIR --- */

/* ERR_NOTFOUND: nothing is live. */
enum err agent_files_live(int dir, struct agent_pair *out) MUST_USE;
/* The key in DIR/next.pem, made if it is not there. */
struct signer;
enum err agent_files_key(int dir, struct signer **out) MUST_USE;
struct agent_new {
	const struct signer *key;
	const struct x509   *leaf;
	struct bytes         chain, root; /* DER, one after the other */
};
/* Live from now on. */
enum err agent_files_swap(int dir, const struct agent_new *n) MUST_USE;
/* Removes what a crash or an earlier turn left. */
void     agent_files_tidy(int dir);
bool     agent_files_hook_due(int dir);
void     agent_files_hook_done(int dir);

int agent_run(int argc, char **argv);

#endif
