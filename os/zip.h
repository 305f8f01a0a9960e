/*
 * zip: one file with many members (APPNOTE.TXT), through libarchive, which
 * owns the word archive.  Bounded both ways: what a stranger hands us is read
 * a member at a time.
 */
#ifndef OS_ZIP_H
#define OS_ZIP_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/instant.h"

enum { ZIP_NAME = 160, ZIP_MEMBERS = 8192, ZIP_MEMBER = 64 << 20, ZIP_ALL = 1 << 30 };

struct zip;

/* Begins path, for its owner alone; under another name until zip_finish. */
enum err zip_new(const char *path, struct zip **out) MUST_USE;
/* A member; when is the time it bears. */
enum err zip_add(struct zip *z, const char *name, struct bytes content, struct instant when) MUST_USE;
/* Makes it durable, gives it its name, and frees z.  After any failure nothing is left of it. */
enum err zip_finish(struct zip *z) MUST_USE;
/* Gives it up; nothing is left of it. */
void     zip_free(struct zip *z);

/*
 * Hands every member over, in order; damaged ones with sound false and what
 * could be read of them.  The callback returns false to stop.  ERR_NOTFOUND,
 * ERR_FORM if it is no zip file, ERR_LIMIT if it is larger than is read here.
 */
enum err zip_read(const char *path, bool (*member)(void *context, const char *name, bool sound, struct bytes content), void *context) MUST_USE;

#endif
