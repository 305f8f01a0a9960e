/* lay: see lay.h. */
#include "content/lay.h"
#include "base/json.h"
#include "base/memory.h"
#include "content/meaning_hl7.h"
#include "wire/dataset.h"

struct told {
	void (*tell)(void *context, struct bytes path, struct bytes value);
	void *context;
};

/* --- HL7 ---------------------------------------------------------------------------- */

static void
on_hl7(void *context, uint64_t path, struct bytes value)
{
	struct told *t = context;
	uint8_t      room[64];
	struct buf   name = buf_over(room, sizeof room);

	fieldpath_print(path, bytes_of("", 0), &name);
	t->tell(t->context, buf_bytes(&name), value);
}

/* --- JSON --------------------------------------------------------------------------- */

enum { DEPTH = 64 };

static struct bytes
skip_blank(struct bytes in)
{
	while (in.len && (in.at[0] == ' ' || in.at[0] == '\t' || in.at[0] == '\r' || in.at[0] == '\n'))
		in = bytes_skip(in, 1);
	return in;
}

/* How long the string, number or word at the front is; 0 if it does not end. */
static size_t
scalar(struct bytes in)
{
	size_t n = 1;

	if (in.at[0] != '"') {
		while (n < in.len && !memchr(",]} \t\r\n", in.at[n], 7))
			n++;
		return n;
	}
	while (n < in.len && in.at[n] != '"')
		n += in.at[n] == '\\' ? 2 : 1;
	return n < in.len ? n + 1 : 0;
}

/* A member's name, as RFC 6901 writes it in a pointer. */
static void
put_name(struct buf *path, struct bytes name)
{
	buf_u8(path, '/');
	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] == '~' || name.at[i] == '/')
			buf_text(path, name.at[i] == '~' ? "~0" : "~1");
		else
			buf_u8(path, name.at[i]);
	}
}

/* Reads one value and everything in it; false where it is no JSON. */
static bool
json(struct told *t, struct bytes *in)
{
	uint8_t    room[LAY_PATH];
	struct buf path = buf_over(room, sizeof room);
	size_t     len[DEPTH];
	uint32_t   index[DEPTH];
	char       kind[DEPTH];
	unsigned   depth = 0;
	bool       first = true;

	do {
		*in = skip_blank(*in);
		if (depth) {
			if (in->len && in->at[0] == (kind[depth - 1] == '{' ? '}' : ']')) {
				*in = bytes_skip(*in, 1);
				path.len = len[--depth];
				path.full = false;
				first = false;
				continue;
			}
			if (!first && (!in->len || in->at[0] != ','))
				return false;
			*in = skip_blank(bytes_skip(*in, !first));
			path.len = len[depth - 1];
			path.full = false;
			if (kind[depth - 1] == '{') {
				size_t n = in->len && in->at[0] == '"' ? scalar(*in) : 0;
				if (!n)
					return false;
				size_t before = path.len;
				put_name(&path, bytes_of(in->at + 1, n - 2));
				if (path.full)
					path.len = before;
				*in = skip_blank(bytes_skip(*in, n));
				if (!in->len || in->at[0] != ':')
					return false;
				*in = skip_blank(bytes_skip(*in, 1));
			} else {
				buf_format(&path, "/%u", index[depth - 1]++);
			}
		}
		if (!in->len)
			return false;
		if (in->at[0] == '{' || in->at[0] == '[') {
			if (depth == DEPTH)
				return false;
			kind[depth] = (char)in->at[0];
			index[depth] = 0;
			len[depth++] = path.len;
			*in = bytes_skip(*in, 1);
			first = true;
			/* The members' paths grow from here. */
			continue;
		}
		size_t n = scalar(*in);
		if (!n)
			return false;
		t->tell(t->context, buf_bytes(&path), bytes_head(*in, n));
		*in = bytes_skip(*in, n);
		first = false;
	} while (depth);
	return true;
}

