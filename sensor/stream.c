/* stream: see stream.h.  A buffer: data[i] is the byte at sequence number side->seq + i; spans say which are there. */
#include "sensor/stream.h"
#include "base/memory.h"

#include <assert.h>

enum { SPANS = 8, CLASSES = 2 };

struct span {
	uint32_t from, to;
};

struct buffer {
	struct flow_side *owner;
	uint16_t          newer, older; /* in its class's ring of use; older is the free list too */
	uint8_t           class, spans;
	struct span       span[SPANS];  /* sorted, apart from one another */
	uint8_t          *data;
};

struct streams {
	uint16_t       newest[CLASSES], oldest[CLASSES], free[CLASSES];
	struct buffer *buffer; /* from 1 */
	uint8_t       *data;
	uint32_t       count;
};

static const uint32_t SIZE[CLASSES] = { STREAM_SMALL, STREAM_LARGE };

struct streams *
stream_new(size_t memory)
{
	struct streams *t = memory_new(1, sizeof *t);
	size_t          large = memory / 3 / STREAM_LARGE, small = memory / 3 * 2 / STREAM_SMALL;

	if (!t)
		return NULL;
	large = large < 4 ? 4 : large > 20000 ? 20000 : large;
	small = small < 16 ? 16 : small > 40000 ? 40000 : small;
	t->count = (uint32_t)(large + small);
	t->buffer = memory_new(t->count + 1, sizeof *t->buffer);
	t->data = memory_new(1, large * STREAM_LARGE + small * STREAM_SMALL);
	if (!t->buffer || !t->data) {
		stream_free(t);
		return NULL;
	}
	uint8_t *at = t->data;
	for (uint32_t i = t->count; i >= 1; i--) {
		struct buffer *b = &t->buffer[i];
		b->class = i > small;
		b->data = at;
		at += SIZE[b->class];
		b->older = t->free[b->class];
		t->free[b->class] = (uint16_t)i;
	}
	return t;
}

void
stream_free(struct streams *t)
{
	if (!t)
		return;
	memory_free(t->buffer);
	memory_free(t->data);
	memory_free(t);
}

static void
ring_out(struct streams *t, uint16_t i)
{
	struct buffer *b = &t->buffer[i];

	if (b->newer)
		t->buffer[b->newer].older = b->older;
	else
		t->newest[b->class] = b->older;
	if (b->older)
		t->buffer[b->older].newer = b->newer;
	else
		t->oldest[b->class] = b->newer;
}

static void
ring_in(struct streams *t, uint16_t i)
{
	struct buffer *b = &t->buffer[i];

	b->newer = 0;
	b->older = t->newest[b->class];
	if (b->older)
		t->buffer[b->older].newer = i;
	else
		t->oldest[b->class] = i;
	t->newest[b->class] = i;
}

void
stream_drop(struct streams *t, struct flow_side *side)
{
	uint16_t i = side->buffer;

	if (!i)
		return;
	struct buffer *b = &t->buffer[i];
	ring_out(t, i);
	b->owner = NULL;
	b->spans = 0;
	b->older = t->free[b->class];
	t->free[b->class] = i;
	side->buffer = 0;
}

static uint16_t
take(struct streams *t, int class, struct flow_side *side)
{
	if (!t->free[class]) {
		/* The one that waited longest loses: its side is closed to decoding. */
		struct flow_side *loser = t->buffer[t->oldest[class]].owner;
		loser->closed = true;
		stream_drop(t, loser);
	}
	uint16_t i = t->free[class];
	t->free[class] = t->buffer[i].older;
	t->buffer[i].owner = side;
	t->buffer[i].spans = 0;
	ring_in(t, i);
	return i;
}

static enum err
grow(struct streams *t, struct flow_side *side)
{
	uint16_t       small = side->buffer;
	struct buffer *from = &t->buffer[small];

	if (from->class == 1)
		return ERR_LIMIT;
	uint16_t       large = take(t, 1, side);
	struct buffer *to = &t->buffer[large];
	memcpy(to->data, from->data, STREAM_SMALL);
	memcpy(to->span, from->span, sizeof to->span);
	to->spans = from->spans;
	stream_drop(t, side);
	side->buffer = large;
	return OK;
}

