/* mllp: HL7 Transport Specification, MLLP, section "Block format". */
#include "wire/mllp.h"

enum { START = 0x0b, END = 0x1c, CR = 0x0d, LF = 0x0a };

static void
forward(struct mllp *m, struct bytes *in, size_t n)
{
	m->offset += n;
	*in = bytes_skip(*in, n);
}

bool
mllp_next(struct mllp *m, struct bytes *in, struct mllp_event *out)
{
	if (m->ended && in->len) {
		m->ended = false;
		if (in->at[0] == CR)
			forward(m, in, 1);
	}
	size_t start = bytes_find(*in, START);
	size_t end = m->inside ? bytes_find(bytes_head(*in, start), END) : start;

	if (!m->inside)
		m->skipped += start;
	if (end < start) {
		*out = (struct mllp_event){ MLLP_END, m->offset + end };
		m->inside = false;
		m->ended = true;
		forward(m, in, end + 1);
		return true;
	}
	if (start == in->len) {
		forward(m, in, start);
		return false;
	}
	*out = (struct mllp_event){ MLLP_START, m->offset + start + 1 };
	m->inside = true;
	forward(m, in, start + 1);
	return true;
}

void
mllp_gap(struct mllp *m, uint64_t n)
{
	m->offset += n;
	m->inside = m->ended = false;
}

bool
mllp_looks(struct bytes in)
{
	static const char *const first[] = { "MSH", "FHS", "BHS" };

	if (in.len == 0 || in.at[0] != START)
		return false;
	in = bytes_skip(in, 1);
	if (bytes_begin(in, "\xef\xbb\xbf"))
		in = bytes_skip(in, 3);
	while (in.len && (in.at[0] == CR || in.at[0] == LF))
		in = bytes_skip(in, 1);
	in = bytes_head(in, 3);
	for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
		if (bytes_equal(in, bytes_of(first[i], in.len)))
			return true;
	return false;
}

enum err
mllp_parse(struct bytes in, struct bytes *out)
{
	if (in.len == 0)
		return ERR_SHORT;
	if (in.at[0] != START)
		return ERR_FORM;
	in = bytes_skip(in, 1);
	*out = bytes_head(in, bytes_find(in, END));
	return out->len < in.len ? OK : ERR_SHORT;
}

void
mllp_print(const struct bytes *message, struct buf *out)
{
	buf_u8(out, START);
	buf_bytes_put(out, *message);
	buf_u8(out, END);
	buf_u8(out, CR);
}
