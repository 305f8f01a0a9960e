/*
 * hsrp: Cisco's way to share a router's address (version 1: RFC 2281;
 * version 2: type-length-values, as Cisco documents them).
 *
 *	v1  00 op(1) state(1) hello(1) hold(1) priority(1) group(1) 0 auth(8) address(4) | perhaps TLV 4
 *	v2  type(1) len(1) value ...: 1 group state, 2 interface state, 3 text auth, 4 MD5 auth
 *	    group state: 02 op(1) state(1) family(1) group(2) id(6) priority(4) hello(4) hold(4) address(16)
 */
#ifndef WIRE_HSRP_H
#define WIRE_HSRP_H

#include "base/addr.h"
#include "base/err.h"

enum { HSRP_HELLO = 0, HSRP_COUP = 1, HSRP_RESIGN = 2, HSRP_ADVERTISE = 3 };

struct hsrp {
	uint8_t      version; /* 1 or 2 */
	bool         grouped; /* a group's state is told: op to address are set (version 1: except for HSRP_ADVERTISE) */
	uint8_t      op;
	uint8_t      state;   /* numbered differently by the two versions: ask hsrp_active */
	bool         v6;      /* version 2: the address is IPv6 */
	uint16_t     group;
	uint32_t     priority, hello_ms, hold_ms;
	struct mac   id;      /* version 2: the sender's card */
	struct addr  address; /* the shared one; unspecified if not learnt yet */
	struct bytes auth;    /* text, eight bytes with its NULs; empty if absent */
	struct bytes md5;     /* the value of TLV 4; empty if absent */
};

/*
 * Reads the payload of UDP port 1985 (IPv4) or 2029 (IPv6).  ERR_SHORT if it
 * is cut (version 2 may end between two TLVs), ERR_FORM for a group state of
 * the wrong length, ERR_UNSUPPORTED for an operation above HSRP_ADVERTISE.
 */
enum err hsrp_parse(struct bytes in, struct hsrp *out) MUST_USE;

void hsrp_print(const struct hsrp *h, struct buf *out);

/* Does the sender say that it is the active router? */
bool hsrp_active(const struct hsrp *h);

/* Does a payload of UDP port 3222 look like GLBP, the protocol's load-balancing cousin?  Nothing more is read of it. */
bool hsrp_is_glbp(struct bytes in);

#endif
