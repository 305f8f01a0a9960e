/* json: printing only; see json.h. */
#include "base/json.h"

void
json_key(struct buf *b, const char *key, size_t len)
{
	uint8_t last = b->len ? b->at[b->len - 1] : '\n';

	if (last != '{' && last != '[' && last != '\n')
		buf_u8(b, ',');
	if (!key)
		return;
	uint8_t *p = buf_room(b, len + 3);
	if (!p)
		return;
	*p++ = '"';
	memcpy(p, key, len);
	p[len] = '"';
	p[len + 1] = ':';
}

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

void
json_value_bytes(struct buf *b, struct bytes v)
{
	size_t plain = 0, i = 0;

	buf_u8(b, '"');
	while (i < v.len) {
		uint8_t c = v.at[i];
		if (PLAIN[c >> 6] >> (c & 63) & 1) {
			i++;
			continue;
		}
		size_t n = c >= 0x80 ? utf8(v.at + i, v.len - i) : 0;
		if (n) {
			i += n;
			continue;
		}
		buf_put(b, v.at + plain, i - plain);
		if (c == '"' || c == '\\') {
			buf_u8(b, '\\');
			buf_u8(b, c);
		} else {
			buf_put(b, "\\u00", 4);
			buf_hex_number(b, c, 2);
		}
		plain = ++i;
	}
	buf_put(b, v.at + plain, i - plain);
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
