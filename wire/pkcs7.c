/* pkcs7: see pkcs7.h. */
#include "wire/pkcs7.h"

#include <assert.h>
#include <stdlib.h>

#include "wire/der.h"

#define PKCS7 "\x2a\x86\x48\x86\xf7\x0d\x01\x07"
#define AES "\x60\x86\x48\x01\x65\x03\x04\x01"
#define SHA2 "\x60\x86\x48\x01\x65\x03\x04\x02"
#define PKCS1 "\x2a\x86\x48\x86\xf7\x0d\x01\x01"
#define RSA PKCS1 "\x01"
#define ECDSA_SHA2 "\x2a\x86\x48\xce\x3d\x04\x03"

static const char *const HASH[] = { [PKCS7_SHA1] = "\x2b\x0e\x03\x02\x1a", [PKCS7_SHA256] = SHA2 "\x01", [PKCS7_SHA384] = SHA2 "\x02", [PKCS7_SHA512] = SHA2 "\x03" };
static const char *const CIPHER[] = { [PKCS7_DES] = "\x2b\x0e\x03\x02\x07", [PKCS7_DES3] = "\x2a\x86\x48\x86\xf7\x0d\x03\x07", [PKCS7_AES128] = AES "\x02", [PKCS7_AES192] = AES "\x16", [PKCS7_AES256] = AES "\x2a" };

/* --- reading -------------------------------------------------------------- */

/* The content of a message that must be of this type. */
static enum err
open_message(struct bytes in, const char *type, struct cursor *out)
{
	struct cursor c = cursor_over(in), head = c;

	(void)cursor_u8(&head);
	size_t n = der_length(&head);
	if (in.len < 4 || (cursor_ok(&head) && n > cursor_left(&head)))
		return ERR_SHORT;
	struct cursor s = cursor_over(der_take(&c, DER_SEQUENCE));
	if (!cursor_end(&c) || !der_is_oid(der_take(&s, DER_OID), type))
		return ERR_FORM;
	struct cursor content = cursor_over(der_take(&s, DER_EXPLICIT | 0));
	*out = cursor_over(der_take(&content, DER_SEQUENCE));
	return cursor_end(&s) && cursor_end(&content) ? OK : ERR_FORM;
}

static void
read_holder(struct cursor *c, struct bytes *issuer, struct bytes *serial)
{
	struct cursor s = cursor_over(der_take(c, DER_SEQUENCE));

	*issuer = der_whole(&s, DER_SEQUENCE);
	*serial = der_take(&s, DER_INTEGER);
	if (!cursor_end(&s))
		cursor_fail(c);
}

static struct bytes
read_algorithm(struct cursor *c)
{
	struct cursor s = cursor_over(der_take(c, DER_SEQUENCE));
	struct bytes  oid = der_take(&s, DER_OID);

	if (!cursor_ok(&s))
		cursor_fail(c);
	return oid;
}

static enum pkcs7_hash
hash_of(struct bytes oid)
{
	for (int i = PKCS7_SHA1; i <= PKCS7_SHA512; i++)
		if (der_is_oid(oid, HASH[i]))
			return (enum pkcs7_hash)i;
	return PKCS7_OTHER_HASH;
}

/* The key's kind alone, or with the hash that was named before. */
static enum pkcs7_key
key_of(struct bytes oid, enum pkcs7_hash hash)
{
	static const struct { const char *rsa, *ecdsa; } WITH[] = {
		[PKCS7_SHA1] = { PKCS1 "\x05", "" },
		[PKCS7_SHA256] = { PKCS1 "\x0b", ECDSA_SHA2 "\x02" }, [PKCS7_SHA384] = { PKCS1 "\x0c", ECDSA_SHA2 "\x03" }, [PKCS7_SHA512] = { PKCS1 "\x0d", ECDSA_SHA2 "\x04" },
	};

	if (!hash)
		return PKCS7_OTHER_KEY;
	if (der_is_oid(oid, RSA) || der_is_oid(oid, WITH[hash].rsa))
		return PKCS7_RSA;
	return der_is_oid(oid, WITH[hash].ecdsa) ? PKCS7_ECDSA : PKCS7_OTHER_KEY;
}

