/*
 * arp: who has an IPv4 address (RFC 826; RFC 5227 for probe and announcement).
 *
 *	htype=1 ptype=0x0800 hlen=6 plen=4 op | sha(6) spa(4) tha(6) tpa(4)
 */
#ifndef WIRE_ARP_H
#define WIRE_ARP_H

#include "base/addr.h"
#include "base/err.h"

enum { ARP_REQUEST = 1, ARP_REPLY = 2 };

struct arp {
	uint16_t    op;
	struct mac  sha, tha; /* sender and target card */
	struct addr spa, tpa; /* sender and target address */
};

/*
 * Reads an ARP packet over Ethernet for IPv4; padding after it is allowed, as
 * Ethernet has a least length.  ERR_SHORT if it is cut, ERR_UNSUPPORTED for
 * other hardware or protocols.
 */
enum err arp_parse(struct bytes in, struct arp *out) MUST_USE;

/* Writes the 28 bytes that arp_parse reads. */
void arp_print(const struct arp *a, struct buf *out);

#endif
