/*
 * dataset: the elements of a DICOM data set (PS3.5 section 7), as its bytes
 * come, cut anywhere.
 *
 *	implicit: group(2) element(2) length(4) value
 *	explicit: group(2) element(2) VR(2) length(2) value
 *	          group(2) element(2) VR(2) 0(2) length(4) value      OB OD OF OL OV OW SQ SV UC UN UR UT UV
 *	sequence: { (fffe,e000) length(4) elements [(fffe,e00d) 0(4)] } [(fffe,e0dd) 0(4)]
 *
 * A length of 0xffffffff is undefined: a delimiter ends it.  Pixel data of
 * undefined length is a row of fragments, each an item (PS3.5 annex A.4).
 * Where the encoding does not tell a sequence from a value (implicit VR, and
 * UN), a value that begins with an item that fits into it is a sequence.
 */
#ifndef WIRE_DATASET_H
#define WIRE_DATASET_H

#include "base/buf.h"
#include "base/err.h"

enum { DATASET_DEPTH = 16 }; /* levels: a sequence and its item are two */

enum dataset_kind {
	DATASET_VALUE = 1,    /* an element and its length; its data follows */
	DATASET_DATA,         /* a piece of the value, or of the fragment */
	DATASET_VALUE_END,
	DATASET_SEQUENCE,     /* an element that holds items */
	DATASET_FRAGMENTS,    /* pixel data in fragments */
	DATASET_ITEM,         /* the next item: number from 1; of fragments its length */
	DATASET_ITEM_END,
	DATASET_SEQUENCE_END, /* of either: tag says which */
};

struct dataset_event {
	enum dataset_kind kind;
	uint16_t          group, element;
	uint16_t          vr;     /* two letters, the first high; 0 if the encoding has none */
	bool              big;    /* numbers are big endian */
	uint32_t          length; /* DATASET_VALUE; DATASET_ITEM of fragments */
	uint32_t          number; /* DATASET_ITEM; DATASET_SEQUENCE_END: of its items */
	struct bytes      data;   /* DATASET_DATA: good until the next call */
};

struct dataset_level {
	uint16_t group, element;
	uint32_t items;
	uint64_t end; /* offset; UINT64_MAX if undefined */
	uint8_t  kind;
	bool     implicit, big; /* of what encloses it */
};

/* The state of a walk: dataset_begin. */
struct dataset {
	uint64_t             offset, left; /* of the next byte; of the value still to come */
	bool                 implicit, big, open;
	uint8_t              depth, have;
	bool                 ask;
	uint8_t              head[12];
	struct dataset_event element; /* the one asked whether it is a sequence */
	struct dataset_level level[DATASET_DEPTH];
	const char          *wrong;  /* why it is no data set; nothing more is told */
};

void dataset_begin(struct dataset *d, bool implicit, bool big);

/* Takes bytes off in up to the next event; false if there is none: all of in was taken, or it is wrong. */
bool dataset_next(struct dataset *d, struct bytes *in, struct dataset_event *out);

/* Passes over up to n bytes of an open value unseen, but for its last: how many. */
uint32_t dataset_pass(struct dataset *d, uint32_t n);

/* May it end here?  Not within a value, a header or an item. */
bool dataset_whole(const struct dataset *d);

/* Writes an element's header, an item's, or a delimiter's. */
void dataset_print(const struct dataset_event *e, bool implicit, struct buf *out);

/* Is the tag one whose value is numbers or bytes, by PS3.6?  Else it is text, if its group is even. */
bool dataset_binary(uint16_t group, uint16_t element);

#endif
