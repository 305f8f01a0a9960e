/* bytes: comparison, trimming and the seeded hash of a view. */
#include "base/bytes.h"

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

bool
bytes_begin_nocase(struct bytes a, const char *s)
{
	size_t i = 0;

	for (; s[i]; i++)
		if (i >= a.len || lower(a.at[i]) != lower((uint8_t)s[i]))
			return false;
	return true;
}

bool
bytes_equal_nocase(struct bytes a, const char *s)
{
	return a.len == strlen(s) && bytes_begin_nocase(a, s);
}

bool
bytes_hold_nocase(struct bytes a, const char *s)
{
	for (size_t n = strlen(s); a.len >= n; a = bytes_skip(a, 1)) {
		if (bytes_begin_nocase(a, s))
			return true;
		if (!a.len)
			break;
	}
	return false;
}

void
bytes_clean(struct bytes a, char *out, size_t cap)
{
	size_t n = a.len < cap - 1 ? a.len : cap - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = a.at[i] >= 0x20 && a.at[i] < 0x7f ? (char)a.at[i] : '?';
	out[n] = 0;
}

struct bytes
bytes_trim(struct bytes a)
{
	static const char space[] = " \t\r\n";

	while (a.len && memchr(space, a.at[0], 4))
		a = bytes_skip(a, 1);
	while (a.len && memchr(space, a.at[a.len - 1], 4))
		a.len--;
	return a;
}

/*
 * Folded multiplication: the 128-bit product of two odd-ish words, its halves
 * xored.  One multiplication for sixteen bytes, and the seed is in every one, so
 * a stranger who does not know it cannot choose keys that collide.
 */
static uint64_t
fold(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 p = (unsigned __int128)a * b;
	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static uint64_t
eight(const uint8_t *p)
{
	uint64_t w;
	memcpy(&w, p, 8);
	return w;
}

static uint64_t
four(const uint8_t *p)
{
	uint32_t w;
	memcpy(&w, p, 4);
	return w;
}

uint64_t
bytes_hash(const void *p, size_t len, uint64_t seed)
{
	const uint8_t *at = p, *end = len ? at + len : at; /* an absent view may be NULL (cursor.h) */
	uint64_t       h = seed ^ 0x9e3779b97f4a7c15u ^ len, a = 0, b = 0;

	if (len > 16) {
		for (; end - at > 16; at += 16)
			h = fold(h ^ eight(at), seed ^ 0xbf58476d1ce4e5b9u ^ eight(at + 8));
		/* The last sixteen, some of which may have been used: no loop over single bytes. */
		a = eight(end - 16);
		b = eight(end - 8);
	} else if (len >= 8) {
		a = eight(at);
		b = eight(end - 8);
	} else if (len >= 4) {
		a = four(at);
		b = four(end - 4);
	} else if (len) {
		a = (uint64_t)at[0] << 16 | (uint64_t)at[len / 2] << 8 | end[-1];
	}
	h = fold(h ^ a, seed ^ 0x94d049bb133111ebu ^ b);
	return fold(h, 0xd6e8feb86659fd93u);
}
