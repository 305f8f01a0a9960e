/*
 * pkcs7: messages of the Cryptographic Message Syntax (RFC 5652), as
 * enrolment has them: one signer, one way to the key, all in DER.
 *
 *	ContentInfo   ::= SEQUENCE { contentType OID, content [0] EXPLICIT }
 *	SignedData    ::= SEQUENCE { version, digestAlgorithms SET, { eContentType, eContent [0] OCTET STRING },
 *	                             certificates [0], crls [1], signerInfos SET OF SignerInfo }
 *	SignerInfo    ::= SEQUENCE { version 1, { issuer, serial }, digest, signedAttrs [0], algorithm, signature }
 *	EnvelopedData ::= SEQUENCE { version 0, recipients SET OF { version 0, { issuer, serial }, algorithm, key },
 *	                             { contentType, { cipher, iv }, [0] OCTET STRING } }
 *
 * Nothing is believed: no signature is checked here and nothing is opened.
 * Some clients wrap the enciphered content once more ([0] constructed, with
 * one OCTET STRING in it): that is read too.
 */
#ifndef WIRE_PKCS7_H
#define WIRE_PKCS7_H

#include "base/buf.h"
#include "base/err.h"

enum { PKCS7_RECIPIENTS = 8, PKCS7_ATTRIBUTES = 16 };

enum pkcs7_hash { PKCS7_OTHER_HASH, PKCS7_SHA1, PKCS7_SHA256, PKCS7_SHA384, PKCS7_SHA512 };
enum pkcs7_key { PKCS7_OTHER_KEY, PKCS7_RSA, PKCS7_ECDSA }; /* how a signature was made */
enum pkcs7_cipher { PKCS7_OTHER_CIPHER, PKCS7_DES, PKCS7_DES3, PKCS7_AES128, PKCS7_AES192, PKCS7_AES256 }; /* with CBC */

struct pkcs7_signed {
	struct bytes    content;      /* empty: there is none */
	struct bytes    certificates; /* in DER, one after the other */
	struct bytes    issuer, serial; /* of who signed: a Name in DER, an INTEGER's octets */
	enum pkcs7_hash hash;
	enum pkcs7_key  key;
	struct bytes    attributes;   /* signed ones, without the header of their SET */
	struct bytes    signature;
};

struct pkcs7_envelope {
	unsigned          recipients; /* how many there are; the one that was asked for: */
	struct bytes      issuer, serial, key;
	enum pkcs7_cipher cipher;
	struct bytes      iv, content; /* enciphered */
};

/* ERR_SHORT: it is cut; ERR_FORM: it is none, or has another number of signers than one, or no signed attributes. */
enum err pkcs7_signed_parse(struct bytes der, struct pkcs7_signed *out) MUST_USE;
void     pkcs7_signed_print(const struct pkcs7_signed *s, struct buf *out);

/* serial: whose part of it is wanted; an empty one takes the first.  ERR_NOTFOUND: it is for others. */
enum err pkcs7_envelope_parse(struct bytes der, struct bytes serial, struct pkcs7_envelope *out) MUST_USE;
void     pkcs7_envelope_print(const struct pkcs7_envelope *e, struct buf *out);

/* The one value of a signed attribute, oid its octets; an empty view: it is not there, or not once.  tag: of the value. */
struct bytes pkcs7_attribute(struct bytes attributes, const char *oid, uint8_t *tag);

/* Attributes made by pkcs7_put_attribute, in the order that DER wants. */
struct pkcs7_set {
	uint8_t  room[1024];
	size_t   used;
	struct bytes one[PKCS7_ATTRIBUTES];
	unsigned n;
};
void pkcs7_put_attribute(struct pkcs7_set *s, const char *oid, uint8_t tag, struct bytes value);
void pkcs7_set_print(struct pkcs7_set *s, struct buf *out);

/* What messages always have: contentType (data) and messageDigest. */
#define PKCS7_DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
#define PKCS7_CONTENT_TYPE "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"
#define PKCS7_MESSAGE_DIGEST "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"

/* Certificates, one after the other in DER, and nothing else: a "certs-only" message (RFC 5272 section 4.1). */
void pkcs7_print_certificates(struct bytes certificates, struct buf *out);

/* The certificates of a SignedData, one after the other, whoever signed it; a view of message.  ERR_FORM: it is none. */
enum err pkcs7_certificates(struct bytes message, struct bytes *certificates) MUST_USE;

#endif
