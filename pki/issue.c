/* issue: see issue.h. */
#include "pki/issue.h"

#include <stdio.h>

#include "crypt/verify.h"
#include "wire/der.h"

#define DEVICE_URN "urn:paravent:device:"
#define MAC_URN "urn:mac:"

/* The clocks of small devices run behind: a certificate is valid a little before it is issued. */
#define BEFORE (5 * 60 * INSTANT_SECOND)
#define DAY (86400 * INSTANT_SECOND)

/* --- names ---------------------------------------------------------------- */

/* Host names as RFC 1123 has them, in lower or upper case; no wildcard. */
static bool
is_host(struct bytes t)
{
	size_t label = 0;

	for (size_t i = 0; i < t.len; i++) {
		uint8_t c = t.at[i];
		bool    word = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
		bool    ends = i + 1 == t.len || t.at[i + 1] == '.';
		if (c == '.' ? !label : !word && (c != '-' || !label || ends))
			return false;
		label = c == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return t.len && t.len <= 253 && label;
}

static bool
is_text(struct bytes t, size_t most)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.at[i] <= ' ' || t.at[i] > '~')
			return false;
	return t.len && t.len <= most;
}

static bool
nocase_equal(struct bytes a, struct bytes b)
{
	for (size_t i = 0; a.len == b.len && i < a.len; i++)
		if (a.at[i] != b.at[i] && ((a.at[i] ^ b.at[i]) != 32 || (a.at[i] | 32) < 'a' || (a.at[i] | 32) > 'z'))
			return false;
	return a.len == b.len;
}

static const char *
name_form(const struct x509_name *n)
{
	if (n->type != X509_NAME_IP && bytes_find(n->value, 0) < n->value.len)
		return "a name holds a NUL";
	switch (n->type) {
	case X509_NAME_DNS: return is_host(n->value) ? NULL : "a DNS name is not a host's";
	case X509_NAME_IP:  return n->value.len == 4 || n->value.len == 16 ? NULL : "an address is neither IPv4 nor IPv6";
	case X509_NAME_URI: return !is_text(n->value, 128) ? "a URI is not printable, or is longer than 128" :
	                           bytes_begin(n->value, DEVICE_URN) || bytes_begin(n->value, MAC_URN) ? NULL : "a URI is neither " DEVICE_URN "… nor " MAC_URN "…";
	default:            return is_text(n->value, 128) ? NULL : "a mail address is not printable, or is longer than 128";
	}
}

/* Within one subtree of its kind, or no subtree is of its kind (RFC 5280 section 4.2.1.10). */
static bool
permitted(struct bytes subtrees, enum x509_name_type type, struct bytes value)
{
	bool any = false;

	for (struct cursor c = cursor_over(subtrees); cursor_left(&c);) {
		struct bytes     tree = der_take(&c, DER_SEQUENCE);
		struct x509_name base;
		if (!x509_name_next(&tree, &base) || base.type != type)
			continue;
		any = true;
		size_t n = base.value.len;
		if (type == X509_NAME_DNS && value.len >= n && nocase_equal(bytes_skip(value, value.len - n), base.value) && (value.len == n || value.at[value.len - n - 1] == '.'))
			return true;
		if (type == X509_NAME_IP && n == 2 * value.len) {
			size_t i = 0;
			while (i < value.len && !((value.at[i] ^ base.value.at[i]) & base.value.at[value.len + i]))
				i++;
			if (i == value.len)
				return true;
		}
	}
	return !any;
}

const char *
issue_name_fault(const struct x509 *ca, const struct profile *p, const struct x509_name *n)
{
	const char *fault = name_form(n);

	if (fault)
		return fault;
	if (!(p->names >> n->type & 1))
		return "a name is of a kind its profile does not have";
	return permitted(ca->permitted, n->type, n->value) ? NULL : "a name is outside what this CA may issue for";
}

