/* icmp6: RFC 4443 section 2.1, RFC 4861 section 4. */
#include "wire/icmp6.h"
#include "base/cursor.h"

/* Options, and their lengths in units of eight bytes. */
enum { SOURCE_MAC = 1, TARGET_MAC = 2, PREFIX = 3, REDIRECTED = 4, MTU = 5, ROUTE = 24, RDNSS = 25 };
enum { UNITS_MAC = 1, UNITS_PREFIX = 4, UNITS_MTU = 1, UNITS_ROUTE_MAX = 3, UNITS_RDNSS_MIN = 3 };

enum { RA_MANAGED = 0x80, RA_OTHER = 0x40, PREFIX_ON_LINK = 0x80, PREFIX_AUTONOMOUS = 0x40 };
#define NA_ROUTER    0x80000000u
#define NA_SOLICITED 0x40000000u
#define NA_OVERRIDE  0x20000000u

static struct addr
read_addr(struct cursor *c)
{
	struct addr a;
	cursor_copy(c, a.b, 16);
	return a;
}

static void
clear_beyond(struct addr *a, unsigned bits)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned kept = bits > i * 8 ? bits - i * 8 : 0;
		if (kept < 8)
			a->b[i] &= (uint8_t)(0xff00u >> kept);
	}
}

/* RFC 4191 section 2.1: two bits in the middle of a byte; 10 is reserved. */
static bool
read_preference(uint8_t flags, int8_t *out)
{
	static const int8_t values[4] = { ICMP6_MEDIUM, ICMP6_HIGH, ICMP6_MEDIUM, ICMP6_LOW };
	*out = values[flags >> 3 & 3];
	return (flags >> 3 & 3) != 2;
}

static uint8_t
preference_bits(int8_t preference)
{
	return (uint8_t)((preference & 3) << 3);
}

static void
read_mac(struct cursor *c, size_t units, uint32_t has, struct mac *to, struct icmp6 *out)
{
	if (units != UNITS_MAC) {
		out->misshapen = true;
	} else if (out->present & has) {
		out->repeated = true;
	} else {
		out->present |= has;
		cursor_copy(c, to->b, 6);
	}
}

static void
read_prefix(struct cursor *c, size_t units, struct icmp6 *out)
{
	struct icmp6_prefix p;

	p.bits = cursor_u8(c);
	uint8_t flags = cursor_u8(c);
	p.valid = cursor_u32(c);
	p.preferred = cursor_u32(c);
	cursor_skip(c, 4);
	p.net = read_addr(c);
	p.on_link = flags & PREFIX_ON_LINK;
	p.autonomous = flags & PREFIX_AUTONOMOUS;
	if (units != UNITS_PREFIX || p.bits > 128) {
		out->misshapen = true;
	} else if (out->prefixes_n == ICMP6_PREFIXES_MAX) {
		out->more = true;
	} else {
		clear_beyond(&p.net, p.bits);
		out->prefixes[out->prefixes_n++] = p;
	}
}

/* The least length of a route option for a prefix: RFC 4191 section 2.3. */
static size_t
route_units(uint8_t bits)
{
	return bits > 64 ? 3 : bits > 0 ? 2 : 1;
}

static void
read_route(struct cursor *c, size_t units, struct icmp6 *out)
{
	struct icmp6_route r = { 0 };

	r.bits = cursor_u8(c);
	bool known = read_preference(cursor_u8(c), &r.preference);
	r.lifetime = cursor_u32(c);
	if (units > UNITS_ROUTE_MAX || r.bits > 128 || units < route_units(r.bits)) {
		out->misshapen = true;
	} else if (!known) {
		return; /* with a reserved preference the option must be ignored */
	} else if (out->routes_n == ICMP6_ROUTES_MAX) {
		out->more = true;
	} else {
		cursor_copy(c, r.net.b, cursor_left(c));
		clear_beyond(&r.net, r.bits);
		out->routes[out->routes_n++] = r;
	}
}

