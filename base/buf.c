/* buf: numbers and formatted text into a bounded buffer. */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

void
buf_patch16(struct buf *b, size_t off, uint16_t v)
{
	if (b->full)
		return;
	assert(off + 2 <= b->len);
	b->at[off] = (uint8_t)(v >> 8);
	b->at[off + 1] = (uint8_t)v;
}

const char buf_two_digits[200] = "00010203040506070809101112131415161718192021222324"
                                  "25262728293031323334353637383940414243444546474849"
                                  "50515253545556575859606162636465666768697071727374"
                                  "75767778798081828384858687888990919293949596979899";

void
buf_decimal(struct buf *b, uint64_t v)
{
	uint8_t digits[20];
	size_t  n = sizeof digits;

	while (v >= 100) {
		n -= 2;
		buf_two(digits + n, (unsigned)(v % 100));
		v /= 100;
	}
	if (v >= 10) {
		n -= 2;
		buf_two(digits + n, (unsigned)v);
	} else {
		digits[--n] = (uint8_t)('0' + v);
	}
	buf_put(b, digits + n, sizeof digits - n);
}

void
buf_hex(struct buf *b, struct bytes v)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t          *p = buf_room(b, v.len * 2);

	for (size_t i = 0; p && i < v.len; i++) {
		*p++ = (uint8_t)hex[v.at[i] >> 4];
		*p++ = (uint8_t)hex[v.at[i] & 15];
	}
}

void
buf_hex_number(struct buf *b, uint64_t v, unsigned digits)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t          *p = buf_room(b, digits);

	while (p && digits) {
		p[--digits] = (uint8_t)hex[v & 15];
		v >>= 4;
	}
}

void
buf_format(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	size_t  left = b->cap - b->len;
	int     n;

	if (b->full)
		return;
	va_start(ap, fmt);
	n = vsnprintf((char *)b->at + b->len, left, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= left)
		b->full = true; /* vsnprintf wants room for its NUL too */
	else
		b->len += (size_t)n;
}

const char *
buf_string(struct buf *b)
{
	assert(b->cap > 0);
	if (b->len == b->cap)
		b->len--;
	b->at[b->len] = 0;
	return (const char *)b->at;
}
