/*
 * web: see web.h.
 *
 * Protection.  A host that sends its visitors to HTTPS for a page does not
 * serve that page in clear; one that never served anything in clear, and whose
 * redirects, HSTS or TLS say so, serves no page in clear.  A host that was
 * seen to serve both is left alone.
 */
#include "sensor/web_inside.h"
#include "base/memory.h"
#include "base/table.h"
#include "crypt/hmac.h"
#include "sensor/card.h"
#include "sensor/care.h"
#include "sensor/clinical.h"
#include "sensor/decoder.h"
#include "sensor/session.h"
#include "sensor/support.h"
#include "wire/http.h"

enum { HOST = 64, PATHS = 4, FORM_MOST = 2048, PIPELINE = 8 };
enum { PROTECTED = 2, IN_CLEAR = 1 };
#define SAY_EVERY (INSTANT_SECOND / 5)

/* The last request of a flow. */
struct talk {
	uint64_t       flow;
	/* the key ends here */
	uint64_t       path, credential; /* hashes: of what was asked for, of the last credential */
	struct instant credential_at;
	struct key     token;
	uint8_t        host_len;
	bool           forwarded;
	char           host[HOST];
};

struct host_key {
	struct key  host;
	struct addr server; /* none if it is a public address: one of many */
	uint32_t    domain;
};

struct host {
	struct host_key key;
	uint32_t        plain;     /* pages served in clear that no redirect stands against */
	bool            hsts, secured;
	uint8_t         paths;
	uint64_t        path[PATHS]; /* sent to HTTPS */
	struct instant  said[3];
};

struct service_key {
	struct addr addr;
	uint16_t    port, pad;
};

struct webs {
	struct table    *talks, *hosts, *services;
	struct sessions *sessions;
	uint64_t         seed;
};

struct webs *
web_new(size_t memory, uint64_t seed)
{
	struct webs *t = memory_new(1, sizeof *t);

	if (!t)
		return NULL;
	t->seed = seed;
	t->talks = table_new((uint32_t)(memory / 8 * 3 / table_cost(1, sizeof(struct talk))), sizeof(uint64_t), sizeof(struct talk), seed);
	t->hosts = table_new((uint32_t)(memory / 8 * 2 / table_cost(1, sizeof(struct host))), sizeof(struct host_key), sizeof(struct host), seed);
	t->services = table_new((uint32_t)(memory / 8 / table_cost(1, sizeof(struct service_key))), sizeof(struct service_key), sizeof(struct service_key), seed);
	t->sessions = session_new(memory / 8 * 2, seed);
	if (!t->talks || !t->hosts || !t->services || !t->sessions) {
		web_free(t);
		return NULL;
	}
	return t;
}

void
web_free(struct webs *t)
{
	if (!t)
		return;
	table_free(t->talks);
	table_free(t->hosts);
	table_free(t->services);
	session_free(t->sessions);
	memory_free(t);
}

/* --- what others ask and tell ------------------------------------------------------------ */

static struct service_key
service_key(struct addr addr, uint16_t port)
{
	struct service_key k;

	memset(&k, 0, sizeof k);
	k.addr = addr;
	k.port = port;
	return k;
}

void
web_spoke_tls(struct sensor *s, struct addr server, uint16_t port)
{
	struct service_key k = service_key(server, port);
	bool               fresh;

	table_keep(s->webs->services, table_put(s->webs->services, &k, &fresh));
}

bool
web_speaks_tls(const struct sensor *s, struct addr server, uint16_t port)
{
	struct service_key k = service_key(server, port);
	return table_peek(s->webs->services, &k) != NULL;
}

struct key
web_digest(const struct sensor *s, struct bytes host, struct bytes token)
{
	uint8_t once[32], both[96], out[32];

	/* Two steps, so that no end of host and beginning of token can change places. */
	hmac_sha256(s->token_key, token, once);
	struct buf b = buf_over(both, sizeof both);
	buf_put(&b, once, sizeof once);
	buf_bytes_put(&b, bytes_head(host, HOST));
	hmac_sha256(s->token_key, buf_bytes(&b), out);
	return key_digest(out, sizeof out);
}