/* Copies in to [from, to), leaving what was there; tells whether that was different. */
static bool
lay(struct buffer *b, uint32_t from, struct bytes in)
{
	uint32_t at = from, end = from + (uint32_t)in.len;
	bool     differs = false;

	for (uint8_t i = 0; i < b->spans && at < end; i++) {
		struct span s = b->span[i];
		if (s.to <= at)
			continue;
		if (s.from >= end)
			break;
		if (s.from > at)
			memcpy(b->data + at, in.at + (at - from), s.from - at);
		uint32_t lo = s.from > at ? s.from : at, hi = s.to < end ? s.to : end;
		differs |= memcmp(b->data + lo, in.at + (lo - from), hi - lo) != 0;
		at = hi;
	}
	if (at < end)
		memcpy(b->data + at, in.at + (at - from), end - at);
	return differs;
}

static enum err
join(struct buffer *b, struct span n)
{
	struct span out[SPANS + 1];
	uint8_t     k = 0;
	bool        placed = false;

	for (uint8_t i = 0; i < b->spans; i++) {
		struct span s = b->span[i];
		if (s.to < n.from) {
			out[k++] = s;
		} else if (s.from > n.to) {
			if (!placed)
				out[k++] = n;
			placed = true;
			out[k++] = s;
		} else {
			n.from = s.from < n.from ? s.from : n.from;
			n.to = s.to > n.to ? s.to : n.to;
		}
	}
	if (!placed)
		out[k++] = n;
	if (k > SPANS)
		return ERR_LIMIT;
	memcpy(b->span, out, k * sizeof *out);
	b->spans = k;
	return OK;
}

enum err
stream_put(struct streams *t, struct flow_side *side, uint32_t seq, struct bytes in, bool *differs)
{
	uint32_t from = seq - side->seq;
	uint64_t to = (uint64_t)from + in.len;
	enum err e;

	*differs = false;
	if (to > STREAM_LARGE)
		return ERR_LIMIT;
	if (!side->buffer)
		side->buffer = take(t, to > STREAM_SMALL, side);
	else if (to > SIZE[t->buffer[side->buffer].class] && (e = grow(t, side)))
		return e;
	struct buffer *b = &t->buffer[side->buffer];
	ring_out(t, side->buffer);
	ring_in(t, side->buffer);
	*differs = lay(b, from, in);
	return join(b, (struct span){ from, (uint32_t)to });
}

struct bytes
stream_front(const struct streams *t, const struct flow_side *side)
{
	const struct buffer *b = &t->buffer[side->buffer];

	if (!side->buffer || !b->spans || b->span[0].from)
		return bytes_of(NULL, 0);
	return bytes_of(b->data, b->span[0].to);
}

uint32_t
stream_hole(const struct streams *t, const struct flow_side *side)
{
	const struct buffer *b = &t->buffer[side->buffer];

	if (!side->buffer || !b->spans)
		return 0;
	if (b->span[0].from)
		return b->span[0].from;
	return b->spans > 1 ? b->span[1].from : 0;
}

void
stream_used(struct streams *t, struct flow_side *side, uint32_t n)
{
	side->seq += n;
	if (!side->buffer)
		return;
	struct buffer *b = &t->buffer[side->buffer];
	uint8_t        k = 0;
	uint32_t       end = b->spans ? b->span[b->spans - 1].to : 0;
	for (uint8_t i = 0; i < b->spans; i++) {
		if (b->span[i].to <= n)
			continue;
		b->span[k].from = b->span[i].from > n ? b->span[i].from - n : 0;
		b->span[k++].to = b->span[i].to - n;
	}
	b->spans = k;
	if (!k)
		stream_drop(t, side);
	else
		memmove(b->data, b->data + n, end - n);
}
