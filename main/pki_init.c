/* pki_init: `paravent pki init`: the root and the issuing CA, and the signer of answers on status. */
#include "main/pki.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "crypt/pem.h"
#include "crypt/signer.h"
#include "ledger/disk.h"
#include "main/board.h"
#include "main/certify.h"
#include "main/command.h"
#include "main/own.h"
#include "store/store.h"
#include "wire/crl.h"
#include "wire/der.h"

enum { PASSPHRASE_LEAST = 12, DER = PKI_DER };

#define ROOT_CRL (366 * 86400 * INSTANT_SECOND)

static const struct own STATUS = { .key = "ocsp", .profile = "ocsp", .name = "status" };

/* What is made, until it is written. */
struct making {
	struct signer *root, *issuing, *status;
	uint8_t        root_der[DER], issuing_der[DER];
	struct x509    root_says, issuing_says;
	char           passphrase[PKI_PASSPHRASE];
	const char    *token; /* the issuing key's URI, NULL: it is made here */
	struct instant now;
};

bool
pki_passphrase(const struct pki_work *w, bool twice, char out[static PKI_PASSPHRASE])
{
	char       again[PKI_PASSPHRASE];
	struct buf b = buf_over(out, PKI_PASSPHRASE - 1);

	if (w->passphrase_file) {
		if (disk_get(AT_FDCWD, w->passphrase_file, &b)) {
			fprintf(stderr, "paravent: %s: cannot be read\n", w->passphrase_file);
			return false;
		}
		out[b.len] = 0;
		out[strcspn(out, "\n")] = 0;
	} else {
		const char *said = getpass("passphrase of the root's key, which is carried away: ");
		snprintf(again, sizeof again, "%s", said ? said : "");
		if (twice)
			said = getpass("the same again: ");
		if (!said || strcmp(said, again)) {
			fprintf(stderr, "paravent: the two differ\n");
			return false;
		}
		snprintf(out, PKI_PASSPHRASE, "%s", again);
		explicit_bzero(again, sizeof again);
	}
	if (strlen(out) >= PASSPHRASE_LEAST)
		return true;
	fprintf(stderr, "paravent: the passphrase needs at least %d characters\n", PASSPHRASE_LEAST);
	return false;
}

enum err
pki_certify_ca(const struct authority *a, const struct signer *by, uint8_t room[static DER], struct x509 *out)
{
	uint8_t    tbs_room[DER], signature_room[SIGNER_SIGNATURE];
	struct buf tbs = buf_over(tbs_room, sizeof tbs_room), signature = buf_over(signature_room, sizeof signature_room), der = buf_over(room, DER);
	enum err   e;

	authority_print(a, &tbs);
	if (!buf_ok(&tbs))
		return ERR_LIMIT;
	if ((e = signer_make(by, buf_bytes(&tbs), &signature)))
		return e;
	der_put_signed(&der, buf_bytes(&tbs), a->algorithm, buf_bytes(&signature));
	return buf_ok(&der) ? x509_parse(buf_bytes(&der), out) : ERR_LIMIT;
}

static enum err
make_authorities(struct pki_work *w, struct making *m, enum signer_kind kind)
{
	uint8_t          root_spki[SIGNER_SPKI], spki[SIGNER_SPKI], algorithm_room[32];
	struct buf       root_key = buf_over(root_spki, sizeof root_spki), key = buf_over(spki, sizeof spki), algorithm = buf_over(algorithm_room, sizeof algorithm_room);
	struct authority a = w->limits;
	enum err         e;

	if ((e = signer_new(kind, &m->root)) || (e = m->token ? signer_token(m->token, &m->issuing) : signer_new(kind, &m->issuing)) || (e = signer_new(SIGNER_P256, &m->status)))
		return e;
	if ((e = signer_public(m->root, &root_key)) || (e = signer_public(m->issuing, &key)))
		return e;
	signer_algorithm(m->root, &algorithm);
	a.name = w->name;
	a.url = w->url;
	a.now = m->now;
	a.algorithm = buf_bytes(&algorithm);
	a.spki = buf_bytes(&root_key);
	if (getrandom(a.serial, sizeof a.serial, 0) != sizeof a.serial)
		return ERR_IO;
	a.serial[0] |= 0x40;
	if ((e = pki_certify_ca(&a, m->root, m->root_der, &m->root_says)))
		return e;
	a.root = &m->root_says;
	a.spki = buf_bytes(&key);
	if (getrandom(a.serial, sizeof a.serial, 0) != sizeof a.serial)
		return ERR_IO;
	a.serial[0] |= 0x40;
	return pki_certify_ca(&a, m->root, m->issuing_der, &m->issuing_says);
}

