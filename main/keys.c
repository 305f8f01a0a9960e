/* keys: see keys.h.  Extending is adding a row to the table of requests. */
#include "main/keys.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/memory.h"
#include "crypt/cms.h"
#include "crypt/envelope.h"
#include "crypt/sign.h"
#include "crypt/signer.h"
#include "ledger/checkpoint.h"
#include "ledger/disk.h"
#include "main/command.h"
#include "main/pki.h"
#include "main/role.h"
#include "main/state.h"
#include "os/channel.h"
#include "os/jail.h"
#include "pki/issue.h"
#include "pki/statement.h"
#include "wire/crl.h"
#include "wire/der.h"
#include "wire/ocsp.h"
#include "wire/scep.h"

enum { SEALED = 32 << 20 };

struct keys {
	struct sign_key *ledger;
	struct note_key  name;
	uint64_t         signed_size; /* of the largest tree signed: none smaller is */
	uint8_t          digest[32];
	struct cms_key  *evidence;    /* NULL unless this process was started to open sealed evidence */
	/* Of a process that certifies; the others above are not read then. */
	struct signer   *issuing, *status, *release, *enrol, *scep; /* the last three: NULL unless `sign init`, `pki serve` made them */
	struct envelope_key *envelope; /* the same key as scep */
	struct x509      ca, status_certificate;
	struct signer   *before;      /* of the CA before `pki rotate`: for lists, and for who signs its status; NULL: there is none */
	struct x509      before_ca;
	uint8_t          ca_room[4096], before_room[4096], status_room[4096];
	bool             token; /* one of them lies in a token, whose driver needs more of the system */
	const struct board *board;
};

/* Each writes its answer, or returns why not, in words. */
static const char *
checkpoint(struct keys *k, struct bytes text, struct buf *answer)
{
	struct checkpoint c;
	uint8_t           signature[64];

	if (checkpoint_parse(text, &c))
		return "is not the text of a checkpoint";
	if (!bytes_equal(c.origin, bytes_text(k->name.name)))
		return "is of another log";
	if (c.size < k->signed_size)
		return "is of a smaller tree than one signed before";
	if (sign_make(k->ledger, text, signature))
		return "could not be signed";
	k->signed_size = c.size;
	buf_bytes_put(answer, bytes_of(signature, sizeof signature));
	return NULL;
}

/* A manifest can never be taken for a checkpoint: its second line is no number. */
static const char *
manifest(struct keys *k, struct bytes text, struct buf *answer)
{
	uint8_t signature[64];

	if (!bytes_begin(text, KEYS_MANIFEST_HEAD))
		return "is not a manifest of evidence";
	if (sign_make(k->ledger, text, signature))
		return "could not be signed";
	buf_bytes_put(answer, bytes_of(signature, sizeof signature));
	return NULL;
}

static const char *
digest(struct keys *k, struct bytes text, struct buf *answer)
{
	(void)text;
	buf_bytes_put(answer, bytes_of(k->digest, sizeof k->digest));
	return NULL;
}

/* By a process of its own, that one person's command started: a run of roles has nobody who may ask. */
static const char *
unseal(struct keys *k, struct bytes text, struct buf *answer)
{
	struct buf  sealed, plain;
	ssize_t     n;
	const char *refused = NULL;

	(void)text;
	if (!k->evidence)
		return "this process does not open evidence";
	sealed = buf_over(memory_new(1, SEALED), SEALED);
	plain = buf_over(memory_new(1, SEALED), SEALED);
	lseek(k->board->sealed_fd, 0, SEEK_SET);
	while (sealed.at && plain.at && (n = read(k->board->sealed_fd, sealed.at + sealed.len, sealed.cap - sealed.len)) > 0)
		sealed.len += (size_t)n;
	enum err e = sealed.at && plain.at ? cms_open(k->evidence, buf_bytes(&sealed), &plain) : ERR_MEMORY;
	uint64_t len = plain.len;
	if (e)
		refused = e == ERR_PERM ? "was altered, or was sealed for another key" : e == ERR_FORM ? "is no sealed evidence" : err_text(e);
	else if (lseek(k->board->plain_fd, 0, SEEK_SET))
		refused = "could not be handed over";
	for (size_t done = 0; !refused && done < plain.len; done += (size_t)n)
		if ((n = write(k->board->plain_fd, plain.at + done, plain.len - done)) <= 0)
			refused = "could not be handed over";
	buf_bytes_put(answer, bytes_of(&len, sizeof len));
	if (plain.at)
		explicit_bzero(plain.at, plain.len);
	memory_free(sealed.at);
	memory_free(plain.at);
	return refused;
}

