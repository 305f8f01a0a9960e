/* ip: RFC 791 and RFC 8200. */
#include "wire/ip.h"
#include "base/cursor.h"

enum {
	V4_DF = 0x4000,
	V4_MF = 0x2000,
	V6_HOP = 0,
	V6_ROUTING = 43,
	V6_FRAGMENT = 44,
	V6_NONE = 59,
	V6_DESTINATION = 60,
	V6_MOBILITY = 135,
	EXTENSIONS_MOST = 8, /* RFC 8200 lists seven and no sender needs more */
};

static enum err
parse_v4(struct bytes in, struct ip *out)
{
	struct cursor c = cursor_over(in);
	struct bytes  h = cursor_take(&c, 20); /* one check for the fixed part: this is the hottest parser */

	if (!h.len)
		return ERR_SHORT;
	uint8_t ihl = h.at[0] & 15;
	out->length = bytes_u16(h, 2);
	out->id = bytes_u16(h, 4);
	uint16_t frag = bytes_u16(h, 6);
	out->ttl = h.at[8];
	out->protocol = h.at[9];
	cursor_skip(&c, ihl > 5 ? (ihl - 5u) * 4 : 0);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (ihl < 5)
		return ERR_FORM;
	out->src = addr_v4(h.at + 12);
	out->dst = addr_v4(h.at + 16);
	out->offset = (uint16_t)((frag & 0x1fff) * 8);
	out->more = frag & V4_MF;
	out->has_id = out->id != 0 || !(frag & V4_DF);
	/* Length 0 is what segmentation offload leaves in a capture taken on the sender. */
	size_t header = ihl * 4u, said = out->length ? out->length : in.len;
	if (said < header)
		return ERR_FORM;
	out->cut = said > in.len;
	out->payload = bytes_head(bytes_skip(in, header), said - header);
	return OK;
}

static enum err
parse_v6(struct bytes in, struct ip *out)
{
	struct cursor c = cursor_over(in);

	cursor_skip(&c, 4);
	uint16_t length = cursor_u16(&c);
	uint8_t  next = cursor_u8(&c);
	out->ttl = cursor_u8(&c);
	struct bytes src = cursor_take(&c, 16), dst = cursor_take(&c, 16);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	out->src = addr_v6(src.at);
	out->dst = addr_v6(dst.at);
	out->length = (uint16_t)(length + 40);
	if (length) { /* else a jumbogram or offload: all that is there */
		out->cut = length > cursor_left(&c);
		if (length < cursor_left(&c))
			c.end = c.at + length;
	}
	for (int i = 0; i < EXTENSIONS_MOST && !out->offset; i++) {
		if (next == V6_FRAGMENT) {
			next = cursor_u8(&c);
			cursor_skip(&c, 1);
			uint16_t frag = cursor_u16(&c);
			out->id = cursor_u32(&c);
			out->offset = frag & 0xfff8;
			out->more = frag & 1;
			out->has_id = true;
		} else if (next == V6_HOP || next == V6_ROUTING || next == V6_DESTINATION || next == V6_MOBILITY) {
			next = cursor_u8(&c);
			cursor_skip(&c, cursor_u8(&c) * 8u + 6);
		} else if (next == IP_AH) {
			next = cursor_u8(&c);
			cursor_skip(&c, cursor_u8(&c) * 4u + 6);
		} else {
			break;
		}
	}
	out->protocol = next;
	out->payload = cursor_rest(&c);
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

enum err
ip_parse(struct bytes in, struct ip *out)
{
	out->id = 0;
	out->offset = 0;
	out->more = out->has_id = out->cut = false;
	out->version = in.len ? in.at[0] >> 4 : 0;
	if (out->version == 4)
		return parse_v4(in, out);
	if (out->version == 6)
		return parse_v6(in, out);
	return in.len ? ERR_FORM : ERR_SHORT;
}

uint16_t
ip_checksum(struct bytes b, uint32_t sum)
{
	size_t i = 0;

	for (; i + 1 < b.len; i += 2)
		sum += (uint32_t)(b.at[i] << 8 | b.at[i + 1]);
	if (i < b.len)
		sum += (uint32_t)b.at[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

uint16_t
ip_transport_checksum(const struct ip *p, struct bytes segment)
{
	uint8_t    pseudo[40];
	struct buf b = buf_over(pseudo, sizeof pseudo);
	size_t     from = p->version == 4 ? 12 : 0;

	buf_put(&b, p->src.b + from, 16 - from);
	buf_put(&b, p->dst.b + from, 16 - from);
	buf_u32(&b, (uint32_t)segment.len);
	buf_u32(&b, p->protocol);
	return ip_checksum(segment, (uint16_t)~ip_checksum(buf_bytes(&b), 0));
}

void
ip_print(const struct ip *p, struct buf *out)
{
	size_t at = out->len;

	if (p->version == 4) {
		buf_u8(out, 0x45);
		buf_u8(out, 0);
		buf_u16(out, (uint16_t)(20 + p->payload.len));
		buf_u16(out, (uint16_t)p->id);
		buf_u16(out, (uint16_t)(p->offset / 8 | (p->more ? V4_MF : 0)));
		buf_u8(out, p->ttl);
		buf_u8(out, p->protocol);
		buf_u16(out, 0);
		buf_put(out, p->src.b + 12, 4);
		buf_put(out, p->dst.b + 12, 4);
		if (buf_ok(out))
			buf_patch16(out, at + 10, ip_checksum(bytes_of(out->at + at, 20), 0));
	} else {
		bool frag = ip_fragment(p);
		buf_u32(out, 0x60000000);
		buf_u16(out, (uint16_t)(p->payload.len + (frag ? 8 : 0)));
		buf_u8(out, frag ? V6_FRAGMENT : p->protocol);
		buf_u8(out, p->ttl);
		buf_put(out, p->src.b, 16);
		buf_put(out, p->dst.b, 16);
		if (frag) {
			buf_u8(out, p->protocol);
			buf_u8(out, 0);
			buf_u16(out, (uint16_t)(p->offset | p->more));
			buf_u32(out, p->id);
		}
	}
	buf_bytes_put(out, p->payload);
}
