/* page: see page.h; a memfd. */
#include "os/page.h"

#include <sys/mman.h>
#include <unistd.h>

enum err
page_open(int fd, size_t size, bool writes, void **at)
{
	void *p = mmap(NULL, size, writes ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return ERR_MEMORY;
	*at = p;
	return OK;
}

enum err
page_new(size_t size, void **at, int *fd)
{
	*fd = memfd_create("paravent-page", 0);
	if (*fd < 0 || ftruncate(*fd, (off_t)size))
		return ERR_MEMORY;
	return page_open(*fd, size, true, at);
}
