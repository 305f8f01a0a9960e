/* web_body: what stands behind the head of an HTTP message: passed over, or handed to sensor/care. */
#include "sensor/care.h"
#include "sensor/decoder.h"
#include "sensor/web_inside.h"
#include "wire/http.h"

enum { CHUNK_LINE = 256 };
#define SKIP_MOST (UINT32_C(1) << 30)

size_t
web_body(struct flow *f, int side, const struct http_fields *h, size_t head, bool read)
{
	f->state[5] = (uint8_t)((f->state[5] & ~(1 << side)) | read << side);
	if (h->chunked) {
		f->state[side] = MODE_CHUNK;
		return head;
	}
	if (read) {
		f->state[side] = MODE_BODY;
		return head;
	}
	return h->length > SKIP_MOST ? DECODER_CLOSE : head + (size_t)h->length;
}

/* RFC 9112 section 7.1: size in hexadecimal, extensions, CRLF; the data and its CRLF are passed over. */
size_t
web_chunk(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct flow *f = p->flow;
	size_t       line = bytes_find(in, '\n'), i = 0;
	uint32_t n = 0;

	if (line == in.len)
		return in.len < CHUNK_LINE ? 0 : DECODER_CLOSE;
	for (; i < line; i++) {
		uint8_t c = in.at[i], low = c | 0x20;
		if (c >= '0' && c <= '9')
			n = n << 4 | (uint32_t)(c - '0');
		else if (low >= 'a' && low <= 'f')
			n = n << 4 | (uint32_t)(low - 'a' + 10);
		else
			break;
		if (n > SKIP_MOST >> 4)
			return DECODER_CLOSE;
	}
	if (!i)
		return DECODER_CLOSE;
	if (!n) {
		f->state[side] = MODE_TRAILER;
		return line + 1;
	}
	if (f->state[5] & 1 << side) {
		care_fhir_expect(s, p, side, n);
		f->state[side] = MODE_CHUNK_BODY;
		return line + 1;
	}
	return line + 1 + n + 2;
}

size_t
web_body_read(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	uint8_t     *state = &p->flow->state[side];
	struct bytes left = in;

	if (!care_fhir_put(s, p, side, &left))
		return in.len;
	size_t n = in.len - left.len;
	if (*state == MODE_CHUNK_BODY) {
		*state = MODE_CHUNK;
		return n + 2;
	}
	*state = MODE_HEAD;
	care_fhir_end(s, p, side);
	return n;
}

size_t
web_trailer(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct flow *f = p->flow;
	size_t       line = bytes_find(in, '\n');

	if (line == in.len)
		return in.len < HTTP_HEAD ? 0 : DECODER_CLOSE;
	if (line == 0 || (line == 1 && in.at[0] == '\r')) {
		f->state[side] = MODE_HEAD;
		if (f->state[5] & 1 << side)
			care_fhir_end(s, p, side);
	}
	return line + 1;
}
