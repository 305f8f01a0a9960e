/* A slice, and the message in it laid out: the first three bytes say which packet, place and protocol. */
#include "test/fuzz/fuzz.h"

#include <stdlib.h>

#include "content/correction.h"
#include "content/lay.h"
#include "content/slice.h"
#include "wire/pcap.h"

static void
tell(void *context, struct bytes path, struct bytes value)
{
	size_t *n = context;

	for (size_t i = 0; i < path.len; i++)
		*n += path.at[i];
	for (size_t i = 0; i < value.len; i++)
		*n += value.at[i];
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static uint8_t       message[2 * SLICE_MOST], text[1 << 20];
	struct buf           room = buf_over(message, sizeof message), out = buf_over(text, sizeof text);
	struct slice_message m;
	size_t               n = 0;

	if (len < 3)
		return 0;
	struct bytes          in = bytes_of(at + 3, len - 3);
	enum message_protocol p = (enum message_protocol)(at[2] % MESSAGE_PROTOCOLS);
	tell(&n, pcap_comment(in), bytes_of("", 0));
	if (slice_message(in, at[1] & 1, at[0], p, "", &room, &m) == OK) {
		tell(&n, m.name, m.raw);
		lay_each(p, m.raw, tell, &n);
		struct lay_table *t = lay_beside(p, m.raw, in);
		if (t) {
			lay_print_text(t, &out);
			buf_reset(&out);
			lay_print_json(t, &out);
		}
		lay_free(t);
	}
	lay_each(p, in, tell, &n);
	buf_reset(&out);
	if (correction_hl7(in, "OBX[1].5 OBX[2].5", &out) == OK)
		tell(&n, buf_bytes(&out), in);
	return n == 1 ? -1 : 0;
}
