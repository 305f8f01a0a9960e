/*
 * fields: what our readers see in a file, a line each, for others to agree or
 * disagree with.
 *
 *	fields hl7 FILE     OBX[4].5 <hexadecimal>     each field that is not empty, as sent
 *	fields dicom FILE   0 0010 0010 8               depth, tag, length of each element; u: a sequence
 *	fields json FILE    72 fields
 *
 * Exit code 1 and the reason on standard error if it is refused.
 */
#include <stdio.h>

#include "base/cursor.h"
#include "base/memory.h"
#include "content/meaning_dicom.h"
#include "content/meaning_hl7.h"
#include "content/meaning_json.h"

enum { SIZE = 64 << 20 };
static const struct siphash_key KEY = { { 1, 2 } };
static struct meaning           meaning;

static void
tell(void *context, uint64_t path, struct bytes value)
{
	static uint8_t room[1 << 22];
	struct buf     b = buf_over(room, sizeof room);

	(void)context;
	fieldpath_print(path, bytes_of(NULL, 0), &b);
	buf_text(&b, " ");
	buf_hex(&b, value);
	buf_text(&b, "\n");
	fwrite(room, 1, b.len, stdout);
}

static const char *
hl7(struct bytes in)
{
	struct meaning_hl7 h;

	meaning_hl7_begin(&h, &meaning, &KEY);
	meaning_hl7_put(&h, in);
	if (meaning_hl7_end(&h) || meaning_hl7_each(in, tell, NULL))
		return h.refused;
	return NULL;
}

/* The preamble and group 0002 of a file (PS3.10 section 7.1), if they are there: what is left, and its transfer syntax. */
static struct bytes
file_head(struct bytes in, char syntax[MEANING_DICOM_UID])
{
	struct bytes body = in.len > 132 && memcmp(in.at + 128, "DICM", 4) == 0 ? bytes_skip(in, 132) : in;

	bytes_clean(bytes_text("1.2.840.10008.1.2"), syntax, MEANING_DICOM_UID);
	while (body.len > 12 && body.at[0] == 2 && body.at[1] == 0) {
		struct cursor c = cursor_over(body);
		uint32_t      tag = cursor_u16le(&c);
		tag = tag << 16 | cursor_u16le(&c);
		uint16_t vr = cursor_u16(&c);
		uint16_t length = cursor_u16le(&c);
		uint32_t n = vr == ('O' << 8 | 'B') || vr == ('U' << 8 | 'N') ? cursor_u32le(&c) : length;
		struct bytes v = cursor_take(&c, n);
		if (tag == 0x00020010)
			bytes_clean(bytes_head(v, v.len && v.at[v.len - 1] ? v.len : v.len - 1), syntax, MEANING_DICOM_UID);
		body = cursor_rest(&c);
	}
	return body;
}

static const char *
dicom(struct bytes in)
{
	static struct meaning_dicom d;
	char                        syntax[MEANING_DICOM_UID];
	struct bytes                body = file_head(in, syntax);
	struct dataset              walk;
	struct dataset_event        e;
	unsigned                    depth = 0;
	struct meaning_inflate     *z = meaning_inflate_new();

	meaning_dicom_begin(&d, &meaning, &KEY, bytes_text(syntax), z);
	meaning_dicom_put(&d, body);
	enum err refused = meaning_dicom_end(&d);
	meaning_inflate_free(z);
	if (refused)
		return d.refused;
	dataset_begin(&walk, strcmp(syntax, "1.2.840.10008.1.2") == 0, strcmp(syntax, "1.2.840.10008.1.2.2") == 0);
	while (!d.deflated && dataset_next(&walk, &body, &e)) {
		depth -= e.kind == DATASET_SEQUENCE_END;
		if (e.kind == DATASET_VALUE)
			printf("%u %04x %04x %u\n", depth, e.group, e.element, e.length);
		else if (e.kind == DATASET_SEQUENCE || e.kind == DATASET_FRAGMENTS)
			printf("%u %04x %04x u\n", depth, e.group, e.element);
		depth += e.kind == DATASET_SEQUENCE || e.kind == DATASET_FRAGMENTS;
	}
	return NULL;
}

static const char *
json(struct bytes in)
{
	static struct meaning_json j;

	meaning_json_begin(&j, &meaning, &KEY, true);
	meaning_json_put(&j, in);
	enum err refused = meaning_json_end(&j);
	printf("%u fields\n", meaning.total);
	return refused ? j.refused : NULL;
}

int
main(int argc, char **argv)
{
	uint8_t    *room = memory_new(1, SIZE);
	FILE       *f = argc == 3 ? fopen(argv[2], "rb") : NULL;
	const char *why;

	if (!f || !room) {
		fprintf(stderr, "usage: fields hl7|dicom|json FILE\n");
		return 2;
	}
	struct bytes in = bytes_of(room, fread(room, 1, SIZE, f));
	fclose(f);
	why = argv[1][0] == 'h' ? hl7(in) : argv[1][0] == 'd' ? dicom(in) : json(in);
	memory_free(room);
	if (why)
		fprintf(stderr, "%s\n", why);
	return why != NULL;
}
