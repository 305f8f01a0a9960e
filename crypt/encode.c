/* encode: see encode.h. */
#include "crypt/encode.h"

#include <openssl/evp.h>

enum { PART = 3 * 1024 }; /* bytes encoded at once */

void
encode_base64(struct bytes in, struct buf *out)
{
	uint8_t text[PART / 3 * 4 + 1];

	while (in.len) {
		struct bytes part = bytes_head(in, PART);
		int          n = EVP_EncodeBlock(text, part.at, (int)part.len);
		buf_put(out, text, (size_t)n);
		in = bytes_skip(in, part.len);
	}
}

/* OpenSSL forgives blanks and stray bits; so what was decoded is encoded again and compared. */
static enum err
part_parse(struct bytes text, struct buf *out)
{
	uint8_t raw[PART], again[PART / 3 * 4 + 1];
	size_t  pad = text.at[text.len - 1] != '=' ? 0 : text.at[text.len - 2] != '=' ? 1 : 2;

	int n = EVP_DecodeBlock(raw, text.at, (int)text.len);
	if (n < 0 || (size_t)n != text.len / 4 * 3)
		return ERR_FORM;
	struct buf b = buf_over(again, sizeof again);
	encode_base64(bytes_of(raw, (size_t)n - pad), &b);
	if (!bytes_equal(buf_bytes(&b), text))
		return ERR_FORM;
	buf_put(out, raw, (size_t)n - pad);
	return buf_ok(out) ? OK : ERR_LIMIT;
}

enum err
encode_base64_parse(struct bytes in, struct buf *out)
{
	enum err e = OK;

	if (in.len % 4)
		return ERR_FORM;
	while (!e && in.len) {
		struct bytes part = bytes_head(in, PART / 3 * 4);
		in = bytes_skip(in, part.len);
		e = in.len && part.at[part.len - 1] == '=' ? ERR_FORM : part_parse(part, out);
	}
	return e;
}

/* The letters of one alphabet in the other's. */
static bool
translate(struct bytes in, const char *from, const char *to, uint8_t *out)
{
	for (size_t i = 0; i < in.len; i++) {
		if (in.at[i] == (uint8_t)to[0] || in.at[i] == (uint8_t)to[1] || in.at[i] == '=')
			return false;
		out[i] = in.at[i] == (uint8_t)from[0] ? (uint8_t)to[0] : in.at[i] == (uint8_t)from[1] ? (uint8_t)to[1] : in.at[i];
	}
	return true;
}

void
encode_base64url(struct bytes in, struct buf *out)
{
	uint8_t text[PART / 3 * 4 + 1];

	while (in.len) {
		struct bytes part = bytes_head(in, PART);
		struct buf   b = buf_over(text, sizeof text);
		encode_base64(part, &b);
		while (b.at[b.len - 1] == '=')
			b.len--;
		(void)translate(buf_bytes(&b), "+/", "-_", text);
		buf_bytes_put(out, buf_bytes(&b));
		in = bytes_skip(in, part.len);
	}
}

enum err
encode_base64url_parse(struct bytes in, struct buf *out)
{
	uint8_t  text[PART / 3 * 4 + 3];
	enum err e = OK;

	if (in.len % 4 == 1)
		return ERR_FORM;
	while (!e && in.len) {
		struct bytes part = bytes_head(in, PART / 3 * 4);
		size_t       padded = (part.len + 3) / 4 * 4;
		if (!translate(part, "-_", "+/", text))
			return ERR_FORM;
		memset(text + part.len, '=', padded - part.len);
		e = part_parse(bytes_of(text, padded), out);
		in = bytes_skip(in, part.len);
	}
	return e;
}
