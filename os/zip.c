/* zip: see zip.h. */
#include "os/zip.h"
#include "base/memory.h"
#include "os/library.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define LIBARCHIVE "libarchive.so.13"
#define CALLS(X) X(archive_entry_clear) X(archive_entry_filetype) X(archive_entry_free) X(archive_entry_new) \
	X(archive_entry_pathname) X(archive_entry_set_filetype) X(archive_entry_set_mtime) X(archive_entry_set_pathname) \
	X(archive_entry_set_perm) X(archive_entry_set_size) X(archive_read_data) X(archive_read_free) \
	X(archive_read_new) X(archive_read_next_header) X(archive_read_open_filename) X(archive_read_support_format_zip_seekable) \
	X(archive_write_close) X(archive_write_data) X(archive_write_free) X(archive_write_header) \
	X(archive_write_new) X(archive_write_open_fd) X(archive_write_set_format_zip)

static struct {
	CALLS(LIBRARY_MEMBER)
} call;
static const struct library_call CALL[] = { CALLS(LIBRARY_ROW) };
enum { CALL_COUNT = sizeof CALL / sizeof *CALL };

struct zip {
	struct archive       *to;
	struct archive_entry *entry;
	char                  path[4096], temporary[4104];
	int                   fd;
	uint32_t              members;
};

enum err
zip_new(const char *path, struct zip **out)
{
	struct zip *z = memory_new(1, sizeof *z);
	enum err    e = library_load(LIBARCHIVE, CALL, CALL_COUNT);

	if (e || !z) {
		memory_free(z);
		return e ? ERR_UNSUPPORTED : ERR_MEMORY;
	}
	z->fd = -1;
	if (snprintf(z->path, sizeof z->path, "%s", path) >= (int)sizeof z->path) {
		memory_free(z);
		return ERR_LIMIT;
	}
	snprintf(z->temporary, sizeof z->temporary, "%s.part", path);
	z->fd = open(z->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (z->fd < 0) {
		e = errno == EEXIST ? ERR_USAGE : errno == EACCES ? ERR_PERM : errno == ENOENT ? ERR_NOTFOUND : ERR_IO;
		memory_free(z);
		return e;
	}
	z->to = call.archive_write_new();
	z->entry = call.archive_entry_new();
	if (!z->to || !z->entry || call.archive_write_set_format_zip(z->to) || call.archive_write_open_fd(z->to, z->fd)) {
		zip_free(z);
		return ERR_MEMORY;
	}
	*out = z;
	return OK;
}

enum err
zip_add(struct zip *z, const char *name, struct bytes content, struct instant when)
{
	if (++z->members > ZIP_MEMBERS || content.len > ZIP_MEMBER || strlen(name) >= ZIP_NAME)
		return ERR_LIMIT;
	call.archive_entry_clear(z->entry);
	call.archive_entry_set_pathname(z->entry, name);
	call.archive_entry_set_filetype(z->entry, AE_IFREG);
	call.archive_entry_set_perm(z->entry, 0644);
	call.archive_entry_set_size(z->entry, (int64_t)content.len);
	call.archive_entry_set_mtime(z->entry, when.us / INSTANT_SECOND, 0);
	if (call.archive_write_header(z->to, z->entry))
		return ERR_IO;
	return call.archive_write_data(z->to, content.at, content.len) == (la_ssize_t)content.len ? OK : ERR_IO;
}

enum err
zip_finish(struct zip *z)
{
	enum err e = call.archive_write_close(z->to) || fsync(z->fd) || rename(z->temporary, z->path) ? ERR_IO : OK;

	if (!e)
		z->temporary[0] = 0; /* it has its name: nothing to remove */
	zip_free(z);
	return e;
}

void
zip_free(struct zip *z)
{
	if (!z)
		return;
	call.archive_write_free(z->to);
	call.archive_entry_free(z->entry);
	close(z->fd);
	if (z->temporary[0])
		unlink(z->temporary);
	memory_free(z);
}

/* Reads the member that is next; sound only if all of it is there and its checksum holds. */
static struct bytes
take(struct archive *from, uint8_t *room, bool *sound)
{
	size_t have = 0;

	for (;;) {
		la_ssize_t n = call.archive_read_data(from, room + have, ZIP_MEMBER + 1 - have);
		if (n == 0)
			break;
		if (n < 0) {
			*sound = false;
			break;
		}
		have += (size_t)n;
		if (have > ZIP_MEMBER) {
			*sound = false;
			break;
		}
	}
	return bytes_of(room, have);
}

enum err
zip_read(const char *path, bool (*member)(void *, const char *, bool, struct bytes), void *context)
{
	if (library_load(LIBARCHIVE, CALL, CALL_COUNT))
		return ERR_UNSUPPORTED;
	struct archive       *from = call.archive_read_new();
	struct archive_entry *entry;
	uint8_t              *room = memory_new(1, ZIP_MEMBER + 1);
	enum err              e = from && room ? OK : ERR_MEMORY;
	uint32_t              members = 0;
	uint64_t              all = 0;
	char                  name[ZIP_NAME];
	int                   r = ARCHIVE_EOF;

	if (!e && access(path, R_OK))
		e = errno == ENOENT ? ERR_NOTFOUND : ERR_PERM;
	/* By its central directory, so that nothing hides between the members. */
	if (!e && (call.archive_read_support_format_zip_seekable(from) || call.archive_read_open_filename(from, path, 1 << 16)))
		e = ERR_FORM;
	while (!e && ((r = call.archive_read_next_header(from, &entry)) == ARCHIVE_OK || r == ARCHIVE_WARN)) {
		const char *given = call.archive_entry_pathname(entry);
		if (++members > ZIP_MEMBERS) {
			e = ERR_LIMIT;
			break;
		}
		bytes_clean(bytes_text(given ? given : "?"), name, sizeof name);
		bool         sound = r == ARCHIVE_OK && call.archive_entry_filetype(entry) == AE_IFREG;
		struct bytes content = take(from, room, &sound);
		/* A few bytes may unpack to very many: no more than this is read of one file. */
		if ((all += content.len) > ZIP_ALL) {
			e = ERR_LIMIT;
			break;
		}
		if (!member(context, name, sound, content)) {
			r = ARCHIVE_EOF;
			break;
		}
	}
	if (!e && r != ARCHIVE_EOF)
		e = ERR_FORM;
	call.archive_read_free(from);
	memory_free(room);
	return e;
}
