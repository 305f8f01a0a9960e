/* pcap: both formats behind one call. */
#include "wire/pcap.h"
#include "base/cursor.h"

enum {
	MAGIC_MICRO = (int)0xa1b2c3d4,
	MAGIC_NANO = (int)0xa1b23c4d,
	MAGIC_NG = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET_OLD = 2,
	BLOCK_SIMPLE = 3,
	BLOCK_PACKET = 6,
	BLOCK_MOST = 1 << 24,
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	OPTION_NAME = 2,
	OPTION_TSRESOL = 9,
	OPTION_TSOFFSET = 14,
};

static uint32_t
u32(struct cursor *c, const struct pcap *p)
{
	return p->swapped ? cursor_u32le(c) : cursor_u32(c);
}

static uint32_t
at32(struct bytes b, size_t at, const struct pcap *p)
{
	uint32_t v = bytes_u32(b, at);
	return p->swapped ? __builtin_bswap32(v) : v;
}

static uint16_t
u16(struct cursor *c, const struct pcap *p)
{
	return p->swapped ? cursor_u16le(c) : cursor_u16(c);
}

/* Ticks since 1970 to microseconds, without overflow for any resolution. */
static struct instant
instant_of(uint64_t ticks, uint64_t units, int64_t offset)
{
	uint64_t s = ticks / units, rest = ticks % units;
	uint64_t us = units <= 1000000 ? rest * (1000000 / units) : (uint64_t)((double)rest * 1e6 / (double)units);

	if (units < 1000000 && 1000000 % units)
		us = rest * 1000000 / units;
	return (struct instant){ ((int64_t)(s & INT64_C(0xffffffffff)) + offset) * INSTANT_SECOND + (int64_t)us };
}

static enum err
begin_classic(struct pcap *p, struct bytes in, size_t *used)
{
	struct cursor c = cursor_over(in);

	uint32_t magic = cursor_u32(&c);
	p->swapped = magic == __builtin_bswap32((uint32_t)MAGIC_MICRO) || magic == __builtin_bswap32((uint32_t)MAGIC_NANO);
	if (p->swapped)
		magic = __builtin_bswap32(magic);
	cursor_skip(&c, 12);
	p->interface[0].snaplen = u32(&c, p);
	p->interface[0].linktype = u32(&c, p) & 0xffff; /* above it: the length of the FCS, and whether that is told */
	p->interface[0].units = magic == (uint32_t)MAGIC_NANO ? 1000000000 : 1000000;
	p->interfaces = 1;
	if (!cursor_ok(&c))
		return ERR_SHORT;
	p->begun = true;
	*used = 24;
	return ERR_AGAIN;
}

static enum err
classic(struct pcap *p, struct bytes in, size_t *used, struct pcap_record *out)
{
	struct cursor c = cursor_over(in);

	struct bytes h = cursor_take(&c, 16);
	if (!h.len)
		return ERR_SHORT;
	uint32_t s = at32(h, 0, p), fraction = at32(h, 4, p), captured = at32(h, 8, p);
	out->length = at32(h, 12, p);
	if (captured > PCAP_RECORD_MOST || fraction >= p->interface[0].units)
		return ERR_FORM;
	out->data = cursor_take(&c, captured);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (p->interface[0].units != 1000000)
		fraction /= 1000;
	out->when.us = (int64_t)s * INSTANT_SECOND + fraction;
	out->interface = 0;
	out->linktype = p->interface[0].linktype;
	*used = 16 + (size_t)captured;
	return OK;
}

/* Interface Description Block: link type, snaplen, and the clock's options. */
static void
interface(struct pcap *p, struct cursor c)
{
	uint32_t i = p->interfaces;

