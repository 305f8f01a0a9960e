#include "ledger/merkle.h"
#include "test/unit/check.h"

enum { MOST = 70 };

/* Leaf number i is the hash of the byte i. */
static enum err
node(void *context, unsigned height, uint64_t number, struct digest *out)
{
	struct digest left, right;
	uint8_t       entry = (uint8_t)number;

	if (!height) {
		*out = merkle_leaf(bytes_of(&entry, 1));
		return OK;
	}
	(void)node(context, height - 1, 2 * number, &left);
	(void)node(context, height - 1, 2 * number + 1, &right);
	*out = merkle_node(left, right);
	return OK;
}

static const struct merkle_source SOURCE = { node, NULL };

static void
every_leaf_of_every_tree_is_proved_and_no_other_place_is(void **state)
{
	struct merkle_proof p;
	struct digest       root, leaf;

	(void)state;
	for (uint64_t size = 1; size <= MOST; size++) {
		assert_int_equal(merkle_root(SOURCE, size, &root), OK);
		for (uint64_t i = 0; i < size; i++) {
			assert_int_equal(merkle_include(SOURCE, i, size, &p), OK);
			(void)node(NULL, 0, i, &leaf);
			assert_true(merkle_included(i, size, leaf, &p, root));
			assert_false(merkle_included(i ^ 1, size, leaf, &p, root) && size > 1);
			assert_false(merkle_included(size, size, leaf, &p, root));
			p.n++;
			assert_false(merkle_included(i, size, leaf, &p, root));
		}
	}
}

static void
every_tree_is_the_beginning_of_every_larger_one_and_nothing_is_shown_of_none(void **state)
{
	struct merkle_proof p;
	struct digest       old_root, root;

	(void)state;
	for (uint64_t size = 1; size <= MOST; size++) {
		assert_int_equal(merkle_root(SOURCE, size, &root), OK);
		assert_int_equal(merkle_extend(SOURCE, 0, size, &p), ERR_USAGE);
		p.n = 0;
		assert_false(merkle_extended(0, size, merkle_empty(), root, &p));
		for (uint64_t old = 1; old <= size; old++) {
			assert_int_equal(merkle_root(SOURCE, old, &old_root), OK);
			assert_int_equal(merkle_extend(SOURCE, old, size, &p), OK);
			assert_true(merkle_extended(old, size, old_root, root, &p));
			old_root.b[0] ^= 1;
			assert_false(merkle_extended(old, size, old_root, root, &p));
			old_root.b[0] ^= 1;
			for (size_t i = 0; i < p.n; i++) {
				p.hash[i].b[31] ^= 1;
				assert_false(merkle_extended(old, size, old_root, root, &p));
				p.hash[i].b[31] ^= 1;
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_leaf_of_every_tree_is_proved_and_no_other_place_is),
		cmocka_unit_test(every_tree_is_the_beginning_of_every_larger_one_and_nothing_is_shown_of_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
