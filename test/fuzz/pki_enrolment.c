#include "test/fuzz/fuzz.h"
#include "pki/enrolment.h"

/* The same bytes as the body of EST, as a line of Basic, and as a Name. */
int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static uint8_t room[1 << 16];
	struct buf     der = buf_over(room, sizeof room);
	struct bytes   in = bytes_of(at, len);
	char           user[ENROLMENT_NAME + 1], secret[ENROLMENT_SECRET + 1];

	(void)!enrolment_body(in, &der);
	if (enrolment_basic(in, user, secret) == OK && (strlen(user) > ENROLMENT_NAME || strlen(secret) > ENROLMENT_SECRET || strchr(user, ':')))
		abort();
	struct bytes serial = enrolment_serial(in);
	if (serial.len && (serial.at < at || serial.at + serial.len > at + len))
		abort();
	return 0;
}
