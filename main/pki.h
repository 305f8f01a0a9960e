/*
 * pki: `paravent pki VERB`: the hospital's own CA.  Extending is adding a row to the table of verbs in pki.c.
 *
 *	DIR/pki/  pki.db  root.cer  issuing.cer  ocsp.cer  url  crl/N.crl  crl/root.crl
 *	DIR/keys/ issuing.pem  ocsp.pem           (the root's key is not there: it is carried away)
 */
#ifndef MAIN_PKI_H
#define MAIN_PKI_H

#include "main/state.h"
#include "main/submit.h"
#include "pki/authority.h"
#include "pki/issue.h"
#include "store/register.h"

enum { PKI_FILES = 256, PKI_CERTIFICATE = 16 << 10 };

struct pki_work {
	/* the command line */
	const char *state, *policy_path, *profile, *device, *by, *out, *reason, *url, *name, *key, *root_key, *passphrase_file, *listen, *http, *https, *resolver, *validate_http_port, *validate_tls_port, *account_key, *limit;
	const char *keep, *peer, *ssid, *wireguard; /* of profile: the agent's directory, and what the target needs */
	const char *store; /* of inventory: the record, if it is not the site's */
	const char *csr[PKI_FILES];
	unsigned    csrs;
	bool        json, dry, presign, legacy;
	struct authority limits; /* --domain, --subnet */
	int         words_n;
	char      **words;

	struct state          site;
	char                  dir[STATE_PATH + 8];
	struct register_file *file;
	struct submit        *ledger; /* NULL until the first entry */
	struct issuer         issuer, before; /* before: whose certificates live on after `pki rotate`; generation 0: none */
	uint8_t               issuer_room[2][4096], algorithm_room[2][32];
	struct policy        *policy; /* NULL: none was given */
};

struct instant pki_now(void);
/* Who gives the command. */
const char *pki_login(void);

/* A path below DIR/pki. */
const char *pki_path(const struct pki_work *w, const char *name, char room[static STATE_PATH + 64]);

/* Replaces a file of DIR/pki at once and durably. */
enum err pki_replace(const struct pki_work *w, const char *name, struct bytes content) MUST_USE;

/* Which generation issues: DIR/pki/generation, 1 if it is not there. */
unsigned pki_generation(const char *dir);

/* Opens the register and reads who issues and the policy.  false: said why not. */
bool pki_open(struct pki_work *w);
/* Who issues alone, again: `pki rotate` may have been run. */
bool pki_read_issuers(struct pki_work *w);

/* The serial number in hexadecimal, or from it.  false: said that it is none. */
void pki_serial_print(const uint8_t serial[static BODY_SERIAL], char out[static 2 * BODY_SERIAL + 1]);
bool pki_serial(const char *text, uint8_t out[static BODY_SERIAL]);

/* An entry of the ledger: who did it, to what, saying; der: what it was about, or empty. */
struct entry pki_entry(const struct pki_work *w, const char *subject, struct bytes der, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Hands entries to the ledger; false: said why not, and nothing may be committed. */
bool pki_tell(struct pki_work *w, const struct entry *e, unsigned n);

/* The names of a certificate or request for people, separated by blanks. */
void pki_names(const struct x509 *c, char *out, size_t cap);

/* Signs and publishes all lists anew.  false: said why not. */
struct certify;
bool pki_publish(struct pki_work *w, struct certify *keys);
/* The same with a process of keys of its own; an exit code. */
int  pki_republish(struct pki_work *w);
/* Revokes in a transaction of the caller's, with its entry of the ledger; by: "" for a person's command.  The lists are published after. */
bool pki_revoke_within(struct pki_work *w, const char *by, const uint8_t serial[static BODY_SERIAL], unsigned reason);

/* A certificate for the signer of answers on status, into DIR/pki/ocsp.cer; its key is made if it is not there. */
bool pki_renew_status(struct pki_work *w, struct certify *keys);

/* What init and rotate share. */
struct signer;
enum { PKI_PASSPHRASE = 256, PKI_DER = 4096 };
/* Of the root's key, from its file or the terminal; twice: it is a new one.  false: said why not. */
bool     pki_passphrase(const struct pki_work *w, bool twice, char out[static PKI_PASSPHRASE]);
enum err pki_certify_ca(const struct authority *a, const struct signer *by, uint8_t room[static PKI_DER], struct x509 *out) MUST_USE;
/* Into DIR/keys, in clear. */
enum err pki_put_key(const struct pki_work *w, const struct signer *k, const char *name) MUST_USE;

/* Rows of a list for people as they come, or for machines at the end. */
struct json_t;
struct pki_rows {
	bool           json;
	struct json_t *array;
};
bool pki_row(void *rows, int n, const char *const *names, const char *const *values);
void pki_rows_end(struct pki_rows *r);

int pki_init(struct pki_work *w);
int pki_issue(struct pki_work *w);
int pki_renew(struct pki_work *w);
int pki_approve(struct pki_work *w);
int pki_deny(struct pki_work *w);
int pki_revoke(struct pki_work *w);
int pki_crl(struct pki_work *w);
int pki_status(struct pki_work *w);
int pki_rotate(struct pki_work *w);
int pki_profile(struct pki_work *w);
int pki_inventory(struct pki_work *w);
int pki_dependents(struct pki_work *w);
int pki_serve(struct pki_work *w);
int pki_eab(struct pki_work *w);
int pki_close(struct pki_work *w);
int pki_code(struct pki_work *w);
int pki_trust_factory(struct pki_work *w);

#endif
