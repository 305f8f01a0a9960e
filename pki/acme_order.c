/* acme_order: orders, from names to a certificate (RFC 8555 section 7.4). */
#include "pki/acme_inside.h"

#include <stdio.h>

#include "base/json.h"
#include "crypt/encode.h"
#include "crypt/pem.h"
#include "wire/der.h"

enum { TICKET = 40 };

static struct acme_authorization names[ACME_NAMES];
static struct acme_certificate   certificate;

/* --- what an order is -------------------------------------------------------------------- */

static int64_t
seconds(const struct acme_call *c)
{
	return c->x->now.us / INSTANT_SECOND;
}

static const char *
ticket_of(const struct acme_order *o, char out[static TICKET])
{
	snprintf(out, TICKET, "acme order %lld", (long long)o->id);
	return out;
}

/* What became of it since it was kept; false: a problem was told. */
static bool
look_again(struct acme_call *c, struct acme_order *o)
{
	struct acme            *a = c->acme;
	enum acme_state         was = o->state;
	char                    ticket[TICKET];

	if ((o->state == ACME_PENDING || o->state == ACME_READY) && o->expires < seconds(c)) {
		o->state = ACME_INVALID;
		snprintf(o->says, sizeof o->says, "it was not finished in time");
	}
	if (o->state == ACME_PROCESSING) {
		enum acme_verdict v = a->host.decided(a->host.at, ticket_of(o, ticket), o->serial);
		if (v == ACME_ISSUED) {
			if (acme_failed(c, a->store.certificate(a->store.at, o->serial, &certificate)))
				return false;
			o->certified = true;
			o->state = ACME_VALID;
			o->expires = certificate.until;
		} else if (v == ACME_REFUSED) {
			o->state = ACME_INVALID;
			snprintf(o->says, sizeof o->says, "a person denied it");
		}
	}
	return o->state == was || !acme_failed(c, a->store.put_order(a->store.at, o));
}

/* As RFC 9773 section 4.1 has it; nothing if the certificate is not to be found. */
static void
put_certificate_id(struct buf *b, const struct acme *a, const uint8_t serial[static ACME_SERIAL])
{
	struct x509 says;

	if (a->store.certificate(a->store.at, serial, &certificate) || x509_parse(bytes_of(certificate.der, certificate.len), &says))
		return;
	encode_base64url(says.authority_key, b);
	buf_u8(b, '.');
	encode_base64url(says.serial, b);
}

static void
put_names(struct buf *b, const struct acme *a, unsigned n)
{
	char url[ACME_URL + 48];

	json_open(b, "identifiers", '[');
	for (unsigned i = 0; i < n; i++) {
		json_open(b, NULL, '{');
		json_text(b, "type", names[i].ip ? "ip" : "dns");
		json_text(b, "value", names[i].name);
		json_close(b, '}');
	}
	json_close(b, ']');
	json_open(b, "authorizations", '[');
	for (unsigned i = 0; i < n; i++) {
		snprintf(url, sizeof url, "%s/acme/authorization/%lld", a->base, (long long)names[i].id);
		json_text(b, NULL, url);
	}
	json_close(b, ']');
}

static void
say_order(struct acme_call *c, int status, const struct acme_order *o)
{
	struct acme *a = c->acme;
	unsigned     n = ACME_NAMES;
	char         url[ACME_URL + 64], hex[2 * ACME_SERIAL + 1], id[96];
	struct buf   h = buf_over(hex, sizeof hex), i = buf_over(id, sizeof id);

	if (acme_failed(c, a->store.authorizations(a->store.at, o->id, names, &n)))
		return;
	struct buf *b = acme_say(c, status, "application/json");
	json_value_open(b, '{');
	json_text(b, "status", acme_state_text(o->state));
	acme_time(b, "expires", o->expires);
	put_names(b, a, n);
	snprintf(url, sizeof url, "%s/acme/finalize/%lld", a->base, (long long)o->id);
	json_text(b, "finalize", url);
	if (o->certified) {
		buf_hex(&h, bytes_of(o->serial, sizeof o->serial));
		snprintf(url, sizeof url, "%s/acme/certificate/%s", a->base, buf_string(&h));
		json_text(b, "certificate", url);
	}
	if (o->replacing) {
		put_certificate_id(&i, a, o->replaces);
		json_text_if(b, "replaces", buf_string(&i));
	}
	if (o->state == ACME_INVALID) {
		json_open(b, "error", '{');
		json_text(b, "type", "urn:ietf:params:acme:error:unauthorized");
		json_text(b, "detail", o->says);
		json_close(b, '}');
	}
	json_close(b, '}');
	exchange_line(c->x, "Location", "%s/acme/order/%lld", a->base, (long long)o->id);
	if (o->state == ACME_PROCESSING)
		exchange_line(c->x, "Retry-After", "%d", ACME_WAIT_S);
	else if (o->state == ACME_PENDING)
		exchange_line(c->x, "Retry-After", "%d", ACME_RETRY_S);
}

