/* websocket: RFC 6455 sections 5.2, 5.3 and 5.5. */
#include "wire/websocket.h"
#include "base/cursor.h"

enum { FINAL = 0x80, MASKED = 0x80, TWO = 126, EIGHT = 127 };

enum err
websocket_parse(struct bytes in, struct websocket *out)
{
	struct cursor c = cursor_over(in);
	uint8_t       first = cursor_u8(&c), second = cursor_u8(&c), length = second & 0x7f;

	*out = (struct websocket){ .final = first & FINAL, .masked = second & MASKED, .reserved = first >> 4 & 7, .opcode = first & 15 };
	out->length = length == TWO ? cursor_u16(&c) : length == EIGHT ? cursor_u64(&c) : length;
	if (out->masked)
		cursor_copy(&c, out->key, 4);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	out->head = in.len - cursor_left(&c);
	bool control = out->opcode & 8;
	if ((out->opcode & 7) > (control ? WEBSOCKET_PONG & 7 : WEBSOCKET_BINARY) || (control && (!out->final || length >= TWO)))
		return ERR_FORM;
	if ((length == TWO && out->length < TWO) || (length == EIGHT && (out->length <= UINT16_MAX || out->length >> 63)))
		return ERR_FORM;
	return OK;
}

void
websocket_print(const struct websocket *w, struct buf *out)
{
	uint8_t mask = w->masked ? MASKED : 0;

	buf_u8(out, (uint8_t)((w->final ? FINAL : 0) | w->reserved << 4 | w->opcode));
	if (w->length < TWO) {
		buf_u8(out, (uint8_t)(mask | w->length));
	} else if (w->length <= UINT16_MAX) {
		buf_u8(out, mask | TWO);
		buf_u16(out, (uint16_t)w->length);
	} else {
		buf_u8(out, mask | EIGHT);
		buf_u64(out, w->length);
	}
	if (w->masked)
		buf_put(out, w->key, 4);
}

void
websocket_unmask(const struct websocket *w, uint64_t at, struct bytes in, uint8_t *out)
{
	/* Without a mask the key is zeros. */
	for (size_t i = 0; i < in.len; i++)
		out[i] = in.at[i] ^ w->key[(at + i) & 3];
}
