/* view: see view.h. */
#include "ledger/view.h"
#include "base/memory.h"
#include "ledger/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* A tile of each level, the last that was read: a proof asks for neighbours. */
struct kept {
	bool          good;
	struct tile   tile;
	struct digest hash[TILE_WIDTH];
};

struct view {
	int               dir;
	struct checkpoint checkpoint;
	struct kept       kept[TILE_LEVELS];
	uint8_t           note[NOTE_SIZE];
	size_t            note_n;
	uint64_t          bundle_n;   /* number of the bundle held, from 1; 0: none */
	size_t            bundle_len;
	uint8_t          *bundle;     /* taken when an entry is asked for: a proof needs none */
};

enum err
view_open(const char *path, struct view **out)
{
	struct view *v = memory_new(1, sizeof *v);
	struct note  n;

	if (!v)
		return ERR_MEMORY;
	struct buf b = buf_over(v->note, sizeof v->note);
	enum err   e = OK;
	v->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (v->dir < 0)
		e = errno == ENOENT || errno == ENOTDIR ? ERR_NOTFOUND : errno == EACCES ? ERR_PERM : ERR_IO;
	if (!e)
		e = disk_get(v->dir, "checkpoint", &b);
	v->note_n = b.len;
	if (!e && (note_parse(buf_bytes(&b), &n) || checkpoint_parse(n.text, &v->checkpoint)))
		e = ERR_FORM;
	if (e) {
		view_free(v);
		return e;
	}
	*out = v;
	return OK;
}

void
view_free(struct view *v)
{
	if (!v)
		return;
	if (v->dir >= 0)
		close(v->dir);
	memory_free(v->bundle);
	memory_free(v);
}

struct bytes
view_note(const struct view *v)
{
	return bytes_of(v->note, v->note_n);
}

const struct checkpoint *
view_checkpoint(const struct view *v)
{
	return &v->checkpoint;
}

/* The tile as wide as the view's tree has it; the writer may have filled and removed the partial one. */
static enum err
get(const struct view *v, struct tile t, struct buf *out)
{
	char path[TILE_PATH];

	tile_path(t, path);
	enum err e = disk_get(v->dir, path, out);
	if (e == ERR_NOTFOUND && t.width < TILE_WIDTH) {
		buf_reset(out);
		t.width = TILE_WIDTH;
		tile_path(t, path);
		e = disk_get(v->dir, path, out);
	}
	return e;
}

static unsigned
width(const struct view *v, unsigned level, uint64_t index)
{
	uint64_t left = tile_count(level, v->checkpoint.size) - index * TILE_WIDTH;
	return left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH;
}

enum err
view_tile(struct view *v, struct tile t, struct digest *out)
{
	uint8_t    room[TILE_WIDTH * sizeof(struct digest)];
	struct buf b = buf_over(room, sizeof room);

	enum err e = get(v, t, &b);
	if (!e && b.len < t.width * sizeof(struct digest))
		e = ERR_SHORT;
	if (!e)
		memcpy(out, room, t.width * sizeof(struct digest));
	return e;
}

/* A perfect subtree's hash: a run of hashes of one tile, folded. */
static enum err
node(void *context, unsigned height, uint64_t number, struct digest *out)
{
	struct view *v = context;
	unsigned     level = height / 8, run = 1u << height % 8;
	uint64_t     first = number * run; /* among the level's hashes */
	struct kept *k = &v->kept[level];
	uint64_t     index = first / TILE_WIDTH;

	if (!k->good || k->tile.index != index) {
		k->tile = (struct tile){ level, index, width(v, level, index) };
		enum err e = view_tile(v, k->tile, k->hash);
		k->good = !e;
		if (e)
			return e;
	}
	*out = merkle_fold(k->hash + first % TILE_WIDTH, run);
	return OK;
}

enum err
view_entry(struct view *v, uint64_t index, struct bytes *out)
{
	uint64_t n = index / TILE_WIDTH;

	if (index >= v->checkpoint.size)
		return ERR_USAGE;
	if (!v->bundle && !(v->bundle = memory_new(1, TILE_BUNDLE)))
		return ERR_MEMORY;
	if (v->bundle_n != n + 1) {
		struct buf b = buf_over(v->bundle, TILE_BUNDLE);
		v->bundle_n = 0;
		enum err e = get(v, (struct tile){ TILE_ENTRIES, n, width(v, 0, n) }, &b);
		if (e)
			return e;
		v->bundle_n = n + 1;
		v->bundle_len = b.len;
	}
	struct cursor c = cursor_over(bytes_of(v->bundle, v->bundle_len));
	for (uint64_t i = 0; i <= index % TILE_WIDTH; i++)
		if (!tile_entry(&c, out))
			return ERR_SHORT;
	return OK;
}

enum err
view_prove(struct view *v, uint64_t index, struct proof *out)
{
	out->index = index;
	out->extra_n = 0;
	out->note = view_note(v);
	return merkle_include((struct merkle_source){ node, v }, index, v->checkpoint.size, &out->path);
}

enum err
view_extend(struct view *v, uint64_t old, struct merkle_proof *out)
{
	return merkle_extend((struct merkle_source){ node, v }, old, v->checkpoint.size, out);
}

enum err
view_root(struct view *v, uint64_t size, struct digest *out)
{
	return size > v->checkpoint.size ? ERR_USAGE : merkle_root((struct merkle_source){ node, v }, size, out);
}
