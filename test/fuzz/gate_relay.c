/*
 * A conversation through the gateway, its bytes cut anywhere, from both sides.
 * First byte: protocol, class, whether messages may be repeated.  Then pieces:
 * side and length in one byte, and so many bytes.
 */
#include "test/fuzz/fuzz.h"

#include "content/message.h"
#include "test/unit/gate_lab.h"

static struct gate_lab lab;

static void
turn(int *backend)
{
	char room[4096];

	gate_lab_turn(&lab);
	if (*backend < 0)
		*backend = gate_lab_accept(&lab);
	while (*backend >= 0 && read(*backend, room, sizeof room) > 0)
		;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const struct relay_protocol *const PROTOCOL[] = { &RELAY_TCP, &RELAY_MLLP, &RELAY_DICOM };
	struct cursor c = cursor_over(bytes_of(at, len));
	uint8_t       how = cursor_u8(&c);
	int           client, backend = -1;
	char          room[65536];

	if (!lab.w && !gate_lab_new(&lab))
		abort();
	struct policy_route *r = lab.route;
	r->protocol = how % 3;
	r->class = how & 4 ? MESSAGE_VITALS + 1 : MESSAGE_ORDER + 1;
	r->repeat = how & 8;
	r->largest = 16;
	r->kinds = 2;
	memcpy(r->kind[0], "ORU", 4);
	memcpy(r->kind[1], "1.2.840.10008.1.1", 18);
	if ((client = gate_lab_dial(&lab, PROTOCOL[how % 3])) < 0)
		return 0;
	for (int i = 0; i < 64 && cursor_left(&c); i++) {
		uint8_t      side = cursor_u8(&c);
		struct bytes piece = cursor_take(&c, side >> 1 < cursor_left(&c) ? side >> 1 : cursor_left(&c));
		turn(&backend);
		int to = side & 1 ? backend : client;
		if (to >= 0 && piece.len && send(to, piece.at, piece.len, MSG_NOSIGNAL) < 0)
			break;
		turn(&backend);
		while (read(client, room, sizeof room) > 0)
			;
	}
	close(client);
	turn(&backend);
	if (backend >= 0)
		close(backend);
	gate_lab_end(&lab);
	return 0;
}
