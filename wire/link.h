/*
 * link: from a captured frame to what it carries.
 *
 * Ethernet II and 802.3 with LLC/SNAP (IEEE 802.3 clause 3, 802.2), any depth
 * of 802.1Q/802.1ad tags, MPLS, PPPoE; Linux cooked v1 and v2, raw IP, BSD
 * loopback, PPP.  802.11 frames are read by wire/dot11.
 *
 *	dst(6) src(6) [8100|88a8 tci]* ethertype | payload
 */
#ifndef WIRE_LINK_H
#define WIRE_LINK_H

#include "base/addr.h"
#include "base/err.h"

/* Numbers of the tcpdump.org link-type registry. */
enum {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_PPP = 9,
	LINK_PPP_HDLC = 50,
	LINK_RAW_BSD = 12,
	LINK_RAW_OPENBSD = 14,
	LINK_RAW = 101,
	LINK_DOT11 = 105,
	LINK_LOOP = 108,
	LINK_SLL = 113,
	LINK_DOT11_PRISM = 119,
	LINK_RADIOTAP = 127,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_SLL2 = 276,
};

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_TEB = 0x6558, /* transparent Ethernet bridging, in GRE */
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_PPPOE = 0x8864,
	ETHERTYPE_EAPOL = 0x888e,
	ETHERTYPE_ERSPAN2 = 0x88be,
	ETHERTYPE_LLDP = 0x88cc,
	ETHERTYPE_ERSPAN3 = 0x22eb,
	ETHERTYPE_LOOPBACK = 0x9000,
	/* Not on the wire: the two LLC payloads we read. */
	LINK_STP = 1, /* DSAP 42, or Cisco's PVST+ over SNAP */
	LINK_CDP = 2,
	LINK_LLC = 3, /* some other LLC */
};

struct link {
	struct mac   src, dst;  /* zero where the link has none */
	bool         cards;     /* src and dst are known */
	uint16_t     vlan[4];   /* outermost first, identifiers only */
	uint8_t      vlans;     /* how many tags there were; the first four are kept */
	uint16_t     type;      /* ethertype, or one of LINK_STP… */
	struct bytes payload;
};

/* Reads one frame of a link type above.  ERR_UNSUPPORTED for a link type not listed. */
enum err link_parse(struct bytes in, uint32_t linktype, struct link *out) MUST_USE;

/* Writes an Ethernet II header with its tags; the payload follows. */
void link_print(const struct link *l, struct buf *out);

#endif
