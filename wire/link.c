/* link: see link.h for the layers. */
#include "wire/link.h"
#include "base/cursor.h"

static bool
is_tag(uint16_t type)
{
	return type == ETHERTYPE_VLAN || type == 0x88a8 || type == 0x9100 || type == 0x9200;
}

/* PPP protocol numbers (RFC 1661, IANA) of the two we follow. */
static uint16_t
ppp_type(uint16_t protocol)
{
	return protocol == 0x0021 ? ETHERTYPE_IPV4 : protocol == 0x0057 ? ETHERTYPE_IPV6 : 0;
}

/* The type of a bare IP packet, from its version. */
static uint16_t
version_type(struct bytes in)
{
	uint8_t v = in.len ? in.at[0] >> 4 : 0;
	return v == 4 ? ETHERTYPE_IPV4 : v == 6 ? ETHERTYPE_IPV6 : 0;
}

/* 802.2 LLC, and SNAP's ethertype or protocol. */
static void
llc(struct cursor *c, struct link *out)
{
	uint16_t saps = cursor_u16(c);
	uint8_t  control = cursor_u8(c);

	out->type = LINK_LLC;
	if (saps == 0x4242 && control == 3) {
		out->type = LINK_STP;
	} else if (saps == 0xaaaa && control == 3) {
		uint32_t oui = cursor_u24(c);
		uint16_t protocol = cursor_u16(c);
		if (oui == 0x00000c && protocol == 0x2000)
			out->type = LINK_CDP;
		else if (oui == 0x00000c && protocol == 0x010b)
			out->type = LINK_STP;
		else if (oui == 0 || oui == 0x0000f8)
			out->type = protocol;
	}
}

/* Tags, MPLS and PPPoE stand between the header and what it carries. */
static void
inner(struct cursor *c, uint16_t type, struct link *out)
{
	while (is_tag(type)) {
		uint16_t tci = cursor_u16(c);
		if (out->vlans < 4)
			out->vlan[out->vlans] = tci & 0xfff;
		if (out->vlans < UINT8_MAX)
			out->vlans++;
		type = cursor_u16(c);
	}
	out->type = type;
	if (type == 0x8847 || type == 0x8848) {
		while (cursor_ok(c) && !(cursor_u32(c) & 0x100))
			;
		/* No protocol field below MPLS: IP by its version, or a pseudowire's control word and Ethernet. */
		struct bytes rest = { c->at, cursor_left(c) };
		out->type = version_type(rest);
		if (!out->type && rest.len >= 18) {
			if (!(rest.at[0] | rest.at[1] | rest.at[2] | rest.at[3]))
				cursor_skip(c, 4);
			cursor_copy(c, out->dst.b, 6);
			cursor_copy(c, out->src.b, 6);
			inner(c, cursor_u16(c), out);
		}
	} else if (type == ETHERTYPE_PPPOE) {
		cursor_skip(c, 6);
		out->type = ppp_type(cursor_u16(c));
	} else if (type < 0x0600) {
		/* An 802.3 length: LLC within that many bytes, not in the padding. */
		if (type < cursor_left(c))
			c->end = c->at + type;
		llc(c, out);
	}
}

enum err
link_parse(struct bytes in, uint32_t linktype, struct link *out)
{
	struct cursor c = cursor_over(in);

	memset(out, 0, offsetof(struct link, payload));
	switch (linktype) {
	case LINK_ETHERNET: {
		struct bytes h = cursor_take(&c, 14);
		if (!h.len)
			return ERR_SHORT;
		out->dst = mac_of(h.at);
		out->src = mac_of(h.at + 6);
		out->cards = true;
		inner(&c, bytes_u16(h, 12), out);
		break;
	}
	case LINK_SLL: {
		/* packet type, ARPHRD, address length, address (8), protocol */
		cursor_skip(&c, 4);
		uint16_t len = cursor_u16(&c);
		cursor_copy(&c, out->src.b, 6);
		cursor_skip(&c, 2);
		if (len != 6)
			memset(&out->src, 0, sizeof out->src);
		inner(&c, cursor_u16(&c), out);
		break;
	}
	case LINK_SLL2: {
		uint16_t type = cursor_u16(&c);
		cursor_skip(&c, 9); /* reserved, interface, ARPHRD, packet type */
		uint8_t len = cursor_u8(&c);
		cursor_copy(&c, out->src.b, 6);
		cursor_skip(&c, 2);
		if (len != 6)
			memset(&out->src, 0, sizeof out->src);
		inner(&c, type, out);
		break;
	}
	case LINK_RAW:
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
	case LINK_IPV4:
	case LINK_IPV6:
		out->type = version_type(in);
		break;
	case LINK_NULL:
	case LINK_LOOP:
		/* An address family in whose byte order we do not care: the version tells. */
		cursor_skip(&c, 4);
		out->type = version_type((struct bytes){ c.at, cursor_left(&c) });
		break;
	case LINK_PPP:
	case LINK_PPP_HDLC:
		if (in.len >= 2 && in.at[0] == 0xff && in.at[1] == 0x03)
			cursor_skip(&c, 2);
		out->type = ppp_type(cursor_u16(&c));
		break;
	default:
		return ERR_UNSUPPORTED;
	}
	out->payload = cursor_rest(&c);
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

void
link_print(const struct link *l, struct buf *out)
{
	buf_put(out, l->dst.b, 6);
	buf_put(out, l->src.b, 6);
	for (uint8_t i = 0; i < l->vlans && i < 4; i++) {
		buf_u16(out, i + 1 < l->vlans ? 0x88a8 : ETHERTYPE_VLAN);
		buf_u16(out, l->vlan[i]);
	}
	if (l->type == LINK_STP) {
		buf_u16(out, (uint16_t)(l->payload.len + 3));
		buf_put(out, "\x42\x42\x03", 3);
	} else {
		buf_u16(out, l->type);
	}
	buf_bytes_put(out, l->payload);
}