static const char *
put_signature(const struct signer *s, struct bytes text, struct buf *answer)
{
	uint8_t    room[SIGNER_SIGNATURE];
	struct buf signature = buf_over(room, sizeof room);

	if (signer_make(s, text, &signature))
		return "could not be signed";
	buf_u16(answer, (uint16_t)signature.len);
	buf_bytes_put(answer, buf_bytes(&signature));
	return buf_ok(answer) ? NULL : "are too many at once";
}

/* Read again here, so that whoever asks cannot have more than the table of profiles gives. */
static const char *
tbs_fault(const struct keys *k, const struct profile *p, struct bytes tbs, const struct signer **by)
{
	struct x509        c;
	const struct x509 *ca = &k->ca;
	const char        *fault;
	uint8_t            serial[BODY_SERIAL];

	if (!p || x509_parse_tbs(tbs, &c))
		return "is no certificate of a known profile";
	*by = k->issuing;
	if (k->before && bytes_equal(c.issuer, k->before_ca.subject) && strcmp(p->name, "ocsp") == 0) {
		ca = &k->before_ca;
		*by = k->before;
	}
	if (!bytes_equal(c.issuer, ca->subject) || !bytes_equal(c.authority_key, ca->subject_key) || !body_serial(c.serial, serial))
		return "is of another CA, or of the one before that certifies no more";
	if (c.not_before.us < ca->not_before.us || c.not_after.us > ca->not_after.us)
		return "lives longer than its CA";
	if ((fault = profile_fault(p, &c)))
		return fault;
	return issue_names_fault(ca, p, &c);
}

static const char *
tbs(struct keys *k, struct bytes of, struct buf *answer)
{
	const char *fault = "is cut";

	for (struct cursor c = cursor_over(of); cursor_left(&c);) {
		const struct profile *p = profile_at(cursor_u8(&c));
		const struct signer  *by = NULL;
		struct bytes          one = cursor_take(&c, cursor_u32(&c));
		if (!cursor_ok(&c) || (fault = tbs_fault(k, p, one, &by)) || (fault = put_signature(by, one, answer)))
			return fault;
	}
	return fault;
}

static const char *
list_fault(const struct keys *k, struct bytes of, struct buf *answer)
{
	struct crl  l;
	uint8_t     room[SIGNER_SIGNATURE + 2];
	struct buf  one = buf_over(room, sizeof room);
	const char *fault;

	if (crl_parse(of, &l))
		return "is no list";
	const struct signer *by = bytes_equal(l.issuer, k->ca.subject) ? k->issuing : k->before && bytes_equal(l.issuer, k->before_ca.subject) ? k->before : NULL;
	if (!by)
		return "is no list of this CA";
	if ((fault = put_signature(by, of, &one)))
		return fault;
	buf_bytes_put(answer, bytes_skip(buf_bytes(&one), 2));
	return NULL;
}

/* Copied before it is read: whoever asks could change what it handed over. */
static const char *
crl(struct keys *k, struct bytes of, struct buf *answer)
{
	uint64_t    len = 0;
	const char *refused = "could not be read";

	if (of.len == sizeof len)
		memcpy(&len, of.at, sizeof len);
	if (!len || len > KEYS_LIST)
		return "is longer than a list may be";
	struct buf list = buf_over(memory_new(1, len), len);
	lseek(k->board->list_fd, 0, SEEK_SET);
	for (ssize_t n = 1; list.at && n > 0 && list.len < len; list.len += n > 0 ? (size_t)n : 0)
		n = read(k->board->list_fd, list.at + list.len, len - list.len);
	if (list.at && list.len == len)
		refused = list_fault(k, buf_bytes(&list), answer);
	memory_free(list.at);
	return refused;
}

static const char *
ocsp(struct keys *k, struct bytes of, struct buf *answer)
{
	const char  *fault = "is cut";
	struct bytes by;

	for (struct cursor c = cursor_over(of); cursor_left(&c);) {
		struct bytes one = cursor_take(&c, cursor_u32(&c));
		if (!cursor_ok(&c) || ocsp_data_parse(one, &by) || !bytes_equal(by, k->status_certificate.subject))
			return "is no answer of this responder";
		if ((fault = put_signature(k->status, one, answer)))
			return fault;
	}
	return fault;
}