/* The order of the path, if it is the account's; false: a problem was told. */
static bool
find(struct acme_call *c, struct acme_order *o)
{
	enum err e = c->acme->store.order(c->acme->store.at, c->number, o);

	if (e == ERR_NOTFOUND || (!e && (o->account != c->account.id || *c->rest)))
		acme_problem(c, PROBLEM_NOT_FOUND, "there is no such order of this account");
	else if (!acme_failed(c, e))
		return look_again(c, o);
	return false;
}

void
acme_order(struct acme_call *c)
{
	struct acme_order o;

	if (find(c, &o))
		say_order(c, 200, &o);
}

/* --- new ones ------------------------------------------------------------------------------ */

/* A name asked for, as it is kept; false: a problem was told. */
static bool
take_name(struct acme_call *c, const json_t *identifier, struct acme_authorization *out)
{
	const char      *type = json_string_value(json_object_get(identifier, "type")), *value = json_string_value(json_object_get(identifier, "value"));
	struct addr      address;
	struct x509_name name = { .type = X509_NAME_DNS };
	struct buf       b = buf_over(out->name, sizeof out->name);
	const struct profile *p = profile_find(c->account.profile);

	if (!type || !value || (strcmp(type, "dns") && strcmp(type, "ip"))) {
		acme_problem(c, type && value ? PROBLEM_UNSUPPORTED_IDENTIFIER : PROBLEM_MALFORMED, "an identifier has a type, dns or ip, and a value");
		return false;
	}
	if ((out->ip = strcmp(type, "ip") == 0)) {
		/* One text for one address (RFC 8738 section 3). */
		if (addr_parse(bytes_text(value), &address) == OK)
			addr_print(address, &b);
		name = (struct x509_name){ X509_NAME_IP, addr_is_v4(address) ? bytes_of(address.b + 12, 4) : bytes_of(address.b, 16) };
		if (!bytes_equal(buf_bytes(&b), bytes_text(value))) {
			acme_problem(c, PROBLEM_MALFORMED, "an address is in its shortest text, as RFC 5952 has it");
			return false;
		}
		(void)buf_string(&b);
	} else {
		for (const char *s = value; *s; s++)
			buf_u8(&b, (uint8_t)(*s >= 'A' && *s <= 'Z' ? *s + 32 : *s));
		(void)buf_string(&b);
		name.value = bytes_text(value);
	}
	const char *fault = !p ? "the account's profile is not known any more" : issue_name_fault(&c->acme->issuer->ca, p, &name);
	if (fault) {
		char clean[128];
		bytes_clean(bytes_text(value), clean, sizeof clean);
		acme_problem(c, PROBLEM_REJECTED_IDENTIFIER, "%s: %s", clean, fault);
	}
	return !fault;
}

/* How many names; 0: a problem was told. */
static unsigned
take_names(struct acme_call *c)
{
	const json_t *list = json_object_get(c->payload, "identifiers");
	size_t        n = json_array_size(list);

	if (!n || n > ACME_NAMES) {
		acme_problem(c, PROBLEM_MALFORMED, "an order has 1 to %d identifiers", ACME_NAMES);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		names[i] = (struct acme_authorization){ .account = c->account.id, .state = ACME_PENDING, .tried = -1, .expires = seconds(c) + ACME_ORDER_LIVES_S };
		if (!take_name(c, json_array_get(list, i), &names[i]))
			return 0;
		for (size_t k = 0; k < i; k++)
			if (strcmp(names[k].name, names[i].name) == 0) {
				acme_problem(c, PROBLEM_MALFORMED, "%s stands there twice", names[i].name);
				return 0;
			}
	}
	return (unsigned)n;
}

