/* library: see library.h. */
#include "os/library.h"

#include <dlfcn.h>
#include <string.h>

enum err
library_load(const char *file, const struct library_call *calls, size_t n)
{
	void *handle, *one;

	memcpy(&one, calls[n - 1].at, sizeof one);
	if (one)
		return OK;
	handle = dlopen(file, RTLD_NOW);
	for (size_t i = 0; i < n; i++) {
		one = handle ? dlsym(handle, calls[i].name) : NULL;
		if (!one)
			return ERR_NOTFOUND;
		memcpy(calls[i].at, &one, sizeof one); /* a function's address, as POSIX has it */
	}
	return OK;
}
