/* read_route: the sections trusts and routes, which the gateway lives by. */
#include "policy/read_inside.h"

#include <stdio.h>

static bool
rate_field(struct reader *r, yaml_node_t *n, void *out)
{
	long v;

	if (!read_whole_number(r, n, 1, 1000000, "a number of messages is wanted here, from 1 to 1000000", &v))
		return false;
	*(uint32_t *)out = (uint32_t)v;
	return true;
}

static bool
kib_field(struct reader *r, yaml_node_t *n, void *out)
{
	long v;

	if (!read_whole_number(r, n, 16, 65536, "KiB are wanted here, from 16 to 65536", &v))
		return false;
	*(uint32_t *)out = (uint32_t)v;
	return true;
}

static bool
weight_field(struct reader *r, yaml_node_t *n, void *out)
{
	long v;

	if (!read_whole_number(r, n, 0, 256, "a weight of 0 to 256 is wanted here", &v))
		return false;
	*(uint16_t *)out = (uint16_t)v;
	return true;
}

static bool
seconds_field(struct reader *r, yaml_node_t *n, void *out)
{
	long v;

	if (!read_whole_number(r, n, 1, 3600, "seconds are wanted here, from 1 to 3600", &v))
		return false;
	*(uint16_t *)out = (uint16_t)v;
	return true;
}

static bool
percent_field(struct reader *r, yaml_node_t *n, void *out)
{
	long v;

	if (!read_whole_number(r, n, 0, 100, "a percentage of 0 to 100 is wanted here", &v))
		return false;
	*(uint8_t *)out = (uint8_t)v;
	return true;
}

