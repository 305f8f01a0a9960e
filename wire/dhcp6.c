/* dhcp6: RFC 8415 sections 8, 9 and 21. */
#include "wire/dhcp6.h"
#include "base/cursor.h"

enum {
	CLIENTID = 1, SERVERID = 2, IA_NA = 3, IAADDR = 5, PREFERENCE = 7, RELAY_MSG = 9,
	DNS_SERVERS = 23, DOMAIN_LIST = 24, IA_PD = 25, IAPREFIX = 26, CLIENT_FQDN = 39,
};

struct option {
	uint16_t     code;
	struct bytes value;
};

/* The next option; false at the end, and then the cursor is bad if the option was cut. */
static bool
next_option(struct cursor *c, struct option *out)
{
	if (!cursor_left(c))
		return false;
	out->code = cursor_u16(c);
	out->value = cursor_take(c, cursor_u16(c));
	return cursor_ok(c);
}

static bool
is_relay(uint8_t type)
{
	return type == DHCP6_RELAY_FORW || type == DHCP6_RELAY_REPL;
}

static struct addr
read_addr(struct cursor *c)
{
	struct addr a;
	cursor_copy(c, a.b, 16);
	return a;
}

/* Reads the rest of a relay header of that type; *c moves on to the message it carries. */
static enum err
unwrap(struct cursor *c, uint8_t type, struct dhcp6 *out)
{
	struct bytes  inside;
	struct option o;
	bool          found = false;

	if (out->relays_n == DHCP6_RELAYS_MAX)
		return ERR_LIMIT;
	struct dhcp6_relay *relay = &out->relays[out->relays_n++];
	relay->type = type;
	relay->hops = cursor_u8(c);
	relay->link = read_addr(c);
	relay->peer = read_addr(c);
	while (next_option(c, &o)) {
		if (o.code == RELAY_MSG && !found) {
			inside = o.value;
			found = true;
		}
	}
	if (!cursor_ok(c))
		return ERR_SHORT;
	if (!found)
		return ERR_FORM;
	*c = cursor_over(inside);
	return OK;
}

/* RFC 8415 sections 21.6 and 21.22. */
static void
read_lease(struct option o, bool prefix, struct dhcp6 *out)
{
	struct cursor      c = cursor_over(o.value);
	struct dhcp6_lease l = { .prefix = prefix, .bits = 128 };

	if (prefix) {
		l.preferred = cursor_u32(&c);
		l.valid = cursor_u32(&c);
		l.bits = cursor_u8(&c);
		l.addr = read_addr(&c);
	} else {
		l.addr = read_addr(&c);
		l.preferred = cursor_u32(&c);
		l.valid = cursor_u32(&c);
	}
	if (!cursor_ok(&c) || l.bits > 128)
		out->misshapen = true;
	else if (out->leases_n == DHCP6_LEASES_MAX)
		out->more = true;
	else
		out->leases[out->leases_n++] = l;
}

static void
read_association(struct bytes value, bool prefix, struct dhcp6 *out)
{
	struct cursor c = cursor_over(value);
	struct option o;

	cursor_skip(&c, 12); /* IAID, T1, T2 */
	while (next_option(&c, &o))
		if (o.code == (prefix ? IAPREFIX : IAADDR))
			read_lease(o, prefix, out);
	out->present |= prefix ? DHCP6_HAS_IA_PD : DHCP6_HAS_IA_NA;
	if (!cursor_ok(&c))
		out->misshapen = true;
}

/* Notes that an option is there; false if it was there before or its length is wrong. */
static bool
first_of(struct dhcp6 *out, uint32_t has, bool fits)
{
	if (!fits)
		out->misshapen = true;
	else if (out->present & has)
		out->repeated = true;
	else {
		out->present |= has;
		return true;
	}
	return false;
}

static void
read_option(struct option o, struct dhcp6 *out)
{
	struct cursor c = cursor_over(o.value);

	switch (o.code) {
	case CLIENTID:
		if (first_of(out, DHCP6_HAS_CLIENT, true))
			out->client = o.value;
		break;
	case SERVERID:
		if (first_of(out, DHCP6_HAS_SERVER, true))
			out->server = o.value;
		break;
	case IA_NA:
	case IA_PD:
		read_association(o.value, o.code == IA_PD, out);
		break;
	case PREFERENCE:
		if (first_of(out, DHCP6_HAS_PREFERENCE, o.value.len == 1))
			out->preference = cursor_u8(&c);
		break;
	case DNS_SERVERS:
		if (!first_of(out, DHCP6_HAS_DNS, o.value.len && o.value.len % 16 == 0))
			break;
		while (cursor_left(&c) && out->dns_n < DHCP6_DNS_MAX)
			out->dns[out->dns_n++] = read_addr(&c);
		out->more |= cursor_left(&c) > 0;
		break;
	case DOMAIN_LIST:
		if (first_of(out, DHCP6_HAS_SEARCH, true))
			out->search = o.value;
		break;
	case CLIENT_FQDN:
		if (!first_of(out, DHCP6_HAS_FQDN, o.value.len >= 1))
			break;
		out->fqdn_flags = cursor_u8(&c);
		out->fqdn = cursor_rest(&c);
		break;
	}
}

