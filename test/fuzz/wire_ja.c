#include "test/fuzz/fuzz.h"
#include "wire/ja.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static uint8_t          text[3][JA_TEXT_MAX];
	struct buf              a = buf_over(text[0], JA_TEXT_MAX), b = buf_over(text[1], JA_TEXT_MAX), c = buf_over(text[2], JA_TEXT_MAX);
	struct tls_client_hello h;
	struct tls_server_hello s;

	if (tls_client_hello_parse(bytes_of(at, len), &h) == OK) {
		if (ja_four(&h, &a, &b, &c) == OK && a.len != JA_FOUR_A_LEN)
			abort();
		buf_reset(&a);
		(void)!ja_three(&h, &a);
	}
	buf_reset(&a);
	if (tls_server_hello_parse(bytes_of(at, len), &s) == OK)
		(void)!ja_three_server(&s, &a);
	return 0;
}
