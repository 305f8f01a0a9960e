/* hl7: HL7 v2.5.1 chapter 2, 2.5.4 "Message delimiters" and 2.14.9 "MSH". */
#include "wire/hl7.h"

enum { ENCODING = 8, BEFORE_MSH = 8, BEFORE_MSA = 8, CHARSET = 18 }; /* CHARSET: the last field of MSH that is read */

static bool
is_line_end(uint8_t c)
{
	return c == '\r' || c == '\n';
}

bool
hl7_segment_next(struct bytes *left, struct bytes *segment)
{
	while (left->len && is_line_end(left->at[0]))
		*left = bytes_skip(*left, 1);
	if (left->len == 0)
		return false;
	/* One walk for both ends: a search for CR first would read a message of LF lines over and over. */
	size_t n = 0;
	while (n < left->len && !is_line_end(left->at[n]))
		n++;
	*segment = bytes_head(*left, n);
	*left = bytes_skip(*left, n);
	return true;
}

/* A delimiter may be anything but a letter, a digit, a blank or a control character; bytes over 0x7f are met. */
static bool
is_delimiter(uint8_t c)
{
	bool digit = c >= '0' && c <= '9', letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
	return c > ' ' && c != 0x7f && !digit && !letter;
}

/* Part n, from 0, of text split at c; empty if there is none. */
static struct bytes
part(struct bytes text, uint8_t c, unsigned n)
{
	for (; n; n--) {
		size_t i = bytes_find(text, c);
		if (i == text.len)
			return bytes_skip(text, text.len);
		text = bytes_skip(text, i + 1);
	}
	return bytes_head(text, bytes_find(text, c));
}

struct bytes
hl7_component(const struct hl7 *h, struct bytes field, unsigned n)
{
	if (h->repetition)
		field = bytes_head(field, bytes_find(field, h->repetition));
	if (!h->component)
		return n == 1 ? field : bytes_head(field, 0);
	return part(field, h->component, n - 1);
}

/* In MSH the first delimiter is itself field 1, so the count is one behind. */
static struct bytes
segment_field(const struct hl7 *h, struct bytes segment, bool msh, unsigned n)
{
	if (msh && n == 1)
		return bytes_head(bytes_skip(segment, 3), 1);
	return part(segment, h->field, msh ? n - 1 : n);
}

struct bytes
hl7_field(const struct hl7 *h, const char *name, unsigned n)
{
	struct bytes left = h->message, segment;

	for (bool first = true; hl7_segment_next(&left, &segment); first = false) {
		bool msh = bytes_begin(segment, "MSH");
		if (msh && !first)
			break;
		size_t len = strlen(name);
		if (bytes_begin(segment, name) && (segment.len == len || segment.at[len] == h->field))
			return segment_field(h, segment, msh, n);
	}
	return bytes_head(h->message, 0);
}

/* Finds MSH: at once, or after the segments FHS and BHS of a batch; left is what comes behind it. */
static enum err
msh_find(struct bytes in, struct hl7 *out, struct bytes *msh, struct bytes *behind)
{
	struct bytes left = in, segment;

	out->batch = false;
	if (bytes_begin(left, "\xef\xbb\xbf"))
		left = bytes_skip(left, 3);
	for (unsigned i = 0; i < BEFORE_MSH && hl7_segment_next(&left, &segment); i++) {
		if (bytes_begin(segment, "MSH")) {
			out->open = left.len == 0;
			out->message = bytes_of(segment.at, segment.len + left.len);
			*msh = segment;
			*behind = left;
			return OK;
		}
		if (!bytes_begin(segment, "FHS") && !bytes_begin(segment, "BHS"))
			return segment.len < 3 && left.len == 0 && memcmp(segment.at, "MSH", segment.len) == 0 ? ERR_SHORT : ERR_FORM;
		out->batch = true;
	}
	return left.len ? ERR_FORM : ERR_SHORT;
}