static void
read_signer(struct cursor *c, struct pkcs7_signed *out)
{
	struct cursor s = cursor_over(der_take(c, DER_SEQUENCE));

	if (der_small(&s) != 1)
		cursor_fail(c);
	read_holder(&s, &out->issuer, &out->serial);
	out->hash = hash_of(read_algorithm(&s));
	out->attributes = der_take(&s, DER_EXPLICIT | 0);
	out->key = key_of(read_algorithm(&s), out->hash);
	out->signature = der_take(&s, DER_OCTET_STRING);
	(void)der_maybe(&s, DER_EXPLICIT | 1);
	if (!cursor_end(&s))
		cursor_fail(c);
}

enum err
pkcs7_signed_parse(struct bytes in, struct pkcs7_signed *out)
{
	struct cursor c;
	enum err      e = open_message(in, PKCS7 "\x02", &c);

	*out = (struct pkcs7_signed){ .content = bytes_head(in, 0) };
	if (e)
		return e;
	(void)der_small(&c);
	(void)der_take(&c, DER_SET);
	struct cursor content = cursor_over(der_take(&c, DER_SEQUENCE));
	(void)der_take(&content, DER_OID);
	if (der_is(&content, DER_EXPLICIT | 0)) {
		struct cursor octets = cursor_over(der_take(&content, DER_EXPLICIT | 0));
		out->content = der_take(&octets, DER_OCTET_STRING);
		if (!cursor_end(&octets))
			return ERR_FORM;
	}
	out->certificates = der_maybe(&c, DER_EXPLICIT | 0);
	(void)der_maybe(&c, DER_EXPLICIT | 1);
	struct cursor signers = cursor_over(der_take(&c, DER_SET));
	read_signer(&signers, out);
	return cursor_end(&content) && cursor_end(&c) && cursor_end(&signers) && out->attributes.len ? OK : ERR_FORM;
}

static bool
is_number(struct bytes a, struct bytes b)
{
	while (a.len > 1 && !a.at[0])
		a = bytes_skip(a, 1);
	while (b.len > 1 && !b.at[0])
		b = bytes_skip(b, 1);
	return bytes_equal(a, b);
}

/* true: this recipient is the one. */
static bool
read_recipient(struct cursor *all, struct bytes serial, struct pkcs7_envelope *out)
{
	struct cursor s = cursor_over(der_take(all, DER_SEQUENCE));
	struct bytes  issuer, number;

	if (der_small(&s) != 0)
		cursor_fail(all);
	read_holder(&s, &issuer, &number);
	bool         rsa = der_is_oid(read_algorithm(&s), RSA);
	struct bytes key = der_take(&s, DER_OCTET_STRING);
	if (!cursor_end(&s))
		cursor_fail(all);
	if (!cursor_ok(all) || !rsa || (serial.len && !is_number(serial, number)))
		return false;
	out->issuer = issuer;
	out->serial = number;
	out->key = key;
	return true;
}

static void
read_content(struct cursor *c, struct pkcs7_envelope *out)
{
	struct cursor s = cursor_over(der_take(c, DER_SEQUENCE));

	(void)der_take(&s, DER_OID);
	struct cursor cipher = cursor_over(der_take(&s, DER_SEQUENCE));
	struct bytes  oid = der_take(&cipher, DER_OID);
	for (int i = PKCS7_DES; i <= PKCS7_AES256; i++)
		if (der_is_oid(oid, CIPHER[i]))
			out->cipher = (enum pkcs7_cipher)i;
	out->iv = out->cipher ? der_take(&cipher, DER_OCTET_STRING) : bytes_of(s.at, 0);
	if (der_is(&s, DER_EXPLICIT | 0)) {
		struct cursor inside = cursor_over(der_take(&s, DER_EXPLICIT | 0));
		out->content = der_take(&inside, DER_OCTET_STRING);
		if (!cursor_end(&inside))
			cursor_fail(c);
	} else {
		out->content = der_take(&s, DER_CONTEXT | 0);
	}
	if (!cursor_end(&s) || !cursor_ok(&cipher))
		cursor_fail(c);
}

