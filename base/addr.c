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

void
addr_print(struct addr a, struct buf *out)
{
	if (addr_is_v4(a)) {
		uint8_t  text[16], *p = text;
		for (int i = 12; i < 16; i++) {
			unsigned v = a.b[i];
			if (v >= 100) {
				*p++ = (uint8_t)('0' + v / 100);
				buf_two(p, v % 100);
				p += 2;
			} else if (v >= 10) {
				buf_two(p, v);
				p += 2;
			} else {
				*p++ = (uint8_t)('0' + v);
			}
			*p++ = '.';
		}
		buf_put(out, text, (size_t)(p - text) - 1);
		return;
	}
	char text[INET6_ADDRSTRLEN];
	buf_text(out, inet_ntop(AF_INET6, a.b, text, sizeof text));
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