enum err
hl7_parse(struct bytes in, struct hl7 *out)
{
	struct bytes left, msh, segment, field[CHARSET + 1];
	enum err     e = msh_find(in, out, &msh, &left);

	if (e)
		return e;
	if (msh.len == 3)
		return out->open ? ERR_SHORT : ERR_FORM;
	out->field = msh.at[3];
	if (!is_delimiter(out->field))
		return ERR_FORM;
	out->encoding = bytes_skip(msh, 4);
	out->encoding.len = bytes_find(out->encoding, out->field);
	if (out->encoding.len > ENCODING)
		return ERR_FORM;
	if (out->encoding.len == msh.len - 4 && out->open)
		return ERR_SHORT;
	uint8_t *const delimiter[] = { &out->component, &out->repetition, &out->escape, &out->subcomponent };
	for (size_t i = 0; i < 4; i++) {
		*delimiter[i] = i < out->encoding.len ? out->encoding.at[i] : 0;
		if (*delimiter[i] && !is_delimiter(*delimiter[i]))
			return ERR_FORM;
	}

	/* All fields in one walk: field 2 ends where the encoding characters do. */
	segment = bytes_skip(msh, 4 + out->encoding.len);
	for (unsigned n = 3; n <= CHARSET; n++) {
		segment = bytes_skip(segment, 1);
		field[n] = bytes_head(segment, bytes_find(segment, out->field));
		segment = bytes_skip(segment, field[n].len);
	}
	out->from_application = field[3];
	out->from_facility = field[4];
	out->to_application = field[5];
	out->to_facility = field[6];
	out->time = field[7];
	out->type = hl7_component(out, field[9], 1);
	out->trigger = hl7_component(out, field[9], 2);
	out->structure = hl7_component(out, field[9], 3);
	out->control_id = field[10];
	out->processing = field[11];
	out->version = field[12];
	out->charset = field[CHARSET];

	out->ack_code = out->ack_id = bytes_head(in, 0);
	for (unsigned i = 0; i < BEFORE_MSA && hl7_segment_next(&left, &segment) && !bytes_begin(segment, "MSH"); i++)
		if (bytes_begin(segment, "MSA") && segment.len > 3 && segment.at[3] == out->field) {
			out->ack_code = segment_field(out, segment, false, 1);
			out->ack_id = segment_field(out, segment, false, 2);
			break;
		}
	return OK;
}

static void
delimited(const struct hl7 *h, struct bytes v, struct buf *out)
{
	buf_u8(out, h->field);
	buf_bytes_put(out, v);
}

void
hl7_print(const struct hl7 *h, struct buf *out)
{
	static const struct bytes none = { NULL, 0 };

	buf_text(out, "MSH");
	delimited(h, h->encoding, out);
	delimited(h, h->from_application, out);
	delimited(h, h->from_facility, out);
	delimited(h, h->to_application, out);
	delimited(h, h->to_facility, out);
	delimited(h, h->time, out);
	delimited(h, none, out);
	delimited(h, h->type, out);
	if (h->component && (h->trigger.len || h->structure.len)) {
		buf_u8(out, h->component);
		buf_bytes_put(out, h->trigger);
	}
	if (h->component && h->structure.len) {
		buf_u8(out, h->component);
		buf_bytes_put(out, h->structure);
	}
	delimited(h, h->control_id, out);
	delimited(h, h->processing, out);
	delimited(h, h->version, out);
	for (unsigned i = 13; h->charset.len && i < 18; i++)
		delimited(h, none, out);
	if (h->charset.len)
		delimited(h, h->charset, out);
	buf_u8(out, '\r');
	if (h->ack_code.len || h->ack_id.len) {
		buf_text(out, "MSA");
		delimited(h, h->ack_code, out);
		delimited(h, h->ack_id, out);
		buf_u8(out, '\r');
	}
}

bool
hl7_looks(struct bytes in)
{
	struct hl7 h;
	return hl7_parse(in, &h) == OK && (h.type.len || h.control_id.len || h.from_application.len);
}
