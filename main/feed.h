/* feed: frames of files and interfaces, one source after another or side by side. */
#ifndef MAIN_FEED_H
#define MAIN_FEED_H

#include "base/err.h"
#include "sensor/sensor.h"

struct feed;

/* A capture file by its open descriptor, which is taken over; name is for messages. */
enum err feed_file(int fd, const char *name, uint16_t place, uint16_t source, struct feed **out) MUST_USE;
/* A live interface. */
enum err feed_live(const char *interface, uint16_t place, uint16_t source, uint16_t fanout, struct feed **out) MUST_USE;
void     feed_free(struct feed *f);

/*
 * The next frame.  ERR_CLOSED: the end.  ERR_AGAIN: nothing now (wait on
 * feed_fd).  ERR_FORM, ERR_SHORT: the file is damaged or cut here; what came
 * before stands.  Valid until the next call.
 */
enum err feed_next(struct feed *f, struct frame *out) MUST_USE;
/* Up to most frames that are there already, all valid until the next call: *n of them with OK, else as feed_next. */
enum err feed_some(struct feed *f, struct frame *out, unsigned most, unsigned *n) MUST_USE;
int      feed_fd(const struct feed *f); /* -1 for a file */

const char *feed_name(const struct feed *f);
uint64_t    feed_position(const struct feed *f); /* bytes taken of the file */
uint64_t    feed_size(const struct feed *f);     /* 0 if it has none */
uint64_t    feed_drops(struct feed *f);

#endif
