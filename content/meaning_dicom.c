/* meaning_dicom: the walk's events, digested. */
#include "content/meaning_dicom.h"
#include "base/memory.h"

#include <assert.h>
#include <zlib.h>

#define VR(a, b) ((uint16_t)((a) << 8 | (b)))
enum { PIXELS = 0x7fe0, ROOM = 64 << 10, STEP = 16 << 10 };

/* --- inflate in memory taken at the start ------------------------------------------ */

struct meaning_inflate {
	z_stream z;
	size_t   used;
	bool     over;
	uint8_t  out[STEP];
	_Alignas(16) uint8_t room[ROOM];
};

static void *
room_take(void *context, unsigned n, unsigned size)
{
	struct meaning_inflate *z = context;
	size_t                  want = ((size_t)n * size + 15) & ~(size_t)15;

	if (want > sizeof z->room - z->used)
		return NULL;
	z->used += want;
	return z->room + z->used - want;
}

static void
room_keep(void *context, void *p)
{
	(void)context;
	(void)p;
}

struct meaning_inflate *
meaning_inflate_new(void)
{
	return memory_new(1, sizeof(struct meaning_inflate));
}

void
meaning_inflate_free(struct meaning_inflate *z)
{
	memory_free(z);
}

/* --- the name of an element inside sequences ----------------------------------------- */

static void
name_put(struct meaning_dicom *d, const char *form, unsigned a, unsigned b)
{
	struct buf t = buf_over(d->name + d->name_len, sizeof d->name - d->name_len);

	buf_format(&t, form, a, b);
	d->name_len = (uint16_t)(d->name_len + t.len);
}

static void
field(struct meaning_dicom *d, uint64_t digest)
{
	const struct dataset_event *e = &d->element;

	if (d->level == 0) {
		meaning_put(d->out, d->top, digest, false);
		return;
	}
	uint16_t from = d->name_len;
	name_put(d, "(%04x,%04x)", e->group, e->element);
	meaning_text(d->out, bytes_of(d->name, d->name_len), d->top, digest, true, false);
	d->name_len = from;
}

/* The word that stands for the path in the digest: that of the element, or of its name. */
static uint64_t
word(struct meaning_dicom *d)
{
	if (d->level == 0)
		return d->top;
	uint16_t from = d->name_len;
	name_put(d, "(%04x,%04x)", d->element.group, d->element.element);
	uint64_t w = meaning_name(d->out, bytes_of(d->name, d->name_len));
	d->name_len = from;
	return w;
}

/* --- values ------------------------------------------------------------------------------ */

/* How many bytes turn round together in big endian. */
static uint8_t
unit(const struct dataset_event *e)
{
	static const struct {
		uint16_t vr;
		uint8_t  bytes;
	} UNIT[] = {
		{ VR('U', 'S'), 2 }, { VR('S', 'S'), 2 }, { VR('O', 'W'), 2 }, { VR('A', 'T'), 2 }, { VR('U', 'L'), 4 }, { VR('S', 'L'), 4 },
		{ VR('F', 'L'), 4 }, { VR('O', 'F'), 4 }, { VR('O', 'L'), 4 }, { VR('F', 'D'), 8 }, { VR('O', 'D'), 8 }, { VR('O', 'V'), 8 },
		{ VR('S', 'V'), 8 }, { VR('U', 'V'), 8 },
	};

	for (size_t i = 0; e->big && i < sizeof UNIT / sizeof *UNIT; i++)
		if (UNIT[i].vr == e->vr)
			return UNIT[i].bytes;
	return 1;
}

static bool
is_text(const struct dataset_event *e)
{
	return !(e->group & 1) && !dataset_binary(e->group, e->element) && e->vr != VR('U', 'N');
}

static bool
left_out(const struct dataset_event *e, unsigned level)
{
	return e->element == 0 || (e->group == 2 && level == 0) || (e->group == 0xfffc && e->element == 0xfffc);
}

static void
value_begin(struct meaning_dicom *d, const struct dataset_event *e)
{
	d->element = *e;
	if (d->level == 0)
		d->top = fieldpath_dicom(e->group, e->element);
	d->got = 0;
	d->odd_n = 0;
	d->unit = unit(e);
	d->small = e->length <= MEANING_DICOM_SMALL;
	d->text = is_text(e);
	d->skip = left_out(e, d->level);
	if (!d->small)
		siphash_begin_quick(&d->digest, &d->out->key, word(d));
	if (e->group == PIXELS && e->element == 0x10 && d->level == 0)
		d->pixels = MEANING_DICOM_NATIVE;
}

static void
turn(uint8_t *p, size_t n, uint8_t bytes)
{
	for (; n >= bytes; p += bytes, n -= bytes)
		for (unsigned i = 0; i < bytes / 2U; i++) {
			uint8_t b = p[i];
			p[i] = p[bytes - 1 - i];
			p[bytes - 1 - i] = b;
		}
}

