/* hmac: RFC 2104 section 2; RFC 5869 section 2. */
#include "crypt/hmac.h"
#include "base/buf.h"
#include "crypt/hash.h"

#include <assert.h>

enum { BLOCK = 64 };

/* H(key ^ outer, H(key ^ inner, in)) */
void
hmac_sha256(const uint8_t key[static 32], struct bytes in, uint8_t out[static 32])
{
	uint8_t pad[BLOCK];
	uint8_t inner[32];

	memset(pad, 0x36, sizeof pad);
	for (size_t i = 0; i < 32; i++)
		pad[i] ^= key[i];
	hash_sha256_two(bytes_of(pad, sizeof pad), in, inner);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	hash_sha256_two(bytes_of(pad, sizeof pad), bytes_of(inner, sizeof inner), out);
}

void
hmac_extract(struct bytes salt, struct bytes secret, uint8_t out[static 32])
{
	uint8_t key[32] = { 0 };

	assert(salt.len <= sizeof key);
	if (salt.len)
		memcpy(key, salt.at, salt.len);
	hmac_sha256(key, secret, out);
}

/* length(2) <"tls13 " label>(1) <context>(1), and the counter of HKDF's only round */
void
hmac_expand_label(const uint8_t secret[static 32], const char *label, uint8_t *out, size_t n)
{
	uint8_t    raw[64], all[32];
	struct buf b = buf_over(raw, sizeof raw);

	buf_u16(&b, (uint16_t)n);
	buf_u8(&b, (uint8_t)(6 + strlen(label)));
	buf_text(&b, "tls13 ");
	buf_text(&b, label);
	buf_u8(&b, 0);
	buf_u8(&b, 1);
	assert(buf_ok(&b) && n <= sizeof all);
	hmac_sha256(secret, buf_bytes(&b), all);
	memcpy(out, all, n);
}
