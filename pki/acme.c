/* acme: see acme.h; here requests are taken apart and let in (RFC 8555 section 6). */
#include "pki/acme_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "crypt/encode.h"
#include "crypt/hash.h"

/* --- answers ------------------------------------------------------------------------- */

struct buf *
acme_say(struct acme_call *c, int status, const char *type)
{
	buf_reset(c->x->answer);
	c->x->status = status;
	c->x->answer_type = type;
	return c->x->answer;
}

void
acme_problem(struct acme_call *c, enum acme_problem p, const char *format, ...)
{
	static const struct { const char *type; int status; } PROBLEM[] = {
#define X(name, type, status) { type, status },
		ACME_PROBLEMS(X)
#undef X
	};
	char        detail[400], type[64];
	va_list     words;
	struct buf *b = acme_say(c, PROBLEM[p].status, "application/problem+json");

	va_start(words, format);
	vsnprintf(detail, sizeof detail, format, words);
	va_end(words);
	snprintf(type, sizeof type, "urn:ietf:params:acme:error:%s", PROBLEM[p].type);
	json_value_open(b, '{');
	json_text(b, "type", type);
	json_text(b, "detail", detail);
	json_number(b, "status", PROBLEM[p].status);
	if (p == PROBLEM_BAD_ALGORITHM) {
		json_open(b, "algorithms", '[');
		json_text(b, NULL, "ES256");
		json_text(b, NULL, "ES384");
		json_text(b, NULL, "RS256");
		json_text(b, NULL, "EdDSA");
		json_close(b, ']');
	}
	json_close(b, '}');
}

bool
acme_failed(struct acme_call *c, enum err e)
{
	if (!e)
		return false;
	c->kept = false;
	acme_problem(c, PROBLEM_SERVER_INTERNAL, "the CA's records %s; ask again later", err_text(e));
	return true;
}

void
acme_time(struct buf *b, const char *key, int64_t s)
{
	char       room[40], text[24];
	struct buf t = buf_over(room, sizeof room);

	instant_print((struct instant){ s * INSTANT_SECOND }, &t);
	snprintf(text, sizeof text, "%.19sZ", buf_string(&t));
	json_text(b, key, text);
}

const char *
acme_state_text(enum acme_state s)
{
	static const char *const TEXT[] = {
		[ACME_PENDING] = "pending", [ACME_READY] = "ready", [ACME_PROCESSING] = "processing", [ACME_VALID] = "valid",
		[ACME_INVALID] = "invalid", [ACME_DEACTIVATED] = "deactivated", [ACME_EXPIRED] = "expired", [ACME_REVOKED] = "revoked",
	};

	return TEXT[s];
}

/* --- numbers and URLs ------------------------------------------------------------------ */

/* A number above 0 in decimal digits, and what follows them. */
static int64_t
number(const char *text, const char **rest)
{
	size_t n = strspn(text, "0123456789");

	*rest = text + n;
	return n && n < 18 && text[0] != '0' ? strtoll(text, NULL, 10) : 0;
}

int64_t
acme_account_number(const struct acme *a, const char *kid)
{
	char        before[ACME_URL + 32];
	const char *rest;

	size_t n = (size_t)snprintf(before, sizeof before, "%s/acme/account/", a->base);
	if (strncmp(kid, before, n))
		return 0;
	int64_t id = number(kid + n, &rest);
	return *rest ? 0 : id;
}

