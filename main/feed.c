/* feed: see feed.h. */
#include "main/feed.h"
#include "base/memory.h"
#include "os/capture.h"
#include "os/file.h"
#include "wire/pcap.h"

enum { WINDOW = 1 << 20 }; /* holds the largest record and block that are read in practice */

struct feed {
	const char     *name;
	uint16_t        place, source;
	uint64_t        number;
	struct capture *live;
	struct file    *file;
	struct pcap     pcap;
};

static enum err
feed_new(const char *name, uint16_t place, struct feed **out)
{
	struct feed *f = memory_new(1, sizeof *f);

	if (!f)
		return ERR_MEMORY;
	f->name = name;
	f->place = place;
	*out = f;
	return OK;
}

enum err
feed_file(int fd, const char *name, uint16_t place, uint16_t source, struct feed **out)
{
	enum err e = feed_new(name, place, out);

	if (!e)
		(*out)->source = source;
	if (!e && (e = file_new(fd, WINDOW, &(*out)->file))) {
		feed_free(*out);
		*out = NULL;
	}
	return e;
}

enum err
feed_live(const char *interface, uint16_t place, uint16_t source, uint16_t fanout, struct feed **out)
{
	struct capture_options o = { .fanout = fanout };
	enum err               e = feed_new(interface, place, out);

	if (!e)
		(*out)->source = source;
	if (!e && (e = capture_new(interface, &o, &(*out)->live))) {
		feed_free(*out);
		*out = NULL;
	}
	return e;
}

void
feed_free(struct feed *f)
{
	if (!f)
		return;
	capture_free(f->live);
	file_free(f->file);
	memory_free(f);
}

static enum err
next_live(struct feed *f, struct frame *out)
{
	struct capture_frame c;
	enum err             e = capture_next(f->live, &c);

	if (e)
		return e;
	*out = (struct frame){ .place = f->place, .source = f->source, .linktype = c.linktype, .length = c.length, .when = c.when, .number = ++f->number, .data = c.data };
	return OK;
}

/* Up to most records that lie whole in the window; ERR_SHORT if it holds no more.  What is damaged is met again by the next call. */
static enum err
some_in_window(struct feed *f, struct frame *out, unsigned most, unsigned *n)
{
	struct bytes       in = file_window(f->file);
	struct pcap_record r;
	size_t             used, all = 0;
	enum err           e = OK;

	while (*n < most && (!e || e == ERR_AGAIN)) {
		e = pcap_parse(&f->pcap, bytes_skip(in, all), &used, &r);
		all += !e || e == ERR_AGAIN ? used : 0;
		if (!e)
			out[(*n)++] = (struct frame){ .place = f->place, .source = f->source, .linktype = r.linktype, .length = r.length, .when = r.when, .number = ++f->number, .data = r.data };
	}
	file_used(f->file, all);
	return e;
}

/* Reads on until there is one at least. */
static enum err
from_file(struct feed *f, struct frame *out, unsigned most, unsigned *n)
{
	for (*n = 0;;) {
		enum err e = some_in_window(f, out, most, n);
		if (*n)
			return OK;
		if (e != ERR_SHORT)
			return e;
		bool left = file_window(f->file).len > 0;
		e = file_more(f->file);
		if (e == ERR_CLOSED && left)
			return ERR_SHORT; /* it ends within a record */
		if (e == ERR_LIMIT)
			return ERR_FORM;
		if (e)
			return e;
	}
}

enum err
feed_next(struct feed *f, struct frame *out)
{
	unsigned n;

	return f->live ? next_live(f, out) : from_file(f, out, 1, &n);
}

enum err
feed_some(struct feed *f, struct frame *out, unsigned most, unsigned *n)
{
	if (!f->live)
		return from_file(f, out, most, n);
	enum err e = next_live(f, out);
	*n = !e;
	/* Behind the first only what the kernel has ready: asking it for more would move the first. */
	while (!e && *n < most && capture_ready(f->live) && !next_live(f, &out[*n]))
		(*n)++;
	return e;
}

int
feed_fd(const struct feed *f)
{
	return f->live ? capture_fd(f->live) : -1;
}

const char *
feed_name(const struct feed *f)
{
	return f->name;
}

uint64_t
feed_position(const struct feed *f)
{
	return f->file ? file_taken(f->file) : 0;
}

uint64_t
feed_size(const struct feed *f)
{
	return f->file ? file_size(f->file) : 0;
}

uint64_t
feed_drops(struct feed *f)
{
	return f->live ? capture_drops(f->live) : 0;
}
