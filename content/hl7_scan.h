/*
 * hl7_scan: where fields end in a piece of an HL7 v2 message, 64 bytes at a
 * time: a bit a byte.
 *
 *	ends  a field separator, CR or LF
 *	odd   what makes the field it is in, or ends, no canonical one: an escape, NUL to
 *	      0x04, a separator before an end or before a stronger one
 */
#ifndef CONTENT_HL7_SCAN_H
#define CONTENT_HL7_SCAN_H

#include "base/bytes.h"

enum { HL7_SCAN_BLOCK = 64 };

struct hl7_scan {
	struct bytes in;
	size_t       base;  /* of the block that the bits are of */
	uint64_t     ends, odd;
	uint64_t     weak, middle; /* the byte before this block is & ; is ^ or ~ (bit 0) */
	uint8_t      delimiter;
	bool         plain; /* the encoding characters are ^ ~ \ & : else all is odd */
};

void hl7_scan_begin(struct hl7_scan *s, struct bytes in, uint8_t delimiter, bool plain);

/* The same as hl7_scan_end where the end is not in the block at hand. */
size_t hl7_scan_further(struct hl7_scan *s, size_t from, bool *odd);

/* Offset of the first end at or after from, in.len if there is none; *odd: something up to it, itself counted, is odd.  from never goes back. */
static inline size_t
hl7_scan_end(struct hl7_scan *s, size_t from, bool *odd)
{
	size_t in = from - s->base;

	if (in < HL7_SCAN_BLOCK) {
		uint64_t at = ~UINT64_C(0) << in, ends = s->ends & at;
		if (ends) {
			*odd = (s->odd & at & (ends ^ (ends - 1))) != 0;
			return s->base + (size_t)__builtin_ctzll(ends);
		}
	}
	return hl7_scan_further(s, from, odd);
}

#endif
