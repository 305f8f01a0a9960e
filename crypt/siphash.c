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
