/* quic: RFC 9000 sections 16, 17.2 and 19; RFC 9001 section 5.4; RFC 9369 section 3. */
#include "wire/quic.h"
#include "base/cursor.h"

/* RFC 9000 section 16: the first two bits say how many bytes: 1, 2, 4 or 8. */
static uint64_t
varint(struct cursor *c)
{
	uint8_t  first = cursor_u8(c);
	uint64_t v = first & 0x3f;

	for (unsigned more = (1u << (first >> 6)) - 1; more; more--)
		v = v << 8 | cursor_u8(c);
	return v;
}

static void
put_varint(struct buf *out, uint64_t v)
{
	if (v < 0x40)
		buf_u8(out, (uint8_t)v);
	else if (v < 0x4000)
		buf_u16(out, (uint16_t)(v | 0x4000));
	else if (v < 0x40000000)
		buf_u32(out, (uint32_t)(v | 0x80000000));
	else
		buf_u64(out, v | UINT64_C(0xc000000000000000));
}

/* A length before its bytes; one of more than a datagram holds is not there. */
static struct bytes
vector(struct cursor *c)
{
	uint64_t n = varint(c);

	return cursor_take(c, n <= cursor_left(c) ? (size_t)n : SIZE_MAX);
}

/* --- versions ------------------------------------------------------------- */

static const uint8_t salt_29[] = { 0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99 };
static const uint8_t salt_1[] = { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a };
static const uint8_t salt_2[] = { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 };

#define SALT(s) { s, sizeof s }

/* Drafts count from 0xff000000; 33 and 34 have the salt of version 1. */
static const struct {
	uint32_t         first, last;
	struct quic_keys keys;
} versions[] = {
	{ QUIC_V1, QUIC_V1, { SALT(salt_1), "quic key", "quic iv", "quic hp" } },
	{ QUIC_V2, QUIC_V2, { SALT(salt_2), "quicv2 key", "quicv2 iv", "quicv2 hp" } },
	{ 0xff00001d, 0xff000020, { SALT(salt_29), "quic key", "quic iv", "quic hp" } },
	{ 0xff000021, 0xff000022, { SALT(salt_1), "quic key", "quic iv", "quic hp" } },
};

const struct quic_keys *
quic_keys(uint32_t version)
{
	for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
		if (version >= versions[i].first && version <= versions[i].last)
			return &versions[i].keys;
	return NULL;
}

struct bytes
quic_salt(uint32_t version)
{
	const struct quic_keys *k = quic_keys(version);

	return k ? k->salt : bytes_of("", 0);
}

/* --- packets -------------------------------------------------------------- */

/* Version 2 turns the types by one (RFC 9369 section 3.2). */
static enum quic_type
type_of(uint8_t first, uint32_t version)
{
	unsigned t = first >> 4 & 3;

	return (enum quic_type)(version == QUIC_V2 ? (t + 3) & 3 : t);
}

enum err
quic_parse(struct bytes datagram, struct quic *out)
{
	struct cursor c = cursor_over(datagram);

	*out = (struct quic){ .token = bytes_head(datagram, 0), .tag = bytes_head(datagram, 0), .versions = bytes_head(datagram, 0) };
	out->first = cursor_u8(&c);
	out->version = cursor_u32(&c);
	out->dcid = cursor_take(&c, cursor_u8(&c));
	out->scid = cursor_take(&c, cursor_u8(&c));
	if (datagram.len && !(out->first & 0x80))
		return ERR_FORM;
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (out->version == 0) { /* RFC 8999 section 6 */
		out->type = QUIC_NEGOTIATION;
		out->versions = cursor_rest(&c);
		out->packet = datagram;
		return out->versions.len && out->versions.len % 4 == 0 ? OK : ERR_FORM;
	}
	if (!quic_keys(out->version))
		return ERR_UNSUPPORTED;
	if (!(out->first & 0x40) || out->dcid.len > QUIC_ID_MAX || out->scid.len > QUIC_ID_MAX)
		return ERR_FORM;
	out->type = type_of(out->first, out->version);
	if (out->type == QUIC_RETRY) {
		size_t left = cursor_left(&c);
		out->token = cursor_take(&c, left > QUIC_TAG_LEN ? left - QUIC_TAG_LEN : SIZE_MAX);
		out->tag = cursor_rest(&c);
		out->packet = datagram;
		return cursor_ok(&c) ? OK : ERR_SHORT;
	}
	if (out->type == QUIC_INITIAL)
		out->token = vector(&c);
	out->length = varint(&c);
	out->pn_offset = datagram.len - cursor_left(&c);
	if (!cursor_ok(&c) || out->length > cursor_left(&c))
		return ERR_SHORT;
	if (out->length < 4 + QUIC_SAMPLE_LEN) /* RFC 9001 section 5.4.2: padded so that there is a sample */
		return ERR_FORM;
	out->packet = bytes_head(datagram, out->pn_offset + (size_t)out->length);
	return OK;
}

