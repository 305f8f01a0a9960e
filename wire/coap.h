/*
 * coap: the Constrained Application Protocol over UDP (RFC 7252 section 3;
 * Observe RFC 7641, Block RFC 7959).
 *
 *	ver:2=1 type:2 tkl:4 | code (class:3 detail:5) | message id(2) | token(tkl)
 *	option: delta:4 length:4 [delta ext] [length ext] value ...  | 0xff payload
 *	13: one byte more, plus 13; 14: two bytes more, plus 269
 */
#ifndef WIRE_COAP_H
#define WIRE_COAP_H

#include "base/buf.h"
#include "base/err.h"

enum { COAP_TOKEN = 8, COAP_TEXT = 256 };
enum coap_type { COAP_CON, COAP_NON, COAP_ACK, COAP_RST };
enum coap_code { COAP_EMPTY = 0, COAP_GET = 1, COAP_POST, COAP_PUT, COAP_DELETE, COAP_FETCH, COAP_PATCH, COAP_IPATCH, COAP_CONTENT = 0x45 };

struct coap {
	uint8_t  type;
	uint8_t  code; /* class in the upper three bits: 0x45 is 2.05 */
	uint16_t id;
	uint8_t  token[COAP_TOKEN];
	uint8_t  token_len;

	struct bytes host; /* Uri-Host; a view */
	/*
	 * "/a/b" and "x=1&y=2" (RFC 7252 section 6.5): in a segment / % &, blanks
	 * and what is not printable ASCII are written %XX.  Whole segments only.
	 */
	char     path[COAP_TEXT], query[COAP_TEXT];
	bool     more;     /* a segment did not fit */
	bool     critical; /* an option was there that is critical and not known (section 5.4.1), or the reserved number 0 */
	bool     has_format, has_observe, has_block1, has_block2;
	uint16_t format;   /* Content-Format */
	uint32_t observe;
	uint32_t block1, block2; /* raw: num << 4 | more << 3 | szx */

	struct bytes payload; /* a view */
};

/*
 * Reads one datagram.  ERR_SHORT if it is cut, ERR_FORM for another version,
 * a token over 8 bytes, a marker without payload, or an empty message that is not empty.
 */
enum err coap_parse(struct bytes in, struct coap *out) MUST_USE;

/* Writes the message with the options above. */
void coap_print(const struct coap *m, struct buf *out);

/* Is it CoAP, on whatever port?  As coap_parse, no unknown critical option, and the code is a known one and fits the type. */
bool coap_looks(struct bytes in);

#endif
