/*
 * session: see session.h.
 *
 * Ordinary: the same token from another address by a forwarder (the request
 * was sent to it, or to its card, or comes again unchanged to another server
 * within a second).  A thief asks the victim's own server, and may well ask
 * the same as the victim.
 *
 * A demand to sign in is odd if the session was good for the same thing before
 * and is again after, or if another card makes it than the one that granted.
 */
#include "sensor/session.h"
#include "base/memory.h"
#include "base/table.h"
#include "sensor/card.h"
#include "sensor/web.h"

#define SAY_EVERY   (INSTANT_SECOND)
#define FORWARDED   (INSTANT_SECOND)
#define JUST_BEFORE (600 * INSTANT_SECOND)
enum { TOKEN_LEAST = 16, FORWARDERS = 2, PATHS = 4, GRANTED_LEAST = 2, COOKIES = 64 };

struct token_key {
	struct key digest;
	uint32_t   domain;
};

struct token {
	struct token_key key;
	uint16_t         granted;
	uint8_t          forwarders, paths;
	struct addr      first, client, server; /* who had it first, who sent it last, and to whom */
	struct addr      forwarder[FORWARDERS];
	struct instant   sent, said, granted_at;
	uint64_t         request, path[PATHS], denied; /* denied: a path granted before, 0 if none */
	struct mac       granter, carrier; /* carrier: the card to which it was sent last */
	uint32_t         demands;
};

struct sessions {
	struct table *tokens;
};

struct sessions *
session_new(size_t memory, uint64_t seed)
{
	struct sessions *t = memory_new(1, sizeof *t);

	if (!t)
		return NULL;
	t->tokens = table_new((uint32_t)(memory / table_cost(1, sizeof(struct token))), sizeof(struct token_key), sizeof(struct token), seed);
	if (!t->tokens) {
		memory_free(t);
		return NULL;
	}
	return t;
}

void
session_free(struct sessions *t)
{
	if (t)
		table_free(t->tokens);
	memory_free(t);
}

/* --- which of them are tokens ---------------------------------------------------------- */

static bool
ends(struct bytes in, const char *word)
{
	size_t n = strlen(word);
	return in.len >= n && bytes_begin_nocase(bytes_skip(in, in.len - n), word);
}

/* By name: frameworks call their session cookies so, and analytics theirs otherwise. */
static bool
is_session(struct bytes name)
{
	static const char *const yes[] = { "sess", "auth", "token", "jwt", "ticket", "identity", "login" };
	static const char *const no[] = { "csrf", "xsrf", "consent", "visit", "analytics", "ai_session", "ai_user", "optimizely", "tracking", "device", "lang" };
	static const char *const begin[] = { "_ga", "_gi", "_gcl", "_fb", "_hj", "_pk", "_dc", "mp_", "amp_", "__utm" };

	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		if (bytes_hold_nocase(name, no[i]))
			return false;
	for (size_t i = 0; i < sizeof begin / sizeof begin[0]; i++)
		if (bytes_begin_nocase(name, begin[i]))
			return false;
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		if (bytes_hold_nocase(name, yes[i]))
			return true;
	return ends(name, "sid");
}

struct key
session_token(const struct sensor *s, const struct http_request *r, struct bytes host)
{
	struct bytes left = r->fields.cookie, name, value;

	if (bytes_equal_nocase(r->fields.auth_scheme, "Bearer") && r->fields.auth_token.len >= TOKEN_LEAST)
		return web_digest(s, host, r->fields.auth_token);
	for (int i = 0; i < COOKIES && http_cookie_next(&left, &name, &value); i++)
		if (value.len >= TOKEN_LEAST && is_session(name))
			return web_digest(s, host, value);
	return (struct key){ { 0 } };
}

/* --- who holds it ------------------------------------------------------------------------ */

static struct token_key
key_of(const struct packet *p, const struct key *digest)
{
	struct token_key k;

	memset(&k, 0, sizeof k);
	k.digest = *digest;
	k.domain = p->domain;
	return k;
}

static struct token *
find(struct sessions *t, const struct packet *p, const struct key *digest)
{
	struct token_key k = key_of(p, digest);
	return table_find(t->tokens, &k);
}

