/*
 * icmp: errors, echoes and redirects of IPv4 (RFC 792).
 *
 *	type(1) code(1) checksum(2) | four bytes by type | datagram or data
 */
#ifndef WIRE_ICMP_H
#define WIRE_ICMP_H

#include "base/addr.h"
#include "base/err.h"

enum {
	ICMP_ECHO_REPLY = 0, ICMP_UNREACHABLE = 3, ICMP_SOURCE_QUENCH = 4, ICMP_REDIRECT = 5, ICMP_ECHO = 8,
	ICMP_EXCEEDED = 11, ICMP_PARAMETER = 12,
};

struct icmp {
	uint8_t      type, code;
	uint16_t     sum;      /* as it stood; not verified */
	uint32_t     word;     /* the four bytes by type */
	struct addr  gateway;  /* redirect: where the traffic should go */
	uint16_t     id, seq;  /* echo and its reply */
	struct bytes datagram; /* errors and redirect: the beginning of the IPv4 packet concerned */
	struct bytes body;     /* all that follows the eight bytes */
};

/* Reads the payload of IP protocol 1.  ERR_SHORT below eight bytes, which every type has. */
enum err icmp_parse(struct bytes in, struct icmp *out) MUST_USE;

/* Writes it; gateway, id and seq where the type has them, else word; then body, and the checksum as it stood. */
void icmp_print(const struct icmp *i, struct buf *out);

#endif
