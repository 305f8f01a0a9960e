/*
 * fieldpath: which field of a clinical message, in one word, and its name for
 * people.
 *
 *	OBX[4].5                      HL7 v2: segment, its occurrence, field (both from 1)
 *	OBX[70]                       HL7 v2: the rest of a segment
 *	(0010,0020)  (0028,*)         DICOM: an element, the rest of a group (PS3.5 section 7.1)
 *	*                             the rest of the message
 *	/valueQuantity/value  icu/hr  text: JSON pointer (RFC 6901), XML path, topic, or an element inside
 *	(0008,1115)[1].(0020,000e)    sequences
 *
 *	kind:4 | HL7: name:24 occurrence:20 field:12 | DICOM: group:16 element:16 | text: offset:16 length:16
 *
 * A text lies in a pool that goes with the word.
 */
#ifndef WIRE_FIELDPATH_H
#define WIRE_FIELDPATH_H

#include "base/buf.h"
#include "base/err.h"

enum fieldpath_kind {
	FIELDPATH_NONE, FIELDPATH_HL7, FIELDPATH_SEGMENT, FIELDPATH_DICOM, FIELDPATH_GROUP, FIELDPATH_REST, FIELDPATH_TEXT,
};

enum { FIELDPATH_OCCURRENCES = 0xfffff, FIELDPATH_FIELDS = 0xfff };

static inline enum fieldpath_kind
fieldpath_kind(uint64_t path)
{
	return (enum fieldpath_kind)(path >> 60);
}

/* name: three letters or digits as one number, the first highest.  What is over the limits above is taken as the limit. */
static inline uint64_t
fieldpath_hl7(uint32_t name, uint32_t occurrence, uint32_t field)
{
	occurrence = occurrence < FIELDPATH_OCCURRENCES ? occurrence : FIELDPATH_OCCURRENCES;
	field = field < FIELDPATH_FIELDS ? field : FIELDPATH_FIELDS;
	return (uint64_t)FIELDPATH_HL7 << 60 | (uint64_t)(name & 0xffffff) << 32 | (uint64_t)occurrence << 12 | field;
}

static inline uint64_t
fieldpath_dicom(uint16_t group, uint16_t element)
{
	return (uint64_t)FIELDPATH_DICOM << 60 | (uint64_t)group << 16 | element;
}

static inline uint64_t
fieldpath_text(uint16_t offset, uint16_t len)
{
	return (uint64_t)FIELDPATH_TEXT << 60 | (uint64_t)offset << 16 | len;
}

#define FIELDPATH_ALL ((uint64_t)FIELDPATH_REST << 60)

/* The text of a FIELDPATH_TEXT; empty if the pool does not hold it. */
struct bytes fieldpath_words(uint64_t path, struct bytes pool);

/* The segment of an HL7 field, the sequence of a nested DICOM element, the group of another, else the rest of the message. */
uint64_t fieldpath_parent(uint64_t path, struct bytes pool);

/* Writes the name; a text's bytes that are not printable ASCII become '?'. */
void fieldpath_print(uint64_t path, struct bytes pool, struct buf *out);

/* Reads a name; what is none of the other forms is a text, which is added to pool.  ERR_LIMIT if the pool is full, ERR_FORM if empty. */
enum err fieldpath_parse(struct bytes in, struct buf *pool, uint64_t *out) MUST_USE;

#endif
