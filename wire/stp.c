/* stp: IEEE 802.1D-2004 clause 9.3. */
#include "wire/stp.h"
#include "base/cursor.h"

enum { VERSION_RAPID = 2, VERSION_MULTIPLE = 3 };
enum { MST_FIXED = 64, MST_INSTANCE = 16, MST_INSTANCES_MAX = 64 }; /* IEEE 802.1Q-2018 clause 14.4 */

static struct stp_id
read_id(struct cursor *c)
{
	struct stp_id id;
	id.priority = cursor_u16(c);
	cursor_copy(c, id.mac.b, 6);
	return id;
}

static void
read_mst(struct cursor *c, struct stp *out)
{
	uint8_t  version1 = cursor_u8(c);
	uint16_t length = cursor_u16(c);
	if (version1 != 0 || length < MST_FIXED || length > MST_FIXED + MST_INSTANCE * MST_INSTANCES_MAX)
		return;
	if ((length - MST_FIXED) % MST_INSTANCE == 0)
		out->mst = cursor_take(c, length);
}

enum err
stp_parse(struct bytes in, struct stp *out)
{
	struct cursor c = cursor_over(in);

	*out = (struct stp){ 0 };
	uint16_t protocol = cursor_u16(&c);
	out->version = cursor_u8(&c);
	out->type = cursor_u8(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (protocol != 0)
		return ERR_UNSUPPORTED;
	if (out->type == STP_CHANGE)
		return OK;
	if (out->type != STP_CONFIG && (out->type != STP_RAPID || out->version < VERSION_RAPID))
		return ERR_UNSUPPORTED;
	out->flags = cursor_u8(&c);
	out->root = read_id(&c);
	out->cost = cursor_u32(&c);
	out->bridge = read_id(&c);
	out->port = cursor_u16(&c);
	out->age = cursor_u16(&c);
	out->max_age = cursor_u16(&c);
	out->hello = cursor_u16(&c);
	out->delay = cursor_u16(&c);
	struct cursor rest = c;
	if (out->type == STP_RAPID)
		cursor_skip(&c, 1); /* version 1 length */
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (out->type == STP_RAPID && out->version >= VERSION_MULTIPLE)
		read_mst(&rest, out);
	return OK;
}

static void
print_id(struct stp_id id, struct buf *out)
{
	buf_u16(out, id.priority);
	buf_put(out, id.mac.b, 6);
}

void
stp_print(const struct stp *s, struct buf *out)
{
	buf_u16(out, 0);
	buf_u8(out, s->version);
	buf_u8(out, s->type);
	if (s->type == STP_CHANGE)
		return;
	buf_u8(out, s->flags);
	print_id(s->root, out);
	buf_u32(out, s->cost);
	print_id(s->bridge, out);
	buf_u16(out, s->port);
	buf_u16(out, s->age);
	buf_u16(out, s->max_age);
	buf_u16(out, s->hello);
	buf_u16(out, s->delay);
	if (s->type == STP_RAPID)
		buf_u8(out, 0);
	if (s->mst.len) {
		buf_u16(out, (uint16_t)s->mst.len);
		buf_bytes_put(out, s->mst);
	}
}

int
stp_compare(struct stp_id a, struct stp_id b)
{
	if (a.priority != b.priority)
		return a.priority < b.priority ? -1 : 1;
	return memcmp(a.mac.b, b.mac.b, 6);
}
