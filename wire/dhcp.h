/*
 * dhcp: how an IPv4 host gets its address, router and resolver (RFC 2131;
 * options RFC 2132, 3046, 3442, 8910).
 *
 *	op(1) htype(1) hlen(1) hops(1) xid(4) secs(2) flags(2)
 *	ciaddr(4) yiaddr(4) siaddr(4) giaddr(4) chaddr(16) sname(64) file(128)
 *	63 82 53 63 | code(1) len(1) value(len) ... | 255
 *
 * Options in an overloaded sname or file (RFC 2132 section 9.3) are read as
 * well.  The pieces of a long option are not joined (RFC 3396): the first
 * piece stands and repeated says that there were more.
 */
#ifndef WIRE_DHCP_H
#define WIRE_DHCP_H

#include "base/addr.h"
#include "base/err.h"

enum { DHCP_BOOTREQUEST = 1, DHCP_BOOTREPLY = 2 };

/* Message types, RFC 2132 section 9.6. */
enum {
	DHCP_DISCOVER = 1, DHCP_OFFER, DHCP_REQUEST, DHCP_DECLINE, DHCP_ACK, DHCP_NAK, DHCP_RELEASE, DHCP_INFORM,
};

/* Bits of present: which options were there. */
enum {
	DHCP_HAS_TYPE = 1 << 0,
	DHCP_HAS_SERVER = 1 << 1,
	DHCP_HAS_REQUESTED = 1 << 2,
	DHCP_HAS_LEASE = 1 << 3,
	DHCP_HAS_MASK = 1 << 4,
	DHCP_HAS_ROUTERS = 1 << 5,
	DHCP_HAS_DNS = 1 << 6,
	DHCP_HAS_DOMAIN = 1 << 7,
	DHCP_HAS_HOSTNAME = 1 << 8,
	DHCP_HAS_VENDOR = 1 << 9,
	DHCP_HAS_CLIENT = 1 << 10,
	DHCP_HAS_WANTED = 1 << 11,
	DHCP_HAS_ROUTES = 1 << 12,
	DHCP_HAS_WPAD = 1 << 13,
	DHCP_HAS_RELAY = 1 << 14,
	DHCP_HAS_PORTAL = 1 << 15,
};

enum { DHCP_ADDRS_MAX = 4, DHCP_ROUTES_MAX = 4 };

struct dhcp_addrs {
	struct addr v[DHCP_ADDRS_MAX];
	uint8_t     n;
	bool        more; /* there were more than the array holds */
};

struct dhcp {
	uint8_t           op, htype, hlen, hops;
	uint32_t          xid;
	uint16_t          secs, flags;
	struct addr       ciaddr, yiaddr, siaddr, giaddr;
	struct mac        chaddr;      /* the first six of its sixteen bytes */
	struct bytes      sname, file; /* up to the first NUL; empty if overloaded */
	uint32_t          present;     /* DHCP_HAS_... */
	uint8_t           type;        /* 53 */
	uint32_t          lease;       /* 51, seconds */
	struct addr       server;      /* 54 */
	struct addr       requested;   /* 50 */
	struct addr       mask;        /* 1 */
	struct dhcp_addrs routers;     /* 3 */
	struct dhcp_addrs dns;         /* 6 */
	struct bytes      domain;      /* 15 */
	struct bytes      hostname;    /* 12 */
	struct bytes      vendor;      /* 60 */
	struct bytes      client;      /* 61, its kind byte included */
	struct bytes      wanted;      /* 55, one option code a byte */
	struct bytes      routes;      /* 121, for dhcp_routes */
	struct bytes      wpad;        /* 252 */
	struct bytes      relay;       /* 82, its suboptions */
	struct bytes      portal;      /* 114 */
	bool              unended;     /* the options stop without the end option */
	bool              repeated;    /* an option above came twice: the first stands */
	bool              misshapen;   /* an option above had an impossible length and was passed over */
};

struct dhcp_route {
	struct addr net;
	uint8_t     bits;
	struct addr via;
};

/*
 * Reads the payload of UDP ports 67 and 68.  ERR_SHORT if the fixed part or
 * an option is cut, ERR_UNSUPPORTED for BOOTP without the magic cookie,
 * ERR_FORM for a card address longer than its field.
 */
enum err dhcp_parse(struct bytes in, struct dhcp *out) MUST_USE;

/* Writes the packet with all options in the option field, the type first. */
void dhcp_print(const struct dhcp *d, struct buf *out);

/* The first routes of option 121 (RFC 3442) into out, and how many; what is malformed ends the list. */
unsigned dhcp_routes(struct bytes raw, struct dhcp_route out[static DHCP_ROUTES_MAX]);

#endif
