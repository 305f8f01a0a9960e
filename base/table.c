/*
 * table: chains of indexes over one slab, and two rings of use.
 *
 *	bucket[hash] -> i -> its next -> …       slab + i * stride: node, record
 *
 * The node lies before its record, so that one fetch brings the hash and the
 * beginning of the key that is compared with it.
 *
 *	ring FLEETING, ring KEPT: doubly linked, most recently used at the head
 */
#include "base/table.h"
#include "base/memory.h"

#include <assert.h>

enum { FLEETING, KEPT, RINGS };
enum { FETCH_MOST = 512 };
#define NONE UINT32_MAX

struct node {
	uint32_t next;         /* in the bucket, or in the list of free nodes */
	uint32_t newer, older; /* in the ring; a free node's older is itself */
	uint32_t hash;         /* the high bit says which ring, so 31 bits of hash */
	uint32_t stamp;        /* the table's clock when it was last put at the ring's head */
	uint32_t pad;          /* records are aligned to 8 */
};

struct table {
	uint32_t     capacity, mask, count, kept, clock, patience;
	uint32_t     free;  /* list of those dropped */
	uint32_t     begun; /* slots from here on were never used: their memory is not touched before */
	size_t       key, stride;
	uint64_t     seed, evicted;
	uint32_t     newest[RINGS], oldest[RINGS];
	uint32_t    *bucket;
	uint8_t     *slab;
	void (*gone)(void *, void *);
	void *context;
};

static size_t
stride_of(size_t size)
{
	return sizeof(struct node) + ((size + 7) & ~(size_t)7);
}

static struct node *
node_of(const struct table *t, uint32_t i)
{
	return (struct node *)(void *)(t->slab + i * t->stride);
}

static uint32_t
buckets_of(uint32_t capacity)
{
	uint32_t n = 16;

	while (n < capacity)
		n *= 2;
	return n;
}

size_t
table_cost(uint32_t capacity, size_t size)
{
	return capacity * stride_of(size) + buckets_of(capacity) * sizeof(uint32_t);
}

struct table *
table_new(uint32_t capacity, size_t key, size_t size, uint64_t seed)
{
	struct table *t = memory_new(1, sizeof *t);

	assert(capacity > 1 && key <= size);
	if (!t)
		return NULL;
	t->capacity = capacity;
	t->mask = buckets_of(capacity) - 1;
	t->patience = capacity / 16;
	t->key = key;
	t->stride = stride_of(size);
	t->seed = seed;
	t->bucket = memory_new(t->mask + 1u, sizeof *t->bucket);
	t->slab = memory_new(capacity, t->stride);
	if (!t->bucket || !t->slab) {
		table_free(t);
		return NULL;
	}
	memset(t->bucket, 0xff, (t->mask + 1u) * sizeof *t->bucket);
	t->free = NONE;
	for (int r = 0; r < RINGS; r++)
		t->newest[r] = t->oldest[r] = NONE;
	return t;
}

void
table_free(struct table *t)
{
	if (!t)
		return;
	memory_free(t->bucket);
	memory_free(t->slab);
	memory_free(t);
}

void
table_on_evict(struct table *t, void (*gone)(void *, void *), void *context)
{
	t->gone = gone;
	t->context = context;
}

static void *
record_of(const struct table *t, uint32_t i)
{
	return node_of(t, i) + 1;
}

static uint32_t
index_of(const struct table *t, const void *record)
{
	return (uint32_t)((size_t)((const uint8_t *)record - t->slab) / t->stride);
}

static int
ring_of(const struct table *t, uint32_t i)
{
	return node_of(t, i)->hash >> 31 ? KEPT : FLEETING;
}

static void
unlink_ring(struct table *t, uint32_t i)
{
	struct node *n = node_of(t, i);
	int          r = ring_of(t, i);

	if (n->newer == NONE)
		t->newest[r] = n->older;
	else
		node_of(t, n->newer)->older = n->older;
	if (n->older == NONE)
		t->oldest[r] = n->newer;
	else
		node_of(t, n->older)->newer = n->newer;
}

static void
link_ring(struct table *t, uint32_t i)
{
	struct node *n = node_of(t, i);
	int          r = ring_of(t, i);

	n->stamp = t->clock;
	n->newer = NONE;
	n->older = t->newest[r];
	if (n->older == NONE)
		t->oldest[r] = i;
	else
		node_of(t, n->older)->newer = i;
	t->newest[r] = i;
}

static uint32_t
hash_of(const struct table *t, const void *key)
{
	return (uint32_t)bytes_hash(key, t->key, t->seed) & 0x7fffffff;
}

static uint32_t
seek(const struct table *t, const void *key, uint32_t hash)
{
	uint32_t i = t->bucket[hash & t->mask];

	while (i != NONE && ((node_of(t, i)->hash & 0x7fffffff) != hash || memcmp(record_of(t, i), key, t->key)))
		i = node_of(t, i)->next;
	return i;
}

void *
table_peek(const struct table *t, const void *key)
{
	uint32_t i = seek(t, key, hash_of(t, key));
	return i == NONE ? NULL : record_of(t, i);
}

