/*
 * x509: what a certificate says (RFC 5280), read from DER (X.690) and believed by nobody.
 *
 *	Certificate ::= SEQUENCE { tbs, signatureAlgorithm, signature BIT STRING }
 *	tbs ::= SEQUENCE { [0] version, serial, signature, issuer, validity { notBefore, notAfter },
 *	                   subject, subjectPublicKeyInfo, [1] [2] unique ids, [3] extensions }
 *
 * Lengths are held to DER: none indefinite, none longer than it need be,
 * nothing left over.  No signature is checked here; the views to check one
 * with are.  All views lie in the bytes parsed.
 */
#ifndef WIRE_X509_H
#define WIRE_X509_H

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/instant.h"

enum { X509_NAMES = 32 };

enum x509_algorithm {
	X509_UNKNOWN_SIGNATURE,
	X509_RSA_MD2,
	X509_RSA_MD5,
	X509_RSA_SHA1,
	X509_RSA_SHA224,
	X509_RSA_SHA256,
	X509_RSA_SHA384,
	X509_RSA_SHA512,
	X509_RSA_PSS,
	X509_DSA_SHA1,
	X509_DSA_SHA256,
	X509_ECDSA_SHA1,
	X509_ECDSA_SHA224,
	X509_ECDSA_SHA256,
	X509_ECDSA_SHA384,
	X509_ECDSA_SHA512,
	X509_ED25519,
	X509_ED448,
};

enum x509_key { X509_KEY_UNKNOWN, X509_KEY_RSA, X509_KEY_DSA, X509_KEY_EC, X509_KEY_ED25519, X509_KEY_ED448 };

/* A bit for each use, in RFC 5280's order (section 4.2.1.3). */
enum x509_usage {
	X509_DIGITAL_SIGNATURE = 1 << 0,
	X509_NON_REPUDIATION = 1 << 1,
	X509_KEY_ENCIPHERMENT = 1 << 2,
	X509_DATA_ENCIPHERMENT = 1 << 3,
	X509_KEY_AGREEMENT = 1 << 4,
	X509_CERT_SIGN = 1 << 5,
	X509_CRL_SIGN = 1 << 6,
	X509_ENCIPHER_ONLY = 1 << 7,
	X509_DECIPHER_ONLY = 1 << 8,
};

/* Extended key usage (section 4.2.1.12). */
enum x509_purpose {
	X509_FOR_ANY = 1 << 0,
	X509_FOR_SERVER = 1 << 1,
	X509_FOR_CLIENT = 1 << 2,
	X509_FOR_CODE = 1 << 3,
	X509_FOR_EMAIL = 1 << 4,
	X509_FOR_TIME = 1 << 5,
	X509_FOR_OCSP = 1 << 6,
	X509_FOR_OTHER = 1 << 7, /* one not named here */
};

enum x509_name_type { X509_NAME_EMAIL = 1, X509_NAME_DNS = 2, X509_NAME_URI = 6, X509_NAME_IP = 7 };

struct x509_name {
	enum x509_name_type type;
	struct bytes        value; /* text, or the 4 or 16 bytes of an address */
};

struct x509 {
	struct bytes        whole;   /* the DER parsed: for a fingerprint */
	struct bytes        tbs;     /* with its header: what is signed */
	struct bytes        signature;
	struct bytes        algorithm_oid;
	enum x509_algorithm algorithm;
	unsigned            version; /* 1 to 3 */
	struct bytes        serial;  /* big-endian, as sent */
	struct bytes        issuer, subject; /* with header: compare them as they are */
	struct bytes        issuer_cn, issuer_o, subject_cn, subject_o; /* in whatever string type; the last CN, the first O */
	struct instant      not_before, not_after;

	struct bytes  spki; /* with header: what a pin is the SHA-256 of */
	struct bytes  public_key; /* the BIT STRING's bytes */
	struct bytes  key_oid; /* of the algorithm; of the curve if it is EC */
	enum x509_key key;
	unsigned      key_bits; /* of the modulus, of the curve; 0 if not known */

	struct bytes     names_der; /* all subjectAltNames: for x509_name_next */
	struct x509_name names[X509_NAMES];
	unsigned         nnames;
	bool             more_names; /* there were more than X509_NAMES */

	bool         has_constraints, ca;
	int          path_len; /* -1: no limit */
	bool         has_usage, has_purposes;
	unsigned     usage;    /* enum x509_usage */
	unsigned     purposes; /* enum x509_purpose */
	struct bytes permitted; /* of nameConstraints: GeneralSubtrees */
	struct bytes authority_key, subject_key; /* key identifiers */
	struct bytes crl_url, ocsp_url, issuer_url; /* the first of each */
	bool         must_staple; /* RFC 7633 */
	bool         has_scts;    /* RFC 6962 */
	struct bytes acme;        /* acmeIdentifier: the digest of a key authorization (RFC 8737); empty: it has none, or none that is critical */
	bool         unknown_critical; /* a critical extension that is not read here */
	bool         odd; /* a known extension is malformed or came twice, or the two algorithms differ */
};

/*
 * Reads a certificate.  ERR_SHORT: it is cut.  ERR_FORM: it is not DER or no
 * certificate; nothing of out may be used.  A malformed extension only makes
 * it odd.
 */
enum err x509_parse(struct bytes der, struct x509 *out) MUST_USE;

/* The same of what is to be signed alone: there is no signature, and the algorithm is not read. */
enum err x509_parse_tbs(struct bytes tbs, struct x509 *out) MUST_USE;

/*
 * The parts of a certificate that other formats have too (wire/csr): each
 * reads the next element of a cursor into a struct that x509_blank made, and
 * makes the cursor bad if it is none.
 */
struct x509         x509_blank(struct bytes in);
void                x509_read_subject(struct cursor *c, struct x509 *out);
void                x509_read_key(struct cursor *c, struct x509 *out);
void                x509_read_extensions(struct cursor *c, struct x509 *out);
enum x509_algorithm x509_read_algorithm(struct cursor *c, struct bytes *oid);

/* Steps through names_der; kinds of name not listed above are passed over. */
bool x509_name_next(struct bytes *list, struct x509_name *out);

/* Issuer and subject are the same bytes (whether it is self-signed a signature must tell). */
bool x509_self_issued(const struct x509 *c);

/*
 * Is the certificate for this host (RFC 9525 section 6)?  host is a domain
 * name or the text of an address.  Only subjectAltNames count, never the
 * common name; a wildcard is the whole left-most label, stands for exactly
 * one, and has two labels or more after it.
 */
bool x509_name_matches(const struct x509 *c, struct bytes host);

/* At t, inside its validity? */
static inline bool
x509_valid_at(const struct x509 *c, struct instant t)
{
	return t.us >= c->not_before.us && t.us < c->not_after.us + INSTANT_SECOND;
}

/* "rsa-sha256", "ed25519"; "unknown". */
const char *x509_algorithm_text(enum x509_algorithm a);

/* MD2, MD5 or SHA-1: a collision makes a second certificate of the same signature. */
bool x509_algorithm_weak(enum x509_algorithm a);

/* "rsa", "ec"; "unknown". */
const char *x509_key_text(enum x509_key k);

#endif
