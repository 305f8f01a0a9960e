#include "test/fuzz/fuzz.h"
#include "crypt/jws.h"

/* The first byte says where it stands; what is sound has texts that end, and a key that reads again as itself. */
int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const uint8_t mac[32];
	static struct jws    j;
	static struct jws_key again;

	if (!len || jws_parse(bytes_of(at + 1, len - 1), (enum jws_use)(at[0] % 3), &j))
		return 0;
	if (!memchr(j.url, 0, sizeof j.url) || !memchr(j.kid, 0, sizeof j.kid) || !memchr(j.nonce, 0, sizeof j.nonce))
		abort();
	if (j.has_key) {
		if (jws_key_load(bytes_of(j.key.spki, j.key.len), &again) || memcmp(again.thumbprint, j.key.thumbprint, 32) || again.kind != j.key.kind)
			abort();
		(void)jws_verify(&j, &j.key);
	}
	if (jws_verify_mac(&j, mac) && j.kind != JWS_MAC)
		abort();
	return 0;
}