enum err
pkcs7_envelope_parse(struct bytes in, struct bytes serial, struct pkcs7_envelope *out)
{
	struct cursor c;
	enum err      e = open_message(in, PKCS7 "\x03", &c);
	bool          found = false;

	*out = (struct pkcs7_envelope){ .key = bytes_head(in, 0) };
	if (e)
		return e;
	(void)der_small(&c);
	struct cursor all = cursor_over(der_take(&c, DER_SET));
	for (; cursor_left(&all) && out->recipients < PKCS7_RECIPIENTS; out->recipients++)
		found |= !found && read_recipient(&all, serial, out);
	read_content(&c, out);
	if (!cursor_end(&all) || !cursor_end(&c) || (out->cipher && out->iv.len != (out->cipher < PKCS7_AES128 ? 8 : 16)))
		return ERR_FORM;
	return found ? OK : ERR_NOTFOUND;
}

struct bytes
pkcs7_attribute(struct bytes attributes, const char *oid, uint8_t *tag)
{
	struct bytes found = bytes_head(attributes, 0);
	unsigned     times = 0;

	for (struct cursor c = cursor_over(attributes); cursor_left(&c);) {
		struct cursor a = cursor_over(der_take(&c, DER_SEQUENCE));
		struct bytes  type = der_take(&a, DER_OID);
		struct cursor values = cursor_over(der_take(&a, DER_SET));
		uint8_t       kind;
		struct bytes  value = der_any(&values, &kind);
		if (!der_is_oid(type, oid))
			continue;
		times++;
		if (cursor_end(&values) && cursor_end(&a)) {
			found = value;
			*tag = kind;
		}
	}
	return times == 1 ? found : bytes_head(attributes, 0);
}

/* --- writing -------------------------------------------------------------- */

static void
put_algorithm(const char *oid, struct buf *out)
{
	size_t at = der_begin(out, DER_SEQUENCE);

	der_put(out, DER_OID, bytes_text(oid));
	der_put(out, DER_NULL, bytes_of("", 0));
	der_end(out, at);
}

static void
put_holder(struct bytes issuer, struct bytes serial, struct buf *out)
{
	size_t at = der_begin(out, DER_SEQUENCE);

	buf_bytes_put(out, issuer);
	der_put(out, DER_INTEGER, serial);
	der_end(out, at);
}

void
pkcs7_signed_print(const struct pkcs7_signed *s, struct buf *out)
{
	assert(s->hash && s->key == PKCS7_RSA);
	size_t message = der_begin(out, DER_SEQUENCE);

	DER_PUT_OID(out, PKCS7 "\x02");
	size_t content = der_begin(out, DER_EXPLICIT | 0), whole = der_begin(out, DER_SEQUENCE);
	der_put_small(out, DER_INTEGER, 1);
	size_t hashes = der_begin(out, DER_SET);
	put_algorithm(HASH[s->hash], out);
	der_end(out, hashes);
	size_t inside = der_begin(out, DER_SEQUENCE);
	DER_PUT_OID(out, PKCS7_DATA);
	if (s->content.len) {
		size_t octets = der_begin(out, DER_EXPLICIT | 0);
		der_put(out, DER_OCTET_STRING, s->content);
		der_end(out, octets);
	}
	der_end(out, inside);
	if (s->certificates.len)
		der_put(out, DER_EXPLICIT | 0, s->certificates);
	size_t signers = der_begin(out, DER_SET), signer = der_begin(out, DER_SEQUENCE);
	der_put_small(out, DER_INTEGER, 1);
	put_holder(s->issuer, s->serial, out);
	put_algorithm(HASH[s->hash], out);
	der_put(out, DER_EXPLICIT | 0, s->attributes);
	put_algorithm(RSA, out);
	der_put(out, DER_OCTET_STRING, s->signature);
	der_end(out, signer);
	der_end(out, signers);
	der_end(out, whole);
	der_end(out, content);
	der_end(out, message);
}