/* The certificate to be replaced: ours, of the same device, and not replaced yet (RFC 9773 section 5).  false: a problem was told. */
static bool
take_replaced(struct acme_call *c, struct acme_order *o)
{
	struct acme            *a = c->acme;
	const json_t           *said = json_object_get(c->payload, "replaces");
	struct acme_certificate old;
	struct acme_order       other;

	if (!said)
		return true;
	if (!json_is_string(said) || !acme_certificate_id(a, json_string_value(said), o->replaces)) {
		acme_problem(c, PROBLEM_MALFORMED, "what it replaces is no certificate of this CA");
		return false;
	}
	enum err e = a->store.certificate(a->store.at, o->replaces, &old);
	if (e && e != ERR_NOTFOUND)
		return !acme_failed(c, e);
	if (e || strcmp(old.device, c->account.device)) {
		acme_problem(c, PROBLEM_UNAUTHORIZED, "what it replaces is no certificate of this account's device");
		return false;
	}
	e = a->store.order_for(a->store.at, o->replaces, &other);
	if (!e)
		acme_problem(c, PROBLEM_ALREADY_REPLACED, "order %lld replaces it already", (long long)other.id);
	else if (e != ERR_NOTFOUND)
		(void)acme_failed(c, e);
	o->replacing = true;
	return e == ERR_NOTFOUND;
}

/* false: a problem was told. */
static bool
within_limits(struct acme_call *c)
{
	struct acme_counts n;

	if (acme_failed(c, c->acme->store.count(c->acme->store.at, c->account.id, seconds(c), &n)))
		return false;
	const char *many = n.orders >= ACME_ORDERS ? "has 1000 orders that have not ended" : n.open >= ACME_OPEN ? "has 50 unfinished orders" :
	                   n.hourly >= ACME_HOURLY ? "made 300 orders within an hour" : n.failures >= ACME_FAILURES ? "failed 60 challenges within an hour" : NULL;
	if (many)
		acme_problem(c, PROBLEM_RATE_LIMITED, "this account %s", many);
	return !many;
}

void
acme_new_order(struct acme_call *c)
{
	struct acme      *a = c->acme;
	struct acme_order o = { .account = c->account.id, .state = ACME_PENDING, .made = seconds(c), .expires = seconds(c) + ACME_ORDER_LIVES_S };
	unsigned          n;

	if (json_object_get(c->payload, "notBefore") || json_object_get(c->payload, "notAfter")) {
		acme_problem(c, PROBLEM_MALFORMED, "how long a certificate lives is its profile's affair: leave notBefore and notAfter away");
		return;
	}
	if (!within_limits(c) || !(n = take_names(c)) || !take_replaced(c, &o) || acme_failed(c, a->store.put_order(a->store.at, &o)))
		return;
	for (unsigned i = 0; i < n; i++) {
		names[i].order = o.id;
		if (acme_failed(c, a->host.random(a->host.at, names[i].token)) || acme_failed(c, a->store.put_authorization(a->store.at, &names[i])))
			return;
	}
	say_order(c, 201, &o);
}

/* --- finalize ---------------------------------------------------------------------------------- */

/* The order's names are the request's, all of them and no others. */
static const char *
names_differ(const struct csr *r, unsigned n)
{
	bool             seen[ACME_NAMES] = { false };
	unsigned         found = 0;
	struct x509_name name;
	unsigned         all = 0;
	uint8_t          tag;

	for (struct cursor every = cursor_over(r->wants.names_der); cursor_left(&every); all++)
		(void)der_any(&every, &tag);
	for (struct bytes left = r->wants.names_der; x509_name_next(&left, &name); found++) {
		char       text[ACME_NAME];
		struct buf b = buf_over(text, sizeof text);
		unsigned   i = 0;
		if (name.type == X509_NAME_IP && (name.value.len == 4 || name.value.len == 16))
			addr_print(name.value.len == 4 ? addr_v4(name.value.at) : addr_v6(name.value.at), &b);
		else if (name.type == X509_NAME_DNS)
			buf_bytes_put(&b, name.value);
		(void)buf_string(&b);
		while (i < n && (seen[i] || names[i].ip != (name.type == X509_NAME_IP) || !bytes_equal_nocase(buf_bytes(&b), names[i].name)))
			i++;
		if (i == n)
			return "the request is for a name that the order is not for";
		seen[i] = true;
	}
	return found < n ? "the order is for a name that the request is not for" : all > found ? "the request is for a name of a kind that orders do not have" : NULL;
}

