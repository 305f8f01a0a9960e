/* udp: one datagram (RFC 768): sport dport length sum | payload. */
#ifndef WIRE_UDP_H
#define WIRE_UDP_H

#include "base/bytes.h"
#include "base/buf.h"
#include "base/err.h"

struct udp {
	uint16_t     sport, dport;
	struct bytes payload;
};

/* The payload is cut to the length the header says; a shorter capture is not an error. */
enum err udp_parse(struct bytes in, struct udp *out) MUST_USE;
/* Writes header and payload with checksum 0. */
void udp_print(const struct udp *u, struct buf *out);

#endif
