/* correction: see correction.h. */
#include "content/correction.h"

#include <stdio.h>

/* A segment with its nth field (the text behind the nth separator) replaced; separators are added if it is shorter. */
static void
put_segment(struct bytes segment, uint8_t separator, unsigned nth, struct bytes value, struct buf *out)
{
	for (unsigned at = 0;; at++) {
		size_t end = bytes_find(segment, separator);
		buf_bytes_put(out, at == nth ? value : bytes_head(segment, end));
		if (end >= segment.len && at >= nth)
			return;
		buf_u8(out, separator);
		segment = bytes_skip(segment, end + 1);
	}
}

static struct bytes
field(struct bytes segment, uint8_t separator, unsigned nth)
{
	for (; nth; nth--)
		segment = bytes_skip(segment, bytes_find(segment, separator) + 1);
	return bytes_head(segment, bytes_find(segment, separator));
}

/* Does fields name a value of the nth OBX? */
static bool
named(const char *fields, unsigned nth)
{
	char what[24];

	snprintf(what, sizeof what, "OBX[%u].5", nth);
	size_t n = strlen(what);
	for (const char *p = fields; (p = strstr(p, what)); p += n)
		if ((p == fields || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
			return true;
	return false;
}

/* The next segment, with its end. */
static struct bytes
next(struct bytes *in, struct bytes *end)
{
	size_t cr = bytes_find(*in, '\r'), lf = bytes_find(*in, '\n'), n = cr < lf ? cr : lf, k = n;

	while (k < in->len && (in->at[k] == '\r' || in->at[k] == '\n'))
		k++;
	struct bytes segment = bytes_head(*in, n);
	*end = bytes_of(in->at + n, k - n);
	*in = bytes_skip(*in, k);
	return segment;
}

/* Is one of the OBX that belong to the OBR before in named? */
static bool
any_named(struct bytes in, const char *fields, unsigned obx)
{
	struct bytes end;

	while (in.len) {
		struct bytes s = next(&in, &end);
		if (bytes_begin(s, "OBR"))
			return false;
		if (bytes_begin(s, "OBX") && named(fields, ++obx))
			return true;
	}
	return false;
}

enum err
correction_hl7(struct bytes message, const char *fields, struct buf *out)
{
	struct bytes in = message, end;
	unsigned     obx = 0, marked = 0;

	if (!bytes_begin(message, "MSH") || message.len < 9)
		return ERR_FORM;
	uint8_t separator = message.at[3];
	while (in.len) {
		struct bytes s = next(&in, &end);
		if (bytes_begin(s, "MSH")) {
			uint8_t    room[256];
			struct buf id = buf_over(room, sizeof room);
			buf_bytes_put(&id, field(s, separator, 9));
			buf_text(&id, "-C1");
			if (!buf_ok(&id))
				return ERR_FORM;
			put_segment(s, separator, 9, buf_bytes(&id), out);
		} else if (bytes_begin(s, "OBX") && named(fields, ++obx)) {
			put_segment(s, separator, 11, bytes_text("C"), out);
			marked++;
		} else if (bytes_begin(s, "OBR") && any_named(in, fields, obx)) {
			put_segment(s, separator, 25, bytes_text("C"), out);
		} else {
			buf_bytes_put(out, s);
		}
		buf_bytes_put(out, end);
	}
	return !marked ? ERR_FORM : buf_ok(out) ? OK : ERR_LIMIT;
}