/* Pixels that are to be passed over. */
static bool
passed_over(const struct meaning_dicom *d)
{
	return d->light && d->level == 0 && d->top == fieldpath_dicom(PIXELS, 0x10);
}

uint32_t
meaning_dicom_pass(struct meaning_dicom *d, uint32_t n)
{
	if (!passed_over(d) || d->deflated || d->small || d->refused)
		return 0;
	n = dataset_pass(&d->walk, n);
	d->got += n;
	return n;
}

/* A piece of a large value, its numbers turned round; what is left of a number waits. */
static void
large(struct meaning_dicom *d, struct bytes in)
{
	uint8_t room[1024];

	if (d->unit == 1) {
		siphash_put(&d->digest, in);
		return;
	}
	while (in.len) {
		size_t n = d->odd_n, more = in.len < sizeof room - n ? in.len : sizeof room - n;
		memcpy(room, d->odd, n);
		memcpy(room + n, in.at, more);
		in = bytes_skip(in, more);
		n += more;
		d->odd_n = (uint8_t)(n % d->unit);
		turn(room, n, d->unit);
		siphash_put(&d->digest, bytes_of(room, n - d->odd_n));
		memcpy(d->odd, room + n - d->odd_n, d->odd_n);
	}
}

static void
value_put(struct meaning_dicom *d, struct bytes in)
{
	if (d->small)
		memcpy(d->value + d->got, in.at, in.len);
	d->got += in.len;
	if (d->small || passed_over(d))
		return;
	/* The pad of a long text is its last byte, if any. */
	if (d->text && d->got == d->element.length && (in.at[in.len - 1] == ' ' || in.at[in.len - 1] == 0))
		in.len--;
	large(d, in);
}

static void
collect(struct meaning_dicom *d, struct bytes v)
{
	char *to = d->element.group != 8 || d->level ? NULL : d->element.element == 0x16 ? d->sop_class : d->element.element == 0x18 ? d->sop_instance : NULL;

	if (to)
		bytes_clean(v, to, MEANING_DICOM_UID);
}

static void
value_end(struct meaning_dicom *d)
{
	uint64_t digest;

	if (d->piecemeal)
		return;
	if (d->small) {
		struct bytes v = bytes_of(d->value, (size_t)d->got);
		turn(d->value, v.len, d->unit);
		while (d->text && v.len && (v.at[v.len - 1] == ' ' || v.at[v.len - 1] == 0))
			v.len--;
		collect(d, v);
		d->skip |= v.len == 0;
		digest = siphash_quick(&d->out->key, word(d), v);
	} else {
		siphash_put(&d->digest, bytes_of(d->odd, d->odd_n));
		digest = siphash_end(&d->digest);
		if (!d->deflated)
			siphash_put(&d->out->raw, bytes_of(&digest, sizeof digest));
	}
	if (d->skip || (!d->small && passed_over(d)))
		return;
	if (d->level == 0 && d->top == fieldpath_dicom(PIXELS, 0x10))
		d->pixels_digest = digest;
	field(d, digest);
}

/* --- events ------------------------------------------------------------------------------- */

static void
fragments_begin(struct meaning_dicom *d, const struct dataset_event *e)
{
	value_begin(d, e);
	if (d->level == 0)
		d->pixels = MEANING_DICOM_ENCAPSULATED;
	d->piecemeal = true;
	d->small = false;
	siphash_begin_quick(&d->digest, &d->out->key, word(d));
}

static void
sequence_begin(struct meaning_dicom *d, const struct dataset_event *e)
{
	if (d->level == 0)
		d->top = fieldpath_dicom(e->group, e->element);
	d->names[d->level++] = d->name_len;
	name_put(d, "(%04x,%04x)", e->group, e->element);
}

static void
item_begin(struct meaning_dicom *d, const struct dataset_event *e)
{
	if (d->piecemeal) {
		siphash_put(&d->digest, bytes_of(&e->length, sizeof e->length));
		d->got = 0;
		return;
	}
	d->names[d->level++] = d->name_len;
	name_put(d, "[%u].", e->number, 0);
}

/* That it is there, with so many items, is something too. */
static void
sequence_end(struct meaning_dicom *d, const struct dataset_event *e, uint32_t items)
{
	if (d->piecemeal) {
		d->piecemeal = false;
		uint64_t digest = siphash_end(&d->digest);
		if (passed_over(d))
			return;
		if (d->level == 0)
			d->pixels_digest = digest;
		field(d, digest);
		return;
	}
	d->name_len = d->names[--d->level];
	d->element = *e;
	if (d->level == 0)
		d->top = fieldpath_dicom(e->group, e->element);
	if (items)
		field(d, siphash_quick(&d->out->key, word(d), bytes_of(&items, sizeof items)));
}

