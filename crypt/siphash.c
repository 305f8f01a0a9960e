/* siphash: sections 2.1 to 2.4 of the paper; the 128-bit form is that of its authors' reference code. */
#include "crypt/siphash.h"

#include <assert.h>

enum { WIDE = 2 }; /* beside SIPHASH_QUICK */

static inline void
blocks(uint64_t v[static 4], const uint8_t *p, size_t n, bool quick)
{
	uint64_t m;

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&m, p, 8);
		if (quick)
			siphash_half(v, m);
		else
			siphash_block(v, m);
	}
}

void
siphash_begin(struct siphash *s, const struct siphash_key *k)
{
	siphash_start(s->v, k);
	s->tail = s->len = 0;
	s->form = 0;
}

void
siphash_begin_wide(struct siphash *s, const struct siphash_key *k)
{
	siphash_begin(s, k);
	s->v[1] ^= 0xee;
	s->form = WIDE;
}

void
siphash_begin_wide_quick(struct siphash *s, const struct siphash_key *k)
{
	siphash_begin_wide(s, k);
	s->form |= SIPHASH_QUICK;
}

void
siphash_begin_quick(struct siphash *s, const struct siphash_key *k, uint64_t word)
{
	siphash_begin(s, k);
	s->form = SIPHASH_QUICK;
	siphash_put(s, bytes_of(&word, 8));
}

void
siphash_put(struct siphash *s, struct bytes in)
{
	const uint8_t *p = in.at;
	size_t         n = in.len;
	unsigned       held = s->len & 7;

	s->len += n;
	if (held + n < 8) {
		s->tail |= siphash_few(p, n) << 8 * held;
		return;
	}
	if (held) {
		uint64_t m = s->tail | siphash_few(p, 8 - held) << 8 * held;
		blocks(s->v, (const uint8_t *)&m, 8, s->form & SIPHASH_QUICK);
		p += 8 - held;
		n -= 8 - held;
	}
	if (s->form & SIPHASH_QUICK)
		blocks(s->v, p, n, true);
	else
		blocks(s->v, p, n, false);
	s->tail = siphash_few(p + n / 8 * 8, n % 8);
}

