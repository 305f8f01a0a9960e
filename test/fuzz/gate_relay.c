/*
 * A conversation through the gateway, its bytes cut anywhere, from both sides.
 * First byte: protocol, class, whether messages may be repeated.  Then pieces:
 * side and length in one byte, and so many bytes.
 */
#include "test/fuzz/fuzz.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "crypt/hash.h"
#include "gate/relay.h"
#include "gate/worker.h"

static struct worker *w;
static struct policy *policy;
static int            listening;

static void
set_up(void)
{
	static struct panel  *panel;
	static struct trust  *trust;
	struct sockaddr_in    a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t             n = sizeof a;
	static int            none[POLICY_ROUTES];
	int                   keys[2];
	struct worker_config  c = { .listen_fd = none, .conversations = 8, .seed = 1 };

	policy = memory_new(1, sizeof *policy);
	panel = memory_new(1, sizeof *panel);
	trust = memory_new(1, sizeof *trust);
	listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (bind(listening, (struct sockaddr *)&a, sizeof a) || listen(listening, 16) || getsockname(listening, (struct sockaddr *)&a, &n) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, keys) || hash_init())
		abort();
	policy->routes = 1;
	struct policy_route *r = &policy->route[0];
	r->mode = POLICY_WRAP;
	r->backends = 1;
	r->largest = 16;
	r->backend[0] = (struct policy_backend){ .name = "b", .port = ntohs(a.sin_port), .weight = 1, .address = addr_v4((const uint8_t *)&a.sin_addr) };
	r->kinds = 2;
	memcpy(r->kind[0], "ORU", 4);
	memcpy(r->kind[1], "1.2.840.10008.1.1", 18);
	none[0] = socket(AF_INET, SOCK_STREAM, 0);
	c.policy = policy;
	c.panel = panel;
	c.trust = trust;
	c.keys_fd = keys[0];
	if (worker_new(&c, &w))
		abort();
}

static void
turn(int *backend)
{
	char room[4096];

	event_base_loop(w->base, EVLOOP_NONBLOCK);
	if (*backend < 0)
		*backend = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
	while (*backend >= 0 && read(*backend, room, sizeof room) > 0)
		;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const struct relay_protocol *const PROTOCOL[] = { &RELAY_TCP, &RELAY_MLLP, &RELAY_DICOM };
	struct cursor c = cursor_over(bytes_of(at, len));
	uint8_t       how = cursor_u8(&c);
	int           fd[2], backend = -1;
	char          room[65536];

	if (!w)
		set_up();
	policy->route[0].protocol = how % 3;
	policy->route[0].class = how & 4 ? MESSAGE_VITALS + 1 : MESSAGE_ORDER + 1;
	policy->route[0].repeat = how & 8;
	w->lane[0].protocol = PROTOCOL[how % 3];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd))
		return 0;
	relay_open(w, &w->lane[0], fd[0], addr_v4((const uint8_t *)"\x7f\0\0\1"), 1);
	for (int i = 0; i < 64 && cursor_left(&c); i++) {
		uint8_t      side = cursor_u8(&c);
		struct bytes piece = cursor_take(&c, side >> 1 < cursor_left(&c) ? side >> 1 : cursor_left(&c));
		turn(&backend);
		int to = side & 1 ? backend : fd[1];
		if (to >= 0 && piece.len && send(to, piece.at, piece.len, MSG_NOSIGNAL) < 0)
			break;
		turn(&backend);
		while (read(fd[1], room, sizeof room) > 0)
			;
	}
	close(fd[1]);
	turn(&backend);
	if (backend >= 0)
		close(backend);
	while (w->used)
		relay_end(w->used, "done");
	while ((backend = accept4(listening, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		close(backend);
	return 0;
}