static bool
is_forwarder(struct token *at, const struct packet *p, uint64_t request)
{
	for (uint8_t i = 0; i < at->forwarders; i++)
		if (addr_equal(at->forwarder[i], p->ip.src))
			return true;
	if (addr_equal(at->client, p->ip.src) || addr_equal(at->first, p->ip.src))
		return false;
	bool again = at->request == request && p->when.us - at->sent.us < FORWARDED;
	bool onward = !addr_equal(at->server, p->ip.dst) || mac_equal(at->carrier, p->link.src);
	if (!addr_equal(at->server, p->ip.src) && !(again && onward))
		return false;
	if (at->forwarders < FORWARDERS)
		at->forwarder[at->forwarders++] = p->ip.src;
	return true;
}

void
session_used(struct sensor *s, struct sessions *t, const struct packet *p, const struct key *digest, struct bytes host, uint64_t request)
{
	struct token_key k = key_of(p, digest);
	bool             fresh;
	struct token    *at = table_put(t->tokens, &k, &fresh);

	if (fresh)
		at->first = p->ip.src;
	else if (is_forwarder(at, p, request))
		return;
	bool same = addr_equal(at->client, p->ip.src);
	at->client = p->ip.src;
	at->server = p->ip.dst;
	at->carrier = p->link.dst;
	at->sent = p->when;
	at->request = request;
	if (same && p->when.us - at->said.us < SAY_EVERY)
		return;
	at->said = p->when;
	/* Who holds it, the source of the packet says: no authority stands behind it. */
	struct claim c = packet_claim(s, p, FACT_TOKEN, WITNESS_TRAFFIC);
	c.subject = *digest;
	c.value = key_addr(p->ip.src);
	c.victim = at->first;
	c.port = p->tcp.dport;
	c.marks = MARK_USED;
	claim_words(&c, host);
	packet_say(s, &c);
}

/* --- is it good? ---------------------------------------------------------------------------- */

static bool
was_granted(const struct token *at, uint64_t path)
{
	for (uint8_t i = 0; i < PATHS; i++)
		if (at->path[i] == path)
			return true;
	return false;
}

void
session_granted(struct sessions *t, const struct packet *p, const struct key *digest, uint64_t path)
{
	struct token *at = find(t, p, digest);

	if (!at)
		return;
	if (at->granted < UINT16_MAX)
		at->granted++;
	if (at->denied == path) {
		at->demands++; /* good, not good, good again */
		at->denied = 0;
	}
	if (!was_granted(at, path))
		at->path[at->paths++ % PATHS] = path;
	at->granted_at = p->when;
	at->granter = p->link.src;
}

void
session_denied(struct sensor *s, struct sessions *t, const struct packet *p, const struct key *digest, struct bytes host, uint64_t path)
{
	struct token *at = find(t, p, digest);

	if (!at || at->granted < GRANTED_LEAST || p->when.us - at->granted_at.us > JUST_BEFORE || !was_granted(at, path))
		return;
	at->denied = path;
	const struct card *c = card_of(s, p->domain, p->link.src);
	bool               other = !mac_equal(at->granter, p->link.src) && !(c && c->roles & ROLE_ROUTER);
	struct claim       claim = packet_claim(s, p, FACT_SIGN_IN, WITNESS_HTTP);
	claim.subject = *digest;
	claim.value = key_addr(p->ip.dst);
	claim.number = at->demands + 1 + other;
	claim.card = at->granter;
	claim_words(&claim, host);
	packet_say(s, &claim);
}

/* --- credentials ------------------------------------------------------------------------------ */

/* Does a form have a field of such a name? */
static bool
has_password(struct bytes body)
{
	static const char *const names[] = { "password", "passwd", "pwd", "pass", "j_password", "passphrase" };

	while (body.len) {
		struct bytes one = bytes_head(body, bytes_find(body, '&'));
		struct bytes name = bytes_head(one, bytes_find(one, '='));
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
			if (name.len < one.len && bytes_equal_nocase(name, names[i]))
				return true;
		body = bytes_skip(body, one.len + 1);
	}
	return false;
}

void
session_credentials(struct sensor *s, const struct packet *p, const struct http_request *r, struct bytes body, struct bytes host)
{
	struct bytes what = { NULL, 0 };

	if (bytes_equal_nocase(r->fields.auth_scheme, "Basic") && r->fields.auth_token.len)
		what = r->fields.auth_token;
	else if (body.len && has_password(body))
		what = body;
	if (!what.len)
		return;
	struct key digest = web_digest(s, host, what);
	web_credential(s, p, &digest, host);
}