/*
 * Moving a record to the ring's head reads three other records' nodes, each
 * far away in memory.  One that was moved lately stays: the order of use is
 * kept to within a sixteenth of the table's own turnover.
 */
static void
touch(struct table *t, uint32_t i)
{
	t->clock++;
	if (t->clock - node_of(t, i)->stamp < t->patience)
		return;
	unlink_ring(t, i);
	link_ring(t, i);
}

uint32_t
table_hash(const struct table *t, const void *key)
{
	return hash_of(t, key);
}

void
table_fetch(const struct table *t, uint32_t hash)
{
	__builtin_prefetch(&t->bucket[hash & t->mask]);
}

void
table_fetch_record(const struct table *t, uint32_t hash)
{
	uint32_t i = t->bucket[hash & t->mask];

	if (i == NONE)
		return;
	const char *at = (const char *)node_of(t, i);
	__builtin_prefetch(at);
	__builtin_prefetch(at + 64);
	__builtin_prefetch(at + 128);
	__builtin_prefetch(at + 192);
}

void *
table_find(struct table *t, const void *key)
{
	return table_find_hashed(t, key, hash_of(t, key));
}

void *
table_find_hashed(struct table *t, const void *key, uint32_t hash)
{
	uint32_t i = seek(t, key, hash);

	if (i == NONE)
		return NULL;
	touch(t, i);
	return record_of(t, i);
}

static void
drop(struct table *t, uint32_t i)
{
	uint32_t *p = &t->bucket[node_of(t, i)->hash & t->mask];

	while (*p != i)
		p = &node_of(t, *p)->next;
	*p = node_of(t, i)->next;
	unlink_ring(t, i);
	if (ring_of(t, i) == KEPT)
		t->kept--;
	node_of(t, i)->older = i;
	node_of(t, i)->next = t->free;
	t->free = i;
	t->count--;
}

void
table_touch(struct table *t, void *record)
{
	touch(t, index_of(t, record));
}

static void
fetch_node(const struct table *t, uint32_t i)
{
	const char *at = (const char *)node_of(t, i);

	for (size_t k = 0; k < t->stride && k < FETCH_MOST; k += 64)
		__builtin_prefetch(at + k, 1);
}

/*
 * Where tables are full each newcomer takes the longest unused record's place,
 * which nobody has touched for long: the next one's bucket is asked for now,
 * and the record of the one behind it, which will tell its bucket by then.
 */
static void
fetch_next(const struct table *t, uint32_t next)
{
	if (next == NONE)
		return;
	__builtin_prefetch(&t->bucket[node_of(t, next)->hash & t->mask], 1);
	if (node_of(t, next)->newer != NONE)
		fetch_node(t, node_of(t, next)->newer);
}

/* Whose turn it is to go: see the rule in the header. */
static uint32_t
victim(const struct table *t)
{
	bool kept_too_many = t->kept > t->capacity / 8 * 7;

	if (t->oldest[FLEETING] != NONE && !kept_too_many)
		return t->oldest[FLEETING];
	return t->oldest[KEPT] != NONE ? t->oldest[KEPT] : t->oldest[FLEETING];
}

void *
table_put(struct table *t, const void *key, bool *fresh)
{
	return table_put_hashed(t, key, hash_of(t, key), fresh);
}

void *
table_put_hashed(struct table *t, const void *key, uint32_t hash, bool *fresh)
{
	uint32_t i = seek(t, key, hash);

	*fresh = i == NONE;
	if (!*fresh) {
		touch(t, i);
		return record_of(t, i);
	}
	if (t->free == NONE && t->begun == t->capacity) {
		uint32_t v = victim(t);
		fetch_next(t, node_of(t, v)->newer);
		if (t->gone)
			t->gone(t->context, record_of(t, v));
		drop(t, v);
		t->evicted++;
	}
	if (t->free != NONE) {
		i = t->free;
		t->free = node_of(t, i)->next;
	} else {
		i = t->begun++;
	}
	node_of(t, i)->hash = hash;
	node_of(t, i)->next = t->bucket[hash & t->mask];
	t->bucket[hash & t->mask] = i;
	link_ring(t, i);
	t->count++;
	memset(record_of(t, i), 0, t->stride - sizeof(struct node));
	memcpy(record_of(t, i), key, t->key);
	return record_of(t, i);
}

void
table_keep(struct table *t, void *record)
{
	uint32_t i = index_of(t, record);

	if (ring_of(t, i) == KEPT)
		return;
	unlink_ring(t, i);
	node_of(t, i)->hash |= 0x80000000;
	link_ring(t, i);
	t->kept++;
}

void
table_drop(struct table *t, void *record)
{
	drop(t, index_of(t, record));
}

void *
table_oldest(const struct table *t)
{
	uint32_t i = victim(t);
	return i == NONE ? NULL : record_of(t, i);
}

void *
table_each(const struct table *t, uint32_t *at)
{
	while (*at < t->begun) {
		uint32_t i = (*at)++;
		if (node_of(t, i)->older != i)
			return record_of(t, i);
	}
	return NULL;
}

uint32_t
table_count(const struct table *t)
{
	return t->count;
}

uint64_t
table_evicted(const struct table *t)
{
	return t->evicted;
}
