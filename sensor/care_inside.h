/*
 * care: what its files share: the pools of conversations and of messages being
 * read.
 *
 *	care.c         the pools, what is told of every message
 *	care_hl7.c     MLLP frames
 *	care_dicom.c   commands and data sets out of PDVs
 *	care_fhir.c    bodies of HTTP messages
 *	care_mqtt.c    PUBLISH both ways
 *	care_coap.c    datagrams, blocks
 *	care_payload.c what MQTT and CoAP carry: JSON, or anything
 */
#ifndef SENSOR_CARE_INSIDE_H
#define SENSOR_CARE_INSIDE_H

#include "content/blocks.h"
#include "content/framing.h"
#include "content/known.h"
#include "content/meaning_dicom.h"
#include "content/meaning_hl7.h"
#include "content/meaning_json.h"
#include "content/meaning_xml.h"
#include "content/message.h"
#include "sensor/care.h"
#include "wire/dicom.h"
#include "wire/mqtt.h"

enum { CARE_SYNTAXES = 6, CARE_ASKED = 16, CARE_COMMAND = 1024, CARE_PACKET = 1024, CARE_TOKENS = 6, CARE_RECENT = 8 };

struct care_hl7 {
	struct framing framing[2];
	uint8_t        doubt[2];     /* about the message being read, enum framing_doubt */
	uint8_t        line[2];      /* letters of MSH met at the start of a line, or where else it is */
	uint32_t       batch[2];     /* batch files met */
};

struct care_dicom {
	char     uid[CARE_SYNTAXES][MEANING_DICOM_UID]; /* transfer syntaxes in use */
	uint8_t  syntax[128];        /* of each context (they are odd), which of them + 1 */
	uint64_t calling;            /* digest of the calling AE */
	struct {
		uint32_t pdu, pdv;   /* bytes left of them */
		uint8_t  context;
		bool     command, last;
	} side[2];
	struct {
		uint16_t message;
		uint64_t id;         /* 0: free */
	} asked[CARE_ASKED];         /* requests that wait for their status */
	uint8_t  asks;
};

struct care_fhir {
	uint64_t left[2];            /* bytes of the body, or of its chunk */
	uint8_t  asked, known;       /* of the requests not answered yet, which are messages, which are of FHIR: the lowest bit is the oldest */
	uint8_t  asks;               /* how many those are */
};

struct care_mqtt {
	uint32_t left[2];            /* bytes of the packet that stand behind its head */
	uint8_t  level;              /* of CONNECT, 0 if it was not seen */
	uint64_t client;             /* digest of its id */
	size_t   pass[2];            /* bytes left of the packet that the decoder is at, or of the frame of a WebSocket; */
	uint8_t  mask[2][4], turn[2];
	bool     control[2];         /* that frame carries none of it */
	struct {
		uint16_t packet;
		uint8_t  side;
		uint64_t id;         /* 0: free */
	} asked[CARE_ASKED];         /* publications that wait for their answer */
	uint8_t  asks;
};

/* A request, whose answers have its path, or a notification: by token, by message id. */
struct care_coap_asked {
	uint8_t  token[8], len, asker;
	bool     used, request;
	uint16_t message;
	char     path[MESSAGE_KEY];
	uint64_t id;                 /* 0: it was no message, or is answered */
};

struct care_coap {
	struct {
		uint16_t   id;
		uint8_t    type;
		bool       used;
		struct mac card;
	} recent[2][CARE_RECENT];    /* message ids met, by sender */
	uint8_t                met[2], asks;
	struct care_coap_asked asked[CARE_TOKENS];
	struct blocks          blocks[2];
};

/* A body that is one value with a name, or JSON, which its first byte says. */
struct care_payload {
	bool                any, json; /* any: of it was there */
	struct siphash      whole;
	struct meaning_json body;
};

