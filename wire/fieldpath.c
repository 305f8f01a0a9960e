/* fieldpath: the forms of the header, told apart by their first letters. */
#include "wire/fieldpath.h"
#include "base/cursor.h"

static uint64_t
segment_of(uint64_t path)
{
	return (uint64_t)FIELDPATH_SEGMENT << 60 | (path & ~(UINT64_C(0xf) << 60) & ~(uint64_t)FIELDPATH_FIELDS);
}

static uint64_t
group_of(uint64_t path)
{
	return (uint64_t)FIELDPATH_GROUP << 60 | (path & 0xffff0000);
}

struct bytes
fieldpath_words(uint64_t path, struct bytes pool)
{
	return bytes_head(bytes_skip(pool, path >> 16 & 0xffff), path & 0xffff);
}

void
fieldpath_print(uint64_t path, struct bytes pool, struct buf *out)
{
	unsigned name = (unsigned)(path >> 32), occurrence = path >> 12 & FIELDPATH_OCCURRENCES;

	switch (fieldpath_kind(path)) {
	case FIELDPATH_HL7:
	case FIELDPATH_SEGMENT:
		buf_format(out, "%c%c%c[%u]", name >> 16 & 0xff, name >> 8 & 0xff, name & 0xff, occurrence);
		if (fieldpath_kind(path) == FIELDPATH_HL7)
			buf_format(out, ".%u", (unsigned)(path & FIELDPATH_FIELDS));
		break;
	case FIELDPATH_DICOM:
		buf_format(out, "(%04x,%04x)", (unsigned)(path >> 16 & 0xffff), (unsigned)(path & 0xffff));
		break;
	case FIELDPATH_GROUP:
		buf_format(out, "(%04x,*)", (unsigned)(path >> 16 & 0xffff));
		break;
	case FIELDPATH_TEXT:
		for (struct bytes t = fieldpath_words(path, pool); t.len; t = bytes_skip(t, 1))
			buf_u8(out, t.at[0] > ' ' && t.at[0] < 0x7f ? t.at[0] : '?');
		break;
	default:
		buf_text(out, "*");
	}
}

/* A number without leading zero, from 0 or 1 up to most. */
static bool
number(struct cursor *c, unsigned least, unsigned most, unsigned *out)
{
	struct bytes left = bytes_of(c->at, cursor_left(c));
	unsigned     v = 0;
	size_t       n = 0;

	for (; n < left.len && n < 8 && left.at[n] >= '0' && left.at[n] <= '9'; n++)
		v = v * 10 + (unsigned)(left.at[n] - '0');
	cursor_skip(c, n);
	*out = v;
	return n && v >= least && v <= most && (n == 1 || left.at[0] != '0');
}

static bool
hl7(struct bytes in, uint64_t *out)
{
	struct cursor c = cursor_over(in);
	unsigned      occurrence, field;
	uint32_t      name = cursor_u24(&c);

	for (int i = 0; i < 3; i++) {
		uint8_t b = (uint8_t)(name >> 8 * i);
		if (!((b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9') || b == '?'))
			return false;
	}
	if (cursor_u8(&c) != '[' || !number(&c, 1, FIELDPATH_OCCURRENCES, &occurrence) || cursor_u8(&c) != ']')
		return false;
	*out = segment_of(fieldpath_hl7(name, occurrence, 0));
	if (cursor_end(&c))
		return true;
	if (cursor_u8(&c) != '.' || !number(&c, 0, FIELDPATH_FIELDS, &field))
		return false;
	*out = fieldpath_hl7(name, occurrence, field);
	return cursor_end(&c);
}

/* Four lower-case hexadecimal digits; -1 if they are not. */
static int
tag(struct bytes in)
{
	int v = 0;

	if (in.len != 4)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		const char *at = memchr("0123456789abcdef", in.at[i], 16);
		if (!at)
			return -1;
		v = v << 4 | (int)(at - "0123456789abcdef");
	}
	return v;
}

static bool
dicom(struct bytes in, uint64_t *out)
{
	struct cursor c = cursor_over(in);

	if (cursor_u8(&c) != '(')
		return false;
	int group = tag(cursor_take(&c, 4));
	if (group < 0 || cursor_u8(&c) != ',')
		return false;
	struct bytes rest = cursor_rest(&c);
	*out = group_of(fieldpath_dicom((uint16_t)group, 0));
	if (bytes_equal(rest, bytes_text("*)")))
		return true;
	int element = tag(bytes_head(rest, 4));
	*out = fieldpath_dicom((uint16_t)group, (uint16_t)element);
	return element >= 0 && bytes_equal(bytes_skip(rest, 4), bytes_text(")"));
}

uint64_t
fieldpath_parent(uint64_t path, struct bytes pool)
{
	struct bytes words;
	uint64_t     top;

	switch (fieldpath_kind(path)) {
	case FIELDPATH_HL7:
		return segment_of(path);
	case FIELDPATH_DICOM:
		return group_of(path);
	case FIELDPATH_TEXT:
		words = fieldpath_words(path, pool);
		return words.len > 11 && words.at[11] == '[' && dicom(bytes_head(words, 11), &top) && fieldpath_kind(top) == FIELDPATH_DICOM ? top : FIELDPATH_ALL;
	default:
		return FIELDPATH_ALL;
	}
}

enum err
fieldpath_parse(struct bytes in, struct buf *pool, uint64_t *out)
{
	if (in.len == 0)
		return ERR_FORM;
	*out = FIELDPATH_ALL;
	if (bytes_equal(in, bytes_text("*")) || hl7(in, out) || dicom(in, out))
		return OK;
	size_t at = pool->len;
	if (in.len > UINT16_MAX || at > UINT16_MAX)
		return ERR_LIMIT;
	buf_bytes_put(pool, in);
	*out = fieldpath_text((uint16_t)at, (uint16_t)in.len);
	return buf_ok(pool) ? OK : ERR_LIMIT;
}
