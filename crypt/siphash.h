/*
 * siphash: SipHash-2-4 and -1-3 (Aumasson and Bernstein, 2012), a keyed digest of 64 or
 * 128 bits, taken in pieces.
 *
 * Our own because what is digested comes in pieces that are never held
 * together: libsodium has it in one call only, OpenSSL only behind an
 * allocated context.  A stranger without the key can neither find two
 * messages of one digest nor tell which value a digest is of.
 */
#ifndef CRYPT_SIPHASH_H
#define CRYPT_SIPHASH_H

#include "base/bytes.h"

struct siphash_key {
	uint64_t k[2];
};

struct siphash {
	uint64_t v[4];
	uint64_t tail; /* the last len % 8 bytes, low first */
	uint64_t len;
	uint8_t  form; /* which digest: SIPHASH_QUICK, or 128 bits */
};

enum { SIPHASH_QUICK = 1 }; /* SipHash-1-3 */

struct siphash_wide {
	uint64_t lo, hi;
};

static inline struct siphash_key
siphash_key(const uint8_t raw[static 16])
{
	struct siphash_key k;
	memcpy(k.k, raw, 16);
	return k;
}

static inline uint64_t
siphash_turn(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

static inline void
siphash_round(uint64_t v[static 4])
{
	v[0] += v[1]; v[1] = siphash_turn(v[1], 13) ^ v[0]; v[0] = siphash_turn(v[0], 32);
	v[2] += v[3]; v[3] = siphash_turn(v[3], 16) ^ v[2];
	v[0] += v[3]; v[3] = siphash_turn(v[3], 21) ^ v[0];
	v[2] += v[1]; v[1] = siphash_turn(v[1], 17) ^ v[2]; v[2] = siphash_turn(v[2], 32);
}

static inline void
siphash_block(uint64_t v[static 4], uint64_t m)
{
	v[3] ^= m;
	siphash_round(v);
	siphash_round(v);
	v[0] ^= m;
}

static inline void
siphash_half(uint64_t v[static 4], uint64_t m)
{
	v[3] ^= m;
	siphash_round(v);
	v[0] ^= m;
}

static inline void
siphash_start(uint64_t v[static 4], const struct siphash_key *k)
{
	v[0] = k->k[0] ^ 0x736f6d6570736575;
	v[1] = k->k[1] ^ 0x646f72616e646f6d;
	v[2] = k->k[0] ^ 0x6c7967656e657261;
	v[3] = k->k[1] ^ 0x7465646279746573;
}

/* The first n < 8 bytes at p, low first. */
static inline uint64_t
siphash_few(const uint8_t *p, size_t n)
{
	uint32_t a, b;

	if (n >= 4) {
		memcpy(&a, p, 4);
		memcpy(&b, p + n - 4, 4);
		return a | (uint64_t)b << 8 * (n - 4);
	}
	return n == 0 ? 0 : p[0] | (uint64_t)p[n / 2] << 8 * (n / 2) | (uint64_t)p[n - 1] << 8 * (n - 1);
}

/* What siphash_quick does behind siphash_start: for many of one key. */
static inline uint64_t
siphash_from(const uint64_t start[static 4], uint64_t word, struct bytes in)
{
	uint64_t       v[4] = { start[0], start[1], start[2], start[3] }, m;
	const uint8_t *p = in.at;
	size_t         n = in.len;

	siphash_half(v, word);
	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&m, p, 8);
		siphash_half(v, m);
	}
	siphash_half(v, siphash_few(p, n) | (uint64_t)(in.len + 8) << 56);
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		siphash_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/*
 * SipHash-1-3 of eight bytes (word, low first) and then in, in one go: for the
 * many short values, where SipHash-2-4's rounds would cost more than all else.
 * Its digests are told to nobody, so nobody can try it out.
 */
static inline uint64_t
siphash_quick(const struct siphash_key *k, uint64_t word, struct bytes in)
{
	uint64_t start[4];

	siphash_start(start, k);
	return siphash_from(start, word, in);
}

void siphash_begin(struct siphash *s, const struct siphash_key *k);      /* 64 bits */
void siphash_begin_quick(struct siphash *s, const struct siphash_key *k, uint64_t word); /* as siphash_quick, in pieces */
void siphash_begin_wide(struct siphash *s, const struct siphash_key *k); /* 128 bits */
void siphash_begin_wide_quick(struct siphash *s, const struct siphash_key *k); /* 128 bits of SipHash-1-3 */
void siphash_put(struct siphash *s, struct bytes in);

/* Eight bytes, low first. */
static inline void
siphash_put_word(struct siphash *s, uint64_t word)
{
	if (s->len & 7) {
		siphash_put(s, bytes_of(&word, 8));
		return;
	}
	s->len += 8;
	if (s->form & SIPHASH_QUICK)
		siphash_half(s->v, word);
	else
		siphash_block(s->v, word);
}

/* The state is used up. */
uint64_t            siphash_end(struct siphash *s);
struct siphash_wide siphash_end_wide(struct siphash *s);

#endif
