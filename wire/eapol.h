/*
 * eapol: who says he is whom at an 802.1X port (IEEE 802.1X-2020 clause 11.3;
 * EAP: RFC 3748 section 4).
 *
 *	version(1) type(1) length(2) | EAP: code(1) id(1) length(2) method(1) data
 */
#ifndef WIRE_EAPOL_H
#define WIRE_EAPOL_H

#include "base/buf.h"
#include "base/err.h"

enum { EAPOL_EAP = 0, EAPOL_START = 1, EAPOL_LOGOFF = 2, EAPOL_KEY = 3 };
enum { EAPOL_REQUEST = 1, EAPOL_RESPONSE = 2, EAPOL_SUCCESS = 3, EAPOL_FAILURE = 4 };
enum { EAPOL_IDENTITY = 1 };

struct eapol {
	uint8_t      version, type;
	struct bytes body;     /* as long as the header says */
	uint8_t      code, id; /* EAP only, 0 otherwise */
	uint8_t      method;   /* EAP request and response only, 0 otherwise */
	struct bytes identity; /* EAP response of method identity only: what the peer calls itself; may be empty */
};

/* Reads the payload of Ethernet type 0x888e; padding after it is allowed.  ERR_SHORT if it or the EAP packet in it is cut. */
enum err eapol_parse(struct bytes in, struct eapol *out) MUST_USE;

/* Writes version, type and body; what is inside an EAP body is not written anew. */
void eapol_print(const struct eapol *e, struct buf *out);

/* Is it an EAP response that tells an identity? */
bool eapol_is_identity(const struct eapol *e);

#endif
