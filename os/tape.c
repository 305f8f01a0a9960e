/* tape: see tape.h. */
#include "os/tape.h"
#include "base/memory.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LEAST = 1 << 20, MEAN = 256 }; /* one place in the index for so many bytes */

struct header {
	_Alignas(64) _Atomic uint64_t low; /* what stands before is, or is being, overwritten */
	_Atomic uint64_t              newest;
	uint64_t                      size;
	_Alignas(64) _Atomic uint64_t index[]; /* position of frame n at n modulo size / MEAN; the bytes follow */
};

struct record {
	uint64_t number;
	int64_t  us;
	uint32_t linktype, length, captured, zero;
};

struct tape {
	struct header *h;
	uint8_t       *data;
	size_t         mapped, size, slots; /* this side's own: what the header says may have been changed */
	uint64_t       at;
};

static size_t
whole(size_t size)
{
	return sizeof(struct header) + size / MEAN * sizeof(uint64_t) + size;
}

enum err
tape_new(size_t size, int *writes, int *reads)
{
	size_t n = LEAST;
	char   path[32];

	while (n < size)
		n *= 2;
	*writes = memfd_create("paravent-tape", 0);
	if (*writes < 0)
		return ERR_IO;
	snprintf(path, sizeof path, "/proc/self/fd/%d", *writes);
	*reads = ftruncate(*writes, (off_t)whole(n)) ? -1 : open(path, O_RDONLY);
	if (*reads >= 0)
		return OK;
	close(*writes);
	return ERR_MEMORY;
}

enum err
tape_open(int fd, bool writes, struct tape **out)
{
	struct tape *t = memory_new(1, sizeof *t);
	struct stat  st;
	enum err     e = t ? ERR_FORM : ERR_MEMORY;

	if (!t || fstat(fd, &st))
		goto out;
	t->size = LEAST;
	while (whole(2 * t->size) <= (size_t)st.st_size)
		t->size *= 2;
	t->slots = t->size / MEAN;
	t->mapped = whole(t->size);
	if ((size_t)st.st_size < t->mapped)
		goto out;
	t->h = mmap(NULL, t->mapped, writes ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
	e = t->h == MAP_FAILED ? ERR_MEMORY : OK;
	if (!e)
		t->data = (uint8_t *)(t->h->index + t->slots);
	/* A sensor that died and was started again goes on with numbers of its own. */
	if (!e && writes && atomic_load(&t->h->newest)) {
		t->at = atomic_load(&t->h->low) + t->size;
		tape_clear(t);
	}
out:
	close(fd);
	if (e)
		memory_free(t);
	else
		*out = t;
	return e;
}

void
tape_free(struct tape *t)
{
	if (!t)
		return;
	munmap(t->h, t->mapped);
	memory_free(t);
}

void
tape_put(struct tape *t, const struct tape_frame *f)
{
	struct record r = { .number = f->number, .us = f->when.us, .linktype = f->linktype, .length = f->length };

	r.captured = f->data.len < TAPE_FRAME ? (uint32_t)f->data.len : TAPE_FRAME;
	size_t need = (sizeof r + r.captured + 7) & ~(size_t)7, to_end = t->size - (t->at & (t->size - 1));
	if (need > to_end)
		t->at += to_end;
	uint64_t end = t->at + need;
	/* Readers must see that the old is gone before any of it is. */
	atomic_store_explicit(&t->h->low, end > t->size ? end - t->size : 0, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	uint8_t *to = t->data + (t->at & (t->size - 1));
	memcpy(to, &r, sizeof r);
	memcpy(to + sizeof r, f->data.at, r.captured);
	atomic_store_explicit(&t->h->index[f->number & (t->slots - 1)], t->at, memory_order_release);
	atomic_store_explicit(&t->h->newest, f->number, memory_order_release);
	t->at = end;
}

void
tape_clear(struct tape *t)
{
	t->at += t->size; /* what was there lies below low from now on */
	atomic_store(&t->h->newest, 0);
	atomic_store(&t->h->low, t->at);
	for (size_t i = 0; i < t->slots; i++)
		atomic_store_explicit(&t->h->index[i], 0, memory_order_relaxed);
}

uint64_t
tape_newest(const struct tape *t)
{
	return atomic_load_explicit(&t->h->newest, memory_order_acquire);
}

enum err
tape_get(const struct tape *t, uint64_t number, uint8_t *room, struct tape_frame *out)
{
	struct record r;

	if (!number || number > tape_newest(t))
		return ERR_NOTFOUND;
	uint64_t at = atomic_load_explicit(&t->h->index[number & (t->slots - 1)], memory_order_acquire);
	size_t   offset = (size_t)(at & (t->size - 1));
	if (t->size - offset < sizeof r)
		return ERR_NOTFOUND;
	memcpy(&r, t->data + offset, sizeof r);
	if (r.number != number || r.captured > TAPE_FRAME || r.captured > t->size - offset - sizeof r)
		return ERR_NOTFOUND;
	memcpy(room, t->data + offset + sizeof r, r.captured);
	/* The copy is whole only if nothing of it was given up until now. */
	atomic_thread_fence(memory_order_acquire);
	if (at < atomic_load_explicit(&t->h->low, memory_order_relaxed))
		return ERR_NOTFOUND;
	*out = (struct tape_frame){ number, { r.us }, r.linktype, r.length, bytes_of(room, r.captured) };
	return OK;
}
