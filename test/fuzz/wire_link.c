/* Link type selector(1), then a frame of it; Ethernet II comes back from its print. */
#include "test/fuzz/fuzz.h"
#include "wire/link.h"

static const uint32_t LINKS[] = { LINK_ETHERNET, LINK_SLL, LINK_SLL2, LINK_RAW, LINK_NULL, LINK_PPP, LINK_PPP_HDLC, LINK_LOOP, LINK_IPV4, LINK_IPV6, LINK_DOT11 };

/* A type that link_print writes as it is and link_parse looks no further into. */
static bool
plain(const struct link *l)
{
	static const uint16_t deeper[] = { ETHERTYPE_VLAN, 0x88a8, 0x9100, 0x9200, 0x8847, 0x8848, ETHERTYPE_PPPOE };

	for (size_t i = 0; i < sizeof deeper / sizeof *deeper; i++)
		if (l->type == deeper[i])
			return false;
	return l->type == LINK_STP ? l->payload.len < 1000 : l->type >= 0x0600;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static uint8_t raw[1 << 17];
	struct buf     b = buf_over(raw, sizeof raw);
	struct link    l, o;

	if (!len || len > 65000 || link_parse(bytes_of(at + 1, len - 1), LINKS[*at % (sizeof LINKS / sizeof *LINKS)], &l) != OK)
		return 0;
	if (l.payload.len && (l.payload.at <= at || l.payload.at + l.payload.len > at + len))
		abort();
	if (!plain(&l) || l.vlans > 4)
		return 0;
	link_print(&l, &b);
	if (!buf_ok(&b) || link_parse(buf_bytes(&b), LINK_ETHERNET, &o) != OK)
		abort();
	if (!mac_equal(l.src, o.src) || !mac_equal(l.dst, o.dst) || l.type != o.type || l.vlans != o.vlans ||
	    memcmp(l.vlan, o.vlan, sizeof l.vlan) || !bytes_equal(l.payload, o.payload))
		abort();
	return 0;
}
