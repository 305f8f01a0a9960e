/* ring: see ring.h. */
#include "os/ring.h"
#include "base/memory.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct header {
	_Alignas(64) _Atomic uint64_t head;      /* written so far */
	_Atomic uint32_t              head_turn; /* futex: changes when head does and the reader sleeps */
	_Alignas(64) _Atomic uint64_t tail;      /* read so far */
	_Atomic uint32_t              tail_turn;
	_Alignas(64) _Atomic uint32_t reader_sleeps, writer_sleeps, closed, left;
	uint64_t                      size;
	uint8_t                       data[];
};

struct message {
	uint32_t kind, len;
};

struct ring {
	struct header *h;
	size_t         mapped, size;
	uint64_t       at;      /* this side's own position */
	size_t         pending; /* bytes of the room given or the message shown */
};

static size_t
padded(size_t len)
{
	return (sizeof(struct message) + len + 7) & ~(size_t)7;
}

static enum err
map(int fd, size_t mapped, struct ring **out)
{
	struct ring *r = memory_new(1, sizeof *r);

	if (!r)
		return ERR_MEMORY;
	r->mapped = mapped;
	r->h = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (r->h == MAP_FAILED) {
		memory_free(r);
		return ERR_MEMORY;
	}
	r->size = mapped - sizeof *r->h;
	/* The largest power of two that the mapping holds. */
	while (r->size & (r->size - 1))
		r->size &= r->size - 1;
	*out = r;
	return OK;
}

enum err
ring_new(size_t size, struct ring **out, int *fd)
{
	size_t n = 4096;

	while (n < size)
		n *= 2;
	*fd = memfd_create("paravent-ring", 0);
	if (*fd < 0)
		return ERR_IO;
	if (ftruncate(*fd, (off_t)(n + sizeof(struct header)))) {
		close(*fd);
		return ERR_MEMORY;
	}
	return map(*fd, n + sizeof(struct header), out);
}

enum err
ring_open(int fd, struct ring **out)
{
	struct stat st;

	if (fstat(fd, &st) || (size_t)st.st_size < sizeof(struct header) + 4096)
		return ERR_FORM;
	return map(fd, (size_t)st.st_size, out);
}

/* A message that was being written is not shown yet, and one that was being read has not given its room back. */
void
ring_resume(struct ring *r, bool writes)
{
	r->at = atomic_load(writes ? &r->h->head : &r->h->tail);
}

void
ring_free(struct ring *r)
{
	if (!r)
		return;
	munmap(r->h, r->mapped);
	memory_free(r);
}

static void
sleep_on(_Atomic uint32_t *word, uint32_t was, int ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	syscall(SYS_futex, word, FUTEX_WAIT, was, &t, NULL, 0);
}

