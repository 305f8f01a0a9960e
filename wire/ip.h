/*
 * ip: IPv4 (RFC 791) and IPv6 with its extension headers (RFC 8200) to one
 * struct, down to the transport's first byte.
 *
 *	IPv4: ver/ihl tos len | id frag | ttl proto sum | src | dst | options
 *	IPv6: ver/class/flow | len next hops | src | dst | extension headers
 */
#ifndef WIRE_IP_H
#define WIRE_IP_H

#include "base/addr.h"
#include "base/err.h"

enum {
	IP_ICMP = 1,
	IP_IGMP = 2,
	IP_IPIP = 4,
	IP_TCP = 6,
	IP_UDP = 17,
	IP_IPV6 = 41,
	IP_GRE = 47,
	IP_ESP = 50,
	IP_AH = 51,
	IP_ICMP6 = 58,
	IP_VRRP = 112,
	IP_SCTP = 132,
};

struct ip {
	struct addr  src, dst;
	uint8_t      version;  /* 4 or 6 */
	uint8_t      ttl;      /* hop limit in IPv6 */
	uint8_t      protocol; /* of the payload, after extension headers */
	uint32_t     id;       /* IPv4 identification; IPv6 only in a fragment */
	uint16_t     offset;   /* of this fragment, bytes */
	bool         more;     /* more fragments follow */
	bool         has_id;   /* id tells packets apart: not DF with id 0, not plain IPv6 */
	bool         cut;      /* the capture holds less than the packet said */
	uint16_t     length;   /* of the whole packet as its header says, bytes */
	struct bytes payload;  /* link padding taken off */
};

static inline bool
ip_fragment(const struct ip *p)
{
	return p->more || p->offset;
}

/* Reads either version by its first nibble.  A snaplen cut is not an error: payload is what is there. */
enum err ip_parse(struct bytes in, struct ip *out) MUST_USE;

/* Writes a header (20 or 40 bytes, with its checksum) for a payload that follows. */
void ip_print(const struct ip *p, struct buf *out);

/* The Internet checksum (RFC 1071) of b added to the partial sum; pass its complement on. */
uint16_t ip_checksum(struct bytes b, uint32_t sum);

/* The checksum of a transport segment with its pseudo-header (RFC 9293 3.1, RFC 8200 8.1); 0 over one that carries a right one. */
uint16_t ip_transport_checksum(const struct ip *p, struct bytes segment);

#endif