const char *
issue_names_fault(const struct x509 *ca, const struct profile *p, const struct x509 *c)
{
	struct x509_name name[ISSUE_NAMES];
	unsigned         n = 0, kinds = 0;
	uint8_t          tag;

	for (struct cursor all = cursor_over(c->names_der); cursor_left(&all); kinds++)
		(void)der_any(&all, &tag);
	if (kinds > ISSUE_NAMES)
		return "it asks for more than 64 names";
	for (struct bytes left = c->names_der; x509_name_next(&left, &name[n]); n++) {
		const char *fault = issue_name_fault(ca, p, &name[n]);
		if (fault)
			return fault;
		for (unsigned i = 0; i < n; i++)
			if (name[i].type == name[n].type && (name[n].type != X509_NAME_IP ? nocase_equal(name[i].value, name[n].value) : bytes_equal(name[i].value, name[n].value)))
				return "a name stands there twice";
	}
	if (n < kinds)
		return "a name is of a kind not certified here: DNS, address, URI or mail";
	if (bytes_find(c->subject_cn, '.') < c->subject_cn.len && !permitted(ca->permitted, X509_NAME_DNS, c->subject_cn))
		return "its common name is outside what this CA may issue for";
	return p->named && !n ? "its profile needs a subjectAltName, and there is none" : NULL;
}

/* --- the decision --------------------------------------------------------- */

enum verify_algorithm
issue_algorithm(enum x509_algorithm a)
{
	switch (a) {
	case X509_RSA_SHA256:   return VERIFY_RSA_SHA256;
	case X509_RSA_SHA384:   return VERIFY_RSA_SHA384;
	case X509_RSA_SHA512:   return VERIFY_RSA_SHA512;
	case X509_RSA_PSS:      return VERIFY_RSA_PSS;
	case X509_ECDSA_SHA256: return VERIFY_ECDSA_SHA256;
	case X509_ECDSA_SHA384: return VERIFY_ECDSA_SHA384;
	case X509_ECDSA_SHA512: return VERIFY_ECDSA_SHA512;
	case X509_ED25519:      return VERIFY_ED25519;
	default:                return VERIFY_NONE; /* MD5, SHA-1 and SHA-224 among them */
	}
}

/*
 * The common name the certificate will have: of what is asked for by a DNS
 * name its first one, since programs that renew take it for one of them.
 */
static struct bytes
subject_of(const struct issue *i)
{
	struct x509_name n;

	for (struct bytes left = i->csr->wants.names_der; i->profile->named && x509_name_next(&left, &n);)
		if (n.type == X509_NAME_DNS && n.value.len <= 64)
			return n.value;
	return i->name ? bytes_text(i->name) : i->csr->wants.subject_cn;
}

const char *
issue_refused(const struct issuer *by, const struct issue *i)
{
	const struct csr      *r = i->csr;
	enum verify_algorithm  algorithm = issue_algorithm(r->algorithm);
	struct bytes           name = subject_of(i);
	const char            *fault;

	if (x509_algorithm_weak(r->algorithm))
		return "it is signed with MD5 or SHA-1";
	if ((fault = profile_key_fault(&r->wants)))
		return fault;
	if (algorithm == VERIFY_NONE)
		return "it is signed by an algorithm not taken here";
	if (r->wants.ca)
		return "it asks to be a CA";
	for (size_t k = 0; k < name.len; k++)
		if (name.at[k] < ' ' || name.at[k] > '~')
			return "its common name holds what is not printable";
	if (!name.len || name.len > 64)
		return "it has no common name of 1 to 64 characters, and --device names none";
	if ((fault = issue_names_fault(&by->ca, i->profile, &r->wants)))
		return fault;
	if (!verify_certificate(r->info, r->signature, algorithm, r->wants.spki))
		return "who sent it does not hold its private key: the signature does not hold";
	if (i->now.us + DAY > by->ca.not_after.us)
		return "the CA's own certificate ends within a day";
	return NULL;
}

static bool
is_card(struct bytes text, const struct policy_device *d)
{
	struct mac m;

	return mac_parse(text, &m) == OK && (mac_equal(m, d->card) || (!mac_zero(d->second_card) && mac_equal(m, d->second_card)));
}

