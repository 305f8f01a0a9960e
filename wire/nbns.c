/* nbns: RFC 1002 section 4.2; names as RFC 1001 section 14.1. */
#include "wire/nbns.h"
#include "base/cursor.h"

enum { ENCODED = 32, LABEL = 63, POINTER = 0xc0, CLASS_IN = 1, GROUP = 0x8000 };

/* Reads a name into out; a pointer leads to the question's, which is then there already. */
static enum err
name_parse(struct cursor *c, struct nbns *out, bool known)
{
	uint8_t n = cursor_u8(c), raw[NBNS_NAME];

	if (n >= POINTER) {
		cursor_skip(c, 1);
		return known ? OK : ERR_FORM;
	}
	struct bytes e = cursor_take(c, ENCODED);
	if (!cursor_ok(c))
		return ERR_SHORT;
	if (n != ENCODED)
		return ERR_FORM;
	for (size_t i = 0; i < NBNS_NAME; i++) {
		uint8_t hi = (uint8_t)(e.at[2 * i] - 'A'), lo = (uint8_t)(e.at[2 * i + 1] - 'A');
		if (hi > 15 || lo > 15)
			return ERR_FORM;
		raw[i] = (uint8_t)(hi << 4 | lo);
	}
	while ((n = cursor_u8(c))) {
		if (n > LABEL)
			return ERR_FORM;
		cursor_skip(c, n);
	}
	if (known)
		return OK;
	out->suffix = raw[NBNS_NAME - 1];
	raw[NBNS_NAME - 1] = 0;
	memcpy(out->name, raw, NBNS_NAME);
	for (size_t i = strlen(out->name); i && out->name[i - 1] == ' ';)
		out->name[--i] = 0;
	return OK;
}

static void
addresses_parse(struct nbns *out)
{
	struct cursor c = cursor_over(out->rdata);

	while (cursor_left(&c) >= 6) {
		if (out->count == NBNS_ADDRESSES) {
			out->more = true;
			return;
		}
		struct nbns_address *a = &out->address[out->count++];
		a->flags = cursor_u16(&c);
		a->group = a->flags & GROUP;
		a->addr = addr_v4(cursor_take(&c, 4).at);
	}
}

enum err
nbns_parse(struct bytes in, struct nbns *out)
{
	struct cursor c = cursor_over(in);
	enum err      e;

	out->id = cursor_u16(&c);
	uint16_t f = cursor_u16(&c);
	out->response = f >> 15 & 1;
	out->opcode = f >> 11 & 15;
	out->aa = f >> 10 & 1;
	out->tc = f >> 9 & 1;
	out->rd = f >> 8 & 1;
	out->ra = f >> 7 & 1;
	out->broadcast = f >> 4 & 1;
	out->rcode = f & 15;
	uint16_t questions = cursor_u16(&c);
	unsigned records = cursor_u16(&c);
	records += cursor_u16(&c);
	records += cursor_u16(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (questions > 1 || questions + records == 0)
		return ERR_FORM;

	out->question = questions;
	out->record = records;
	out->more = records > 1;
	out->count = 0;
	out->ttl = 0;
	out->record_type = 0;
	out->rdata = bytes_of(c.at, 0);
	if (questions) {
		if ((e = name_parse(&c, out, false)))
			return e;
		out->type = cursor_u16(&c);
		cursor_skip(&c, 2);
	}
	if (records) {
		if ((e = name_parse(&c, out, questions)))
			return e;
		out->record_type = cursor_u16(&c);
		cursor_skip(&c, 2);
		out->ttl = cursor_u32(&c);
		out->rdata = cursor_take(&c, cursor_u16(&c));
		if (!questions)
			out->type = out->record_type;
		if (out->record_type == NBNS_NB)
			addresses_parse(out);
	}
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

static void
name_print(const struct nbns *n, struct buf *out)
{
	uint8_t raw[NBNS_NAME];

	/* The wildcard is padded with NUL (RFC 1002 section 4.2.18), all others with blanks. */
	memset(raw, strcmp(n->name, "*") == 0 ? 0 : ' ', sizeof raw);
	memcpy(raw, n->name, strnlen(n->name, NBNS_NAME - 1));
	raw[NBNS_NAME - 1] = n->suffix;
	buf_u8(out, ENCODED);
	for (size_t i = 0; i < NBNS_NAME; i++) {
		buf_u8(out, (uint8_t)('A' + (raw[i] >> 4)));
		buf_u8(out, (uint8_t)('A' + (raw[i] & 15)));
	}
	buf_u8(out, 0);
}

void
nbns_print(const struct nbns *n, struct buf *out)
{
	buf_u16(out, n->id);
	buf_u16(out, (uint16_t)(n->response << 15 | n->opcode << 11 | n->aa << 10 | n->tc << 9 | n->rd << 8 | n->ra << 7 |
	                        n->broadcast << 4 | n->rcode));
	/* A record is an answer of a response, an additional one of a registration. */
	buf_u16(out, n->question);
	buf_u16(out, n->record && n->response);
	buf_u16(out, 0);
	buf_u16(out, n->record && !n->response);
	if (n->question) {
		name_print(n, out);
		buf_u16(out, n->type);
		buf_u16(out, CLASS_IN);
	}
	if (!n->record)
		return;
	if (n->question)
		buf_u16(out, POINTER << 8 | 12);
	else
		name_print(n, out);
	buf_u16(out, n->record_type);
	buf_u16(out, CLASS_IN);
	buf_u32(out, n->ttl);
	buf_u16(out, (uint16_t)(n->count ? n->count * 6 : n->rdata.len));
	if (n->count == 0)
		buf_bytes_put(out, n->rdata);
	for (unsigned i = 0; i < n->count; i++) {
		buf_u16(out, n->address[i].flags);
		buf_put(out, n->address[i].addr.b + 12, 4);
	}
}
