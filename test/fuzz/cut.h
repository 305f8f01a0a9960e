/*
 * cut: the property every reader of content has: the same bytes have the same
 * meaning however they are cut.  The first byte chooses the cuts; a piece lies
 * in memory of its own length, so that the sanitizer sees a read past it.
 */
#ifndef TEST_FUZZ_CUT_H
#define TEST_FUZZ_CUT_H

#include "content/meaning.h"
#include "test/fuzz/fuzz.h"

static const struct siphash_key FUZZ_KEY = { { 1, 2 } };

static inline void
cut_put(void *reader, void (*put)(void *reader, struct bytes in), struct bytes in, uint32_t seed)
{
	while (in.len) {
		seed = seed * 1664525 + 1013904223;
		struct bytes piece = bytes_head(in, seed ? 1 + (seed >> 24) % 40 : in.len);
		uint8_t     *copy = malloc(piece.len);
		memcpy(copy, piece.at, piece.len);
		put(reader, bytes_of(copy, piece.len));
		free(copy);
		in = bytes_skip(in, piece.len);
	}
}

static inline void
cut_same(const struct meaning *a, const struct meaning *b)
{
	if (!meaning_digest_equal(a->bytes, b->bytes) || !meaning_digest_equal(a->meaning, b->meaning) || !meaning_digest_equal(a->body, b->body) ||
	    a->fields != b->fields || memcmp(a->field, b->field, a->fields * sizeof *a->field) || meaning_like(a, b) != 1000)
		abort();
}

#endif
