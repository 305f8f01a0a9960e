/*
 * library: a shared library that is loaded when it is first asked for.
 *
 * For what one command in many uses: each role is a process of its own, and
 * libcurl and libarchive with all they bring took four times as long to load
 * as all the rest.
 *
 *	#define CALLS(X) X(archive_read_new) X(archive_read_free)
 *	static struct { CALLS(LIBRARY_MEMBER) } call;
 *	static const struct library_call CALL[] = { CALLS(LIBRARY_ROW) };
 */
#ifndef OS_LIBRARY_H
#define OS_LIBRARY_H

#include "base/err.h"

#include <stddef.h>

struct library_call {
	const char *name;
	void       *at; /* of the pointer to it */
};

#define LIBRARY_MEMBER(f) __typeof__(&(f)) f;
#define LIBRARY_ROW(f)    { #f, &call.f },

/* ERR_NOTFOUND if the library, or one of its calls, is not there.  Loads once: a second time costs nothing. */
enum err library_load(const char *file, const struct library_call *calls, size_t n) MUST_USE;

#endif