/* --- DICOM -------------------------------------------------------------------------- */

struct walk {
	struct buf path;
	size_t     len[DATASET_DEPTH + 1];
	unsigned   depth;
	struct buf value;
	uint32_t   length;
	bool       binary;
};

static void
show_value(struct told *t, struct walk *w)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t           room[96];
	struct buf        hex = buf_over(room, sizeof room);

	if (!w->binary) {
		while (w->value.len && w->value.at[w->value.len - 1] == 0) /* a UID's padding (PS3.5 section 9.1) */
			w->value.len--;
		t->tell(t->context, buf_bytes(&w->path), bytes_trim(buf_bytes(&w->value)));
		return;
	}
	for (size_t i = 0; i < w->value.len && i < 24; i++) {
		buf_u8(&hex, (uint8_t)digits[w->value.at[i] >> 4]);
		buf_u8(&hex, (uint8_t)digits[w->value.at[i] & 15]);
	}
	buf_format(&hex, " (%u bytes)", w->length);
	t->tell(t->context, buf_bytes(&w->path), buf_bytes(&hex));
}

static void
dicom(struct told *t, struct bytes in)
{
	static uint8_t       value[4096];
	uint8_t              path[LAY_PATH];
	struct walk          w = { .path = buf_over(path, sizeof path), .value = buf_over(value, sizeof value) };
	struct dataset       d;
	struct dataset_event e;
	bool                 vr = in.len >= 6 && in.at[4] >= 'A' && in.at[4] <= 'Z' && in.at[5] >= 'A' && in.at[5] <= 'Z';

	dataset_begin(&d, !vr, false);
	while (dataset_next(&d, &in, &e)) {
		switch (e.kind) {
		case DATASET_VALUE:
		case DATASET_SEQUENCE:
		case DATASET_FRAGMENTS:
			w.path.len = w.depth ? w.len[w.depth - 1] : 0;
			buf_format(&w.path, "%s(%04x,%04x)", w.path.len ? "." : "", e.group, e.element);
			buf_reset(&w.value);
			w.length = e.length;
			w.binary = dataset_binary(e.group, e.element) || e.group & 1;
			break;
		case DATASET_DATA:
			buf_bytes_put(&w.value, bytes_head(e.data, w.value.cap - w.value.len));
			break;
		case DATASET_VALUE_END:
			show_value(t, &w);
			break;
		case DATASET_ITEM:
			if (w.depth <= DATASET_DEPTH) {
				buf_format(&w.path, "[%u]", e.number);
				w.len[w.depth++] = w.path.len;
			}
			break;
		case DATASET_ITEM_END:
			if (w.depth)
				w.path.len = w.len[--w.depth];
			while (w.path.len && w.path.at[w.path.len - 1] != '[')
				w.path.len--;
			w.path.len -= w.path.len > 0;
			break;
		case DATASET_SEQUENCE_END:
			break;
		}
		w.path.full = false;
	}
}

void
lay_each(enum message_protocol protocol, struct bytes raw, void (*tell)(void *context, struct bytes path, struct bytes value), void *context)
{
	struct told  t = { tell, context };
	struct bytes in = skip_blank(raw);

	if (!raw.len)
		return;
	if (protocol == MESSAGE_HL7 && meaning_hl7_each(raw, on_hl7, &t) == OK)
		return;
	if (protocol == MESSAGE_DICOM)
		dicom(&t, raw);
	else if (protocol != MESSAGE_HL7 && in.len && (in.at[0] == '{' || in.at[0] == '[') && json(&t, &in))
		return;
	else
		tell(context, bytes_text("*"), raw);
}

/* --- side by side ---------------------------------------------------------------------- */

static struct bytes
keep(struct lay_table *t, struct bytes v)
{
	uint8_t *at = buf_room(&t->text, v.len + 1);

	if (!at) {
		t->cut = true;
		return bytes_of("", 0);
	}
	if (v.len)
		memcpy(at, v.at, v.len);
	at[v.len] = 0;
	return bytes_of(at, v.len);
}

