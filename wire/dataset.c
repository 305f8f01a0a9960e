/* dataset: PS3.5 sections 7.1 to 7.5. */
#include "wire/dataset.h"
#include "base/cursor.h"

#define UNDEFINED UINT32_MAX
enum { DELIMITER = 0xfffe, ITEM = 0xe000, ITEM_END = 0xe00d, SEQUENCE_END = 0xe0dd };
enum { LEVEL_SEQUENCE, LEVEL_FRAGMENTS, LEVEL_ITEM };

#define VR(a, b) ((uint16_t)((a) << 8 | (b)))

void
dataset_begin(struct dataset *d, bool implicit, bool big)
{
	*d = (struct dataset){ .implicit = implicit, .big = big };
}

static bool
long_form(uint16_t vr)
{
	static const uint16_t LONG[] = {
		VR('O', 'B'), VR('O', 'D'), VR('O', 'F'), VR('O', 'L'), VR('O', 'V'), VR('O', 'W'), VR('S', 'Q'),
		VR('S', 'V'), VR('U', 'C'), VR('U', 'N'), VR('U', 'R'), VR('U', 'T'), VR('U', 'V'),
	};

	for (size_t i = 0; i < sizeof LONG / sizeof *LONG; i++)
		if (LONG[i] == vr)
			return true;
	return false;
}

static uint16_t
u16(const struct dataset *d, struct cursor *c)
{
	return d->big ? cursor_u16(c) : cursor_u16le(c);
}

static uint32_t
u32(const struct dataset *d, struct cursor *c)
{
	return d->big ? cursor_u32(c) : cursor_u32le(c);
}

/* Reads a header; false if it is cut. */
static bool
header(const struct dataset *d, struct cursor *c, struct dataset_event *e)
{
	*e = (struct dataset_event){ .big = d->big };
	e->group = u16(d, c);
	e->element = u16(d, c);
	if (d->implicit || e->group == DELIMITER) {
		e->length = u32(d, c);
		return cursor_ok(c);
	}
	e->vr = cursor_u16(c);
	if (long_form(e->vr)) {
		cursor_skip(c, 2);
		e->length = u32(d, c);
	} else {
		e->length = u16(d, c);
	}
	return cursor_ok(c);
}

static bool
wrong(struct dataset *d, const char *why)
{
	d->wrong = why;
	return false;
}

static bool
push(struct dataset *d, uint8_t kind, const struct dataset_event *e)
{
	if (d->depth == DATASET_DEPTH)
		return wrong(d, "sequences stand too deep in one another");
	struct dataset_level *l = &d->level[d->depth++];
	*l = (struct dataset_level){ e->group, e->element, 0, e->length == UNDEFINED ? UINT64_MAX : d->offset + e->length, kind, d->implicit, d->big };
	/* What is in UN is implicit VR little endian, whatever is around it (PS3.5 section 6.2.2). */
	if (e->vr == VR('U', 'N')) {
		d->implicit = true;
		d->big = false;
	}
	return true;
}

/* The top level ends. */
static bool
pop(struct dataset *d, struct dataset_event *out)
{
	struct dataset_level *l = &d->level[--d->depth];

	*out = (struct dataset_event){ .kind = l->kind == LEVEL_ITEM ? DATASET_ITEM_END : DATASET_SEQUENCE_END, .group = l->group, .element = l->element, .number = l->items };
	d->implicit = l->implicit;
	d->big = l->big;
	return true;
}

static bool
value(struct dataset *d, struct dataset_event *e, struct dataset_event *out)
{
	d->left = e->length;
	d->open = true;
	e->kind = DATASET_VALUE;
	*out = *e;
	return true;
}

static bool
sequence(struct dataset *d, struct dataset_event *e, struct dataset_event *out)
{
	bool pixels = e->group == 0x7fe0 && e->length == UNDEFINED;

	if (!push(d, pixels ? LEVEL_FRAGMENTS : LEVEL_SEQUENCE, e))
		return false;
	e->kind = pixels ? DATASET_FRAGMENTS : DATASET_SEQUENCE;
	*out = *e;
	return true;
}

