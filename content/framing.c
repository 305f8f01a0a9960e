/* framing: one state for the main reading; the others only differ in what they count. */
#include "content/framing.h"

enum { START = 0x0b, FS = 0x1c, CR = 0x0d, LF = 0x0a };

static const uint8_t FS_BYTE[1] = { FS };

static void
forward(struct framing *f, struct bytes *in, size_t n)
{
	f->offset += n;
	*in = bytes_skip(*in, n);
}

static bool
doubt(struct framing *f, enum framing_doubt d, uint64_t at, struct framing_event *out)
{
	f->doubts[d]++;
	*out = (struct framing_event){ .kind = FRAMING_DOUBT, .at = at, .doubt = d };
	return true;
}

static bool
data(struct framing *f, struct bytes v, uint64_t at, struct framing_event *out)
{
	f->length += v.len;
	*out = (struct framing_event){ .kind = FRAMING_DATA, .at = at, .data = v };
	return true;
}

/* 0x1c was an end to the reading that needs no 0x0d. */
static void
fs_alone(struct framing *f)
{
	f->messages[FRAMING_FS_ALONE] += !f->cut;
	f->cut = true;
}

static bool
end(struct framing *f, uint64_t at, struct framing_event *out)
{
	f->inside = f->held = f->stray = false;
	f->after = true;
	f->messages[FRAMING_MAIN]++;
	f->messages[FRAMING_STRICT] += !f->closed;
	fs_alone(f);
	if (f->length == 0) {
		f->pending = FRAMING_EMPTY;
		f->closed = true;
	}
	*out = (struct framing_event){ .kind = FRAMING_END, .at = at };
	return true;
}

/* In a message, or at the byte after a 0x1c in it. */
static bool
inside(struct framing *f, struct bytes *in, struct framing_event *out)
{
	if (f->held) {
		uint8_t b = in->at[0];
		f->held = false;
		if (b == CR) {
			forward(f, in, 1);
			return end(f, f->offset - 2, out);
		}
		fs_alone(f);
		f->pending = b == LF ? FRAMING_FS_LF : FRAMING_FS_INSIDE;
		return data(f, bytes_of(FS_BYTE, 1), f->offset - 1, out);
	}
	size_t n = bytes_find(*in, FS), start = bytes_find(bytes_head(*in, n), START);
	if (n && start == 0) {
		struct bytes v = bytes_head(*in, 1);
		forward(f, in, 1);
		f->cut = false;
		f->pending = FRAMING_START_INSIDE;
		return data(f, v, f->offset - 1, out);
	}
	if (start) {
		struct bytes v = bytes_head(*in, start);
		forward(f, in, start);
		return data(f, v, f->offset - start, out);
	}
	forward(f, in, 1);
	f->held = true;
	return false;
}

/* Between messages: a start, or what should not be there, told once. */
static bool
outside(struct framing *f, struct bytes *in, struct framing_event *out)
{
	uint8_t b = in->at[0];

	forward(f, in, 1);
	if (b == START) {
		*out = (struct framing_event){ .kind = FRAMING_BEGIN, .at = f->offset };
		f->begin = f->offset;
		f->length = 0;
		f->inside = true;
		f->stray = f->outside_held = f->cut = false;
		return true;
	}
	f->closed = true;
	if (f->outside_held && b == CR) {
		f->outside_held = false;
		return doubt(f, f->after ? FRAMING_END_INSIDE : FRAMING_NO_START, f->offset - 2, out);
	}
	f->outside_held = b == FS;
	if (f->stray)
		return false;
	if (f->after && (b == LF || b == CR)) {
		f->after = false;
		return doubt(f, FRAMING_LF_AFTER, f->offset - 1, out);
	}
	f->stray = true;
	return doubt(f, FRAMING_TEXT_OUTSIDE, f->offset - 1, out);
}

bool
framing_next(struct framing *f, struct bytes *in, struct framing_event *out)
{
	if (f->pending) {
		enum framing_doubt d = (enum framing_doubt)f->pending;
		f->pending = FRAMING_CLEAR;
		return doubt(f, d, f->offset - 1, out);
	}
	while (in->len)
		if (f->inside ? inside(f, in, out) : outside(f, in, out))
			return true;
	return false;
}

bool
framing_close(struct framing *f, struct framing_event *out)
{
	bool open = f->inside;

	if (open && f->held)
		fs_alone(f);
	f->inside = f->held = false;
	return open && doubt(f, FRAMING_NO_END, f->offset, out);
}

void
framing_gap(struct framing *f, uint64_t n)
{
	f->offset += n;
	/* What comes next may be the rest of a message: not a stray byte, and no doubt. */
	f->inside = f->held = f->outside_held = f->after = false;
	f->stray = true;
}

bool
framing_agree(const struct framing *f)
{
	return f->messages[FRAMING_MAIN] == f->messages[FRAMING_STRICT] && f->messages[FRAMING_MAIN] == f->messages[FRAMING_FS_ALONE];
}

const char *
framing_words(enum framing_doubt d)
{
	static const char *const WORDS[FRAMING_DOUBTS] = {
		[FRAMING_CLEAR] = "receivers agree",
#define X(code, words) [code] = words,
		FRAMING_DOUBTS_TABLE(X)
#undef X
	};

	return WORDS[d];
}
