/* coap: RFC 7252 section 3; option numbers section 12.2. */
#include "wire/coap.h"
#include "base/cursor.h"

enum { VERSION = 1, MARKER = 0xff, EXT1 = 13, EXT2 = 14, RESERVED = 15, EXT2_FROM = 269 };
enum {
	URI_HOST = 3, OBSERVE = 6, URI_PATH = 11, CONTENT_FORMAT = 12, URI_QUERY = 15, BLOCK2 = 23, BLOCK1 = 27,
};

/* Section 3.1: the rest of a delta or a length. */
static uint32_t
extended(struct cursor *c, uint8_t nibble)
{
	switch (nibble) {
	case EXT1:
		return EXT1 + (uint32_t)cursor_u8(c);
	case EXT2:
		return EXT2_FROM + (uint32_t)cursor_u16(c);
	default:
		return nibble;
	}
}

/* Appends a segment to text; false and nothing appended if it does not fit. */
static bool
segment_put(char *text, const char *before, struct bytes v)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t            from = strlen(text), n = from;

	for (; *before && n < COAP_TEXT - 1; before++)
		text[n++] = *before;
	for (size_t i = 0; i < v.len; i++) {
		uint8_t c = v.at[i];
		bool    plain = c > ' ' && c < 0x7f && c != '/' && c != '%' && c != '&';
		if (n + (plain ? 1 : 3) >= COAP_TEXT) {
			text[from] = 0;
			return false;
		}
		if (!plain) {
			text[n++] = '%';
			text[n++] = hex[c >> 4];
			c = (uint8_t)hex[c & 15];
		}
		text[n++] = (char)c;
	}
	text[n] = 0;
	return *before == 0;
}

/* Section 3.2: unsigned, leading zeros left out. */
static bool
uint_read(struct bytes v, size_t most, uint32_t *out)
{
	struct cursor c = cursor_over(v);

	if (v.len > most)
		return false;
	for (*out = 0; cursor_left(&c);)
		*out = *out << 8 | cursor_u8(&c);
	return true;
}

static void
option_see(struct coap *m, uint32_t number, struct bytes v)
{
	uint32_t n;

	switch (number) {
	case URI_HOST:
		m->host = v;
		break;
	case URI_PATH:
		m->more |= !segment_put(m->path, "/", v);
		break;
	case URI_QUERY:
		m->more |= !segment_put(m->query, m->query[0] ? "&" : "", v);
		break;
	case OBSERVE:
		m->has_observe = uint_read(v, 3, &m->observe);
		break;
	case CONTENT_FORMAT:
		m->has_format = uint_read(v, 2, &n);
		if (m->has_format)
			m->format = (uint16_t)n;
		break;
	case BLOCK1:
		m->has_block1 = uint_read(v, 3, &m->block1);
		break;
	case BLOCK2:
		m->has_block2 = uint_read(v, 3, &m->block2);
		break;
	/* Critical ones that are known and not kept: If-Match, If-None-Match, Uri-Port, OSCORE, Accept, Q-Block1, Q-Block2, Proxy-Uri, Proxy-Scheme. */
	case 1: case 5: case 7: case 9: case 17: case 19: case 31: case 35: case 39:
		break;
	default:
		m->critical |= number & 1 || number == 0;
	}
}

