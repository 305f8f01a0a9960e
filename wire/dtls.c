/* dtls: RFC 6347 sections 4.1 and 4.2. */
#include "wire/dtls.h"
#include "base/cursor.h"

enum { FRAGMENT_MAX = 16384 + 2048, CONTENT_CID = 25, CONTENT_ACK = 26 };

static bool
datagram_version(uint16_t v)
{
	return v == 0xfeff || v == 0xfefd || v == 0xfefc || v == 0x0100;
}

enum err
dtls_record_parse(struct bytes in, struct dtls_record *out)
{
	struct cursor c = cursor_over(in);

	out->type = cursor_u8(&c);
	out->version = cursor_u16(&c);
	out->epoch = cursor_u16(&c);
	out->sequence = (uint64_t)cursor_u16(&c) << 32;
	out->sequence |= cursor_u32(&c);
	uint16_t length = cursor_u16(&c);
	out->fragment = bytes_head(in, 0);
	out->size = 0;
	if (in.len && (in.at[0] >> 5 == 1 || in.at[0] == CONTENT_CID)) /* 001CSLEE */
		return ERR_UNSUPPORTED;
	if (in.len && (in.at[0] < TLS_CHANGE_CIPHER || in.at[0] > CONTENT_ACK))
		return ERR_FORM;
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (!datagram_version(out->version) || length > FRAGMENT_MAX)
		return ERR_FORM;
	out->size = 13u + length;
	out->fragment = cursor_take(&c, length);
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

void
dtls_record_print(const struct dtls_record *r, struct buf *out)
{
	buf_u8(out, r->type);
	buf_u16(out, r->version);
	buf_u16(out, r->epoch);
	buf_u16(out, (uint16_t)(r->sequence >> 32));
	buf_u32(out, (uint32_t)r->sequence);
	buf_u16(out, (uint16_t)r->fragment.len);
	buf_bytes_put(out, r->fragment);
}

static bool
message_type(uint8_t t)
{
	return t <= TLS_SESSION_TICKET || t == TLS_ENCRYPTED_EXTENSIONS || (t >= TLS_CERTIFICATE && t <= TLS_CLIENT_KEY_EXCHANGE) ||
	       (t >= TLS_FINISHED && t <= TLS_COMPRESSED_CERTIFICATE);
}

enum err
dtls_handshake_parse(struct bytes in, struct dtls_handshake *out)
{
	struct cursor c = cursor_over(in);

	out->type = cursor_u8(&c);
	out->length = cursor_u24(&c);
	out->message = cursor_u16(&c);
	out->offset = cursor_u24(&c);
	uint32_t here = cursor_u24(&c);
	out->fragment = bytes_head(in, 0);
	out->size = 0;
	if (in.len && !message_type(in.at[0]))
		return ERR_FORM;
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (out->length > TLS_HANDSHAKE_MAX - 4)
		return ERR_LIMIT;
	if (out->offset > out->length || here > out->length - out->offset)
		return ERR_FORM;
	out->size = 12u + here;
	out->fragment = cursor_take(&c, here);
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

void
dtls_handshake_print(const struct dtls_handshake *h, struct buf *out)
{
	buf_u8(out, h->type);
	buf_u24(out, h->length);
	buf_u16(out, h->message);
	buf_u24(out, h->offset);
	buf_u24(out, (uint32_t)h->fragment.len);
	buf_bytes_put(out, h->fragment);
}

bool
dtls_looks(struct bytes datagram)
{
	struct dtls_record    r;
	struct dtls_handshake h;
	struct tls_alert      a;

	if (dtls_record_parse(datagram, &r) != OK || r.epoch != 0)
		return false;
	if (r.type == TLS_ALERT)
		return tls_alert_parse(r.fragment, &a) == OK;
	if (r.type != TLS_HANDSHAKE || dtls_handshake_parse(r.fragment, &h) != OK)
		return false;
	return h.type == TLS_CLIENT_HELLO || h.type == TLS_SERVER_HELLO || h.type == TLS_HELLO_VERIFY;
}

enum err
dtls_client_hello_parse(struct bytes body, struct tls_client_hello *out)
{
	return tls_client_hello_read(body, TLS_OVER_DATAGRAM, out);
}

enum err
dtls_hello_verify_parse(struct bytes body, struct dtls_hello_verify *out)
{
	struct cursor c = cursor_over(body);

	out->version = cursor_u16(&c);
	out->cookie = cursor_take(&c, cursor_u8(&c));
	if (!cursor_ok(&c))
		return ERR_SHORT;
	return cursor_end(&c) && datagram_version(out->version) ? OK : ERR_FORM;
}

void
dtls_hello_verify_print(const struct dtls_hello_verify *v, struct buf *out)
{
	buf_u16(out, v->version);
	buf_u8(out, (uint8_t)v->cookie.len);
	buf_bytes_put(out, v->cookie);
}
