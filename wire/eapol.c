/* eapol: IEEE 802.1X-2020 clause 11.3 and as much of EAP as tells an identity. */
#include "wire/eapol.h"
#include "base/cursor.h"

/* RFC 3748 section 4: only requests and responses have a method. */
static enum err
read_eap(struct bytes body, struct eapol *out)
{
	struct cursor c = cursor_over(body);

	out->code = cursor_u8(&c);
	out->id = cursor_u8(&c);
	uint16_t length = cursor_u16(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (length < 4)
		return ERR_FORM;
	struct cursor data = cursor_sub(&c, length - 4u);
	if (out->code == EAPOL_REQUEST || out->code == EAPOL_RESPONSE)
		out->method = cursor_u8(&data);
	if (!cursor_ok(&data))
		return ERR_SHORT;
	if (eapol_is_identity(out))
		out->identity = cursor_rest(&data);
	return OK;
}

enum err
eapol_parse(struct bytes in, struct eapol *out)
{
	struct cursor c = cursor_over(in);

	*out = (struct eapol){ 0 };
	out->version = cursor_u8(&c);
	out->type = cursor_u8(&c);
	out->body = cursor_take(&c, cursor_u16(&c));
	if (!cursor_ok(&c))
		return ERR_SHORT;
	return out->type == EAPOL_EAP ? read_eap(out->body, out) : OK;
}

void
eapol_print(const struct eapol *e, struct buf *out)
{
	buf_u8(out, e->version);
	buf_u8(out, e->type);
	buf_u16(out, (uint16_t)e->body.len);
	buf_bytes_put(out, e->body);
}

bool
eapol_is_identity(const struct eapol *e)
{
	return e->type == EAPOL_EAP && e->code == EAPOL_RESPONSE && e->method == EAPOL_IDENTITY;
}
