/* relay_tcp: bytes of whatever protocol, passed on as they come. */
#include "gate/relay.h"

static bool
tcp_inspect(struct relay *r, unsigned side)
{
	r->end[side].in.mark = r->end[side].in.tail;
	return true;
}

/* Nobody knows where a stream may be cut: only where nothing goes on. */
static bool
tcp_at_boundary(const struct relay *r)
{
	(void)r;
	return false;
}

static bool
tcp_lost(struct relay *r)
{
	(void)r;
	return false;
}

/* It may still be answered. */
static bool
tcp_over(const struct relay *r)
{
	(void)r;
	return false;
}

const struct relay_protocol RELAY_TCP = { "tcp", BLOCK_LARGE, tcp_inspect, tcp_at_boundary, tcp_lost, tcp_over, NULL, NULL };
