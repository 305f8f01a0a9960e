/* hl7_scan: with SSE2 where there is one, else a byte at a time; the bits are the same. */
#include "content/hl7_scan.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { BLOCK = HL7_SCAN_BLOCK };

struct bits {
	uint64_t end, odd, repetition, component, sub;
};

#ifdef __SSE2__
static inline uint64_t
sixteen(__m128i equal)
{
	return (uint64_t)(uint32_t)_mm_movemask_epi8(equal);
}

static inline struct bits
look(const uint8_t *p, uint8_t delimiter)
{
	struct bits b = { 0, 0, 0, 0, 0 };

	for (unsigned i = 0; i < BLOCK; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		__m128i end = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8((char)delimiter)),
		                           _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\r')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\n'))));
		__m128i low = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(4)), v);
		b.end |= sixteen(end) << i;
		b.odd |= sixteen(_mm_or_si128(low, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')))) << i;
		b.repetition |= sixteen(_mm_cmpeq_epi8(v, _mm_set1_epi8('~'))) << i;
		b.component |= sixteen(_mm_cmpeq_epi8(v, _mm_set1_epi8('^'))) << i;
		b.sub |= sixteen(_mm_cmpeq_epi8(v, _mm_set1_epi8('&'))) << i;
	}
	return b;
}
#else
static struct bits
look(const uint8_t *p, uint8_t delimiter)
{
	struct bits b = { 0, 0, 0, 0, 0 };

	for (unsigned i = 0; i < BLOCK; i++) {
		uint64_t one = UINT64_C(1) << i;
		if (p[i] == delimiter || p[i] == '\r' || p[i] == '\n')
			b.end |= one;
		if (p[i] <= 4 || p[i] == '\\')
			b.odd |= one;
		b.repetition |= p[i] == '~' ? one : 0;
		b.component |= p[i] == '^' ? one : 0;
		b.sub |= p[i] == '&' ? one : 0;
	}
	return b;
}
#endif

static void
block(struct hl7_scan *s)
{
	uint8_t     few[BLOCK] = { 0 };
	size_t      left = s->in.len - s->base;
	uint64_t    there = left < BLOCK ? (UINT64_C(1) << left) - 1 : ~UINT64_C(0);
	struct bits b;

	if (left < BLOCK) {
		memcpy(few, s->in.at + s->base, left);
		b = look(few, s->delimiter);
	} else {
		b = look(s->in.at + s->base, s->delimiter);
	}
	/* The byte before each: a & , or any separator. */
	uint64_t sub = b.sub << 1 | s->weak, any = (b.sub | b.component | b.repetition) << 1 | s->weak | s->middle;
	uint64_t below = (b.sub | b.component) << 1 | s->weak | (s->middle & 1);
	s->ends = b.end & there;
	s->odd = s->plain ? (b.odd | (b.end & any) | (b.component & sub) | (b.repetition & below)) & there : ~UINT64_C(0);
	s->weak = b.sub >> 63;
	s->middle = (b.component | b.repetition) >> 63;
}

void
hl7_scan_begin(struct hl7_scan *s, struct bytes in, uint8_t delimiter, bool plain)
{
	*s = (struct hl7_scan){ .in = in, .delimiter = delimiter, .plain = plain };
	if (in.len)
		block(s);
}

size_t
hl7_scan_further(struct hl7_scan *s, size_t from, bool *odd)
{
	uint64_t seen = 0;

	if (from >= s->in.len)
		return s->in.len;
	for (;;) {
		if (from < s->base + BLOCK) {
			uint64_t at = ~UINT64_C(0) << (from - s->base), ends = s->ends & at;
			if (ends) {
				*odd = (seen | (s->odd & at & (ends ^ (ends - 1)))) != 0;
				return s->base + (size_t)__builtin_ctzll(ends);
			}
			seen |= s->odd & at;
			from = s->base + BLOCK;
		}
		if (s->in.len - s->base <= BLOCK) {
			*odd = true;
			return s->in.len;
		}
		s->base += BLOCK;
		block(s);
	}
}
