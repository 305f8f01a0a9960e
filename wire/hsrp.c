/* hsrp: RFC 2281 section 5.1 and Cisco's version 2. */
#include "wire/hsrp.h"
#include "base/cursor.h"

enum { GROUP_STATE = 1, TEXT_AUTH = 3, MD5_AUTH = 4, GROUP_STATE_LENGTH = 40, AUTH_LENGTH = 8 };
enum { V1_ACTIVE = 16, V2_ACTIVE = 6, FAMILY_V4 = 4, FAMILY_V6 = 6 };

static enum err
read_group(struct bytes value, struct hsrp *out)
{
	struct cursor c = cursor_over(value);
	uint8_t       address[16];

	uint8_t version = cursor_u8(&c);
	out->op = cursor_u8(&c);
	out->state = cursor_u8(&c);
	uint8_t family = cursor_u8(&c);
	out->group = cursor_u16(&c);
	cursor_copy(&c, out->id.b, 6);
	out->priority = cursor_u32(&c);
	out->hello_ms = cursor_u32(&c);
	out->hold_ms = cursor_u32(&c);
	cursor_copy(&c, address, 16);
	if (!cursor_end(&c) || version != 2 || (family != FAMILY_V4 && family != FAMILY_V6))
		return ERR_FORM;
	if (out->op > HSRP_ADVERTISE)
		return ERR_UNSUPPORTED;
	out->v6 = family == FAMILY_V6;
	out->address = out->v6 ? addr_v6(address) : addr_v4(address);
	out->grouped = true;
	return OK;
}

/* All of version 2; of version 1 what may follow the fixed part. */
static enum err
read_tlvs(struct cursor *c, struct hsrp *out)
{
	enum err e = OK;

	while (cursor_left(c) && e == OK) {
		uint8_t      type = cursor_u8(c);
		struct bytes value = cursor_take(c, cursor_u8(c));
		if (!cursor_ok(c))
			return ERR_SHORT;
		if (type == GROUP_STATE && out->version == 2 && !out->grouped)
			e = read_group(value, out);
		else if (type == TEXT_AUTH && out->version == 2)
			out->auth = value;
		else if (type == MD5_AUTH)
			out->md5 = value;
	}
	return e;
}

static enum err
read_version1(struct cursor *c, struct hsrp *out)
{
	uint8_t address[4];

	cursor_skip(c, 1);
	out->op = cursor_u8(c);
	if (!cursor_ok(c))
		return ERR_SHORT;
	if (out->op > HSRP_ADVERTISE)
		return ERR_UNSUPPORTED;
	if (out->op == HSRP_ADVERTISE)
		return OK;
	out->state = cursor_u8(c);
	out->hello_ms = cursor_u8(c) * 1000u;
	out->hold_ms = cursor_u8(c) * 1000u;
	out->priority = cursor_u8(c);
	out->group = cursor_u8(c);
	cursor_skip(c, 1);
	out->auth = cursor_take(c, AUTH_LENGTH);
	cursor_copy(c, address, 4);
	out->address = addr_v4(address);
	out->grouped = true;
	return cursor_ok(c) ? OK : ERR_SHORT;
}

enum err
hsrp_parse(struct bytes in, struct hsrp *out)
{
	struct cursor c = cursor_over(in), peek = c;

	*out = (struct hsrp){ 0 };
	out->version = cursor_u8(&peek) == 0 ? 1 : 2; /* no TLV has type 0 */
	if (!cursor_ok(&peek))
		return ERR_SHORT;
	if (out->version == 2)
		return read_tlvs(&c, out);
	enum err e = read_version1(&c, out);
	if (e != OK || !out->grouped)
		return e;
	struct cursor tail = c;
	/* Only an authentication TLV may follow; anything else is Ethernet's or the sender's padding. */
	if (cursor_u8(&tail) == MD5_AUTH)
		e = read_tlvs(&c, out);
	return e;
}

static void
print_tlv(uint8_t type, struct bytes value, struct buf *out)
{
	if (!value.len)
		return;
	value = bytes_head(value, 255);
	buf_u8(out, type);
	buf_u8(out, (uint8_t)value.len);
	buf_bytes_put(out, value);
}

static void
print_version1(const struct hsrp *h, struct buf *out)
{
	struct bytes auth = bytes_head(h->auth, AUTH_LENGTH);

	buf_u8(out, 0);
	buf_u8(out, h->op);
	if (!h->grouped)
		return;
	buf_u8(out, h->state);
	buf_u8(out, (uint8_t)(h->hello_ms / 1000));
	buf_u8(out, (uint8_t)(h->hold_ms / 1000));
	buf_u8(out, (uint8_t)h->priority);
	buf_u8(out, (uint8_t)h->group);
	buf_u8(out, 0);
	buf_bytes_put(out, auth);
	buf_zero(out, AUTH_LENGTH - auth.len);
	buf_put(out, h->address.b + 12, 4);
	print_tlv(MD5_AUTH, h->md5, out);
}

static void
print_group(const struct hsrp *h, struct buf *out)
{
	buf_u8(out, GROUP_STATE);
	buf_u8(out, GROUP_STATE_LENGTH);
	buf_u8(out, 2);
	buf_u8(out, h->op);
	buf_u8(out, h->state);
	buf_u8(out, h->v6 ? FAMILY_V6 : FAMILY_V4);
	buf_u16(out, h->group);
	buf_put(out, h->id.b, 6);
	buf_u32(out, h->priority);
	buf_u32(out, h->hello_ms);
	buf_u32(out, h->hold_ms);
	buf_put(out, h->address.b + (h->v6 ? 0 : 12), h->v6 ? 16 : 4);
	buf_zero(out, h->v6 ? 0 : 12);
}

void
hsrp_print(const struct hsrp *h, struct buf *out)
{
	if (h->version == 1) {
		print_version1(h, out);
		return;
	}
	if (h->grouped) {
		print_group(h, out);
	} else {
		static const uint8_t no_groups[] = { 2, 4, 0, 0, 0, 0 }; /* interface state: none active, none passive */
		buf_put(out, no_groups, sizeof no_groups);
	}
	print_tlv(TEXT_AUTH, h->auth, out);
	print_tlv(MD5_AUTH, h->md5, out);
}

bool
hsrp_active(const struct hsrp *h)
{
	return h->grouped && h->state == (h->version == 1 ? V1_ACTIVE : V2_ACTIVE);
}

bool
hsrp_is_glbp(struct bytes in)
{
	struct cursor c = cursor_over(in);

	/* version=1 0 group(2) 0(2) owner(6), then TLVs whose length counts type and length */
	uint8_t version = cursor_u8(&c);
	cursor_skip(&c, 11);
	uint8_t type = cursor_u8(&c);
	uint8_t length = cursor_u8(&c);
	return cursor_ok(&c) && version == 1 && type >= 1 && type <= 3 && length >= 2;
}
