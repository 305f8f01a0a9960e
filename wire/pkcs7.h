/*
 * pkcs7: messages of the Cryptographic Message Syntax (RFC 5652), as enrolment has them, in DER.
 *
 *	ContentInfo ::= SEQUENCE { contentType OID, content [0] EXPLICIT }
 *	SignedData  ::= SEQUENCE { version, digestAlgorithms SET, encapContentInfo, certificates [0], crls [1], signerInfos SET }
 */
#ifndef WIRE_PKCS7_H
#define WIRE_PKCS7_H

#include "base/buf.h"
#include "base/err.h"

/* Certificates, one after the other in DER, and nothing else: a "certs-only" message (RFC 5272 section 4.1). */
void pkcs7_print_certificates(struct bytes certificates, struct buf *out);

/* The certificates of a SignedData, one after the other, whoever signed it; a view of message.  ERR_FORM: it is none. */
enum err pkcs7_certificates(struct bytes message, struct bytes *certificates) MUST_USE;

#endif
