/*
 * cursor: the one door through which foreign bytes come in.
 *
 * The cursor is sticky: after the first read past the end it yields zeros and
 * moves no more, so a parser reads like the specification and asks once, at
 * the end, whether all of it was there.  Numbers are in network order unless
 * the name says le.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include "base/bytes.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "network order is the other one here");

struct cursor {
	const uint8_t *at, *end;
	bool           bad; /* something was read that was not there */
};

static inline struct cursor
cursor_over(struct bytes b)
{
	/* An absent view may be NULL, to which nothing may be added, not even 0 (C17 6.5.6). */
	return (struct cursor){ b.at, b.len ? b.at + b.len : b.at, false };
}

/* How many bytes are still unread; 0 once bad. */
static inline size_t
cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

/* Nothing was missing. */
static inline bool
cursor_ok(const struct cursor *c)
{
	return !c->bad;
}

/* Nothing was missing and nothing is left over. */
static inline bool
cursor_end(const struct cursor *c)
{
	return !c->bad && c->at == c->end;
}

/* Marks the cursor bad, as a read past the end does. */
static inline void
cursor_fail(struct cursor *c)
{
	c->bad = true;
	c->at = c->end;
}

/* The next n bytes, or an empty view and a bad cursor. */
static inline struct bytes
cursor_take(struct cursor *c, size_t n)
{
	if (n > cursor_left(c)) {
		cursor_fail(c);
		return (struct bytes){ c->end, 0 };
	}
	struct bytes b = { c->at, n };
	c->at += n;
	return b;
}

static inline void
cursor_skip(struct cursor *c, size_t n)
{
	(void)cursor_take(c, n);
}

/* All that is left; may be empty. */
static inline struct bytes
cursor_rest(struct cursor *c)
{
	return cursor_take(c, cursor_left(c));
}

/* A cursor over the next n bytes: bad from the start if they are not there. */
static inline struct cursor
cursor_sub(struct cursor *c, size_t n)
{
	struct cursor s = cursor_over(cursor_take(c, n));
	s.bad = c->bad;
	return s;
}

static inline uint8_t
cursor_u8(struct cursor *c)
{
	struct bytes b = cursor_take(c, 1);
	return b.len ? b.at[0] : 0;
}

static inline uint16_t
cursor_u16(struct cursor *c)
{
	uint16_t     v = 0;
	struct bytes b = cursor_take(c, 2);

	if (b.len)
		memcpy(&v, b.at, 2);
	return __builtin_bswap16(v);
}

static inline uint32_t
cursor_u24(struct cursor *c)
{
	struct bytes b = cursor_take(c, 3);
	return b.len ? (uint32_t)b.at[0] << 16 | (uint32_t)b.at[1] << 8 | b.at[2] : 0;
}

static inline uint32_t
cursor_u32(struct cursor *c)
{
	uint32_t     v = 0;
	struct bytes b = cursor_take(c, 4);

	if (b.len)
		memcpy(&v, b.at, 4);
	return __builtin_bswap32(v);
}

static inline uint64_t
cursor_u64(struct cursor *c)
{
	uint64_t     v = 0;
	struct bytes b = cursor_take(c, 8);

	if (b.len)
		memcpy(&v, b.at, 8);
	return __builtin_bswap64(v);
}

static inline uint16_t
cursor_u16le(struct cursor *c)
{
	return __builtin_bswap16(cursor_u16(c));
}

static inline uint32_t
cursor_u32le(struct cursor *c)
{
	return __builtin_bswap32(cursor_u32(c));
}

static inline uint64_t
cursor_u64le(struct cursor *c)
{
	return __builtin_bswap64(cursor_u64(c));
}

/* Copies n bytes into out, zeros if they are not there. */
static inline void
cursor_copy(struct cursor *c, void *out, size_t n)
{
	struct bytes b = cursor_take(c, n);
	if (b.len)
		memcpy(out, b.at, n);
	else if (n)
		memset(out, 0, n);
}

#endif
