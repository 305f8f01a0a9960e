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
	{ "rewrites", rewrites_field, F(message, rewrites), false }, { "class", class_field, F(message, class), false },
	{ "late_ms", milliseconds_field, F(message, late_ms), false }, { "reason", noted_field, 0, false }, { "owner", noted_field, 0, false }, { 0 },
};

static const struct field PROFILE[] = {
	{ "name", name_field, F(profile, name), true }, { "days", days_field, F(profile, days), true }, { 0 },
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
