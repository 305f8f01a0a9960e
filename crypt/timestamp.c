/* timestamp: see timestamp.h. */
#include "crypt/timestamp.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <time.h>

static TS_REQ *
make(const uint8_t digest[static 32])
{
	TS_REQ         *r = TS_REQ_new();
	TS_MSG_IMPRINT *i = TS_MSG_IMPRINT_new();
	X509_ALGOR     *a = X509_ALGOR_new();
	ASN1_INTEGER   *nonce = ASN1_INTEGER_new();
	uint64_t        n;
	bool            good = r && i && a && nonce && RAND_bytes((unsigned char *)&n, sizeof n) == 1;

	if (good)
		X509_ALGOR_set_md(a, EVP_sha256());
	good = good && TS_MSG_IMPRINT_set_algo(i, a) && TS_MSG_IMPRINT_set_msg(i, (unsigned char *)(uintptr_t)digest, 32) && TS_REQ_set_version(r, 1) &&
	       TS_REQ_set_msg_imprint(r, i) && ASN1_INTEGER_set_uint64(nonce, n >> 1) && TS_REQ_set_nonce(r, nonce) && TS_REQ_set_cert_req(r, 1);
	ASN1_INTEGER_free(nonce);
	X509_ALGOR_free(a);
	TS_MSG_IMPRINT_free(i);
	if (good)
		return r;
	TS_REQ_free(r);
	return NULL;
}

enum err
timestamp_request(const uint8_t digest[static 32], struct buf *out)
{
	TS_REQ        *r = make(digest);
	unsigned char *der = NULL;
	int            n = r ? i2d_TS_REQ(r, &der) : -1;

	if (n > 0)
		buf_put(out, der, (size_t)n);
	OPENSSL_free(der);
	TS_REQ_free(r);
	ERR_clear_error();
	return n > 0 && buf_ok(out) ? OK : ERR_MEMORY;
}

/* The certificates of a PEM text, as those that are trusted. */
static X509_STORE *
trust(struct bytes ca)
{
	X509_STORE *s = X509_STORE_new();
	BIO        *b = BIO_new_mem_buf(ca.at, (int)ca.len);
	X509       *c;
	int         n = 0;

	while (s && b && n < 1024 && (c = PEM_read_bio_X509(b, NULL, NULL, NULL))) {
		n += X509_STORE_add_cert(s, c);
		X509_free(c);
	}
	BIO_free(b);
	if (n)
		return s;
	X509_STORE_free(s);
	return NULL;
}

static enum err
time_of(const TS_TST_INFO *info, struct instant *when)
{
	struct tm t;

	if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &t) != 1)
		return ERR_FORM;
	when->us = (int64_t)timegm(&t) * INSTANT_SECOND;
	return OK;
}

enum err
timestamp_verify(struct bytes reply, struct bytes request, const uint8_t digest[static 32], struct bytes ca, struct instant *when)
{
	const unsigned char *at = reply.at, *asked = request.at;
	TS_RESP             *r = reply.len <= TIMESTAMP_REPLY ? d2i_TS_RESP(NULL, &at, (long)reply.len) : NULL;
	TS_REQ              *q = request.len ? d2i_TS_REQ(NULL, &asked, (long)request.len) : NULL;
	TS_VERIFY_CTX       *v = request.len && q ? TS_REQ_to_TS_VERIFY_CTX(q, NULL) : TS_VERIFY_CTX_new();
	X509_STORE          *s = trust(ca);
	unsigned char       *imprint = OPENSSL_malloc(32);
	enum err             e = ERR_FORM;

	if (!r || at != reply.at + reply.len || (request.len && !q))
		goto out;
	e = ERR_MEMORY;
	if (!v || !imprint)
		goto out;
	e = ERR_PERM;
	if (!s)
		goto out;
	memcpy(imprint, digest, 32);
	TS_VERIFY_CTX_set_imprint(v, imprint, 32);
	imprint = NULL; /* the context owns it, and the store */
	TS_VERIFY_CTX_set_store(v, s);
	s = NULL;
	TS_VERIFY_CTX_set_flags(v, (request.len ? TS_VFY_NONCE : 0) | TS_VFY_VERSION | TS_VFY_IMPRINT | TS_VFY_SIGNATURE);
	if (TS_RESP_verify_response(v, r) == 1)
		e = time_of(TS_RESP_get_tst_info(r), when);
out:
	OPENSSL_free(imprint);
	X509_STORE_free(s);
	TS_VERIFY_CTX_free(v);
	TS_REQ_free(q);
	TS_RESP_free(r);
	ERR_clear_error();
	return e;
}