/* A statement of a package can never be taken for a certificate: it begins with a letter. */
static const char *
release(struct keys *k, struct bytes pae, struct buf *answer)
{
	uint8_t     room[SIGNER_SIGNATURE + 2];
	struct buf  one = buf_over(room, sizeof room);
	const char *fault = statement_pae_fault(pae);

	if (!k->release)
		return "has no key for packages: `paravent sign init` makes one";
	if (fault || (fault = put_signature(k->release, pae, &one)))
		return fault;
	buf_bytes_put(answer, bytes_skip(buf_bytes(&one), 2));
	return NULL;
}

static const char *
tls(struct keys *k, struct bytes of, struct buf *answer)
{
	struct cursor    c = cursor_over(of);
	enum signer_form form = (enum signer_form)cursor_u8(&c);

	return !k->enrol ? "there is no such key" : signer_lend(k->enrol, form, cursor_rest(&c), answer) ? "is nothing that TLS has signed" : NULL;
}

/* IssuerAndSubject, by which a client asks what became of its request (RFC 8894 section 3.3.3). */
static bool
names_request(struct bytes der)
{
	struct cursor c = cursor_over(der), s = cursor_over(der_take(&c, DER_SEQUENCE));

	(void)der_take(&s, DER_SEQUENCE);
	(void)der_take(&s, DER_SEQUENCE);
	return cursor_end(&c) && cursor_end(&s);
}

/* Whatever is wrong, the words are the same: they would tell a stranger how to open what others sent. */
static const char *
envelope(struct keys *k, struct bytes of, struct buf *answer)
{
	static uint8_t  room[CHANNEL_BODY];
	struct buf      plain = buf_over(room, sizeof room);
	struct cursor   c = cursor_over(of);
	struct csr      r;
	const char     *refused = "cannot be opened, or is no request";

	struct envelope e = { .cipher = (enum envelope_cipher)cursor_u8(&c) };
	e.key = cursor_take(&c, cursor_u16(&c));
	e.iv = cursor_take(&c, cursor_u8(&c));
	e.content = cursor_rest(&c);
	if (cursor_ok(&c) && k->envelope && !envelope_open(k->envelope, &e, &plain) && (csr_parse(buf_bytes(&plain), &r) == OK || names_request(buf_bytes(&plain)))) {
		buf_bytes_put(answer, buf_bytes(&plain));
		refused = NULL;
	}
	explicit_bzero(room, sizeof room);
	return refused;
}

static const char *
scep(struct keys *k, struct bytes of, struct buf *answer)
{
	struct cursor c = cursor_over(of);
	struct bytes  attributes = der_take(&c, DER_SET);
	struct scep   m;

	if (!k->scep || !cursor_end(&c) || scep_parse(attributes, &m) || m.type != SCEP_ANSWER)
		return "is no answer of SCEP";
	return signer_make(k->scep, of, answer) ? "could not be signed" : NULL;
}

static const struct {
	const char *(*answer)(struct keys *k, struct bytes of, struct buf *answer);
	unsigned peers; /* bits of who may ask */
	bool     certifies; /* of a process that has the CA's keys; others have the ledger's */
} REQUEST[] = {
	[KEYS_CHECKPOINT] = { checkpoint, 1 << KEYS_LEDGER, false },
	[KEYS_MANIFEST] = { manifest, 1 << KEYS_LEDGER, false },
	[KEYS_DIGEST] = { digest, 1 << KEYS_PARENT, false },
	[KEYS_UNSEAL] = { unseal, 1 << KEYS_PARENT, false },
	[KEYS_TBS] = { tbs, 1 << KEYS_PARENT | 1 << KEYS_PKI, true },
	[KEYS_CRL] = { crl, 1 << KEYS_PARENT, true },
	[KEYS_STATEMENT] = { release, 1 << KEYS_PARENT, true },
	[KEYS_ENVELOPE] = { envelope, 1 << KEYS_PKI, true },
	[KEYS_SCEP] = { scep, 1 << KEYS_PKI, true },
	[KEYS_TLS] = { tls, 1 << KEYS_PKI, true },
	[KEYS_OCSP] = { ocsp, 1 << KEYS_STATUS, true },
};

