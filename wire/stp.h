/*
 * stp: which switch is the root of the tree (IEEE 802.1D-2004 clause 9 for
 * STP and RSTP, IEEE 802.1Q-2018 clause 14 for MSTP).
 *
 *	0000 version(1) type(1) | flags(1) root(8) cost(4) bridge(8) port(2)
 *	age(2) max age(2) hello(2) delay(2) | 00 | length(2) MST part
 *
 * The caller has taken off what stands before: LLC 42 42 03, or for Cisco's
 * PVST+ the SNAP header 00000c 010b, behind which the same BPDU follows.
 */
#ifndef WIRE_STP_H
#define WIRE_STP_H

#include "base/addr.h"
#include "base/err.h"

enum { STP_CONFIG = 0x00, STP_RAPID = 0x02, STP_CHANGE = 0x80 }; /* STP_RAPID is MSTP's type too */

enum {
	STP_TOPOLOGY_CHANGE = 0x01, STP_PROPOSAL = 0x02, STP_ROLE = 0x0c, STP_LEARNING = 0x10,
	STP_FORWARDING = 0x20, STP_AGREEMENT = 0x40, STP_CHANGE_ACK = 0x80,
};

/* A bridge identifier: the lower priority wins, then the lower address. */
struct stp_id {
	uint16_t   priority; /* the low twelve bits may be a VLAN or instance number */
	struct mac mac;
};

struct stp {
	uint8_t       version;       /* 0 STP, 2 RSTP, 3 MSTP */
	uint8_t       type, flags;   /* of STP_CHANGE nothing below is set */
	struct stp_id root, bridge;  /* in MSTP bridge is the regional root */
	uint32_t      cost;
	uint16_t      port;
	uint16_t      age, max_age, hello, delay; /* 1/256 s */
	struct bytes  mst;           /* MSTP: from the format selector to the last instance; else empty */
};

/*
 * Reads a BPDU; what follows it (padding, PVST+'s VLAN) is not looked at.
 * ERR_SHORT if it is cut, ERR_UNSUPPORTED for other protocols (GARP shares
 * the LLC address) and types.  An MST part that is cut or of the wrong length
 * makes the BPDU a rapid one, as IEEE 802.1Q clause 14.5 says.
 */
enum err stp_parse(struct bytes in, struct stp *out) MUST_USE;

void stp_print(const struct stp *s, struct buf *out);

/* Negative if a is the better bridge identifier, 0 if they are equal. */
int stp_compare(struct stp_id a, struct stp_id b);

#endif
