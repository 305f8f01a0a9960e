/* acme_authorization: who controls a name (RFC 8555 section 7.5 and 8). */
#include "pki/acme_inside.h"

#include <stdio.h>

#include "base/json.h"

static void
put_challenge(struct buf *b, const struct acme *a, const struct acme_authorization *z, enum acme_kind k)
{
	char            url[ACME_URL + 64], token[40], type[64];
	enum acme_state s = (int)k == z->tried ? z->challenge : ACME_PENDING;

	acme_token(z, k, token);
	snprintf(url, sizeof url, "%s/acme/challenge/%lld/%s", a->base, (long long)z->id, acme_kind_text(k));
	json_text(b, "type", acme_kind_text(k));
	json_text(b, "url", url);
	json_text(b, "status", acme_state_text(s));
	json_text(b, "token", token);
	if (s == ACME_VALID)
		acme_time(b, "validated", z->when);
	if (s == ACME_INVALID) {
		snprintf(type, sizeof type, "urn:ietf:params:acme:error:%s", z->trouble);
		json_open(b, "error", '{');
		json_text(b, "type", type);
		json_text(b, "detail", z->says);
		json_close(b, '}');
	}
}

/* An address has no name in the DNS to prove (RFC 8738 section 7).  Once one was tried to the end, the others are over. */
static bool
offered(const struct acme_authorization *z, enum acme_kind k)
{
	bool over = z->state == ACME_VALID || z->state == ACME_INVALID;

	return !(z->ip && k == ACME_DNS) && (!over || (int)k == z->tried);
}

static void
say_authorization(struct acme_call *c, const struct acme_authorization *z)
{
	struct buf *b = acme_say(c, 200, "application/json");

	json_value_open(b, '{');
	json_open(b, "identifier", '{');
	json_text(b, "type", z->ip ? "ip" : "dns");
	json_text(b, "value", z->name);
	json_close(b, '}');
	json_text(b, "status", acme_state_text(z->state));
	acme_time(b, "expires", z->expires);
	json_open(b, "challenges", '[');
	for (enum acme_kind k = 0; k < ACME_KINDS; k++)
		if (offered(z, k)) {
			json_open(b, NULL, '{');
			put_challenge(b, c->acme, z, k);
			json_close(b, '}');
		}
	json_close(b, ']');
	json_close(b, '}');
	if (z->state == ACME_PENDING)
		exchange_line(c->x, "Retry-After", "%d", ACME_RETRY_S);
}

/* Has the name looked at; what was begun and never answered is begun again. */
static void
look(struct acme_call *c, struct acme_authorization *z)
{
	char    token[40], key[ACME_KEY_AUTHORIZATION];
	int64_t now = c->x->now.us / INSTANT_SECOND;

	if (z->state != ACME_PENDING || z->challenge != ACME_PROCESSING || now - z->when < ACME_AGAIN_S)
		return;
	acme_token(z, (enum acme_kind)z->tried, token);
	acme_key_authorization(token, c->account.thumbprint, key);
	if (c->acme->host.look(c->acme->host.at, z, key)) {
		z->when = now;
		(void)acme_failed(c, c->acme->store.put_authorization(c->acme->store.at, z));
	}
}

/* The authorization of the path, if it is the account's; false: a problem was told. */
static bool
find(struct acme_call *c, struct acme_authorization *z)
{
	enum err e = c->acme->store.authorization(c->acme->store.at, c->number, z);

	if (e == ERR_NOTFOUND || (!e && z->account != c->account.id))
		acme_problem(c, PROBLEM_NOT_FOUND, "there is no such authorization of this account");
	else if (!acme_failed(c, e)) {
		if (z->state == ACME_PENDING && z->expires < c->x->now.us / INSTANT_SECOND)
			z->state = ACME_EXPIRED;
		look(c, z);
		return c->kept;
	}
	return false;
}

