/*
 * der: the distinguished encoding (X.690) of certificates and all that belongs to them, read strictly and written.
 *
 *	tag | length | contents
 *	30  | 82 01 4f | …          the short form below 128, else the fewest octets that hold it
 *
 * Reading is over a cursor: what is not DER makes it bad.  Writing goes
 * forward into a buf; an element's header is made when it is ended, since
 * only then its length is known.
 */
#ifndef WIRE_DER_H
#define WIRE_DER_H

#include "base/buf.h"
#include "base/cursor.h"
#include "base/instant.h"

enum {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_ENUMERATED = 0x0a,
	DER_UTF8 = 0x0c,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONSTRUCTED = 0x20,
	DER_CONTEXT = 0x80, /* or DER_CONSTRUCTED, and a number */
	DER_EXPLICIT = DER_CONTEXT | DER_CONSTRUCTED,
};

size_t der_length(struct cursor *c);
/* The contents of the next element, whatever its tag; tags of more than one octet are refused. */
struct bytes der_any(struct cursor *c, uint8_t *tag);
/* The contents of the next element, which must have this tag. */
struct bytes der_take(struct cursor *c, uint8_t tag);
/* The same with its header. */
struct bytes der_whole(struct cursor *c, uint8_t tag);
bool         der_is(const struct cursor *c, uint8_t tag);
/* Contents of the next element if it has this tag, and nothing read if not. */
struct bytes der_maybe(struct cursor *c, uint8_t tag);
/* A BIT STRING of whole octets. */
struct bytes der_octets(struct cursor *c);
/* A small INTEGER that is not negative. */
unsigned     der_small(struct cursor *c);
/* How many bits an INTEGER has, its leading zeros not counted. */
unsigned     der_bits(struct bytes integer);
/* The contents of an OBJECT IDENTIFIER that has no zero octet. */
bool         der_is_oid(struct bytes oid, const char *der_bytes);
/* RFC 5280 section 4.1.2.5: YYMMDDHHMMSSZ of 1950 to 2049, or YYYYMMDDHHMMSSZ. */
struct instant der_moment(struct cursor *c);

/* Begins an element; what is put until der_end is its contents. */
size_t der_begin(struct buf *b, uint8_t tag);
void   der_end(struct buf *b, size_t begun);
/* A whole element. */
void   der_put(struct buf *b, uint8_t tag, struct bytes contents);
void   der_put_octets(struct buf *b, struct bytes bits); /* a BIT STRING */
/* A positive INTEGER of any length, big-endian. */
void   der_put_integer(struct buf *b, struct bytes number);
void   der_put_small(struct buf *b, uint8_t tag, uint64_t v);
void   der_put_bool(struct buf *b, bool v);
/* UTCTime to 2049, GeneralizedTime after, or always (RFC 6960). */
void   der_put_moment(struct buf *b, struct instant t, bool generalized);

/* SEQUENCE { tbs, signatureAlgorithm, signature }: of certificates, requests and CRLs alike. */
void   der_put_signed(struct buf *b, struct bytes tbs, struct bytes algorithm, struct bytes signature);

/* An OBJECT IDENTIFIER given by its octets as a literal. */
#define DER_PUT_OID(b, octets) der_put(b, DER_OID, bytes_of(octets, sizeof(octets) - 1))

#endif
