/*
 * enrol: see enrol.h.
 *
 * Bounded: as main/listen.h has it, 256 descriptors, 48 KiB of body, 64 KiB of answer.
 */
#include "main/enrol.h"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypt/endpoint.h"
#include "crypt/hash.h"
#include "crypt/pem.h"
#include "ledger/disk.h"
#include "main/acme_desk.h"
#include "main/board.h"
#include "main/command.h"
#include "main/keys.h"
#include "main/role.h"

enum { DESCRIPTORS = 256 };

/* The first whose prefix a path begins with. */
static const struct desk {
	const char *prefix;
	void (*answer)(struct enrol *e, struct exchange *x);
	bool        tls; /* over TLS alone */
} DESK[] = {
	{ "/.well-known/est/", est_answer, true },
	{ "/acme/", acme_desk_answer, true },
	{ "/scep", scep_answer, false },
	{ "/cgi-bin/pkiclient.exe", scep_answer, false },
};

/* --- what all desks share ------------------------------------------------------------ */

struct grant *
enrol_ask(struct enrol *e, const struct admission *a, struct bytes der, const char *ticket, const char **why)
{
	static struct grants group;

	grant_begin(&group, &e->work, e->keys);
	if ((*why = admit_grant(e, a, &group)))
		return NULL;
	group.one[0].ticket = ticket;
	enum err bad = grant_add(&group, der);
	if (bad) {
		*why = bad == ERR_LIMIT ? "it is larger than a request may be" : "it is no PKCS #10 request";
		return NULL;
	}
	struct grant *o = &group.one[0];
	if (o->why && !o->doubtful) {
		*why = o->why;
		return NULL;
	}
	if (grant_settle(&group))
		return o;
	fprintf(stderr, "paravent: pki: nothing was issued: %s\n", group.trouble);
	return NULL;
}

static void
summarise(struct enrol *e)
{
	struct entry few;

	while (rate_summary(&e->rate, pki_now(), &few))
		(void)pki_tell(&e->work, &few, 1);
}

void
enrol_refused(struct enrol *e, const char *subject, struct bytes der, const char *protocol, const char *why)
{
	struct entry refused = pki_entry(&e->work, subject, der, "refused a certificate by %s: %s", protocol, why);

	summarise(e);
	if (rate_allow(&e->rate, ENTRY_CERTIFICATE))
		(void)pki_tell(&e->work, &refused, 1);
}

/* --- HTTP ------------------------------------------------------------------------------ */

static const char *
method(struct evhttp_request *q)
{
	switch (evhttp_request_get_command(q)) {
	case EVHTTP_REQ_POST: return "POST";
	case EVHTTP_REQ_HEAD: return "HEAD";
	default:              return "GET";
	}
}

static const char *
header(struct evhttp_request *q, const char *name)
{
	const char *v = evhttp_find_header(evhttp_request_get_input_headers(q), name);

	return v ? v : "";
}

static void
reply(struct evhttp_request *q, const struct exchange *x)
{
	for (unsigned i = 0; i < x->lines; i++)
		evhttp_add_header(evhttp_request_get_output_headers(q), x->line[i].name, x->line[i].value);
	if (buf_ok(x->answer))
		listen_answer(q, x->status, x->answer_type, buf_bytes(x->answer));
	else
		listen_answer(q, 500, "text/plain; charset=utf-8", bytes_text("the answer is too long\n"));
}

static void
serve(struct enrol *e, struct evhttp_request *q, bool tls)
{
	static uint8_t           body[ENROL_BODY], answer[ENROL_ANSWER];
	struct buf               out = buf_over(answer, sizeof answer);
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(q);
	struct evbuffer         *in = evhttp_request_get_input_buffer(q);
	size_t                   n = evbuffer_get_length(in);
	const char              *path = evhttp_uri_get_path(uri), *query = evhttp_uri_get_query(uri);
	uint8_t                  certificate[PKI_CERTIFICATE], binding[ENDPOINT_BINDING];
	struct buf               shown = buf_over(certificate, sizeof certificate), bound = buf_over(binding, sizeof binding);
	char                    *peer = NULL;
	uint16_t                 port;

	if (tls) {
		struct ssl_st *ssl = bufferevent_openssl_get_ssl(evhttp_connection_get_bufferevent(evhttp_request_get_connection(q)));
		if (endpoint_raw_leaf(ssl, &shown))
			buf_reset(&shown); /* who shows none is asked for a code */
		endpoint_raw_binding(ssl, &bound);
	}
	evhttp_connection_get_peer(evhttp_request_get_connection(q), &peer, &port);
	struct exchange x = {
		.method = method(q),
		.path = path && *path == '/' ? path : "/",
		.query = query ? query : "",
		.host = header(q, "Host"),
		.type = bytes_text(header(q, "Content-Type")),
		.authorization = bytes_text(header(q, "Authorization")),
		.body = bytes_of(body, n),
		.certificate = buf_bytes(&shown),
		.binding = buf_bytes(&bound),
		.peer = peer ? peer : "",
		.tls = tls,
		.now = pki_now(),
		.answer = &out,
	};
	summarise(e);
	exchange_say(&x, 404, "nothing is here");
	if (n > sizeof body || evbuffer_copyout(in, body, n) != (ssize_t)n) {
		exchange_say(&x, 413, "a request is at most %u bytes", ENROL_BODY);
	} else {
		for (size_t i = 0; i < sizeof DESK / sizeof *DESK; i++) {
			const struct desk *d = &DESK[i];
			if (strncmp(x.path, d->prefix, strlen(d->prefix)))
				continue;
			if (d->tls && !tls)
				exchange_say(&x, 403, "over TLS alone: ask https");
			else
				d->answer(e, &x);
			break;
		}
	}
	reply(q, &x);
}

