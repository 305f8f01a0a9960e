/*
 * scep: the attributes by which the Simple Certificate Enrolment Protocol
 * (RFC 8894 section 3.2) says what a signed message is.
 *
 *	transactionID  messageType  senderNonce          of a request
 *	 … and pkiStatus  failInfo  recipientNonce       of an answer (messageType 3)
 */
#ifndef WIRE_SCEP_H
#define WIRE_SCEP_H

#include "wire/pkcs7.h"

enum { SCEP_TRANSACTION = 128, SCEP_NONCE = 16 };

enum scep_type { SCEP_ANSWER = 3, SCEP_RENEWAL = 17, SCEP_REQUEST = 19, SCEP_POLL = 20, SCEP_GET_CERTIFICATE = 21, SCEP_GET_CRL = 22 };
enum scep_status { SCEP_SUCCESS = 0, SCEP_FAILURE = 2, SCEP_PENDING = 3 };
enum scep_fail { SCEP_BAD_ALGORITHM = 0, SCEP_BAD_CHECK = 1, SCEP_BAD_REQUEST = 2, SCEP_BAD_TIME = 3, SCEP_BAD_CERTIFICATE = 4 };

struct scep {
	unsigned     type; /* enum scep_type, or another number */
	struct bytes transaction, sender_nonce;
	/* of an answer */
	enum scep_status status;
	enum scep_fail   fail;       /* of a failure */
	const char      *fail_text;  /* NULL: none */
	struct bytes     recipient_nonce;
};

/* A request's; ERR_FORM: one of its three is missing or malformed. */
enum err scep_parse(struct bytes attributes, struct scep *out) MUST_USE;

/* An answer's, with the digest of its content. */
void scep_print(const struct scep *s, struct bytes digest, struct buf *attributes);

#endif
