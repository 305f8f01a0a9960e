/*
 * lay: a clinical message as rows of path and value, for people who may see
 * it; and two of them side by side.
 *
 * The paths are those of findings (wire/fieldpath).  HL7: each field that is
 * not empty, as sent.  JSON: each value by its pointer, as sent.  DICOM: each
 * element, binary ones as their first bytes in hexadecimal.  What is none of
 * these is one row, *.
 */
#ifndef CONTENT_LAY_H
#define CONTENT_LAY_H

#include "content/message.h"

enum { LAY_ROWS = 8192, LAY_PATH = 256, LAY_TEXT = 8 << 20 };

void lay_each(enum message_protocol protocol, struct bytes raw, void (*tell)(void *context, struct bytes path, struct bytes value), void *context);

struct lay_row {
	struct bytes path, a, b; /* a, b: at == NULL if the path is not in that one */
	bool         differs;
};

struct lay_table {
	struct lay_row *row;
	uint32_t        rows;
	bool            cut;  /* there were more rows or text than are held */
	struct buf      text; /* what the rows point into */
	bool            both;
	uint32_t        at;   /* of the reading */
};

/* Rows of both, in the order of a, what only b has behind what it follows there.  Either may be empty (at == NULL).  NULL: no memory. */
struct lay_table *lay_beside(enum message_protocol protocol, struct bytes a, struct bytes b);
void              lay_free(struct lay_table *t);

/* For a terminal or a file: a line a row; those that differ are marked by ! and show both. */
void lay_print_text(const struct lay_table *t, struct buf *out);
void lay_print_json(const struct lay_table *t, struct buf *out);

#endif
