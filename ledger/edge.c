/* edge: see edge.h. */
#include "ledger/edge.h"

void
edge_add(struct edge *e, struct digest leaf, void (*filled)(void *, struct tile, const struct digest *), void *context)
{
	for (unsigned level = 0;; level++) {
		unsigned w = edge_width(e, level);
		e->at[level][w] = leaf;
		if (w + 1 < TILE_WIDTH)
			break;
		filled(context, (struct tile){ level, e->size >> (8 * (level + 1)), TILE_WIDTH }, e->at[level]);
		leaf = merkle_fold(e->at[level], TILE_WIDTH);
	}
	e->size++;
}

/* Perfect subtrees of the size's bits, from the smallest and last: those of a level are runs of its hashes. */
struct digest
edge_root(const struct edge *e)
{
	struct digest root = merkle_empty();
	bool          some = false;

	for (unsigned level = 0; level < TILE_LEVELS; level++)
		for (unsigned w = edge_width(e, level); w; w &= w - 1) {
			unsigned      run = w & -w;
			struct digest d = merkle_fold(e->at[level] + (w - run), run);
			root = some ? merkle_node(d, root) : d;
			some = true;
		}
	return root;
}
