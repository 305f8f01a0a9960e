/* err: the words of the table in err.h. */
#include "base/err.h"

const char *
err_text(enum err e)
{
	static const char *const words[] = {
#define X(code, text) [code] = text,
		ERR_TABLE(X)
#undef X
	};
	return (unsigned)e < sizeof words / sizeof *words ? words[e] : "failed";
}
