/*
 * profile: what a certificate of this CA may be for: key usage, purposes, names, keys and how long.
 *
 * The same table is held to twice: when a request is looked at, and by the
 * process that has the key, on what it is to sign.  Extending is adding a row.
 */
#ifndef PKI_PROFILE_H
#define PKI_PROFILE_H

#include "wire/x509.h"

struct profile {
	const char *name;
	unsigned    usage, purposes; /* enum x509_usage, enum x509_purpose */
	unsigned    names;           /* bits 1 << enum x509_name_type that may be asked for */
	bool        named;           /* at least one of them must be */
	bool        nocheck;         /* id-pkix-ocsp-nocheck: nobody asks whether the signer of answers is revoked */
	bool        own;             /* for this CA's own services: nobody else can ask for it */
	unsigned    days, renew;     /* the longest life, and from how many days before its end it is renewed */
};

/* NULL: there is none of this name, or number. */
const struct profile *profile_find(const char *name);
const struct profile *profile_at(unsigned number);

/* Why what is to be signed is not of this profile; NULL: it is. */
const char *profile_fault(const struct profile *p, const struct x509 *c);

/* Why a key is not certified here; NULL: it is. */
const char *profile_key_fault(const struct x509 *c);

#endif