static void
read_dns(struct cursor *c, size_t units, struct icmp6 *out)
{
	cursor_skip(c, 2);
	uint32_t lifetime = cursor_u32(c);
	if (units < UNITS_RDNSS_MIN || units % 2 == 0) {
		out->misshapen = true;
		return;
	}
	while (cursor_left(c) && out->dns_n < ICMP6_DNS_MAX)
		out->dns[out->dns_n++] = (struct icmp6_dns){ read_addr(c), lifetime };
	out->more |= cursor_left(c) > 0;
}

static void
read_option(uint8_t type, struct cursor *c, size_t units, struct icmp6 *out)
{
	switch (type) {
	case SOURCE_MAC:
		read_mac(c, units, ICMP6_HAS_SOURCE, &out->source_mac, out);
		break;
	case TARGET_MAC:
		read_mac(c, units, ICMP6_HAS_TARGET, &out->target_mac, out);
		break;
	case PREFIX:
		read_prefix(c, units, out);
		break;
	case REDIRECTED:
		cursor_skip(c, 6);
		out->body = cursor_rest(c);
		break;
	case MTU:
		if (units != UNITS_MTU) {
			out->misshapen = true;
		} else if (out->present & ICMP6_HAS_MTU) {
			out->repeated = true;
		} else {
			out->present |= ICMP6_HAS_MTU;
			cursor_skip(c, 2);
			out->mtu = cursor_u32(c);
		}
		break;
	case ROUTE:
		read_route(c, units, out);
		break;
	case RDNSS:
		read_dns(c, units, out);
		break;
	}
}

/* RFC 4861 section 4.6. */
static enum err
read_options(struct cursor *c, struct icmp6 *out)
{
	while (cursor_left(c)) {
		uint8_t type = cursor_u8(c);
		size_t  units = cursor_u8(c);
		if (!cursor_ok(c))
			return ERR_SHORT;
		if (units == 0)
			return ERR_FORM;
		struct cursor value = cursor_sub(c, units * 8 - 2);
		if (!cursor_ok(c))
			return ERR_SHORT;
		read_option(type, &value, units, out);
	}
	return cursor_ok(c) ? OK : ERR_SHORT;
}

