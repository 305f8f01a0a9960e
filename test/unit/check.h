/* check: what every unit test includes; cmocka and the properties all parsers share. */
#ifndef TEST_UNIT_CHECK_H
#define TEST_UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"

/* Bytes of a string literal that may hold NULs. */
#define LIT(s) bytes_of("" s, sizeof(s) - 1)

/*
 * Every prefix of whole is refused.  Each is parsed in memory of exactly its
 * length, so that a sanitizer sees a read past it.
 */
#define EVERY_TRUNCATION_REFUSED(parse, type, whole)                           \
	for (size_t n_ = 0; n_ < (whole).len; n_++) {                          \
		type     out_;                                                 \
		uint8_t *cut_ = malloc(n_ ? n_ : 1);                           \
		memcpy(cut_, (whole).at, n_);                                  \
		memset(&out_, 0, sizeof out_);                                 \
		if (parse(bytes_of(cut_, n_), &out_) == OK)                    \
			fail_msg("accepted a prefix of %zu bytes", n_);        \
		free(cut_);                                                    \
	}

/* Hexadecimal text (blanks ignored) to bytes in out; the length. */
static inline size_t
unhex(const char *text, uint8_t *out, size_t cap)
{
	size_t n = 0;
	int    half = -1;

	for (; *text; text++) {
		int d = *text >= '0' && *text <= '9' ? *text - '0' : (*text | 32) >= 'a' && (*text | 32) <= 'f' ? (*text | 32) - 'a' + 10 : -1;
		if (d < 0)
			continue;
		if (half < 0) {
			half = d;
			continue;
		}
		assert_true(n < cap);
		out[n++] = (uint8_t)(half << 4 | d);
		half = -1;
	}
	return n;
}

#endif
