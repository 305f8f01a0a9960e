/* dhcp: RFC 2131 section 2 for the packet, a table for the options. */
#include "wire/dhcp.h"
#include "base/cursor.h"

enum { COOKIE = 0x63825363, PAD = 0, MESSAGE_TYPE = 53, OVERLOAD = 52, END = 255 };
enum { FILE_HOLDS_OPTIONS = 1, SNAME_HOLDS_OPTIONS = 2 };

enum shape { UNKNOWN, U8, U32, ADDR, ADDRS, VIEW };

/* One row an option: the shape of its value, its bit in present, its place in struct dhcp. */
static const struct row {
	enum shape shape;
	uint32_t   has;
	size_t     at;
} rows[256] = {
#define ROW(code, shape, has, member) [code] = { shape, has, offsetof(struct dhcp, member) }
	ROW(1, ADDR, DHCP_HAS_MASK, mask),
	ROW(3, ADDRS, DHCP_HAS_ROUTERS, routers),
	ROW(6, ADDRS, DHCP_HAS_DNS, dns),
	ROW(12, VIEW, DHCP_HAS_HOSTNAME, hostname),
	ROW(15, VIEW, DHCP_HAS_DOMAIN, domain),
	ROW(50, ADDR, DHCP_HAS_REQUESTED, requested),
	ROW(51, U32, DHCP_HAS_LEASE, lease),
	ROW(MESSAGE_TYPE, U8, DHCP_HAS_TYPE, type),
	ROW(54, ADDR, DHCP_HAS_SERVER, server),
	ROW(55, VIEW, DHCP_HAS_WANTED, wanted),
	ROW(60, VIEW, DHCP_HAS_VENDOR, vendor),
	ROW(61, VIEW, DHCP_HAS_CLIENT, client),
	ROW(82, VIEW, DHCP_HAS_RELAY, relay),
	ROW(114, VIEW, DHCP_HAS_PORTAL, portal),
	ROW(121, VIEW, DHCP_HAS_ROUTES, routes),
	ROW(252, VIEW, DHCP_HAS_WPAD, wpad),
#undef ROW
};

static struct addr
read_addr(struct cursor *c)
{
	uint8_t v[4];
	cursor_copy(c, v, 4);
	return addr_v4(v);
}

static bool
fits(enum shape shape, size_t len)
{
	switch (shape) {
	case U8:
		return len == 1;
	case U32:
	case ADDR:
		return len == 4;
	case ADDRS:
		return len && len % 4 == 0;
	default:
		return true;
	}
}

static void
read_option(const struct row *row, struct bytes value, struct dhcp *out)
{
	void         *at = (uint8_t *)out + row->at;
	struct cursor c = cursor_over(value);

	if (out->present & row->has) {
		out->repeated = true;
		return;
	}
	if (!fits(row->shape, value.len)) {
		out->misshapen = true;
		return;
	}
	out->present |= row->has;
	switch (row->shape) {
	case UNKNOWN:
		break;
	case U8:
		*(uint8_t *)at = cursor_u8(&c);
		break;
	case U32:
		*(uint32_t *)at = cursor_u32(&c);
		break;
	case ADDR:
		*(struct addr *)at = read_addr(&c);
		break;
	case ADDRS: {
		struct dhcp_addrs *list = at;
		while (list->n < DHCP_ADDRS_MAX && cursor_left(&c))
			list->v[list->n++] = read_addr(&c);
		list->more = cursor_left(&c) > 0;
		break;
	}
	case VIEW:
		*(struct bytes *)at = value;
		break;
	}
}

/* Reads one field of options; *ended tells whether the end option closed it, *overload what option 52 says. */
static enum err
read_options(struct bytes field, struct dhcp *out, bool *ended, uint8_t *overload)
{
	struct cursor c = cursor_over(field);

	*ended = false;
	while (cursor_left(&c)) {
		uint8_t code = cursor_u8(&c);
		if (code == PAD)
			continue;
		if (code == END) {
			*ended = true;
			break;
		}
		struct bytes value = cursor_take(&c, cursor_u8(&c));
		if (!cursor_ok(&c))
			return ERR_SHORT;
		struct cursor v = cursor_over(value);
		if (code == OVERLOAD)
			*overload = cursor_u8(&v);
		else if (rows[code].shape != UNKNOWN)
			read_option(&rows[code], value, out);
	}
	return OK;
}

static struct bytes
up_to_nul(struct bytes b)
{
	return bytes_head(b, bytes_find(b, 0));
}

