/* Selector(1: 0 GRE, else a port), then the bytes behind the outer header. */
#include "test/fuzz/fuzz.h"
#include "wire/tunnel.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const uint16_t ports[] = { TUNNEL_VXLAN_PORT, TUNNEL_GENEVE_PORT, TUNNEL_CAPWAP_PORT, TUNNEL_GTP_PORT, 53 };
	struct tunnel         t;
	uint8_t               which = len ? *at % 6 : 0;

	if (!len)
		return 0;
	struct bytes in = bytes_of(at + 1, len - 1);
	enum err     e = which ? tunnel_udp_parse(in, ports[which - 1], &t) : tunnel_gre_parse(in, &t);
	if (e != OK)
		return 0;
	if (which == 5 || t.payload.len >= in.len || (t.payload.len && t.payload.at + t.payload.len != in.at + in.len))
		abort();
	return 0;
}
