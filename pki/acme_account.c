/* acme_account: accounts (RFC 8555 section 7.3): who may have one, what they are, their keys. */
#include "pki/acme_inside.h"

#include <stdio.h>

#include "base/json.h"
#include "crypt/encode.h"

enum { CONTACTS = 8, PAGE = 100 };

static void
say_account(struct acme_call *c, int status)
{
	char        url[ACME_URL + 48];
	struct buf *b = acme_say(c, status, "application/json");

	snprintf(url, sizeof url, "%s/acme/orders/%lld", c->acme->base, (long long)c->account.id);
	json_value_open(b, '{');
	json_text(b, "status", acme_state_text(c->account.state));
	buf_format(b, ",\"contact\":%s", c->account.contact);
	json_text(b, "orders", url);
	json_close(b, '}');
	exchange_line(c->x, "Location", "%s/acme/account/%lld", c->acme->base, (long long)c->account.id);
}

/* mailto: and one address, without what RFC 8555 section 7.3 forbids. */
static bool
is_mail(const char *text)
{
	const char *at = strchr(text, '@');

	return strncmp(text, "mailto:", 7) == 0 && at && at > text + 7 && at[1] && !strchr(at + 1, '@') && !strpbrk(text, ",?");
}

/* The contacts of the payload as the account keeps them; false: a problem was told. */
static bool
take_contact(struct acme_call *c)
{
	const json_t *list = json_object_get(c->payload, "contact");
	struct buf    b = buf_over(c->account.contact, sizeof c->account.contact);

	if (list && (!json_is_array(list) || json_array_size(list) > CONTACTS)) {
		acme_problem(c, PROBLEM_MALFORMED, "the contacts are a list of at most %d", CONTACTS);
		return false;
	}
	json_value_open(&b, '[');
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));
		if (!text || !is_mail(text)) {
			bool other = text && strncmp(text, "mailto:", 7) && strchr(text, ':');
			acme_problem(c, other ? PROBLEM_UNSUPPORTED_CONTACT : PROBLEM_INVALID_CONTACT, "a contact is mailto: and one address");
			return false;
		}
		json_text(&b, NULL, text);
	}
	json_close(&b, ']');
	if (!buf_ok(&b) || b.len == b.cap) {
		acme_problem(c, PROBLEM_INVALID_CONTACT, "the contacts are longer than is kept");
		return false;
	}
	(void)buf_string(&b);
	return true;
}

/* The account's key again, under the MAC of a binding (section 7.3.4). */
static bool
bound(struct acme_call *c, json_t *inner, struct acme_binding *out)
{
	struct acme   *a = c->acme;
	struct jws    *j = &a->inner;
	struct jws_key key;
	char          *text = json_dumps(inner, JSON_COMPACT);
	enum jws_fault f = text ? jws_parse(bytes_text(text), JWS_BINDING, j) : JWS_MALFORMED;

	if (f)
		acme_problem(c, f == JWS_BAD_ALGORITHM ? PROBLEM_BAD_ALGORITHM : PROBLEM_MALFORMED, "of the binding: %s", text ? j->why : "it does not fit");
	free(text);
	if (f)
		return false;
	const char *why = strcmp(j->url, a->jws.url) ? "it is for another url" : jws_key_parse(j->payload, &key);
	if (!why && memcmp(key.thumbprint, a->jws.key.thumbprint, sizeof key.thumbprint))
		why = "it is for another key";
	if (why) {
		acme_problem(c, PROBLEM_MALFORMED, "of the binding: %s", why);
		return false;
	}
	enum err e = a->store.binding(a->store.at, j->kid, out);
	if (e && e != ERR_NOTFOUND)
		return !acme_failed(c, e);
	if (e || !out->has_key || !jws_verify_mac(j, out->key) || out->account) {
		acme_problem(c, PROBLEM_UNAUTHORIZED, "the binding is not known here, its MAC does not hold, or it was used before: `paravent pki eab` makes one");
		return false;
	}
	return true;
}

/* By whose leave; false: a problem was told. */
static bool
find_binding(struct acme_call *c, struct acme_binding *out)
{
	struct acme *a = c->acme;
	json_t      *inner = json_object_get(c->payload, "externalAccountBinding");
	char         kid[ACME_KID];
	struct buf   b = buf_over(kid, sizeof kid);

	if (inner)
		return bound(c, inner, out);
	encode_base64url(bytes_of(a->jws.key.thumbprint, 32), &b);
	enum err e = a->store.binding(a->store.at, buf_string(&b), out);
	if (e && e != ERR_NOTFOUND)
		return !acme_failed(c, e);
	if (e || out->has_key || out->account) {
		acme_problem(c, PROBLEM_BINDING_REQUIRED, "an account needs a binding to a device: `paravent pki eab DEVICE` makes one, or admits this key (thumbprint %s) with --account-key", kid);
		return false;
	}
	return true;
}

