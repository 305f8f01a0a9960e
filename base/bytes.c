/* bytes: comparison and trimming of a view. */
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
	uint8_t first = lower((uint8_t)s[0]);

	for (size_t i = 0, n = strlen(s); i + n <= a.len; i++)
		if (!n || (lower(a.at[i]) == first && bytes_begin_nocase(bytes_skip(a, i), s)))
			return true;
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