enum err
icmp6_parse(struct bytes in, struct icmp6 *out)
{
	struct cursor c = cursor_over(in);
	uint32_t      flags;

	*out = (struct icmp6){ 0 };
	out->type = cursor_u8(&c);
	out->code = cursor_u8(&c);
	out->sum = cursor_u16(&c);
	switch (out->type) {
	case ICMP6_RS:
		cursor_skip(&c, 4);
		return read_options(&c, out);
	case ICMP6_RA:
		out->hop_limit = cursor_u8(&c);
		flags = cursor_u8(&c);
		out->managed = flags & RA_MANAGED;
		out->other = flags & RA_OTHER;
		(void)read_preference((uint8_t)flags, &out->preference); /* reserved counts as medium: RFC 4191 section 2.2 */
		out->lifetime = cursor_u16(&c);
		out->reachable = cursor_u32(&c);
		out->retrans = cursor_u32(&c);
		return read_options(&c, out);
	case ICMP6_NS:
		cursor_skip(&c, 4);
		out->target = read_addr(&c);
		return read_options(&c, out);
	case ICMP6_NA:
		flags = cursor_u32(&c);
		out->router = flags & NA_ROUTER;
		out->solicited = flags & NA_SOLICITED;
		out->override = flags & NA_OVERRIDE;
		out->target = read_addr(&c);
		return read_options(&c, out);
	case ICMP6_REDIRECT:
		cursor_skip(&c, 4);
		out->target = read_addr(&c);
		out->destination = read_addr(&c);
		return read_options(&c, out);
	case ICMP6_ECHO:
	case ICMP6_ECHO_REPLY:
		out->id = cursor_u16(&c);
		out->seq = cursor_u16(&c);
		break;
	case ICMP6_UNREACHABLE:
	case ICMP6_TOO_BIG:
	case ICMP6_EXCEEDED:
	case ICMP6_PARAMETER:
		out->word = cursor_u32(&c);
		break;
	}
	out->body = cursor_rest(&c);
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

static void
print_mac(uint8_t type, struct mac m, struct buf *out)
{
	buf_u8(out, type);
	buf_u8(out, UNITS_MAC);
	buf_put(out, m.b, 6);
}

static void
print_prefix(const struct icmp6_prefix *p, struct buf *out)
{
	buf_u8(out, PREFIX);
	buf_u8(out, UNITS_PREFIX);
	buf_u8(out, p->bits);
	buf_u8(out, (uint8_t)((p->on_link ? PREFIX_ON_LINK : 0) | (p->autonomous ? PREFIX_AUTONOMOUS : 0)));
	buf_u32(out, p->valid);
	buf_u32(out, p->preferred);
	buf_zero(out, 4);
	buf_put(out, p->net.b, 16);
}

static void
print_route(const struct icmp6_route *r, struct buf *out)
{
	size_t units = route_units(r->bits);

	buf_u8(out, ROUTE);
	buf_u8(out, (uint8_t)units);
	buf_u8(out, r->bits);
	buf_u8(out, preference_bits(r->preference));
	buf_u32(out, r->lifetime);
	buf_put(out, r->net.b, (units - 1) * 8);
}

static void
print_options(const struct icmp6 *i, struct buf *out)
{
	if (i->present & ICMP6_HAS_SOURCE)
		print_mac(SOURCE_MAC, i->source_mac, out);
	if (i->present & ICMP6_HAS_TARGET)
		print_mac(TARGET_MAC, i->target_mac, out);
	if (i->present & ICMP6_HAS_MTU) {
		buf_u8(out, MTU);
		buf_u8(out, UNITS_MTU);
		buf_zero(out, 2);
		buf_u32(out, i->mtu);
	}
	for (unsigned n = 0; n < i->prefixes_n; n++)
		print_prefix(&i->prefixes[n], out);
	for (unsigned n = 0; n < i->routes_n; n++)
		print_route(&i->routes[n], out);
	for (unsigned n = 0; n < i->dns_n; n++) {
		buf_u8(out, RDNSS);
		buf_u8(out, UNITS_RDNSS_MIN);
		buf_zero(out, 2);
		buf_u32(out, i->dns[n].lifetime);
		buf_put(out, i->dns[n].addr.b, 16);
	}
	if (i->body.len) {
		size_t units = (i->body.len + 8 + 7) / 8;
		buf_u8(out, REDIRECTED);
		buf_u8(out, (uint8_t)units);
		buf_zero(out, 6);
		buf_bytes_put(out, i->body);
		buf_zero(out, units * 8 - 8 - i->body.len);
	}
}

void
icmp6_print(const struct icmp6 *i, struct buf *out)
{
	buf_u8(out, i->type);
	buf_u8(out, i->code);
	buf_u16(out, i->sum);
	switch (i->type) {
	case ICMP6_RS:
		buf_zero(out, 4);
		print_options(i, out);
		return;
	case ICMP6_RA:
		buf_u8(out, i->hop_limit);
		buf_u8(out, (uint8_t)((i->managed ? RA_MANAGED : 0) | (i->other ? RA_OTHER : 0) | preference_bits(i->preference)));
		buf_u16(out, i->lifetime);
		buf_u32(out, i->reachable);
		buf_u32(out, i->retrans);
		print_options(i, out);
		return;
	case ICMP6_NA:
		buf_u32(out, (i->router ? NA_ROUTER : 0) | (i->solicited ? NA_SOLICITED : 0) | (i->override ? NA_OVERRIDE : 0));
		buf_put(out, i->target.b, 16);
		print_options(i, out);
		return;
	case ICMP6_NS:
	case ICMP6_REDIRECT:
		buf_zero(out, 4);
		buf_put(out, i->target.b, 16);
		if (i->type == ICMP6_REDIRECT)
			buf_put(out, i->destination.b, 16);
		print_options(i, out);
		return;
	case ICMP6_ECHO:
	case ICMP6_ECHO_REPLY:
		buf_u16(out, i->id);
		buf_u16(out, i->seq);
		break;
	case ICMP6_UNREACHABLE:
	case ICMP6_TOO_BIG:
	case ICMP6_EXCEEDED:
	case ICMP6_PARAMETER:
		buf_u32(out, i->word);
		break;
	}
	buf_bytes_put(out, i->body);
}
