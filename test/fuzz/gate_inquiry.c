/*
 * What a responder says of a certificate: nobody has its key here, so nothing
 * may be believed.  And a file of such answers, which is printed as it was read.
 */
#include "test/fuzz/fuzz.h"

#include "crypt/hash.h"
#include "gate/inquiry.h"
#include "gate/staple.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct inquiry_issuer issuer = { .subject = "\x30\x00", .subject_len = 2 };
	static struct staple         s;
	static uint8_t               room[sizeof(struct staple)];
	struct inquiry               q = { .issuer = &issuer, .serial_len = 1, .serial = { 1 }, .kept = len & 1 };
	struct inquiry_answer        a;
	struct bytes                 left = bytes_of(at, len);

	if (hash_init() || !inquiry_judge(&q, left, (struct instant){ INT64_C(1767225600) * INSTANT_SECOND }, &a))
		abort();
	for (const uint8_t *from = left.at; staple_next(&left, &s); from = left.at) {
		struct buf b = buf_over(room, sizeof room);
		staple_print(&s, &b);
		if (!bytes_equal(buf_bytes(&b), bytes_of(from, (size_t)(left.at - from))))
			abort();
	}
	return 0;
}
