/*
 * vrrp: which router answers for a shared address (version 2: RFC 3768;
 * version 3: RFC 5798, for IPv4 and IPv6).
 *
 *	v2  version|type(1) vrid(1) priority(1) count(1) auth(1) seconds(1) checksum(2) addresses(4 each) auth data(8)
 *	v3  version|type(1) vrid(1) priority(1) count(1) 0|centiseconds(4+12 bits) checksum(2) addresses(4 or 16 each)
 */
#ifndef WIRE_VRRP_H
#define WIRE_VRRP_H

#include "base/addr.h"
#include "base/err.h"

enum { VRRP_ADDRS_MAX = 8 };
enum { VRRP_RESIGN = 0, VRRP_OWNER = 255 }; /* priorities with a meaning of their own */

struct vrrp {
	uint8_t      version; /* 2 or 3 */
	bool         v6;      /* addresses are IPv6, as the caller said */
	uint8_t      vrid, priority;
	uint32_t     interval_ms;
	uint16_t     sum;       /* as it stood; not verified */
	uint8_t      auth_type; /* version 2 */
	struct bytes auth;      /* version 2: eight bytes */
	struct addr  addrs[VRRP_ADDRS_MAX];
	uint8_t      addrs_n;
	bool         more; /* there were more addresses than the array holds */
};

/*
 * Reads the payload of IP protocol 112; v6 is the family of the packet that
 * carried it.  ERR_SHORT if it is cut, ERR_UNSUPPORTED for other versions,
 * types, and version 2 over IPv6.
 */
enum err vrrp_parse(struct bytes in, bool v6, struct vrrp *out) MUST_USE;

void vrrp_print(const struct vrrp *v, struct buf *out);

#endif
