/*
 * csr: a request for a certificate (PKCS #10, RFC 2986), read and believed by nobody.
 *
 *	CertificationRequest ::= SEQUENCE { info, signatureAlgorithm, signature BIT STRING }
 *	info ::= SEQUENCE { version 0, subject Name, subjectPKInfo, [0] attributes SET OF { OID, SET OF ANY } }
 *
 * Two attributes are read: extensionRequest (RFC 2985 section 5.4.2), which
 * says of the certificate what a certificate itself would, and
 * challengePassword (section 5.4.1).  The signature is not checked here; the
 * views to check it with are.  All views lie in the bytes parsed.
 */
#ifndef WIRE_CSR_H
#define WIRE_CSR_H

#include "wire/x509.h"

struct csr {
	struct bytes        info;       /* with its header: what is signed */
	struct bytes        attributes; /* contents of [0] */
	struct bytes        algorithm_der, algorithm_oid, signature;
	enum x509_algorithm algorithm;
	struct bytes        challenge;  /* text, or empty */
	struct x509         wants;      /* subject, key, and what the extensions ask for */
};

/* ERR_SHORT: it is cut.  ERR_FORM: it is not DER or no request, or an attribute came twice. */
enum err csr_parse(struct bytes der, struct csr *out) MUST_USE;

/* The same bytes again, from its parts. */
void csr_print(const struct csr *r, struct buf *out);

#endif
