/* merkle: see merkle.h. */
#include "ledger/merkle.h"
#include "crypt/hash.h"
#include "crypt/tree.h"

#include <assert.h>

struct digest
merkle_empty(void)
{
	struct digest d;

	hash_sha256(bytes_of(NULL, 0), d.b);
	return d;
}

struct digest
merkle_leaf(struct bytes entry)
{
	struct digest d;

	tree_leaf(entry, d.b);
	return d;
}

struct digest
merkle_node(struct digest left, struct digest right)
{
	struct digest d;

	tree_node(left.b, right.b, d.b);
	return d;
}

struct digest
merkle_fold(const struct digest *hash, size_t n)
{
	struct digest h[256];

	assert(n && n <= 256 && (n & (n - 1)) == 0);
	if (n == 1)
		return hash[0];
	for (size_t i = 0; i < n; i += 2)
		h[i / 2] = merkle_node(hash[i], hash[i + 1]);
	for (n /= 2; n > 1; n /= 2)
		for (size_t i = 0; i < n; i += 2)
			h[i / 2] = merkle_node(h[i], h[i + 1]);
	return h[0];
}

/* --- proofs made -------------------------------------------------------------------- */

/* The largest power of two below n, as its exponent; n > 1. */
static unsigned
split(uint64_t n)
{
	return 63 - (unsigned)__builtin_clzll(n - 1);
}

/*
 * The hash of the leaves first .. first + n - 1, a subtree of any tree that has
 * them: the perfect subtrees of n's bits, the smallest and last one first.
 */
static enum err
range(struct merkle_source s, uint64_t first, uint64_t n, struct digest *out)
{
	uint64_t end = first + n;
	bool     some = false;

	while (n) {
		unsigned      height = (unsigned)__builtin_ctzll(n);
		struct digest d;
		end -= UINT64_C(1) << height;
		enum err e = s.node(s.context, height, end >> height, &d);
		if (e)
			return e;
		*out = some ? merkle_node(d, *out) : d;
		some = true;
		n &= n - 1;
	}
	return OK;
}

enum err
merkle_root(struct merkle_source s, uint64_t size, struct digest *out)
{
	*out = merkle_empty();
	return size >> 63 ? ERR_USAGE : range(s, 0, size, out);
}

static void
reverse(struct merkle_proof *p)
{
	for (size_t i = 0; i < p->n / 2; i++) {
		struct digest d = p->hash[i];
		p->hash[i] = p->hash[p->n - 1 - i];
		p->hash[p->n - 1 - i] = d;
	}
}

/* PATH(m, D[n]) of RFC 6962 section 2.1.1, from the root down. */
enum err
merkle_include(struct merkle_source s, uint64_t index, uint64_t size, struct merkle_proof *out)
{
	uint64_t first = 0, n = size;
	enum err e = OK;

	out->n = 0;
	if (index >= size || size >> 63)
		return ERR_USAGE;
	while (!e && n > 1) {
		uint64_t k = UINT64_C(1) << split(n);
		if (index - first < k) {
			e = range(s, first + k, n - k, &out->hash[out->n++]);
			n = k;
		} else {
			e = range(s, first, k, &out->hash[out->n++]);
			first += k;
			n -= k;
		}
	}
	reverse(out);
	return e;
}

/* PROOF(m, D[n]) of RFC 6962 section 2.1.2, from the root down. */
enum err
merkle_extend(struct merkle_source s, uint64_t old, uint64_t size, struct merkle_proof *out)
{
	uint64_t first = 0, n = size, m = old;
	enum err e = OK;

	out->n = 0;
	if (!old || old > size || size >> 63)
		return ERR_USAGE;
	while (!e && m < n) {
		uint64_t k = UINT64_C(1) << split(n);
		if (m <= k) {
			e = range(s, first + k, n - k, &out->hash[out->n++]);
			n = k;
		} else {
			e = range(s, first, k, &out->hash[out->n++]);
			first += k;
			n -= k;
			m -= k;
		}
	}
	if (!e && first) /* else the old tree's root is known to who asks */
		e = range(s, first, n, &out->hash[out->n++]);
	reverse(out);
	return e;
}

/* --- proofs checked ------------------------------------------------------------------ */

bool
merkle_included(uint64_t index, uint64_t size, struct digest leaf, const struct merkle_proof *p, struct digest root)
{
	uint64_t fn = index, sn = size - 1;

	if (index >= size)
		return false;
	for (size_t i = 0; i < p->n; i++) {
		if (!sn)
			return false;
		if (fn & 1 || fn == sn) {
			leaf = merkle_node(p->hash[i], leaf);
			for (; fn && !(fn & 1); fn >>= 1)
				sn >>= 1;
		} else {
			leaf = merkle_node(leaf, p->hash[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return !sn && digest_equal(leaf, root);
}

bool
merkle_extended(uint64_t old, uint64_t size, struct digest old_root, struct digest root, const struct merkle_proof *p)
{
	if (!old || old > size)
		return false;
	if (old == size)
		return !p->n && digest_equal(old_root, root);

	bool     power = (old & (old - 1)) == 0; /* then the first hash is the old root, and left out */
	uint64_t fn = old - 1, sn = size - 1;
	if (!power && !p->n)
		return false;
	for (; fn & 1; fn >>= 1)
		sn >>= 1;
	struct digest fr = power ? old_root : p->hash[0], sr = fr;
	for (size_t i = !power; i < p->n; i++) {
		if (!sn)
			return false;
		if (fn & 1 || fn == sn) {
			fr = merkle_node(p->hash[i], fr);
			sr = merkle_node(p->hash[i], sr);
			for (; fn && !(fn & 1); fn >>= 1)
				sn >>= 1;
		} else {
			sr = merkle_node(sr, p->hash[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return !sn && digest_equal(fr, old_root) && digest_equal(sr, root);
}
