/*
 * status: the role status: what has become of a certificate, over plain HTTP.
 *
 *	POST /ocsp   GET /ocsp/BASE64   GET /crl/N.crl   GET /crl/full.crl   GET /crl/root.crl   GET /ca/issuing.cer   GET /ca/root.cer
 *
 * It has no key.  Questions that come together are signed together, in one
 * message to the keys' process; with --presign those without a nonce are
 * answered from what main/presign.h signed ahead.  An answer without a nonce is kept for a
 * minute, and thrown away as soon as another process has written the
 * register: so a revocation is told with the next question.
 *
 * Bounded: as main/listen.h has it, 128 descriptors, 8 KiB of body, 32
 * certificates a question.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypt/encode.h"
#include "crypt/hash.h"
#include "crypt/signer.h"
#include "ledger/disk.h"
#include "main/command.h"
#include "main/keys.h"
#include "main/listen.h"
#include "main/pki.h"
#include "main/presign.h"
#include "main/role.h"
#include "os/channel.h"
#include "wire/ocsp.h"

enum { BODY = 8192, CONNECTIONS = 128, GROUP = 32, DATA = 5800, ANSWER = 12288, CACHE = 1024, AHEAD_US = 2000 };

/* An answer tells until when it holds; asking again before is cheap. */
#define HOLDS (3600 * INSTANT_SECOND)
#define KEPT (60 * INSTANT_SECOND)

struct waiting {
	struct evhttp_request *q;
	struct bytes           data; /* in what is to be asked of the keys */
	const struct told     *of;
	bool                   keep; /* under this digest of its question */
	uint8_t                digest[32];
};

struct kept {
	uint8_t        digest[32];
	struct instant when;
	uint16_t       len; /* 0: empty */
	uint8_t        answer[2048];
};

/* One whose certificates are told of, and the certificate of who signs that. */
struct told {
	const struct issuer *by;
	struct x509          signer;
	uint8_t              signer_room[4096], signer_algorithm[32];
	struct bytes         algorithm;
	uint8_t              name_sha1[20], key_sha1[20], name_sha256[32], key_sha256[32];
};

struct status {
	struct listen          listen;
	struct event          *flush;
	struct board          *board;
	struct pki_work        work;
	struct told            told[2]; /* of the CA that issues, and of the one before it */
	unsigned               tolds;
	int64_t                version; /* of the register, when the answers kept were made */
	struct waiting         waiting[GROUP];
	unsigned               waits;
	uint8_t                asked_room[CHANNEL_BODY];
	struct buf             asked; /* length(4) ResponseData … of all that waits */
	struct presign        *presign; /* NULL: nothing is signed ahead */
	struct event          *ahead;
	struct kept            kept[CACHE];
};

static void
trouble(struct evhttp_request *q, enum ocsp_trouble t)
{
	uint8_t    room[16];
	struct buf b = buf_over(room, sizeof room);

	ocsp_print_trouble(t, &b);
	listen_answer(q, 200, "application/ocsp-response", buf_bytes(&b));
}

/* --- answers ---------------------------------------------------------------------- */

static void
forsaken(struct status *s)
{
	fprintf(stderr, "paravent: status: the keys' process has ended\n");
	event_base_loopbreak(s->listen.base);
}

/* Signs what waits, all in one message. */
static void
flush(struct status *s)
{
	static uint8_t said[CHANNEL_BODY], room[ANSWER];
	struct buf     signatures = buf_over(said, sizeof said);

	enum err      e = keys_ask_for(s->board->ask_fd[KEYS_STATUS], KEYS_OCSP, buf_bytes(&s->asked), &signatures);
	struct cursor c = cursor_over(buf_bytes(&signatures));
	for (unsigned i = 0; i < s->waits; i++) {
		struct waiting *w = &s->waiting[i];
		struct buf      out = buf_over(room, sizeof room);
		struct bytes    signature = e ? bytes_of("", 0) : cursor_take(&c, cursor_u16(&c));
		ocsp_print_answer(w->data, w->of->algorithm, signature, w->of->signer.whole, &out);
		if (e || !signature.len || !buf_ok(&out)) {
			trouble(w->q, OCSP_TRY_LATER);
			continue;
		}
		struct kept *k = &s->kept[(w->digest[0] << 8 | w->digest[1]) % CACHE];
		if (w->keep && out.len <= sizeof k->answer) {
			memcpy(k->digest, w->digest, sizeof k->digest);
			memcpy(k->answer, out.at, out.len);
			k->len = (uint16_t)out.len;
			k->when = pki_now();
		}
		listen_answer(w->q, 200, "application/ocsp-response", buf_bytes(&out));
	}
	s->waits = 0;
	buf_reset(&s->asked);
	if (e == ERR_CLOSED)
		forsaken(s);
}

