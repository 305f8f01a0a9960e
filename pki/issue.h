/*
 * issue: may this request have a certificate of this profile, and what it will say.
 *
 * Nothing of a request is taken over unread: its subject is made anew from
 * the device's name, its names pass one by one, its extensions are the
 * profile's.  Three answers: refused for good with a reason; doubtful, so a
 * person decides; or issued.
 */
#ifndef PKI_ISSUE_H
#define PKI_ISSUE_H

#include "crypt/verify.h"
#include "model/policy.h"
#include "pki/body.h"
#include "pki/profile.h"
#include "wire/csr.h"

enum { ISSUE_TBS = 12 << 10, ISSUE_NAMES = 64, ISSUE_SHARDS = 16, ISSUE_URL = 128 };

/* Who issues: its certificate, and where its status is told. */
struct issuer {
	struct x509  ca;
	struct bytes algorithm; /* of its signatures, in DER */
	char         url[ISSUE_URL];
	unsigned     generation; /* 1: the first issuing CA below its root; 0: there is none */
};

/* What belongs to a generation: "issuing" and "issuing.2", of ending .cer, and its lists "crl/3.crl" and "crl/2.3.crl"; ISSUE_SHARDS: the one of all. */
enum { ISSUE_FILE = 48 };
void issue_file(const char *stem, unsigned generation, const char *ending, char out[static ISSUE_FILE]);
void issue_list(unsigned generation, unsigned shard, char out[static ISSUE_FILE]);

struct issue {
	const struct csr           *csr;
	const struct profile       *profile;
	const char                 *name;   /* of the device or person; NULL: the request's common name; a profile that must be named by a DNS name is by its first */
	const struct policy_device *device; /* as the policy knows it; NULL: it does not */
	struct instant              now;
	unsigned                    days;   /* as the policy narrowed them; 0: the profile's */
	uint8_t                     serial[BODY_SERIAL];
};

/* NULL, or why no certificate can be had for it, by nobody's approval. */
const char *issue_refused(const struct issuer *by, const struct issue *i);

/* NULL, or why a person must approve of it. */
const char *issue_doubtful(const struct issue *i);

/* What is to be signed. */
void issue_print(const struct issuer *by, const struct issue *i, struct buf *tbs);

/* How a signature that is believed here is verified; VERIFY_NONE for MD5, SHA-1 and what is unknown. */
enum verify_algorithm issue_algorithm(enum x509_algorithm a);

/* Of one name: malformed, outside the profile or the issuer's constraints: NULL, or which trouble. */
const char *issue_name_fault(const struct x509 *ca, const struct profile *p, const struct x509_name *n);

/* Names outside the profile, the issuer's constraints, or malformed: NULL, or which trouble.  For who signs, too. */
const char *issue_names_fault(const struct x509 *ca, const struct profile *p, const struct x509 *c);

/* Which CRL a certificate stands in. */
static inline unsigned
issue_shard(const uint8_t serial[static BODY_SERIAL])
{
	return serial[0] % ISSUE_SHARDS;
}

#endif