	if (i == PCAP_INTERFACES)
		return;
	p->interface[i].linktype = u16(&c, p);
	cursor_skip(&c, 2);
	p->interface[i].snaplen = u32(&c, p);
	p->interface[i].units = 1000000;
	p->interface[i].offset = 0;
	if (!cursor_ok(&c))
		return;
	while (cursor_left(&c) >= 4) {
		uint16_t     code = u16(&c, p), len = u16(&c, p);
		struct bytes v = cursor_take(&c, len);
		if (code == OPTION_TSRESOL && v.len) {
			uint64_t units = 1;
			for (int k = v.at[0] & 0x7f; k && units < UINT64_C(1) << 59; k--)
				units *= v.at[0] & 0x80 ? 2 : 10;
			p->interface[i].units = units;
		} else if (code == OPTION_TSOFFSET && v.len == 8) {
			struct cursor o = cursor_over(v);
			uint64_t      a = u32(&o, p), b = u32(&o, p);
			p->interface[i].offset = (int64_t)((p->swapped ? b << 32 | a : a << 32 | b) & UINT64_C(0xffffffffff));
		}
		cursor_skip(&c, (4u - len % 4u) % 4u < cursor_left(&c) ? (4u - len % 4u) % 4u : cursor_left(&c));
	}
	p->interfaces++;
}

static enum err
packet(struct pcap *p, struct cursor c, uint32_t type, struct pcap_record *out)
{
	uint64_t ticks = 0;
	uint32_t captured;

	out->interface = 0;
	if (type == BLOCK_SIMPLE) {
		out->length = u32(&c, p);
		captured = out->length;
		if (p->interfaces && p->interface[0].snaplen && captured > p->interface[0].snaplen)
			captured = p->interface[0].snaplen;
	} else {
		out->interface = type == BLOCK_PACKET ? u32(&c, p) : u16(&c, p);
		if (type == BLOCK_PACKET_OLD)
			cursor_skip(&c, 2); /* its drop counter */
		uint64_t high = u32(&c, p);
		ticks = high << 32 | u32(&c, p);
		captured = u32(&c, p);
		out->length = u32(&c, p);
	}
	if (captured > PCAP_RECORD_MOST)
		return ERR_FORM;
	out->data = cursor_take(&c, captured);
	if (!cursor_ok(&c))
		return ERR_FORM;
	if (out->interface >= p->interfaces) {
		p->skipped++;
		return ERR_AGAIN;
	}
	out->linktype = p->interface[out->interface].linktype;
	out->when = instant_of(ticks, p->interface[out->interface].units, p->interface[out->interface].offset);
	return OK;
}

static enum err
block(struct pcap *p, struct bytes in, size_t *used, struct pcap_record *out)
{
	struct cursor c = cursor_over(in);

	if (in.len < 12)
		return ERR_SHORT;
	uint32_t type = u32(&c, p);
	if (type == MAGIC_NG) { /* a new section: its own byte order and interfaces */
		struct cursor peek = c;
		cursor_skip(&peek, 4);
		uint32_t order = cursor_u32(&peek);
		if (order != 0x1a2b3c4d && order != 0x4d3c2b1a)
			return ERR_FORM;
		p->swapped = order == 0x4d3c2b1a;
		p->interfaces = 0;
	}
	uint32_t length = u32(&c, p);
	if (length < 12 || length % 4 || length > BLOCK_MOST)
		return ERR_FORM;
	if (in.len < length)
		return ERR_SHORT;
	struct cursor body = cursor_sub(&c, length - 12);
	*used = length;
	switch (type) {
	case BLOCK_INTERFACE:
		interface(p, body);
		return ERR_AGAIN;
	case BLOCK_PACKET:
	case BLOCK_PACKET_OLD:
	case BLOCK_SIMPLE:
		return packet(p, body, type, out);
	default:
		return ERR_AGAIN;
	}
}