static void
insert(struct lay_table *t, uint32_t at, struct lay_row row)
{
	if (t->rows == LAY_ROWS) {
		t->cut = true;
		return;
	}
	memmove(t->row + at + 1, t->row + at, (t->rows - at) * sizeof *t->row);
	t->row[at] = row;
	t->rows++;
}

static void
on_a(void *context, struct bytes path, struct bytes value)
{
	struct lay_table *t = context;

	insert(t, t->rows, (struct lay_row){ .path = keep(t, path), .a = keep(t, value) });
}

/* The row of the same path behind the last one found, else anywhere that is not taken yet; else a row of its own. */
static void
on_b(void *context, struct bytes path, struct bytes value)
{
	struct lay_table *t = context;

	for (uint32_t k = 0; k < t->rows; k++) {
		uint32_t        i = (t->at + k) % t->rows;
		struct lay_row *r = &t->row[i];
		if (r->b.at || !bytes_equal(r->path, path))
			continue;
		r->b = keep(t, value);
		t->at = i + 1;
		return;
	}
	uint32_t at = t->at < t->rows ? t->at : t->rows;
	insert(t, at, (struct lay_row){ .path = keep(t, path), .b = keep(t, value) });
	t->at = at + 1;
}

struct lay_table *
lay_beside(enum message_protocol protocol, struct bytes a, struct bytes b)
{
	struct lay_table *t = memory_new(1, sizeof *t);
	uint8_t          *text = memory_new(1, LAY_TEXT);

	if (t)
		t->row = memory_new(LAY_ROWS, sizeof *t->row);
	if (!t || !t->row || !text) {
		memory_free(text);
		lay_free(t);
		return NULL;
	}
	t->text = buf_over(text, LAY_TEXT);
	t->both = a.at && b.at;
	if (a.at)
		lay_each(protocol, a, on_a, t);
	if (b.at)
		lay_each(protocol, b, on_b, t);
	for (uint32_t i = 0; i < t->rows; i++)
		t->row[i].differs = t->both && (!t->row[i].a.at || !t->row[i].b.at || !bytes_equal(t->row[i].a, t->row[i].b));
	return t;
}

void
lay_free(struct lay_table *t)
{
	if (!t)
		return;
	memory_free(t->row);
	memory_free(t->text.at);
	memory_free(t);
}

static void
put_value(const char *mark, struct bytes path, struct bytes v, struct buf *out)
{
	buf_text(out, mark);
	buf_bytes_put(out, path);
	buf_text(out, v.at ? "  " : "  (not there)");
	for (size_t i = 0; i < v.len; i++)
		buf_u8(out, v.at[i] < ' ' || v.at[i] == 0x7f ? '?' : v.at[i]);
	buf_u8(out, '\n');
}

void
lay_print_text(const struct lay_table *t, struct buf *out)
{
	for (uint32_t i = 0; i < t->rows; i++) {
		const struct lay_row *r = &t->row[i];
		if (!r->differs) {
			put_value("    ", r->path, r->a.at ? r->a : r->b, out);
		} else {
			put_value("! A ", r->path, r->a, out);
			put_value("! B ", r->path, r->b, out);
		}
	}
	if (t->cut)
		buf_text(out, "(more than is shown here)\n");
}

void
lay_print_json(const struct lay_table *t, struct buf *out)
{
	json_open(out, NULL, '[');
	for (uint32_t i = 0; i < t->rows; i++) {
		const struct lay_row *r = &t->row[i];
		json_open(out, NULL, '{');
		json_bytes(out, "path", r->path);
		if (r->a.at)
			json_bytes(out, "a", r->a);
		if (r->b.at)
			json_bytes(out, "b", r->b);
		if (r->differs)
			json_bool(out, "differs", true);
		json_close(out, '}');
	}
	json_close(out, ']');
	buf_u8(out, '\n');
}
