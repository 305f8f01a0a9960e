/* A message as another process writes it into a ring: checked, packed again to the same bytes, and read for its meaning. */
#include "content/message.h"
#include "test/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct message m, again;
	static struct meaning said;
	static uint8_t        room[sizeof(struct message)];

	if (message_unpack(bytes_of(at, len), &m) != OK)
		return 0;
	if (message_size(&m) != len || strnlen(m.head.type, sizeof m.head.type) == sizeof m.head.type || strnlen(m.head.key, sizeof m.head.key) == sizeof m.head.key)
		abort();
	message_pack(&m, room);
	if (message_unpack(bytes_of(room, len), &again) != OK || memcmp(&m.head, &again.head, sizeof m.head) != 0)
		abort();
	message_meaning(&m, &said);
	if (meaning_like(&said, &said) != 1000)
		abort();
	return 0;
}
