/* siphash: sections 2.1 to 2.4 of the paper; the 128-bit form is that of its authors' reference code. */
#include "crypt/siphash.h"

#include <assert.h>

void
siphash_begin(struct siphash *s, const struct siphash_key *k)
{
	siphash_start(s->v, k);
	s->tail = s->len = 0;
	s->wide = false;
}

void
siphash_begin_wide(struct siphash *s, const struct siphash_key *k)
{
	siphash_begin(s, k);
	s->v[1] ^= 0xee;
	s->wide = true;
}

void
siphash_put(struct siphash *s, struct bytes in)
{
	const uint8_t *p = in.at;
	size_t         n = in.len;
	unsigned       held = s->len & 7;
	uint64_t       v[4], m;

	s->len += n;
	if (held + n < 8) {
		s->tail |= siphash_few(p, n) << 8 * held;
		return;
	}
	memcpy(v, s->v, sizeof v);
	if (held) {
		size_t fill = 8 - held;
		siphash_block(v, s->tail | siphash_few(p, fill) << 8 * held);
		p += fill;
		n -= fill;
	}
	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&m, p, 8);
		siphash_block(v, m);
	}
	memcpy(s->v, v, sizeof v);
	s->tail = siphash_few(p, n);
}

void
siphash_put_word(struct siphash *s, uint64_t word)
{
	if (s->len & 7) {
		siphash_put(s, bytes_of(&word, 8));
		return;
	}
	s->len += 8;
	siphash_block(s->v, word);
}

uint64_t
siphash_end(struct siphash *s)
{
	assert(!s->wide);
	return siphash_close(s->v, s->tail | s->len << 56);
}

struct siphash_wide
siphash_end_wide(struct siphash *s)
{
	uint64_t *v = s->v;

	assert(s->wide);
	siphash_block(v, s->tail | s->len << 56);
	v[2] ^= 0xee;
	for (int i = 0; i < 4; i++)
		siphash_round(v);
	uint64_t lo = v[0] ^ v[1] ^ v[2] ^ v[3];
	v[1] ^= 0xdd;
	for (int i = 0; i < 4; i++)
		siphash_round(v);
	return (struct siphash_wide){ lo, v[0] ^ v[1] ^ v[2] ^ v[3] };
}
