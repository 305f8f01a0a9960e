/* cdp: a header and TLVs. */
#include "wire/cdp.h"
#include "base/cursor.h"

enum { DEVICE = 1, ADDRESSES = 2, PORT = 3, CAPABILITIES = 4, SOFTWARE = 5, PLATFORM = 6, NATIVE_VLAN = 10 };
enum { HEAD = 4, NLPID = 1, LLC = 2 };

/* How an address says that it is IPv4 or IPv6: protocol type, length of the protocol, protocol. */
static const uint8_t is_ipv4[] = { NLPID, 1, 0xcc };
static const uint8_t is_ipv6[] = { LLC, 8, 0xaa, 0xaa, 0x03, 0, 0, 0, 0x86, 0xdd };

/* Notes that a TLV is there; false if it was there before or its length is wrong. */
static bool
first_of(struct cdp *out, uint32_t has, bool fits)
{
	if (!fits) {
		out->misshapen = true;
		return false;
	}
	if (out->present & has) {
		out->repeated = true;
		return false;
	}
	out->present |= has;
	return true;
}

/* One address; of a family that is neither IPv4 nor IPv6 nothing is kept. */
static void
read_address(struct cursor *c, struct cdp *out)
{
	struct cursor start = *c;
	struct addr   a;

	cursor_skip(c, 1);
	cursor_skip(c, cursor_u8(c));
	struct bytes protocol = cursor_take(&start, cursor_left(&start) - cursor_left(c));
	struct bytes value = cursor_take(c, cursor_u16(c));
	if (!cursor_ok(c))
		return;
	if (value.len == 4 && bytes_equal(protocol, bytes_of(is_ipv4, sizeof is_ipv4)))
		a = addr_v4(value.at);
	else if (value.len == 16 && bytes_equal(protocol, bytes_of(is_ipv6, sizeof is_ipv6)))
		a = addr_v6(value.at);
	else
		return;
	if (out->addrs_n == CDP_ADDRS_MAX)
		out->more = true;
	else
		out->addrs[out->addrs_n++] = a;
}

static void
read_addresses(struct bytes value, struct cdp *out)
{
	struct cursor c = cursor_over(value);

	for (uint32_t n = cursor_u32(&c); n && cursor_left(&c); n--)
		read_address(&c, out);
	if (!cursor_ok(&c))
		out->misshapen = true;
}

static void
read_tlv(uint16_t type, struct bytes value, struct cdp *out)
{
	struct cursor c = cursor_over(value);

	switch (type) {
	case DEVICE:
		if (first_of(out, CDP_HAS_DEVICE, true))
			out->device = value;
		break;
	case ADDRESSES:
		if (first_of(out, CDP_HAS_ADDRESS, value.len >= 4))
			read_addresses(value, out);
		break;
	case PORT:
		if (first_of(out, CDP_HAS_PORT, true))
			out->port = value;
		break;
	case CAPABILITIES:
		if (first_of(out, CDP_HAS_CAPABILITIES, value.len == 4))
			out->capabilities = cursor_u32(&c);
		break;
	case SOFTWARE:
		if (first_of(out, CDP_HAS_SOFTWARE, true))
			out->software = value;
		break;
	case PLATFORM:
		if (first_of(out, CDP_HAS_PLATFORM, true))
			out->platform = value;
		break;
	case NATIVE_VLAN:
		if (first_of(out, CDP_HAS_VLAN, value.len == 2))
			out->vlan = cursor_u16(&c);
		break;
	}
}

enum err
cdp_parse(struct bytes in, struct cdp *out)
{
	struct cursor c = cursor_over(in);

	*out = (struct cdp){ 0 };
	out->version = cursor_u8(&c);
	out->ttl = cursor_u8(&c);
	out->sum = cursor_u16(&c);
	while (cursor_left(&c)) {
		uint16_t type = cursor_u16(&c);
		uint16_t length = cursor_u16(&c);
		if (cursor_ok(&c) && length < HEAD)
			return ERR_FORM;
		struct bytes value = cursor_take(&c, (size_t)length - HEAD);
		if (cursor_ok(&c))
			read_tlv(type, value, out);
	}
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

static void
print_tlv(uint16_t type, struct bytes value, struct buf *out)
{
	buf_u16(out, type);
	buf_u16(out, (uint16_t)(HEAD + value.len));
	buf_bytes_put(out, value);
}

static void
print_addresses(const struct cdp *d, struct buf *out)
{
	size_t start = out->len;

	buf_u16(out, ADDRESSES);
	buf_u16(out, 0);
	buf_u32(out, d->addrs_n);
	for (unsigned i = 0; i < d->addrs_n; i++) {
		if (addr_is_v4(d->addrs[i])) {
			buf_put(out, is_ipv4, sizeof is_ipv4);
			buf_u16(out, 4);
			buf_put(out, d->addrs[i].b + 12, 4);
		} else {
			buf_put(out, is_ipv6, sizeof is_ipv6);
			buf_u16(out, 16);
			buf_put(out, d->addrs[i].b, 16);
		}
	}
	buf_patch16(out, start + 2, (uint16_t)(out->len - start));
}

void
cdp_print(const struct cdp *d, struct buf *out)
{
	buf_u8(out, d->version);
	buf_u8(out, d->ttl);
	buf_u16(out, d->sum);
	if (d->present & CDP_HAS_DEVICE)
		print_tlv(DEVICE, d->device, out);
	if (d->present & CDP_HAS_ADDRESS)
		print_addresses(d, out);
	if (d->present & CDP_HAS_PORT)
		print_tlv(PORT, d->port, out);
	if (d->present & CDP_HAS_CAPABILITIES) {
		buf_u16(out, CAPABILITIES);
		buf_u16(out, HEAD + 4);
		buf_u32(out, d->capabilities);
	}
	if (d->present & CDP_HAS_SOFTWARE)
		print_tlv(SOFTWARE, d->software, out);
	if (d->present & CDP_HAS_PLATFORM)
		print_tlv(PLATFORM, d->platform, out);
	if (d->present & CDP_HAS_VLAN) {
		buf_u16(out, NATIVE_VLAN);
		buf_u16(out, HEAD + 2);
		buf_u16(out, d->vlan);
	}
}
