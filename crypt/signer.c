/* signer: see signer.h. */
#include "crypt/signer.h"
#include "base/memory.h"
#include "crypt/pem.h"

#include <limits.h>
#include <stdio.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

struct signer {
	EVP_PKEY        *key;
	EVP_MD_CTX      *begun; /* copied for each signature: setting one up looks algorithms up */
	EC_KEY          *curve; /* of ECDSA, or NULL: asked directly, which saves a tenth of a signature */
	EVP_PKEY_CTX    *lent[SIGNER_BLOCK + 1]; /* by form, each set up when it is first asked for */
	enum signer_kind kind;
};

#define LITERAL(s) s, sizeof(s) - 1

static const struct {
	const char *name, *hash, *algorithm;
	size_t      len;
} KIND[SIGNER_KINDS] = {
	[SIGNER_P256] = { "p256", "SHA256", LITERAL("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02") },
	[SIGNER_P384] = { "p384", "SHA384", LITERAL("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03") },
	[SIGNER_RSA] = { "rsa3072", "SHA256", LITERAL("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00") },
	[SIGNER_ED25519] = { "ed25519", NULL, LITERAL("\x30\x05\x06\x03\x2b\x65\x70") },
};

enum signer_kind
signer_kind_of(const char *name)
{
	enum signer_kind k = 0;

	while (k < SIGNER_KINDS && strcmp(KIND[k].name, name))
		k++;
	return k;
}

static enum signer_kind
kind_of(const EVP_PKEY *key)
{
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_EC:      return EVP_PKEY_get_bits(key) == 256 ? SIGNER_P256 : EVP_PKEY_get_bits(key) == 384 ? SIGNER_P384 : SIGNER_KINDS;
	case EVP_PKEY_RSA:     return EVP_PKEY_get_bits(key) >= 2048 ? SIGNER_RSA : SIGNER_KINDS;
	case EVP_PKEY_ED25519: return SIGNER_ED25519;
	default:               return SIGNER_KINDS;
	}
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static EC_KEY *
curve_of(EVP_PKEY *key)
{
	return EVP_PKEY_get1_EC_KEY(key);
}

static void
curve_free(EC_KEY *k)
{
	EC_KEY_free(k);
}

static bool
curve_sign(const struct signer *k, struct bytes text, uint8_t *out, size_t *n)
{
	uint8_t  digest[EVP_MAX_MD_SIZE];
	unsigned len, made;

	if (!EVP_Digest(text.at, text.len, digest, &len, k->kind == SIGNER_P256 ? EVP_sha256() : EVP_sha384(), NULL) || !ECDSA_sign(0, digest, (int)len, out, &made, k->curve))
		return false;
	*n = made;
	return true;
}
#pragma GCC diagnostic pop

/* Takes the key over. */
static enum err
own(EVP_PKEY *key, struct signer **out)
{
	struct signer *k = memory_new(1, sizeof *k);
	enum err       e = ERR_MEMORY;

	if (!k) {
		EVP_PKEY_free(key);
		return e;
	}
	k->key = key;
	k->kind = kind_of(key);
	e = ERR_UNSUPPORTED;
	if (k->kind == SIGNER_KINDS)
		goto out;
	k->begun = EVP_MD_CTX_new();
	if (!k->begun || EVP_DigestSignInit_ex(k->begun, NULL, KIND[k->kind].hash, NULL, NULL, key, NULL) <= 0)
		goto out;
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC)
		k->curve = curve_of(key);
	*out = k;
	return OK;
out:
	signer_free(k);
	return e;
}

enum err
signer_new(enum signer_kind kind, struct signer **out)
{
	EVP_PKEY *key = kind == SIGNER_RSA ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)3072) :
	                kind == SIGNER_ED25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") :
	                                         EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind == SIGNER_P384 ? "P-384" : "P-256");

	return key ? own(key, out) : ERR_UNSUPPORTED;
}

/* OpenSSL must not ask a terminal. */
static int
password(char *at, int size, int writing, void *context)
{
	const char *p = context;
	size_t      n = p ? strlen(p) : 0;

	(void)writing;
	if (!p || n > (size_t)size)
		return -1;
	memcpy(at, p, n);
	return (int)n;
}

enum err
signer_load(struct bytes pem, const char *passphrase, struct signer **out)
{
	BIO      *b = pem.len && pem.len <= INT_MAX ? BIO_new_mem_buf(pem.at, (int)pem.len) : NULL;
	EVP_PKEY *key = b ? PEM_read_bio_PrivateKey(b, NULL, password, (void *)(uintptr_t)passphrase) : NULL;

	BIO_free(b);
	ERR_clear_error(); /* a file that is no key is no error of OpenSSL's */
	return key ? own(key, out) : ERR_FORM;
}

