/*
 * memory: the only place that calls malloc.
 *
 * Process-long memory is taken at the start with memory_new and given back at
 * the end; nothing in the packet path calls either.  memory_taken lets a test
 * say so.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* n * size zeroed bytes, or NULL. */
void *memory_new(size_t n, size_t size) __attribute__((malloc, warn_unused_result));
void  memory_free(void *p);

/* How many blocks have been taken since the process started. */
uint64_t memory_taken(void);

#endif