enum err
dhcp6_parse(struct bytes in, struct dhcp6 *out)
{
	struct cursor c = cursor_over(in);
	struct option o;

	*out = (struct dhcp6){ 0 };
	while (is_relay(out->type = cursor_u8(&c))) {
		enum err e = unwrap(&c, out->type, out);
		if (e != OK)
			return e;
	}
	out->xid = cursor_u24(&c);
	while (next_option(&c, &o))
		read_option(o, out);
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

static void
print_option(uint16_t code, struct bytes value, struct buf *out)
{
	buf_u16(out, code);
	buf_u16(out, (uint16_t)value.len);
	buf_bytes_put(out, value);
}

static void
print_association(const struct dhcp6_lease *l, bool prefix, struct buf *out)
{
	uint16_t inner = prefix ? 25 : 24;

	buf_u16(out, prefix ? IA_PD : IA_NA);
	buf_u16(out, l ? (uint16_t)(12 + 4 + inner) : 12);
	buf_zero(out, 12);
	if (!l)
		return;
	buf_u16(out, prefix ? IAPREFIX : IAADDR);
	buf_u16(out, inner);
	if (!prefix)
		buf_put(out, l->addr.b, 16);
	buf_u32(out, l->preferred);
	buf_u32(out, l->valid);
	if (prefix) {
		buf_u8(out, l->bits);
		buf_put(out, l->addr.b, 16);
	}
}

static void
print_associations(const struct dhcp6 *d, bool prefix, struct buf *out)
{
	bool none = true;

	for (unsigned i = 0; i < d->leases_n; i++) {
		if (d->leases[i].prefix != prefix)
			continue;
		print_association(&d->leases[i], prefix, out);
		none = false;
	}
	if (none)
		print_association(NULL, prefix, out);
}

static void
print_message(const struct dhcp6 *d, struct buf *out)
{
	buf_u8(out, d->type);
	buf_u24(out, d->xid);
	if (d->present & DHCP6_HAS_CLIENT)
		print_option(CLIENTID, d->client, out);
	if (d->present & DHCP6_HAS_SERVER)
		print_option(SERVERID, d->server, out);
	if (d->present & DHCP6_HAS_PREFERENCE)
		print_option(PREFERENCE, bytes_of(&d->preference, 1), out);
	if (d->present & DHCP6_HAS_IA_NA)
		print_associations(d, false, out);
	if (d->present & DHCP6_HAS_IA_PD)
		print_associations(d, true, out);
	if (d->present & DHCP6_HAS_DNS)
		print_option(DNS_SERVERS, bytes_of(d->dns, d->dns_n * sizeof d->dns[0]), out);
	if (d->present & DHCP6_HAS_SEARCH)
		print_option(DOMAIN_LIST, d->search, out);
	if (d->present & DHCP6_HAS_FQDN) {
		buf_u16(out, CLIENT_FQDN);
		buf_u16(out, (uint16_t)(1 + d->fqdn.len));
		buf_u8(out, d->fqdn_flags);
		buf_bytes_put(out, d->fqdn);
	}
}

void
dhcp6_print(const struct dhcp6 *d, struct buf *out)
{
	size_t length_at[DHCP6_RELAYS_MAX];

	for (unsigned i = 0; i < d->relays_n; i++) {
		buf_u8(out, d->relays[i].type);
		buf_u8(out, d->relays[i].hops);
		buf_put(out, d->relays[i].link.b, 16);
		buf_put(out, d->relays[i].peer.b, 16);
		buf_u16(out, RELAY_MSG);
		length_at[i] = out->len;
		buf_u16(out, 0);
	}
	print_message(d, out);
	for (unsigned i = 0; i < d->relays_n; i++)
		buf_patch16(out, length_at[i], (uint16_t)(out->len - length_at[i] - 2));
}

bool
dhcp6_duid_mac(struct bytes duid, struct mac *out)
{
	enum { DUID_LLT = 1, DUID_LL = 3, HTYPE_ETHERNET = 1 };

	if (!duid.len)
		return false; /* the option was absent */
	struct cursor c = cursor_over(duid);
	uint16_t kind = cursor_u16(&c);
	uint16_t htype = cursor_u16(&c);
	if (kind == DUID_LLT)
		cursor_skip(&c, 4);
	cursor_copy(&c, out->b, 6);
	return cursor_end(&c) && (kind == DUID_LLT || kind == DUID_LL) && htype == HTYPE_ETHERNET;
}
