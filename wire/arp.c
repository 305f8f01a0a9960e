/* arp: RFC 826 "Packet format", for 6-byte cards and 4-byte addresses. */
#include "wire/arp.h"
#include "base/cursor.h"

enum { HTYPE_ETHERNET = 1, PTYPE_IPV4 = 0x0800 };

enum err
arp_parse(struct bytes in, struct arp *out)
{
	struct cursor c = cursor_over(in);

	uint16_t htype = cursor_u16(&c);
	uint16_t ptype = cursor_u16(&c);
	uint8_t  hlen = cursor_u8(&c);
	uint8_t  plen = cursor_u8(&c);
	out->op = cursor_u16(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (htype != HTYPE_ETHERNET || ptype != PTYPE_IPV4 || hlen != 6 || plen != 4)
		return ERR_UNSUPPORTED;
	uint8_t spa[4], tpa[4];
	cursor_copy(&c, out->sha.b, 6);
	cursor_copy(&c, spa, 4);
	cursor_copy(&c, out->tha.b, 6);
	cursor_copy(&c, tpa, 4);
	out->spa = addr_v4(spa);
	out->tpa = addr_v4(tpa);
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

void
arp_print(const struct arp *a, struct buf *out)
{
	buf_u16(out, HTYPE_ETHERNET);
	buf_u16(out, PTYPE_IPV4);
	buf_u8(out, 6);
	buf_u8(out, 4);
	buf_u16(out, a->op);
	buf_put(out, a->sha.b, 6);
	buf_put(out, a->spa.b + 12, 4);
	buf_put(out, a->tha.b, 6);
	buf_put(out, a->tpa.b + 12, 4);
}
