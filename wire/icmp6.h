/*
 * icmp6: errors and echoes of IPv6 (RFC 4443) and neighbour discovery (RFC
 * 4861; RFC 4191 for preferences and routes, RFC 8106 for resolvers).
 *
 *	type(1) code(1) checksum(2) | body by type
 *	133 RS  unused(4)                                              | options
 *	134 RA  hops(1) M O . PP ...(1) life(2) reachable(4) retrans(4) | options
 *	135 NS  unused(4) target(16)                                   | options
 *	136 NA  R S O ...(4) target(16)                                | options
 *	137 Redirect  unused(4) target(16) destination(16)             | options
 *	option: type(1) len(1), in units of eight bytes, both bytes included
 */
#ifndef WIRE_ICMP6_H
#define WIRE_ICMP6_H

#include "base/addr.h"
#include "base/err.h"

enum {
	ICMP6_UNREACHABLE = 1, ICMP6_TOO_BIG, ICMP6_EXCEEDED, ICMP6_PARAMETER,
	ICMP6_ECHO = 128, ICMP6_ECHO_REPLY,
	ICMP6_RS = 133, ICMP6_RA, ICMP6_NS, ICMP6_NA, ICMP6_REDIRECT,
};

/* Bits of present: which options were there. */
enum {
	ICMP6_HAS_SOURCE = 1 << 0, /* source link-layer address */
	ICMP6_HAS_TARGET = 1 << 1, /* target link-layer address */
	ICMP6_HAS_MTU = 1 << 2,
};

enum { ICMP6_LOW = -1, ICMP6_MEDIUM = 0, ICMP6_HIGH = 1 };
enum { ICMP6_PREFIXES_MAX = 8, ICMP6_ROUTES_MAX = 8, ICMP6_DNS_MAX = 4 };

struct icmp6_prefix {
	struct addr net; /* bits beyond the prefix are cleared, as RFC 4861 section 4.6.2 has receivers ignore them */
	uint8_t     bits;
	bool        on_link, autonomous;
	uint32_t    valid, preferred; /* seconds */
};

struct icmp6_route {
	struct addr net;
	uint8_t     bits;
	int8_t      preference; /* ICMP6_LOW to ICMP6_HIGH */
	uint32_t    lifetime;   /* seconds */
};

struct icmp6_dns {
	struct addr addr;
	uint32_t    lifetime; /* seconds */
};

struct icmp6 {
	uint8_t             type, code;
	uint16_t            sum;         /* as it stood; not verified */
	uint32_t            word;        /* errors: MTU, pointer or unused */
	uint16_t            id, seq;     /* echo and its reply */
	struct addr         target;      /* NS, NA, redirect */
	struct addr         destination; /* redirect */
	bool                router, solicited, override;              /* NA */
	bool                managed, other;                           /* RA */
	uint8_t             hop_limit;                                /* RA */
	int8_t              preference;                               /* RA: ICMP6_LOW to ICMP6_HIGH */
	uint16_t            lifetime;                                 /* RA: seconds as a default router, 0 for none */
	uint32_t            reachable, retrans;                       /* RA: milliseconds */
	uint32_t            present;                                  /* ICMP6_HAS_... */
	struct mac          source_mac, target_mac;
	uint32_t            mtu;
	struct icmp6_prefix prefixes[ICMP6_PREFIXES_MAX];
	struct icmp6_route  routes[ICMP6_ROUTES_MAX];
	struct icmp6_dns    dns[ICMP6_DNS_MAX];
	uint8_t             prefixes_n, routes_n, dns_n;
	struct bytes        body;     /* errors and redirect: the packet concerned; echo: data; other types: all after the checksum */
	bool                more;      /* there were more prefixes, routes or resolvers than the arrays hold */
	bool                repeated;  /* a link-layer address or MTU came twice: the first stands */
	bool                misshapen; /* an option above had an impossible length or value and was passed over */
};

/*
 * Reads the payload of IPv6 next header 58.  ERR_SHORT if it is cut (between
 * two options an end is legal), ERR_FORM for an option of length 0, for which
 * RFC 4861 section 4.6 has the packet discarded.  That section's other rules,
 * hop limit 255 above all, are the caller's.
 */
enum err icmp6_parse(struct bytes in, struct icmp6 *out) MUST_USE;

/* Writes it with the checksum as it stood. */
void icmp6_print(const struct icmp6 *i, struct buf *out);

#endif
