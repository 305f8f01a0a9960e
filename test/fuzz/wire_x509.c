#include "test/fuzz/fuzz.h"
#include "wire/x509.h"

static unsigned sum;

/* Every byte of a view is there. */
static void
touch(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		sum += b.at[i];
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct x509 c;

	if (x509_parse(bytes_of(at, len), &c) != OK)
		return 0;
	const struct bytes views[] = { c.whole, c.tbs, c.signature, c.algorithm_oid, c.serial, c.issuer, c.subject, c.issuer_cn,
		c.issuer_o, c.subject_cn, c.subject_o, c.spki, c.public_key, c.key_oid, c.names_der, c.authority_key, c.subject_key,
		c.crl_url, c.ocsp_url, c.issuer_url };
	for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
		touch(views[i]);
	for (unsigned i = 0; i < c.nnames; i++) {
		touch(c.names[i].value);
		(void)x509_name_matches(&c, c.names[i].value);
	}
	(void)x509_name_matches(&c, bytes_text("10.77.0.10"));
	return 0;
}
