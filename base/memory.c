/* memory: calloc and a count. */
#include "base/memory.h"

#include <stdlib.h>

static uint64_t taken;

void *
memory_new(size_t n, size_t size)
{
	taken++;
	return calloc(n ? n : 1, size ? size : 1);
}

void
memory_free(void *p)
{
	free(p);
}

uint64_t
memory_taken(void)
{
	return taken;
}
