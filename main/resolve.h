/*
 * resolve: one question to one resolver (RFC 1035, over UDP, and TCP if the answer is cut), and no cache.
 *
 * Blocking, 2 s a try and three tries.  The port is the kernel's choice and
 * the number random, so that nobody who does not see the question can answer.
 */
#ifndef MAIN_RESOLVE_H
#define MAIN_RESOLVE_H

#include "base/addr.h"
#include "wire/dns.h"

enum { RESOLVE_ANSWERS = 16, RESOLVE_TEXT = 256 };

struct resolve {
	struct addr at;
	uint16_t    port;
};

/* Addresses of both families, up to RESOLVE_ANSWERS.  ERR_NOTFOUND: it has none; ERR_IO: nobody answers; ERR_FORM: it is no name, or the answer is none. */
enum err resolve_addresses(const struct resolve *r, const char *name, struct addr out[static RESOLVE_ANSWERS], unsigned *n) MUST_USE;

/* TXT records, each its strings joined, up to RESOLVE_ANSWERS; a longer one is passed over. */
enum err resolve_texts(const struct resolve *r, const char *name, char out[static RESOLVE_ANSWERS][RESOLVE_TEXT], unsigned *n) MUST_USE;

/* A connected socket of this kind (SOCK_STREAM, SOCK_DGRAM), which waits for at most so many seconds in each call; -1. */
int resolve_connect(struct addr at, uint16_t port, int kind, int seconds);

#endif
