/* profile: see profile.h; usage by RFC 5280 sections 4.2.1.3 and 4.2.1.12. */
#include "pki/profile.h"

#define DNS (1u << X509_NAME_DNS)
#define URI (1u << X509_NAME_URI)
#define IP (1u << X509_NAME_IP)
#define EMAIL (1u << X509_NAME_EMAIL)
#define SIGN X509_DIGITAL_SIGNATURE

#define HOUR (3600 * INSTANT_SECOND)
#define DAY (24 * HOUR)

static const struct profile PROFILE[] = {
	{ "device", SIGN, X509_FOR_CLIENT | X509_FOR_SERVER, DNS | URI | IP, false, false, false, 365, 90 },
	{ "gateway-server", SIGN, X509_FOR_SERVER, DNS | URI | IP, true, false, false, 90, 30 },
	{ "gateway-client", SIGN, X509_FOR_CLIENT, DNS | URI | IP, false, false, false, 90, 30 },
	{ "server", SIGN, X509_FOR_SERVER, DNS | URI | IP, true, false, false, 365, 90 },
	{ "supplicant", SIGN, X509_FOR_CLIENT, DNS | URI, false, false, false, 365, 90 },
	{ "radius", SIGN, X509_FOR_SERVER, DNS, true, false, false, 365, 90 },
	{ "ocsp", SIGN, X509_FOR_OCSP, 0, false, true, true, 30, 15 },
	{ "scep", SIGN | X509_KEY_ENCIPHERMENT, 0, 0, false, false, true, 365, 30 },
	{ "administrator", SIGN, X509_FOR_CLIENT, EMAIL | URI, false, false, false, 90, 30 },
};
enum { COUNT = sizeof PROFILE / sizeof *PROFILE };

const struct profile *
profile_at(unsigned number)
{
	return number < COUNT ? &PROFILE[number] : NULL;
}

const struct profile *
profile_find(const char *name)
{
	for (unsigned i = 0; i < COUNT; i++)
		if (strcmp(PROFILE[i].name, name) == 0)
			return &PROFILE[i];
	return NULL;
}

const char *
profile_key_fault(const struct x509 *c)
{
	switch (c->key) {
	case X509_KEY_ED25519:
		return NULL;
	case X509_KEY_RSA:
		return c->key_bits < 2048 ? "its RSA key is shorter than 2048 bits" : c->key_bits > 8192 ? "its RSA key is longer than 8192 bits" : NULL;
	case X509_KEY_EC:
		/* P-256 and P-384 alone: a curve's length does not tell it from another's. */
		if (bytes_equal(c->key_oid, bytes_of("\x2a\x86\x48\xce\x3d\x03\x01\x07", 8)) || bytes_equal(c->key_oid, bytes_of("\x2b\x81\x04\x00\x22", 5)))
			return NULL;
		return "its curve is neither P-256 nor P-384";
	default:
		return "its key is of a kind not certified here: P-256, P-384, Ed25519 or RSA";
	}
}

const char *
profile_fault(const struct profile *p, const struct x509 *c)
{
	if (c->ca || c->usage != p->usage || c->purposes != p->purposes)
		return "is for other purposes than its profile's";
	if (c->odd || c->unknown_critical || c->version != 3)
		return "is not as certificates are made here";
	/* Its beginning is a little before its issuance. */
	if (instant_since(c->not_before, c->not_after) > p->days * DAY + HOUR || c->not_after.us <= c->not_before.us)
		return "lives longer than its profile allows";
	return profile_key_fault(c);
}