void
pkcs7_envelope_print(const struct pkcs7_envelope *e, struct buf *out)
{
	assert(e->cipher);
	size_t message = der_begin(out, DER_SEQUENCE);

	DER_PUT_OID(out, PKCS7 "\x03");
	size_t content = der_begin(out, DER_EXPLICIT | 0), whole = der_begin(out, DER_SEQUENCE);
	der_put_small(out, DER_INTEGER, 0);
	size_t all = der_begin(out, DER_SET), one = der_begin(out, DER_SEQUENCE);
	der_put_small(out, DER_INTEGER, 0);
	put_holder(e->issuer, e->serial, out);
	put_algorithm(RSA, out);
	der_put(out, DER_OCTET_STRING, e->key);
	der_end(out, one);
	der_end(out, all);
	size_t inside = der_begin(out, DER_SEQUENCE);
	DER_PUT_OID(out, PKCS7_DATA);
	size_t cipher = der_begin(out, DER_SEQUENCE);
	der_put(out, DER_OID, bytes_text(CIPHER[e->cipher]));
	der_put(out, DER_OCTET_STRING, e->iv);
	der_end(out, cipher);
	der_put(out, DER_CONTEXT | 0, e->content);
	der_end(out, inside);
	der_end(out, whole);
	der_end(out, content);
	der_end(out, message);
}

void
pkcs7_put_attribute(struct pkcs7_set *s, const char *oid, uint8_t tag, struct bytes value)
{
	struct buf b = buf_over(s->room + s->used, sizeof s->room - s->used);
	size_t     at = der_begin(&b, DER_SEQUENCE);

	der_put(&b, DER_OID, bytes_text(oid));
	size_t set = der_begin(&b, DER_SET);
	der_put(&b, tag, value);
	der_end(&b, set);
	der_end(&b, at);
	assert(buf_ok(&b) && s->n < PKCS7_ATTRIBUTES);
	s->one[s->n++] = buf_bytes(&b);
	s->used += b.len;
}

static int
in_order(const void *a, const void *b)
{
	const struct bytes *x = a, *y = b;
	int                 d = memcmp(x->at, y->at, x->len < y->len ? x->len : y->len);

	return d ? d : x->len < y->len ? -1 : x->len > y->len;
}

/* A SET OF is sorted by its elements' octets (X.690 section 11.6). */
void
pkcs7_set_print(struct pkcs7_set *s, struct buf *out)
{
	qsort(s->one, s->n, sizeof *s->one, in_order);
	for (unsigned i = 0; i < s->n; i++)
		buf_bytes_put(out, s->one[i]);
}

void
pkcs7_print_certificates(struct bytes certificates, struct buf *out)
{
	size_t message = der_begin(out, DER_SEQUENCE);

	DER_PUT_OID(out, PKCS7 "\x02");
	size_t content = der_begin(out, DER_EXPLICIT | 0), whole = der_begin(out, DER_SEQUENCE);
	der_put_small(out, DER_INTEGER, 1);
	der_put(out, DER_SET, bytes_of("", 0));
	size_t nothing = der_begin(out, DER_SEQUENCE);
	DER_PUT_OID(out, PKCS7_DATA);
	der_end(out, nothing);
	der_put(out, DER_EXPLICIT | 0, certificates);
	der_put(out, DER_SET, bytes_of("", 0));
	der_end(out, whole);
	der_end(out, content);
	der_end(out, message);
}

enum err
pkcs7_certificates(struct bytes message, struct bytes *certificates)
{
	struct cursor whole = cursor_over(message);
	struct cursor info = cursor_over(der_take(&whole, DER_SEQUENCE));
	bool          is = der_is_oid(der_take(&info, DER_OID), "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
	struct cursor content = cursor_over(der_take(&info, DER_EXPLICIT | 0));
	struct cursor data = cursor_over(der_take(&content, DER_SEQUENCE));

	(void)der_small(&data);
	(void)der_take(&data, DER_SET);
	(void)der_take(&data, DER_SEQUENCE);
	*certificates = der_maybe(&data, DER_EXPLICIT | 0);
	return is && cursor_end(&whole) && cursor_end(&info) && cursor_end(&content) && cursor_ok(&data) ? OK : ERR_FORM;
}
