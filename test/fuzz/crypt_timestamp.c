/* What a timestamp authority answers: never taken for true without its signature. */
#include "crypt/timestamp.h"
#include "test/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const uint8_t digest[32] = { 0 };
	struct instant       when;

	if (timestamp_verify(bytes_of(at, len), bytes_of("", 0), digest, bytes_text("-----BEGIN CERTIFICATE-----\n"), &when) == OK)
		abort();
	return 0;
}
