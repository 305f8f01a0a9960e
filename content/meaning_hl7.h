/*
 * meaning_hl7: the meaning of an HL7 v2 message (chapter 2, sections 2.5 to
 * 2.7) as its bytes come off the wire, cut anywhere, without MLLP's frame.
 *
 *	MSH|^~\&|app|… CR  PID|… CR  OBX|1|NM|8867-4^HR^LN||72 CR
 *
 * The same meaning: any delimiters (MSH-1, MSH-2); CR, LF or CR LF; a byte
 * order mark; empty lines; empty fields, components and repetitions at an end;
 * a character escaped or, where it may, sent as it is.  Another meaning: every
 * other byte, and "" (delete) against empty (no change).
 *
 * What a field says is digested with ^ ~ & as separators whatever was sent.
 * Data that would read as one of them, NUL or 0x04 has 0x04 before it; an
 * escape not known is kept between two NULs.  So no data becomes a separator.
 */
#ifndef CONTENT_MEANING_HL7_H
#define CONTENT_MEANING_HL7_H

#include "content/meaning.h"

enum { MEANING_HL7_SIZE = 16 << 20, MEANING_HL7_TEXT = 64, MEANING_HL7_NAMES = 64, MEANING_HL7_ESCAPE = 256 };

/* The fields that say who speaks to whom, as sent; nothing of the patient. */
enum meaning_hl7_id {
	MEANING_HL7_FROM, MEANING_HL7_FROM_FACILITY, MEANING_HL7_TO, MEANING_HL7_TO_FACILITY, /* MSH-3 to 6 */
	MEANING_HL7_TIME, MEANING_HL7_TYPE, MEANING_HL7_CONTROL, MEANING_HL7_PROCESSING,      /* MSH-7, 9, 10, 11 */
	MEANING_HL7_ACCEPT, MEANING_HL7_APPLICATION,                                          /* MSH-15, 16 */
	MEANING_HL7_ACK_CODE, MEANING_HL7_ACK_ID,                                             /* MSA-1, 2 */
	MEANING_HL7_IDS
};

struct meaning_hl7_text {
	uint8_t len;
	bool    cut; /* it was longer */
	char    text[MEANING_HL7_TEXT];
};

struct meaning_hl7 {
	struct meaning         *out;
	struct meaning_hl7_text id[MEANING_HL7_IDS]; /* of the first MSH and MSA */
	bool                    quiet;               /* to be set at the start: who speaks to whom is read, nothing else digested than the bytes */
	const char             *refused;             /* why it is no HL7 v2; NULL if it is */
	uint32_t                messages;            /* MSH segments: more than one in a batch */

	/* Of the reading.  value and what follows is read no further than it was written. */
	void          (*tell)(void *context, uint64_t path, struct bytes value);
	void           *context;
	struct bytes    told; /* the open field as sent, of a message in one piece */
	const uint8_t  *kind; /* of each byte */
	uint8_t         where, delimiter, encoding[5], encoded, name[3], named, headed, names;
	bool            plain; /* ^ ~ \ & are the encoding characters */
	bool            envelope, collect, said;
	bool            begun, open; /* of the field: some of it was put; something is in it */
	uint32_t        segment, occurrence, field, others;
	uint32_t        sub, component, repetition; /* separators met, not yet put: nothing may follow */
	uint16_t        escaped; /* length of the open escape, its first letter counted */
	struct siphash  value;
	struct {
		uint32_t name, count;
	} seen[MEANING_HL7_NAMES];
	uint8_t kinds[256], escape[MEANING_HL7_ESCAPE];
};

/* The sink's key is used; out must live until the end. */
void meaning_hl7_begin(struct meaning_hl7 *h, struct meaning *out, const struct siphash_key *key);
void meaning_hl7_put(struct meaning_hl7 *h, struct bytes in);
/* The same for what was given to meaning_bytes already. */
void meaning_hl7_read(struct meaning_hl7 *h, struct bytes in);

/* Is it an acknowledgement and nothing else (MSH-9 is ACK or MCF)?  May one that begins so be? */
bool meaning_hl7_is_answer(const struct meaning_hl7 *h);
bool meaning_hl7_may_answer(struct bytes message);

/*
 * Ends the message and its digests.  ERR_FORM, ERR_SHORT or ERR_LIMIT with
 * h->refused if it is not HL7 v2: then all its bytes are one field, *.
 */
enum err meaning_hl7_end(struct meaning_hl7 *h) MUST_USE;

/* MSH-9's component n, from 1: the type, the trigger, the structure. */
struct bytes meaning_hl7_type(const struct meaning_hl7 *h, unsigned n);

/* Every field of a message in memory that is not empty as sent, with its bytes as sent; MSH-1 and MSH-2 are not told. */
enum err meaning_hl7_each(struct bytes message, void (*tell)(void *context, uint64_t path, struct bytes value), void *context) MUST_USE;

#endif
