/*
 * ocsp: what is asked of a certificate's status and what is answered (RFC 6960, RFC 9654).
 *
 *	OCSPRequest  ::= SEQUENCE { SEQUENCE { [0] version, [1] requestor, SEQUENCE OF { CertID, [0] exts }, [2] exts }, [0] signature }
 *	CertID       ::= SEQUENCE { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber }
 *	ResponseData ::= SEQUENCE { [1] responder Name, producedAt, SEQUENCE OF { CertID, status, thisUpdate, [0] nextUpdate }, [1] exts }
 *
 * Who asks and a request's signature are passed over.  All views lie in the bytes parsed.
 */
#ifndef WIRE_OCSP_H
#define WIRE_OCSP_H

#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"

enum { OCSP_IDS = 32, OCSP_NONCE = 128 };

/* RFC 6960 section 4.2.1 */
enum ocsp_trouble { OCSP_MALFORMED = 1, OCSP_INTERNAL = 2, OCSP_TRY_LATER = 3, OCSP_UNAUTHORIZED = 6 };

struct ocsp_id {
	struct bytes whole; /* with header: repeated in the answer as it came */
	struct bytes hash_oid, name_hash, key_hash, serial;
};

struct ocsp {
	struct ocsp_id id[OCSP_IDS];
	unsigned       ids;
	struct bytes   nonce; /* 1 to 128 octets, or empty */
};

enum ocsp_status { OCSP_GOOD, OCSP_REVOKED, OCSP_UNKNOWN };

struct ocsp_single {
	struct bytes     id;
	enum ocsp_status status;
	struct instant   revoked;
	unsigned         reason; /* RFC 5280 section 5.3.1; 0 is not written */
	struct instant   from, until;
};

/* ERR_LIMIT: more is asked at once than is answered; a nonce of another length is ERR_FORM. */
enum err ocsp_parse(struct bytes der, struct ocsp *out) MUST_USE;
/* A request for the same certificates with the same nonce. */
void     ocsp_print(const struct ocsp *q, struct buf *out);

/* The ResponseData to be signed.  responder: a Name in DER. */
void ocsp_print_data(struct bytes responder, struct instant now, const struct ocsp_single *s, unsigned n, struct bytes nonce, struct buf *out);
/* Whose it is: for who signs it.  ERR_FORM: it is no ResponseData. */
enum err ocsp_data_parse(struct bytes data, struct bytes *responder) MUST_USE;
/* The whole response; certificate: the signer's. */
void ocsp_print_answer(struct bytes data, struct bytes algorithm, struct bytes signature, struct bytes certificate, struct buf *out);
void ocsp_print_trouble(enum ocsp_trouble t, struct buf *out);

#endif
