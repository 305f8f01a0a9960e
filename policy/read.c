/*
 * read: a table of sections, a table of fields each; one function a type of
 * field.  Extending the file's language is adding a row.
 */
#include "policy/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

struct reader {
	yaml_document_t    doc;
	struct read_error *error;
	struct policy     *policy;
};

typedef bool field_fn(struct reader *, yaml_node_t *, void *);

struct field {
	const char *key;
	field_fn   *read;
	size_t      at; /* in the record */
	bool        must;
};

static bool
fail(struct reader *r, const yaml_node_t *n, const char *what, const char *which)
{
	r->error->line = n ? n->start_mark.line + 1 : 0;
	r->error->column = n ? n->start_mark.column + 1 : 0;
	snprintf(r->error->words, sizeof r->error->words, "%s%s%s", what, which ? ": " : "", which ? which : "");
	return false;
}

static const char *
text_of(const yaml_node_t *n)
{
	return n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : NULL;
}

static bool
name_field(struct reader *r, yaml_node_t *n, void *out)
{
	const char *t = text_of(n);

	if (!t || !*t || strlen(t) >= 36)
		return fail(r, n, "a name of 1 to 35 characters is wanted here", t);
	snprintf(out, 36, "%s", t);
	return true;
}

/* A name that may stand in a metric's label or a file's name. */
static bool
label_field(struct reader *r, yaml_node_t *n, void *out)
{
	const char *t = text_of(n);

	if (t && t[strspn(t, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")])
		return fail(r, n, "a name of letters, digits, dots, - and _ is wanted here", t);
	return name_field(r, n, out);
}

static bool
card_field(struct reader *r, yaml_node_t *n, void *out)
{
	const char *t = text_of(n);
	return t && mac_parse(bytes_text(t), out) == OK ? true : fail(r, n, "a card is wanted here, like 00:09:fb:00:00:21", t);
}

static bool
addr_field(struct reader *r, yaml_node_t *n, void *out)
{
	const char *t = text_of(n);
	return t && addr_parse(bytes_text(t), out) == OK ? true : fail(r, n, "an IPv4 or IPv6 address is wanted here", t);
}

static bool
port_field(struct reader *r, yaml_node_t *n, void *out)
{
	const char *t = text_of(n);
	char       *end;
	long        v = t ? strtol(t, &end, 10) : 0;

	if (!t || *end || v < 1 || v > 65535)
		return fail(r, n, "a port of 1 to 65535 is wanted here", t);
	*(uint16_t *)out = (uint16_t)v;
	return true;
}

static bool
prefix_field(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_prefix *p = out;
	const char           *t = text_of(n), *slash = t ? strchr(t, '/') : NULL;
	char                 *end = NULL;

	memset(p, 0, sizeof *p);
	if (t && strcmp(t, "any") == 0) {
		p->any = true;
		return true;
	}
	for (uint32_t i = 0; t && i < r->policy->zones; i++)
		if (strcmp(r->policy->zone[i].name, t) == 0) {
			*p = r->policy->zone[i].subnet;
			return true;
		}
	for (uint32_t i = 0; t && i < r->policy->devices; i++)
		if (strcmp(r->policy->device[i].name, t) == 0) {
			p->addr = r->policy->device[i].address;
			p->bits = addr_is_v4(p->addr) ? 32 : 128;
			return true;
		}
	struct bytes a = t ? bytes_of(t, slash ? (size_t)(slash - t) : strlen(t)) : bytes_of("", 0);
	if (!t || addr_parse(a, &p->addr))
		return fail(r, n, "a zone or device named above, a subnet like 10.20.3.0/24, or any, is wanted here", t);
	long most = addr_is_v4(p->addr) ? 32 : 128, bits = slash ? strtol(slash + 1, &end, 10) : most;
	if (slash && (*end || !slash[1] || bits < 0 || bits > most))
		return fail(r, n, "the length of this prefix is not possible", t);
	p->bits = (uint8_t)bits;
	return true;
}

static bool
bool_field(struct reader *r, yaml_node_t *n, void *out)
{
	const char *t = text_of(n);
	bool        yes = t && (!strcmp(t, "true") || !strcmp(t, "yes") || !strcmp(t, "required") || !strcmp(t, "mutual"));

	if (!yes && !(t && (!strcmp(t, "false") || !strcmp(t, "no") || !strcmp(t, "none"))))
		return fail(r, n, "true or false (or required, mutual, none) is wanted here", t);
	*(bool *)out = yes;
	return true;
}

static bool
security_field(struct reader *r, yaml_node_t *n, void *out)
{
	/* In the order of wire/dot11: the higher the stronger. */
	static const char *const name[] = { "open", "wep", "owe", "wpa", "wpa2-personal", "wpa2-enterprise", "wpa3-personal", "wpa3-enterprise" };
	const char              *t = text_of(n);

	for (uint8_t i = 0; t && i < sizeof name / sizeof *name; i++)
		if (strcmp(t, name[i]) == 0) {
			*(uint8_t *)out = i;
			return true;
		}
	return fail(r, n, "open, wep, owe, wpa, wpa2-personal, wpa2-enterprise, wpa3-personal or wpa3-enterprise is wanted here", t);
}

static bool
pin(struct reader *r, yaml_node_t *n, uint8_t out[32])
{
	const char *t = text_of(n);
	char        two[3] = "";

	if (!t || strlen(t) != 64 || strspn(t, "0123456789abcdefABCDEF") != 64)
		return fail(r, n, "a pin is the SHA-256 of the SubjectPublicKeyInfo in 64 hexadecimal digits", t);
	for (int i = 0; i < 32; i++) {
		memcpy(two, t + 2 * i, 2);
		out[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	return true;
}

/* Calls each for every item of a sequence. */
static bool
items(struct reader *r, yaml_node_t *n, bool (*each)(struct reader *, yaml_node_t *, void *), void *out)
{
	if (n->type != YAML_SEQUENCE_NODE)
		return fail(r, n, "a list is wanted here", NULL);
	for (yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top; i++)
		if (!each(r, yaml_document_get_node(&r->doc, *i), out))
			return false;
	return true;
}

static bool
one_pin(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_service *s = out;
	return s->pins == POLICY_PINS ? fail(r, n, "no more than 4 pins a service", NULL) : pin(r, n, s->pin[s->pins++]);
}

static bool
pins_field(struct reader *r, yaml_node_t *n, void *out)
{
	return items(r, n, one_pin, (uint8_t *)out - offsetof(struct policy_service, pins));
}

static bool
one_bssid(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_ssid *s = out;
	return s->bssids == POLICY_BSSIDS ? fail(r, n, "no more than 16 BSSIDs a network", NULL) : card_field(r, n, &s->bssid[s->bssids++]);
}

static bool
bssids_field(struct reader *r, yaml_node_t *n, void *out)
{
	return items(r, n, one_bssid, (uint8_t *)out - offsetof(struct policy_ssid, bssids));
}

static bool
one_rewrite(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_message *m = out;
	const char            *t = text_of(n);

	if (m->rewrites == POLICY_REWRITES)
		return fail(r, n, "no more than 24 fields a rule", NULL);
	if (!t || !*t || strlen(t) >= POLICY_FIELD)
		return fail(r, n, "the name of a field is wanted here, like OBX.3, (0010,0010) or /valueQuantity/value", t);
	snprintf(m->rewrite[m->rewrites++], POLICY_FIELD, "%s", t);
	return true;
}

static bool
rewrites_field(struct reader *r, yaml_node_t *n, void *out)
{
	return items(r, n, one_rewrite, (uint8_t *)out - offsetof(struct policy_message, rewrites));
}

static bool
one_originate(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_message *m = out;
	const char            *t = text_of(n);

	if (m->originates == POLICY_ORIGINATES)
		return fail(r, n, "no more than 8 types a rule", NULL);
	if (!t || !*t || strlen(t) >= POLICY_TYPE)
		return fail(r, n, "a type of message is wanted here, like ORU^R01", t);
	snprintf(m->originate[m->originates++], POLICY_TYPE, "%s", t);
	return true;
}

static bool
originates_field(struct reader *r, yaml_node_t *n, void *out)
{
	return items(r, n, one_originate, (uint8_t *)out - offsetof(struct policy_message, originates));
}

static bool
class_field(struct reader *r, yaml_node_t *n, void *out)
{
	/* In the order of enum message_class. */
	static const char *const name[] = { "other", "alarm", "vitals", "result", "order", "image" };
	const char              *t = text_of(n);

	for (uint8_t i = 0; t && i < sizeof name / sizeof *name; i++)
		if (strcmp(t, name[i]) == 0) {
			*(uint8_t *)out = (uint8_t)(i + 1);
			return true;
		}
	return fail(r, n, "alarm, vitals, result, order, image or other is wanted here", t);
}

static bool
milliseconds_field(struct reader *r, yaml_node_t *n, void *out)
{
	const char *t = text_of(n);
	char       *end;
	long        v = t ? strtol(t, &end, 10) : 0;

	if (!t || *end || v < 1 || v > 86400000)
		return fail(r, n, "milliseconds are wanted here, from 1 to 86400000 (a day)", t);
	*(uint32_t *)out = (uint32_t)v;
	return true;
}

static bool
days_field(struct reader *r, yaml_node_t *n, void *out)
{
	const char *t = text_of(n);
	char       *end;
	long        v = t ? strtol(t, &end, 10) : 0;

	if (!t || *end || v < 1 || v > 3650)
		return fail(r, n, "days are wanted here, from 1 to 3650", t);
	*(uint16_t *)out = (uint16_t)v;
	return true;
}

/* A whole number of this size, between least and most. */
static bool
whole_number(struct reader *r, yaml_node_t *n, long least, long most, const char *wanted, long *out)
{
	const char *t = text_of(n);
	char       *end;

	*out = t ? strtol(t, &end, 10) : least - 1;
	return t && *t && !*end && *out >= least && *out <= most ? true : fail(r, n, wanted, t);
}

static bool
rate_field(struct reader *r, yaml_node_t *n, void *out)
{
	long v;

	if (!whole_number(r, n, 1, 1000000, "a number of messages is wanted here, from 1 to 1000000", &v))
		return false;
	*(uint32_t *)out = (uint32_t)v;
	return true;
}

static bool
kib_field(struct reader *r, yaml_node_t *n, void *out)
{
	long v;

	if (!whole_number(r, n, 16, 65536, "KiB are wanted here, from 16 to 65536", &v))
		return false;
	*(uint32_t *)out = (uint32_t)v;
	return true;
}

static bool
weight_field(struct reader *r, yaml_node_t *n, void *out)
{
	long v;

	if (!whole_number(r, n, 0, 256, "a weight of 0 to 256 is wanted here", &v))
		return false;
	*(uint16_t *)out = (uint16_t)v;
	return true;
}

static bool
seconds_field(struct reader *r, yaml_node_t *n, void *out)
{
	long v;

	if (!whole_number(r, n, 1, 3600, "seconds are wanted here, from 1 to 3600", &v))
		return false;
	*(uint16_t *)out = (uint16_t)v;
	return true;
}

static bool
percent_field(struct reader *r, yaml_node_t *n, void *out)
{
	long v;

	if (!whole_number(r, n, 0, 100, "a percentage of 0 to 100 is wanted here", &v))
		return false;
	*(uint8_t *)out = (uint8_t)v;
	return true;
}

static bool
text_field(struct reader *r, yaml_node_t *n, char *out, size_t cap, const char *wanted)
{
	const char *t = text_of(n);

	if (!t || !*t || strlen(t) >= cap)
		return fail(r, n, wanted, t);
	snprintf(out, cap, "%s", t);
	return true;
}

static bool
path_field(struct reader *r, yaml_node_t *n, void *out)
{
	return text_field(r, n, out, POLICY_PATH, "a path or URL of up to 159 characters is wanted here");
}

static bool
host_field(struct reader *r, yaml_node_t *n, void *out)
{
	return text_field(r, n, out, POLICY_NAME + 16, "a name of up to 63 characters is wanted here");
}

/* ADDRESS:PORT, [IPV6]:PORT: an address, and the port behind it in the record. */
static bool
socket_field(struct reader *r, yaml_node_t *n, struct addr *address, uint16_t *port)
{
	const char *t = text_of(n), *colon = t ? strrchr(t, ':') : NULL;
	char       *end = NULL;
	long        v = colon ? strtol(colon + 1, &end, 10) : 0;
	size_t      len = colon ? (size_t)(colon - t) : 0, skip = t && *t == '[';

	if (!colon || *end || v < 1 || v > 65535 || (skip && (len < 2 || t[len - 1] != ']')) || addr_parse(bytes_of(t + skip, len - 2 * skip), address))
		return fail(r, n, "an address and a port are wanted here, like 10.20.0.1:6661 or [fd00::1]:6661", t);
	*port = (uint16_t)v;
	return true;
}

static bool
listen_field(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_route *w = (struct policy_route *)(void *)((uint8_t *)out - offsetof(struct policy_route, listen));
	return socket_field(r, n, &w->listen, &w->port);
}

static bool
backend_address_field(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_backend *b = (struct policy_backend *)(void *)((uint8_t *)out - offsetof(struct policy_backend, address));
	return socket_field(r, n, &b->address, &b->port);
}

static bool
bypass_field(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_route *w = (struct policy_route *)(void *)((uint8_t *)out - offsetof(struct policy_route, bypass));
	return socket_field(r, n, &w->bypass, &w->bypass_port);
}

static bool
title_field(struct reader *r, yaml_node_t *n, void *out)
{
	return text_field(r, n, out, POLICY_TITLE, "an AE title, or APPLICATION|FACILITY, of up to 23 characters is wanted here");
}

/* One of a list of words, as its place in the list. */
static bool
word(struct reader *r, yaml_node_t *n, const char *const *names, const char *wanted, uint8_t *out)
{
	const char *t = text_of(n);

	for (uint8_t i = 0; t && names[i]; i++)
		if (strcmp(t, names[i]) == 0) {
			*out = i;
			return true;
		}
	return fail(r, n, wanted, t);
}

static bool
protocol_field(struct reader *r, yaml_node_t *n, void *out)
{
	return word(r, n, (const char *const[]){ "tcp", "mllp", "dicom", NULL }, "mllp, dicom or tcp is wanted here", out);
}

static bool
mode_field(struct reader *r, yaml_node_t *n, void *out)
{
	return word(r, n, (const char *const[]){ "terminate", "wrap", "unwrap", "passthrough", NULL }, "terminate, wrap, unwrap or passthrough is wanted here", out);
}

static bool
mutual_field(struct reader *r, yaml_node_t *n, void *out)
{
	return word(r, n, (const char *const[]){ "required", "optional", NULL }, "required or optional is wanted here", out);
}

static bool
revocation_field(struct reader *r, yaml_node_t *n, void *out)
{
	return word(r, n, (const char *const[]){ "soft", "hard", NULL }, "soft or hard is wanted here", out);
}

static bool
fail_field(struct reader *r, yaml_node_t *n, void *out)
{
	return word(r, n, (const char *const[]){ "open", "closed", NULL }, "open or closed is wanted here", out);
}

/* A list of texts in an array of rows, and their number behind it. */
static bool
texts(struct reader *r, yaml_node_t *n, char *rows, size_t cap, unsigned most, uint8_t *count, const char *wanted)
{
	if (n->type != YAML_SEQUENCE_NODE)
		return fail(r, n, "a list is wanted here", NULL);
	for (yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top; i++) {
		yaml_node_t *item = yaml_document_get_node(&r->doc, *i);
		if (*count == most)
			return fail(r, item, "there are more of these than this version keeps", NULL);
		if (!text_field(r, item, rows + *count * cap, cap, wanted))
			return false;
		(*count)++;
	}
	return true;
}

#define LISTED(name, record, member, n_member, wanted)                                                                              \
	static bool name(struct reader *r, yaml_node_t *n, void *out)                                                               \
	{                                                                                                                           \
		struct policy_##record *of = (struct policy_##record *)(void *)((uint8_t *)out - offsetof(struct policy_##record, member)); \
		return texts(r, n, of->member[0], sizeof of->member[0], sizeof of->member / sizeof of->member[0], &of->n_member, wanted); \
	}

LISTED(lists_field, trust, list, lists, "the path or http:// URL of a CRL is wanted here")
LISTED(titles_field, client, title, titles, "a calling AE title, or a sending APPLICATION|FACILITY, of up to 23 characters is wanted here")
LISTED(called_field, route, called, calleds, "a called AE title of up to 16 characters is wanted here")
LISTED(kinds_field, route, kind, kinds, "a message type like ORU^R01, or the UID of a SOP class, is wanted here")
LISTED(certificates_field, route, certificate, certificates, "the path of a PEM file is wanted here")
LISTED(keys_field, route, key, keys, "the path of a PEM file is wanted here")

static bool
one_client_pin(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_client *c = out;
	return c->pins == POLICY_PINS ? fail(r, n, "no more than 4 pins a client", NULL) : pin(r, n, c->pin[c->pins++]);
}

static bool
client_pins_field(struct reader *r, yaml_node_t *n, void *out)
{
	return items(r, n, one_client_pin, (uint8_t *)out - offsetof(struct policy_client, pins));
}

static bool
one_backend_pin(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_backend *b = out;
	return b->pins == POLICY_PINS ? fail(r, n, "no more than 4 pins a backend", NULL) : pin(r, n, b->pin[b->pins++]);
}

static bool
backend_pins_field(struct reader *r, yaml_node_t *n, void *out)
{
	return items(r, n, one_backend_pin, (uint8_t *)out - offsetof(struct policy_backend, pins));
}

static bool
from_field(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_client *c = (struct policy_client *)(void *)((uint8_t *)out - offsetof(struct policy_client, from));

	c->has_from = true;
	return prefix_field(r, n, &c->from);
}

static bool clients_field(struct reader *r, yaml_node_t *n, void *out);
static bool backends_field(struct reader *r, yaml_node_t *n, void *out);

/* For people and for later parts of the product: read, and kept in the file. */
static bool
noted_field(struct reader *r, yaml_node_t *n, void *out)
{
	(void)out;
	return text_of(n) ? true : fail(r, n, "a text is wanted here", NULL);
}

#define F(type, member) offsetof(struct policy_##type, member)

static const struct field ZONE[] = {
	{ "name", name_field, F(zone, name), true }, { "subnet", prefix_field, F(zone, subnet), true }, { "vlan", noted_field, 0, false },
	{ "owner", noted_field, 0, false }, { 0 },
};
static const struct field DEVICE[] = {
	{ "name", name_field, F(device, name), true }, { "address", addr_field, F(device, address), false }, { "card", card_field, F(device, card), false },
	{ "second_card", card_field, F(device, second_card), false }, { "kind", name_field, F(device, kind), false }, { "owner", noted_field, 0, false },
	{ "factory", name_field, F(device, factory), false }, { "criticality", noted_field, 0, false }, { 0 },
};
static const struct field SERVER[] = {
	{ "address", addr_field, F(server, address), true }, { "card", card_field, F(server, card), false }, { "name", noted_field, 0, false }, { 0 },
};
static const struct field SSID[] = {
	{ "name", name_field, F(ssid, name), true }, { "security", security_field, F(ssid, security), false }, { "bssids", bssids_field, F(ssid, bssids), false }, { 0 },
};
static const struct field SERVICE[] = {
	{ "name", name_field, F(service, name), true }, { "address", addr_field, F(service, address), true }, { "port", port_field, F(service, port), true },
	{ "tls", bool_field, F(service, tls), false }, { "pins", pins_field, F(service, pins), false }, { 0 },
};
static const struct field FLOW[] = {
	{ "from", prefix_field, F(flow, from), true }, { "to", prefix_field, F(flow, to), true }, { "port", port_field, F(flow, port), false },
	{ "reason", noted_field, 0, false }, { "owner", noted_field, 0, false }, { "until", noted_field, 0, false }, { 0 },
};

static const struct field MESSAGE[] = {
	{ "from", prefix_field, F(message, from), true }, { "to", prefix_field, F(message, to), true }, { "port", port_field, F(message, port), false },
	{ "rewrites", rewrites_field, F(message, rewrites), false }, { "originates", originates_field, F(message, originates), false }, { "class", class_field, F(message, class), false },
	{ "late_ms", milliseconds_field, F(message, late_ms), false }, { "reason", noted_field, 0, false }, { "owner", noted_field, 0, false }, { 0 },
};

static const struct field PROFILE[] = {
	{ "name", name_field, F(profile, name), true }, { "days", days_field, F(profile, days), true }, { 0 },
};

static const struct field TRUST[] = {
	{ "name", label_field, F(trust, name), true }, { "ca", path_field, F(trust, ca), true }, { "crls", lists_field, F(trust, list), false },
	{ "ocsp", path_field, F(trust, ocsp), false }, { 0 },
};

static const struct field CLIENT[] = {
	{ "device", name_field, F(client, device), false }, { "from", from_field, F(client, from), false }, { "pins", client_pins_field, F(client, pins), false },
	{ "titles", titles_field, F(client, title), false }, { "rate", rate_field, F(client, rate), false }, { "burst", rate_field, F(client, burst), false },
	{ "owner", noted_field, 0, false }, { 0 },
};

static const struct field BACKEND[] = {
	{ "name", label_field, F(backend, name), true }, { "address", backend_address_field, F(backend, address), true }, { "tls", bool_field, F(backend, tls), false },
	{ "server_name", host_field, F(backend, server_name), false }, { "pins", backend_pins_field, F(backend, pins), false },
	{ "weight", weight_field, F(backend, weight), false }, { "canary", bool_field, F(backend, canary), false },
	{ "hardened", bool_field, F(backend, hardened), false }, { 0 },
};

static const struct field ROUTE[] = {
	{ "name", label_field, F(route, name), true }, { "listen", listen_field, F(route, listen), true }, { "protocol", protocol_field, F(route, protocol), true },
	{ "mode", mode_field, F(route, mode), true }, { "class", class_field, F(route, class), true },
	{ "certificates", certificates_field, F(route, certificate), false }, { "keys", keys_field, F(route, key), false },
	{ "trust", name_field, F(route, trust), false }, { "mutual", mutual_field, F(route, optional), false }, { "revocation", revocation_field, F(route, hard), false }, { "fail", fail_field, F(route, closed), false },
	{ "repeat", bool_field, F(route, repeat), false }, { "canary", percent_field, F(route, canary), false }, { "rate", rate_field, F(route, rate), false },
	{ "burst", rate_field, F(route, burst), false }, { "largest", kib_field, F(route, largest), false }, { "check", seconds_field, F(route, check_s), false },
	{ "ask_as", title_field, F(route, ask_as), false }, { "bypass", bypass_field, F(route, bypass), false },
	{ "kinds", kinds_field, F(route, kind), false }, { "called", called_field, F(route, called), false },
	{ "clients", clients_field, F(route, client), false }, { "backends", backends_field, F(route, backend), true }, { "reason", noted_field, 0, false },
	{ "owner", noted_field, 0, false }, { 0 },
};

static const struct field NEVER[] = {
	{ "subnet", prefix_field, F(never, subnet), true }, { "reason", noted_field, 0, false }, { 0 },
};

#define P(member) offsetof(struct policy, member)

/* Sections in the order they are read: names before what refers to them. */
static const struct section {
	const char         *key;
	const struct field *fields;
	size_t              at, count, size;
	uint32_t            most;
} SECTIONS[] = {
	{ "zones", ZONE, P(zone), P(zones), sizeof(struct policy_zone), POLICY_ZONES },
	{ "devices", DEVICE, P(device), P(devices), sizeof(struct policy_device), POLICY_DEVICES },
	{ "gateways", SERVER, P(gateway), P(gateways), sizeof(struct policy_server), POLICY_SERVERS },
	{ "dhcp_servers", SERVER, P(dhcp), P(dhcps), sizeof(struct policy_server), POLICY_SERVERS },
	{ "dns_servers", SERVER, P(dns), P(dnss), sizeof(struct policy_server), POLICY_SERVERS },
	{ "ssids", SSID, P(ssid), P(ssids), sizeof(struct policy_ssid), POLICY_SSIDS },
	{ "services", SERVICE, P(service), P(services), sizeof(struct policy_service), POLICY_SERVICES },
	{ "flows", FLOW, P(flow), P(flows), sizeof(struct policy_flow), POLICY_FLOWS },
	{ "messages", MESSAGE, P(message), P(messages), sizeof(struct policy_message), POLICY_MESSAGES },
	{ "profiles", PROFILE, P(profile), P(profiles), sizeof(struct policy_profile), POLICY_PROFILES },
	{ "trusts", TRUST, P(trust), P(trusts), sizeof(struct policy_trust), POLICY_TRUSTS },
	{ "routes", ROUTE, P(route), P(routes), sizeof(struct policy_route), POLICY_ROUTES },
	{ "never_validate", NEVER, P(never), P(nevers), sizeof(struct policy_never), POLICY_NEVERS },
};
enum { SECTION_COUNT = sizeof SECTIONS / sizeof *SECTIONS };

static bool
record(struct reader *r, yaml_node_t *n, const struct field *fields, uint8_t *out)
{
	uint32_t seen = 0;

	if (n->type != YAML_MAPPING_NODE)
		return fail(r, n, "keys with values are wanted here", NULL);
	for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
		yaml_node_t *key = yaml_document_get_node(&r->doc, p->key), *value = yaml_document_get_node(&r->doc, p->value);
		const char  *name = text_of(key);
		int          i = 0;
		while (name && fields[i].key && strcmp(fields[i].key, name))
			i++;
		if (!name || !fields[i].key)
			return fail(r, key, "this key is not known here", name);
		if (seen >> i & 1)
			return fail(r, key, "this key stands here twice", name);
		seen |= 1u << i;
		if (!fields[i].read(r, value, out + fields[i].at))
			return false;
	}
	for (int i = 0; fields[i].key; i++)
		if (fields[i].must && !(seen >> i & 1))
			return fail(r, n, "a key is missing here", fields[i].key);
	return true;
}

static bool
one_client(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_route *w = out;

	return w->clients == POLICY_CLIENTS ? fail(r, n, "no more than 64 clients a route", NULL) : record(r, n, CLIENT, (uint8_t *)&w->client[w->clients++]);
}

static bool
clients_field(struct reader *r, yaml_node_t *n, void *out)
{
	return items(r, n, one_client, (uint8_t *)out - offsetof(struct policy_route, client));
}

static bool
one_backend(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_route *w = out;

	if (w->backends == POLICY_BACKENDS)
		return fail(r, n, "no more than 8 backends a route", NULL);
	w->backend[w->backends].weight = 1;
	return record(r, n, BACKEND, (uint8_t *)&w->backend[w->backends++]);
}

static bool
backends_field(struct reader *r, yaml_node_t *n, void *out)
{
	return items(r, n, one_backend, (uint8_t *)out - offsetof(struct policy_route, backend));
}

/* What no key alone can show to be wrong; n: the route's. */
static bool
route_fits(struct reader *r, yaml_node_t *n, const struct policy_route *w)
{
	bool     tls = w->mode == POLICY_TERMINATE || w->mode == POLICY_UNWRAP, secured = tls, trusted = !w->trust[0];
	unsigned well = 0;

	for (unsigned i = 0; i < w->backends; i++) {
		secured |= w->backend[i].tls;
		well += w->backend[i].weight && !w->backend[i].hardened;
		if (w->mode == POLICY_UNWRAP && w->backend[i].tls)
			return fail(r, n, "unwrap means that backends are reached without TLS", w->backend[i].name);
		if (w->mode == POLICY_WRAP && !w->backend[i].tls)
			return fail(r, n, "wrap means that backends are reached with TLS: tls: true", w->backend[i].name);
	}
	for (uint32_t i = 0; i < r->policy->trusts; i++)
		trusted |= strcmp(r->policy->trust[i].name, w->trust) == 0;
	if (!trusted)
		return fail(r, n, "a trust named under trusts is wanted here", w->trust);
	if (!well)
		return fail(r, n, "a route needs a backend of a weight above 0 that is not hardened", w->name);
	if (w->mode == POLICY_PASSTHROUGH ? w->certificates || w->trust[0] || w->protocol != POLICY_TCP : false)
		return fail(r, n, "passthrough ends no TLS: it is of protocol tcp and has no certificates and no trust", w->name);
	if (w->mode != POLICY_PASSTHROUGH && secured && !w->trust[0])
		return fail(r, n, "where there is TLS somebody must vouch for the other side: a trust is missing", w->name);
	if (tls && !w->certificates)
		return fail(r, n, "a route that ends TLS needs certificates", w->name);
	if (w->bypass_port && w->closed)
		return fail(r, n, "what fails closed has no bypass", w->name);
	return w->certificates != w->keys ? fail(r, n, "as many keys as certificates are wanted, in the same order", w->name) : true;
}

static bool
section(struct reader *r, const struct section *s, yaml_node_t *n)
{
	uint32_t *count = (uint32_t *)(void *)((uint8_t *)r->policy + s->count);

	if (n->type != YAML_SEQUENCE_NODE)
		return fail(r, n, "a list is wanted here", s->key);
	for (yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top; i++) {
		yaml_node_t *item = yaml_document_get_node(&r->doc, *i);
		if (*count == s->most)
			return fail(r, item, "there are more of these than this version keeps", s->key);
		if (!record(r, item, s->fields, (uint8_t *)r->policy + s->at + *count * s->size))
			return false;
		if (s->fields == ROUTE && !route_fits(r, item, &r->policy->route[*count]))
			return false;
		(*count)++;
	}
	return true;
}

static bool
whole(struct reader *r)
{
	yaml_node_t *root = yaml_document_get_root_node(&r->doc), *found[SECTION_COUNT] = { NULL };
	bool         version = false, hospital = false;

	if (!root || root->type != YAML_MAPPING_NODE)
		return fail(r, root, "the file holds no keys", NULL);
	for (yaml_node_pair_t *p = root->data.mapping.pairs.start; p < root->data.mapping.pairs.top; p++) {
		yaml_node_t *key = yaml_document_get_node(&r->doc, p->key), *value = yaml_document_get_node(&r->doc, p->value);
		const char  *name = text_of(key);
		int          i = 0;
		while (name && i < SECTION_COUNT && strcmp(SECTIONS[i].key, name))
			i++;
		if (name && strcmp(name, "version") == 0) {
			if (version || !text_of(value) || strcmp(text_of(value), "1"))
				return fail(r, value, version ? "this key stands here twice" : "this program reads version 1", name);
			version = true;
		} else if (name && strcmp(name, "hospital") == 0) {
			if (hospital)
				return fail(r, key, "this key stands here twice", name);
			hospital = true;
			if (!name_field(r, value, r->policy->hospital))
				return false;
		} else if (!name || i == SECTION_COUNT) {
			return fail(r, key, "this key is not known here", name);
		} else if (found[i]) {
			return fail(r, key, "this key stands here twice", name);
		} else {
			found[i] = value;
		}
	}
	if (!version)
		return fail(r, root, "a key is missing here", "version");
	for (int i = 0; i < SECTION_COUNT; i++)
		if (found[i] && !section(r, &SECTIONS[i], found[i]))
			return false;
	return true;
}

enum err
read_policy(struct bytes text, struct policy *out, struct read_error *error)
{
	struct reader r = { .error = error, .policy = out };
	yaml_parser_t parser;
	bool          fine = false;

	memset(out, 0, sizeof *out);
	memset(error, 0, sizeof *error);
	if (!yaml_parser_initialize(&parser))
		return ERR_MEMORY;
	yaml_parser_set_input_string(&parser, text.at, text.len);
	if (!yaml_parser_load(&parser, &r.doc)) {
		error->line = parser.problem_mark.line + 1;
		error->column = parser.problem_mark.column + 1;
		snprintf(error->words, sizeof error->words, "this is not YAML: %s", parser.problem ? parser.problem : "it ends too early");
	} else {
		fine = whole(&r);
		yaml_document_delete(&r.doc);
	}
	yaml_parser_delete(&parser);
	out->given = fine;
	return fine ? OK : ERR_FORM;
}