/* The value of an attribute of the URI's query, up to the next; false: it has none. */
static bool
attribute(const char *uri, const char *name, char *out, size_t cap)
{
	size_t      n = strlen(name);
	const char *at = strchr(uri, '?');

	while (at && (strncmp(at + 1, name, n) || at[n + 1] != '='))
		at = strchr(at + 1, '&');
	if (!at)
		return false;
	at += n + 2;
	size_t len = strcspn(at, "&");
	if (len >= cap)
		return false;
	memcpy(out, at, len);
	out[len] = 0;
	return true;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
/* Debian 12 has PKCS #11 for OpenSSL as an engine alone; it is never let go: the keys' process ends with it. */
enum err
signer_token(const char *uri, struct signer **out)
{
	char      module[256], pin[256] = "", plain[768]; /* the engine takes no other attribute of a query than the PIN's */
	EVP_PKEY *key = NULL;
	ENGINE   *e = ENGINE_by_id("pkcs11");
	enum err  bad = ERR_UNSUPPORTED;

	if (!e)
		goto out;
	bad = ERR_NOTFOUND;
	if (attribute(uri, "module-path", module, sizeof module) && !ENGINE_ctrl_cmd_string(e, "MODULE_PATH", module, 0))
		goto out;
	bool has = attribute(uri, "pin-source", pin, sizeof pin);
	int  n = snprintf(plain, sizeof plain, "%.*s%s%s", (int)strcspn(uri, "?"), uri, has ? "?pin-source=" : "", pin);
	if (n < (int)sizeof plain && ENGINE_init(e))
		key = ENGINE_load_private_key(e, plain, NULL, NULL);
	if (key)
		bad = own(key, out);
out:
	ERR_clear_error();
	return bad;
}
#pragma GCC diagnostic pop

enum err
signer_save(const struct signer *k, const char *passphrase, struct buf *pem)
{
	return pem_key_put(k->key, passphrase, pem);
}

void
signer_free(struct signer *k)
{
	if (!k)
		return;
	curve_free(k->curve);
	for (int i = 0; i <= SIGNER_BLOCK; i++)
		EVP_PKEY_CTX_free(k->lent[i]);
	EVP_MD_CTX_free(k->begun);
	EVP_PKEY_free(k->key);
	memory_free(k);
}

enum err
signer_public(const struct signer *k, struct buf *spki)
{
	unsigned char *der = NULL;
	int            n = i2d_PUBKEY(k->key, &der);

	if (n <= 0)
		return ERR_MEMORY;
	buf_put(spki, der, (size_t)n);
	OPENSSL_free(der);
	return buf_ok(spki) ? OK : ERR_LIMIT;
}

void
signer_algorithm(const struct signer *k, struct buf *out)
{
	buf_put(out, KIND[k->kind].algorithm, KIND[k->kind].len);
}

enum err
signer_algorithm_of(struct bytes spki, struct buf *out)
{
	const unsigned char *at = spki.at;
	EVP_PKEY            *key = spki.len <= INT_MAX ? d2i_PUBKEY(NULL, &at, (long)spki.len) : NULL;
	enum signer_kind     kind = key ? kind_of(key) : SIGNER_KINDS;

	EVP_PKEY_free(key);
	ERR_clear_error();
	if (kind == SIGNER_KINDS)
		return ERR_UNSUPPORTED;
	buf_put(out, KIND[kind].algorithm, KIND[kind].len);
	return OK;
}

enum err
signer_make(const struct signer *k, struct bytes text, struct buf *signature)
{
	uint8_t     room[SIGNER_SIGNATURE];
	size_t      n = sizeof room;
	EVP_MD_CTX *c = k->curve ? NULL : EVP_MD_CTX_new();
	bool        ok = k->curve ? curve_sign(k, text, room, &n) : c && EVP_MD_CTX_copy_ex(c, k->begun) && EVP_DigestSign(c, room, &n, text.at, text.len) > 0;

	EVP_MD_CTX_free(c);
	if (!ok)
		return ERR_MEMORY;
	buf_put(signature, room, n);
	return buf_ok(signature) ? OK : ERR_LIMIT;
}

static EVP_PKEY_CTX *
lent(const struct signer *k, enum signer_form form)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(k->key, NULL);
	int           padding = form == SIGNER_INFO ? RSA_PKCS1_PADDING : RSA_NO_PADDING;

	if (c && EVP_PKEY_sign_init(c) > 0 && (form == SIGNER_DIGEST || EVP_PKEY_CTX_set_rsa_padding(c, padding) > 0))
		return c;
	EVP_PKEY_CTX_free(c);
	return NULL;
}

enum err
signer_lend(const struct signer *k, enum signer_form form, struct bytes text, struct buf *signature)
{
	struct signer *own = (struct signer *)(uintptr_t)k; /* what is set up once is no change that a caller sees */
	uint8_t        room[SIGNER_SIGNATURE];
	size_t         n = sizeof room;

	if (form > SIGNER_BLOCK || (form == SIGNER_DIGEST) != (k->kind == SIGNER_P256 || k->kind == SIGNER_P384) || !text.len ||
	    (form != SIGNER_DIGEST && k->kind != SIGNER_RSA) || (form == SIGNER_BLOCK && text.at[text.len - 1] != 0xbc) || text.len > SIGNER_SIGNATURE)
		return ERR_USAGE;
	if (!k->lent[form] && !(own->lent[form] = lent(k, form)))
		return ERR_MEMORY;
	if (EVP_PKEY_sign(k->lent[form], room, &n, text.at, text.len) <= 0) {
		ERR_clear_error();
		return ERR_USAGE;
	}
	buf_put(signature, room, n);
	return buf_ok(signature) ? OK : ERR_LIMIT;
}
