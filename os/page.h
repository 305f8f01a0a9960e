/*
 * page: memory that processes share: made by the parent, mapped by whoever has its descriptor.
 */
#ifndef OS_PAGE_H
#define OS_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Zeroed. */
enum err page_new(size_t size, void **at, int *fd) MUST_USE;
/* writes false: to be read alone. */
enum err page_open(int fd, size_t size, bool writes, void **at) MUST_USE;

#endif
