/* dicom: PS3.8 section 9.3, user information PS3.7 annex D.3.3, commands PS3.7 annex E. */
#include "wire/dicom.h"
#include "base/cursor.h"

enum {
	ITEM_APPLICATION = 0x10, ITEM_CONTEXT_RQ = 0x20, ITEM_CONTEXT_AC = 0x21, ITEM_ABSTRACT = 0x30, ITEM_TRANSFER = 0x40,
	ITEM_USER = 0x50, ITEM_MAX = 0x51, ITEM_CLASS_UID = 0x52, ITEM_ROLE = 0x54, ITEM_VERSION_NAME = 0x55, ITEM_IDENTITY = 0x58,
};
enum { AE = 16, LOOKS_LEAST = 10, ASSOCIATE_LEAST = 68, ASSOCIATE_MOST = 1 << 20 };

enum err
dicom_pdu_parse(struct bytes in, struct dicom_pdu *out)
{
	struct cursor c = cursor_over(in);

	out->type = cursor_u8(&c);
	cursor_skip(&c, 1);
	out->length = cursor_u32(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	out->body = bytes_head(cursor_rest(&c), out->length);
	return out->type >= DICOM_ASSOCIATE_RQ && out->type <= DICOM_ABORT ? OK : ERR_FORM;
}

static void
ae_parse(struct cursor *c, char *out)
{
	struct bytes t = cursor_take(c, AE);

	/* Some pad with NUL instead of blanks. */
	t = bytes_trim(bytes_head(t, bytes_find(t, 0)));
	memset(out, 0, DICOM_AE);
	memcpy(out, t.at, t.len);
}

/* Some send a UID padded with NUL, as in a data set. */
static struct bytes
uid(struct bytes v)
{
	while (v.len && (v.at[v.len - 1] == 0 || v.at[v.len - 1] == ' '))
		v.len--;
	return v;
}

/* An item's head; its content becomes a cursor of its own. */
static struct cursor
item_next(struct cursor *c, uint8_t *type)
{
	*type = cursor_u8(c);
	cursor_skip(c, 1);
	return cursor_sub(c, cursor_u16(c));
}

static bool
context_parse(struct cursor *c, struct dicom_context *x)
{
	*x = (struct dicom_context){ .id = cursor_u8(c) };
	cursor_skip(c, 1);
	x->result = cursor_u8(c);
	cursor_skip(c, 1);
	while (cursor_left(c)) {
		uint8_t       type;
		struct cursor i = item_next(c, &type);
		struct bytes  v = uid(cursor_rest(&i));
		if (type == ITEM_ABSTRACT)
			x->abstract = v;
		else if (type == ITEM_TRANSFER && x->transfers < DICOM_TRANSFERS)
			x->transfer[x->transfers++] = v;
		else if (type == ITEM_TRANSFER)
			x->more = true;
	}
	return cursor_ok(c);
}

static bool
user_parse(struct cursor *c, struct dicom_associate *a)
{
	while (cursor_left(c)) {
		uint8_t       type;
		struct cursor i = item_next(c, &type);
		switch (type) {
		case ITEM_MAX:
			a->max = cursor_u32(&i);
			a->has_max = cursor_ok(&i);
			break;
		case ITEM_CLASS_UID:
			a->class_uid = uid(cursor_rest(&i));
			break;
		case ITEM_VERSION_NAME:
			a->version_name = uid(cursor_rest(&i));
			break;
		case ITEM_ROLE:
			a->role = true;
			break;
		case ITEM_IDENTITY:
			a->identity = cursor_u8(&i);
			cursor_skip(&i, 1);
			a->user = cursor_take(&i, cursor_u16(&i));
			break;
		}
	}
	return cursor_ok(c);
}

enum err
dicom_associate_parse(struct bytes in, struct dicom_associate *out)
{
	struct cursor c = cursor_over(in);
	bool          ok = true;

	out->type = cursor_u8(&c);
	cursor_skip(&c, 1);
	uint32_t length = cursor_u32(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if ((out->type != DICOM_ASSOCIATE_RQ && out->type != DICOM_ASSOCIATE_AC) || length > ASSOCIATE_MOST)
		return ERR_FORM;
	struct cursor b = cursor_sub(&c, length);
	if (!cursor_ok(&b))
		return ERR_SHORT;
	out->version = cursor_u16(&b);
	cursor_skip(&b, 2);
	ae_parse(&b, out->called);
	ae_parse(&b, out->calling);
	cursor_skip(&b, 32);

	out->application = out->class_uid = out->version_name = out->user = bytes_head(in, 0);
	out->contexts = out->max = 0;
	out->more = out->role = out->has_max = false;
	out->identity = 0;
	while (cursor_left(&b)) {
		uint8_t       type;
		struct cursor i = item_next(&b, &type);
		if (type == ITEM_APPLICATION)
			out->application = uid(cursor_rest(&i));
		else if (type == ITEM_USER)
			ok &= user_parse(&i, out);
		else if (type != ITEM_CONTEXT_RQ && type != ITEM_CONTEXT_AC)
			continue;
		else if (out->contexts < DICOM_CONTEXTS)
			ok &= context_parse(&i, &out->context[out->contexts++]);
		else
			out->more = true;
	}
	return ok && cursor_ok(&b) ? OK : ERR_FORM;
}

/* Writes an item's head; returns where its length stands. */
static size_t
item_open(struct buf *out, uint8_t type)
{
	buf_u8(out, type);
	buf_u8(out, 0);
	buf_u16(out, 0);
	return out->len - 2;
}

static void
item_close(struct buf *out, size_t at)
{
	if (buf_ok(out))
		buf_patch16(out, at, (uint16_t)(out->len - at - 2));
}

static void
item_put(struct buf *out, uint8_t type, struct bytes v)
{
	size_t at = item_open(out, type);
	buf_bytes_put(out, v);
	item_close(out, at);
}

static void
ae_print(const char *ae, struct buf *out)
{
	uint8_t *p = buf_room(out, AE);
	if (p) {
		memset(p, ' ', AE);
		memcpy(p, ae, strnlen(ae, AE));
	}
}

static void
context_print(const struct dicom_associate *a, const struct dicom_context *x, struct buf *out)
{
	size_t at = item_open(out, a->type == DICOM_ASSOCIATE_RQ ? ITEM_CONTEXT_RQ : ITEM_CONTEXT_AC);

	buf_u8(out, x->id);
	buf_u8(out, 0);
	buf_u8(out, x->result);
	buf_u8(out, 0);
	if (x->abstract.len)
		item_put(out, ITEM_ABSTRACT, x->abstract);
	for (unsigned i = 0; i < x->transfers; i++)
		item_put(out, ITEM_TRANSFER, x->transfer[i]);
	item_close(out, at);
}

static void
user_print(const struct dicom_associate *a, struct buf *out)
{
	size_t user = item_open(out, ITEM_USER), at;

	if (a->has_max) {
		at = item_open(out, ITEM_MAX);
		buf_u32(out, a->max);
		item_close(out, at);
	}
	if (a->class_uid.len)
		item_put(out, ITEM_CLASS_UID, a->class_uid);
	if (a->role) {
		at = item_open(out, ITEM_ROLE);
		buf_zero(out, 4);
		item_close(out, at);
	}
	if (a->version_name.len)
		item_put(out, ITEM_VERSION_NAME, a->version_name);
	if (a->identity) {
		at = item_open(out, ITEM_IDENTITY);
		buf_u8(out, a->identity);
		buf_u8(out, 0);
		buf_u16(out, (uint16_t)a->user.len);
		buf_bytes_put(out, a->user);
		if (a->type == DICOM_ASSOCIATE_RQ)
			buf_u16(out, 0);
		item_close(out, at);
	}
	item_close(out, user);
}

void
dicom_associate_print(const struct dicom_associate *a, struct buf *out)
{
	buf_u8(out, a->type);
	buf_u8(out, 0);
	size_t at = out->len;
	buf_u32(out, 0);
	buf_u16(out, a->version);
	buf_zero(out, 2);
	ae_print(a->called, out);
	ae_print(a->calling, out);
	buf_zero(out, 32);
	if (a->application.len)
		item_put(out, ITEM_APPLICATION, a->application);
	for (unsigned i = 0; i < a->contexts; i++)
		context_print(a, &a->context[i], out);
	user_print(a, out);
	if (buf_ok(out)) {
		size_t n = out->len - at - 4;
		buf_patch16(out, at, (uint16_t)(n >> 16));
		buf_patch16(out, at + 2, (uint16_t)n);
	}
}

enum err
dicom_refusal_parse(struct bytes in, struct dicom_refusal *out)
{
	struct cursor c = cursor_over(in);

	out->type = cursor_u8(&c);
	cursor_skip(&c, 1);
	uint32_t length = cursor_u32(&c);
	cursor_skip(&c, 1);
	out->result = cursor_u8(&c);
	out->source = cursor_u8(&c);
	out->reason = cursor_u8(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (out->type == DICOM_ABORT)
		out->result = 0;
	return length == 4 && (out->type == DICOM_ASSOCIATE_RJ || out->type == DICOM_ABORT) ? OK : ERR_FORM;
}

void
dicom_refusal_print(const struct dicom_refusal *r, struct buf *out)
{
	buf_u8(out, r->type);
	buf_u8(out, 0);
	buf_u32(out, 4);
	buf_u8(out, 0);
	buf_u8(out, r->result);
	buf_u8(out, r->source);
	buf_u8(out, r->reason);
}

enum err
dicom_pdv_next(struct bytes *body, struct dicom_pdv *out)
{
	struct cursor c = cursor_over(*body);

	if (body->len == 0)
		return ERR_CLOSED;
	uint32_t length = cursor_u32(&c);
	out->context = cursor_u8(&c);
	uint8_t flags = cursor_u8(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (length < 2)
		return ERR_FORM;
	out->command = flags & 1;
	out->last = flags & 2;
	out->length = length - 2;
	out->data = bytes_head(cursor_rest(&c), out->length);
	*body = bytes_skip(*body, 6 + out->data.len);
	return OK;
}

void
dicom_pdv_print(const struct dicom_pdv *p, struct buf *out)
{
	buf_u8(out, DICOM_P_DATA);
	buf_u8(out, 0);
	buf_u32(out, (uint32_t)p->data.len + 6);
	buf_u32(out, (uint32_t)p->data.len + 2);
	buf_u8(out, p->context);
	buf_u8(out, (uint8_t)(p->command | p->last << 1));
	buf_bytes_put(out, p->data);
}

static uint16_t
value_u16(struct bytes v)
{
	struct cursor c = cursor_over(v);
	return cursor_u16le(&c);
}

enum err
dicom_command_parse(struct bytes in, struct dicom_command *out)
{
	struct cursor c = cursor_over(in);

	*out = (struct dicom_command){ .sop_class = bytes_head(in, 0) };
	out->sop_instance = out->destination = out->sop_class;
	while (cursor_left(&c)) {
		uint16_t group = cursor_u16le(&c), element = cursor_u16le(&c);
		uint32_t length = cursor_u32le(&c);
		struct bytes v = cursor_take(&c, length);
		if (!cursor_ok(&c))
			return ERR_SHORT;
		if (group != 0)
			return ERR_FORM;
		switch (element) {
		case 0x0002: case 0x0003:
			out->sop_class = uid(v);
			break;
		case 0x0100:
			out->field = value_u16(v);
			break;
		case 0x0110:
			out->has_id = true;
			out->id = value_u16(v);
			break;
		case 0x0120:
			out->has_answered = true;
			out->answered = value_u16(v);
			break;
		case 0x0600:
			out->destination = bytes_trim(v);
			break;
		case 0x0800:
			out->has_data = true;
			out->data = value_u16(v);
			break;
		case 0x0900:
			out->has_status = true;
			out->status = value_u16(v);
			break;
		case 0x1000: case 0x1001:
			out->sop_instance = uid(v);
			break;
		}
	}
	return out->field ? OK : ERR_FORM;
}

/* Values have even length; the pad is NUL for a UID and a blank for text. */
static void
element_print(uint16_t element, struct bytes v, char pad, struct buf *out)
{
	buf_u16le(out, 0);
	buf_u16le(out, element);
	buf_u32le(out, (uint32_t)(v.len + (v.len & 1)));
	buf_bytes_put(out, v);
	if (v.len & 1)
		buf_u8(out, (uint8_t)pad);
}

static void
element_u16(uint16_t element, uint16_t v, struct buf *out)
{
	const uint8_t le[2] = { (uint8_t)v, (uint8_t)(v >> 8) };
	element_print(element, bytes_of(le, 2), 0, out);
}

void
dicom_command_print(const struct dicom_command *c, struct buf *out)
{
	static const uint8_t zero[4];
	element_print(0x0000, bytes_of(zero, 4), 0, out);
	size_t group = out->len;

	if (c->sop_class.len)
		element_print(0x0002, c->sop_class, 0, out);
	element_u16(0x0100, c->field, out);
	if (c->has_id)
		element_u16(0x0110, c->id, out);
	if (c->has_answered)
		element_u16(0x0120, c->answered, out);
	if (c->destination.len)
		element_print(0x0600, c->destination, ' ', out);
	if (c->has_data)
		element_u16(0x0800, c->data, out);
	if (c->has_status)
		element_u16(0x0900, c->status, out);
	if (c->sop_instance.len)
		element_print(0x1000, c->sop_instance, 0, out);
	if (buf_ok(out))
		buf_patch16(out, group - 4, __builtin_bswap16((uint16_t)(out->len - group)));
}

/* PS3.5 section 6.2: an AE title has no control characters and is not all blank. */
static bool
is_ae(struct bytes v)
{
	bool some = false;

	for (size_t i = 0; i < v.len; i++) {
		if ((v.at[i] < ' ' && v.at[i] != 0) || v.at[i] >= 0x7f)
			return false;
		some |= v.at[i] > ' ';
	}
	return some;
}

bool
dicom_looks(struct bytes in)
{
	struct cursor c = cursor_over(in);
	uint8_t       type = cursor_u8(&c), zero = cursor_u8(&c);
	uint32_t      length = cursor_u32(&c);

	if (in.len < LOOKS_LEAST || zero)
		return false;
	if (type == DICOM_ASSOCIATE_RJ) {
		struct dicom_refusal r;
		return in.len == LOOKS_LEAST && dicom_refusal_parse(in, &r) == OK && r.result >= 1 && r.result <= 2 && r.source >= 1 && r.source <= 3;
	}
	if ((type != DICOM_ASSOCIATE_RQ && type != DICOM_ASSOCIATE_AC) || length < ASSOCIATE_LEAST || length > ASSOCIATE_MOST)
		return false;
	uint16_t version = cursor_u16(&c), reserved = cursor_u16(&c);
	if (!(version & 1) || reserved)
		return false;
	struct bytes called = bytes_head(cursor_rest(&c), AE);
	return called.len == 0 || is_ae(called);
}