enum err
coap_parse(struct bytes in, struct coap *out)
{
	struct cursor c = cursor_over(in);
	uint8_t       head = cursor_u8(&c);
	uint32_t      number = 0;

	out->type = head >> 4 & 3;
	out->token_len = head & 15;
	out->code = cursor_u8(&c);
	out->id = cursor_u16(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (head >> 6 != VERSION || out->token_len > COAP_TOKEN)
		return ERR_FORM;
	memset(out->token, 0, sizeof out->token);
	cursor_copy(&c, out->token, out->token_len);

	out->host = out->payload = bytes_head(in, 0);
	out->path[0] = out->query[0] = 0;
	out->more = out->critical = out->has_format = out->has_observe = out->has_block1 = out->has_block2 = false;
	if (out->code == COAP_EMPTY && in.len != 4)
		return ERR_FORM;
	while (cursor_left(&c)) {
		uint8_t b = cursor_u8(&c);
		if (b == MARKER) {
			out->payload = cursor_rest(&c);
			return out->payload.len ? OK : ERR_FORM;
		}
		if (b >> 4 == RESERVED || (b & 15) == RESERVED)
			return ERR_FORM;
		number += extended(&c, b >> 4);
		struct bytes v = cursor_take(&c, extended(&c, b & 15));
		if (!cursor_ok(&c))
			return ERR_SHORT;
		if (number > UINT16_MAX)
			return ERR_FORM;
		option_see(out, number, v);
	}
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

static uint8_t
nibble(uint32_t v)
{
	return (uint8_t)(v < EXT1 ? v : v < EXT2_FROM ? EXT1 : EXT2);
}

static void
extended_print(uint32_t v, struct buf *out)
{
	if (v >= EXT2_FROM)
		buf_u16(out, (uint16_t)(v - EXT2_FROM));
	else if (v >= EXT1)
		buf_u8(out, (uint8_t)(v - EXT1));
}

static void
option_print(uint32_t *last, uint32_t number, struct bytes v, struct buf *out)
{
	uint32_t delta = number - *last, len = (uint32_t)v.len;

	buf_u8(out, (uint8_t)(nibble(delta) << 4 | nibble(len)));
	extended_print(delta, out);
	extended_print(len, out);
	buf_bytes_put(out, v);
	*last = number;
}

static void
uint_print(uint32_t *last, uint32_t number, uint32_t v, struct buf *out)
{
	uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
	size_t  n = 0;

	while (n < 4 && b[n] == 0)
		n++;
	option_print(last, number, bytes_of(b + n, 4 - n), out);
}

static uint8_t
unhex_digit(char c)
{
	return (uint8_t)(c >= 'A' ? c - 'A' + 10 : c - '0');
}

/* Writes one option for every segment of text. */
static void
segments_print(uint32_t *last, uint32_t number, const char *text, char between, struct buf *out)
{
	for (const char *p = text;; p++) {
		uint8_t one[COAP_TEXT];
		size_t  n = 0;
		for (; *p && *p != between && n < sizeof one; p++) {
			if (*p == '%' && p[1] && p[2]) {
				one[n++] = (uint8_t)(unhex_digit(p[1]) << 4 | unhex_digit(p[2]));
				p += 2;
			} else {
				one[n++] = (uint8_t)*p;
			}
		}
		option_print(last, number, bytes_of(one, n), out);
		if (!*p)
			return;
	}
}

void
coap_print(const struct coap *m, struct buf *out)
{
	uint32_t last = 0;

	buf_u8(out, (uint8_t)(VERSION << 6 | m->type << 4 | m->token_len));
	buf_u8(out, m->code);
	buf_u16(out, m->id);
	buf_put(out, m->token, m->token_len);
	if (m->host.len)
		option_print(&last, URI_HOST, m->host, out);
	if (m->has_observe)
		uint_print(&last, OBSERVE, m->observe, out);
	if (m->path[0] == '/')
		segments_print(&last, URI_PATH, m->path + 1, '/', out);
	if (m->has_format)
		uint_print(&last, CONTENT_FORMAT, m->format, out);
	if (m->query[0])
		segments_print(&last, URI_QUERY, m->query, '&', out);
	if (m->has_block2)
		uint_print(&last, BLOCK2, m->block2, out);
	if (m->has_block1)
		uint_print(&last, BLOCK1, m->block1, out);
	if (m->payload.len) {
		buf_u8(out, MARKER);
		buf_bytes_put(out, m->payload);
	}
}

bool
coap_looks(struct bytes in)
{
	struct coap m;

	if (coap_parse(in, &m) != OK || m.critical)
		return false;
	switch (m.code >> 5) {
	case 0:
		if (m.code == COAP_EMPTY)
			return m.type != COAP_NON;
		return m.code <= COAP_IPATCH && (m.type == COAP_CON || m.type == COAP_NON);
	case 2:
		return (m.code >= 0x41 && m.code <= 0x45) || m.code == 0x5f;
	case 4:
		return m.code <= 0x86 || m.code == 0x88 || m.code == 0x89 || (m.code >= 0x8c && m.code <= 0x8f) || m.code == 0x96 || m.code == 0x9d;
	case 5:
		return m.code <= 0xa5 || m.code == 0xa8;
	default:
		return false;
	}
}