static bool
text_field(struct reader *r, yaml_node_t *n, char *out, size_t cap, const char *wanted)
{
	const char *t = read_text_of(n);

	if (!t || !*t || strlen(t) >= cap)
		return read_fail(r, n, wanted, t);
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
	const char *t = read_text_of(n), *colon = t ? strrchr(t, ':') : NULL;
	char       *end = NULL;
	long        v = colon ? strtol(colon + 1, &end, 10) : 0;
	size_t      len = colon ? (size_t)(colon - t) : 0, skip = t && *t == '[';

	if (!colon || *end || v < 1 || v > 65535 || (skip && (len < 2 || t[len - 1] != ']')) || addr_parse(bytes_of(t + skip, len - 2 * skip), address))
		return read_fail(r, n, "an address and a port are wanted here, like 10.20.0.1:6661 or [fd00::1]:6661", t);
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
	const char *t = read_text_of(n);

	for (uint8_t i = 0; t && names[i]; i++)
		if (strcmp(t, names[i]) == 0) {
			*out = i;
			return true;
		}
	return read_fail(r, n, wanted, t);
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
		return read_fail(r, n, "a list is wanted here", NULL);
	for (yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top; i++) {
		yaml_node_t *item = yaml_document_get_node(&r->doc, *i);
		if (*count == most)
			return read_fail(r, item, "there are more of these than this version keeps", NULL);
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
	return c->pins == POLICY_PINS ? read_fail(r, n, "no more than 4 pins a client", NULL) : read_pin(r, n, c->pin[c->pins++]);
}

static bool
client_pins_field(struct reader *r, yaml_node_t *n, void *out)
{
	return read_items(r, n, one_client_pin, (uint8_t *)out - offsetof(struct policy_client, pins));
}

static bool
one_backend_pin(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_backend *b = out;
	return b->pins == POLICY_PINS ? read_fail(r, n, "no more than 4 pins a backend", NULL) : read_pin(r, n, b->pin[b->pins++]);
}

static bool
backend_pins_field(struct reader *r, yaml_node_t *n, void *out)
{
	return read_items(r, n, one_backend_pin, (uint8_t *)out - offsetof(struct policy_backend, pins));
}

static bool
from_field(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_client *c = (struct policy_client *)(void *)((uint8_t *)out - offsetof(struct policy_client, from));

	c->has_from = true;
	return read_prefix(r, n, &c->from);
}

static bool clients_field(struct reader *r, yaml_node_t *n, void *out);
static bool backends_field(struct reader *r, yaml_node_t *n, void *out);

#define F(type, member) READ_AT(type, member)

const struct field READ_TRUST[] = {
	{ "name", read_label, F(trust, name), true }, { "ca", path_field, F(trust, ca), true }, { "crls", lists_field, F(trust, list), false },
	{ "ocsp", path_field, F(trust, ocsp), false }, { 0 },
};

static const struct field CLIENT[] = {
	{ "device", read_name, F(client, device), false }, { "from", from_field, F(client, from), false }, { "pins", client_pins_field, F(client, pins), false },
	{ "titles", titles_field, F(client, title), false }, { "rate", rate_field, F(client, rate), false }, { "burst", rate_field, F(client, burst), false },
	{ "owner", read_noted, 0, false }, { 0 },
};

static const struct field BACKEND[] = {
	{ "name", read_label, F(backend, name), true }, { "address", backend_address_field, F(backend, address), true }, { "tls", read_bool, F(backend, tls), false },
	{ "server_name", host_field, F(backend, server_name), false }, { "pins", backend_pins_field, F(backend, pins), false },
	{ "weight", weight_field, F(backend, weight), false }, { "canary", read_bool, F(backend, canary), false },
	{ "hardened", read_bool, F(backend, hardened), false }, { 0 },
};

const struct field READ_ROUTE[] = {
	{ "name", read_label, F(route, name), true }, { "listen", listen_field, F(route, listen), true }, { "protocol", protocol_field, F(route, protocol), true },
	{ "mode", mode_field, F(route, mode), true }, { "class", read_class, F(route, class), true },
	{ "certificates", certificates_field, F(route, certificate), false }, { "keys", keys_field, F(route, key), false },
	{ "trust", read_name, F(route, trust), false }, { "mutual", mutual_field, F(route, optional), false }, { "revocation", revocation_field, F(route, hard), false }, { "fail", fail_field, F(route, closed), false },
	{ "repeat", read_bool, F(route, repeat), false }, { "canary", percent_field, F(route, canary), false }, { "rate", rate_field, F(route, rate), false },
	{ "burst", rate_field, F(route, burst), false }, { "largest", kib_field, F(route, largest), false }, { "check", seconds_field, F(route, check_s), false },
	{ "ask_as", title_field, F(route, ask_as), false }, { "bypass", bypass_field, F(route, bypass), false },
	{ "kinds", kinds_field, F(route, kind), false }, { "called", called_field, F(route, called), false },
	{ "clients", clients_field, F(route, client), false }, { "backends", backends_field, F(route, backend), true }, { "reason", read_noted, 0, false },
	{ "owner", read_noted, 0, false }, { 0 },
};

static bool
one_client(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_route *w = out;

	return w->clients == POLICY_CLIENTS ? read_fail(r, n, "no more than 64 clients a route", NULL) : read_record(r, n, CLIENT, (uint8_t *)&w->client[w->clients++]);
}

static bool
clients_field(struct reader *r, yaml_node_t *n, void *out)
{
	return read_items(r, n, one_client, (uint8_t *)out - offsetof(struct policy_route, client));
}

static bool
one_backend(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_route *w = out;

	if (w->backends == POLICY_BACKENDS)
		return read_fail(r, n, "no more than 8 backends a route", NULL);
	w->backend[w->backends].weight = 1;
	return read_record(r, n, BACKEND, (uint8_t *)&w->backend[w->backends++]);
}

static bool
backends_field(struct reader *r, yaml_node_t *n, void *out)
{
	return read_items(r, n, one_backend, (uint8_t *)out - offsetof(struct policy_route, backend));
}

bool
read_route_fits(struct reader *r, yaml_node_t *n, const struct policy_route *w)
{
	bool     tls = w->mode == POLICY_TERMINATE || w->mode == POLICY_UNWRAP, secured = tls, trusted = !w->trust[0];
	unsigned well = 0;

	for (unsigned i = 0; i < w->backends; i++) {
		secured |= w->backend[i].tls;
		well += w->backend[i].weight && !w->backend[i].hardened;
		if (w->mode == POLICY_UNWRAP && w->backend[i].tls)
			return read_fail(r, n, "unwrap means that backends are reached without TLS", w->backend[i].name);
		if (w->mode == POLICY_WRAP && !w->backend[i].tls)
			return read_fail(r, n, "wrap means that backends are reached with TLS: tls: true", w->backend[i].name);
	}
	for (uint32_t i = 0; i < r->policy->trusts; i++)
		trusted |= strcmp(r->policy->trust[i].name, w->trust) == 0;
	if (!trusted)
		return read_fail(r, n, "a trust named under trusts is wanted here", w->trust);
	if (!well)
		return read_fail(r, n, "a route needs a backend of a weight above 0 that is not hardened", w->name);
	if (w->mode == POLICY_PASSTHROUGH ? w->certificates || w->trust[0] || w->protocol != POLICY_TCP : false)
		return read_fail(r, n, "passthrough ends no TLS: it is of protocol tcp and has no certificates and no trust", w->name);
	if (w->mode != POLICY_PASSTHROUGH && secured && !w->trust[0])
		return read_fail(r, n, "where there is TLS somebody must vouch for the other side: a trust is missing", w->name);
	if (tls && !w->certificates)
		return read_fail(r, n, "a route that ends TLS needs certificates", w->name);
	if (w->bypass_port && w->closed)
		return read_fail(r, n, "what fails closed has no bypass", w->name);
	return w->certificates != w->keys ? read_fail(r, n, "as many keys as certificates are wanted, in the same order", w->name) : true;
}
