/*
 * message: one clinical message as it was seen at one place: by whom, for
 * whom, when, where in its conversation, and what it says as keyed digests.
 *
 * Made by the sensor, paired by the judge.  It holds no content: the key for
 * people is a control id, an instance UID or a topic.  In a ring it is packed:
 * the head, then only as many fields and as much pool as there are.
 */
#ifndef CONTENT_MESSAGE_H
#define CONTENT_MESSAGE_H

#include "base/addr.h"
#include "base/instant.h"
#include "content/meaning.h"

#define MESSAGE_PROTOCOL_TABLE(X)                                              \
	X(MESSAGE_HL7, "hl7")                                                  \
	X(MESSAGE_DICOM, "dicom")                                              \
	X(MESSAGE_FHIR, "fhir")                                                \
	X(MESSAGE_MQTT, "mqtt")                                                \
	X(MESSAGE_COAP, "coap")

enum message_protocol {
#define X(protocol, name) protocol,
	MESSAGE_PROTOCOL_TABLE(X)
#undef X
	MESSAGE_PROTOCOLS
};
const char *message_protocol_name(enum message_protocol p);

/* What care depends on it: the columns of the table of what happens to a clinical flow. */
enum message_class { MESSAGE_OTHER, MESSAGE_ALARM, MESSAGE_VITALS, MESSAGE_RESULT, MESSAGE_ORDER, MESSAGE_IMAGE, MESSAGE_CLASSES };

/* Of an HL7 v2 message by its type and trigger event (MSH-9). */
enum message_class message_hl7_class(struct bytes type, struct bytes trigger);

enum message_mark {
	MESSAGE_ANSWER = 1 << 0,    /* it answers another: an acknowledgement, a status */
	MESSAGE_ACCEPTS = 1 << 1,   /* the answer says yes (AA, CA, 0000H, 2xx, 2.xx) */
	MESSAGE_REPEATED = 1 << 2,  /* the protocol itself says it may be a repetition: DUP, retained, retransmission, C-STORE again */
	MESSAGE_UNIQUE = 1 << 3,    /* it carries an id and a time of its own: no two honest ones are the same */
	MESSAGE_AMBIGUOUS = 1 << 4, /* receivers may disagree where it ends */
	MESSAGE_CUT = 1 << 5,       /* not all of it was seen: it pairs with nothing */
	MESSAGE_OPAQUE = 1 << 6,    /* part of it cannot be compared with another encoding (compressed pixels) */
	MESSAGE_GATE = 1 << 7,      /* seen within the gateway: only its bytes are digested, and no two of these are one message */
};

enum { MESSAGE_KEY = 64, MESSAGE_TYPE = 24 };

struct message_head {
	bool           from_server;                     /* said by the end that port belongs to */
	uint8_t        protocol, class, marks, framing; /* framing: content/framing's reason if ambiguous */
	bool           known;                           /* its fields were told with the same bytes before (content/known): so many, and none is packed */
	uint8_t        coarse;                          /* as meaning.h has it */
	uint16_t       place, source, port;             /* port: the server's */
	uint16_t       fields, pool;                    /* packed behind the head */
	uint32_t       domain;
	uint32_t       batch;                           /* counted from 1 within this side of the flow: one of a batch file's, answered together; 0: alone */
	struct instant when, steady;                    /* of its last packet */
	uint64_t       frame, frame_first;
	uint64_t       flow;                            /* one number a conversation, on one leg */
	uint32_t       order;                           /* counted from 1, within this side of the flow */
	uint32_t       unseen;                          /* bytes missing in this side since the message before */
	struct addr    sender, receiver;
	struct mac     card_from, card_to;
	uint64_t       id;                              /* keyed digest of its own id, 0 if it has none */
	uint64_t       answers;                         /* of an answer: the id it answers, 0 if it names none */
	uint64_t       origin;                          /* keyed digest of who wrote it: MSH-3/4, calling AE, client id; 0 unknown */
	uint32_t       size;
	struct siphash_wide bytes, meaning, body;
	char           type[MESSAGE_TYPE];              /* ORU^R01, C-STORE, PUBLISH, POST Observation; of an answer AA, 0000H … */
	char           key[MESSAGE_KEY];                /* for people */
};

struct message {
	struct message_head head;
	struct meaning_field field[MEANING_FIELDS];
	uint8_t              text[MEANING_POOL];
};

/* Takes over digests, fields and pool of a finished meaning. */
void message_said(struct message *m, const struct meaning *said);

/* Its packed form: size, and writing into room of that size. */
size_t message_size(const struct message *m);
void   message_pack(const struct message *m, uint8_t *room);

/* From another process: every count checked, every text ended. */
enum err message_unpack(struct bytes in, struct message *out) MUST_USE;

/* The meaning, as far as comparing needs it; zero elsewhere. */
void message_meaning(const struct message *m, struct meaning *out);

/* The key of all digests of clinical messages, out of the run's (or the site's): whoever tells messages uses it, so that theirs can be held together. */
struct siphash_key message_key(const uint8_t key[static 32]);
/* Of an id that a message gives itself, or another of its texts; kind: enum message_protocol.  0: there is none. */
uint64_t           message_digest(const struct siphash_key *k, uint64_t kind, struct bytes text);

/* Who says to have written an HL7 message: MSH-3 and MSH-4.  0: nobody. */
uint64_t           message_hl7_origin(const struct siphash_key *k, struct bytes application, struct bytes facility);

#endif
