/* tcp: RFC 9293. */
#include "wire/tcp.h"
#include "base/cursor.h"

enum { OPTION_END = 0, OPTION_NOP = 1 };

enum err
tcp_parse(struct bytes in, struct tcp *out)
{
	struct cursor c = cursor_over(in);

	struct bytes h = cursor_take(&c, 20);
	if (!h.len)
		return ERR_SHORT;
	out->sport = bytes_u16(h, 0);
	out->dport = bytes_u16(h, 2);
	out->seq = bytes_u32(h, 4);
	out->ack = bytes_u32(h, 8);
	uint8_t off = h.at[12] >> 4;
	out->flags = h.at[13];
	out->window = bytes_u16(h, 14);
	out->options = cursor_take(&c, off > 5 ? (off - 5u) * 4 : 0);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	out->payload = cursor_rest(&c);
	return off < 5 ? ERR_FORM : OK;
}

void
tcp_print(const struct tcp *t, struct buf *out)
{
	buf_u16(out, t->sport);
	buf_u16(out, t->dport);
	buf_u32(out, t->seq);
	buf_u32(out, t->ack);
	buf_u8(out, (uint8_t)((5 + t->options.len / 4) << 4));
	buf_u8(out, t->flags);
	buf_u16(out, t->window);
	buf_u32(out, 0);
	buf_bytes_put(out, t->options);
	buf_bytes_put(out, t->payload);
}

uint32_t
tcp_stack(const struct tcp *t)
{
	struct cursor c = cursor_over(t->options);
	uint32_t      sum = 1;

	while (cursor_left(&c)) {
		uint8_t kind = cursor_u8(&c), len = 2;
		if (kind == OPTION_END)
			break;
		if (kind != OPTION_NOP) {
			len = cursor_u8(&c);
			struct bytes body = cursor_take(&c, len >= 2 ? len - 2u : 0);
			if (kind == 3 && body.len) /* window scale: a stack's own */
				sum = sum * 31 + body.at[0];
		}
		sum = sum * 31 + kind;
	}
	return cursor_ok(&c) ? sum : 0;
}
