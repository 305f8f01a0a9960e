/* nonce: see nonce.h. */
#include "pki/nonce.h"

#include "crypt/encode.h"
#include "crypt/hmac.h"

enum { RAW = 24 };

static void
seal(const struct nonce *n, uint64_t number, uint8_t out[static RAW])
{
	uint8_t    mac[32];
	struct buf b = buf_over(out, RAW);

	buf_u64(&b, number);
	hmac_sha256(n->key, buf_bytes(&b), mac);
	buf_put(&b, mac, 16);
}

void
nonce_give(struct nonce *n, char out[static NONCE_TEXT])
{
	uint8_t    raw[RAW];
	struct buf b = buf_over(out, NONCE_TEXT);
	size_t     bit = ++n->given % NONCE_LIVE;

	n->taken[bit / 8] &= (uint8_t)~(1u << bit % 8);
	seal(n, n->given, raw);
	encode_base64url(bytes_of(raw, sizeof raw), &b);
	(void)buf_string(&b);
}

bool
nonce_take(struct nonce *n, const char *text)
{
	uint8_t    raw[RAW], mine[RAW], differs = 0;
	struct buf b = buf_over(raw, sizeof raw);

	if (encode_base64url_parse(bytes_text(text), &b) || b.len != RAW)
		return false;
	uint64_t number = (uint64_t)bytes_u32(buf_bytes(&b), 0) << 32 | bytes_u32(buf_bytes(&b), 4);
	seal(n, number, mine);
	for (size_t i = 0; i < RAW; i++)
		differs |= raw[i] ^ mine[i];
	if (differs || !number || number > n->given || n->given - number >= NONCE_LIVE)
		return false;
	size_t bit = number % NONCE_LIVE;
	bool   fresh = !(n->taken[bit / 8] >> bit % 8 & 1);
	n->taken[bit / 8] |= (uint8_t)(1u << bit % 8);
	return fresh;
}
