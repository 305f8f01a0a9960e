/*
 * ledger: published vectors of transparency logs against our code.
 *
 *	C2SP signed-note.md          the example, and every bit of its signature flipped
 *	transparency-dev/merkle      inclusion and consistency proofs (JSON)
 *	Tessera's test log           entries, tiles, roots and checkpoints of sizes 0 to 15
 *
 * usage: ledger VECTORS
 */
#include "crypt/encode.h"
#include "ledger/checkpoint.h"
#include "ledger/disk.h"
#include "ledger/edge.h"
#include "ledger/note.h"
#include "ledger/tile.h"

#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int passed, failed;
static struct {
	int passed, total;
} counts[2];

static bool
check(bool ok, const char *what, const char *name)
{
	passed += ok;
	failed += !ok;
	if (!ok)
		printf("FAIL %s %s\n", what, name);
	return ok;
}

/* --- signed note ------------------------------------------------------------------------ */

static void
notes(int dir)
{
	static uint8_t  room[1 << 16], copy[NOTE_SIZE];
	struct buf      b = buf_over(room, sizeof room);
	struct note_key k;
	struct note     n;
	uint64_t        by;
	int             refused = 0, flips = 0;

	if (disk_get(dir, "c2sp-specs/signed-note.md", &b))
		return;
	buf_string(&b);
	char *vkey = strstr((char *)room, "example.com/foo+530d903a+"), *text = strstr((char *)room, "This is an example message.");
	char *end = text ? strstr(text, "```") : NULL;
	if (!vkey || !end)
		return;
	struct bytes note = bytes_of(text, (size_t)(end - text)), key = bytes_of(vkey, strcspn(vkey, "\n"));
	check(note_key_parse(key, &k) == OK && note_parse(note, &n) == OK && note_verify(&n, &k, 1, &by) == OK, "signed note", "example");
	for (size_t i = 0; i < n.text.len; i++, flips++) {
		memcpy(copy, note.at, note.len);
		copy[i] ^= 1;
		refused += note_parse(bytes_of(copy, note.len), &n) || note_verify(&n, &k, 1, &by);
	}
	check(refused == flips, "signed note", "flipped");
	printf("signed note: the example verifies, %d of %d flips refused\n", refused, flips);
}

/* --- merkle ------------------------------------------------------------------------------- */

/* A hash of the file; one that does not have 32 bytes is none. */
static bool
hash(const json_t *j, struct digest *out)
{
	struct buf  b = buf_over(out->b, sizeof out->b);
	const char *s = json_string_value(j);

	return s && encode_base64_parse(bytes_text(s), &b) == OK && b.len == 32;
}

/* A root; one that does not have 32 bytes is only ever compared, and its digest stands for it. */
static bool
root(const json_t *j, struct digest *out)
{
	const char *s = json_string_value(j);

	if (!hash(j, out) && s)
		*out = merkle_leaf(bytes_text(s));
	return s;
}

static bool
path(const json_t *j, struct merkle_proof *out)
{
	out->n = json_array_size(j);
	if (out->n > MERKLE_PROOF)
		return false;
	for (size_t i = 0; i < out->n; i++)
		if (!hash(json_array_get(j, i), &out->hash[i]))
			return false;
	return true;
}

static uint64_t
number(const json_t *j, const char *key)
{
	const json_t *n = json_object_get(j, key);

	return json_is_real(n) ? json_real_value(n) < 0x1p63 ? (uint64_t)json_real_value(n) : UINT64_MAX : (uint64_t)json_integer_value(n); /* 2^64 - 1 is more than jansson's integers hold */
}

/* Integers beyond 2^63 - 1 are refused by jansson: such a file is read again with all numbers as reals. */
static json_t *
load(const char *name)
{
	json_t *j = json_load_file(name, 0, NULL);
	return j ? j : json_load_file(name, JSON_DECODE_INT_AS_REAL, NULL);
}

static int
merkle_file(const char *name, const struct stat *st, int kind, struct FTW *f)
{
	struct merkle_proof p;
	struct digest       a, b;
	bool                ok, consistency = strstr(name, "/consistency/");

	(void)st;
	(void)f;
	json_t *j = kind == FTW_F ? load(name) : NULL;
	if (!j)
		return 0;
	ok = path(json_object_get(j, "proof"), &p) && (consistency ? root(json_object_get(j, "root1"), &a) : hash(json_object_get(j, "leafHash"), &a)) &&
	     root(json_object_get(j, consistency ? "root2" : "root"), &b);
	if (ok)
		ok = consistency ? merkle_extended(number(j, "size1"), number(j, "size2"), a, b, &p) :
		                   merkle_included(number(j, "leafIdx"), number(j, "treeSize"), a, &p, b);
	counts[consistency].total++;
	counts[consistency].passed += check(ok == !json_is_true(json_object_get(j, "wantErr")), "merkle", name);
	json_decref(j);
	return 0;
}

/* --- Tessera -------------------------------------------------------------------------------- */

static void
keep_nothing(void *context, struct tile t, const struct digest *d)
{
	(void)context;
	(void)t;
	(void)d;
}

/* The log at one size: its note's form, entries to leaves, leaves to the tile, the tile to the root. */
static bool
tessera(int dir, unsigned size)
{
	static struct edge e;
	uint8_t            note[NOTE_SIZE], bundle[4096], tile[TILE_WIDTH * 32];
	char               name[64], where[TILE_PATH];
	struct note        n;
	struct checkpoint  c;
	struct bytes       entry;
	struct buf         b = buf_over(note, sizeof note), entries = buf_over(bundle, sizeof bundle), hashes = buf_over(tile, sizeof tile);

	snprintf(name, sizeof name, "checkpoint.%u", size);
	if (disk_get(dir, name, &b) || note_parse(buf_bytes(&b), &n) || checkpoint_parse(n.text, &c) || c.size != size)
		return false;
	e.size = 0;
	if (size) {
		tile_path((struct tile){ TILE_ENTRIES, 0, size }, where);
		if (disk_get(dir, where, &entries))
			return false;
		tile_path((struct tile){ 0, 0, size }, where);
		if (disk_get(dir, where, &hashes) || hashes.len != size * 32)
			return false;
	}
	struct cursor at = cursor_over(buf_bytes(&entries));
	while (tile_entry(&at, &entry))
		edge_add(&e, merkle_leaf(entry), keep_nothing, NULL);
	return cursor_end(&at) && e.size == size && !memcmp(e.at[0], tile, hashes.len) && digest_equal(edge_root(&e), c.root);
}

int
main(int argc, char **argv)
{
	char where[4096];
	int  good = 0, dir = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY) : -1;

	if (dir < 0) {
		fprintf(stderr, "usage: ledger VECTORS\n");
		return 2;
	}
	notes(dir);
	for (int i = 0; i < 2; i++) {
		snprintf(where, sizeof where, "%.4000s/merkle/%s", argv[1], i ? "consistency" : "inclusion");
		nftw(where, merkle_file, 16, FTW_PHYS);
	}
	printf("merkle: inclusion %d of %d, consistency %d of %d\n", counts[0].passed, counts[0].total, counts[1].passed, counts[1].total);
	int log = openat(dir, "tessera/log", O_RDONLY | O_DIRECTORY);
	for (unsigned size = 0; log >= 0 && size < 16; size++) {
		char name[16];
		snprintf(name, sizeof name, "%u", size);
		good += check(tessera(log, size), "Tessera's log of size", name);
	}
	printf("tessera: %d of 16 sizes\n", good);
	printf("ledger vectors: %d passed, %d failed\n", passed, failed);
	return failed || !passed;
}
