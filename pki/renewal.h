/*
 * renewal: a certificate from its holder's side: when it is due, what is asked for, and whether what came is good.
 *
 *	from |------------------------------|=======jitter========|---------| until
 *	                                    window begins                    every holder at its own moment of the window's first half
 */
#ifndef PKI_RENEWAL_H
#define PKI_RENEWAL_H

#include "base/addr.h"
#include "base/err.h"
#include "pki/profile.h"
#include "wire/csr.h"

enum { RENEWAL_NAMES = 16, RENEWAL_POOL = 8, RENEWAL_CSR = 8192 };

/* What is asked for. */
struct renewal {
	const char  *name;                  /* of the device: the common name */
	const char  *dns[RENEWAL_NAMES];
	struct addr  address[RENEWAL_NAMES];
	unsigned     dnss, addresses;
	struct bytes spki, algorithm;       /* of the key: its SubjectPublicKeyInfo, and how it signs */
};

/* From when on it is renewed: within the profile's window, or the last third of its life if that is shorter; by its serial number, so that a fleet does not come at once. */
struct instant renewal_due(const struct profile *p, const struct x509 *c);

/* CertificationRequestInfo, to be signed; and the whole request with the signature. */
void renewal_print_info(const struct renewal *r, struct buf *out);
void renewal_print(const struct renewal *r, struct bytes signature, struct buf *out);

/*
 * Is this certificate for this key, valid now, and signed by way of the pool by the root?  pool: DER certificates, one
 * after the other; the way, without leaf and root, is put into chain.  NULL, or what is wrong.
 */
const char *renewal_fault(const struct x509 *leaf, struct bytes spki, struct bytes pool, const struct x509 *root, struct instant now, struct buf *chain);

#endif