static void
on_flush(int fd, short what, void *context)
{
	struct status *s = context;

	(void)fd;
	(void)what;
	if (s->waits)
		flush(s);
}

static bool
is_of(const struct told *t, const struct ocsp_id *id)
{
	if (bytes_equal(id->hash_oid, bytes_text("\x2b\x0e\x03\x02\x1a")))
		return bytes_equal(id->name_hash, bytes_of(t->name_sha1, 20)) && bytes_equal(id->key_hash, bytes_of(t->key_sha1, 20));
	return bytes_equal(id->hash_oid, bytes_text("\x60\x86\x48\x01\x65\x03\x04\x02\x01")) &&
	       bytes_equal(id->name_hash, bytes_of(t->name_sha256, 32)) && bytes_equal(id->key_hash, bytes_of(t->key_sha256, 32));
}

static enum err
look_up(struct status *s, const struct told *of, const struct ocsp_id *id, struct instant now, struct ocsp_single *out)
{
	int64_t  revoked;
	unsigned reason;
	uint8_t  serial[BODY_SERIAL];
	enum err e = body_serial(id->serial, serial) ? register_status(s->work.file, of->by->generation, serial, &revoked, &reason) : ERR_NOTFOUND;

	*out = (struct ocsp_single){ .id = id->whole, .from = now, .until = { now.us + HOLDS }, .status = OCSP_UNKNOWN };
	if (!e) {
		out->status = revoked ? OCSP_REVOKED : OCSP_GOOD;
		out->revoked.us = revoked * INSTANT_SECOND;
		out->reason = reason;
	}
	return e == ERR_NOTFOUND ? OK : e;
}

static bool load_signer(struct status *s);

/* Whatever was written since, by whomever, is seen now. */
static void
look_again(struct status *s)
{
	int64_t version;

	if (register_version(s->work.file, &version) || version == s->version)
		return;
	s->version = version;
	for (unsigned i = 0; i < CACHE; i++)
		s->kept[i].len = 0;
	(void)load_signer(s); /* it may have been renewed; else the old one stays */
}

/* One certificate, good, no nonce: it may have been signed ahead. */
static bool
told_ahead(struct status *s, struct evhttp_request *q, const struct ocsp *o, const struct ocsp_single *single, struct instant now)
{
	uint8_t      data_room[PRESIGN_DATA], room[ANSWER], serial[BODY_SERIAL];
	struct buf   data = buf_over(data_room, sizeof data_room), out = buf_over(room, sizeof room);
	struct bytes signature;

	if (!s->presign || o->nonce.len || o->ids != 1 || single->status != OCSP_GOOD || !body_serial(o->id[0].serial, serial) ||
	    !presign_find(s->presign, &o->id[0], serial, now, &data, &signature))
		return false;
	ocsp_print_answer(buf_bytes(&data), s->told->algorithm, signature, s->told->signer.whole, &out);
	listen_answer(q, 200, "application/ocsp-response", buf_bytes(&out));
	return true;
}

static void
ask(struct status *s, struct evhttp_request *q, struct bytes der)
{
	static struct ocsp        o;
	static struct ocsp_single single[OCSP_IDS];
	struct waiting           *w = &s->waiting[s->waits];
	struct instant            now = pki_now();

	if (ocsp_parse(der, &o)) {
		trouble(q, OCSP_MALFORMED);
		return;
	}
	look_again(s);
	hash_sha256(der, w->digest);
	w->keep = o.nonce.len == 0;
	const struct kept *k = &s->kept[(w->digest[0] << 8 | w->digest[1]) % CACHE];
	if (w->keep && k->len && memcmp(k->digest, w->digest, sizeof k->digest) == 0 && instant_since(k->when, now) >= 0 && instant_since(k->when, now) < KEPT) {
		listen_answer(q, 200, "application/ocsp-response", bytes_of(k->answer, k->len));
		return;
	}
	/* Of one issuer: its signer's certificate goes with the answer. */
	const struct told *of = s->told;
	if (o.ids && s->tolds > 1 && !is_of(of, &o.id[0]))
		of++;
	for (unsigned i = 0; i < o.ids; i++) {
		enum err e = is_of(of, &o.id[i]) ? look_up(s, of, &o.id[i], now, &single[i]) : ERR_PERM;
		if (e) {
			trouble(q, e == ERR_PERM ? OCSP_UNAUTHORIZED : OCSP_TRY_LATER);
			return;
		}
	}
	if (of == s->told && told_ahead(s, q, &o, single, now))
		return;
	/* Who waits leaves room for one more. */
	struct buf data = buf_over(s->asked.at + s->asked.len + 4, DATA);
	ocsp_print_data(of->signer.subject, now, single, o.ids, o.nonce, &data);
	if (!buf_ok(&data)) {
		trouble(q, OCSP_INTERNAL);
		return;
	}
	buf_u32(&s->asked, (uint32_t)data.len);
	(void)buf_room(&s->asked, data.len);
	w->q = q;
	w->of = of;
	w->data = buf_bytes(&data);
	s->waits++;
	if (s->waits == GROUP || s->asked.cap - s->asked.len < DATA + 4)
		flush(s);
	else if (s->waits == 1)
		event_active(s->flush, EV_TIMEOUT, 0);
}

