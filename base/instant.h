/*
 * instant: a moment on some witness's clock, microseconds since 1970 UTC.
 *
 * Detection runs on capture time only; nothing here asks the machine's clock.
 */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include "base/buf.h"
#include "base/err.h"

struct instant {
	int64_t us;
};

#define INSTANT_SECOND INT64_C(1000000)

/* Microseconds from a to b; negative if b is earlier. */
static inline int64_t
instant_since(struct instant a, struct instant b)
{
	return b.us - a.us;
}

/* Writes RFC 3339 with microseconds and +00:00, as EVE has it: 2026-11-21T19:18:31.402113+00:00. */
void instant_print(struct instant t, struct buf *out);

/* Reads RFC 3339 (Z or an offset, any number of decimals). */
enum err instant_parse(struct bytes in, struct instant *out) MUST_USE;

#endif