enum err
pcap_parse(struct pcap *p, struct bytes in, size_t *used, struct pcap_record *out)
{
	*used = 0;
	if (p->begun)
		return p->ng ? block(p, in, used, out) : classic(p, in, used, out);
	struct cursor c = cursor_over(in);
	uint32_t      magic = cursor_u32(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (magic == MAGIC_NG) {
		p->begun = p->ng = true;
		return ERR_AGAIN;
	}
	uint32_t other = __builtin_bswap32(magic);
	if (magic == (uint32_t)MAGIC_MICRO || magic == (uint32_t)MAGIC_NANO || other == (uint32_t)MAGIC_MICRO ||
	    other == (uint32_t)MAGIC_NANO)
		return begin_classic(p, in, used);
	return ERR_FORM;
}

void
pcap_print_header(uint32_t linktype, struct buf *out)
{
	buf_u32(out, (uint32_t)MAGIC_MICRO);
	buf_u16(out, 2);
	buf_u16(out, 4);
	buf_zero(out, 8);
	buf_u32(out, PCAP_RECORD_MOST);
	buf_u32(out, linktype);
}

void
pcap_print(const struct pcap_record *r, struct buf *out)
{
	buf_u32(out, (uint32_t)(r->when.us / INSTANT_SECOND));
	buf_u32(out, (uint32_t)(r->when.us % INSTANT_SECOND));
	buf_u32(out, (uint32_t)r->data.len);
	buf_u32(out, r->length);
	buf_bytes_put(out, r->data);
}

/* --- pcapng ------------------------------------------------------------------------- */

static size_t
padded(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

static void
print_option(unsigned code, struct bytes value, struct buf *out)
{
	buf_u16(out, (uint16_t)code);
	buf_u16(out, (uint16_t)value.len);
	buf_bytes_put(out, value);
	buf_zero(out, padded(value.len) - value.len);
}

void
pcap_print_section(struct bytes comment, struct buf *out)
{
	comment = bytes_head(comment, UINT16_MAX - 3);
	uint32_t length = 28 + 4 + (uint32_t)padded(comment.len) + 4;

	buf_u32(out, MAGIC_NG);
	buf_u32(out, length);
	buf_u32(out, 0x1a2b3c4d);
	buf_u16(out, 1);
	buf_u16(out, 0);
	buf_u64(out, UINT64_MAX); /* its length is not told */
	print_option(OPTION_COMMENT, comment, out);
	print_option(OPTION_END, bytes_of("", 0), out);
	buf_u32(out, length);
}

void
pcap_print_interface(const char *name, uint32_t linktype, struct buf *out)
{
	struct bytes called = bytes_head(bytes_text(name), 255);
	uint32_t     length = 20 + 4 + (uint32_t)padded(called.len) + 4;

	buf_u32(out, BLOCK_INTERFACE);
	buf_u32(out, length);
	buf_u16(out, (uint16_t)linktype);
	buf_u16(out, 0);
	buf_u32(out, PCAP_RECORD_MOST);
	print_option(OPTION_NAME, called, out);
	print_option(OPTION_END, bytes_of("", 0), out);
	buf_u32(out, length);
}

void
pcap_print_packet(const struct pcap_record *r, struct buf *out)
{
	uint32_t length = 32 + (uint32_t)padded(r->data.len);

	buf_u32(out, BLOCK_PACKET);
	buf_u32(out, length);
	buf_u32(out, r->interface);
	buf_u64(out, (uint64_t)r->when.us);
	buf_u32(out, (uint32_t)r->data.len);
	buf_u32(out, r->length);
	buf_bytes_put(out, r->data);
	buf_zero(out, padded(r->data.len) - r->data.len);
	buf_u32(out, length);
}

struct bytes
pcap_comment(struct bytes in)
{
	struct cursor c = cursor_over(in);
	struct pcap   p = { .swapped = false };

	if (cursor_u32(&c) != MAGIC_NG || in.len < 12)
		return bytes_of("", 0);
	p.swapped = bytes_u32(in, 8) == 0x4d3c2b1a;
	uint32_t length = u32(&c, &p);
	if (length < 28)
		return bytes_of("", 0);
	struct cursor options = cursor_sub(&c, length - 12);
	cursor_skip(&options, 16);
	while (cursor_left(&options) >= 4) {
		uint16_t     code = u16(&options, &p), len = u16(&options, &p);
		struct bytes v = cursor_take(&options, len);
		if (code == OPTION_COMMENT && cursor_ok(&options))
			return v;
		cursor_skip(&options, padded(len) - len < cursor_left(&options) ? padded(len) - len : cursor_left(&options));
	}
	return bytes_of("", 0);
}