/* A header of group fffe: an item, or the end of one or of its sequence. */
static bool
delimiter(struct dataset *d, struct dataset_event *e, struct dataset_event *out)
{
	struct dataset_level *top = d->depth ? &d->level[d->depth - 1] : NULL;

	if (e->element == ITEM && top && top->kind != LEVEL_ITEM) {
		uint32_t number = ++top->items;
		if (top->kind == LEVEL_FRAGMENTS && e->length == UNDEFINED)
			return wrong(d, "a fragment has no length");
		if (top->kind == LEVEL_FRAGMENTS) {
			d->left = e->length;
			d->open = true;
		} else if (!push(d, LEVEL_ITEM, e)) {
			return false;
		}
		e->kind = DATASET_ITEM;
		e->number = number;
		*out = *e;
		return true;
	}
	if (top && top->end == UINT64_MAX && e->element == (top->kind == LEVEL_ITEM ? ITEM_END : SEQUENCE_END))
		return pop(d, out);
	return wrong(d, "an item or a delimiter stands where none can");
}

/* Only its first bytes tell whether it is a sequence. */
static bool
ambiguous(const struct dataset *d, const struct dataset_event *e)
{
	bool un = e->vr == VR('U', 'N');

	return e->length >= 8 && (un || (d->implicit && e->group != 0x7fe0 && !dataset_binary(e->group, e->element)));
}

static bool
element(struct dataset *d, struct dataset_event *e, struct dataset_event *out)
{
	struct dataset_level *top = d->depth ? &d->level[d->depth - 1] : NULL;

	if (e->group == DELIMITER)
		return delimiter(d, e, out);
	if (top && top->kind != LEVEL_ITEM)
		return wrong(d, "an element stands between the items of a sequence");
	if (!d->implicit && (e->vr >> 8 < 'A' || e->vr >> 8 > 'Z' || (e->vr & 0xff) < 'A' || (e->vr & 0xff) > 'Z'))
		return wrong(d, "a value representation is not two letters");
	if (e->length == UNDEFINED || e->vr == VR('S', 'Q'))
		return sequence(d, e, out);
	if (top && top->end != UINT64_MAX && e->length > top->end - d->offset)
		return wrong(d, "a value is longer than the item it is in");
	if (!ambiguous(d, e))
		return value(d, e, out);
	d->element = *e;
	d->ask = true;
	d->have = 0;
	return false;
}

/* The first eight bytes of a value that may be a sequence. */
static bool
answer(struct dataset *d, struct dataset_event *out)
{
	struct cursor c = cursor_over(bytes_of(d->head, 8));
	bool          un = d->element.vr == VR('U', 'N'), big = d->big && !un;
	uint16_t      group = big ? cursor_u16(&c) : cursor_u16le(&c), item = big ? cursor_u16(&c) : cursor_u16le(&c);
	uint32_t      length = big ? cursor_u32(&c) : cursor_u32le(&c);

	d->ask = false;
	if (group == DELIMITER && item == ITEM && (length == UNDEFINED || length <= d->element.length - 8))
		return sequence(d, &d->element, out);
	return value(d, &d->element, out);
}

/* Bytes of the value: those that were looked at, then those that come. */
static bool
data(struct dataset *d, struct bytes *in, struct dataset_event *out)
{
	struct bytes v;

	if (d->left == 0) {
		d->open = false;
		*out = (struct dataset_event){ .kind = DATASET_VALUE_END };
		return true;
	}
	if (d->have) {
		v = bytes_of(d->head, d->have);
		d->have = 0;
	} else {
		v = bytes_head(*in, d->left);
		*in = bytes_skip(*in, v.len);
	}
	if (v.len == 0)
		return false;
	d->offset += v.len;
	d->left -= v.len;
	*out = (struct dataset_event){ .kind = DATASET_DATA, .data = v };
	return true;
}

uint32_t
dataset_pass(struct dataset *d, uint32_t n)
{
	if (!d->open || d->have || d->left < 2)
		return 0;
	n = n < d->left - 1 ? n : (uint32_t)(d->left - 1);
	d->offset += n;
	d->left -= n;
	return n;
}

/* Up to n bytes together in head; false if they are not there yet. */
static bool
gather(struct dataset *d, struct bytes *in, uint8_t n)
{
	size_t more = d->have < n ? (size_t)(n - d->have) : 0;
	struct bytes v = bytes_head(*in, more);

	if (v.len)
		memcpy(d->head + d->have, v.at, v.len);
	d->have = (uint8_t)(d->have + v.len);
	*in = bytes_skip(*in, v.len);
	return d->have >= n;
}

