#include "test/fuzz/fuzz.h"
#include "wire/dhcp.h"

/* The routes are a second parser behind the first. */
static enum err
parse(struct bytes in, struct dhcp *out)
{
	struct dhcp_route routes[DHCP_ROUTES_MAX];
	enum err          e = dhcp_parse(in, out);

	if (e == OK && dhcp_routes(out->routes, routes) > DHCP_ROUTES_MAX)
		abort();
	return e;
}

FUZZ_ROUND_TRIP(struct dhcp, parse, dhcp_print)
