/*
 * fuzz: the shape of a fuzz target for a pure parser: what is accepted is
 * printed, and what was printed is accepted again and prints the same.
 */
#ifndef TEST_FUZZ_FUZZ_H
#define TEST_FUZZ_FUZZ_H

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* parse(print(x)) == x, seen through its print. */
#define FUZZ_ROUND_TRIP(type, parse, print)                                    \
	int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)              \
	{                                                                      \
		static uint8_t one[1 << 17], two[1 << 17];                     \
		struct buf     a = buf_over(one, sizeof one);                  \
		struct buf     b = buf_over(two, sizeof two);                  \
		type           x, y;                                           \
		memset(&x, 0, sizeof x);                                       \
		memset(&y, 0, sizeof y);                                       \
		if (parse(bytes_of(at, len), &x) != OK)                        \
			return 0;                                              \
		print(&x, &a);                                                 \
		if (!buf_ok(&a))                                               \
			return 0;                                              \
		if (parse(buf_bytes(&a), &y) != OK)                            \
			abort();                                               \
		print(&y, &b);                                                 \
		if (!bytes_equal(buf_bytes(&a), buf_bytes(&b)))                \
			abort();                                               \
		return 0;                                                      \
	}

#endif
