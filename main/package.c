/*
 * package: `paravent sign` and `paravent verify`: firmware and viewer packages with a detached statement.
 *
 * Signing: the file's digest is taken here, the statement signed in the keys'
 * process, the ledger told before the statement is written.  Verifying needs
 * nothing but the file, the statement and the public key; what was accepted
 * last is remembered, so that an older version is not accepted after it.
 */
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypt/encode.h"
#include "crypt/hash.h"
#include "crypt/pem.h"
#include "crypt/signer.h"
#include "crypt/verify.h"
#include "ledger/disk.h"
#include "main/board.h"
#include "main/certify.h"
#include "main/command.h"
#include "main/ledger.h"
#include "main/pki.h"
#include "pki/statement.h"

enum { ENVELOPE = 32 << 10, REMEMBERED = 256 << 10, KEYID = 2 * 32 + 8 };

struct package_work {
	const char *state, *key, *kind, *version, *out, *by, *statement, *remember, *ledger_key;
	bool        proof, json;
	int         words_n;
	char      **words;
};

/* --- what both need --------------------------------------------------------------- */

/* The whole file, which may be gigabytes, as the kernel maps it. */
static bool
digest_file(const char *path, uint8_t out[static 32])
{
	int         fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat is;
	void       *at = MAP_FAILED;

	if (fd >= 0 && !fstat(fd, &is) && S_ISREG(is.st_mode) && is.st_size > 0)
		at = mmap(NULL, (size_t)is.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd >= 0)
		close(fd);
	if (at == MAP_FAILED) {
		fprintf(stderr, "paravent: %s: cannot be read, or is empty\n", path);
		return false;
	}
	hash_sha256(bytes_of(at, (size_t)is.st_size), out);
	munmap(at, (size_t)is.st_size);
	return true;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static enum err
publish(const char *path, struct bytes content)
{
	char folder[STATE_PATH];
	int  fd;

	snprintf(folder, sizeof folder, "%.*s", (int)(base_name(path) - path), path);
	fd = open(*folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	enum err e = disk_publish(&disk_linux, fd, base_name(path), content);
	close(fd);
	return e;
}

static void
key_id(struct bytes spki, char out[static KEYID])
{
	uint8_t    digest[32];
	struct buf b = buf_over(out, KEYID);

	hash_sha256(spki, digest);
	buf_text(&b, "sha256:");
	buf_hex(&b, bytes_of(digest, sizeof digest));
	(void)buf_string(&b);
}

static bool
text_good(const char *t, size_t most)
{
	for (const char *p = t; *p; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return *t && strlen(t) < most;
}

/* --- sign ------------------------------------------------------------------------------ */

static int
sign_init(struct package_work *p, const struct state *site)
{
	enum signer_kind kind = p->key ? signer_kind_of(p->key) : SIGNER_ED25519;
	struct signer   *k = NULL;
	uint8_t          room[SIGNER_PEM], spki_room[SIGNER_SPKI], public_room[2 * SIGNER_SPKI];
	struct buf       pem = buf_over(room, sizeof room), spki = buf_over(spki_room, sizeof spki_room), text = buf_over(public_room, sizeof public_room);
	char             path[STATE_PATH + 32];
	enum err         e;

	if (kind != SIGNER_ED25519 && kind != SIGNER_P256) {
		fprintf(stderr, "paravent: sign init: --key is ed25519 or p256\n");
		return EXIT_USAGE;
	}
	snprintf(path, sizeof path, "%s/release.pem", site->keys);
	if ((e = signer_new(kind, &k)) || (e = signer_save(k, NULL, &pem)) || (e = signer_public(k, &spki)) || (e = state_make(path, buf_bytes(&pem), true)))
		goto out;
	pem_put("PUBLIC KEY", buf_bytes(&spki), &text);
	snprintf(path, sizeof path, "%s/pki/release.pub", site->dir);
	e = state_make(path, buf_bytes(&text), false);
	if (!e)
		printf("%s: devices verify packages with this key\n", path);
out:
	if (e)
		fprintf(stderr, "paravent: %s: %s\n", path, e == ERR_USAGE ? "is there already; nothing was changed" : err_text(e));
	explicit_bzero(room, sizeof room);
	signer_free(k);
	return e ? EXIT_PART : EXIT_FINE;
}

/* The statement signed by the keys' process, in its envelope. */
static bool
make_envelope(const struct state *site, const struct statement *s, struct bytes spki, struct buf *out)
{
	static uint8_t  payload_room[STATEMENT_MOST], pae_room[STATEMENT_MOST + 64];
	uint8_t         answer_room[SIGNER_SIGNATURE];
	struct buf      payload = buf_over(payload_room, sizeof payload_room), pae = buf_over(pae_room, sizeof pae_room), answer = buf_over(answer_room, sizeof answer_room);
	struct board   *b;
	struct certify *keys;
	char            keyid[KEYID];

	statement_print(s, &payload);
	statement_pae(buf_bytes(&payload), &pae);
	if (!buf_ok(&pae) || board_new(&b) || certify_open(site->dir, b, KEYS_PARENT, &keys))
		return false;
	enum err e = keys_ask_for(certify_channel(keys), KEYS_STATEMENT, buf_bytes(&pae), &answer);
	certify_close(keys);
	if (e)
		fprintf(stderr, "paravent: the keys' process %.*s\n", e == ERR_PERM ? (int)answer.len : 15, e == ERR_PERM ? (const char *)answer.at : "does not answer");
	key_id(spki, keyid);
	statement_envelope(buf_bytes(&payload), keyid, buf_bytes(&answer), out);
	return !e && buf_ok(out);
}

static int
prove(const struct package_work *p, const struct state *site, const char *path, uint64_t index)
{
	char  number[24], proof[STATE_PATH + 16], *argv[] = { (char[]){ "ledger" }, (char[]){ "prove" }, number, (char[]){ "-o" }, proof, (char[]){ "--state" }, (char *)(uintptr_t)site->dir, NULL };

	(void)p;
	snprintf(number, sizeof number, "%llu", (unsigned long long)index);
	snprintf(proof, sizeof proof, "%.240s.tlog-proof", path);
	optind = 0;
	return ledger_run(7, argv);
}

static bool
public_key(const char *path, struct buf *spki)
{
	uint8_t      room[4096];
	struct buf   text = buf_over(room, sizeof room);
	char         label[32];

	if (!ledger_file(path, &text))
		return false;
	struct bytes rest = buf_bytes(&text);
	if (pem_next(&rest, label, spki) == OK && strcmp(label, "PUBLIC KEY") == 0)
		return true;
	fprintf(stderr, "paravent: %s: is no public key (PEM)\n", path);
	return false;
}

static int
sign_file(struct package_work *p, const struct state *site)
{
	static uint8_t   room[ENVELOPE];
	struct buf       envelope = buf_over(room, sizeof room);
	uint8_t          spki_room[SIGNER_SPKI];
	struct buf       spki = buf_over(spki_room, sizeof spki_room);
	struct statement s = { .when = pki_now() };
	char             out[STATE_PATH], path[STATE_PATH + 32];
	struct submit   *ledger;
	uint64_t         index;
	struct entry     e = { .type = ENTRY_PACKAGE, .evidence = true };

	if (!p->kind || !text_good(p->kind, sizeof s.kind) || !p->version || !statement_version_good(p->version) || strlen(base_name(p->words[0])) >= sizeof s.name ||
	    snprintf(out, sizeof out, p->out ? "%s" : "%s.dsse", p->out ? p->out : p->words[0]) >= (int)sizeof out) {
		fprintf(stderr, "paravent: sign: --kind is a word, --version is one to eight numbers with dots between\n");
		return EXIT_USAGE;
	}
	snprintf(s.kind, sizeof s.kind, "%s", p->kind);
	snprintf(s.version, sizeof s.version, "%s", p->version);
	snprintf(s.name, sizeof s.name, "%.127s", base_name(p->words[0]));
	snprintf(path, sizeof path, "%s/pki/release.pub", site->dir);
	if (access(path, F_OK)) {
		fprintf(stderr, "paravent: there is no key to sign packages with: `paravent sign init` makes one\n");
		return EXIT_PART;
	}
	if (!digest_file(p->words[0], s.digest) || !public_key(path, &spki) || !make_envelope(site, &s, buf_bytes(&spki), &envelope))
		return EXIT_PART;
	snprintf(e.actor, sizeof e.actor, "%.60s", p->by);
	snprintf(e.subject, sizeof e.subject, "%.127s", s.name);
	snprintf(e.says, sizeof e.says, "signed version %s for devices of the kind %s", s.version, s.kind);
	hash_sha256(buf_bytes(&envelope), e.digest);
	if (submit_open(site->ledger, &ledger) || submit_entry(ledger, &e, &index)) {
		fprintf(stderr, "paravent: %s: %s; nothing was signed\n", site->ledger, submit_trouble());
		return EXIT_PART;
	}
	submit_close(ledger);
	if (publish(out, buf_bytes(&envelope))) {
		fprintf(stderr, "paravent: %s: cannot be written\n", out);
		return EXIT_PART;
	}
	printf("%s: %s, version %s, for %s\n", out, s.name, s.version, s.kind);
	return p->proof ? prove(p, site, out, index) : EXIT_FINE;
}

/* --- verify ------------------------------------------------------------------------------ */

static const char *
text_of(const json_t *o, const char *key)
{
	const char *t = json_string_value(json_object_get(o, key));

	return t ? t : "";
}

/* What the payload says, if it says it as we do; NULL, or what is wrong. */
static const char *
read_statement(struct bytes payload, struct statement *out)
{
	json_t       *o = json_loadb((const char *)payload.at, payload.len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *subject = json_array_get(json_object_get(o, "subject"), 0), *predicate = json_object_get(o, "predicate");
	const char   *hex = text_of(json_object_get(subject, "digest"), "sha256"), *fault = NULL;
	char          two[3] = "";

	if (strcmp(text_of(o, "_type"), STATEMENT_IS) || strcmp(text_of(o, "predicateType"), STATEMENT_PREDICATE) || json_array_size(json_object_get(o, "subject")) != 1)
		fault = "is no statement of a package";
	else if (strlen(hex) != 64 || strspn(hex, "0123456789abcdef") != 64 || !text_good(text_of(predicate, "deviceKind"), sizeof out->kind) ||
	         !statement_version_good(text_of(predicate, "version")) || strlen(text_of(predicate, "version")) >= sizeof out->version)
		fault = "does not say digest, kind and version";
	for (int i = 0; !fault && i < 32; i++) {
		memcpy(two, hex + 2 * i, 2);
		out->digest[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	snprintf(out->kind, sizeof out->kind, "%.63s", text_of(predicate, "deviceKind"));
	snprintf(out->version, sizeof out->version, "%.63s", text_of(predicate, "version"));
	bytes_clean(bytes_text(text_of(subject, "name")), out->name, sizeof out->name);
	json_decref(o);
	return fault;
}

static bool
signed_by(struct bytes pae, struct bytes signature, struct bytes spki)
{
	uint8_t    room[32], ed_room[32] = "\x30\x05\x06\x03\x2b\x65\x70";
	struct buf algorithm = buf_over(room, sizeof room);

	if (signer_algorithm_of(spki, &algorithm))
		return false;
	return verify_certificate(pae, signature, bytes_equal(buf_bytes(&algorithm), bytes_of(ed_room, 7)) ? VERIFY_ED25519 : VERIFY_ECDSA_SHA256, spki);
}

/* The payload of an envelope that this key signed.  Nothing of it is read before. */
static const char *
open_envelope(struct bytes text, struct bytes spki, struct buf *payload)
{
	static uint8_t pae_room[STATEMENT_MOST + 64];
	uint8_t        signature_room[SIGNER_SIGNATURE];
	struct buf     pae = buf_over(pae_room, sizeof pae_room), signature = buf_over(signature_room, sizeof signature_room);
	json_t        *o = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, NULL);
	const json_t  *all = json_object_get(o, "signatures");
	const char    *fault = "is no DSSE envelope of a statement";
	bool           good = false;

	if (strcmp(text_of(o, "payloadType"), STATEMENT_TYPE) || encode_base64_parse(bytes_text(text_of(o, "payload")), payload) || !payload->len)
		goto out;
	statement_pae(buf_bytes(payload), &pae);
	for (size_t i = 0; i < json_array_size(all) && i < 8 && !good; i++) {
		buf_reset(&signature);
		good = !encode_base64_parse(bytes_text(text_of(json_array_get(all, i), "sig")), &signature) && buf_ok(&pae) && signed_by(buf_bytes(&pae), buf_bytes(&signature), spki);
	}
	fault = good ? NULL : "is not signed by this key";
out:
	json_decref(o);
	return fault;
}

/* A line for each kind: KIND VERSION DIGEST. */
static const char *
newer_than_remembered(struct bytes lines, const struct statement *s, struct buf *kept)
{
	char         digest[65], kind[STATEMENT_TEXT], version[STATEMENT_TEXT], was[65];
	struct buf   b = buf_over(digest, sizeof digest);
	const char  *fault = NULL;

	buf_hex(&b, bytes_of(s->digest, 32));
	(void)buf_string(&b);
	while (lines.len) {
		struct bytes line = bytes_head(lines, bytes_find(lines, '\n'));
		char         text[256];
		snprintf(text, sizeof text, "%.*s", (int)line.len, (const char *)line.at);
		lines = bytes_skip(lines, line.len + 1);
		if (sscanf(text, "%63s %63s %64s", kind, version, was) != 3 || !statement_version_good(version))
			return "what is remembered is damaged";
		if (strcmp(kind, s->kind)) {
			buf_format(kept, "%s\n", text);
			continue;
		}
		int order = statement_version_compare(s->version, version);
		if (order < 0)
			fault = "is older than a version that was accepted before";
		else if (order == 0 && strcmp(was, digest))
			fault = "is another file of a version that was accepted before";
	}
	if (fault)
		return fault;
	buf_format(kept, "%s %s %s\n", s->kind, s->version, digest);
	return buf_ok(kept) ? NULL : "more kinds are remembered than there is room for";
}

static const char *
check_remembered(const struct package_work *p, const struct statement *s)
{
	static uint8_t room[REMEMBERED], again[REMEMBERED + 512];
	struct buf     lines = buf_over(room, sizeof room), kept = buf_over(again, sizeof again);

	if (!p->remember)
		return NULL;
	enum err e = disk_get(AT_FDCWD, p->remember, &lines);
	if (e && e != ERR_NOTFOUND)
		return "what is remembered cannot be read";
	const char *fault = newer_than_remembered(buf_bytes(&lines), s, &kept);
	if (fault || bytes_equal(buf_bytes(&lines), buf_bytes(&kept)))
		return fault;
	return publish(p->remember, buf_bytes(&kept)) ? "what was accepted cannot be remembered" : NULL;
}

/* The entry beside the proof is that of this envelope, and the log has it. */
static const char *
check_proof(const struct package_work *p, const char *path, struct bytes envelope)
{
	char         proof[STATE_PATH + 16], entry_path[STATE_PATH + 16];
	uint8_t      room[ENTRY_SIZE], digest[32];
	struct buf   text = buf_over(room, sizeof room);
	struct entry e;
	char        *argv[] = { (char[]){ "ledger" }, (char[]){ "verify" }, proof, (char[]){ "--key" }, (char *)(uintptr_t)p->ledger_key, NULL };

	if (!p->proof)
		return NULL;
	if (!p->ledger_key)
		return "whose ledger it is proved by must be said: --ledger-key VKEY";
	snprintf(proof, sizeof proof, "%.240s.tlog-proof", path);
	snprintf(entry_path, sizeof entry_path, "%.240s.json", path);
	hash_sha256(envelope, digest);
	if (disk_get(AT_FDCWD, entry_path, &text) || entry_parse(buf_bytes(&text), &e) || e.type != ENTRY_PACKAGE || !e.evidence || memcmp(e.digest, digest, 32))
		return "the ledger's entry beside it is of another statement, or is not there";
	optind = 0;
	return ledger_run(5, argv) ? "the ledger does not prove that it was signed" : NULL;
}

static int
verify_file(struct package_work *p)
{
	static uint8_t   room[ENVELOPE], payload_room[STATEMENT_MOST];
	struct buf       envelope = buf_over(room, sizeof room), payload = buf_over(payload_room, sizeof payload_room);
	uint8_t          spki_room[SIGNER_SPKI], digest[32];
	struct buf       spki = buf_over(spki_room, sizeof spki_room);
	struct statement s = { 0 };
	char             path[STATE_PATH];
	const char      *fault, *what;

	snprintf(path, sizeof path, p->statement ? "%s" : "%.240s.dsse", p->statement ? p->statement : p->words[0]);
	if (!public_key(p->key, &spki) || !ledger_file(path, &envelope) || !digest_file(p->words[0], digest))
		return EXIT_PART;
	what = path;
	if (!(fault = open_envelope(buf_bytes(&envelope), buf_bytes(&spki), &payload)))
		fault = read_statement(buf_bytes(&payload), &s);
	if (!fault) {
		what = p->words[0];
		fault = memcmp(digest, s.digest, 32) ? "is not the file that was signed" : strcmp(s.kind, p->kind) ? "is for devices of another kind" : check_proof(p, path, buf_bytes(&envelope));
	}
	if (!fault) /* last: only what is accepted is remembered */
		fault = check_remembered(p, &s);
	if (p->json) {
		json_t *o = json_pack("{ss, sb, ss, ss, ss}", "file", s.name, "accepted", !fault, "kind", s.kind, "version", s.version, "why", fault ? fault : "");
		json_dumpf(o, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(o);
	} else if (fault)
		fprintf(stderr, "paravent: %s: %s\n", what, fault);
	else
		printf("%s: %s, version %s, for %s: as it was signed\n", p->words[0], s.name, s.version, s.kind);
	return fault ? EXIT_UNSAFE : EXIT_FINE;
}

/* --- the commands ---------------------------------------------------------------------------- */

static bool
options(struct package_work *p, int argc, char **argv)
{
	const struct { const char *name; const char **to; } text[] = {
		{ "state", &p->state }, { "key", &p->key }, { "kind", &p->kind }, { "version", &p->version }, { "by", &p->by }, { "statement", &p->statement },
		{ "remember", &p->remember }, { "ledger-key", &p->ledger_key },
	};
	enum { TEXTS = sizeof text / sizeof *text };
	struct option option[TEXTS + 3] = { { 0, 0, 0, 0 } };

	for (int i = 0; i < TEXTS; i++)
		option[i] = (struct option){ text[i].name, 1, 0, 256 + i };
	option[TEXTS] = (struct option){ "proof", 0, 0, 'P' };
	option[TEXTS + 1] = (struct option){ "json", 0, 0, 'j' };
	for (int c; (c = getopt_long(argc, argv, "o:", option, NULL)) != -1;) {
		if (c >= 256)
			*text[c - 256].to = optarg;
		else if (c == 'o')
			p->out = optarg;
		else if (c == 'P')
			p->proof = true;
		else if (c == 'j')
			p->json = true;
		else
			return false;
	}
	p->words_n = argc - optind;
	p->words = argv + optind;
	return p->words_n == 1;
}

int
sign_run(int argc, char **argv)
{
	struct package_work p = { .by = pki_login() };
	struct state        site;

	argv[0] = (char[]){ "paravent sign" };
	if (!options(&p, argc, argv) || state_of(p.state, &site)) {
		fprintf(stderr, "usage: paravent sign init [--key ed25519|p256] | FILE --kind KIND --version V [-o FILE.dsse] [--proof] [--state DIR]\n");
		return EXIT_USAGE;
	}
	return hash_init() ? EXIT_PART : strcmp(p.words[0], "init") == 0 ? sign_init(&p, &site) : sign_file(&p, &site);
}

int
verify_run(int argc, char **argv)
{
	struct package_work p = { 0 };

	argv[0] = (char[]){ "paravent verify" };
	if (!options(&p, argc, argv) || !p.key || !p.kind || strlen(p.words[0]) >= 240 || (p.statement && strlen(p.statement) >= 240)) {
		fprintf(stderr, "usage: paravent verify FILE --key release.pub --kind KIND [--statement FILE.dsse] [--remember FILE] [--proof --ledger-key VKEY]\n");
		return EXIT_USAGE;
	}
	return hash_init() ? EXIT_PART : verify_file(&p);
}
