/* tunnel: headers of tunnel.h. */
#include "wire/tunnel.h"
#include "base/cursor.h"
#include "wire/link.h"

static enum err
done(struct cursor *c, struct tunnel *out)
{
	out->payload = cursor_rest(c);
	return cursor_ok(c) ? OK : ERR_SHORT;
}

enum err
tunnel_gre_parse(struct bytes in, struct tunnel *out)
{
	struct cursor c = cursor_over(in);

	memset(out, 0, offsetof(struct tunnel, payload));
	uint16_t flags = cursor_u16(&c);
	uint16_t type = cursor_u16(&c);
	if (flags & 0xc000) /* checksum, and routing of RFC 1701 which nobody sends */
		cursor_skip(&c, 4);
	if (flags & 0x2000)
		out->network = cursor_u32(&c);
	if (flags & 0x1000)
		cursor_skip(&c, 4);
	if ((flags & 7) == 1 && type == 0x880b && (flags & 0x0080)) /* RFC 2637: PPTP acknowledgement */
		cursor_skip(&c, 4);
	out->linktype = LINK_ETHERNET;
	switch (type) {
	case ETHERTYPE_ERSPAN2:
		/* Type I has neither a sequence number nor a header of its own. */
		out->mirror = true;
		if (flags & 0x1000) {
			out->network = cursor_u32(&c) & 0x3ff;
			cursor_skip(&c, 4);
		}
		break;
	case ETHERTYPE_ERSPAN3: {
		out->mirror = true;
		out->network = cursor_u32(&c) & 0x3ff;
		cursor_skip(&c, 4);
		if (cursor_u32(&c) & 1) /* O: an optional platform header follows */
			cursor_skip(&c, 8);
		break;
	}
	case ETHERTYPE_TEB:
		break;
	case ETHERTYPE_IPV4:
	case ETHERTYPE_IPV6:
		out->linktype = LINK_RAW;
		break;
	case 0x880b:
		out->linktype = LINK_PPP;
		break;
	default:
		return ERR_UNSUPPORTED;
	}
	return done(&c, out);
}

static enum err
vxlan(struct cursor *c, struct tunnel *out)
{
	uint32_t flags = cursor_u32(c);

	out->network = cursor_u32(c) >> 8;
	out->linktype = LINK_ETHERNET;
	if (!(flags & 0x08000000))
		return ERR_FORM;
	return done(c, out);
}

static enum err
geneve(struct cursor *c, struct tunnel *out)
{
	uint8_t  options = cursor_u8(c) & 0x3f;
	uint16_t type = (uint16_t)(cursor_u24(c) & 0xffff);

	out->network = cursor_u32(c) >> 8;
	cursor_skip(c, options * 4u);
	out->linktype = type == ETHERTYPE_TEB ? LINK_ETHERNET : LINK_RAW;
	return type == ETHERTYPE_TEB || type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6 ? done(c, out) : ERR_UNSUPPORTED;
}

/* RFC 5415 section 4.3: preamble, then HLEN(5) RID(5) WBID(5) T F L W M K flags, in 4-byte words. */
static enum err
capwap(struct cursor *c, struct tunnel *out)
{
	uint8_t  preamble = cursor_u8(c);
	uint32_t word = cursor_u24(c);
	uint32_t hlen = word >> 19, wbid = word >> 9 & 0x1f, native = word >> 8 & 1, fragment = word >> 7 & 1;

	if (preamble || hlen < 2 || fragment)
		return ERR_UNSUPPORTED; /* DTLS, or a piece */
	cursor_skip(c, hlen * 4 - 4);
	out->linktype = native && wbid == 1 ? LINK_DOT11 : LINK_ETHERNET;
	out->swapped = native;
	return done(c, out);
}

/*
 * TS 29.281 clause 5.1: flags type(1) length(2) TEID(4) [sequence(2) N-PDU(1) next(1)], then while next is not 0: length
 * in words(1) … next(1).  Each direction has an endpoint identifier of its own, so it is no network's number.
 */
static enum err
gtp(struct cursor *c, struct tunnel *out)
{
	uint8_t flags = cursor_u8(c), type = cursor_u8(c), next = 0;

	(void)cursor_u16(c);
	(void)cursor_u32(c);
	if (flags >> 4 != 3 || type != 255)
		return ERR_UNSUPPORTED; /* not version 1, or signalling */
	if (flags & 7) {
		(void)cursor_u24(c);
		next = cursor_u8(c);
	}
	while (next && flags & 4 && cursor_ok(c)) {
		uint8_t words = cursor_u8(c);
		cursor_skip(c, words ? words * 4u - 2 : SIZE_MAX);
		next = cursor_u8(c);
	}
	out->linktype = LINK_RAW;
	return done(c, out);
}

enum err
tunnel_udp_parse(struct bytes in, uint16_t dport, struct tunnel *out)
{
	struct cursor c = cursor_over(in);

	memset(out, 0, offsetof(struct tunnel, payload));
	switch (dport) {
	case TUNNEL_VXLAN_PORT:
		return vxlan(&c, out);
	case TUNNEL_GENEVE_PORT:
		return geneve(&c, out);
	case TUNNEL_CAPWAP_PORT:
		return capwap(&c, out);
	case TUNNEL_GTP_PORT:
		return gtp(&c, out);
	default:
		return ERR_UNSUPPORTED;
	}
}
