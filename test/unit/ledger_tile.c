#include "ledger/tile.h"
#include "test/unit/check.h"

static void
tiles_lie_where_the_specification_says(void **state)
{
	static const struct {
		struct tile t;
		const char *path;
	} rows[] = {
		{ { 0, 1234067, 256 }, "tile/0/x001/x234/067" },
		{ { 2, 0, 1 }, "tile/2/000.p/1" },
		{ { 0, 999, 112 }, "tile/0/999.p/112" },
		{ { 1, 1000, 256 }, "tile/1/x001/000" },
		{ { TILE_ENTRIES, 273, 112 }, "tile/entries/273.p/112" },
		{ { TILE_ENTRIES, UINT64_MAX >> 8, 255 }, "tile/entries/x072/x057/x594/x037/x927/935.p/255" },
	};
	char path[TILE_PATH];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tile t;
		tile_path(rows[i].t, path);
		assert_string_equal(path, rows[i].path);
		assert_int_equal(tile_parse(bytes_text(path), &t), OK);
		assert_memory_equal(&t, &rows[i].t, sizeof t);
	}
}

static void
no_other_path_is_a_tile(void **state)
{
	static const char *const bad[] = {
		"", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/00/000", "tile/8/000", "tile/0/x001", "tile/0/x000/001", "tile/0/001/002", "tile/0/000.p",
		"tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/01", "tile/0/000.p/256", "tile/0/000.p/1/2", "tile/0/000.q/1", "tile/entry/000", "tile/0/-01",
		"tile/0/000 ", "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/999", "/tile/0/000",
	};
	struct tile t;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (tile_parse(bytes_text(bad[i]), &t) == OK)
			fail_msg("took %s", bad[i]);
}

static void
a_bundle_gives_its_entries_and_says_if_it_is_cut(void **state)
{
	struct bytes  in = LIT("\0\3abc\0\0\0\1d"), entry;
	struct cursor c = cursor_over(in);

	(void)state;
	assert_true(tile_entry(&c, &entry) && bytes_equal(entry, LIT("abc")));
	assert_true(tile_entry(&c, &entry) && entry.len == 0);
	assert_true(tile_entry(&c, &entry) && bytes_equal(entry, LIT("d")));
	assert_false(tile_entry(&c, &entry));
	assert_true(cursor_end(&c));
	c = cursor_over(bytes_head(in, 4));
	assert_false(tile_entry(&c, &entry));
	assert_false(cursor_ok(&c));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tiles_lie_where_the_specification_says),
		cmocka_unit_test(no_other_path_is_a_tile),
		cmocka_unit_test(a_bundle_gives_its_entries_and_says_if_it_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
