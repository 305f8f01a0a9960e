/*
 * tunnel: what carries a whole frame or packet inside an IP packet.
 *
 * SPAN transports: ERSPAN types I-III over GRE (RFC 1701, RFC 2784,
 * draft-foschiano-erspan) and VXLAN (RFC 7348).  Also plain GRE, Geneve
 * (RFC 8926), IP in IP (RFC 2003, RFC 4213, RFC 2473), CAPWAP data (RFC 5415
 * with RFC 5416's 802.11 payload) and GTP-U (3GPP TS 29.281).
 */
#ifndef WIRE_TUNNEL_H
#define WIRE_TUNNEL_H

#include "base/bytes.h"
#include "base/err.h"

enum { TUNNEL_VXLAN_PORT = 4789, TUNNEL_GENEVE_PORT = 6081, TUNNEL_CAPWAP_PORT = 5247, TUNNEL_GTP_PORT = 2152 };

struct tunnel {
	uint32_t     linktype; /* of the payload: LINK_ETHERNET, LINK_RAW or LINK_DOT11 */
	uint32_t     network;  /* VNI, ERSPAN session, GRE key; 0 if it has none */
	bool         mirror;   /* a SPAN transport: its outer packet is not the traffic watched */
	bool         swapped;  /* CAPWAP: bytes of the 802.11 frame control exchanged (RFC 5416 section 2.2) */
	struct bytes payload;
};

enum err tunnel_gre_parse(struct bytes in, struct tunnel *out) MUST_USE;
/* By destination port; ERR_UNSUPPORTED when the port is none of ours. */
enum err tunnel_udp_parse(struct bytes in, uint16_t dport, struct tunnel *out) MUST_USE;

#endif
