#include "test/fuzz/fuzz.h"
#include "wire/remote.h"

/* Every recogniser in turn, and both sides of SOCKS; details lie inside the input. */
int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct bytes        in = bytes_of(at, len);
	struct remote       r;
	struct remote_socks s;
	size_t              used;

	for (int k = 0; k < REMOTE_KINDS; k++) {
		const struct remote_row *row = remote_row((enum remote_kind)k);
		for (int udp = 0; udp < 2; udp++)
			if (remote_see(in, udp, row->port[0], &r) && r.detail.len && (r.detail.at < at || r.detail.at + r.detail.len > at + len))
				abort();
	}
	if (remote_socks_parse(in, &s) == OK && (s.used > len || s.used < 8))
		abort();
	for (uint8_t v = 4; v <= 5; v++)
		if (remote_socks_reply(in, v, &used) == OK && used > len)
			abort();
	(void)remote_by_name(in);
	return 0;
}