void
quic_print(const struct quic *q, struct buf *out)
{
	buf_u8(out, q->first);
	buf_u32(out, q->version);
	buf_u8(out, (uint8_t)q->dcid.len);
	buf_bytes_put(out, q->dcid);
	buf_u8(out, (uint8_t)q->scid.len);
	buf_bytes_put(out, q->scid);
	switch (q->type) {
	case QUIC_NEGOTIATION:
		buf_bytes_put(out, q->versions);
		return;
	case QUIC_RETRY:
		buf_bytes_put(out, q->token);
		buf_bytes_put(out, q->tag);
		return;
	case QUIC_INITIAL:
		put_varint(out, q->token.len);
		buf_bytes_put(out, q->token);
		break;
	default:
		break;
	}
	put_varint(out, q->length);
	buf_bytes_put(out, bytes_skip(q->packet, q->pn_offset));
}

/* --- protection ----------------------------------------------------------- */

enum err
quic_sample(const struct quic *q, struct bytes *sample)
{
	if (q->pn_offset == 0 || q->length < 4 + QUIC_SAMPLE_LEN)
		return ERR_SHORT;
	*sample = bytes_head(bytes_skip(q->packet, q->pn_offset + 4), QUIC_SAMPLE_LEN);
	return OK;
}

enum err
quic_unmask(const struct quic *q, const uint8_t mask[static 5], struct buf *header, struct quic_clear *out)
{
	if (q->pn_offset == 0)
		return ERR_SHORT;
	uint8_t first = q->first ^ (mask[0] & 0x0f); /* four bits of a long header are protected */
	out->pn_len = (first & 3u) + 1;
	if (q->length < out->pn_len + QUIC_TAG_LEN)
		return ERR_SHORT;
	size_t   n = q->pn_offset + out->pn_len;
	uint8_t *p = buf_room(header, n);
	if (!p)
		return ERR_LIMIT;
	memcpy(p, q->packet.at, n);
	p[0] = first;
	out->pn = 0;
	for (unsigned i = 0; i < out->pn_len; i++) {
		p[q->pn_offset + i] ^= mask[1 + i];
		out->pn = out->pn << 8 | p[q->pn_offset + i];
	}
	out->aad = bytes_of(p, n);
	out->cipher = bytes_skip(q->packet, n);
	return OK;
}

uint64_t
quic_number(uint64_t expected, uint32_t truncated, unsigned pn_len)
{
	uint64_t window = UINT64_C(1) << 8 * pn_len;
	uint64_t near = (expected & ~(window - 1)) | truncated;

	if (near + window / 2 <= expected && near < (UINT64_C(1) << 62) - window)
		return near + window;
	if (near > expected + window / 2 && near >= window)
		return near - window;
	return near;
}

void
quic_nonce(const uint8_t iv[static 12], uint64_t number, uint8_t nonce[static 12])
{
	memcpy(nonce, iv, 12);
	for (unsigned i = 0; i < 8; i++)
		nonce[11 - i] ^= (uint8_t)(number >> 8 * i);
}

/* --- frames --------------------------------------------------------------- */

/* RFC 9000 section 19.3: largest, delay, count, first range, then count times gap and range, then three ECN counts. */
static void
ack(struct cursor *c, struct quic_frame *out)
{
	out->largest = varint(c);
	(void)varint(c);
	uint64_t count = varint(c);
	(void)varint(c);
	for (; count && cursor_ok(c); count--) { /* ends with the payload at the latest */
		(void)varint(c);
		(void)varint(c);
	}
	if (out->type == QUIC_FRAME_ACK_ECN)
		for (unsigned i = 0; i < 3; i++)
			(void)varint(c);
}

enum err
quic_frame_next(struct bytes *payload, struct quic_frame *out)
{
	struct cursor c = cursor_over(*payload);

	*out = (struct quic_frame){ .data = bytes_head(*payload, 0), .reason = bytes_head(*payload, 0) };
	if (payload->len == 0)
		return ERR_CLOSED;
	out->type = varint(&c);
	switch (out->type) {
	case QUIC_FRAME_PADDING:
		for (struct cursor peek = c; cursor_left(&peek) && cursor_u8(&peek) == 0;)
			c = peek;
		break;
	case QUIC_FRAME_PING:
		break;
	case QUIC_FRAME_ACK:
	case QUIC_FRAME_ACK_ECN:
		ack(&c, out);
		break;
	case QUIC_FRAME_CRYPTO:
		out->offset = varint(&c);
		out->data = vector(&c);
		break;
	case QUIC_FRAME_CLOSE:
		out->error = varint(&c);
		(void)varint(&c); /* the type of the frame that was at fault */
		out->reason = vector(&c);
		break;
	default: /* RFC 9000 section 12.4: no other is allowed in an Initial */
		return ERR_FORM;
	}
	if (!cursor_ok(&c))
		return ERR_SHORT;
	*payload = cursor_rest(&c);
	return OK;
}

void
quic_frame_print(const struct quic_frame *f, struct buf *out)
{
	put_varint(out, f->type);
	switch (f->type) {
	case QUIC_FRAME_ACK: /* of one packet */
		put_varint(out, f->largest);
		buf_zero(out, 3);
		break;
	case QUIC_FRAME_ACK_ECN:
		put_varint(out, f->largest);
		buf_zero(out, 6);
		break;
	case QUIC_FRAME_CRYPTO:
		put_varint(out, f->offset);
		put_varint(out, f->data.len);
		buf_bytes_put(out, f->data);
		break;
	case QUIC_FRAME_CLOSE:
		put_varint(out, f->error);
		put_varint(out, 0);
		put_varint(out, f->reason.len);
		buf_bytes_put(out, f->reason);
		break;
	default:
		break;
	}
}
