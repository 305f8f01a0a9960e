/* pki_eab: `paravent pki eab|close`: who may have an ACME account for a device: by a key for a MAC, or by the account's own key; and who no longer may. */
#include "main/pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "crypt/encode.h"
#include "crypt/jws.h"
#include "crypt/pem.h"
#include "main/command.h"
#include "main/ledger.h"
#include "store/acme.h"
#include "store/store.h"

/* The account's public key from a file, PEM or JWK: its thumbprint is the kid.  false: said that it is none. */
static bool
known_key(const char *path, char kid[static ACME_KID])
{
	uint8_t        room[8192], der_room[4096];
	char           label[32];
	struct buf     text = buf_over(room, sizeof room), der = buf_over(der_room, sizeof der_room), b = buf_over(kid, ACME_KID);
	struct jws_key key;

	if (!ledger_file(path, &text))
		return false;
	struct bytes left = buf_bytes(&text);
	bool pem = pem_next(&left, label, &der) == OK && strcmp(label, "PUBLIC KEY") == 0;
	if (pem ? jws_key_load(buf_bytes(&der), &key) != OK : jws_key_parse(buf_bytes(&text), &key) != NULL) {
		fprintf(stderr, "paravent: %s: is no public key as PEM or JWK, or of a kind not taken: P-256, P-384, Ed25519, RSA of 2048 bits\n", path);
		return false;
	}
	encode_base64url(bytes_of(key.thumbprint, sizeof key.thumbprint), &b);
	(void)buf_string(&b);
	return true;
}

static bool
new_key(struct acme_binding *b)
{
	uint8_t    raw[12];
	struct buf kid = buf_over(b->kid, sizeof b->kid);

	b->has_key = true;
	if (getrandom(raw, sizeof raw, 0) != sizeof raw || getrandom(b->key, sizeof b->key, 0) != sizeof b->key) {
		fprintf(stderr, "paravent: there are no random numbers\n");
		return false;
	}
	encode_base64url(bytes_of(raw, sizeof raw), &kid);
	(void)buf_string(&kid);
	return true;
}

static void
tell(const struct pki_work *w, const struct acme_binding *b)
{
	char       text[64];
	struct buf key = buf_over(text, sizeof text);

	encode_base64url(bytes_of(b->key, sizeof b->key), &key);
	if (!b->has_key)
		fprintf(stderr, "%s: the account of this key is let in\n", b->device);
	else if (w->json)
		printf("{ \"device\": \"%s\", \"kid\": \"%s\", \"hmac_key\": \"%s\" }\n", b->device, b->kid, buf_string(&key));
	else
		printf("kid       %s\nhmac-key  %s\n", b->kid, buf_string(&key));
}

int
pki_eab(struct pki_work *w)
{
	struct acme_binding b = { 0 };
	struct acme_file   *file;
	const char         *profile = w->profile ? w->profile : "server";
	const struct profile *p = profile_find(profile);
	bool                known = false;
	int                 code = EXIT_PART;

	if (!w->policy_path || !p || !(p->names >> X509_NAME_DNS & 1)) {
		fprintf(stderr, "usage: paravent pki eab DEVICE -p hospital.yaml [--profile server|device|…] [--account-key FILE]\n");
		return EXIT_USAGE;
	}
	if (!pki_open(w) || acme_open(w->file, &file))
		return EXIT_PART;
	for (uint32_t i = 0; i < w->policy->devices; i++)
		known |= strcmp(w->policy->device[i].name, w->words[0]) == 0;
	if (!known) {
		fprintf(stderr, "paravent: %s: the policy knows no such device\n", w->words[0]);
		code = EXIT_UNSAFE;
		goto out;
	}
	snprintf(b.device, sizeof b.device, "%s", w->words[0]);
	snprintf(b.profile, sizeof b.profile, "%s", p->name);
	if (!(w->account_key ? known_key(w->account_key, b.kid) : new_key(&b)))
		goto out;
	struct entry e = pki_entry(w, b.device, bytes_of("", 0), "lets an ACME account have %s certificates, %s %s", b.profile, b.has_key ? "by the binding" : "by the key", b.kid);
	enum err     bad = OK;
	if (!w->dry && (register_begin(w->file) || (bad = acme_admit(file, &b, pki_now().us / INSTANT_SECOND)) || !pki_tell(w, &e, 1) || register_commit(w->file))) {
		register_rollback(w->file);
		fprintf(stderr, "paravent: %s: %s\n", b.device, bad == ERR_USAGE ? "this key is let in already" : store_trouble());
		goto out;
	}
	if (!w->dry)
		tell(w, &b);
	code = EXIT_FINE;
out:
	acme_close(file);
	return code;
}

/* For good: whose account is closed needs another binding, and another key. */
int
pki_close(struct pki_work *w)
{
	struct acme_account a;
	struct acme_file   *file;
	char               *rest;
	int                 code = EXIT_PART;

	if (!pki_open(w) || acme_open(w->file, &file))
		return EXIT_PART;
	struct acme_store s = acme_store(file);
	if (s.account(s.at, strtoll(w->words[0], &rest, 10), &a) || *rest) {
		fprintf(stderr, "paravent: %s: there is no such account: `paravent pki accounts` lists them\n", w->words[0]);
		goto out;
	}
	a.state = ACME_REVOKED;
	struct entry e = pki_entry(w, a.device, bytes_of("", 0), "closed the ACME account %lld%s%.200s", (long long)a.id, w->reason ? ": " : "", w->reason ? w->reason : "");
	if (!w->dry && (register_begin(w->file) || s.put_account(s.at, &a) || !pki_tell(w, &e, 1) || register_commit(w->file))) {
		register_rollback(w->file);
		fprintf(stderr, "paravent: %s: was not closed: %s\n", w->words[0], store_trouble());
		goto out;
	}
	code = EXIT_FINE;
out:
	acme_close(file);
	return code;
}
