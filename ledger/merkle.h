/*
 * merkle: the hash tree of RFC 6962 section 2.1, over SHA-256.
 *
 *	leaf = H(0x00 || entry)    node = H(0x01 || left || right)    empty = H("")
 *
 * A tree of n leaves splits at the largest power of two below n.  A perfect
 * subtree is named by its height and its number among those of that height:
 * (3, 2) covers the leaves 16..23.
 */
#ifndef LEDGER_MERKLE_H
#define LEDGER_MERKLE_H

#include "base/bytes.h"
#include "base/err.h"

struct digest {
	uint8_t b[32];
};

/* The longest proofs: a tree has at most 2^63 leaves. */
enum { MERKLE_PROOF = 63 };

struct merkle_proof {
	size_t        n;
	struct digest hash[MERKLE_PROOF + 1];
};

static inline bool
digest_equal(struct digest a, struct digest b)
{
	return memcmp(a.b, b.b, 32) == 0;
}

struct digest merkle_empty(void);
struct digest merkle_leaf(struct bytes entry);
struct digest merkle_node(struct digest left, struct digest right);

/* The root over n hashes of one height, n a power of two and at most 256. */
struct digest merkle_fold(const struct digest *hash, size_t n);

/* Where the hashes of perfect subtrees come from. */
struct merkle_source {
	enum err (*node)(void *context, unsigned height, uint64_t number, struct digest *out);
	void *context;
};

/* ERR_USAGE if there is no such leaf or tree; what the source returns if it fails. */
enum err merkle_root(struct merkle_source s, uint64_t size, struct digest *out) MUST_USE;
enum err merkle_include(struct merkle_source s, uint64_t index, uint64_t size, struct merkle_proof *out) MUST_USE;
enum err merkle_extend(struct merkle_source s, uint64_t old, uint64_t size, struct merkle_proof *out) MUST_USE;

/* Does the proof lead from the leaf to the root?  (RFC 9162 section 2.1.3.2) */
bool merkle_included(uint64_t index, uint64_t size, struct digest leaf, const struct merkle_proof *p, struct digest root);

/* Is the old tree the beginning of the new one?  An old size of 0 is refused: nothing is shown of it. (section 2.1.4.2) */
bool merkle_extended(uint64_t old, uint64_t size, struct digest old_root, struct digest root, const struct merkle_proof *p);

#endif
