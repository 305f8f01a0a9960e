/*
 * buf: bytes going out, into memory with a ceiling.
 *
 * Like the cursor it is sticky: what does not fit is not written, nothing
 * after it is either, and buf_ok says so once, at the end.  The memory is the
 * caller's.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/bytes.h"

struct buf {
	uint8_t *at;
	size_t   len, cap;
	bool     full; /* something did not fit */
};

static inline struct buf
buf_over(void *at, size_t cap)
{
	return (struct buf){ at, 0, cap, false };
}

static inline bool
buf_ok(const struct buf *b)
{
	return !b->full;
}

static inline struct bytes
buf_bytes(const struct buf *b)
{
	return (struct bytes){ b->at, b->len };
}

static inline void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->full = false;
}

/* n bytes to be filled by the caller, or NULL if they do not fit. */
static inline uint8_t *
buf_room(struct buf *b, size_t n)
{
	if (b->full || n > b->cap - b->len) {
		b->full = true;
		return NULL;
	}
	uint8_t *p = b->at + b->len;
	b->len += n;
	return p;
}

static inline void
buf_put(struct buf *b, const void *p, size_t n)
{
	uint8_t *q = buf_room(b, n);
	if (q && n)
		memcpy(q, p, n);
}

static inline void
buf_bytes_put(struct buf *b, struct bytes v)
{
	buf_put(b, v.at, v.len);
}

static inline void
buf_text(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

static inline void
buf_u8(struct buf *b, uint8_t v)
{
	buf_put(b, &v, 1);
}

static inline void
buf_u16(struct buf *b, uint16_t v)
{
	uint8_t *p = buf_room(b, 2);
	if (p) {
		p[0] = (uint8_t)(v >> 8);
		p[1] = (uint8_t)v;
	}
}

static inline void
buf_u24(struct buf *b, uint32_t v)
{
	buf_u8(b, (uint8_t)(v >> 16));
	buf_u16(b, (uint16_t)v);
}

static inline void
buf_u32(struct buf *b, uint32_t v)
{
	buf_u16(b, (uint16_t)(v >> 16));
	buf_u16(b, (uint16_t)v);
}

static inline void
buf_u64(struct buf *b, uint64_t v)
{
	buf_u32(b, (uint32_t)(v >> 32));
	buf_u32(b, (uint32_t)v);
}

static inline void
buf_u16le(struct buf *b, uint16_t v)
{
	buf_u16(b, __builtin_bswap16(v));
}

static inline void
buf_u32le(struct buf *b, uint32_t v)
{
	buf_u32(b, __builtin_bswap32(v));
}

static inline void
buf_zero(struct buf *b, size_t n)
{
	uint8_t *p = buf_room(b, n);
	if (p)
		memset(p, 0, n);
}

/* Writes the two bytes at offset off, which were written before, anew: for lengths. */
void buf_patch16(struct buf *b, size_t off, uint16_t v);

/* v as two decimal digits; v below 100. */
extern const char buf_two_digits[200];
static inline void
buf_two(uint8_t *at, unsigned v)
{
	memcpy(at, buf_two_digits + 2 * v, 2);
}

/* Decimal and hexadecimal text; no sign of a prefix. */
void buf_decimal(struct buf *b, uint64_t v);
void buf_hex(struct buf *b, struct bytes v);
void buf_hex_number(struct buf *b, uint64_t v, unsigned digits);

/* printf into the buffer; what does not fit makes it full. */
void buf_format(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Ends the text with a NUL that is not counted, cutting it if it is full; for buffers of at least one byte. */
const char *buf_string(struct buf *b);

#endif
