/*
 * pki_rotate: `paravent pki rotate`: a new issuing CA below the same root.
 *
 * All of it is made beside what is there, and then DIR/pki/generation says
 * that it issues: a crash leaves the old or the new.  The CA before goes on
 * telling of its certificates, by lists and OCSP, until the last has ended; it
 * certifies nothing any more.
 */
#include "main/pki.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/memory.h"
#include "crypt/pem.h"
#include "crypt/signer.h"
#include "ledger/disk.h"
#include "main/board.h"
#include "main/certify.h"
#include "main/command.h"
#include "main/ledger.h"
#include "main/own.h"
#include "store/store.h"

struct turning {
	struct signer *root, *issuing;
	uint8_t        root_room[PKI_DER], issuing_room[PKI_DER];
	struct x509    root_says, issuing_says;
	char           passphrase[PKI_PASSPHRASE];
};

/* The root's key, fetched from its safe; it is the one that signed the root. */
static const char *
fetch_root(struct pki_work *w, struct turning *t)
{
	uint8_t    pem_room[SIGNER_PEM], spki_room[SIGNER_SPKI];
	char       path[STATE_PATH + 64];
	struct buf pem = buf_over(pem_room, sizeof pem_room), spki = buf_over(spki_room, sizeof spki_room), der = buf_over(t->root_room, sizeof t->root_room);

	if (disk_get(AT_FDCWD, pki_path(w, "root.cer", path), &der) || x509_parse(buf_bytes(&der), &t->root_says))
		return "the root's certificate cannot be read";
	if (disk_get(AT_FDCWD, w->root_key, &pem))
		return "the root's key cannot be read";
	if (signer_load(buf_bytes(&pem), t->passphrase, &t->root))
		return "the passphrase is another, or it is no key";
	if (signer_public(t->root, &spki) || !bytes_equal(buf_bytes(&spki), t->root_says.spki))
		return "it is the key of another root";
	return NULL;
}

static enum err
make_issuing(struct pki_work *w, struct turning *t)
{
	uint8_t          spki_room[SIGNER_SPKI], algorithm_room[32];
	struct buf       spki = buf_over(spki_room, sizeof spki_room), algorithm = buf_over(algorithm_room, sizeof algorithm_room);
	char             name[65];
	bool             token = w->key && strncmp(w->key, SIGNER_TOKEN, strlen(SIGNER_TOKEN)) == 0;
	enum signer_kind kind = w->key ? signer_kind_of(w->key) : SIGNER_P256;
	struct authority a = w->limits;
	enum err         e = token ? signer_token(w->key, &t->issuing) : kind == SIGNER_KINDS ? ERR_USAGE : signer_new(kind, &t->issuing);

	if (e || (e = signer_public(t->issuing, &spki)))
		return e;
	signer_algorithm(t->root, &algorithm);
	bytes_clean(t->root_says.subject_o, name, sizeof name);
	a.name = name;
	a.url = w->issuer.url;
	a.now = (struct instant){ pki_now().us - 60 * INSTANT_SECOND };
	a.algorithm = buf_bytes(&algorithm);
	a.spki = buf_bytes(&spki);
	a.root = &t->root_says;
	if (!a.domains && !a.subnets)
		a.permitted = w->issuer.ca.permitted;
	if (getrandom(a.serial, sizeof a.serial, 0) != sizeof a.serial)
		return ERR_IO;
	a.serial[0] |= 0x40;
	return pki_certify_ca(&a, t->root, t->issuing_room, &t->issuing_says);
}

/* What a rotation left that was cut short before anything was signed by it. */
static void
clear(const struct pki_work *w, unsigned generation)
{
	static const char *const ENDING[] = { ".pem", ".uri" };
	char                     name[ISSUE_FILE], path[STATE_PATH + 64];

	for (size_t i = 0; i < sizeof ENDING / sizeof *ENDING; i++) {
		issue_file("issuing", generation, ENDING[i], name);
		snprintf(path, sizeof path, "%s/%s", w->site.keys, name);
		unlink(path);
	}
	issue_file("issuing", generation, ".cer", name);
	unlink(pki_path(w, name, path));
}

static enum err
keep(struct pki_work *w, const struct turning *t, unsigned generation)
{
	char     name[ISSUE_FILE], path[STATE_PATH + 64];
	bool     token = w->key && strncmp(w->key, SIGNER_TOKEN, strlen(SIGNER_TOKEN)) == 0;
	enum err e;

	clear(w, generation);
	issue_file("issuing", generation, token ? ".uri" : ".pem", name);
	snprintf(path, sizeof path, "%s/%s", w->site.keys, name);
	if ((e = token ? state_make(path, bytes_text(w->key), true) : pki_put_key(w, t->issuing, name)))
		return e;
	issue_file("issuing", generation, ".cer", name);
	return state_make(pki_path(w, name, path), t->issuing_says.whole, false);
}

