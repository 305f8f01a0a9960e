/*
 * dicom: the DICOM upper layer over TCP (PS3.8 section 9.3) and the head of a
 * command set (PS3.7 annex E).
 *
 *	PDU: type 0 length(4) ...
 *	A-ASSOCIATE: version(2) 0(2) called(16) calling(16) 0(32) items
 *	item: type 0 length(2) ...  0x10 application context, 0x20/0x21 presentation
 *	      context (0x30 abstract, 0x40 transfer syntax), 0x50 user information
 *	P-DATA-TF: { length(4) context flags data }...   flags: 1 command, 2 last
 */
#ifndef WIRE_DICOM_H
#define WIRE_DICOM_H

#include "base/buf.h"
#include "base/err.h"

enum { DICOM_CONTEXTS = 64, DICOM_TRANSFERS = 4, DICOM_AE = 17, DICOM_PDU_HEADER = 6 };
enum dicom_type {
	DICOM_ASSOCIATE_RQ = 1, DICOM_ASSOCIATE_AC, DICOM_ASSOCIATE_RJ, DICOM_P_DATA, DICOM_RELEASE_RQ, DICOM_RELEASE_RP, DICOM_ABORT,
};

struct dicom_pdu {
	uint8_t      type;
	uint32_t     length; /* of the body, as stated */
	struct bytes body;   /* as much of it as is there: body.len == length if whole */
};

struct dicom_context {
	uint8_t      id, result; /* result 0 is acceptance; only in AC */
	struct bytes abstract;   /* UID; only in RQ */
	struct bytes transfer[DICOM_TRANSFERS];
	uint8_t      transfers;
	bool         more;       /* there were more transfer syntaxes */
};

/* A letter. */
struct dicom_associate {
	uint8_t              type; /* DICOM_ASSOCIATE_RQ or _AC */
	uint16_t             version;
	char                 called[DICOM_AE], calling[DICOM_AE]; /* without blanks at either end */
	struct bytes         application; /* application context UID */
	struct dicom_context context[DICOM_CONTEXTS];
	unsigned             contexts;
	bool                 more;        /* there were more contexts */
	bool                 has_max;
	uint32_t             max;         /* maximum length received, 0 no limit */
	struct bytes         class_uid, version_name; /* of the implementation */
	bool                 role;        /* role selection was there */
	uint8_t              identity;    /* user identity type (PS3.7 D.3.3.7), 0 none, 1 name, 2 name and passcode, 3 Kerberos, 4 SAML, 5 JWT */
	struct bytes         user;        /* its primary field */
};

/* Why it ends: A-ASSOCIATE-RJ (PS3.8 9.3.4) or A-ABORT (9.3.8, where result is 0). */
struct dicom_refusal {
	uint8_t type, result, source, reason;
};

struct dicom_pdv {
	uint8_t      context;
	bool         command, last;
	uint32_t     length; /* of the data, as stated */
	struct bytes data;   /* as much of it as is there */
};

/* A command set, always implicit VR little endian (PS3.7 section 6.3.1). */
struct dicom_command {
	uint16_t     field;        /* (0000,0100): 0x0001 C-STORE-RQ, 0x8001 its answer, 0x0030 C-ECHO-RQ … */
	struct bytes sop_class;    /* (0000,0002) affected, or (0000,0003) requested */
	struct bytes sop_instance; /* (0000,1000) affected, or (0000,1001) requested */
	struct bytes destination;  /* (0000,0600) of C-MOVE */
	bool         has_id, has_answered, has_data, has_status;
	uint16_t     id;           /* (0000,0110) */
	uint16_t     answered;     /* (0000,0120) id of the request answered */
	uint16_t     data;         /* (0000,0800): 0x0101 no data set follows */
	uint16_t     status;       /* (0000,0900) */
};

/* Reads a PDU's header; the body may be cut.  ERR_SHORT below 6 bytes, ERR_FORM for an unknown type. */
enum err dicom_pdu_parse(struct bytes in, struct dicom_pdu *out) MUST_USE;

/* Reads a whole A-ASSOCIATE-RQ or -AC PDU, header included; ERR_SHORT if it is cut. */
enum err dicom_associate_parse(struct bytes in, struct dicom_associate *out) MUST_USE;
void dicom_associate_print(const struct dicom_associate *a, struct buf *out);

/* Reads a whole A-ASSOCIATE-RJ or A-ABORT PDU, header included. */
enum err dicom_refusal_parse(struct bytes in, struct dicom_refusal *out) MUST_USE;
void dicom_refusal_print(const struct dicom_refusal *r, struct buf *out);

/* Takes the next PDV off a P-DATA-TF body.  ERR_CLOSED at its end, ERR_SHORT if its header is cut; only the last may have cut data. */
enum err dicom_pdv_next(struct bytes *body, struct dicom_pdv *out) MUST_USE;

/* Writes a P-DATA-TF PDU with one PDV; its length is that of the data. */
void dicom_pdv_print(const struct dicom_pdv *p, struct buf *out);

/* Reads a command set.  ERR_FORM if there is no Command Field or a group other than 0000. */
enum err dicom_command_parse(struct bytes in, struct dicom_command *out) MUST_USE;
void dicom_command_print(const struct dicom_command *c, struct buf *out);

/* Do these first bytes of a stream, on whatever port, begin or answer an association?  Wants at least 10 bytes. */
bool dicom_looks(struct bytes in);

#endif