void
acme_new_account(struct acme_call *c)
{
	struct acme        *a = c->acme;
	struct acme_binding by;
	enum err            e = a->store.account_of(a->store.at, a->jws.key.thumbprint, &c->account);

	if (e != ERR_NOTFOUND) {
		if (acme_failed(c, e))
			return;
		if (c->account.state == ACME_VALID)
			say_account(c, 200);
		else
			acme_problem(c, PROBLEM_UNAUTHORIZED, "the account of this key is %s", acme_state_text(c->account.state));
		return;
	}
	if (json_is_true(json_object_get(c->payload, "onlyReturnExisting"))) {
		acme_problem(c, PROBLEM_NO_ACCOUNT, "there is no account of this key");
		return;
	}
	c->account = (struct acme_account){ .state = ACME_VALID, .made = c->x->now.us / INSTANT_SECOND, .spki_len = a->jws.key.len };
	if (!take_contact(c) || !find_binding(c, &by))
		return;
	memcpy(c->account.thumbprint, a->jws.key.thumbprint, sizeof c->account.thumbprint);
	memcpy(c->account.spki, a->jws.key.spki, a->jws.key.len);
	memcpy(c->account.device, by.device, sizeof c->account.device);
	memcpy(c->account.profile, by.profile, sizeof c->account.profile);
	if (!acme_failed(c, a->store.put_account(a->store.at, &c->account)) && !acme_failed(c, a->store.bind(a->store.at, by.kid, c->account.id)))
		say_account(c, 201);
}

void
acme_account(struct acme_call *c)
{
	const char *status = json_string_value(json_object_get(c->payload, "status"));

	if (c->number != c->account.id || *c->rest) {
		acme_problem(c, PROBLEM_UNAUTHORIZED, "this is another's account");
		return;
	}
	if (json_object_get(c->payload, "contact") && !take_contact(c))
		return;
	if (status && strcmp(status, "deactivated") == 0)
		c->account.state = ACME_DEACTIVATED;
	else if (status && strcmp(status, "valid")) {
		acme_problem(c, PROBLEM_MALFORMED, "an account's status can become deactivated alone");
		return;
	}
	if (!c->payload || !acme_failed(c, c->acme->store.put_account(c->acme->store.at, &c->account)))
		say_account(c, 200);
}

/* Section 7.3.5: the new key signs, within what the old key signs, that it takes the account over. */
static const char *
change_fault(struct acme_call *c, struct jws *inner)
{
	json_t        *o = json_loadb((const char *)inner->payload.at, inner->payload.len, JSON_REJECT_DUPLICATES, NULL);
	const char    *account = json_string_value(json_object_get(o, "account")), *why = NULL;
	char          *old = json_dumps(json_object_get(o, "oldKey"), JSON_COMPACT);
	struct jws_key key;

	if (!jws_verify(inner, &inner->key))
		why = "the new key's signature does not hold";
	else if (strcmp(inner->url, c->acme->jws.url))
		why = "the two are for different urls";
	else if (!account || acme_account_number(c->acme, account) != c->account.id)
		why = "it names another account";
	else if (!old || jws_key_parse(bytes_text(old), &key) || memcmp(key.thumbprint, c->account.thumbprint, sizeof key.thumbprint))
		why = "its old key is not the account's";
	free(old);
	json_decref(o);
	return why;
}

void
acme_key_change(struct acme_call *c)
{
	struct acme        *a = c->acme;
	struct acme_account other;
	enum jws_fault      f = jws_parse(a->jws.payload, JWS_INNER, &a->inner);

	if (f) {
		acme_problem(c, f == JWS_BAD_ALGORITHM ? PROBLEM_BAD_ALGORITHM : f == JWS_BAD_KEY ? PROBLEM_BAD_PUBLIC_KEY : PROBLEM_MALFORMED, "of the new key: %s", a->inner.why);
		return;
	}
	const char *why = change_fault(c, &a->inner);
	if (why) {
		acme_problem(c, PROBLEM_MALFORMED, "%s", why);
		return;
	}
	enum err e = a->store.account_of(a->store.at, a->inner.key.thumbprint, &other);
	if (e != ERR_NOTFOUND) {
		if (acme_failed(c, e))
			return;
		acme_problem(c, PROBLEM_KEY_IN_USE, "the new key is an account's already");
		exchange_line(c->x, "Location", "%s/acme/account/%lld", a->base, (long long)other.id);
		return;
	}
	memcpy(c->account.thumbprint, a->inner.key.thumbprint, sizeof c->account.thumbprint);
	memcpy(c->account.spki, a->inner.key.spki, a->inner.key.len);
	c->account.spki_len = a->inner.key.len;
	if (!acme_failed(c, a->store.put_account(a->store.at, &c->account)))
		say_account(c, 200);
}

void
acme_orders(struct acme_call *c)
{
	int64_t  id[PAGE];
	unsigned n = PAGE;
	char     url[ACME_URL + 48];
	int64_t  after = bytes_begin(bytes_text(c->x->query), "cursor=") ? strtoll(c->x->query + 7, NULL, 10) : 0;

	if (c->number != c->account.id || *c->rest) {
		acme_problem(c, PROBLEM_UNAUTHORIZED, "these are another's orders");
		return;
	}
	if (acme_failed(c, c->acme->store.orders(c->acme->store.at, c->account.id, after, id, &n)))
		return;
	struct buf *b = acme_say(c, 200, "application/json");
	json_value_open(b, '{');
	json_open(b, "orders", '[');
	for (unsigned i = 0; i < n; i++) {
		snprintf(url, sizeof url, "%s/acme/order/%lld", c->acme->base, (long long)id[i]);
		json_text(b, NULL, url);
	}
	json_close(b, ']');
	json_close(b, '}');
	if (n == PAGE)
		exchange_line(c->x, "Link", "<%s/acme/orders/%lld?cursor=%lld>;rel=\"next\"", c->acme->base, (long long)c->account.id, (long long)id[n - 1]);
}