/* Its order follows: invalid with the first name that is, ready with the last that is valid. */
static enum err
settle(struct acme *a, const struct acme_authorization *z)
{
	static struct acme_authorization all[ACME_NAMES];
	struct acme_order                o;
	unsigned                         n = ACME_NAMES, valid = 0;
	enum err                         e = a->store.order(a->store.at, z->order, &o);

	bool ends = z->state != ACME_VALID;
	if (e || !(o.state == ACME_PENDING || (o.state == ACME_READY && ends)) || (e = a->store.authorizations(a->store.at, o.id, all, &n)))
		return e;
	for (unsigned i = 0; i < n; i++)
		valid += all[i].state == ACME_VALID;
	if (!ends && valid < n)
		return OK;
	o.state = ends ? ACME_INVALID : ACME_READY;
	if (ends)
		snprintf(o.says, sizeof o.says, "%.100s: %.80s", z->name, z->state == ACME_DEACTIVATED ? "its authorization was given up" : z->says);
	return a->store.put_order(a->store.at, &o);
}

void
acme_authorization(struct acme_call *c)
{
	struct acme_authorization z;
	const char               *status = json_string_value(json_object_get(c->payload, "status"));

	if (!find(c, &z))
		return;
	if (*c->rest) {
		acme_problem(c, PROBLEM_NOT_FOUND, "nothing is behind an authorization");
		return;
	}
	if (c->payload && (!status || strcmp(status, "deactivated"))) {
		acme_problem(c, PROBLEM_MALFORMED, "an authorization's status can become deactivated alone");
		return;
	}
	if (c->payload && (z.state == ACME_PENDING || z.state == ACME_VALID)) {
		z.state = ACME_DEACTIVATED;
		if (acme_failed(c, c->acme->store.put_authorization(c->acme->store.at, &z)) || acme_failed(c, settle(c->acme, &z)))
			return;
	}
	say_authorization(c, &z);
}

void
acme_challenge(struct acme_call *c)
{
	struct acme_authorization z;
	enum acme_kind            k;

	if (!find(c, &z))
		return;
	k = *c->rest == '/' ? acme_kind_of(c->rest + 1) : ACME_KINDS;
	if (k == ACME_KINDS || !offered(&z, k)) {
		acme_problem(c, PROBLEM_NOT_FOUND, "there is no such challenge of this authorization");
		return;
	}
	if (c->payload && z.state == ACME_PENDING && z.tried >= 0 && z.tried != (int)k) {
		acme_problem(c, PROBLEM_MALFORMED, "another challenge of this name is being tried");
		return;
	}
	if (c->payload && z.state == ACME_PENDING && z.tried < 0) {
		z.tried = (int)k;
		z.challenge = ACME_PROCESSING;
		if (acme_failed(c, c->acme->store.put_authorization(c->acme->store.at, &z)))
			return;
		look(c, &z);
		if (!c->kept)
			return;
	}
	struct buf *b = acme_say(c, 200, "application/json");
	json_value_open(b, '{');
	put_challenge(b, c->acme, &z, k);
	json_close(b, '}');
	exchange_line(c->x, "Link", "<%s/acme/authorization/%lld>;rel=\"up\"", c->acme->base, (long long)z.id);
	if (z.challenge == ACME_PROCESSING)
		exchange_line(c->x, "Retry-After", "%d", ACME_RETRY_S);
}

bool
acme_looked(struct acme *a, int64_t authorization, const char *trouble, const char *says, struct instant now)
{
	struct acme_authorization z;
	enum err                  e = a->store.authorization(a->store.at, authorization, &z);

	/* It may have ended meanwhile, and be forgotten. */
	if (e == ERR_NOTFOUND || (!e && (z.state != ACME_PENDING || z.challenge != ACME_PROCESSING)))
		return true;
	if (e)
		return false;
	z.state = z.challenge = *trouble ? ACME_INVALID : ACME_VALID;
	z.when = now.us / INSTANT_SECOND;
	snprintf(z.trouble, sizeof z.trouble, "%s", trouble);
	snprintf(z.says, sizeof z.says, "%s", says);
	return a->store.put_authorization(a->store.at, &z) == OK && settle(a, &z) == OK;
}
