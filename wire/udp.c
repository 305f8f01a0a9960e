/* udp: RFC 768. */
#include "wire/udp.h"
#include "base/cursor.h"

enum err
udp_parse(struct bytes in, struct udp *out)
{
	struct cursor c = cursor_over(in);

	out->sport = cursor_u16(&c);
	out->dport = cursor_u16(&c);
	uint16_t len = cursor_u16(&c);
	cursor_skip(&c, 2);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (len && len < 8)
		return ERR_FORM;
	out->payload = bytes_head(cursor_rest(&c), len ? len - 8u : SIZE_MAX);
	return OK;
}

void
udp_print(const struct udp *u, struct buf *out)
{
	buf_u16(out, u->sport);
	buf_u16(out, u->dport);
	buf_u16(out, (uint16_t)(u->payload.len + 8));
	buf_u16(out, 0);
	buf_bytes_put(out, u->payload);
}
