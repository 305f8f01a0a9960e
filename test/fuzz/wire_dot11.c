#include "test/fuzz/fuzz.h"
#include "wire/dot11.h"

/* A frame and, of a management frame, its body. */
struct frame {
	struct dot11          head;
	struct dot11_beacon   beacon;
	struct dot11_assoc    assoc;
	struct dot11_elements probe;
	struct dot11_auth     auth;
};

static enum err
parse(struct bytes in, struct frame *out)
{
	enum err e = dot11_parse(in, &out->head);

	if (e != OK || out->head.type != DOT11_MANAGEMENT)
		return e;
	switch (out->head.subtype) {
	case DOT11_BEACON:
	case DOT11_PROBE_RESPONSE:
		e = dot11_beacon_parse(out->head.body, &out->beacon);
		if (e == OK && dot11_security(&out->beacon) > DOT11_WPA3_ENTERPRISE)
			abort();
		return e;
	case DOT11_ASSOC_REQUEST:
	case DOT11_REASSOC_REQUEST:
		return dot11_assoc_parse(out->head.body, out->head.subtype == DOT11_REASSOC_REQUEST, &out->assoc);
	case DOT11_PROBE_REQUEST:
		return dot11_probe_parse(out->head.body, &out->probe);
	case DOT11_AUTH:
		return dot11_auth_parse(out->head.body, &out->auth);
	}
	return OK;
}

static void
print(const struct frame *f, struct buf *out)
{
	static uint8_t room[4096];
	struct buf     body = buf_over(room, sizeof room);
	struct dot11   head = f->head;

	if (head.type == DOT11_MANAGEMENT) {
		switch (head.subtype) {
		case DOT11_BEACON:
		case DOT11_PROBE_RESPONSE:
			dot11_beacon_print(&f->beacon, &body);
			break;
		case DOT11_ASSOC_REQUEST:
		case DOT11_REASSOC_REQUEST:
			dot11_assoc_print(&f->assoc, &body);
			break;
		case DOT11_PROBE_REQUEST:
			dot11_probe_print(&f->probe, &body);
			break;
		case DOT11_AUTH:
			dot11_auth_print(&f->auth, &body);
			break;
		default:
			buf_bytes_put(&body, head.body);
		}
		head.body = buf_bytes(&body);
	}
	dot11_print(&head, out);
}

FUZZ_ROUND_TRIP(struct frame, parse, print)
