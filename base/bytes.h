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

/* A seeded 64-bit hash, for tables a stranger can fill: not a digest. */
uint64_t bytes_hash(const void *p, size_t len, uint64_t seed);

#endif
