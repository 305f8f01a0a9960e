/*
 * enrolment: what is the same in all ways to ask for a certificate: requests
 * in base64 (RFC 8951), names and codes in Basic (RFC 7617), codes that stand
 * for a device once, certificates of makers (IEEE 802.1AR).
 */
#ifndef PKI_ENROLMENT_H
#define PKI_ENROLMENT_H

#include "model/policy.h"
#include "wire/x509.h"

enum { ENROLMENT_CODE = 20, ENROLMENT_SALT = 16, ENROLMENT_NAME = 64, ENROLMENT_SECRET = 128 };

/* Base64 in lines or in one, as RFC 8951 section 3.1 has it: blanks between are passed over.  ERR_FORM, ERR_LIMIT. */
enum err enrolment_body(struct bytes text, struct buf *der) MUST_USE;

/* user:secret of an Authorization line.  ERR_UNSUPPORTED: it is of another scheme, or none; ERR_FORM: it is malformed; ERR_LIMIT. */
enum err enrolment_basic(struct bytes line, char user[static ENROLMENT_NAME + 1], char secret[static ENROLMENT_SECRET + 1]) MUST_USE;

/* What a client should ask for (RFC 7030 section 4.5.2): a key on P-256, an ECDSA signature with SHA-256. */
void enrolment_attributes(struct buf *der);

/*
 * A code: 80 random bits as XXXX-XXXX-XXXX-XXXX, of digits and capitals
 * without I, L, O, U.  Only a salted digest is kept: of 80 random bits nobody
 * finds the code from it, so it need not be a slow one.  As it is typed in,
 * small letters and missing hyphens are forgiven.
 */
void enrolment_code(const uint8_t random[static 10], char out[static ENROLMENT_CODE]);
void enrolment_code_digest(const uint8_t salt[static ENROLMENT_SALT], const char *code, uint8_t out[static 32]);

/* The serialNumber (2.5.4.5) of a Name, which is what makers call a device by; empty: it has none. */
struct bytes enrolment_serial(struct bytes name);

/* The device that a maker's certificate is of: by its serial number or common name, or by its card; NULL: the policy names none. */
const struct policy_device *enrolment_device(const struct policy *p, const struct x509 *factory);

#endif
