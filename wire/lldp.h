/*
 * lldp: what a switch or host says it is, and at which port (IEEE 802.1AB-2016).
 *
 *	type(7 bits) length(9 bits) value ...: 1 chassis, 2 port, 3 ttl, then others in any order, 0 end
 */
#ifndef WIRE_LLDP_H
#define WIRE_LLDP_H

#include "base/addr.h"
#include "base/err.h"

/* Kinds of chassis and port identifiers, clauses 8.5.2 and 8.5.3: the same thing has different numbers. */
enum { LLDP_CHASSIS_MAC = 4, LLDP_PORT_MAC = 3, LLDP_PORT_NAME = 5 };

/* Bits of present: which optional TLVs were there. */
enum {
	LLDP_HAS_PORT_DESCR = 1 << 0,
	LLDP_HAS_NAME = 1 << 1,
	LLDP_HAS_DESCR = 1 << 2,
	LLDP_HAS_CAPABILITIES = 1 << 3,
	LLDP_HAS_MANAGEMENT = 1 << 4,
	LLDP_HAS_VLAN = 1 << 5,
};

/* Bits of capable and enabled, clause 8.5.8. */
enum {
	LLDP_BRIDGE = 1 << 2, LLDP_ACCESS_POINT = 1 << 3, LLDP_ROUTER = 1 << 4, LLDP_PHONE = 1 << 5, LLDP_STATION = 1 << 7,
};

struct lldp {
	uint8_t      chassis_kind, port_kind;
	struct bytes chassis, port; /* form depends on the kind; at least one byte */
	uint16_t     ttl;           /* seconds; 0 takes the neighbour back */
	uint32_t     present;       /* LLDP_HAS_... */
	struct bytes port_descr, name, descr;
	uint16_t     capable, enabled;
	struct addr  management; /* the first IPv4 or IPv6 one */
	uint16_t     vlan;       /* of untagged frames: IEEE 802.1Q annex D.2.1 */
	bool         repeated;   /* a TLV above came twice: the first stands */
	bool         misshapen;  /* a TLV above had an impossible length and was passed over */
};

/*
 * Reads the payload of Ethernet type 0x88cc; what follows the end is not
 * looked at, and the end itself may be missing.  ERR_SHORT if a TLV is cut or
 * a mandatory one missing, ERR_FORM if the first three are not chassis, port
 * and ttl.
 */
enum err lldp_parse(struct bytes in, struct lldp *out) MUST_USE;

void lldp_print(const struct lldp *l, struct buf *out);

/* The chassis' address, if that is how it names itself. */
bool lldp_chassis_mac(const struct lldp *l, struct mac *out);

#endif