void
web_credential(struct sensor *s, const struct packet *p, const struct key *digest, struct bytes words)
{
	struct claim c = packet_claim(s, p, FACT_CREDENTIAL, WITNESS_HTTP);

	c.subject = *digest;
	c.value = key_addr(p->ip.src);
	c.victim = p->ip.src;
	c.card = p->link.dst;
	c.port = p->tcp.dport;
	c.marks = MARK_PLAIN;
	claim_words(&c, words);
	packet_say(s, &c);
}

/* --- protection ---------------------------------------------------------------------------- */

static bool
is_private(struct addr a)
{
	if (!addr_is_v4(a))
		return (a.b[0] & 0xfe) == 0xfc || addr_link_local(a);
	return a.b[12] == 10 || (a.b[12] == 172 && (a.b[13] & 0xf0) == 16) || (a.b[12] == 192 && a.b[13] == 168) || addr_link_local(a);
}

static struct host *
host_put(struct sensor *s, const struct packet *p, struct addr server, struct bytes host)
{
	struct host_key k;
	bool            fresh;

	memset(&k, 0, sizeof k);
	k.host = key_text(host);
	if (is_private(server))
		k.server = server;
	k.domain = p->domain;
	return table_put(s->webs->hosts, &k, &fresh);
}

void
web_secured(struct sensor *s, struct packet *p, struct bytes name)
{
	char   text[HOST];
	size_t n = name.len < HOST ? name.len : HOST;

	for (size_t i = 0; i < n; i++)
		text[i] = (char)(name.at[i] >= 'A' && name.at[i] <= 'Z' ? name.at[i] | 0x20 : name.at[i]);
	host_put(s, p, p->ip.dst, bytes_of(text, n))->secured = true;
}

static void
say_protection(struct sensor *s, const struct packet *p, struct host *h, struct bytes host, uint32_t number)
{
	struct claim c = packet_claim(s, p, FACT_PROTECTION, WITNESS_HTTP);

	if (h->said[number].us && p->when.us - h->said[number].us < SAY_EVERY)
		return;
	h->said[number] = p->when;
	c.subject = h->key.host;
	c.value = key_number(number);
	c.number = number;
	c.port = p->tcp.sport;
	c.marks = number == IN_CLEAR ? MARK_PLAIN : 0;
	claim_words(&c, host);
	packet_say(s, &c);
}

/* Does the location lead to the same host (or www. of it) by https? */
static bool
leads_to_https(struct bytes location, struct bytes host)
{
	size_t colon = bytes_find(host, ':');

	if (!bytes_begin_nocase(location, "https://"))
		return false;
	location = bytes_skip(location, 8);
	if (bytes_begin_nocase(location, "www.") && !bytes_begin(host, "www."))
		location = bytes_skip(location, 4);
	host = bytes_head(host, colon);
	char text[HOST + 1];
	memcpy(text, host.at, host.len);
	text[host.len] = 0;
	if (!host.len || !bytes_begin_nocase(location, text))
		return false;
	location = bytes_skip(location, host.len);
	return !location.len || location.at[0] == '/' || location.at[0] == ':' || location.at[0] == '?';
}

