/* json: printing only; see json.h. */
#include "base/json.h"

void
json_value_open(struct buf *b, char kind)
{
	buf_u8(b, (uint8_t)kind);
}

/* Length of the well-formed UTF-8 sequence at p (RFC 3629 section 4), 0 if there is none. */
static size_t
utf8(const uint8_t *p, size_t left)
{
	size_t n = p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : 0;

	if (!n || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

/* Bytes that stand for themselves in a JSON string: printable ASCII but " and \\ (bits by value). */
static const uint64_t PLAIN[4] = { 0xfffffffb00000000u, 0x7fffffffefffffffu, 0, 0 };

static bool
is_plain(uint8_t c)
{
	return PLAIN[c >> 6] >> (c & 63) & 1;
}

/* Eight of them at once: no high bit, nothing below a space, and none of the three that are left out. */
static bool
are_plain(const uint8_t *p)
{
	const uint64_t one = 0x0101010101010101u;
	uint64_t       w;

	memcpy(&w, p, 8);
	uint64_t quote = w ^ one * '"', slash = w ^ one * '\\', del = w ^ one * 0x7f;
	return !((w | ((w - one * ' ') & ~w) | ((quote - one) & ~quote) | ((slash - one) & ~slash) | ((del - one) & ~del)) & one * 0x80);
}

/* How many bytes from i on are plain. */
static size_t
plain_from(struct bytes v, size_t i)
{
	size_t at = i;

	while (v.len - at >= 8 && are_plain(v.at + at))
		at += 8;
	while (at < v.len && is_plain(v.at[at]))
		at++;
	return at - i;
}

static void
put_escaped(struct buf *b, uint8_t c)
{
	if (c == '"' || c == '\\') {
		buf_u8(b, '\\');
		buf_u8(b, c);
	} else {
		buf_put(b, "\\u00", 4);
		buf_hex_number(b, c, 2);
	}
}

void
json_value_bytes(struct buf *b, struct bytes v)
{
	buf_u8(b, '"');
	for (size_t i = 0; i < v.len;) {
		size_t n = plain_from(v, i);
		if (!n && v.at[i] >= 0x80)
			n = utf8(v.at + i, v.len - i);
		if (n)
			buf_put(b, v.at + i, n);
		else
			put_escaped(b, v.at[i]);
		i += n ? n : 1;
	}
	buf_u8(b, '"');
}

void
json_value_number(struct buf *b, int64_t v)
{
	if (v < 0)
		buf_u8(b, '-');
	buf_decimal(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void
json_value_bool(struct buf *b, bool v)
{
	if (v)
		buf_put(b, "true", 4);
	else
		buf_put(b, "false", 5);
}

void
json_value_hex(struct buf *b, struct bytes v)
{
	buf_u8(b, '"');
	buf_hex(b, v);
	buf_u8(b, '"');
}

void
json_value_mac(struct buf *b, struct mac v)
{
	buf_u8(b, '"');
	mac_print(v, b);
	buf_u8(b, '"');
}

void
json_value_addr(struct buf *b, struct addr v)
{
	buf_u8(b, '"');
	addr_print(v, b);
	buf_u8(b, '"');
}

void
json_value_instant(struct buf *b, struct instant v)
{
	buf_u8(b, '"');
	instant_print(v, b);
	buf_u8(b, '"');
}