/* --- HTTP ------------------------------------------------------------------------- */

/* As the file is mapped: a long list sent to many costs no memory of ours, and who replaces it leaves this one whole. */
static void
send_file(struct status *s, struct evhttp_request *q, const char *name, const char *type)
{
	char                          path[STATE_PATH + 64];
	struct stat                   is;
	int                           fd = open(pki_path(&s->work, name, path), O_RDONLY | O_CLOEXEC);
	struct evbuffer_file_segment *whole = NULL;

	if (fd >= 0 && !fstat(fd, &is) && is.st_size > 0)
		whole = evbuffer_file_segment_new(fd, 0, is.st_size, EVBUF_FS_CLOSE_ON_FREE | EVBUF_FS_DISABLE_SENDFILE | EVBUF_FS_DISABLE_LOCKING);
	if (!whole) {
		if (fd >= 0)
			close(fd);
		listen_answer(q, 404, "text/plain", bytes_text("there is no such file\n"));
		return;
	}
	evhttp_add_header(evhttp_request_get_output_headers(q), "Content-Type", type);
	evbuffer_add_file_segment(evhttp_request_get_output_buffer(q), whole, 0, is.st_size);
	evbuffer_file_segment_free(whole);
	evhttp_send_reply(q, 200, NULL, NULL);
}

static void
on_get(struct status *s, struct evhttp_request *q, const char *path)
{
	char name[ISSUE_FILE];

	if (strcmp(path, "/ca/root.cer") == 0 || strcmp(path, "/crl/root.crl") == 0) {
		send_file(s, q, path + (path[2] == 'a' ? 4 : 1), path[2] == 'a' ? "application/pkix-cert" : "application/pkix-crl");
		return;
	}
	for (unsigned t = 0; t < s->tolds; t++) {
		issue_file("issuing", s->told[t].by->generation, ".cer", name);
		if (strncmp(path, "/ca/", 4) == 0 && strcmp(path + 4, name) == 0) {
			send_file(s, q, name, "application/pkix-cert");
			return;
		}
		for (unsigned i = 0; i <= ISSUE_SHARDS; i++) {
			issue_list(s->told[t].by->generation, i, name);
			if (strcmp(path + 1, name) == 0) {
				send_file(s, q, name, "application/pkix-crl");
				return;
			}
		}
	}
	if (strncmp(path, "/ocsp/", 6) == 0) {
		uint8_t    room[BODY];
		size_t     n = 0;
		char      *plain = evhttp_uridecode(path + 6, 0, &n);
		struct buf der = buf_over(room, sizeof room);
		enum err   e = plain ? encode_base64_parse(bytes_of(plain, n), &der) : ERR_MEMORY;
		if (e)
			trouble(q, OCSP_MALFORMED);
		else
			ask(s, q, buf_bytes(&der));
		free(plain); /* libevent's */
		return;
	}
	listen_answer(q, 404, "text/plain", bytes_text("nothing is here: see /ocsp, /crl/N.crl, /ca/issuing.cer\n"));
}

