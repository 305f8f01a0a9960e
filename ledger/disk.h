/*
 * disk: the few things a log does to files, and the door for tests to make them fail.
 *
 * Paths are relative to the directory dir.  errno says more when ERR_IO comes.
 */
#ifndef LEDGER_DISK_H
#define LEDGER_DISK_H

#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

/* What Linux does, or what a test has it do. */
struct disk_calls {
	ssize_t (*write)(int fd, const void *at, size_t len, off_t offset); /* pwrite(2) */
	int (*sync)(int fd);                                                /* fdatasync(2) */
	int (*sync_all)(int fd);                                            /* syncfs(2) */
	int (*rename)(int from, const char *old, int to, const char *new);  /* renameat(2) */
};
extern const struct disk_calls disk_linux;

/* All of in at offset, however often it takes. */
enum err disk_write(const struct disk_calls *c, int fd, struct bytes in, uint64_t offset) MUST_USE;

/* Makes or overwrites a file, and the folders above it; not synced. */
enum err disk_put(const struct disk_calls *c, int dir, const char *path, struct bytes in) MUST_USE;

/* Replaces a file at once, not durably: who reads it sees the old or the new one; after a crash it may be the old one. */
enum err disk_replace(const struct disk_calls *c, int dir, const char *path, struct bytes in) MUST_USE;

/* Replaces a file at once and durably: written beside it, synced, renamed, the directory synced. */
enum err disk_publish(const struct disk_calls *c, int dir, const char *path, struct bytes in) MUST_USE;

/* Appends the whole file to out.  ERR_NOTFOUND; ERR_LIMIT if it does not fit. */
enum err disk_get(int dir, const char *path, struct buf *out) MUST_USE;

#endif
