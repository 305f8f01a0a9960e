/* A stranger's bundle: within its limits, every member once. */
#include "os/zip.h"
#include "test/fuzz/fuzz.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static bool
member(void *context, const char *name, bool sound, struct bytes content)
{
	unsigned *n = context;

	(void)sound;
	if (++*n > ZIP_MEMBERS || content.len > ZIP_MEMBER || !memchr(name, 0, ZIP_NAME))
		abort();
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	int      fd = memfd_create("zip", 0);
	unsigned n = 0;
	char     path[32];

	if (fd < 0 || write(fd, at, len) != (ssize_t)len)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	(void)!zip_read(path, member, &n);
	close(fd);
	return 0;
}
