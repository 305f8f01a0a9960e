/*
 * dhcp6: addresses, prefixes and resolvers for IPv6 hosts (RFC 8415; RFC 3646
 * for DNS, RFC 4704 for the name).
 *
 *	type(1) transaction(3) | code(2) len(2) value(len) ...
 *	relay: type(1) hops(1) link(16) peer(16) | options, one of them (9) the message relayed
 *
 * A relayed message is unwrapped: type and everything below it are those of
 * the innermost message, the relays are listed outermost first.  IAID, T1, T2
 * and the relays' other options are not kept.
 */
#ifndef WIRE_DHCP6_H
#define WIRE_DHCP6_H

#include "base/addr.h"
#include "base/err.h"

/* Message types, RFC 8415 section 7.3. */
enum {
	DHCP6_SOLICIT = 1, DHCP6_ADVERTISE, DHCP6_REQUEST, DHCP6_CONFIRM, DHCP6_RENEW, DHCP6_REBIND, DHCP6_REPLY,
	DHCP6_RELEASE, DHCP6_DECLINE, DHCP6_RECONFIGURE, DHCP6_INFORMATION, DHCP6_RELAY_FORW, DHCP6_RELAY_REPL,
};

/* Bits of present: which options were there. */
enum {
	DHCP6_HAS_CLIENT = 1 << 0,
	DHCP6_HAS_SERVER = 1 << 1,
	DHCP6_HAS_PREFERENCE = 1 << 2,
	DHCP6_HAS_IA_NA = 1 << 3, /* asked for or given, with or without an address in it */
	DHCP6_HAS_IA_PD = 1 << 4,
	DHCP6_HAS_DNS = 1 << 5,
	DHCP6_HAS_SEARCH = 1 << 6,
	DHCP6_HAS_FQDN = 1 << 7,
};

/* RELAYS_MAX is HOP_COUNT_LIMIT of RFC 8415 section 7.6. */
enum { DHCP6_LEASES_MAX = 8, DHCP6_DNS_MAX = 4, DHCP6_RELAYS_MAX = 8 };

struct dhcp6_lease {
	struct addr addr;
	uint8_t     bits;             /* of the prefix; 128 for an address */
	bool        prefix;           /* from an IA_PD, not an IA_NA */
	uint32_t    preferred, valid; /* seconds */
};

struct dhcp6_relay {
	uint8_t     type, hops;
	struct addr link, peer;
};

struct dhcp6 {
	struct dhcp6_relay relays[DHCP6_RELAYS_MAX];
	uint8_t            relays_n;
	uint8_t            type;
	uint32_t           xid;            /* 24 bits */
	uint32_t           present;        /* DHCP6_HAS_... */
	struct bytes       client, server; /* DUIDs */
	uint8_t            preference;
	struct dhcp6_lease leases[DHCP6_LEASES_MAX];
	uint8_t            leases_n;
	struct addr        dns[DHCP6_DNS_MAX];
	uint8_t            dns_n;
	struct bytes       search; /* names as RFC 1035 section 3.1 writes them, uncompressed */
	uint8_t            fqdn_flags;
	struct bytes       fqdn;      /* one such name, perhaps partial */
	bool               more;      /* there were more leases or resolvers than the arrays hold */
	bool               repeated;  /* an option above came twice: the first stands */
	bool               misshapen; /* an option above had an impossible length and was passed over */
};

/*
 * Reads the payload of UDP ports 546 and 547.  ERR_SHORT if the header or an
 * option is cut (between two options an end is legal), ERR_FORM for a relay
 * without a message, ERR_LIMIT for more relays than DHCP6_RELAYS_MAX.
 */
enum err dhcp6_parse(struct bytes in, struct dhcp6 *out) MUST_USE;

/* Writes the message inside its relays, each lease in an identity association of its own. */
void dhcp6_print(const struct dhcp6 *d, struct buf *out);

/* The Ethernet address inside a DUID-LLT or DUID-LL (RFC 8415 section 11); false for other DUIDs. */
bool dhcp6_duid_mac(struct bytes duid, struct mac *out);

#endif