bool
dataset_next(struct dataset *d, struct bytes *in, struct dataset_event *out)
{
	while (!d->wrong) {
		struct dataset_event e;
		struct cursor        c;
		if (d->open)
			return data(d, in, out);
		if (d->ask) {
			if (!gather(d, in, 8))
				return false;
			return answer(d, out);
		}
		if (d->depth && d->offset >= d->level[d->depth - 1].end)
			return d->offset == d->level[d->depth - 1].end ? pop(d, out) : wrong(d, "an item is longer than what it is in");
		if (!gather(d, in, 8))
			return false;
		c = cursor_over(bytes_of(d->head, d->have));
		if (!header(d, &c, &e)) {
			if (!gather(d, in, 12))
				return false;
			c = cursor_over(bytes_of(d->head, d->have));
			(void)header(d, &c, &e);
		}
		d->offset += (size_t)(c.at - d->head);
		d->have = 0;
		if (element(d, &e, out))
			return true;
	}
	return false;
}

bool
dataset_whole(const struct dataset *d)
{
	/* Levels of a stated length that end just here are not yet told, and need not be. */
	for (uint8_t i = 0; i < d->depth; i++)
		if (d->level[i].end != d->offset)
			return false;
	return !d->wrong && !d->ask && d->have == 0 && (!d->open || d->left == 0);
}

static void
u16_print(bool big, uint16_t v, struct buf *out)
{
	if (big)
		buf_u16(out, v);
	else
		buf_u16le(out, v);
}

static void
u32_print(bool big, uint32_t v, struct buf *out)
{
	if (big)
		buf_u32(out, v);
	else
		buf_u32le(out, v);
}

void
dataset_print(const struct dataset_event *e, bool implicit, struct buf *out)
{
	u16_print(e->big, e->group, out);
	u16_print(e->big, e->element, out);
	if (!implicit && e->group != DELIMITER) {
		buf_u16(out, e->vr);
		if (!long_form(e->vr)) {
			u16_print(e->big, (uint16_t)e->length, out);
			return;
		}
		buf_u16(out, 0);
	}
	u32_print(e->big, e->length, out);
}