enum err
pki_put_key(const struct pki_work *w, const struct signer *k, const char *name)
{
	uint8_t    room[SIGNER_PEM];
	char       path[STATE_PATH + 32];
	struct buf pem = buf_over(room, sizeof room);

	snprintf(path, sizeof path, "%s/%s", w->site.keys, name);
	enum err e = signer_save(k, NULL, &pem);
	if (!e)
		e = state_make(path, buf_bytes(&pem), true);
	explicit_bzero(room, sizeof room);
	return e;
}

/* The root's own list: it is made once more when the root is fetched to revoke its issuing CA. */
static enum err
root_list(const struct pki_work *w, const struct making *m)
{
	uint8_t    room[2048], out[2048 + SIGNER_SIGNATURE], algorithm_room[32], signature_room[SIGNER_SIGNATURE];
	struct buf tbs = buf_over(room, sizeof room), der = buf_over(out, sizeof out), algorithm = buf_over(algorithm_room, sizeof algorithm_room);
	struct buf signature = buf_over(signature_room, sizeof signature_room);
	enum err   e;

	signer_algorithm(m->root, &algorithm);
	crl_print(&(struct crl){ .algorithm = buf_bytes(&algorithm), .issuer = m->root_says.subject, .from = m->now, .until = { m->now.us + ROOT_CRL },
	                         .revoked = bytes_of("", 0), .authority_key = m->root_says.subject_key, .number = 1, .url = bytes_text("") }, &tbs);
	if ((e = signer_make(m->root, buf_bytes(&tbs), &signature)))
		return e;
	der_put_signed(&der, buf_bytes(&tbs), buf_bytes(&algorithm), buf_bytes(&signature));
	return pki_replace(w, "crl/root.crl", buf_bytes(&der));
}

/* Everything but the root's key, which is carried away. */
static enum err
keep(struct pki_work *w, struct making *m)
{
	uint8_t    room[3 * DER];
	char       path[STATE_PATH + 64];
	struct buf pem = buf_over(room, sizeof room);
	struct bytes issuing_der = m->issuing_says.whole, root_der = m->root_says.whole;
	enum err   e;

	if ((mkdir(w->dir, 0700) && errno != EEXIST) || (mkdir(pki_path(w, "crl", path), 0700) && errno != EEXIST))
		return ERR_IO;
	snprintf(path, sizeof path, "%s/issuing.uri", w->site.keys);
	if ((e = m->token ? state_make(path, bytes_text(m->token), true) : pki_put_key(w, m->issuing, "issuing.pem")) || (e = pki_put_key(w, m->status, "ocsp.pem")))
		return e;
	pem_put("CERTIFICATE", issuing_der, &pem);
	pem_put("CERTIFICATE", root_der, &pem);
	if (!buf_ok(&pem) || (e = state_make(pki_path(w, "chain.pem", path), buf_bytes(&pem), false)) ||
	    (e = state_make(pki_path(w, "root.cer", path), root_der, false)) || (e = state_make(pki_path(w, "url", path), bytes_text(w->url), false)) ||
	    (e = root_list(w, m)))
		return e ? e : ERR_LIMIT;
	if ((e = register_open(pki_path(w, "pki.db", path), true, &w->file)))
		return e;
	register_free(w->file);
	w->file = NULL;
	return state_make(pki_path(w, "issuing.cer", path), issuing_der, false);
}

/* Of a CA before this one too: its certificates are still asked about. */
static bool
renew_status_of(struct pki_work *w, struct certify *keys)
{
	uint8_t     room[DER];
	char        path[STATE_PATH + 64], name[ISSUE_FILE], file[ISSUE_FILE];
	struct buf  der = buf_over(room, sizeof room);
	struct x509 old;
	struct own  o = STATUS;

	issue_file("ocsp", w->issuer.generation, ".cer", name);
	issue_file("ocsp", w->issuer.generation, "", file);
	o.file = file;
	return !disk_get(AT_FDCWD, pki_path(w, name, path), &der) && !x509_parse(buf_bytes(&der), &old) && own_certify(w, &o, old.spki, keys, NULL);
}

