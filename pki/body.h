/* body: a certificate as it is to be signed (RFC 5280 section 4.1): the parts are others' affair. */
#ifndef PKI_BODY_H
#define PKI_BODY_H

#include "wire/x509.h"

enum { BODY_SERIAL = 16, BODY_KEY_ID = 20, BODY_NAME = 256 };

struct body {
	uint8_t        serial[BODY_SERIAL]; /* the first octet is not 0 */
	struct bytes   algorithm, issuer, subject, spki; /* in DER, with header */
	struct instant from, until;
	struct bytes   extensions; /* made by body_extension */
};

void body_print(const struct body *f, struct buf *tbs);

/* Name ::= one common name; and, if organisation is not NULL, that before it. */
void body_name(const char *organisation, const char *common_name, struct buf *out);

/* One extension; oid: its octets. */
void body_extension(struct bytes oid, bool critical, struct bytes value, struct buf *out);
/* Those that every certificate has. */
void body_usage(unsigned usage, struct buf *out);
void body_purposes(unsigned purposes, struct buf *out);
void body_constraints(bool ca, int path_len, struct buf *out);
void body_keys(struct bytes spki, struct bytes issuer_key_id, struct buf *out);
/* Where its status is told, below url; nothing if url is empty.  crl: the list's name. */
void body_places(const char *url, bool ocsp, const char *issuer, const char *crl, struct buf *out);

/* A key's identifier: SHA-256 of its octets, cut (RFC 7093 section 2, method 1). */
void body_key_id(struct bytes public_key, uint8_t out[static BODY_KEY_ID]);

/* The serial number as kept: without the octet that only makes it positive; false: it is not one of ours. */
bool body_serial(struct bytes integer, uint8_t out[static BODY_SERIAL]);

#endif
