/*
 * read: a table of sections, a table of fields each; one function a type of
 * field.  Extending the file's language is adding a row.
 */
#include "policy/read_inside.h"

#include <stdio.h>
#include <stdlib.h>

bool
read_fail(struct reader *r, const yaml_node_t *n, const char *what, const char *which)
{
	r->error->line = n ? n->start_mark.line + 1 : 0;
	r->error->column = n ? n->start_mark.column + 1 : 0;
	snprintf(r->error->words, sizeof r->error->words, "%s%s%s", what, which ? ": " : "", which ? which : "");
	return false;
}

const char *
read_text_of(const yaml_node_t *n)
{
	return n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : NULL;
}

bool
read_name(struct reader *r, yaml_node_t *n, void *out)
{
	const char *t = read_text_of(n);

	if (!t || !*t || strlen(t) >= 36)
		return read_fail(r, n, "a name of 1 to 35 characters is wanted here", t);
	snprintf(out, 36, "%s", t);
	return true;
}

/* A name that may stand in a metric's label or a file's name. */
bool
read_label(struct reader *r, yaml_node_t *n, void *out)
{
	const char *t = read_text_of(n);

	if (t && t[strspn(t, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")])
		return read_fail(r, n, "a name of letters, digits, dots, - and _ is wanted here", t);
	return read_name(r, n, out);
}

static bool
card_field(struct reader *r, yaml_node_t *n, void *out)
{
	const char *t = read_text_of(n);
	return t && mac_parse(bytes_text(t), out) == OK ? true : read_fail(r, n, "a card is wanted here, like 00:09:fb:00:00:21", t);
}

static bool
addr_field(struct reader *r, yaml_node_t *n, void *out)
{
	const char *t = read_text_of(n);
	return t && addr_parse(bytes_text(t), out) == OK ? true : read_fail(r, n, "an IPv4 or IPv6 address is wanted here", t);
}

static bool
port_field(struct reader *r, yaml_node_t *n, void *out)
{
	const char *t = read_text_of(n);
	char       *end;
	long        v = t ? strtol(t, &end, 10) : 0;

	if (!t || *end || v < 1 || v > 65535)
		return read_fail(r, n, "a port of 1 to 65535 is wanted here", t);
	*(uint16_t *)out = (uint16_t)v;
	return true;
}

bool
read_prefix(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_prefix *p = out;
	const char           *t = read_text_of(n), *slash = t ? strchr(t, '/') : NULL;
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
		return read_fail(r, n, "a zone or device named above, a subnet like 10.20.3.0/24, or any, is wanted here", t);
	long most = addr_is_v4(p->addr) ? 32 : 128, bits = slash ? strtol(slash + 1, &end, 10) : most;
	if (slash && (*end || !slash[1] || bits < 0 || bits > most))
		return read_fail(r, n, "the length of this prefix is not possible", t);
	p->bits = (uint8_t)bits;
	return true;
}

bool
read_bool(struct reader *r, yaml_node_t *n, void *out)
{
	const char *t = read_text_of(n);
	bool        yes = t && (!strcmp(t, "true") || !strcmp(t, "yes") || !strcmp(t, "required") || !strcmp(t, "mutual"));

	if (!yes && !(t && (!strcmp(t, "false") || !strcmp(t, "no") || !strcmp(t, "none"))))
		return read_fail(r, n, "true or false (or required, mutual, none) is wanted here", t);
	*(bool *)out = yes;
	return true;
}

static bool
security_field(struct reader *r, yaml_node_t *n, void *out)
{
	/* In the order of wire/dot11: the higher the stronger. */
	static const char *const name[] = { "open", "wep", "owe", "wpa", "wpa2-personal", "wpa2-enterprise", "wpa3-personal", "wpa3-enterprise" };
	const char              *t = read_text_of(n);

	for (uint8_t i = 0; t && i < sizeof name / sizeof *name; i++)
		if (strcmp(t, name[i]) == 0) {
			*(uint8_t *)out = i;
			return true;
		}
	return read_fail(r, n, "open, wep, owe, wpa, wpa2-personal, wpa2-enterprise, wpa3-personal or wpa3-enterprise is wanted here", t);
}

bool
read_pin(struct reader *r, yaml_node_t *n, uint8_t out[32])
{
	const char *t = read_text_of(n);
	char        two[3] = "";

	if (!t || strlen(t) != 64 || strspn(t, "0123456789abcdefABCDEF") != 64)
		return read_fail(r, n, "a pin is the SHA-256 of the SubjectPublicKeyInfo in 64 hexadecimal digits", t);
	for (int i = 0; i < 32; i++) {
		memcpy(two, t + 2 * i, 2);
		out[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	return true;
}

bool
read_items(struct reader *r, yaml_node_t *n, field_fn *each, void *out)
{
	if (n->type != YAML_SEQUENCE_NODE)
		return read_fail(r, n, "a list is wanted here", NULL);
	for (yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top; i++)
		if (!each(r, yaml_document_get_node(&r->doc, *i), out))
			return false;
	return true;
}

static bool
one_pin(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_service *s = out;
	return s->pins == POLICY_PINS ? read_fail(r, n, "no more than 4 pins a service", NULL) : read_pin(r, n, s->pin[s->pins++]);
}

static bool
pins_field(struct reader *r, yaml_node_t *n, void *out)
{
	return read_items(r, n, one_pin, (uint8_t *)out - offsetof(struct policy_service, pins));
}

static bool
one_bssid(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_ssid *s = out;
	return s->bssids == POLICY_BSSIDS ? read_fail(r, n, "no more than 16 BSSIDs a network", NULL) : card_field(r, n, &s->bssid[s->bssids++]);
}

static bool
bssids_field(struct reader *r, yaml_node_t *n, void *out)
{
	return read_items(r, n, one_bssid, (uint8_t *)out - offsetof(struct policy_ssid, bssids));
}

static bool
one_rewrite(struct reader *r, yaml_node_t *n, void *out)
{
	struct policy_message *m = out;
	const char            *t = read_text_of(n);

	if (m->rewrites == POLICY_REWRITES)
		return read_fail(r, n, "no more than 24 fields a rule", NULL);
	if (!t || !*t || strlen(t) >= POLICY_FIELD)
		return read_fail(r, n, "the name of a field is wanted here, like OBX.3, (0010,0010) or /valueQuantity/value", t);
	snprintf(m->rewrite[m->rewrites++], POLICY_FIELD, "%s", t);
	return true;
}

static bool
rewrites_field(struct reader *r, yaml_node_t *n, void *out)
{
	return read_items(r, n, one_rewrite, (uint8_t *)out - offsetof(struct policy_message, rewrites));
}

bool
read_class(struct reader *r, yaml_node_t *n, void *out)
{
	/* In the order of enum message_class. */
	static const char *const name[] = { "other", "alarm", "vitals", "result", "order", "image" };
	const char              *t = read_text_of(n);

	for (uint8_t i = 0; t && i < sizeof name / sizeof *name; i++)
		if (strcmp(t, name[i]) == 0) {
			*(uint8_t *)out = (uint8_t)(i + 1);
			return true;
		}
	return read_fail(r, n, "alarm, vitals, result, order, image or other is wanted here", t);
}

bool
read_whole_number(struct reader *r, yaml_node_t *n, long least, long most, const char *wanted, long *out)
{
	const char *t = read_text_of(n);
	char       *end;

	*out = t ? strtol(t, &end, 10) : least - 1;
	return t && *t && !*end && *out >= least && *out <= most ? true : read_fail(r, n, wanted, t);
}

static bool
milliseconds_field(struct reader *r, yaml_node_t *n, void *out)
{
	long v;

	if (!read_whole_number(r, n, 1, 86400000, "milliseconds are wanted here, from 1 to 86400000 (a day)", &v))
		return false;
	*(uint32_t *)out = (uint32_t)v;
	return true;
}

static bool
days_field(struct reader *r, yaml_node_t *n, void *out)
{
	long v;

	if (!read_whole_number(r, n, 1, 3650, "days are wanted here, from 1 to 3650", &v))
		return false;
	*(uint16_t *)out = (uint16_t)v;
	return true;
}

/* The last day on which something holds, in UTC: the moment after it. */
static bool
until_field(struct reader *r, yaml_node_t *n, void *out)
{
	const char *t = read_text_of(n);
	char        day[24];
	struct instant *until = out;

	snprintf(day, sizeof day, "%sT00:00:00Z", t ? t : "");
	if (!t || strlen(t) != strlen("2027-12-31") || instant_parse(bytes_text(day), until))
		return read_fail(r, n, "a day is wanted here, like 2027-12-31", t);
	until->us += 86400 * INSTANT_SECOND;
	return true;
}

bool
read_noted(struct reader *r, yaml_node_t *n, void *out)
{
	(void)out;
	return read_text_of(n) ? true : read_fail(r, n, "a text is wanted here", NULL);
}

#define F(type, member) READ_AT(type, member)

static const struct field ZONE[] = {
	{ "name", read_name, F(zone, name), true }, { "subnet", read_prefix, F(zone, subnet), true }, { "vlan", read_noted, 0, false },
	{ "owner", read_noted, 0, false }, { 0 },
};
static const struct field DEVICE[] = {
	{ "name", read_name, F(device, name), true }, { "address", addr_field, F(device, address), false }, { "card", card_field, F(device, card), false },
	{ "second_card", card_field, F(device, second_card), false }, { "kind", read_name, F(device, kind), false }, { "owner", read_noted, 0, false },
	{ "factory", read_name, F(device, factory), false }, { "criticality", read_noted, 0, false }, { 0 },
};
static const struct field SERVER[] = {
	{ "address", addr_field, F(server, address), true }, { "card", card_field, F(server, card), false }, { "name", read_noted, 0, false }, { 0 },
};
static const struct field SSID[] = {
	{ "name", read_name, F(ssid, name), true }, { "security", security_field, F(ssid, security), false }, { "bssids", bssids_field, F(ssid, bssids), false }, { 0 },
};
static const struct field SERVICE[] = {
	{ "name", read_name, F(service, name), true }, { "address", addr_field, F(service, address), true }, { "port", port_field, F(service, port), true },
	{ "tls", read_bool, F(service, tls), false }, { "pins", pins_field, F(service, pins), false }, { 0 },
};
static const struct field FLOW[] = {
	{ "from", read_prefix, F(flow, from), true }, { "to", read_prefix, F(flow, to), true }, { "port", port_field, F(flow, port), false },
	{ "reason", read_noted, 0, false }, { "owner", read_noted, 0, false }, { "until", until_field, F(flow, until), false }, { 0 },
};

static const struct field MESSAGE[] = {
	{ "from", read_prefix, F(message, from), true }, { "to", read_prefix, F(message, to), true }, { "port", port_field, F(message, port), false },
	{ "rewrites", rewrites_field, F(message, rewrites), false }, { "class", read_class, F(message, class), false },
	{ "late_ms", milliseconds_field, F(message, late_ms), false }, { "reason", read_noted, 0, false }, { "owner", read_noted, 0, false }, { 0 },
};

static const struct field PROFILE[] = {
	{ "name", read_name, F(profile, name), true }, { "days", days_field, F(profile, days), true }, { 0 },
};

static const struct field NEVER[] = {
	{ "subnet", read_prefix, F(never, subnet), true }, { "reason", read_noted, 0, false }, { 0 },
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
	{ "trusts", READ_TRUST, P(trust), P(trusts), sizeof(struct policy_trust), POLICY_TRUSTS },
	{ "routes", READ_ROUTE, P(route), P(routes), sizeof(struct policy_route), POLICY_ROUTES },
	{ "never_validate", NEVER, P(never), P(nevers), sizeof(struct policy_never), POLICY_NEVERS },
};
enum { SECTION_COUNT = sizeof SECTIONS / sizeof *SECTIONS };

bool
read_record(struct reader *r, yaml_node_t *n, const struct field *fields, uint8_t *out)
{
	uint32_t seen = 0;

	if (n->type != YAML_MAPPING_NODE)
		return read_fail(r, n, "keys with values are wanted here", NULL);
	for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
		yaml_node_t *key = yaml_document_get_node(&r->doc, p->key), *value = yaml_document_get_node(&r->doc, p->value);
		const char  *name = read_text_of(key);
		int          i = 0;
		while (name && fields[i].key && strcmp(fields[i].key, name))
			i++;
		if (!name || !fields[i].key)
			return read_fail(r, key, "this key is not known here", name);
		if (seen >> i & 1)
			return read_fail(r, key, "this key stands here twice", name);
		seen |= 1u << i;
		if (!fields[i].read(r, value, out + fields[i].at))
			return false;
	}
	for (int i = 0; fields[i].key; i++)
		if (fields[i].must && !(seen >> i & 1))
			return read_fail(r, n, "a key is missing here", fields[i].key);
	return true;
}

static bool
section(struct reader *r, const struct section *s, yaml_node_t *n)
{
	uint32_t *count = (uint32_t *)(void *)((uint8_t *)r->policy + s->count);

	if (n->type != YAML_SEQUENCE_NODE)
		return read_fail(r, n, "a list is wanted here", s->key);
	for (yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top; i++) {
		yaml_node_t *item = yaml_document_get_node(&r->doc, *i);
		if (*count == s->most)
			return read_fail(r, item, "there are more of these than this version keeps", s->key);
		if (!read_record(r, item, s->fields, (uint8_t *)r->policy + s->at + *count * s->size))
			return false;
		if (s->fields == READ_ROUTE && !read_route_fits(r, item, &r->policy->route[*count]))
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
		return read_fail(r, root, "the file holds no keys", NULL);
	for (yaml_node_pair_t *p = root->data.mapping.pairs.start; p < root->data.mapping.pairs.top; p++) {
		yaml_node_t *key = yaml_document_get_node(&r->doc, p->key), *value = yaml_document_get_node(&r->doc, p->value);
		const char  *name = read_text_of(key);
		int          i = 0;
		while (name && i < SECTION_COUNT && strcmp(SECTIONS[i].key, name))
			i++;
		if (name && strcmp(name, "version") == 0) {
			if (version || !read_text_of(value) || strcmp(read_text_of(value), "1"))
				return read_fail(r, value, version ? "this key stands here twice" : "this program reads version 1", name);
			version = true;
		} else if (name && strcmp(name, "hospital") == 0) {
			if (hospital)
				return read_fail(r, key, "this key stands here twice", name);
			hospital = true;
			if (!read_name(r, value, r->policy->hospital))
				return false;
		} else if (!name || i == SECTION_COUNT) {
			return read_fail(r, key, "this key is not known here", name);
		} else if (found[i]) {
			return read_fail(r, key, "this key stands here twice", name);
		} else {
			found[i] = value;
		}
	}
	if (!version)
		return read_fail(r, root, "a key is missing here", "version");
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