/* From and to: the tags of PS3.6 between them, both counted, are numbers or bytes (US SS UL SL SV UV FL FD AT OB OW OF OD OL OV). */
static const uint32_t BINARY[][2] = {
	{ 0x00041200, 0x00041212 }, { 0x00041400, 0x00041420 }, { 0x00041504, 0x00041504 }, { 0x00041600, 0x00080001 }, { 0x00080040, 0x00080040 },
	{ 0x00080202, 0x00080202 }, { 0x00080301, 0x00080301 }, { 0x00080304, 0x00080304 }, { 0x00080306, 0x00080306 }, { 0x00080308, 0x00080309 },
	{ 0x0008030b, 0x0008030b }, { 0x00081161, 0x00081163 }, { 0x00081196, 0x00081197 }, { 0x00082134, 0x00082134 }, { 0x00089459, 0x00089459 },
	{ 0x00100028, 0x00100028 }, { 0x001021c0, 0x001021c0 }, { 0x00109431, 0x00109431 }, { 0x00120052, 0x00120052 }, { 0x00142210, 0x00142210 },
	{ 0x00143050, 0x00143050 }, { 0x00143070, 0x00143070 }, { 0x00143080, 0x00143080 }, { 0x00144012, 0x00144012 }, { 0x00145100, 0x00145100 },
	{ 0x00160011, 0x00160016 }, { 0x0016001a, 0x0016001a }, { 0x00160027, 0x00160028 }, { 0x0016002b, 0x0016002b }, { 0x00160039, 0x00160043 },
	{ 0x00160046, 0x0016004c }, { 0x00160062, 0x00160070 }, { 0x00160075, 0x00160075 }, { 0x0016008b, 0x0016008c }, { 0x00180013, 0x00180013 },
	{ 0x0018106c, 0x0018106e }, { 0x001811b7, 0x001811b7 }, { 0x001811b9, 0x001811b9 }, { 0x001811bd, 0x001811bd }, { 0x00181244, 0x00181244 },
	{ 0x00181271, 0x00181271 }, { 0x00181310, 0x00181310 }, { 0x00181320, 0x00181320 }, { 0x00181404, 0x00181404 }, { 0x00181622, 0x00181624 },
	{ 0x00181631, 0x00181638 }, { 0x00182043, 0x00182044 }, { 0x00182046, 0x00182046 }, { 0x00186012, 0x00186030 }, { 0x00186032, 0x00186070 },
	{ 0x00187036, 0x00187038 }, { 0x00187056, 0x00187058 }, { 0x00189019, 0x00189019 }, { 0x00189030, 0x00189030 }, { 0x00189035, 0x00189035 },
	{ 0x00189052, 0x00189053 }, { 0x00189058, 0x00189058 }, { 0x00189061, 0x00189061 }, { 0x00189063, 0x00189063 }, { 0x00189066, 0x00189066 },
	{ 0x00189069, 0x00189073 }, { 0x00189079, 0x00189079 }, { 0x00189082, 0x00189082 }, { 0x00189087, 0x00189091 }, { 0x00189093, 0x00189093 },
	{ 0x00189095, 0x00189098 }, { 0x00189104, 0x00189106 }, { 0x00189127, 0x00189127 }, { 0x00189155, 0x00189159 }, { 0x00189168, 0x00189168 },
	{ 0x00189181, 0x00189182 }, { 0x00189184, 0x00189184 }, { 0x00189195, 0x00189196 }, { 0x00189217, 0x00189220 }, { 0x00189231, 0x00189234 },
	{ 0x00189240, 0x00189241 }, { 0x00189253, 0x00189256 }, { 0x00189258, 0x00189258 }, { 0x0018925a, 0x0018925a }, { 0x0018925f, 0x0018925f },
	{ 0x00189295, 0x00189296 }, { 0x00189303, 0x00189303 }, { 0x00189305, 0x00189307 }, { 0x00189309, 0x00189311 }, { 0x00189313, 0x00189313 },
	{ 0x00189317, 0x00189319 }, { 0x00189322, 0x00189322 }, { 0x00189324, 0x00189324 }, { 0x00189327, 0x00189328 }, { 0x00189330, 0x00189332 },
	{ 0x00189335, 0x00189337 }, { 0x00189345, 0x00189345 }, { 0x00189351, 0x00189353 }, { 0x00189366, 0x00189366 }, { 0x0018936b, 0x0018936b },
	{ 0x00189370, 0x00189370 }, { 0x00189376, 0x00189378 }, { 0x0018937a, 0x0018937a }, { 0x0018937c, 0x0018937c }, { 0x00189402, 0x00189404 },
	{ 0x00189426, 0x00189426 }, { 0x00189428, 0x00189430 }, { 0x00189436, 0x00189449 }, { 0x00189452, 0x00189452 }, { 0x00189461, 0x00189461 },
	{ 0x00189463, 0x00189471 }, { 0x00189473, 0x00189473 }, { 0x00189508, 0x00189515 }, { 0x00189518, 0x00189519 }, { 0x00189543, 0x00189554 },
	{ 0x00189557, 0x00189558 }, { 0x00189602, 0x00189607 }, { 0x00189715, 0x00189724 }, { 0x00189726, 0x00189729 }, { 0x00189739, 0x00189740 },
	{ 0x00189801, 0x00189801 }, { 0x00189805, 0x00189805 }, { 0x00189810, 0x00189810 }, { 0x00189915, 0x00189915 }, { 0x00189921, 0x00189921 },
	{ 0x00189938, 0x0018993a }, { 0x00189942, 0x00189943 }, { 0x00189945, 0x00189946 }, { 0x00205000, 0x00205000 }, { 0x00209057, 0x00209057 },
	{ 0x00209128, 0x00209157 }, { 0x00209162, 0x00209163 }, { 0x00209165, 0x00209167 }, { 0x00209228, 0x00209228 }, { 0x00209241, 0x00209246 },
	{ 0x00209248, 0x00209248 }, { 0x00209251, 0x00209252 }, { 0x00209254, 0x00209302 }, { 0x00209308, 0x0020930a }, { 0x0020930d, 0x0020930d },
	{ 0x00209518, 0x00209518 }, { 0x00209536, 0x00220004 }, { 0x00220007, 0x0022000c }, { 0x0022000e, 0x00220014 }, { 0x0022001e, 0x0022001e },
	{ 0x00220030, 0x00220030 }, { 0x00220032, 0x00220038 }, { 0x00220041, 0x00220041 }, { 0x00220048, 0x00220049 }, { 0x00220055, 0x00220057 },
	{ 0x00221019, 0x00221019 }, { 0x00221033, 0x00221033 }, { 0x00221037, 0x00221037 }, { 0x00221053, 0x00221059 }, { 0x00221121, 0x00221122 },
	{ 0x00221130, 0x00221131 }, { 0x00221155, 0x00221155 }, { 0x00221452, 0x00221452 }, { 0x00221460, 0x00221463 }, { 0x00221467, 0x00221468 },
	{ 0x00221517, 0x00221517 }, { 0x00221527, 0x00221531 }, { 0x00221624, 0x00221626 }, { 0x00221642, 0x00240011 }, { 0x00240018, 0x00240020 },
	{ 0x00240025, 0x00240028 }, { 0x00240035, 0x00240036 }, { 0x00240038, 0x00240038 }, { 0x00240042, 0x00240042 }, { 0x00240046, 0x00240050 },
	{ 0x00240054, 0x00240054 }, { 0x00240056, 0x00240056 }, { 0x00240060, 0x00240060 }, { 0x00240066, 0x00240066 }, { 0x00240068, 0x00240068 },
	{ 0x00240070, 0x00240071 }, { 0x00240073, 0x00240073 }, { 0x00240075, 0x00240075 }, { 0x00240077, 0x00240077 }, { 0x00240079, 0x00240079 },
	{ 0x00240081, 0x00240081 }, { 0x00240087, 0x00240088 }, { 0x00240090, 0x00240092 }, { 0x00240094, 0x00240094 }, { 0x00240096, 0x00240096 },
	{ 0x00240098, 0x00240100 }, { 0x00240103, 0x00240105 }, { 0x00240107, 0x00240108 }, { 0x00240118, 0x00240118 }, { 0x00240126, 0x00240126 },
	{ 0x00240341, 0x00240341 }, { 0x00280002, 0x00280003 }, { 0x00280005, 0x00280006 }, { 0x00280009, 0x00280020 }, { 0x00280066, 0x00280082 },
	{ 0x00280091, 0x00280200 }, { 0x00280402, 0x00280402 }, { 0x00280404, 0x00280404 }, { 0x00280702, 0x00280740 }, { 0x00281041, 0x00281041 },
	{ 0x00281100, 0x00281113 }, { 0x00281200, 0x00281213 }, { 0x00281221, 0x00281224 }, { 0x00281231, 0x00281232 }, { 0x00281403, 0x00281403 },
	{ 0x00281406, 0x00281408 }, { 0x00282000, 0x00282000 }, { 0x00283002, 0x00283002 }, { 0x00283006, 0x00283006 }, { 0x00286010, 0x00286020 },
	{ 0x00286030, 0x00286040 }, { 0x00286102, 0x00286120 }, { 0x00287001, 0x00287003 }, { 0x00287009, 0x00287009 }, { 0x0028700b, 0x0028700b },
	{ 0x0028700e, 0x0028700e }, { 0x00287017, 0x00287018 }, { 0x0028701a, 0x0028701b }, { 0x0028701d, 0x0028701f }, { 0x00289001, 0x00289002 },
	{ 0x00289099, 0x00289099 }, { 0x00289411, 0x00289411 }, { 0x00289416, 0x00289416 }, { 0x00289445, 0x00289445 }, { 0x00289478, 0x00289478 },
	{ 0x00289503, 0x00289503 }, { 0x00289506, 0x00289507 }, { 0x00340002, 0x00340002 }, { 0x00340004, 0x00340007 }, { 0x003a0005, 0x003a0010 },
	{ 0x003a021a, 0x003a021a }, { 0x003a0230, 0x003a0231 }, { 0x003a0241, 0x003a0241 }, { 0x003a0244, 0x003a0245 }, { 0x003a0247, 0x003a0248 },
	{ 0x00400300, 0x00400303 }, { 0x00409211, 0x00409216 }, { 0x00409224, 0x00409225 }, { 0x0040a074, 0x0040a074 }, { 0x0040a089, 0x0040a089 },
	{ 0x0040a0b0, 0x0040a0b0 }, { 0x0040a132, 0x0040a136 }, { 0x0040a161, 0x0040a163 }, { 0x0040a180, 0x0040a180 }, { 0x0040a29a, 0x0040a29a },
	{ 0x0040a802, 0x0040a805 }, { 0x0040db73, 0x0040db73 }, { 0x00420011, 0x00420011 }, { 0x00420015, 0x00420015 }, { 0x00460030, 0x00460030 },
	{ 0x00460034, 0x00460034 }, { 0x00460040, 0x00460046 }, { 0x00460060, 0x00460064 }, { 0x00460075, 0x00460077 }, { 0x00460104, 0x00460106 },
	{ 0x00460114, 0x00460115 }, { 0x00460117, 0x00460118 }, { 0x00460135, 0x00460137 }, { 0x00460146, 0x00460147 }, { 0x00460202, 0x00460205 },
	{ 0x00460212, 0x00460213 }, { 0x00460220, 0x00460238 }, { 0x00460247, 0x00460247 }, { 0x00460249, 0x00480007 }, { 0x00480013, 0x00480015 },
	{ 0x00480201, 0x00480202 }, { 0x0048021e, 0x0048021f }, { 0x00480302, 0x00480303 }, { 0x00500013, 0x00500013 }, { 0x00500015, 0x00500015 },
	{ 0x0050001c, 0x0050001d }, { 0x00520001, 0x00520004 }, { 0x00520007, 0x00520014 }, { 0x00520028, 0x00520028 }, { 0x00520030, 0x00520030 },
	{ 0x00520033, 0x00520038 }, { 0x00540010, 0x00540011 }, { 0x00540020, 0x00540021 }, { 0x00540030, 0x00540031 }, { 0x00540033, 0x00540033 },
	{ 0x00540050, 0x00540051 }, { 0x00540053, 0x00540061 }, { 0x00540070, 0x00540071 }, { 0x00540080, 0x00540101 }, { 0x00540211, 0x00540211 },
	{ 0x00540308, 0x00540308 }, { 0x00541330, 0x00541330 }, { 0x00603002, 0x00603008 }, { 0x00603020, 0x00603020 }, { 0x00620004, 0x00620004 },
	{ 0x0062000b, 0x0062000e }, { 0x00640007, 0x00640009 }, { 0x00660001, 0x00660001 }, { 0x00660003, 0x00660003 }, { 0x0066000a, 0x0066000a },
	{ 0x0066000c, 0x0066000c }, { 0x00660015, 0x00660025 }, { 0x00660029, 0x0066002a }, { 0x0066002c, 0x0066002c }, { 0x00660037, 0x00660043 },
	{ 0x00660103, 0x00660103 }, { 0x00660105, 0x00660105 }, { 0x00660125, 0x00660129 }, { 0x006862a5, 0x006862a5 }, { 0x006862d0, 0x006862d0 },
	{ 0x006862f2, 0x00686310 }, { 0x00686330, 0x00686330 }, { 0x00686346, 0x00686350 }, { 0x00686390, 0x00686390 }, { 0x006863c0, 0x006863c0 },
	{ 0x006863f0, 0x006863f0 }, { 0x00686410, 0x00686410 }, { 0x00686440, 0x00686460 }, { 0x00686490, 0x006864f0 }, { 0x00686530, 0x00686530 },
	{ 0x00686560, 0x00686590 }, { 0x006865b0, 0x006865d0 }, { 0x006865f0, 0x00686620 }, { 0x006a000c, 0x006a000c }, { 0x006a0010, 0x006a0011 },
	{ 0x00700010, 0x00700011 }, { 0x00700014, 0x00700014 }, { 0x00700020, 0x00700022 }, { 0x00700042, 0x00700053 }, { 0x00700066, 0x00700067 },
	{ 0x00700103, 0x00700103 }, { 0x00700226, 0x00700226 }, { 0x00700230, 0x00700230 }, { 0x00700241, 0x00700241 }, { 0x00700245, 0x00700247 },
	{ 0x00700251, 0x00700253 }, { 0x00700255, 0x00700256 }, { 0x00700258, 0x00700273 }, { 0x00700284, 0x00700285 }, { 0x00700288, 0x00700288 },
	{ 0x00700295, 0x00700295 }, { 0x0070030b, 0x0070030b }, { 0x00700312, 0x00700312 }, { 0x00700401, 0x00700401 }, { 0x00700403, 0x00700403 },
	{ 0x00701103, 0x00701103 }, { 0x00701203, 0x00701203 }, { 0x00701205, 0x00701205 }, { 0x00701207, 0x00701207 }, { 0x0070120c, 0x0070120c },
	{ 0x00701303, 0x00701303 }, { 0x00701305, 0x00701309 }, { 0x00701503, 0x00701512 }, { 0x00701603, 0x00701607 }, { 0x00701702, 0x00701706 },
	{ 0x00701804, 0x00701804 }, { 0x00701807, 0x00701808 }, { 0x00701a03, 0x00701a03 }, { 0x00701a05, 0x00701a07 }, { 0x00701b02, 0x00701b02 },
	{ 0x00701b14, 0x00701b14 }, { 0x00720014, 0x00720014 }, { 0x00720026, 0x00720028 }, { 0x00720032, 0x00720032 }, { 0x00720038, 0x00720038 },
	{ 0x0072003c, 0x0072003c }, { 0x00720052, 0x00720052 }, { 0x00720060, 0x00720060 }, { 0x00720065, 0x00720065 }, { 0x00720067, 0x00720067 },
	{ 0x00720069, 0x00720069 }, { 0x00720073, 0x0072007e }, { 0x00720081, 0x00720100 }, { 0x00720104, 0x0072010e }, { 0x00720202, 0x00720202 },
	{ 0x00720204, 0x00720204 }, { 0x00720212, 0x00720212 }, { 0x00720216, 0x00720218 }, { 0x00720302, 0x00720302 }, { 0x00720306, 0x00720308 },
	{ 0x00720314, 0x00720314 }, { 0x00720318, 0x00720330 }, { 0x00720420, 0x00720421 }, { 0x00720432, 0x00720432 }, { 0x00720512, 0x00720514 },
	{ 0x00740120, 0x00740121 }, { 0x00741026, 0x0074102d }, { 0x00741052, 0x00741054 }, { 0x00741324, 0x0074133a }, { 0x00760055, 0x00760055 },
	{ 0x00760070, 0x007600c0 }, { 0x0078002e, 0x00780060 }, { 0x00780090, 0x007800a0 }, { 0x007800b6, 0x007800b8 }, { 0x00800004, 0x00800007 },
	{ 0x00800010, 0x00800011 }, { 0x00820006, 0x00820006 }, { 0x04000005, 0x04000005 }, { 0x04000020, 0x04000020 }, { 0x04000115, 0x04000120 },
	{ 0x04000310, 0x04000315 }, { 0x04000404, 0x04000404 }, { 0x04000520, 0x04000520 }, { 0x04000552, 0x04000552 }, { 0x200000a0, 0x200000a1 },
	{ 0x20100120, 0x20100130 }, { 0x2010015e, 0x20100160 }, { 0x20200010, 0x20200010 }, { 0x20300010, 0x20300010 }, { 0x20400011, 0x20400011 },
	{ 0x20400074, 0x20400074 }, { 0x2200000b, 0x2200000b }, { 0x2200000e, 0x2200000e }, { 0x300600b7, 0x300600b8 }, { 0x30080045, 0x30080047 },
	{ 0x30080061, 0x30080062 }, { 0x30080065, 0x30080065 }, { 0x30080067, 0x30080067 }, { 0x3008006a, 0x3008006a }, { 0x30080172, 0x30080172 },
	{ 0x300a004b, 0x300a004b }, { 0x300a004f, 0x300a0050 }, { 0x300a0088, 0x300a008a }, { 0x300a008d, 0x300a008f }, { 0x300a00bb, 0x300a00bb },
	{ 0x300a00c5, 0x300a00c5 }, { 0x300a00d7, 0x300a00d7 }, { 0x300a00d9, 0x300a00d9 }, { 0x300a00db, 0x300a00db }, { 0x300a00f3, 0x300a00f3 },
	{ 0x300a00f7, 0x300a00f7 }, { 0x300a0131, 0x300a0133 }, { 0x300a0140, 0x300a0140 }, { 0x300a0144, 0x300a0144 }, { 0x300a0148, 0x300a014a },
	{ 0x300a014e, 0x300a014e }, { 0x300a0199, 0x300a019a }, { 0x300a02e3, 0x300a02e8 }, { 0x300a0306, 0x300a0306 }, { 0x300a030a, 0x300a030a },
	{ 0x300a030d, 0x300a030d }, { 0x300a033c, 0x300a033c }, { 0x300a0356, 0x300a035a }, { 0x300a0364, 0x300a0366 }, { 0x300a0374, 0x300a0374 },
	{ 0x300a0382, 0x300a038f }, { 0x300a0394, 0x300a0394 }, { 0x300a0396, 0x300a0399 }, { 0x300a0412, 0x300a0412 }, { 0x300a0425, 0x300a0425 },
	{ 0x300a0433, 0x300a0436 }, { 0x300a0443, 0x300a0443 }, { 0x300a0501, 0x300a0504 }, { 0x300a0507, 0x300a0510 }, { 0x300a0600, 0x300a0607 },
	{ 0x300a060b, 0x300a060e }, { 0x300a0612, 0x300a0613 }, { 0x300a061e, 0x300a061e }, { 0x300a0622, 0x300a0622 }, { 0x300a0624, 0x300a0628 },
	{ 0x300a062c, 0x300a062c }, { 0x300a062e, 0x300a062e }, { 0x300a0634, 0x300a0634 }, { 0x300a0636, 0x300a0636 }, { 0x300a063c, 0x300a063d },
	{ 0x300a0640, 0x300a0643 }, { 0x300a0645, 0x300a0645 }, { 0x300a0648, 0x300a064b }, { 0x300a0652, 0x300a0655 }, { 0x300a0657, 0x300a0657 },
	{ 0x300a065e, 0x300a065f }, { 0x300a0661, 0x300a0661 }, { 0x300a0664, 0x300a0666 }, { 0x300a0669, 0x300a0669 }, { 0x300a066b, 0x300a066b },
	{ 0x300a066d, 0x300a066e }, { 0x300a0670, 0x300a0670 }, { 0x300a0672, 0x300a0672 }, { 0x300a0674, 0x300a0674 }, { 0x300a0679, 0x300a067a },
	{ 0x300a0685, 0x300a0685 }, { 0x300a0687, 0x300a0688 }, { 0x300a0704, 0x300a0705 }, { 0x300a073b, 0x300a073b }, { 0x300a0773, 0x300a0773 },
	{ 0x300a0782, 0x300a0782 }, { 0x300a0786, 0x300a0786 }, { 0x300a0795, 0x300a0796 }, { 0x300a079b, 0x300a079b }, { 0x300c0115, 0x300c0115 },
	{ 0x300c0117, 0x300c0119 }, { 0x300c0121, 0x300c0122 }, { 0x300c0124, 0x300c0124 }, { 0x3010000d, 0x3010000d }, { 0x30100020, 0x30100020 },
	{ 0x30100022, 0x30100022 }, { 0x30100029, 0x30100029 }, { 0x30100039, 0x3010003a }, { 0x3010003c, 0x30100042 }, { 0x30100050, 0x30100051 },
	{ 0x30100058, 0x30100058 }, { 0x3010005e, 0x3010005e }, { 0x30100066, 0x30100066 }, { 0x30100074, 0x30100074 }, { 0x3010007d, 0x3010007e },
	{ 0x30100084, 0x30100084 }, { 0x30100092, 0x30100096 }, { 0x30100099, 0x3010009a }, { 0x40101004, 0x40101006 }, { 0x40101010, 0x40101010 },
	{ 0x40101016, 0x40101019 }, { 0x4010101b, 0x4010101d }, { 0x40101023, 0x40101023 }, { 0x40101033, 0x40101034 }, { 0x40101043, 0x40101043 },
	{ 0x40101060, 0x40101062 }, { 0x40101069, 0x4010106c }, { 0x40101073, 0x40101073 }, { 0x4010107a, 0x4010107a }, { 0x54000110, 0x54001004 },
	{ 0x5400100a, 0x7fe00040 }, { 0xfffcfffc, 0xfffcfffc },
};

bool
dataset_binary(uint16_t group, uint16_t element)
{
	uint32_t tag = (uint32_t)group << 16 | element;
	size_t   low = 0, high = sizeof BINARY / sizeof *BINARY;

	/* Curves and overlays repeat their group; all of them but a few are numbers. */
	if ((group & 0xff00) == 0x5000 || (group & 0xff00) == 0x6000)
		return true;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (BINARY[mid][1] < tag)
			low = mid + 1;
		else
			high = mid;
	}
	return low < sizeof BINARY / sizeof *BINARY && tag >= BINARY[low][0];
}
