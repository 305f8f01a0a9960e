/*
 * tcp: one segment (RFC 9293 section 3.1).
 *
 *	sport dport | seq | ack | off/flags window | sum urgent | options | payload
 */
#ifndef WIRE_TCP_H
#define WIRE_TCP_H

#include "base/bytes.h"
#include "base/buf.h"
#include "base/err.h"

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16, TCP_URG = 32 };

struct tcp {
	uint16_t     sport, dport;
	uint32_t     seq, ack;
	uint8_t      flags;
	uint16_t     window;
	struct bytes options, payload;
};

enum err tcp_parse(struct bytes in, struct tcp *out) MUST_USE;
/* Writes header and payload with checksum 0. */
void tcp_print(const struct tcp *t, struct buf *out);

/* a comes before b in sequence space (RFC 9293 section 3.4: modulo 2^32). */
static inline bool
tcp_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* What the stack that sent a SYN is like: option order, window and scale as one number; 0 is none. */
uint32_t tcp_stack(const struct tcp *t);

#endif