static void
on_request(struct evhttp_request *q, void *context)
{
	struct status   *s = context;
	struct evbuffer *in = evhttp_request_get_input_buffer(q);
	const char      *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(q));
	uint8_t          body[BODY];
	size_t           n = evbuffer_get_length(in);

	if (!path || *path != '/')
		path = "/";
	if (evhttp_request_get_command(q) != EVHTTP_REQ_POST)
		on_get(s, q, path);
	else if (strcmp(path, "/ocsp") || n > sizeof body)
		listen_answer(q, n > sizeof body ? 413 : 404, "text/plain", bytes_text("POST goes to /ocsp, with at most 8 KiB\n"));
	else if (evbuffer_copyout(in, body, n) == (ssize_t)n)
		ask(s, q, bytes_of(body, n));
}

static bool
load_one(const struct status *s, struct told *t)
{
	uint8_t     room[sizeof t->signer_room];
	char        path[STATE_PATH + 64], name[ISSUE_FILE];
	struct buf  der = buf_over(room, sizeof room), algorithm = buf_over(t->signer_algorithm, sizeof t->signer_algorithm);
	struct x509 c;

	issue_file("ocsp", t->by->generation, ".cer", name);
	if (disk_get(AT_FDCWD, pki_path(&s->work, name, path), &der) || x509_parse(buf_bytes(&der), &c) || signer_algorithm_of(c.spki, &algorithm))
		return false;
	memcpy(t->signer_room, room, der.len);
	t->algorithm = buf_bytes(&algorithm);
	return x509_parse(bytes_of(t->signer_room, der.len), &t->signer) == OK;
}

static bool
load_signer(struct status *s)
{
	bool good = true;

	for (unsigned i = 0; i < s->tolds; i++)
		good &= load_one(s, &s->told[i]);
	return good;
}

static void
tell_of(struct status *s, const struct issuer *by)
{
	struct told *t = &s->told[s->tolds++];

	t->by = by;
	hash_sha1(by->ca.subject, t->name_sha1);
	hash_sha1(by->ca.public_key, t->key_sha1);
	hash_sha256(by->ca.subject, t->name_sha256);
	hash_sha256(by->ca.public_key, t->key_sha256);
}

static void
on_ahead(int fd, short what, void *context)
{
	struct status *s = context;
	enum err       e;
	bool           more = presign_step(s->presign, pki_now(), &e);

	(void)fd;
	(void)what;
	if (e == ERR_CLOSED)
		forsaken(s);
	event_add(s->ahead, &(struct timeval){ more ? 0 : 1, more ? AHEAD_US : 0 });
}

/* Not before the digests are made that its answers repeat. */
static bool
sign_ahead(struct status *s)
{
	struct presign_about a = { s->work.file, s->told->by->generation, s->board->ask_fd[KEYS_STATUS], s->told->signer.subject, HOLDS, s->told->name_sha1, s->told->key_sha1 };

	s->ahead = evtimer_new(s->listen.base, on_ahead, s);
	return s->ahead && !presign_new(&a, &s->presign) && !event_add(s->ahead, &(struct timeval){ 0, AHEAD_US });
}

int
status_run(struct board *b, uint32_t which)
{
	static struct status s;
	struct listen_door   door = { b->listen_fd, BODY, EVHTTP_REQ_GET | EVHTTP_REQ_POST, on_request, NULL, &s };

	(void)which;
	s.board = b;
	role_close_but((const int[]){ b->listen_fd, b->ask_fd[KEYS_STATUS] }, 2);
	if (state_of(b->state, &s.work.site))
		return EXIT_PART;
	snprintf(s.work.dir, sizeof s.work.dir, "%s/pki", s.work.site.dir);
	if (hash_init() || !pki_open(&s.work))
		return EXIT_PART;
	tell_of(&s, &s.work.issuer);
	if (s.work.before.generation)
		tell_of(&s, &s.work.before);
	if (!load_signer(&s) || listen_new(b, &s.listen) || !(s.flush = event_new(s.listen.base, -1, 0, on_flush, &s)) ||
	    listen_open(&s.listen, &door) || register_version(s.work.file, &s.version)) {
		fprintf(stderr, "paravent: status: %s cannot be served\n", s.work.dir);
		return EXIT_PART;
	}
	s.asked = buf_over(s.asked_room, sizeof s.asked_room);
	if (b->presign && !sign_ahead(&s)) {
		fprintf(stderr, "paravent: status: there is no memory to sign ahead\n");
		return EXIT_PART;
	}
	if (listen_jail(CONNECTIONS, s.work.dir)) {
		fprintf(stderr, "paravent: status: privileges could not be given up, so nobody is answered\n");
		return EXIT_PART;
	}
	listen_serve(&s.listen);
	return EXIT_FINE;
}
