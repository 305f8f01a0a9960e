/*
 * file: a file or pipe read forward, plain, gzip or zstd (told by its magic).
 *
 * The file keeps a window of memory with a ceiling; the reader looks at the
 * front of it, says how much it is done with, and asks for more.
 */
#ifndef OS_FILE_H
#define OS_FILE_H

#include "base/bytes.h"
#include "base/err.h"

struct file;

/* Takes over descriptor fd; window is the most that file_window can show, bytes. */
enum err file_new(int fd, size_t window, struct file **out) MUST_USE;

/* Opens a path for reading ("-": standard input).  ERR_UNSUPPORTED: it is a directory; else errno says why it failed. */
enum err file_open(const char *path, int *fd) MUST_USE;

/* What has been read and not been used; valid until the next call. */
struct bytes file_window(const struct file *f);

/* The first n bytes of the window are done with. */
void file_used(struct file *f, size_t n);

/*
 * Reads more behind the window.  ERR_CLOSED at the end of the file, ERR_LIMIT
 * if the window is full already, ERR_IO; ERR_FORM if compressed data are
 * damaged, ERR_SHORT if the file ends within them.
 */
enum err file_more(struct file *f) MUST_USE;

/* Bytes taken from the descriptor (compressed), and its size or 0 if it has none: for progress. */
uint64_t file_taken(const struct file *f);
uint64_t file_size(const struct file *f);

void file_free(struct file *f);

#endif