bool
pki_renew_status(struct pki_work *w, struct certify *keys)
{
	const struct issuer now = w->issuer;
	bool                good = renew_status_of(w, keys);

	if (!w->before.generation)
		return good;
	w->issuer = w->before;
	good &= renew_status_of(w, keys);
	w->issuer = now;
	return good;
}

static int
finish(struct pki_work *w, struct making *m)
{
	uint8_t         spki[SIGNER_SPKI];
	struct buf      key = buf_over(spki, sizeof spki);

	if (!pki_open(w))
		return EXIT_PART;
	struct entry began = pki_entry(w, w->name, w->issuer.ca.whole, "this CA begins: its root and its issuing CA");
	if (!pki_tell(w, &began, 1) || signer_public(m->status, &key) || !own_certify(w, &STATUS, buf_bytes(&key), NULL, m->issuing))
		return EXIT_PART;
	return pki_republish(w);
}

int
pki_init(struct pki_work *w)
{
	static struct making m;
	uint8_t              room[SIGNER_PEM];
	struct buf           pem = buf_over(room, sizeof room);
	struct note_key      ledger;
	char                 path[STATE_PATH + 64];
	bool                 token = w->key && strncmp(w->key, SIGNER_TOKEN, strlen(SIGNER_TOKEN)) == 0;
	enum signer_kind     kind = w->key && !token ? signer_kind_of(w->key) : SIGNER_P256;
	enum err             e;
	int                  code = EXIT_PART;

	if (!w->name || strlen(w->name) > 64 || !w->root_key || kind == SIGNER_KINDS || (w->url && strlen(w->url) >= ISSUE_URL - 1)) {
		fprintf(stderr, "usage: paravent pki init --name HOSPITAL --root-key FILE [--key p256|p384|rsa3072|ed25519|pkcs11:URI] [--domain D]… [--subnet S]… [--url http://HOST] [--passphrase-file FILE]\n");
		return EXIT_USAGE;
	}
	if (token && strstr(w->key, "pin-value")) {
		fprintf(stderr, "paravent: pki init: a PIN on the command line can be read by others: name a file, pin-source=file:/PATH\n");
		return EXIT_USAGE;
	}
	m.token = token ? w->key : NULL;
	if (!w->url)
		w->url = "";
	if (state_key(&w->site, &ledger)) {
		fprintf(stderr, "paravent: %s is no site: `paravent init` makes one\n", w->site.dir);
		return EXIT_PART;
	}
	if (access(pki_path(w, "issuing.cer", path), F_OK) == 0) {
		fprintf(stderr, "paravent: %s has a CA already; nothing was changed\n", w->site.dir);
		return EXIT_PART;
	}
	if (w->dry) {
		printf("would make a root, its key encrypted in %s, and an issuing CA below it in %s\n", w->root_key, w->dir);
		return EXIT_FINE;
	}
	m.now = (struct instant){ pki_now().us - 60 * INSTANT_SECOND };
	if (!pki_passphrase(w, true, m.passphrase))
		return EXIT_PART;
	if ((e = make_authorities(w, &m, kind)) || (e = signer_save(m.root, m.passphrase, &pem)) || (e = state_make(w->root_key, buf_bytes(&pem), true)) || (e = keep(w, &m)))
		fprintf(stderr, "paravent: %s: %s\n", w->dir, e == ERR_USAGE ? "a file of an earlier init is there already, or the root's key: remove it and begin again" :
		        token && e == ERR_NOTFOUND ? "the token has no such key, or its driver or its PIN is not there" :
		        token && e == ERR_UNSUPPORTED ? "the key is of another kind, or OpenSSL's engine pkcs11 is not installed (libengine-pkcs11-openssl)" : err_text(e));
	else
		code = finish(w, &m);
	if (code == EXIT_FINE)
		printf("%s: a root and an issuing CA.  The root's key is in %s, encrypted, and nowhere else:\n"
		       "carry it away now, keep it and its passphrase apart in two safes, and remove it from this machine.\n"
		       "Devices trust %s/root.cer.\n", w->dir, w->root_key, w->dir);
	signer_free(m.root);
	signer_free(m.issuing);
	signer_free(m.status);
	explicit_bzero(&m, sizeof m);
	return code;
}