bool
acme_serial(const char *text, uint8_t out[static ACME_SERIAL])
{
	char two[3] = "";

	if (strlen(text) != 2 * ACME_SERIAL || strspn(text, "0123456789abcdef") != 2 * ACME_SERIAL)
		return false;
	for (int i = 0; i < ACME_SERIAL; i++) {
		memcpy(two, text + 2 * i, 2);
		out[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	return true;
}

void
acme_token(const struct acme_authorization *z, enum acme_kind k, char out[static 40])
{
	uint8_t    raw[ACME_TOKEN + 1];
	struct buf b = buf_over(out, 40);

	/* Each challenge has its own, of one random number (section 8.3: at least 128 bits). */
	memcpy(raw, z->token, ACME_TOKEN);
	raw[ACME_TOKEN] = (uint8_t)k;
	encode_base64url(bytes_of(raw, sizeof raw), &b);
	(void)buf_string(&b);
}

void
acme_key_authorization(const char *token, const uint8_t thumbprint[static 32], char out[static ACME_KEY_AUTHORIZATION])
{
	struct buf b = buf_over(out, ACME_KEY_AUTHORIZATION);

	buf_text(&b, token);
	buf_u8(&b, '.');
	encode_base64url(bytes_of(thumbprint, 32), &b);
	(void)buf_string(&b);
}

static const char *const KIND[ACME_KINDS] = { [ACME_HTTP] = "http-01", [ACME_DNS] = "dns-01", [ACME_ALPN] = "tls-alpn-01" };

const char *
acme_kind_text(enum acme_kind k)
{
	return KIND[k];
}

enum acme_kind
acme_kind_of(const char *text)
{
	enum acme_kind k = 0;

	while (k < ACME_KINDS && strcmp(KIND[k], text))
		k++;
	return k;
}

/* --- what is asked without a signature ---------------------------------------------------- */

static void
directory(struct acme_call *c)
{
	static const struct { const char *member, *name; } PLACE[] = {
		{ "newNonce", "new-nonce" }, { "newAccount", "new-account" }, { "newOrder", "new-order" },
		{ "revokeCert", "revoke-cert" }, { "keyChange", "key-change" }, { "renewalInfo", "renewal-info" },
	};
	char        url[ACME_URL + 32];
	struct buf *b = acme_say(c, 200, "application/json");

	json_value_open(b, '{');
	for (size_t i = 0; i < sizeof PLACE / sizeof *PLACE; i++) {
		snprintf(url, sizeof url, "%s/acme/%s", c->acme->base, PLACE[i].name);
		json_text(b, PLACE[i].member, url);
	}
	json_open(b, "meta", '{');
	json_bool(b, "externalAccountRequired", true);
	json_close(b, '}');
	json_close(b, '}');
}

static void
new_nonce(struct acme_call *c)
{
	(void)acme_say(c, strcmp(c->x->method, "HEAD") == 0 ? 200 : 204, NULL);
}

/* --- dispatch -------------------------------------------------------------------------- */

enum who { ANYONE, BY_ACCOUNT, BY_NEW_KEY, BY_EITHER };

static const struct resource {
	const char *name;
	enum who    who;      /* ANYONE: by GET or HEAD; others by a signed POST */
	enum { WHOLE, NUMBER, TEXT } behind; /* what follows the name */
	void (*answer)(struct acme_call *c);
} RESOURCE[] = {
	{ "directory", ANYONE, WHOLE, directory },
	{ "new-nonce", ANYONE, WHOLE, new_nonce },
	{ "renewal-info", ANYONE, TEXT, acme_renewal },
	{ "new-account", BY_NEW_KEY, WHOLE, acme_new_account },
	{ "account", BY_ACCOUNT, NUMBER, acme_account },
	{ "orders", BY_ACCOUNT, NUMBER, acme_orders },
	{ "key-change", BY_ACCOUNT, WHOLE, acme_key_change },
	{ "new-order", BY_ACCOUNT, WHOLE, acme_new_order },
	{ "order", BY_ACCOUNT, NUMBER, acme_order },
	{ "finalize", BY_ACCOUNT, NUMBER, acme_finalize },
	{ "authorization", BY_ACCOUNT, NUMBER, acme_authorization },
	{ "challenge", BY_ACCOUNT, NUMBER, acme_challenge },
	{ "certificate", BY_ACCOUNT, TEXT, acme_certificate },
	{ "revoke-cert", BY_EITHER, WHOLE, acme_revoke },
};

/* The resource of a path, NULL: there is none. */
static const struct resource *
find(struct acme_call *c)
{
	const char *name = c->x->path + strlen("/acme/");
	size_t      n = strcspn(name, "/");

	for (size_t i = 0; i < sizeof RESOURCE / sizeof *RESOURCE; i++) {
		const struct resource *r = &RESOURCE[i];
		if (strlen(r->name) != n || memcmp(r->name, name, n))
			continue;
		c->rest = name[n] ? name + n + 1 : "";
		if (r->behind == NUMBER)
			c->number = number(c->rest, &c->rest);
		return r->behind == WHOLE ? (name[n] ? NULL : r) : r->behind == NUMBER && !c->number ? NULL : r;
	}
	return NULL;
}

/* Whose signature it is; false: a problem was told. */
static bool
signed_by(struct acme_call *c, enum who who)
{
	struct acme   *a = c->acme;
	struct jws    *j = &a->jws;
	struct jws_key key;

	if (j->has_key) {
		if (who == BY_ACCOUNT)
			acme_problem(c, PROBLEM_MALFORMED, "this is signed by an account: its header has a kid, no jwk");
		else if (!jws_verify(j, &j->key))
			acme_problem(c, PROBLEM_MALFORMED, "the signature does not hold");
		else
			return true;
		return false;
	}
	if (who == BY_NEW_KEY) {
		acme_problem(c, PROBLEM_MALFORMED, "this is signed by a key that comes with it: its header has a jwk, no kid");
		return false;
	}
	int64_t  id = acme_account_number(a, j->kid);
	enum err e = id ? a->store.account(a->store.at, id, &c->account) : ERR_NOTFOUND;
	if (e == ERR_NOTFOUND)
		acme_problem(c, PROBLEM_NO_ACCOUNT, "there is no such account");
	else if (!acme_failed(c, e) && !acme_failed(c, jws_key_load(bytes_of(c->account.spki, c->account.spki_len), &key))) {
		if (key.kind != j->kind)
			acme_problem(c, PROBLEM_BAD_ALGORITHM, "its algorithm is not the one of its account's key");
		else if (!jws_verify(j, &key))
			acme_problem(c, PROBLEM_MALFORMED, "the signature does not hold");
		else if (c->account.state != ACME_VALID)
			acme_problem(c, PROBLEM_UNAUTHORIZED, "the account is %s", acme_state_text(c->account.state));
		else
			return true;
	}
	return false;
}

/* A signed request taken apart; false: a problem was told. */
static bool
let_in(struct acme_call *c, enum who who)
{
	static const enum acme_problem OF_FAULT[] = { [JWS_MALFORMED] = PROBLEM_MALFORMED, [JWS_BAD_ALGORITHM] = PROBLEM_BAD_ALGORITHM, [JWS_BAD_KEY] = PROBLEM_BAD_PUBLIC_KEY };
	struct acme   *a = c->acme;
	struct jws    *j = &a->jws;
	char           url[JWS_URL];

	if (!bytes_equal_nocase(bytes_head(c->x->type, bytes_find(c->x->type, ';')), "application/jose+json")) {
		acme_problem(c, PROBLEM_NO_TYPE, "a request is of the type application/jose+json");
		return false;
	}
	enum jws_fault f = jws_parse(c->x->body, JWS_REQUEST, j);
	if (f) {
		acme_problem(c, OF_FAULT[f], "%s", j->why);
		return false;
	}
	/* Before the signature, which is dear: who sends an old one again costs nothing. */
	if (!nonce_take(&a->nonce, j->nonce)) {
		acme_problem(c, PROBLEM_BAD_NONCE, "the nonce was taken before, is too old, or was not given here: ask again with the one in this answer");
		return false;
	}
	snprintf(url, sizeof url, "%s%s%s%s", a->base, c->x->path, *c->x->query ? "?" : "", c->x->query);
	if (strcmp(j->url, url)) {
		acme_problem(c, PROBLEM_UNAUTHORIZED, "it was signed for another url");
		return false;
	}
	if (!signed_by(c, who))
		return false;
	if (j->payload.len) {
		c->payload = json_loadb((const char *)j->payload.at, j->payload.len, JSON_REJECT_DUPLICATES, NULL);
		if (!json_is_object(c->payload)) {
			acme_problem(c, PROBLEM_MALFORMED, "the payload is no JSON object, or a member stands there twice");
			return false;
		}
	}
	return true;
}

/* What is before /acme/ in our URLs: the host is a client's word, so it holds nothing but a host. */
static bool
find_base(struct acme *a, const struct exchange *x)
{
	size_t n = strlen(x->host);

	if (a->url)
		snprintf(a->base, sizeof a->base, "%s", a->url);
	else if (n && n < ACME_URL - 8 && strspn(x->host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") == n)
		snprintf(a->base, sizeof a->base, "%s://%s", x->tls ? "https" : "http", x->host);
	else
		return false;
	return true;
}

bool
acme_answer(struct acme *a, struct exchange *x)
{
	struct acme_call c = { .acme = a, .x = x, .rest = "", .kept = true };
	bool             post = strcmp(x->method, "POST") == 0;
	char             nonce[NONCE_TEXT];

	const struct resource *r = find(&c);
	if (!find_base(a, x))
		acme_problem(&c, PROBLEM_MALFORMED, "the request names no host");
	else if (!r)
		acme_problem(&c, PROBLEM_NOT_FOUND, "nothing is here: see %s/acme/directory", a->base);
	else if (post != (r->who != ANYONE))
		acme_problem(&c, PROBLEM_NO_METHOD, post ? "this is asked by GET" : "this is asked by POST, signed (a POST-as-GET if nothing is changed)");
	else if (r->who == ANYONE || let_in(&c, r->who))
		r->answer(&c);
	if (post || (r && r->answer == new_nonce)) {
		nonce_give(&a->nonce, nonce);
		exchange_line(x, "Replay-Nonce", "%s", nonce);
		exchange_line(x, "Cache-Control", "no-store");
	}
	if (x->status == 429)
		exchange_line(x, "Retry-After", "3600");
	exchange_line(x, "Link", "<%s/acme/directory>;rel=\"index\"", a->base);
	json_decref(c.payload);
	return c.kept;
}
