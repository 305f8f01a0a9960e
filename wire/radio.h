/*
 * radio: what a receiver noted about a Wi-Fi frame: the radiotap header
 * (radiotap.org; all numbers little-endian).
 *
 *	version=0(1) pad(1) length(2) present(4) ... | fields, each aligned to its size from the header's start | frame
 */
#ifndef WIRE_RADIO_H
#define WIRE_RADIO_H

#include "base/buf.h"
#include "base/err.h"

enum { RADIO_HAS_CHANNEL = 1 << 0, RADIO_HAS_SIGNAL = 1 << 1 };

struct radio {
	uint32_t     present; /* RADIO_HAS_... */
	uint16_t     mhz, channel_flags;
	int8_t       dbm;     /* antenna signal */
	bool         bad_fcs; /* the receiver saw a wrong check sequence: believe nothing in the frame */
	struct bytes frame;   /* the 802.11 frame without its check sequence */
};

/*
 * Reads the header; fields after the first that is not understood (a vendor's,
 * a TLV) are not looked at.  ERR_SHORT if it is cut, ERR_FORM if a length or
 * field contradicts the header's length, ERR_UNSUPPORTED for other versions.
 */
enum err radio_parse(struct bytes in, struct radio *out) MUST_USE;

void radio_print(const struct radio *r, struct buf *out);

#endif