/* The new issuer signs who tells of it, and then it is the one that issues. */
static bool
commit(struct pki_work *w, const struct turning *t, unsigned generation)
{
	uint8_t           der_room[PKI_DER], chain_room[3 * PKI_DER];
	char              path[STATE_PATH + 64], file[ISSUE_FILE], number[16];
	struct buf        der = buf_over(der_room, sizeof der_room), algorithm = buf_over(w->algorithm_room[1], sizeof w->algorithm_room[1]), chain = buf_over(chain_room, sizeof chain_room);
	struct x509       old;
	const struct issuer before = w->issuer;
	struct own        o = { .key = "ocsp", .profile = "ocsp", .name = "status", .file = file };

	issue_file("ocsp", before.generation, ".cer", file);
	if (disk_get(AT_FDCWD, pki_path(w, file, path), &der) || x509_parse(buf_bytes(&der), &old) || signer_algorithm_of(t->issuing_says.spki, &algorithm))
		return false;
	pem_put("CERTIFICATE", t->issuing_says.whole, &chain);
	pem_put("CERTIFICATE", t->root_says.whole, &chain);
	pem_put("CERTIFICATE", before.ca.whole, &chain);
	w->before = before;
	w->issuer.ca = t->issuing_says;
	w->issuer.algorithm = buf_bytes(&algorithm);
	w->issuer.generation = generation;
	issue_file("ocsp", generation, "", file);
	struct entry e = pki_entry(w, "this CA", t->issuing_says.whole, "issues by a new issuing CA, its generation %u; the one before tells of its certificates until they end", generation);
	snprintf(number, sizeof number, "%u\n", generation);
	return own_certify(w, &o, old.spki, NULL, t->issuing) && pki_tell(w, &e, 1) && !pki_replace(w, "generation", bytes_text(number)) && !pki_replace(w, "chain.pem", buf_bytes(&chain));
}

static int
turn(struct pki_work *w, struct turning *t)
{
	const unsigned generation = w->issuer.generation + 1;
	enum err       e = OK;
	const char    *fault = fetch_root(w, t);

	if (fault || (e = make_issuing(w, t)) || (e = keep(w, t, generation))) {
		fprintf(stderr, "paravent: %s: %s; nothing was changed\n", w->root_key, fault ? fault : e == ERR_USAGE ? "--key is none of p256, p384, rsa3072, ed25519, pkcs11:URI" : err_text(e));
		return EXIT_PART;
	}
	if (!commit(w, t, generation)) {
		fprintf(stderr, "paravent: %s: %s; the CA that was there issues\n", w->dir, store_trouble());
		return EXIT_PART;
	}
	int code = pki_republish(w);
	printf("%s: generation %u issues from now on.  Start `pki status` and `pki serve` again; carry the root's key away.\n"
	       "Each device gets its next certificate from it when it renews; both are below the root that devices trust.\n", w->dir, generation);
	return code;
}

int
pki_rotate(struct pki_work *w)
{
	static struct turning t;
	int64_t               live = 0;
	char                  ca[] = "ca", *words[] = { ca };
	const char           *record = w->store ? w->store : w->site.store;

	if (!w->root_key) {
		fprintf(stderr, "usage: paravent pki rotate --root-key FILE [--key p256|p384|rsa3072|ed25519|pkcs11:URI] [--passphrase-file FILE] [--dry-run]\n");
		return EXIT_USAGE;
	}
	/* First who depends on it, if anything was seen of them. */
	w->words = words;
	if (access(record, F_OK) == 0 && pki_dependents(w) == EXIT_PART)
		return EXIT_PART;
	if (!w->file && !pki_open(w))
		return EXIT_PART;
	if (w->before.generation && (register_issuer_live(w->file, w->before.generation, &live) || live)) {
		fprintf(stderr, "paravent: of the CA before this one %lld certificates live on: they must end or be revoked first (`paravent pki list`)\n", (long long)live);
		return EXIT_UNSAFE;
	}
	if (w->dry) {
		printf("would make generation %u of the issuing CA\n", w->issuer.generation + 1);
		return EXIT_FINE;
	}
	int code = pki_passphrase(w, false, t.passphrase) ? turn(w, &t) : EXIT_PART;
	signer_free(t.root);
	signer_free(t.issuing);
	explicit_bzero(&t, sizeof t);
	return code;
}
