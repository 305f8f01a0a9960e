/*
 * hl7: who speaks to whom in an HL7 version 2 message (HL7 v2.5.1 chapter 2,
 * sections 2.5 and 2.14.9): the header segment, and any field by its number.
 *
 *	MSH|^~\&|app|facility|app|facility|time|security|type^trigger^structure|id|T|version|…|charset CR
 *	MSA|code|id of the message acknowledged|… CR
 *
 * A segment ends with CR; LF and CR LF are met too.  A byte order mark and
 * line ends before the first segment, and a batch's FHS and BHS, are passed over.
 */
#ifndef WIRE_HL7_H
#define WIRE_HL7_H

#include "base/buf.h"
#include "base/err.h"

/* A letter.  A field that is not there is empty. */
struct hl7 {
	struct bytes message; /* from MSH on */
	bool         batch;   /* FHS or BHS stood before it */
	bool         open;    /* MSH had no end: more of it, or its last field, may follow */

	/* Delimiters of MSH-1 and MSH-2; 0 if not given. */
	uint8_t      field, component, repetition, escape, subcomponent;
	struct bytes encoding; /* MSH-2 as sent */

	struct bytes from_application, from_facility; /* MSH-3, 4 */
	struct bytes to_application, to_facility;     /* MSH-5, 6 */
	struct bytes time;                            /* MSH-7 */
	struct bytes type, trigger, structure;        /* MSH-9 */
	struct bytes control_id, processing, version; /* MSH-10, 11, 12 */
	struct bytes charset;                         /* MSH-18 */

	/* Of an acknowledgement; MSA is looked for in the first segments only. */
	struct bytes ack_code, ack_id;                /* MSA-1, 2 */
};

/*
 * Reads the first message in bytes without MLLP's frame.  ERR_SHORT if it ends
 * before MSH-2 does, ERR_FORM if it is not HL7 v2; a message cut later is OK.
 */
enum err hl7_parse(struct bytes in, struct hl7 *out) MUST_USE;

/* Writes MSH with the fields above, and MSA if there is a code or an id. */
void hl7_print(const struct hl7 *h, struct buf *out);

/* Field n of the first segment of that name, empty if there is none; MSH-1 is the delimiter.  Walks the message. */
struct bytes hl7_field(const struct hl7 *h, const char *segment, unsigned n);

/* Component n, from 1, of a field's first repetition; empty if there is none. */
struct bytes hl7_component(const struct hl7 *h, struct bytes field, unsigned n);

/* Takes the next segment off left, without its end; false if nothing is left.  Empty lines are passed over. */
bool hl7_segment_next(struct bytes *left, struct bytes *segment);

/* Do these bytes begin like HL7 v2? */
bool hl7_looks(struct bytes in);

#endif