enum err
dhcp_parse(struct bytes in, struct dhcp *out)
{
	struct cursor c = cursor_over(in);
	uint8_t       overload = 0, ignored = 0;
	bool          ended, inner_ended;

	*out = (struct dhcp){ 0 };
	out->op = cursor_u8(&c);
	out->htype = cursor_u8(&c);
	out->hlen = cursor_u8(&c);
	out->hops = cursor_u8(&c);
	out->xid = cursor_u32(&c);
	out->secs = cursor_u16(&c);
	out->flags = cursor_u16(&c);
	out->ciaddr = read_addr(&c);
	out->yiaddr = read_addr(&c);
	out->siaddr = read_addr(&c);
	out->giaddr = read_addr(&c);
	cursor_copy(&c, out->chaddr.b, 6);
	cursor_skip(&c, 10);
	struct bytes sname = cursor_take(&c, 64);
	struct bytes file = cursor_take(&c, 128);
	uint32_t     cookie = cursor_u32(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (cookie != COOKIE)
		return ERR_UNSUPPORTED;
	if (out->hlen > 16)
		return ERR_FORM;

	/* RFC 2131 section 4.1: the option field first, then file, then sname. */
	enum err e = read_options(cursor_rest(&c), out, &ended, &overload);
	out->unended = !ended;
	if (e == OK && overload & FILE_HOLDS_OPTIONS)
		e = read_options(file, out, &inner_ended, &ignored);
	else
		out->file = up_to_nul(file);
	if (e == OK && overload & SNAME_HOLDS_OPTIONS)
		e = read_options(sname, out, &inner_ended, &ignored);
	else
		out->sname = up_to_nul(sname);
	return e;
}

static void
print_view(struct bytes v, struct buf *out)
{
	v = bytes_head(v, 255);
	buf_u8(out, (uint8_t)v.len);
	buf_bytes_put(out, v);
}

static void
print_option(unsigned code, const struct dhcp *d, struct buf *out)
{
	const struct row *row = &rows[code];
	const void       *at = (const uint8_t *)d + row->at;

	if (!(d->present & row->has))
		return;
	buf_u8(out, (uint8_t)code);
	switch (row->shape) {
	case UNKNOWN:
		break;
	case U8:
		buf_u8(out, 1);
		buf_u8(out, *(const uint8_t *)at);
		break;
	case U32:
		buf_u8(out, 4);
		buf_u32(out, *(const uint32_t *)at);
		break;
	case ADDR:
		buf_u8(out, 4);
		buf_put(out, ((const struct addr *)at)->b + 12, 4);
		break;
	case ADDRS: {
		const struct dhcp_addrs *list = at;
		buf_u8(out, (uint8_t)(list->n * 4));
		for (unsigned i = 0; i < list->n; i++)
			buf_put(out, list->v[i].b + 12, 4);
		break;
	}
	case VIEW:
		print_view(*(const struct bytes *)at, out);
		break;
	}
}

static void
print_padded(struct bytes v, size_t width, struct buf *out)
{
	v = bytes_head(v, width);
	buf_bytes_put(out, v);
	buf_zero(out, width - v.len);
}

void
dhcp_print(const struct dhcp *d, struct buf *out)
{
	buf_u8(out, d->op);
	buf_u8(out, d->htype);
	buf_u8(out, d->hlen);
	buf_u8(out, d->hops);
	buf_u32(out, d->xid);
	buf_u16(out, d->secs);
	buf_u16(out, d->flags);
	buf_put(out, d->ciaddr.b + 12, 4);
	buf_put(out, d->yiaddr.b + 12, 4);
	buf_put(out, d->siaddr.b + 12, 4);
	buf_put(out, d->giaddr.b + 12, 4);
	buf_put(out, d->chaddr.b, 6);
	buf_zero(out, 10);
	print_padded(d->sname, 64, out);
	print_padded(d->file, 128, out);
	buf_u32(out, COOKIE);
	print_option(MESSAGE_TYPE, d, out);
	for (unsigned code = 0; code < 256; code++)
		if (code != MESSAGE_TYPE)
			print_option(code, d, out);
	if (!d->unended)
		buf_u8(out, END);
}

unsigned
dhcp_routes(struct bytes raw, struct dhcp_route out[static DHCP_ROUTES_MAX])
{
	unsigned n = 0;

	if (!raw.len)
		return 0; /* the option was absent */
	struct cursor c = cursor_over(raw);
	while (n < DHCP_ROUTES_MAX && cursor_left(&c)) {
		uint8_t net[4] = { 0 };
		uint8_t bits = cursor_u8(&c);
		if (bits > 32)
			break;
		cursor_copy(&c, net, (bits + 7u) / 8); /* only the significant octets are sent */
		out[n].net = addr_v4(net);
		out[n].bits = bits;
		out[n].via = read_addr(&c);
		if (!cursor_ok(&c))
			break;
		n++;
	}
	return n;
}