/* --- TLS: whose key is in the keys' process ---------------------------------------------- */

static void
lend(void *context, struct endpoint_errand *a)
{
	struct enrol *e = context;
	uint8_t       room[1 + SIGNER_SIGNATURE];
	struct buf    of = buf_over(room, sizeof room), signature = buf_over(a->signature, sizeof a->signature);

	buf_u8(&of, (uint8_t)a->form);
	buf_bytes_put(&of, a->text);
	if (buf_ok(&of) && !keys_ask_for(e->keys, KEYS_TLS, buf_bytes(&of), &signature))
		a->len = (uint16_t)signature.len;
	a->answered = true;
}

static struct bufferevent *
wrap(struct event_base *base, void *context)
{
	struct ssl_st *ssl = endpoint_raw(((struct enrol *)context)->tls);

	return ssl ? bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE) : NULL;
}

static bool
on_factory(void *context, struct bytes der)
{
	struct buf *pem = context;

	pem_put("CERTIFICATE", der, pem);
	return buf_ok(pem);
}

/* Who may show a certificate: whoever has one of ours, or of a maker.  All others stay silent, and bring a code. */
static bool
open_tls(struct enrol *e)
{
	static uint8_t chain_room[16 << 10], trusted_room[256 << 10];
	uint8_t        own[4096];
	char           path[STATE_PATH + 64];
	struct buf     der = buf_over(own, sizeof own), chain = buf_over(chain_room, sizeof chain_room), trusted = buf_over(trusted_room, sizeof trusted_room);

	if (disk_get(AT_FDCWD, pki_path(&e->work, "enrol.cer", path), &der))
		return false;
	pem_put("CERTIFICATE", buf_bytes(&der), &chain);
	pem_put("CERTIFICATE", e->work.issuer.ca.whole, &chain);
	pem_put("CERTIFICATE", e->work.issuer.ca.whole, &trusted);
	if (e->work.before.generation)
		pem_put("CERTIFICATE", e->work.before.ca.whole, &trusted);
	if (register_factory_each(e->work.file, on_factory, &trusted))
		return false;
	struct endpoint_config c = {
		.server = true,
		.credential = { { buf_bytes(&chain), 0 } },
		.trusted = buf_bytes(&trusted),
		.may_be_silent = true,
		.context = e,
		.sign = lend,
	};
	if (endpoint_init() || endpoint_context_new(&c, &e->tls)) {
		fprintf(stderr, "paravent: pki: TLS: %s\n", endpoint_trouble());
		return false;
	}
	return true;
}

static void
on_https(struct evhttp_request *q, void *context)
{
	serve(context, q, true);
}

static void
on_http(struct evhttp_request *q, void *context)
{
	serve(context, q, false);
}

static bool
open_doors(struct enrol *e, const struct board *b)
{
	enum { METHODS = EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST };
	struct listen_door http = { b->listen_fd, ENROL_BODY, METHODS, on_http, NULL, e };

	struct listen_door https = { b->tls_fd, ENROL_BODY, METHODS, on_https, wrap, e };

	return (b->listen_fd < 0 || !listen_open(&e->listen, &http)) && (b->tls_fd < 0 || (open_tls(e) && !listen_open(&e->listen, &https)));
}

int
enrol_run(struct board *b, uint32_t which)
{
	static struct enrol e;
	char                path[STATE_PATH + 64];
	struct buf          ra = buf_over(e.scep_room, sizeof e.scep_room);

	(void)which;
	role_close_but((const int[]){ b->listen_fd, b->tls_fd, b->ask_fd[KEYS_PKI], b->tell_fd[0], b->validate_fd[0] }, 5);
	if (state_of(b->state, &e.work.site))
		return EXIT_PART;
	snprintf(e.work.dir, sizeof e.work.dir, "%s/pki", e.work.site.dir);
	e.work.by = "pki";
	e.legacy = b->scep_legacy;
	e.work.policy = b->policy.given ? &b->policy : NULL;
	e.keys = b->ask_fd[KEYS_PKI];
	if (!pki_open(&e.work) || disk_get(AT_FDCWD, pki_path(&e.work, "scep.cer", path), &ra) || x509_parse(buf_bytes(&ra), &e.scep) || submit_over(b->tell_fd[0], &e.work.ledger) || hash_init() || admit_new(&e.counts) || listen_new(b, &e.listen) || !open_doors(&e, b) || acme_desk_open(&e, b)) {
		fprintf(stderr, "paravent: pki: %s cannot be served\n", e.work.dir);
		return EXIT_PART;
	}
	if (listen_jail(DESCRIPTORS, e.work.dir)) {
		fprintf(stderr, "paravent: pki: privileges could not be given up, so nobody is answered\n");
		return EXIT_PART;
	}
	listen_serve(&e.listen);
	return EXIT_FINE;
}
