/*
 * websocket: the frames of a WebSocket (RFC 6455 section 5.2), streamed.
 *
 *	FIN:1 reserved:3 opcode:4 | MASK:1 length:7 [length(2 or 8)] [mask key(4)] payload
 *
 * The opening handshake is HTTP's (wire/http).  Compressed messages (RFC 7692,
 * the first reserved bit) are told as they are.
 */
#ifndef WIRE_WEBSOCKET_H
#define WIRE_WEBSOCKET_H

#include "base/buf.h"
#include "base/err.h"

enum { WEBSOCKET_CONTINUATION, WEBSOCKET_TEXT, WEBSOCKET_BINARY, WEBSOCKET_CLOSE = 8, WEBSOCKET_PING, WEBSOCKET_PONG };

struct websocket {
	bool     final, masked;
	uint8_t  reserved; /* three bits: 4 is compressed */
	uint8_t  opcode;
	uint8_t  key[4];
	uint64_t length;   /* of the payload */
	size_t   head;     /* bytes before it */
};

/*
 * Reads a frame's head; the payload follows.  ERR_SHORT if it is cut, ERR_FORM
 * for an unknown opcode, a control frame that is long or in parts, or a length
 * not written in its shortest form.
 */
enum err websocket_parse(struct bytes in, struct websocket *out) MUST_USE;
void     websocket_print(const struct websocket *w, struct buf *out);

/* Copies a piece of the payload into out, unmasked; at is its offset in the payload. */
void websocket_unmask(const struct websocket *w, uint64_t at, struct bytes in, uint8_t *out);

#endif