static void
event(struct meaning_dicom *d, const struct dataset_event *e)
{
	switch (e->kind) {
	case DATASET_VALUE:
		value_begin(d, e);
		break;
	case DATASET_DATA:
		if (d->piecemeal && passed_over(d))
			break;
		if (d->piecemeal)
			siphash_put(&d->digest, e->data);
		else
			value_put(d, e->data);
		break;
	case DATASET_VALUE_END:
		value_end(d);
		break;
	case DATASET_SEQUENCE:
		sequence_begin(d, e);
		break;
	case DATASET_FRAGMENTS:
		fragments_begin(d, e);
		break;
	case DATASET_ITEM:
		item_begin(d, e);
		break;
	case DATASET_ITEM_END:
		d->name_len = d->names[--d->level];
		break;
	case DATASET_SEQUENCE_END:
		sequence_end(d, e, e->number);
		break;
	}
}

/* bytes: digest what is walked as sent, large values by their digest. */
static void
walk(struct meaning_dicom *d, struct bytes in, bool raw)
{
	struct dataset_event e;

	for (;;) {
		struct bytes before = in;
		bool         more = dataset_next(&d->walk, &in, &e);
		bool         bulk = more && e.kind == DATASET_DATA && !d->small && !d->piecemeal;
		size_t       taken = before.len - in.len;
		if (raw) {
			d->out->size += taken;
			if (!bulk)
				siphash_put(&d->out->raw, bytes_head(before, taken));
			else if (d->text && d->got + e.data.len == d->element.length)
				siphash_put(&d->out->raw, bytes_skip(e.data, e.data.len - 1));
		}
		if (!more)
			break;
		event(d, &e);
	}
	if (d->walk.wrong) {
		d->refused = d->walk.wrong;
		if (raw)
			meaning_bytes(d->out, in);
	}
}

static void
inflate_put(struct meaning_dicom *d, struct bytes in)
{
	struct meaning_inflate *z = d->inflate;

	/* zlib's type is not const, but inflate only reads. */
	z->z.next_in = (Bytef *)(uintptr_t)in.at;
	z->z.avail_in = (unsigned)in.len;
	while (!z->over && !d->refused) {
		z->z.next_out = z->out;
		z->z.avail_out = sizeof z->out;
		int r = inflate(&z->z, Z_NO_FLUSH);
		walk(d, bytes_of(z->out, sizeof z->out - z->z.avail_out), false);
		if (r == Z_STREAM_END)
			z->over = true;
		else if (r != Z_OK && r != Z_BUF_ERROR)
			d->refused = "its deflated data is damaged";
		else if (z->z.total_out > MEANING_DICOM_INFLATED)
			d->refused = "its deflated data is larger than 1 GiB";
		if (z->z.avail_out)
			break;
	}
}

void
meaning_dicom_begin(struct meaning_dicom *d, struct meaning *out, const struct siphash_key *key, struct bytes syntax, struct meaning_inflate *z)
{
	memset(d, 0, offsetof(struct meaning_dicom, value));
	d->name_len = d->level = 0;
	d->out = out;
	d->inflate = z;
	bytes_clean(syntax, d->syntax, sizeof d->syntax);
	meaning_begin(out, key);
	/* The numbers of one encoding are not those of another: the bytes are of this one. */
	siphash_put(&out->raw, bytes_of(d->syntax, sizeof d->syntax));
	d->deflated = strcmp(d->syntax, "1.2.840.10008.1.2.1.99") == 0;
	dataset_begin(&d->walk, strcmp(d->syntax, "1.2.840.10008.1.2") == 0, strcmp(d->syntax, "1.2.840.10008.1.2.2") == 0);
	if (!d->deflated)
		return;
	if (!z) {
		d->refused = "deflated data is not read here";
		return;
	}
	memset(&z->z, 0, sizeof z->z);
	z->z.zalloc = room_take;
	z->z.zfree = room_keep;
	z->z.opaque = z;
	z->used = 0;
	z->over = false;
	/* The room holds what zlib says inflate needs. */
	int ready = inflateInit2(&z->z, -15);
	assert(ready == Z_OK);
}

void
meaning_dicom_put(struct meaning_dicom *d, struct bytes in)
{
	if (d->refused || d->deflated)
		meaning_bytes(d->out, in);
	if (d->refused)
		return;
	if (d->deflated)
		inflate_put(d, in);
	else
		walk(d, in, true);
}

enum err
meaning_dicom_end(struct meaning_dicom *d)
{
	/* What ends with the data set is told without more bytes. */
	if (!d->refused)
		walk(d, bytes_of(NULL, 0), false);
	if (!d->refused && (!dataset_whole(&d->walk) || (d->deflated && !d->inflate->over)))
		d->refused = "ends before it is complete";
	if (d->refused) {
		struct siphash raw = d->out->raw;
		meaning_put(d->out, FIELDPATH_ALL, siphash_end_wide(&raw).lo, false);
	}
	meaning_end(d->out);
	return d->refused ? ERR_FORM : OK;
}

bool
meaning_dicom_comparable(const struct meaning_dicom *a, const struct meaning_dicom *b)
{
	if (a->pixels != MEANING_DICOM_ENCAPSULATED && b->pixels != MEANING_DICOM_ENCAPSULATED)
		return true;
	return strcmp(a->syntax, b->syntax) == 0;
}
