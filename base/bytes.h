/*
 * bytes: a view of memory that somebody else owns.
 *
 * A struct that holds bytes is a letter: it is read and thrown away before
 * the memory below it goes.  A record that is kept copies into arrays.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *at;
	size_t         len;
};

/* A view of len bytes at p. */
static inline struct bytes
bytes_of(const void *p, size_t len)
{
	return (struct bytes){ p, len };
}

/* A view of a C string without its NUL. */
static inline struct bytes
bytes_text(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

static inline bool
bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Does a begin with the C string s? */
static inline bool
bytes_begin(struct bytes a, const char *s)
{
	size_t n = strlen(s);
	return a.len >= n && memcmp(a.at, s, n) == 0;
}

/* Like bytes_begin, ASCII letters compared without case (RFC 9110 section 5.1). */
bool bytes_begin_nocase(struct bytes a, const char *s);

/* Equal to the C string s, ASCII letters compared without case. */
bool bytes_equal_nocase(struct bytes a, const char *s);

/* Does the C string s stand anywhere in a, ASCII letters compared without case? */
bool bytes_hold_nocase(struct bytes a, const char *s);

/* a as a string of at most cap - 1 characters, printable ASCII as it is and any other byte as '?': it may go to a terminal. */
void bytes_clean(struct bytes a, char *out, size_t cap);

/* Offset of the first byte c, or a.len. */
static inline size_t
bytes_find(struct bytes a, uint8_t c)
{
	const uint8_t *p = a.len ? memchr(a.at, c, a.len) : NULL;
	return p ? (size_t)(p - a.at) : a.len;
}

/* a without its first n bytes; empty if it has no more. */
static inline struct bytes
bytes_skip(struct bytes a, size_t n)
{
	return n >= a.len ? (struct bytes){ a.at, 0 } : (struct bytes){ a.at + n, a.len - n };
}

/* Numbers in network order at offset at of a view that is known to hold them. */
static inline uint16_t
bytes_u16(struct bytes a, size_t at)
{
	uint16_t v;
	memcpy(&v, a.at + at, 2);
	return __builtin_bswap16(v);
}

static inline uint32_t
bytes_u32(struct bytes a, size_t at)
{
	uint32_t v;
	memcpy(&v, a.at + at, 4);
	return __builtin_bswap32(v);
}

/* The first n bytes of a, or all of it. */
static inline struct bytes
bytes_head(struct bytes a, size_t n)
{
	return (struct bytes){ a.at, n < a.len ? n : a.len };
}

/* a without white space (space, tab, CR, LF) at either end. */
struct bytes bytes_trim(struct bytes a);

/*
 * Folded multiplication: the 128-bit product of two odd-ish words, its halves
 * xored.  One multiplication for sixteen bytes, and the seed is in every one, so
 * a stranger who does not know it cannot choose keys that collide.
 */
static inline uint64_t
bytes_fold(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 p = (unsigned __int128)a * b;
	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static inline uint64_t
bytes_eight(const uint8_t *p)
{
	uint64_t w;
	memcpy(&w, p, 8);
	return w;
}

static inline uint64_t
bytes_four(const uint8_t *p)
{
	uint32_t w;
	memcpy(&w, p, 4);
	return w;
}

/* A seeded 64-bit hash, for tables a stranger can fill: not a digest.  Of a length known here it is a few multiplications and no loop. */
static inline uint64_t
bytes_hash(const void *p, size_t len, uint64_t seed)
{
	const uint8_t *at = p, *end = len ? at + len : at; /* an absent view may be NULL (cursor.h) */
	uint64_t       h = seed ^ 0x9e3779b97f4a7c15u ^ len, a = 0, b = 0;

	if (len > 16) {
		for (; end - at > 16; at += 16)
			h = bytes_fold(h ^ bytes_eight(at), seed ^ 0xbf58476d1ce4e5b9u ^ bytes_eight(at + 8));
		/* The last sixteen, some of which may have been used: no loop over single bytes. */
		a = bytes_eight(end - 16);
		b = bytes_eight(end - 8);
	} else if (len >= 8) {
		a = bytes_eight(at);
		b = bytes_eight(end - 8);
	} else if (len >= 4) {
		a = bytes_four(at);
		b = bytes_four(end - 4);
	} else if (len) {
		a = (uint64_t)at[0] << 16 | (uint64_t)at[len / 2] << 8 | end[-1];
	}
	h = bytes_fold(h ^ a, seed ^ 0x94d049bb133111ebu ^ b);
	return bytes_fold(h, 0xd6e8feb86659fd93u);
}

#endif
