#include <stdio.h>

#include "crypt/encode.h"
#include "crypt/signer.h"
#include "pki/acme.h"
#include "store/acme.h"
#include "test/fuzz/fuzz.h"

/* The first byte chooses the resource and who signs; the rest is the payload, or the whole body.  Every answer is JSON, or a chain, of a known status. */
static const char *const PATH[] = {
	"/acme/new-account", "/acme/account/1", "/acme/orders/1", "/acme/key-change", "/acme/new-order", "/acme/order/1", "/acme/finalize/1", "/acme/finalize/2",
	"/acme/authorization/1", "/acme/challenge/1/http-01", "/acme/challenge/1/dns-01", "/acme/certificate/42000000000000000000000000000000", "/acme/revoke-cert",
};
enum { PATHS = sizeof PATH / sizeof *PATH };

static struct acme           a;
static struct issuer         by;
static struct signer        *key;
static struct register_file *file;

static enum acme_verdict
issue(void *at, const struct acme_account *of, const struct csr *r, const char *ticket, uint8_t serial[static ACME_SERIAL], const char **why)
{
	(void)at, (void)of, (void)r, (void)ticket, (void)serial;
	*why = "refused";
	return ACME_REFUSED;
}

static bool
revoke(void *at, const char *who, const uint8_t serial[static ACME_SERIAL], unsigned reason)
{
	(void)at, (void)who, (void)serial, (void)reason;
	return true;
}

static enum err
random_token(void *at, uint8_t out[static ACME_TOKEN])
{
	(void)at;
	memset(out, 1, ACME_TOKEN);
	return OK;
}

static bool
look(void *at, const struct acme_authorization *z, const char *key_authorization)
{
	(void)at, (void)z;
	return strlen(key_authorization) > 40;
}

static void
setup(void)
{
	struct acme_account       one = { .state = ACME_VALID, .device = "pump1", .profile = "server", .contact = "[]" };
	struct acme_order         o = { .account = 1, .expires = INT64_C(1) << 40 };
	struct acme_authorization z = { .account = 1, .order = 1, .name = "a.h.example", .expires = INT64_C(1) << 40, .tried = -1 };
	struct acme_file         *f;
	uint8_t                   room[256];
	struct buf                spki = buf_over(room, sizeof room);
	struct jws_key            k;

	if (register_open(":memory:", true, &file) || acme_open(file, &f) || signer_new(SIGNER_ED25519, &key) || signer_public(key, &spki) || jws_key_load(buf_bytes(&spki), &k))
		abort();
	by.ca = x509_blank(bytes_of("\x30\x00", 2));
	by.ca.subject_key = bytes_text("key");
	a.store = acme_store(f);
	a.host = (struct acme_host){ .issue = issue, .revoke = revoke, .random = random_token, .look = look };
	a.issuer = &by;
	memcpy(one.spki, k.spki, k.len);
	one.spki_len = k.len;
	memcpy(one.thumbprint, k.thumbprint, 32);
	if (a.store.put_account(a.store.at, &one) || a.store.put_order(a.store.at, &o) || a.store.put_authorization(a.store.at, &z))
		abort();
	o = (struct acme_order){ .account = 1, .state = ACME_READY, .expires = INT64_C(1) << 40 };
	z.order = 2;
	z.state = ACME_VALID;
	if (a.store.put_order(a.store.at, &o) || a.store.put_authorization(a.store.at, &z))
		abort();
}

/* As a client signs. */
static struct bytes
body(const char *path, struct bytes payload, uint8_t *room, size_t cap)
{
	static uint8_t text[1 << 17];
	char           nonce[NONCE_TEXT], header[512];
	uint8_t        raw[SIGNER_SIGNATURE];
	struct buf     input = buf_over(text, sizeof text), signature = buf_over(raw, sizeof raw), out = buf_over(room, cap);

	nonce_give(&a.nonce, nonce);
	snprintf(header, sizeof header, "{\"alg\":\"EdDSA\",\"kid\":\"https://h/acme/account/1\",\"nonce\":\"%s\",\"url\":\"https://h%s\"}", nonce, path);
	encode_base64url(bytes_text(header), &input);
	size_t dot = input.len;
	buf_text(&input, ".");
	encode_base64url(payload, &input);
	if (signer_make(key, buf_bytes(&input), &signature))
		abort();
	buf_text(&out, "{\"protected\":\"");
	buf_bytes_put(&out, bytes_head(buf_bytes(&input), dot));
	buf_text(&out, "\",\"payload\":\"");
	buf_bytes_put(&out, bytes_skip(buf_bytes(&input), dot + 1));
	buf_text(&out, "\",\"signature\":\"");
	encode_base64url(buf_bytes(&signature), &out);
	buf_text(&out, "\"}");
	return buf_bytes(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static uint8_t room[1 << 17], answer_room[1 << 16];
	struct buf     answer = buf_over(answer_room, sizeof answer_room);

	if (!key)
		setup();
	if (!len || len > 32768)
		return 0;
	const char     *path = PATH[at[0] % PATHS];
	struct bytes    said = bytes_of(at + 1, len - 1);
	struct exchange x = { .method = "POST", .path = path, .query = "", .host = "h", .type = bytes_text("application/jose+json"), .body = said, .peer = "", .tls = true,
	                      .now = { INT64_C(1) << 50 }, .answer = &answer };
	if (at[0] < 128)
		x.body = body(path, said, room, sizeof room);
	if (register_begin(file))
		abort();
	bool kept = acme_answer(&a, &x);
	register_rollback(file);
	if (!buf_ok(&answer) || x.status < 200 || x.status > 500 || (!kept && x.status != 500) || (kept && x.status == 500) || x.lines > EXCHANGE_LINES)
		abort();
	if (x.status >= 400 && !bytes_begin(buf_bytes(&answer), "{\"type\":\"urn:ietf:params:acme:error:"))
		abort();
	return 0;
}