enum err
keys_ask(int fd, enum keys_request what, struct bytes of, void *answer, size_t n)
{
	static uint8_t room[CHANNEL_BODY + 8];
	uint32_t       kind;
	struct bytes   body;
	enum err       e = channel_send(fd, what, of);

	if (e || (e = channel_receive(fd, room, &kind, &body)))
		return e;
	if (kind != KEYS_DONE || body.len != n)
		return ERR_PERM;
	memcpy(answer, body.at, n);
	return OK;
}

enum err
keys_ask_for(int fd, enum keys_request what, struct bytes of, struct buf *answer)
{
	static uint8_t room[CHANNEL_BODY + 8];
	uint32_t       kind;
	struct bytes   body;
	enum err       e = channel_send(fd, what, of);

	if (e || (e = channel_receive(fd, room, &kind, &body)))
		return e;
	buf_bytes_put(answer, body);
	return kind != KEYS_DONE ? ERR_PERM : buf_ok(answer) ? OK : ERR_LIMIT;
}

/* One request of one peer; false when the peer is gone. */
static bool
serve(struct keys *k, int fd, enum keys_peer peer)
{
	static uint8_t room[CHANNEL_BODY + 8], result[CHANNEL_BODY];
	uint32_t       kind;
	struct bytes   body;
	struct buf     answer = buf_over(result, sizeof result);
	const char    *refused = "may not be asked by this role";

	if (channel_receive(fd, room, &kind, &body))
		return false;
	if (kind < sizeof REQUEST / sizeof *REQUEST && REQUEST[kind].answer && REQUEST[kind].peers >> peer & 1 && REQUEST[kind].certifies == k->board->certifies)
		refused = REQUEST[kind].answer(k, body, &answer);
	return (refused ? channel_send(fd, KEYS_REFUSED, bytes_text(refused)) : channel_send(fd, KEYS_DONE, buf_bytes(&answer))) == OK;
}

/* The key in DIR/keys/NAME.pem, or in the token that DIR/keys/NAME.uri names. */
static enum err
load_key(const struct state *s, const char *name, struct signer **key, bool *token)
{
	uint8_t    room[SIGNER_PEM];
	char       path[STATE_PATH + 32];
	struct buf text = buf_over(room, sizeof room - 1);

	snprintf(path, sizeof path, "%s/%s.uri", s->keys, name);
	*token |= disk_get(AT_FDCWD, path, &text) == OK;
	if (*token && text.len)
		return signer_token(buf_string(&text), key);
	snprintf(path, sizeof path, "%s/%s.pem", s->keys, name);
	enum err e = disk_get(AT_FDCWD, path, &text);
	if (!e)
		e = signer_load(buf_bytes(&text), NULL, key);
	explicit_bzero(room, sizeof room);
	return e;
}

/* The key KEY, and the certificate in DIR/pki/NAME.cer; the first signature is made before the jail closes. */
static enum err
load_signer(const struct state *s, const char *of, const char *name, uint8_t room[static 4096], struct signer **key, struct x509 *certificate, bool *token)
{
	uint8_t    try[SIGNER_SIGNATURE + 2];
	char       path[STATE_PATH + 32];
	struct buf der = buf_over(room, 4096), first = buf_over(try, sizeof try);
	enum err   e;

	snprintf(path, sizeof path, "%s/pki/%s.cer", s->dir, name);
	if ((e = load_key(s, of, key, token)) || (e = disk_get(AT_FDCWD, path, &der)) || (e = x509_parse(buf_bytes(&der), certificate)))
		return e;
	return put_signature(*key, bytes_of("", 0), &first) ? ERR_FORM : OK;
}

/* The RA's key signs and opens: it is there twice. */
static enum err
load_scep(const struct state *s, struct keys *k)
{
	uint8_t    room[SIGNER_PEM], try[SIGNER_SIGNATURE];
	char       path[STATE_PATH + 32];
	struct buf text = buf_over(room, sizeof room), first = buf_over(try, sizeof try);

	snprintf(path, sizeof path, "%s/scep.pem", s->keys);
	enum err e = disk_get(AT_FDCWD, path, &text);
	if (!e)
		e = signer_load(buf_bytes(&text), NULL, &k->scep);
	if (!e && !(e = envelope_key_load(buf_bytes(&text), &k->envelope)))
		e = signer_make(k->scep, bytes_of("", 0), &first);
	explicit_bzero(room, sizeof room);
	return e == ERR_NOTFOUND ? OK : e;
}