static const char *
request_fault(struct acme_call *c, struct bytes der, const struct acme_order *o, struct csr *r)
{
	unsigned       n = ACME_NAMES;
	struct jws_key key;

	if (csr_parse(der, r))
		return "it is no request for a certificate";
	if (acme_failed(c, c->acme->store.authorizations(c->acme->store.at, o->id, names, &n)))
		return NULL;
	if (jws_key_load(r->wants.spki, &key) == OK && memcmp(key.thumbprint, c->account.thumbprint, sizeof key.thumbprint) == 0)
		return "its key is the account's: make another (RFC 8555 section 11.1)";
	return names_differ(r, n);
}

static void
certify(struct acme_call *c, struct acme_order *o, const struct csr *r)
{
	struct acme            *a = c->acme;
	char                    ticket[TICKET];
	const char             *why = "";

	switch (a->host.issue(a->host.at, &c->account, r, ticket_of(o, ticket), o->serial, &why)) {
	case ACME_ISSUED:
		if (acme_failed(c, a->store.certificate(a->store.at, o->serial, &certificate)))
			return;
		o->certified = true;
		o->state = ACME_VALID;
		o->expires = certificate.until;
		break;
	case ACME_WAITS:
		o->state = ACME_PROCESSING;
		break;
	case ACME_REFUSED:
		/* The ledger tells of it: who is refused again and again pays with an order each time. */
		o->state = ACME_INVALID;
		snprintf(o->says, sizeof o->says, "%s", why);
		if (!acme_failed(c, a->store.put_order(a->store.at, o)))
			acme_problem(c, PROBLEM_BAD_CSR, "%s", why);
		return;
	case ACME_FAILED:
		(void)acme_failed(c, ERR_IO);
		return;
	}
	if (!acme_failed(c, a->store.put_order(a->store.at, o)))
		say_order(c, 200, o);
}

void
acme_finalize(struct acme_call *c)
{
	static uint8_t    room[ACME_DER];
	struct buf        der = buf_over(room, sizeof room);
	const char       *text = json_string_value(json_object_get(c->payload, "csr"));
	struct acme_order o;
	struct csr        r;

	if (!find(c, &o))
		return;
	if (o.state != ACME_READY) {
		acme_problem(c, PROBLEM_ORDER_NOT_READY, "the order is %s", acme_state_text(o.state));
		return;
	}
	if (!text || encode_base64url_parse(bytes_text(text), &der)) {
		acme_problem(c, PROBLEM_BAD_CSR, "the request (csr) is missing, is no base64url of DER, or is larger than 16 KiB");
		return;
	}
	const char *why = request_fault(c, buf_bytes(&der), &o, &r);
	if (why)
		acme_problem(c, PROBLEM_BAD_CSR, "%s", why);
	else if (c->kept)
		certify(c, &o, &r);
}

void
acme_certificate(struct acme_call *c)
{
	struct acme      *a = c->acme;
	struct acme_order o;
	struct x509       says;
	uint8_t           serial[ACME_SERIAL];

	enum err e = acme_serial(c->rest, serial) ? a->store.order_of(a->store.at, serial, &o) : ERR_NOTFOUND;
	if (e == ERR_NOTFOUND || (!e && o.account != c->account.id)) {
		acme_problem(c, PROBLEM_NOT_FOUND, "there is no such certificate of this account");
		return;
	}
	if (acme_failed(c, e) || acme_failed(c, a->store.certificate(a->store.at, serial, &certificate)))
		return;
	const struct x509 *issuer = x509_parse(bytes_of(certificate.der, certificate.len), &says) ? NULL : acme_issuer(a, says.authority_key);
	struct buf        *b = acme_say(c, 200, "application/pem-certificate-chain");
	pem_put("CERTIFICATE", bytes_of(certificate.der, certificate.len), b);
	if (issuer)
		pem_put("CERTIFICATE", issuer->whole, b);
}
