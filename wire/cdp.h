/*
 * cdp: Cisco's forerunner of LLDP, as Cisco documents it.
 *
 *	version(1) ttl(1) checksum(2) | type(2) length(2, itself and type included) value ...
 *
 * The caller has taken off LLC and SNAP (00000c 2000) and what lies beyond
 * the length of the 802.3 frame: padding would read as a TLV of length 0.
 */
#ifndef WIRE_CDP_H
#define WIRE_CDP_H

#include "base/addr.h"
#include "base/err.h"

/* Bits of present: which TLVs were there. */
enum {
	CDP_HAS_DEVICE = 1 << 0,
	CDP_HAS_ADDRESS = 1 << 1,
	CDP_HAS_PORT = 1 << 2,
	CDP_HAS_CAPABILITIES = 1 << 3,
	CDP_HAS_SOFTWARE = 1 << 4,
	CDP_HAS_PLATFORM = 1 << 5,
	CDP_HAS_VLAN = 1 << 6,
};

enum { CDP_ROUTER = 0x01, CDP_BRIDGE = 0x02, CDP_SWITCH = 0x08, CDP_HOST = 0x10, CDP_PHONE = 0x80 };

enum { CDP_ADDRS_MAX = 4 };

struct cdp {
	uint8_t      version, ttl; /* seconds */
	uint16_t     sum;          /* as it stood; not verified */
	uint32_t     present;      /* CDP_HAS_... */
	struct bytes device, port, platform, software;
	uint32_t     capabilities;
	uint16_t     vlan; /* native: of untagged frames */
	struct addr  addrs[CDP_ADDRS_MAX];
	uint8_t      addrs_n;
	bool         more;      /* there were more addresses than the array holds */
	bool         repeated;  /* a TLV above came twice: the first stands */
	bool         misshapen; /* a TLV above had an impossible length and was passed over */
};

/* ERR_SHORT if a TLV is cut (between two an end is legal), ERR_FORM for a TLV shorter than its own head. */
enum err cdp_parse(struct bytes in, struct cdp *out) MUST_USE;

void cdp_print(const struct cdp *d, struct buf *out);

#endif