uint64_t
siphash_end(struct siphash *s)
{
	uint64_t *v = s->v, last = s->tail | s->len << 56;

	assert(!(s->form & WIDE));
	blocks(v, (const uint8_t *)&last, 8, s->form & SIPHASH_QUICK);
	v[2] ^= 0xff;
	for (int i = s->form & SIPHASH_QUICK ? 1 : 0; i < 4; i++)
		siphash_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct siphash_wide
siphash_end_wide(struct siphash *s)
{
	uint64_t *v = s->v, last = s->tail | s->len << 56;
	int       first = s->form & SIPHASH_QUICK ? 1 : 0;

	assert(s->form & WIDE);
	blocks(v, (const uint8_t *)&last, 8, s->form & SIPHASH_QUICK);
	v[2] ^= 0xee;
	for (int i = first; i < 4; i++)
		siphash_round(v);
	uint64_t lo = v[0] ^ v[1] ^ v[2] ^ v[3];
	v[1] ^= 0xdd;
	for (int i = first; i < 4; i++)
		siphash_round(v);
	return (struct siphash_wide){ lo, v[0] ^ v[1] ^ v[2] ^ v[3] };
}

/* --- many short ones ------------------------------------------------------------- */

enum { LANES = 8, SHORT = 8 }; /* values of fewer than SHORT whole words go side by side */

#if defined __x86_64__ && (defined __GNUC__ || defined __clang__)
typedef uint64_t lanes __attribute__((vector_size(8 * LANES)));

/* Words of eight values, all of so many whole ones, laid out for eight lanes; the last word holds the rest and the length. */
static inline void
lay_out(struct siphash_each *const e[static LANES], size_t words, const uint8_t *end, uint64_t m[SHORT][LANES], uint64_t first[static LANES])
{
	for (unsigned i = 0; i < LANES; i++) {
		const uint8_t *p = e[i]->at;
		unsigned       rest = (unsigned)(e[i]->len & 7);
		uint64_t       last;
		for (size_t w = 0; w < words; w++, p += 8)
			memcpy(&m[w][i], p, 8);
		if (end - p >= 8) { /* what stands behind it is masked: no branch on its length */
			memcpy(&last, p, 8);
			last &= (UINT64_C(1) << 8 * rest) - 1;
		} else {
			last = siphash_few(p, rest);
		}
		m[words][i] = last | (uint64_t)(e[i]->len + 8) << 56;
		first[i] = e[i]->word;
	}
}

/* The same as siphash_quick, line by line; inlined into a function for each kind of processor. */
__attribute__((always_inline)) static inline void
side_by_side(const struct siphash_key *k, struct siphash_each *const e[static LANES], size_t words, const uint8_t *end)
{
#define TURN(x, n) ((x) << (n) | (x) >> (64 - (n)))
#define ROUND                                                                  \
	do {                                                                   \
		v0 += v1; v1 = TURN(v1, 13) ^ v0; v0 = TURN(v0, 32);           \
		v2 += v3; v3 = TURN(v3, 16) ^ v2;                              \
		v0 += v3; v3 = TURN(v3, 21) ^ v0;                              \
		v2 += v1; v1 = TURN(v1, 17) ^ v2; v2 = TURN(v2, 32);           \
	} while (0)
	uint64_t start[4], m[SHORT][LANES], first[LANES];
	lanes    v0, v1, v2, v3, x;

	lay_out(e, words, end, m, first);
	siphash_start(start, k);
	v0 = (lanes){ 0 } + start[0];
	v1 = (lanes){ 0 } + start[1];
	v2 = (lanes){ 0 } + start[2];
	v3 = (lanes){ 0 } + start[3];
	memcpy(&x, first, sizeof x);
	v3 ^= x;
	ROUND;
	v0 ^= x;
	for (size_t w = 0; w <= words; w++) {
		memcpy(&x, m[w], sizeof x);
		v3 ^= x;
		ROUND;
		v0 ^= x;
	}
	v2 ^= 0xff;
	ROUND;
	ROUND;
	ROUND;
	x = v0 ^ v1 ^ v2 ^ v3;
	memcpy(first, &x, sizeof x);
	for (unsigned i = 0; i < LANES; i++)
		e[i]->digest = first[i];
#undef ROUND
#undef TURN
}

__attribute__((target("avx512f"))) static void
eight_wide(const struct siphash_key *k, struct siphash_each *const e[static LANES], size_t words, const uint8_t *end)
{
	side_by_side(k, e, words, end);
}

__attribute__((target("avx2"))) static void
eight(const struct siphash_key *k, struct siphash_each *const e[static LANES], size_t words, const uint8_t *end)
{
	side_by_side(k, e, words, end);
}

static bool
can(void)
{
	return __builtin_cpu_supports("avx2");
}

static void
together(const struct siphash_key *k, struct siphash_each *const e[static LANES], size_t words, const uint8_t *end)
{
	if (__builtin_cpu_supports("avx512f"))
		eight_wide(k, e, words, end);
	else
		eight(k, e, words, end);
}
#else
static bool
can(void)
{
	return false;
}

static void
together(const struct siphash_key *k, struct siphash_each *const e[static LANES], size_t words, const uint8_t *end)
{
	(void)k, (void)e, (void)words, (void)end;
}
#endif

static void
one_by_one(const struct siphash_key *k, struct siphash_each *const *e, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		e[i]->digest = siphash_quick(k, e[i]->word, bytes_of(e[i]->at, e[i]->len));
}

void
siphash_quick_each(const struct siphash_key *k, struct siphash_each *e, unsigned n, const uint8_t *end)
{
	struct siphash_each *of[SHORT][SIPHASH_EACH + LANES]; /* by their number of whole words */
	unsigned             many[SHORT] = { 0 };

	assert(n <= SIPHASH_EACH);
	for (unsigned i = 0; i < n; i++) {
		size_t words = e[i].len / 8;
		if (words < SHORT)
			of[words][many[words]++] = &e[i];
		else
			one_by_one(k, (struct siphash_each *[]){ &e[i] }, 1);
	}
	for (size_t words = 0; words < SHORT; words++) {
		unsigned at = 0;
		for (; can() && at + 2 < many[words]; at += LANES) {
			for (unsigned i = many[words]; i < at + LANES; i++)
				of[words][i] = of[words][at]; /* a lane with nothing of its own */
			together(k, &of[words][at], words, end);
		}
		if (at < many[words])
			one_by_one(k, &of[words][at], many[words] - at);
	}
}