struct conversation {
	uint64_t       flow;         /* its id, 0: free */
	struct instant last;
	uint32_t       order[2], unseen[2];
	uint16_t       reading[2];   /* the message being read, number + 1 */
	union {
		struct care_hl7   hl7;
		struct care_dicom dicom;
		struct care_fhir  fhir;
		struct care_mqtt  mqtt;
		struct care_coap  coap;
	};
};

struct reading {
	uint16_t       conversation; /* number + 1, 0: free */
	uint8_t        side;
	struct instant last;
	uint64_t       frame_first;
	bool           known;        /* HL7: what it says is in cares.told */
	struct meaning said;
	union {
		struct meaning_hl7 hl7;
		struct {
			uint8_t  command[CARE_COMMAND];
			uint16_t have;
			uint16_t field, message; /* of the command whose data set this is, 0: the command itself is read */
			bool     begun;          /* the data set */
			char     instance[MEANING_DICOM_UID], class[MEANING_DICOM_UID];
			struct meaning_dicom set;
		} dicom;
		struct {
			char    type[MESSAGE_TYPE], key[MESSAGE_KEY];
			uint64_t place;          /* where in the conversation it began, as an id */
			bool     xml, packed, create, begun;
			union {
				struct meaning_json body;
				struct meaning_xml  xml_body;
			};
		} fhir;
		struct {
			uint8_t  packet[CARE_PACKET];
			uint16_t have;
			bool     begun, repeated;
			uint8_t  qos;
			uint16_t packet_id;
			char     topic[MESSAGE_KEY];
			uint64_t id;
			struct care_payload payload;
		} mqtt;
		struct {
			char     path[MESSAGE_KEY], type[MESSAGE_TYPE];
			uint64_t id;
			struct care_payload payload;
		} coap;
	};
};

enum { CARE_INFLATERS = 2 };

struct cares {
	struct siphash_key   key;
	struct conversation *conversation;
	struct reading      *reading;
	uint16_t             conversations, readings;
	struct meaning_inflate *inflate[CARE_INFLATERS];
	uint16_t             inflates[CARE_INFLATERS]; /* the message it is at, number + 1 */
	struct message       message; /* what is told next */
	struct known_table  *known;   /* NULL: none */
	struct known         told;    /* what the bytes of an HL7 message say */
};

/* The conversation of p's flow, made if there is none. */
struct conversation *care_conversation(struct sensor *s, const struct packet *p);
/* That of a flow, NULL if there is none. */
struct conversation *care_known(const struct sensor *s, const struct flow *f);

struct reading *care_open(struct sensor *s, const struct packet *p, struct conversation *v, int side);
void            care_close(struct cares *c, struct reading *r);
/* What side is reading, NULL if nothing. */
struct reading *care_reading(const struct cares *c, const struct conversation *v, int side);

/* A word that stands for text and tells nothing of it; 0 for no text. */
uint64_t care_digest(const struct cares *c, uint64_t kind, struct bytes text);

/*
 * A payload of this name: begin, what stands beside it as fields, open, its
 * bytes, and end, with the name as people see it.
 */
void     care_payload_begin(const struct cares *c, struct care_payload *l, struct meaning *said);
void     care_payload_field(const struct cares *c, struct meaning *said, const char *name, struct bytes value);
void     care_payload_open(struct care_payload *l, struct meaning *said, struct bytes name);
void     care_payload_put(struct care_payload *l, struct meaning *said, struct bytes in);
enum err care_payload_end(struct care_payload *l, struct meaning *said, struct bytes name);

/*
 * An id for what has none of its own: where in its conversation the byte at
 * stands, which is the same on every leg that keeps the sequence numbers.
 */
uint64_t care_position(const struct sensor *s, const struct packet *p, int side, const uint8_t *at);

/* The head of the message that ends in packet p, all but what its protocol says; it is told by care_say. */
struct message_head *care_head(struct sensor *s, const struct packet *p, struct conversation *v, int side, enum message_protocol protocol, uint64_t frame_first);
void                 care_say(struct sensor *s);

#endif
