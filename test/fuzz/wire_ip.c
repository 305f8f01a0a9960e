/* A packet, and what is left of it after a print without its extension headers. */
#include "test/fuzz/fuzz.h"
#include "wire/ip.h"

/* A chain that was longer than is followed ends in an extension header. */
static bool
chain(const struct ip *p)
{
	static const uint8_t extension[] = { 0, 43, 44, IP_AH, 60, 135 };

	return p->version == 6 && !p->offset && memchr(extension, p->protocol, sizeof extension);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static uint8_t raw[1 << 17];
	struct buf     b = buf_over(raw, sizeof raw);
	struct ip      p, o;

	if (len > 65000 || ip_parse(bytes_of(at, len), &p) != OK)
		return 0;
	if (p.payload.len && (p.payload.at < at || p.payload.at + p.payload.len > at + len))
		abort();
	(void)ip_transport_checksum(&p, p.payload);
	if (chain(&p))
		return 0;
	ip_print(&p, &b);
	if (!buf_ok(&b) || ip_parse(buf_bytes(&b), &o) != OK)
		abort();
	if (p.version == 4 && ip_checksum(bytes_of(raw, 20), 0) != 0)
		abort();
	if (!addr_equal(p.src, o.src) || !addr_equal(p.dst, o.dst) || p.ttl != o.ttl || p.protocol != o.protocol || p.offset != o.offset ||
	    p.more != o.more || o.cut || !bytes_equal(p.payload, o.payload))
		abort();
	return 0;
}
