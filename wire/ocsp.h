/*
 * ocsp: what is asked of a certificate's status and what is answered (RFC 6960, RFC 9654).
 *
 *	OCSPRequest  ::= SEQUENCE { SEQUENCE { [0] version, [1] requestor, SEQUENCE OF { CertID, [0] exts }, [2] exts }, [0] signature }
 *	CertID       ::= SEQUENCE { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber }
 *	OCSPResponse ::= SEQUENCE { status ENUMERATED, [0] SEQUENCE { basic, OCTET STRING { SEQUENCE { ResponseData, algorithm, signature, [0] certs } } } }
 *	ResponseData ::= SEQUENCE { [1] responder Name, producedAt, SEQUENCE OF { CertID, status, thisUpdate, [0] nextUpdate }, [1] exts }
 *
 * Who asks and a request's signature are passed over.  All views lie in the bytes parsed.
 */
#ifndef WIRE_OCSP_H
#define WIRE_OCSP_H

#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"
#include "wire/x509.h"

enum { OCSP_IDS = 32, OCSP_NONCE = 128, OCSP_SIGNERS = 4 };

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

/* What was answered; nobody has checked its signature. */
struct ocsp_answer {
	unsigned            trouble;   /* enum ocsp_trouble; 0: it is an answer, and only then is there more */
	struct bytes        data;      /* with header: what is signed */
	struct bytes        algorithm_der, signature;
	enum x509_algorithm algorithm;
	struct bytes        certificate[OCSP_SIGNERS]; /* sent along, in DER; more are passed over */
	unsigned            certificates;
	struct bytes        singles;   /* for ocsp_find */
	struct bytes        nonce;     /* 1 to 128 octets, or empty */
};

/* ERR_LIMIT: more is asked at once than is answered; a nonce of another length is ERR_FORM. */
enum err ocsp_parse(struct bytes der, struct ocsp *out) MUST_USE;
/* A request for the same certificates with the same nonce. */
void     ocsp_print(const struct ocsp *q, struct buf *out);

/* A CertID by SHA-1, which every responder knows; hashes of the issuer's Name and of its key's bits. */
void     ocsp_print_id(const uint8_t name[static 20], const uint8_t key[static 20], struct bytes serial, struct buf *out);

enum err ocsp_answer_parse(struct bytes der, struct ocsp_answer *out) MUST_USE;
/* What it says of this certificate; until is 0 where newer is to be had at any time.  ERR_NOTFOUND: nothing. */
enum err ocsp_find(const struct ocsp_answer *a, struct bytes id, struct ocsp_single *out) MUST_USE;

/* The ResponseData to be signed.  responder: a Name in DER. */
void ocsp_print_data(struct bytes responder, struct instant now, const struct ocsp_single *s, unsigned n, struct bytes nonce, struct buf *out);
/* Whose it is: for who signs it.  ERR_FORM: it is no ResponseData. */
enum err ocsp_data_parse(struct bytes data, struct bytes *responder) MUST_USE;
/* The whole response; certificate: the signer's. */
void ocsp_print_answer(struct bytes data, struct bytes algorithm, struct bytes signature, struct bytes certificate, struct buf *out);
void ocsp_print_trouble(enum ocsp_trouble t, struct buf *out);

#endif