static void
wake(_Atomic uint32_t *word)
{
	atomic_fetch_add(word, 1);
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void *
ring_try(struct ring *r, size_t len)
{
	size_t   need = padded(len), at = (size_t)(r->at & (r->size - 1)), to_end = r->size - at;
	uint64_t free = r->size - (r->at - atomic_load_explicit(&r->h->tail, memory_order_acquire));

	assert(need <= r->size / 2);
	if (need > to_end) {
		/* It must lie in one piece: pad to the end and begin anew. */
		if (free < to_end + need)
			return NULL;
		struct message *pad = (struct message *)(void *)(r->h->data + at);
		pad->kind = 0;
		pad->len = (uint32_t)(to_end - sizeof *pad);
		r->at += to_end;
		at = 0;
	} else if (free < need) {
		return NULL;
	}
	struct message *m = (struct message *)(void *)(r->h->data + at);
	m->len = (uint32_t)len;
	r->pending = need;
	return m + 1;
}

void *
ring_room(struct ring *r, size_t len)
{
	for (;;) {
		uint32_t turn = atomic_load(&r->h->tail_turn);
		void    *room = ring_try(r, len);
		if (room || atomic_load(&r->h->left))
			return room;
		atomic_store(&r->h->writer_sleeps, 1);
		room = ring_try(r, len);
		if (!room)
			sleep_on(&r->h->tail_turn, turn, 100);
		atomic_store(&r->h->writer_sleeps, 0);
		if (room)
			return room;
	}
}

void
ring_send(struct ring *r, uint32_t kind)
{
	struct message *m = (struct message *)(void *)(r->h->data + (r->at & (r->size - 1)));

	m->kind = kind;
	r->at += r->pending;
	atomic_store(&r->h->head, r->at);
	if (r->at - atomic_load_explicit(&r->h->tail, memory_order_relaxed) > r->size / 2)
		ring_wake(r);
}

void
ring_wake(struct ring *r)
{
	if (atomic_load(&r->h->reader_sleeps) && r->at != atomic_load(&r->h->tail))
		wake(&r->h->head_turn);
}

void
ring_close(struct ring *r)
{
	atomic_store(&r->h->closed, 1);
	wake(&r->h->head_turn);
}

void
ring_leave(struct ring *r)
{
	atomic_store(&r->h->left, 1);
	wake(&r->h->tail_turn);
}

enum err
ring_get(struct ring *r, uint32_t *kind, struct bytes *out)
{
	for (;;) {
		/* closed is read before head, so that what was sent before the close is not lost. */
		uint32_t closed = atomic_load(&r->h->closed);
		uint64_t head = atomic_load_explicit(&r->h->head, memory_order_acquire);
		if (head == r->at)
			return closed ? ERR_CLOSED : ERR_AGAIN;
		size_t         at = (size_t)(r->at & (r->size - 1));
		struct message m;
		memcpy(&m, r->h->data + at, sizeof m);
		size_t whole = padded(m.len);
		if (head - r->at > r->size || whole > r->size - at || whole > head - r->at)
			return ERR_FORM;
		r->pending = whole;
		if (!m.kind) {
			ring_next(r); /* its room goes back with the message behind it */
			continue;
		}
		*kind = m.kind;
		*out = bytes_of(r->h->data + at + sizeof m, m.len);
		return OK;
	}
}

void
ring_next(struct ring *r)
{
	r->at += r->pending;
	r->pending = 0;
}

void
ring_done(struct ring *r)
{
	ring_next(r);
	atomic_store_explicit(&r->h->tail, r->at, memory_order_release);
	if (atomic_load(&r->h->writer_sleeps) && r->size - (atomic_load(&r->h->head) - r->at) > r->size / 4)
		wake(&r->h->tail_turn);
}

void
ring_wait(struct ring *r, int ms)
{
	uint32_t turn = atomic_load(&r->h->head_turn);

	atomic_store(&r->h->reader_sleeps, 1);
	if (atomic_load(&r->h->head) == r->at && !atomic_load(&r->h->closed))
		sleep_on(&r->h->head_turn, turn, ms);
	atomic_store(&r->h->reader_sleeps, 0);
}

void
ring_wait_any(struct ring *const *r, unsigned n, int ms)
{
	struct futex_waitv on[RING_ANY];
	struct timespec    until;
	bool               something = n == 0;

	assert(n <= RING_ANY);
	for (unsigned i = 0; i < n; i++) {
		on[i] = (struct futex_waitv){ .val = atomic_load(&r[i]->h->head_turn), .uaddr = (uintptr_t)&r[i]->h->head_turn, .flags = FUTEX_32 };
		atomic_store(&r[i]->h->reader_sleeps, 1);
		something |= atomic_load(&r[i]->h->head) != r[i]->at || atomic_load(&r[i]->h->closed);
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	/* Before Linux 5.16 there is no such call: a short sleep on one of them does. */
	if (!something && syscall(SYS_futex_waitv, on, n, 0, &until, CLOCK_MONOTONIC) < 0 && errno == ENOSYS)
		sleep_on(&r[0]->h->head_turn, (uint32_t)on[0].val, 1);
	for (unsigned i = 0; i < n; i++)
		atomic_store(&r[i]->h->reader_sleeps, 0);
}