const char *
issue_doubtful(const struct issue *i)
{
	const struct policy_device *d = i->device;
	struct x509_name            n;

	if (!d)
		return "the policy knows no such device";
	for (struct bytes left = i->csr->wants.names_der; x509_name_next(&left, &n);) {
		struct bytes label = bytes_head(n.value, bytes_find(n.value, '.'));
		if (n.type == X509_NAME_DNS && !nocase_equal(label, bytes_text(d->name)))
			return "a DNS name does not begin with the device's name";
		if (n.type == X509_NAME_IP && !addr_equal(n.value.len == 4 ? addr_v4(n.value.at) : addr_v6(n.value.at), d->address))
			return "an address is not the device's as the policy has it";
		if (n.type == X509_NAME_URI && bytes_begin(n.value, DEVICE_URN) && !bytes_equal(bytes_skip(n.value, strlen(DEVICE_URN)), bytes_text(d->name)))
			return "a device's identity is another device's";
		if (n.type == X509_NAME_URI && bytes_begin(n.value, MAC_URN) && !is_card(bytes_skip(n.value, strlen(MAC_URN)), d))
			return "a card is not the device's as the policy has it";
		if (n.type == X509_NAME_EMAIL)
			return "a mail address is no device's";
	}
	return NULL;
}

void
issue_file(const char *stem, unsigned generation, const char *ending, char out[static ISSUE_FILE])
{
	if (generation > 1)
		snprintf(out, ISSUE_FILE, "%.20s.%u%.8s", stem, generation, ending);
	else
		snprintf(out, ISSUE_FILE, "%.20s%.8s", stem, ending);
}

void
issue_list(unsigned generation, unsigned shard, char out[static ISSUE_FILE])
{
	char of[16] = "";

	if (generation > 1)
		snprintf(of, sizeof of, "%u.", generation);
	if (shard == ISSUE_SHARDS)
		snprintf(out, ISSUE_FILE, "crl/%sfull.crl", of);
	else
		snprintf(out, ISSUE_FILE, "crl/%s%u.crl", of, shard);
}

void
issue_print(const struct issuer *by, const struct issue *i, struct buf *tbs)
{
	static uint8_t room[ISSUE_TBS], value_room[ISSUE_TBS];
	uint8_t      subject_room[BODY_NAME];
	char         name[65], crl[ISSUE_FILE + 1] = "/", issuing[ISSUE_FILE + 4] = "/ca/";
	struct buf   x = buf_over(room, sizeof room), value = buf_over(value_room, sizeof value_room), subject = buf_over(subject_room, sizeof subject_room);
	struct bytes cn = subject_of(i), names = i->csr->wants.names_der;
	unsigned     days = i->days && i->days < i->profile->days ? i->days : i->profile->days;
	int64_t      until = i->now.us / INSTANT_SECOND * INSTANT_SECOND + days * DAY;

	snprintf(name, sizeof name, "%.*s", (int)cn.len, (const char *)cn.at);
	issue_list(by->generation, issue_shard(i->serial), crl + 1);
	issue_file("issuing", by->generation, ".cer", issuing + 4);
	body_name(NULL, name, &subject);
	body_constraints(false, -1, &x);
	body_usage(i->profile->usage, &x);
	if (i->profile->purposes)
		body_purposes(i->profile->purposes, &x);
	body_keys(i->csr->wants.spki, by->ca.subject_key, &x);
	if (names.len) {
		der_put(&value, DER_SEQUENCE, names);
		body_extension(bytes_text("\x55\x1d\x11"), false, buf_bytes(&value), &x);
	}
	if (i->profile->nocheck)
		body_extension(bytes_text("\x2b\x06\x01\x05\x05\x07\x30\x01\x05"), false, bytes_of("\x05\x00", 2), &x);
	body_places(by->url, true, issuing, crl, &x);
	struct body f = {
		.algorithm = by->algorithm,
		.issuer = by->ca.subject,
		.subject = buf_bytes(&subject),
		.spki = i->csr->wants.spki,
		.from = { i->now.us - BEFORE > by->ca.not_before.us ? i->now.us - BEFORE : by->ca.not_before.us },
		.until = { until < by->ca.not_after.us ? until : by->ca.not_after.us },
		.extensions = buf_bytes(&x),
	};
	memcpy(f.serial, i->serial, sizeof f.serial);
	body_print(&f, tbs);
	tbs->full |= !buf_ok(&x) || !buf_ok(&value) || !buf_ok(&subject);
}
