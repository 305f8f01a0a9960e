/* addr: text of card and host addresses. */
#include "base/addr.h"

#include <arpa/inet.h>

bool
addr_within(struct addr a, struct addr net, unsigned bits)
{
	size_t from = 0;

	if (addr_is_v4(a) != addr_is_v4(net))
		return false;
	if (addr_is_v4(a))
		from = 12;
	if (bits > (16 - from) * 8)
		return false;
	if (memcmp(a.b + from, net.b + from, bits / 8))
		return false;
	if (bits % 8 == 0)
		return true;
	uint8_t mask = (uint8_t)(0xff00 >> (bits % 8));
	return ((a.b[from + bits / 8] ^ net.b[from + bits / 8]) & mask) == 0;
}

void
mac_print(struct mac m, struct buf *out)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t          *p = buf_room(out, 17);

	for (int i = 0; p && i < 6; i++) {
		if (i)
			*p++ = ':';
		*p++ = (uint8_t)hex[m.b[i] >> 4];
		*p++ = (uint8_t)hex[m.b[i] & 15];
	}
}

static int
nibble(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum err
mac_parse(struct bytes t, struct mac *out)
{
	if (t.len != 17)
		return ERR_FORM;
	for (size_t i = 0; i < 6; i++) {
		int hi = nibble(t.at[i * 3]), lo = nibble(t.at[i * 3 + 1]);
		if (hi < 0 || lo < 0 || (i < 5 && t.at[i * 3 + 2] != ':' && t.at[i * 3 + 2] != '-'))
			return ERR_FORM;
		out->b[i] = (uint8_t)(hi << 4 | lo);
	}
	return OK;
}

static uint8_t *
put_v4(uint8_t *p, const uint8_t *b)
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*p++ = '.';
		if (b[i] >= 100)
			*p++ = (uint8_t)('0' + b[i] / 100);
		if (b[i] >= 10) {
			buf_two(p, b[i] % 100);
			p += 2;
		} else {
			*p++ = (uint8_t)('0' + b[i]);
		}
	}
	return p;
}

/* Four hexadecimal digits at most, without zeros before the first (RFC 5952 section 4.1). */
static uint8_t *
put_group(uint8_t *p, unsigned v)
{
	static const char hex[] = "0123456789abcdef";

	for (int shift = v >> 12 ? 12 : v >> 8 ? 8 : v >> 4 ? 4 : 0; shift >= 0; shift -= 4)
		*p++ = (uint8_t)hex[v >> shift & 15];
	return p;
}

/* "::" stands for the first of the longest runs of zero groups, not for a single one (RFC 5952 section 4.2). */
static uint8_t *
put_v6(uint8_t *p, const uint8_t *b)
{
	unsigned from = 8, len = 1, n;

	for (unsigned i = 0; i < 8; i += n + 1) {
		for (n = 0; i + n < 8 && !(b[2 * (i + n)] | b[2 * (i + n) + 1]); n++)
			;
		if (n > len) {
			from = i;
			len = n;
		}
	}
	for (unsigned i = 0; i < 8; i++) {
		if (i >= from && i < from + len) {
			if (i == from || i == 7)
				*p++ = ':';
			continue;
		}
		if (i)
			*p++ = ':';
		if (i == 6 && from == 0 && len == 6) /* an IPv4 address within (RFC 4291 section 2.5.5.1) */
			return put_v4(p, b + 12);
		p = put_group(p, (unsigned)b[2 * i] << 8 | b[2 * i + 1]);
	}
	return p;
}

void
addr_print(struct addr a, struct buf *out)
{
	uint8_t text[INET6_ADDRSTRLEN];
	uint8_t *end = addr_is_v4(a) ? put_v4(text, a.b + 12) : put_v6(text, a.b);

	buf_put(out, text, (size_t)(end - text));
}

enum err
addr_parse(struct bytes t, struct addr *out)
{
	char    text[INET6_ADDRSTRLEN];
	uint8_t v4[4];

	if (t.len >= sizeof text)
		return ERR_FORM;
	memcpy(text, t.at, t.len);
	text[t.len] = 0;
	if (inet_pton(AF_INET, text, v4) == 1)
		*out = addr_v4(v4);
	else if (inet_pton(AF_INET6, text, out->b) != 1)
		return ERR_FORM;
	return OK;
}
