/* lldp: IEEE 802.1AB-2016 clause 8. */
#include "wire/lldp.h"
#include "base/cursor.h"

enum { END, CHASSIS, PORT, TTL, PORT_DESCR, NAME, DESCR, CAPABILITIES, MANAGEMENT, ORGANISATION = 127 };
enum { FAMILY_V4 = 1, FAMILY_V6 = 2 }; /* IANA address family numbers */
enum { OUI_8021 = 0x0080c2, PORT_VLAN = 1, TLV_MAX = 511 };

struct tlv {
	uint8_t      type;
	struct bytes value;
};

/* The next TLV; at the end of the bytes an END, which is a cut only if the cursor is bad. */
static struct tlv
next_tlv(struct cursor *c)
{
	struct tlv t = { END, cursor_take(c, 0) };

	if (!cursor_left(c))
		return t;
	uint16_t head = cursor_u16(c);
	t.type = (uint8_t)(head >> 9);
	t.value = cursor_take(c, head & TLV_MAX);
	return t;
}

static enum err
read_mandatory(struct cursor *c, struct lldp *out)
{
	struct tlv chassis = next_tlv(c), port = next_tlv(c), ttl = next_tlv(c);

	struct cursor chassis_value = cursor_over(chassis.value);
	struct cursor port_value = cursor_over(port.value);
	struct cursor ttl_value = cursor_over(ttl.value);
	out->chassis_kind = cursor_u8(&chassis_value);
	out->chassis = cursor_rest(&chassis_value);
	out->port_kind = cursor_u8(&port_value);
	out->port = cursor_rest(&port_value);
	out->ttl = cursor_u16(&ttl_value);
	if (!cursor_ok(c) || (ttl.type == END && !cursor_left(c)))
		return ERR_SHORT;
	if (chassis.type != CHASSIS || port.type != PORT || ttl.type != TTL)
		return ERR_FORM;
	return out->chassis.len && out->port.len && cursor_ok(&ttl_value) ? OK : ERR_FORM;
}

/* Notes that a TLV is there; false if it was there before or its length is wrong. */
static bool
first_of(struct lldp *out, uint32_t has, bool fits)
{
	if (!fits) {
		out->misshapen = true;
		return false;
	}
	if (out->present & has) {
		out->repeated = true;
		return false;
	}
	out->present |= has;
	return true;
}

static void
read_management(struct bytes value, struct lldp *out)
{
	struct cursor c = cursor_over(value);
	uint8_t       v4[4];

	uint8_t length = cursor_u8(&c); /* of the family and the address */
	uint8_t family = cursor_u8(&c);
	if (out->present & LLDP_HAS_MANAGEMENT)
		return; /* a system may have many */
	if (family == FAMILY_V4 && length == 5) {
		cursor_copy(&c, v4, 4);
		out->management = addr_v4(v4);
	} else if (family == FAMILY_V6 && length == 17) {
		cursor_copy(&c, out->management.b, 16);
	} else {
		return;
	}
	(void)first_of(out, LLDP_HAS_MANAGEMENT, cursor_ok(&c));
}

static void
read_optional(struct tlv t, struct lldp *out)
{
	struct cursor c = cursor_over(t.value);

	switch (t.type) {
	case PORT_DESCR:
		if (first_of(out, LLDP_HAS_PORT_DESCR, true))
			out->port_descr = t.value;
		break;
	case NAME:
		if (first_of(out, LLDP_HAS_NAME, true))
			out->name = t.value;
		break;
	case DESCR:
		if (first_of(out, LLDP_HAS_DESCR, true))
			out->descr = t.value;
		break;
	case CAPABILITIES:
		if (!first_of(out, LLDP_HAS_CAPABILITIES, t.value.len == 4))
			break;
		out->capable = cursor_u16(&c);
		out->enabled = cursor_u16(&c);
		break;
	case MANAGEMENT:
		read_management(t.value, out);
		break;
	case ORGANISATION:
		if (cursor_u24(&c) != OUI_8021 || cursor_u8(&c) != PORT_VLAN)
			break;
		if (first_of(out, LLDP_HAS_VLAN, cursor_left(&c) == 2))
			out->vlan = cursor_u16(&c);
		break;
	}
}

enum err
lldp_parse(struct bytes in, struct lldp *out)
{
	struct cursor c = cursor_over(in);
	struct tlv    t;

	*out = (struct lldp){ 0 };
	enum err e = read_mandatory(&c, out);
	if (e != OK)
		return e;
	while ((t = next_tlv(&c)).type != END)
		read_optional(t, out);
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

static void
print_head(uint8_t type, size_t length, struct buf *out)
{
	buf_u16(out, (uint16_t)((size_t)type << 9 | (length & TLV_MAX)));
}

static void
print_tlv(uint8_t type, struct bytes value, struct buf *out)
{
	value = bytes_head(value, TLV_MAX);
	print_head(type, value.len, out);
	buf_bytes_put(out, value);
}

static void
print_identifier(uint8_t type, uint8_t kind, struct bytes value, struct buf *out)
{
	value = bytes_head(value, TLV_MAX - 1);
	print_head(type, 1 + value.len, out);
	buf_u8(out, kind);
	buf_bytes_put(out, value);
}

static void
print_management(struct addr a, struct buf *out)
{
	size_t n = addr_is_v4(a) ? 4 : 16;

	print_head(MANAGEMENT, 1 + 1 + n + 1 + 4 + 1, out);
	buf_u8(out, (uint8_t)(1 + n));
	buf_u8(out, n == 4 ? FAMILY_V4 : FAMILY_V6);
	buf_put(out, a.b + 16 - n, n);
	buf_u8(out, 1); /* the interface's number is unknown */
	buf_u32(out, 0);
	buf_u8(out, 0); /* no object identifier */
}

void
lldp_print(const struct lldp *l, struct buf *out)
{
	print_identifier(CHASSIS, l->chassis_kind, l->chassis, out);
	print_identifier(PORT, l->port_kind, l->port, out);
	print_head(TTL, 2, out);
	buf_u16(out, l->ttl);
	if (l->present & LLDP_HAS_PORT_DESCR)
		print_tlv(PORT_DESCR, l->port_descr, out);
	if (l->present & LLDP_HAS_NAME)
		print_tlv(NAME, l->name, out);
	if (l->present & LLDP_HAS_DESCR)
		print_tlv(DESCR, l->descr, out);
	if (l->present & LLDP_HAS_CAPABILITIES) {
		print_head(CAPABILITIES, 4, out);
		buf_u16(out, l->capable);
		buf_u16(out, l->enabled);
	}
	if (l->present & LLDP_HAS_MANAGEMENT)
		print_management(l->management, out);
	if (l->present & LLDP_HAS_VLAN) {
		print_head(ORGANISATION, 6, out);
		buf_u24(out, OUI_8021);
		buf_u8(out, PORT_VLAN);
		buf_u16(out, l->vlan);
	}
	print_head(END, 0, out);
}

bool
lldp_chassis_mac(const struct lldp *l, struct mac *out)
{
	struct cursor c = cursor_over(l->chassis);

	cursor_copy(&c, out->b, 6);
	return l->chassis_kind == LLDP_CHASSIS_MAC && cursor_end(&c);
}
