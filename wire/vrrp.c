/* vrrp: RFC 3768 section 5.3, RFC 5798 section 5.2. */
#include "wire/vrrp.h"
#include "base/cursor.h"

enum { ADVERTISEMENT = 1, AUTH_LENGTH = 8 };

static struct addr
read_addr(struct cursor *c, bool v6)
{
	struct addr a;
	uint8_t     v4[4];

	if (v6) {
		cursor_copy(c, a.b, 16);
		return a;
	}
	cursor_copy(c, v4, 4);
	return addr_v4(v4);
}

enum err
vrrp_parse(struct bytes in, bool v6, struct vrrp *out)
{
	struct cursor c = cursor_over(in);

	*out = (struct vrrp){ .v6 = v6 };
	uint8_t first = cursor_u8(&c);
	out->vrid = cursor_u8(&c);
	out->priority = cursor_u8(&c);
	uint8_t count = cursor_u8(&c);
	out->version = first >> 4;
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if ((first & 15) != ADVERTISEMENT || (out->version != 3 && (out->version != 2 || v6)))
		return ERR_UNSUPPORTED;
	if (out->version == 2) {
		out->auth_type = cursor_u8(&c);
		out->interval_ms = cursor_u8(&c) * 1000u;
	} else {
		out->interval_ms = (cursor_u16(&c) & 0xfffu) * 10u;
	}
	out->sum = cursor_u16(&c);
	struct cursor addrs = cursor_sub(&c, count * (v6 ? 16u : 4u));
	if (out->version == 2)
		out->auth = cursor_take(&c, AUTH_LENGTH);
	while (cursor_left(&addrs) && out->addrs_n < VRRP_ADDRS_MAX)
		out->addrs[out->addrs_n++] = read_addr(&addrs, v6);
	out->more = cursor_left(&addrs) > 0;
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

void
vrrp_print(const struct vrrp *v, struct buf *out)
{
	buf_u8(out, (uint8_t)(v->version << 4 | ADVERTISEMENT));
	buf_u8(out, v->vrid);
	buf_u8(out, v->priority);
	buf_u8(out, v->addrs_n);
	if (v->version == 2) {
		buf_u8(out, v->auth_type);
		buf_u8(out, (uint8_t)(v->interval_ms / 1000));
	} else {
		buf_u16(out, (uint16_t)(v->interval_ms / 10 & 0xfff));
	}
	buf_u16(out, v->sum);
	for (unsigned i = 0; i < v->addrs_n; i++)
		buf_put(out, v->addrs[i].b + (v->v6 ? 0 : 12), v->v6 ? 16 : 4);
	if (v->version == 2) {
		struct bytes auth = bytes_head(v->auth, AUTH_LENGTH);
		buf_bytes_put(out, auth);
		buf_zero(out, AUTH_LENGTH - auth.len);
	}
}
