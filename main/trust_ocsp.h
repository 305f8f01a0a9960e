/*
 * trust_ocsp: the certificates of clients that the role trust asks a responder about (RFC 6960).
 *
 *	told by a worker ──► asked ──► good or revoked until nextUpdate ──► asked again at half of that
 *
 * Whether an answer is believed: gate/inquiry.h.  Limits: TRUST_OCSP_KNOWN
 * certificates, the one told of longest ago goes first, of TRUST_ISSUERS
 * issuers; TRUST_OCSP_FLIGHT questions at once.
 */
#ifndef MAIN_TRUST_OCSP_H
#define MAIN_TRUST_OCSP_H

#include "gate/inquiry.h"
#include "main/trust_fetch.h"

enum {
	TRUST_OCSP_KNOWN = 4096,
	TRUST_OCSP_FLIGHT = 32,
	TRUST_OCSP_LONGEST = 300, /* s: a good answer is asked for anew after so long at the latest */
	TRUST_OCSP_AGAIN = 5,     /* s: after an answer that was none */
};

struct trust_ocsp;

enum err trust_ocsp_new(struct trust_ocsp **out) MUST_USE;

/* A client shows this certificate, which issuer signed; url: who is asked. */
void trust_ocsp_tell(struct trust_ocsp *o, struct bytes url, const struct x509 *c, const struct x509 *issuer);
/* Asks what is due.  true: something is known now that was not. */
bool trust_ocsp_turn(struct trust_ocsp *o, struct trust_fetch *f);
/* What is known, into an edition. */
enum err trust_ocsp_show(const struct trust_ocsp *o, struct trust_edition *e) MUST_USE;
/* Questions under way were forgotten. */
void trust_ocsp_forget(struct trust_ocsp *o);

#endif
