/* cms: see cms.h. */
#include "crypt/cms.h"
#include "crypt/pem.h"
#include "base/memory.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#define TEN_YEARS (3653L * 24 * 3600)

struct cms_key {
	EVP_PKEY *key;
};

struct cms_recipient {
	X509 *certificate;
};

/* What a memory BIO holds, to the end of out. */
static enum err
take(BIO *from, struct buf *out)
{
	char *at;
	long  n = BIO_get_mem_data(from, &at);

	buf_put(out, at, n > 0 ? (size_t)n : 0);
	return buf_ok(out) ? OK : ERR_LIMIT;
}

static bool
add_extension(X509 *c, int what, const char *value)
{
	X509V3_CTX with;

	X509V3_set_ctx_nodb(&with);
	X509V3_set_ctx(&with, c, c, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &with, what, value);
	bool            good = e && X509_add_ext(c, e, -1);
	X509_EXTENSION_free(e);
	return good;
}

static bool
certify(EVP_PKEY *key, const char *name, X509 *c)
{
	uint64_t   serial;
	X509_NAME *n = X509_get_subject_name(c);

	return RAND_bytes((unsigned char *)&serial, sizeof serial) > 0 && ASN1_INTEGER_set_uint64(X509_get_serialNumber(c), serial >> 1 | 1) &&
	       X509_set_version(c, X509_VERSION_3) && X509_gmtime_adj(X509_getm_notBefore(c), 0) && X509_gmtime_adj(X509_getm_notAfter(c), TEN_YEARS) &&
	       X509_set_pubkey(c, key) && X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) &&
	       X509_set_issuer_name(c, n) && add_extension(c, NID_key_usage, "critical,keyAgreement") &&
	       add_extension(c, NID_subject_key_identifier, "hash") && X509_sign(c, key, EVP_sha256());
}

enum err
cms_new(const char *name, struct buf *key, struct buf *certificate)
{
	EVP_PKEY *k = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	X509     *c = X509_new();
	BIO      *secret = BIO_new(BIO_s_secmem()), *text = BIO_new(BIO_s_mem());
	enum err  e = ERR_MEMORY;

	if (!k || !c || !secret || !text || !certify(k, name, c))
		goto out;
	if (!PEM_write_bio_PKCS8PrivateKey(secret, k, NULL, NULL, 0, NULL, NULL) || !PEM_write_bio_X509(text, c))
		goto out;
	if (!(e = take(secret, key)))
		e = take(text, certificate);
out:
	BIO_free(secret);
	BIO_free(text);
	X509_free(c);
	EVP_PKEY_free(k);
	return e;
}

static bool
on_p256(const EVP_PKEY *k)
{
	char   group[32] = "";
	size_t n;

	return k && EVP_PKEY_is_a(k, "EC") && EVP_PKEY_get_group_name(k, group, sizeof group, &n) && strcmp(group, "prime256v1") == 0;
}

enum err
cms_recipient_load(struct bytes pem, struct cms_recipient **out)
{
	X509                 *c = pem_certificate(pem);
	struct cms_recipient *r = NULL;
	enum err              e = !c ? ERR_FORM : !on_p256(X509_get0_pubkey(c)) ? ERR_UNSUPPORTED : (r = memory_new(1, sizeof *r)) ? OK : ERR_MEMORY;

	if (e) {
		X509_free(c);
		return e;
	}
	r->certificate = c;
	*out = r;
	return OK;
}

void
cms_recipient_free(struct cms_recipient *r)
{
	if (!r)
		return;
	X509_free(r->certificate);
	memory_free(r);
}

enum err
cms_key_load(struct bytes pem, struct cms_key **out)
{
	EVP_PKEY       *key = pem_key(pem);
	struct cms_key *k = NULL;
	enum err        e = !key ? ERR_FORM : !on_p256(key) ? ERR_UNSUPPORTED : (k = memory_new(1, sizeof *k)) ? OK : ERR_MEMORY;

	if (e) {
		EVP_PKEY_free(key);
		return e;
	}
	k->key = key;
	*out = k;
	return OK;
}

void
cms_key_free(struct cms_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->key);
	memory_free(k);
}

/* OpenSSL's own choice for the key's derivation is SHA-1 still. */
static bool
add_recipient(CMS_ContentInfo *c, X509 *to)
{
	CMS_RecipientInfo *r = CMS_add1_recipient_cert(c, to, CMS_KEY_PARAM);
	EVP_PKEY_CTX      *how = r ? CMS_RecipientInfo_get0_pkey_ctx(r) : NULL;

	return how && EVP_PKEY_CTX_set_ecdh_kdf_md(how, EVP_sha256()) > 0;
}

enum err
cms_seal(const struct cms_recipient *to, struct bytes plain, struct buf *sealed)
{
	BIO             *in = plain.len <= CMS_MOST ? BIO_new_mem_buf(plain.at, (int)plain.len) : NULL, *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *c = NULL;
	enum err         e = plain.len > CMS_MOST ? ERR_LIMIT : ERR_MEMORY;

	if (in && out && (c = CMS_AuthEnvelopedData_create(EVP_aes_256_gcm())) && CMS_set_detached(c, 0) && add_recipient(c, to->certificate) &&
	    CMS_final(c, in, NULL, CMS_BINARY) && i2d_CMS_bio(out, c))
		e = take(out, sealed);
	CMS_ContentInfo_free(c);
	BIO_free(in);
	BIO_free(out);
	ERR_clear_error();
	return e;
}

enum err
cms_open(const struct cms_key *k, struct bytes sealed, struct buf *plain)
{
	BIO             *in = sealed.len <= CMS_MOST + 4096 ? BIO_new_mem_buf(sealed.at, (int)sealed.len) : NULL, *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *c = in ? d2i_CMS_bio(in, NULL) : NULL;
	enum err         e = !in ? ERR_LIMIT : !out ? ERR_MEMORY : !c || OBJ_obj2nid(CMS_get0_type(c)) != NID_id_smime_ct_authEnvelopedData ? ERR_FORM : OK;

	/* The tag is looked at when the last byte is: what stood in out before is not believed until then. */
	if (!e && !CMS_decrypt(c, k->key, NULL, NULL, out, CMS_BINARY))
		e = ERR_PERM;
	if (!e)
		e = take(out, plain);
	CMS_ContentInfo_free(c);
	BIO_free(in);
	BIO_free(out);
	ERR_clear_error();
	return e;
}
