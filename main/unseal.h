/* unseal: sealed evidence opened for one command, by a keys' process of its own: who cannot read the site's keys cannot. */
#ifndef MAIN_UNSEAL_H
#define MAIN_UNSEAL_H

#include "base/buf.h"
#include "base/err.h"

struct unseal;

/* state: the site's directory. */
enum err unseal_open(const char *state, struct unseal **out) MUST_USE;
/* Appends what was sealed.  ERR_PERM: it was altered, or is for another key, or the keys cannot be read. */
enum err unseal_take(struct unseal *u, struct bytes sealed, struct buf *plain) MUST_USE;
void     unseal_close(struct unseal *u);

#endif
