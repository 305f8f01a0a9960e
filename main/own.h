/* own: keys and certificates of this CA's own services: the signer of answers on status, the server of enrolment, the RA of SCEP. */
#ifndef MAIN_OWN_H
#define MAIN_OWN_H

#include "crypt/signer.h"
#include "main/certify.h"
#include "main/pki.h"

/* DIR/keys/KEY.pem, DIR/pki/KEY.cer. */
struct own {
	const char  *key, *profile, *name;
	const char  *file;  /* of the certificate, without .cer; NULL: as its key */
	struct bytes names; /* GeneralNames in DER, may be empty */
};

/* The key is made if it is not there.  false: said why not. */
bool own_key(const struct pki_work *w, const char *key, enum signer_kind kind);

/*
 * A new certificate of a public key; by the process of keys or, before there
 * is one (keys NULL), by who has the issuing key.
 */
bool own_certify(struct pki_work *w, const struct own *o, struct bytes spki, struct certify *keys, const struct signer *issuing);

/* The same if there is none yet, or it says something else, or soon ends; *renewed says whether.  false: said why not. */
bool own_keep(struct pki_work *w, const struct own *o, struct certify *keys, bool *renewed);

#endif