static bool
is_redirect(uint16_t status)
{
	return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

static bool
redirected(const struct host *h, uint64_t path)
{
	for (uint8_t i = 0; i < h->paths && i < PATHS; i++)
		if (h->path[i] == path)
			return true;
	return false;
}

static uint64_t
path_mark(const struct webs *t, struct bytes path)
{
	return bytes_hash(path.at, path.len, t->seed) | 1;
}

static void
protection(struct sensor *s, const struct packet *p, const struct talk *talk, const struct http_response *r)
{
	struct bytes host = bytes_of(talk->host, talk->host_len), type = r->fields.content_type;

	if (!host.len || talk->forwarded)
		return;
	bool to_https = is_redirect(r->status) && leads_to_https(r->fields.location, host);
	bool page = bytes_begin_nocase(type, "text/html") || bytes_begin_nocase(type, "application/xhtml");
	bool content = r->status >= 200 && r->status < 300 && r->status != 204 && !(r->fields.has_length && !r->fields.length) &&
	               (page || bytes_begin_nocase(type, "application/json") || bytes_begin_nocase(type, "application/fhir"));
	if (!to_https && !content)
		return;
	struct host *h = host_put(s, p, p->ip.src, host);
	/* Many redirect some paths only; who redirects the root means the whole site. */
	bool whole = redirected(h, path_mark(s->webs, bytes_text("/")));
	if (to_https) {
		h->hsts |= r->fields.hsts.len > 0;
		if (!redirected(h, talk->path))
			h->path[h->paths++ % PATHS] = talk->path;
		if (h->paths > PATHS)
			h->paths = PATHS;
		table_keep(s->webs->hosts, h);
		say_protection(s, p, h, host, PROTECTED);
	} else if (redirected(h, talk->path) || (page && h->paths && !h->plain && (h->hsts || (whole && (h->secured || h->paths > 1))))) {
		say_protection(s, p, h, host, IN_CLEAR);
	} else {
		h->plain++;
	}
}

/* --- requests --------------------------------------------------------------------------------- */

/* Host in lower case, without the port that is meant anyway. */
static void
host_of(const struct http_request *r, struct talk *talk)
{
	struct bytes host = r->fields.host;

	if (bytes_begin_nocase(r->target, "http://")) {
		host = bytes_skip(r->target, 7);
		host = bytes_head(host, bytes_find(host, '/'));
	}
	if (host.len > 3 && memcmp(host.at + host.len - 3, ":80", 3) == 0)
		host.len -= 3;
	talk->host_len = (uint8_t)(host.len < HOST ? host.len : HOST);
	for (size_t i = 0; i < talk->host_len; i++) {
		uint8_t c = host.at[i];
		talk->host[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c > 0x20 && c < 0x7f ? c : '?');
	}
}

static struct bytes
path_of(struct bytes target)
{
	if (bytes_begin_nocase(target, "http://")) {
		target = bytes_skip(target, 7);
		target = bytes_skip(target, bytes_find(target, '/'));
	}
	target = bytes_head(target, bytes_find(target, '?'));
	return bytes_head(target, bytes_find(target, '#'));
}

static struct bytes
no_query(struct bytes url)
{
	return bytes_head(url, bytes_find(url, '?'));
}

/* What is told of a head: neither cookies nor tokens nor queries. */
static void
quiet(struct http_fields *f)
{
	struct bytes none = { NULL, 0 };

	f->cookie = f->auth_token = none;
	f->referer = no_query(f->referer);
	f->location = no_query(f->location);
	for (unsigned i = 0; i < f->set_cookies; i++)
		f->set_cookie[i].value = bytes_head(f->set_cookie[i].value, bytes_find(f->set_cookie[i].value, '='));
}

static void
fhir(struct sensor *s, struct packet *p, bool request)
{
	clinical_plain(s, p, "fhir");
	if (request)
		clinical_roles(s, p, ROLE_FHIR_CLIENT, ROLE_FHIR_SERVER);
	else
		clinical_roles(s, p, ROLE_FHIR_SERVER, ROLE_FHIR_CLIENT);
}

static void
request_seen(struct sensor *s, struct packet *p, struct http_request *r, struct bytes body)
{
	struct webs *t = s->webs;
	struct flow *f = p->flow;
	bool         fresh;
	struct talk *talk = table_put(t->talks, &f->id, &fresh);

	host_of(r, talk);
	struct bytes host = bytes_of(talk->host, talk->host_len), path = path_of(r->target);
	if (!f->label[0]) {
		flow_is(s, f, APP_HTTP, "http", false);
		if (f->protection == PROTECTION_UNKNOWN)
			f->protection = PROTECTION_PLAIN;
	}
	if (fresh && host.len) {
		flow_named(f, host);
		support_host(s, p, host);
	}
	if (http_is_fhir(&r->fields))
		fhir(s, p, true);
	talk->path = path_mark(t, path);
	talk->forwarded = r->fields.via.at || r->fields.forwarded_for.at;
	talk->token = (struct key){ { 0 } };
	if (!talk->forwarded) {
		talk->token = session_token(s, r, host);
		if (!key_none(&talk->token)) {
			uint64_t same = bytes_hash(r->target.at, r->target.len, bytes_hash(r->fields.user_agent.at, r->fields.user_agent.len, t->seed));
			session_used(s, t->sessions, p, &talk->token, host, same);
		}
	}
	uint64_t credential = bytes_hash(r->fields.auth_token.at, r->fields.auth_token.len, bytes_hash(body.at, body.len, t->seed));
	if (talk->credential != credential || p->when.us - talk->credential_at.us > INSTANT_SECOND) {
		talk->credential = credential;
		talk->credential_at = p->when;
		session_credentials(s, p, r, body, host);
	}
	if (packet_wants(s, EVENT_HTTP)) {
		r->target = no_query(r->target);
		quiet(&r->fields);
		packet_event(s, p, EVENT_HTTP, r, 0);
	}
}

static bool
is_form(const struct http_request *r)
{
	return bytes_equal(r->method, bytes_text("POST")) && bytes_begin_nocase(r->fields.content_type, "application/x-www-form-urlencoded") &&
	       r->fields.has_length && r->fields.length && r->fields.length <= FORM_MOST;
}

static size_t
request(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct flow        *f = p->flow;
	struct http_request r;
	struct bytes        body = { NULL, 0 }, host;
	uint16_t            port;
	enum err            e = f->state[4] ? ERR_SHORT : http_request_parse(in, &r);

	if (e == ERR_SHORT && !f->state[4] && bytes_hold_nocase(in, "fhir"))
		care_attend(s, p);
	if (e)
		return e == ERR_SHORT ? 0 : DECODER_CLOSE;
	if (is_form(&r)) {
		if (in.len < r.head + r.fields.length)
			return 0;
		body = bytes_head(bytes_skip(in, r.head), (size_t)r.fields.length);
	}
	bool connect = http_is_connect(&r, &host, &port);
	if (f->state[2] < PIPELINE && bytes_equal(r.method, bytes_text("HEAD")))
		f->state[3] |= (uint8_t)(1 << f->state[2]);
	if (f->state[2] < PIPELINE)
		f->state[2]++;
	struct http_fields fields = r.fields;
	bool               read = care_fhir_request(s, p, side, &r, in.at);
	request_seen(s, p, &r, body);
	if (connect) {
		flow_named(f, host);
		f->state[4] = 1;
		return r.head;
	}
	return web_body(f, side, &fields, r.head, read);
}

/* --- responses -------------------------------------------------------------------------------- */

static bool
asks_to_sign_in(const struct http_response *r)
{
	static const char *const words[] = { "login", "signin", "sign-in", "logon" };
	struct bytes             l = no_query(r->fields.location);

	if (r->status == 401)
		return true;
	for (; is_redirect(r->status) && l.len; l = bytes_skip(l, 1))
		for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
			if (bytes_begin_nocase(l, words[i]))
				return true;
	return false;
}

static void
response_seen(struct sensor *s, struct packet *p, struct http_response *r)
{
	struct talk *talk = table_find(s->webs->talks, &p->flow->id);

	if (http_is_fhir(&r->fields))
		fhir(s, p, false);
	if (talk) {
		protection(s, p, talk, r);
		if (!key_none(&talk->token)) {
			if (r->status >= 200 && r->status < 300)
				session_granted(s->webs->sessions, p, &talk->token, talk->path);
			else if (asks_to_sign_in(r))
				session_denied(s, s->webs->sessions, p, &talk->token, bytes_of(talk->host, talk->host_len), talk->path);
		}
	}
	if (packet_wants(s, EVENT_HTTP)) {
		quiet(&r->fields);
		packet_event(s, p, EVENT_HTTP, r, 1);
	}
}

static size_t
response(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct flow         *f = p->flow;
	struct http_response r;
	enum err             e = http_response_parse(in, &r);

	if (e)
		return e == ERR_SHORT ? 0 : DECODER_CLOSE;
	if (r.status >= 100 && r.status < 200 && r.status != 101)
		return r.head;
	bool head = f->state[3] & 1;
	f->state[3] >>= 1;
	if (f->state[2])
		f->state[2]--;
	struct http_fields fields = r.fields;
	uint16_t           status = r.status;
	bool               bare = head || status == 204 || status == 304;
	bool               read = care_fhir_response(s, p, side, &r, !bare && (fields.chunked || fields.length), in.at);
	response_seen(s, p, &r);
	if (status == 101) {
		if (http_is_websocket(&fields))
			flow_is(s, f, APP_HTTP, f->clinical ? NULL : "websocket", false);
		if (http_is_websocket(&fields) && s->cares) {
			f->state[0] = f->state[1] = MODE_SOCKET;
			return r.head;
		}
		f->side[!side].closed = true;
		return DECODER_CLOSE;
	}
	if (f->state[4]) {
		f->state[4] = 0;
		if (status >= 200 && status < 300) {
			f->state[0] = f->state[1] = MODE_TUNNEL;
			return r.head;
		}
	}
	if (bare)
		return r.head;
	if (!fields.chunked && !fields.has_length)
		return DECODER_CLOSE; /* until the connection ends */
	return web_body(f, side, &fields, r.head, read);
}

/* --- the stream ---------------------------------------------------------------------------------- */

/* Where the next head may begin: a segment, or what stands behind a body's last character. */
static size_t
search(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	for (size_t i = 0; i < in.len; i++)
		if ((i == 0 || in.at[i - 1] == '}' || in.at[i - 1] == '>' || in.at[i - 1] == '\n') && web_looks(p->flow, side, bytes_skip(in, i))) {
			p->flow->state[side] = MODE_HEAD;
			return i ? i : web_stream(s, p, side, in);
		}
	return in.len;
}

/* Only where messages are read is it worth the search. */
bool
web_resync(struct sensor *s, struct packet *p, int side)
{
	if (!s->cares || !p->flow->care)
		return false;
	care_gap(s, p, side, 1);
	if (p->flow->state[side] != MODE_SOCKET)
		p->flow->state[side] = MODE_LOST;
	return p->flow->state[side] == MODE_LOST;
}

bool
web_looks(const struct flow *f, int side, struct bytes in)
{
	(void)f;
	return side == FLOW_CLIENT ? http_looks_request(in) : http_looks_response(in);
}

size_t
web_stream(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct flow *f = p->flow;

	switch ((enum web_mode)f->state[side]) {
	case MODE_CHUNK:
		return web_chunk(s, p, side, in);
	case MODE_TRAILER:
		return web_trailer(s, p, side, in);
	case MODE_TUNNEL:
		memset(f->state, 0, sizeof f->state);
		return DECODER_AGAIN;
	case MODE_BODY:
	case MODE_CHUNK_BODY:
		return web_body_read(s, p, side, in);
	case MODE_SOCKET:
		return care_mqtt_socket(s, p, side, in);
	case MODE_LOST:
		return search(s, p, side, in);
	case MODE_HEAD:
		break;
	}
	return side == FLOW_CLIENT ? request(s, p, side, in) : response(s, p, side, in);
}
