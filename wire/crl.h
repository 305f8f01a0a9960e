/*
 * crl: a list of certificates that were revoked (RFC 5280 section 5), one shard of several.
 *
 *	TBSCertList ::= SEQUENCE { version 1, signature, issuer, thisUpdate, nextUpdate,
 *	                           revokedCertificates SEQUENCE OF { serial, time, exts { reason } },
 *	                           [0] exts { authorityKeyIdentifier, cRLNumber, issuingDistributionPoint } }
 *
 * The distribution point is that of the certificates the shard answers for,
 * and no shard may be taken for another.  Signed by der_put_signed.
 */
#ifndef WIRE_CRL_H
#define WIRE_CRL_H

#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"

struct crl {
	struct bytes   algorithm, issuer; /* in DER, with header */
	struct instant from, until;
	struct bytes   revoked;       /* entries: made by crl_put, read by crl_next */
	struct bytes   authority_key; /* key identifier */
	uint64_t       number;
	struct bytes   url;           /* of its distribution point; empty: the list is of all certificates */
};

struct crl_entry {
	struct bytes   serial;
	struct instant when;
	unsigned       reason; /* section 5.3.1; 0 is not written */
};

void crl_put(const struct crl_entry *e, struct buf *revoked);
bool crl_next(struct bytes *revoked, struct crl_entry *out);

/* What is to be signed; read, version 1 too. */
void     crl_print(const struct crl *l, struct buf *out);
enum err crl_parse(struct bytes tbs, struct crl *out) MUST_USE;

#endif