/* Those of the CA. */
static enum err
load_certifying(const struct state *s, struct keys *k)
{
	static const uint8_t digest[32];
	uint8_t    try[SIGNER_SIGNATURE];
	struct buf first = buf_over(try, sizeof try);
	enum err   e;

	char     dir[STATE_PATH + 8], issuing[ISSUE_FILE], before[ISSUE_FILE], status[ISSUE_FILE];

	snprintf(dir, sizeof dir, "%s/pki", s->dir);
	const unsigned generation = pki_generation(dir);
	issue_file("issuing", generation, "", issuing);
	issue_file("issuing", generation - 1, "", before);
	issue_file("ocsp", generation, "", status);
	if ((e = load_signer(s, issuing, issuing, k->ca_room, &k->issuing, &k->ca, &k->token)) ||
	    (generation > 1 && (e = load_signer(s, before, before, k->before_room, &k->before, &k->before_ca, &k->token))) ||
	    (e = load_signer(s, "ocsp", status, k->status_room, &k->status, &k->status_certificate, &k->token)))
		return e;
	if ((e = load_key(s, "release", &k->release, &k->token)) && e != ERR_NOTFOUND)
		return e;
	if ((e = load_key(s, "enrol", &k->enrol, &k->token)) && e != ERR_NOTFOUND)
		return e;
	if (!e && (e = signer_lend(k->enrol, SIGNER_DIGEST, bytes_of(digest, sizeof digest), &first)))
		return e;
	return load_scep(s, k);
}

static enum err
load(const struct board *b, struct keys *k)
{
	struct state s;
	uint8_t      room[4096];
	char         path[STATE_PATH + 16];
	struct buf   text = buf_over(room, sizeof room);
	enum err     e = state_of(b->state, &s);

	if (!e && b->certifies)
		return load_certifying(&s, k);
	if (e || (e = state_key(&s, &k->name)))
		return e;
	snprintf(path, sizeof path, "%s/ledger.pem", s.keys);
	if ((e = disk_get(AT_FDCWD, path, &text)) || (e = sign_load(buf_bytes(&text), &k->ledger)))
		return e;
	buf_reset(&text);
	snprintf(path, sizeof path, "%s/digest.key", s.keys);
	if ((e = disk_get(AT_FDCWD, path, &text)))
		return e;
	if (text.len != sizeof k->digest)
		return ERR_FORM;
	memcpy(k->digest, text.at, sizeof k->digest);
	if (b->unseals) {
		buf_reset(&text);
		snprintf(path, sizeof path, "%s/evidence.pem", s.keys);
		if ((e = disk_get(AT_FDCWD, path, &text)) || (e = cms_key_load(buf_bytes(&text), &k->evidence)))
			return e;
	}
	explicit_bzero(room, sizeof room);
	return OK;
}

int
keys_run(struct board *b, uint32_t which)
{
	static struct keys k;
	struct pollfd      peer[KEYS_PEERS];
	unsigned           missing, live = 0;

	(void)which;
	k.board = b;
	role_close_but((const int[]){ b->keys_fd[KEYS_LEDGER], b->keys_fd[KEYS_PARENT], b->unseals ? b->sealed_fd : -1, b->unseals ? b->plain_fd : -1, b->keys_fd[KEYS_STATUS], b->keys_fd[KEYS_PKI],
	                              b->certifies ? b->list_fd : -1 }, 7);
	if (load(b, &k)) {
		fprintf(stderr, "paravent: the keys below %s cannot be read: see `paravent help %s`\n", b->state, b->certifies ? "pki" : "init");
		return EXIT_PART;
	}
	if (jail_enter(k.token ? JAIL_TOKEN : JAIL_PURE, NULL, &missing)) {
		fprintf(stderr, "paravent: keys: privileges could not be given up, so nothing is signed\n");
		return EXIT_PART;
	}
	for (int i = 0; i < KEYS_PEERS; i++) {
		peer[i] = (struct pollfd){ b->keys_fd[i], POLLIN, 0 };
		live += b->keys_fd[i] >= 0;
	}
	while (live) {
		if (poll(peer, KEYS_PEERS, -1) < 0)
			continue;
		for (int i = 0; i < KEYS_PEERS; i++)
			if (peer[i].revents && !serve(&k, peer[i].fd, (enum keys_peer)i)) {
				peer[i].fd = -1;
				live--;
			}
	}
	return EXIT_FINE;
}
