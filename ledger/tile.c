/* tile: see tile.h. */
#include "ledger/tile.h"
#include "base/buf.h"

#include <assert.h>

void
tile_path(struct tile t, char out[static TILE_PATH])
{
	struct buf b = buf_over(out, TILE_PATH);
	uint64_t   group = 1;

	buf_text(&b, "tile/");
	if (t.level == TILE_ENTRIES)
		buf_text(&b, "entries");
	else
		buf_decimal(&b, t.level);
	while (t.index / group >= 1000)
		group *= 1000;
	for (; group > 1; group /= 1000)
		buf_format(&b, "/x%03u", (unsigned)(t.index / group % 1000));
	buf_format(&b, "/%03u", (unsigned)(t.index % 1000));
	if (t.width < TILE_WIDTH)
		buf_format(&b, ".p/%u", t.width);
	assert(b.len < TILE_PATH);
	buf_string(&b);
}

/* Any text that is nearly a path is read, and must then be the path of what was read. */
enum err
tile_parse(struct bytes path, struct tile *out)
{
	char          again[TILE_PATH];
	struct cursor c;

	if (!bytes_begin(path, "tile/") || path.len >= TILE_PATH)
		return ERR_FORM;
	path = bytes_skip(path, 5);
	*out = (struct tile){ .width = TILE_WIDTH };
	c = cursor_over(path);
	struct bytes level = cursor_take(&c, bytes_find(path, '/'));
	if (bytes_equal(level, bytes_text("entries")))
		out->level = TILE_ENTRIES;
	else if (level.len == 1 && level.at[0] >= '0' && level.at[0] < '0' + TILE_LEVELS)
		out->level = level.at[0] - '0';
	else
		return ERR_FORM;
	while (cursor_left(&c)) {
		uint8_t v = cursor_u8(&c);
		if (v == '.') {
			if (!bytes_equal(cursor_take(&c, 2), bytes_text("p/")))
				return ERR_FORM;
			for (out->width = 0; cursor_left(&c) && out->width < TILE_WIDTH; )
				out->width = out->width * 10 + (unsigned)(cursor_u8(&c) - '0');
		} else if (v >= '0' && v <= '9') {
			if (__builtin_mul_overflow(out->index, 10, &out->index) || __builtin_add_overflow(out->index, v - '0', &out->index))
				return ERR_FORM;
		}
	}
	if (!out->width || out->width > TILE_WIDTH)
		return ERR_FORM;
	tile_path(*out, again);
	return bytes_equal(bytes_text(again + 5), path) ? OK : ERR_FORM;
}

bool
tile_entry(struct cursor *bundle, struct bytes *out)
{
	if (!cursor_left(bundle))
		return false;
	uint16_t n = cursor_u16(bundle);
	*out = cursor_take(bundle, n);
	return cursor_ok(bundle);
}
