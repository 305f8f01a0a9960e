/* icmp: RFC 792, one header for all types. */
#include "wire/icmp.h"
#include "base/cursor.h"

static bool
is_echo(uint8_t type)
{
	return type == ICMP_ECHO || type == ICMP_ECHO_REPLY;
}

static bool
has_datagram(uint8_t type)
{
	return type == ICMP_UNREACHABLE || type == ICMP_SOURCE_QUENCH || type == ICMP_REDIRECT ||
	    type == ICMP_EXCEEDED || type == ICMP_PARAMETER;
}

enum err
icmp_parse(struct bytes in, struct icmp *out)
{
	struct cursor c = cursor_over(in);
	uint8_t       gateway[4];

	*out = (struct icmp){ 0 };
	out->type = cursor_u8(&c);
	out->code = cursor_u8(&c);
	out->sum = cursor_u16(&c);
	struct cursor word = c;
	out->word = cursor_u32(&c);
	out->body = cursor_rest(&c);
	if (out->type == ICMP_REDIRECT) {
		cursor_copy(&word, gateway, 4);
		out->gateway = addr_v4(gateway);
	}
	if (is_echo(out->type)) {
		out->id = cursor_u16(&word);
		out->seq = cursor_u16(&word);
	}
	if (has_datagram(out->type))
		out->datagram = out->body;
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

void
icmp_print(const struct icmp *i, struct buf *out)
{
	buf_u8(out, i->type);
	buf_u8(out, i->code);
	buf_u16(out, i->sum);
	if (i->type == ICMP_REDIRECT) {
		buf_put(out, i->gateway.b + 12, 4);
	} else if (is_echo(i->type)) {
		buf_u16(out, i->id);
		buf_u16(out, i->seq);
	} else {
		buf_u32(out, i->word);
	}
	buf_bytes_put(out, i->body);
}
