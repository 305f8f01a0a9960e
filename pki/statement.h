/*
 * statement: what is said of a package (firmware, a viewer) when it is signed: an in-toto Statement v1 in a DSSE envelope.
 *
 *	envelope   { "payload": BASE64, "payloadType": …, "signatures": [ { "keyid": …, "sig": BASE64 } ] }
 *	payload    { "_type": …, "subject": [ { "name", "digest": { "sha256" } } ], "predicateType": …,
 *	             "predicate": { "deviceKind", "version", "signed" } }
 *	signed is  "DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload       (PAE: nothing can be taken for another thing)
 *
 * github.com/secure-systems-lab/dsse, in-toto.io/Statement/v1.
 */
#ifndef PKI_STATEMENT_H
#define PKI_STATEMENT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"

#define STATEMENT_TYPE "application/vnd.in-toto+json"
#define STATEMENT_IS "https://in-toto.io/Statement/v1"
#define STATEMENT_PREDICATE "urn:paravent:package:v1"

enum { STATEMENT_MOST = 8192, STATEMENT_TEXT = 64, STATEMENT_NAME = 128, STATEMENT_PARTS = 8 };

struct statement {
	char           name[STATEMENT_NAME];                     /* of the file, without folders */
	char           kind[STATEMENT_TEXT], version[STATEMENT_TEXT]; /* of the device; of what is in it */
	uint8_t        digest[32];                               /* SHA-256 of the file */
	struct instant when;
};

/* The payload. */
void statement_print(const struct statement *s, struct buf *out);
/* What is signed. */
void statement_pae(struct bytes payload, struct buf *out);
/* For who signs: is it the PAE of a payload of ours, whole?  NULL, or why not. */
const char *statement_pae_fault(struct bytes pae);

/* The envelope around a payload; keyid: the signing key's. */
void statement_envelope(struct bytes payload, const char *keyid, struct bytes signature, struct buf *out);

/* One to eight numbers with dots between, of at most nine digits: 2, 2.4.1. */
bool statement_version_good(const char *version);
/* Below, at or above 0 as a is older than, as old as or newer than b; missing numbers are 0. */
int  statement_version_compare(const char *a, const char *b);

#endif
