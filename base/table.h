/*
 * table: a hash table of fixed capacity, so that no stranger can make it grow.
 *
 * Records have one size and lie in one slab taken at the start.  When it is
 * full, a new record takes the place of an old one, by a stated rule:
 *
 *	fleeting  records nobody has vouched for: the longest unused goes first
 *	kept      records something matters about (table_keep): they go, the
 *	          longest unused first, only when they fill 7/8 of the table
 *
 * So a flood of invented keys washes out other fleeting keys and nothing else.
 * A record's address is good until the next table_put.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/bytes.h"

struct table;

/*
 * A table of up to capacity records of size bytes, the first key of which are
 * the key.  seed makes the hash the table's own.  NULL if there is no memory.
 */
struct table *table_new(uint32_t capacity, size_t key, size_t size, uint64_t seed);
void          table_free(struct table *t);

/* Told of each record that must go, just before its place is taken. */
void table_on_evict(struct table *t, void (*gone)(void *context, void *record), void *context);

/* The record of this key, made the most recently used, or NULL. */
void *table_find(struct table *t, const void *key);
/* The same without touching the order of use. */
void *table_peek(const struct table *t, const void *key);
/* The record of this key; a new one is zero but for its key, and *fresh says so. */
void *table_put(struct table *t, const void *key, bool *fresh);

/*
 * A record lies three far-away reads deep: bucket, node, record.  Who knows
 * early what will be asked for takes the hash, has the bucket fetched, a little
 * later (table_fetch_record) what it names, and then finds or puts by the hash.
 */
uint32_t table_hash(const struct table *t, const void *key);
void     table_fetch(const struct table *t, uint32_t hash);
void     table_fetch_record(const struct table *t, uint32_t hash);
void    *table_find_hashed(struct table *t, const void *key, uint32_t hash);
void    *table_put_hashed(struct table *t, const void *key, uint32_t hash, bool *fresh);

/* The record, reached without its key, is used: as table_find does. */
void table_touch(struct table *t, void *record);

/* From now on the record is of those that are kept. */
void table_keep(struct table *t, void *record);
void table_drop(struct table *t, void *record);

/* The record that would go next among the fleeting, then the kept; NULL if the table is empty. */
void *table_oldest(const struct table *t);

/* Every record in no stated order: start with *at = 0, ends with NULL. */
void *table_each(const struct table *t, uint32_t *at);

uint32_t table_count(const struct table *t);
/* How many records had to go. */
uint64_t table_evicted(const struct table *t);
/* Bytes this table would take, for a budget. */
size_t table_cost(uint32_t capacity, size_t size);

#endif
