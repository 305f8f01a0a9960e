/*
 * inquiry: what a responder is asked about one certificate, and whether its
 * answer is to be believed (RFC 6960 sections 3.2 and 4.2.2.2).
 *
 *	issuer, serial number ──► question with a nonce ──► answer ──► good or revoked, until
 *
 * Believed is what the certificate's issuer signed, or one whom this issuer
 * certified for just that (id-kp-OCSPSigning).
 */
#ifndef GATE_INQUIRY_H
#define GATE_INQUIRY_H

#include "base/buf.h"
#include "crypt/verify.h"
#include "gate/trust.h"
#include "wire/x509.h"

enum {
	INQUIRY_SPKI = 1100,
	INQUIRY_NAME = 512,
	INQUIRY_SERIAL = 32,
	INQUIRY_NONCE = 16,
	INQUIRY_QUESTION = 512, /* bytes of one, at most */
	INQUIRY_OPEN = 20,      /* s: an answer without nextUpdate holds so long */
	INQUIRY_SKEW = 300,     /* s: a responder's clock may be so far ahead */
};

struct inquiry_issuer {
	uint8_t  key[32]; /* SHA-256 of its SubjectPublicKeyInfo */
	uint8_t  name_hash[20], key_hash[20];
	uint8_t  spki[INQUIRY_SPKI], subject[INQUIRY_NAME];
	uint16_t spki_len, subject_len;
};

struct inquiry {
	const struct inquiry_issuer *issuer;
	uint8_t serial[INQUIRY_SERIAL], serial_len;
	uint8_t nonce[INQUIRY_NONCE];
	bool    kept; /* its answer is one of before: its nonce is not ours */
};

struct inquiry_answer {
	enum trust_answer answer;
	bool              open; /* it said no nextUpdate: until is ours */
	struct instant    until;
};

/* ERR_LIMIT: its name or key is longer than is kept here. */
enum err inquiry_issuer_of(const struct x509 *c, struct inquiry_issuer *out) MUST_USE;
bool     inquiry_issuer_is(const struct inquiry_issuer *i, const struct x509 *c);
/* Did this key's holder sign, as the certificate says? */
bool     inquiry_signed(const struct x509 *c, const struct x509 *issuer);
/* The algorithm to verify with; a weak one verifies nothing. */
enum verify_algorithm inquiry_algorithm(enum x509_algorithm a);

/* ERR_LIMIT: its serial number is longer than is kept here. */
enum err inquiry_of(const struct x509 *c, const struct inquiry_issuer *issuer, struct inquiry *out) MUST_USE;
void     inquiry_print(const struct inquiry *q, struct buf *out);
/* NULL and the answer, or what is wrong with it. */
const char *inquiry_judge(const struct inquiry *q, struct bytes body, struct instant now, struct inquiry_answer *out);

#endif
