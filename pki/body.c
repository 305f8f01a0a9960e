/* body: see body.h. */
#include "pki/body.h"

#include <stdio.h>

#include "crypt/hash.h"
#include "wire/der.h"

#define ID_CE "\x55\x1d"
#define PKIX "\x2b\x06\x01\x05\x05\x07"

enum { VALUE = 1024 };

void
body_print(const struct body *f, struct buf *out)
{
	size_t whole = der_begin(out, DER_SEQUENCE);

	buf_put(out, "\xa0\x03\x02\x01\x02", 5); /* version 3 */
	der_put_integer(out, bytes_of(f->serial, sizeof f->serial));
	buf_bytes_put(out, f->algorithm);
	buf_bytes_put(out, f->issuer);
	size_t validity = der_begin(out, DER_SEQUENCE);
	der_put_moment(out, f->from, false);
	der_put_moment(out, f->until, false);
	der_end(out, validity);
	buf_bytes_put(out, f->subject);
	buf_bytes_put(out, f->spki);
	size_t x = der_begin(out, DER_EXPLICIT | 3);
	der_put(out, DER_SEQUENCE, f->extensions);
	der_end(out, x);
	der_end(out, whole);
}

static void
name_part(const char *type, const char *value, struct buf *out)
{
	size_t set = der_begin(out, DER_SET), pair = der_begin(out, DER_SEQUENCE);

	der_put(out, DER_OID, bytes_text(type));
	der_put(out, DER_UTF8, bytes_text(value));
	der_end(out, pair);
	der_end(out, set);
}

void
body_name(const char *organisation, const char *common_name, struct buf *out)
{
	size_t at = der_begin(out, DER_SEQUENCE);

	if (organisation)
		name_part("\x55\x04\x0a", organisation, out);
	name_part("\x55\x04\x03", common_name, out);
	der_end(out, at);
}

void
body_extension(struct bytes oid, bool critical, struct bytes value, struct buf *out)
{
	size_t at = der_begin(out, DER_SEQUENCE);

	der_put(out, DER_OID, oid);
	if (critical)
		der_put_bool(out, true);
	der_put(out, DER_OCTET_STRING, value);
	der_end(out, at);
}

/* Named bits: the first is the highest of the first octet, and zero bits at the end are not written (X.690 section 11.2.2). */
void
body_usage(unsigned usage, struct buf *out)
{
	uint8_t  value[4] = { DER_BIT_STRING, 2, 8, 0 };

	for (unsigned i = 0; i < 8; i++)
		if (usage >> i & 1) {
			value[3] |= (uint8_t)(0x80 >> i);
			value[2] = (uint8_t)(7 - i);
		}
	body_extension(bytes_text(ID_CE "\x0f"), true, bytes_of(value, sizeof value), out);
}

void
body_purposes(unsigned purposes, struct buf *out)
{
	static const struct { unsigned purpose; const char *oid; } KNOWN[] = {
		{ X509_FOR_SERVER, PKIX "\x03\x01" }, { X509_FOR_CLIENT, PKIX "\x03\x02" }, { X509_FOR_OCSP, PKIX "\x03\x09" },
	};
	uint8_t    room[VALUE];
	struct buf value = buf_over(room, sizeof room);
	size_t     at = der_begin(&value, DER_SEQUENCE);

	for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
		if (purposes & KNOWN[i].purpose)
			der_put(&value, DER_OID, bytes_text(KNOWN[i].oid));
	der_end(&value, at);
	body_extension(bytes_text(ID_CE "\x25"), false, buf_bytes(&value), out);
}

void
body_constraints(bool ca, int path_len, struct buf *out)
{
	uint8_t    room[16];
	struct buf value = buf_over(room, sizeof room);
	size_t     at = der_begin(&value, DER_SEQUENCE);

	if (ca)
		der_put_bool(&value, true);
	if (ca && path_len >= 0)
		der_put_small(&value, DER_INTEGER, (uint64_t)path_len);
	der_end(&value, at);
	body_extension(bytes_text(ID_CE "\x13"), true, buf_bytes(&value), out);
}

void
body_key_id(struct bytes public_key, uint8_t out[static BODY_KEY_ID])
{
	uint8_t digest[32];

	hash_sha256(public_key, digest);
	memcpy(out, digest, BODY_KEY_ID);
}

void
body_keys(struct bytes spki, struct bytes issuer_key_id, struct buf *out)
{
	uint8_t       id[BODY_KEY_ID], room[64];
	struct buf    value = buf_over(room, sizeof room);
	struct x509   key = x509_blank(spki);
	struct cursor c = cursor_over(spki);

	x509_read_key(&c, &key);
	body_key_id(key.public_key, id);
	der_put(&value, DER_OCTET_STRING, bytes_of(id, sizeof id));
	body_extension(bytes_text(ID_CE "\x0e"), false, buf_bytes(&value), out);
	buf_reset(&value);
	size_t at = der_begin(&value, DER_SEQUENCE);
	der_put(&value, DER_CONTEXT | 0, issuer_key_id.len ? issuer_key_id : bytes_of(id, sizeof id));
	der_end(&value, at);
	body_extension(bytes_text(ID_CE "\x23"), false, buf_bytes(&value), out);
}

static void
access_place(const char *method, const char *url, const char *path, struct buf *out)
{
	size_t at = der_begin(out, DER_SEQUENCE);

	der_put(out, DER_OID, bytes_text(method));
	size_t uri = der_begin(out, DER_CONTEXT | X509_NAME_URI);
	buf_text(out, url);
	buf_text(out, path);
	der_end(out, uri);
	der_end(out, at);
}

void
body_places(const char *url, bool ocsp, const char *issuer, const char *crl, struct buf *out)
{
	uint8_t    room[VALUE];
	struct buf value = buf_over(room, sizeof room);

	if (!*url)
		return;
	size_t at = der_begin(&value, DER_SEQUENCE);
	if (ocsp)
		access_place(PKIX "\x30\x01", url, "/ocsp", &value);
	access_place(PKIX "\x30\x02", url, issuer, &value);
	der_end(&value, at);
	body_extension(bytes_text(PKIX "\x01\x01"), false, buf_bytes(&value), out);
	buf_reset(&value);
	at = der_begin(&value, DER_SEQUENCE);
	size_t point = der_begin(&value, DER_SEQUENCE), where = der_begin(&value, DER_EXPLICIT | 0), full = der_begin(&value, DER_EXPLICIT | 0);
	size_t uri = der_begin(&value, DER_CONTEXT | X509_NAME_URI);
	buf_text(&value, url);
	buf_text(&value, crl);
	der_end(&value, uri);
	der_end(&value, full);
	der_end(&value, where);
	der_end(&value, point);
	der_end(&value, at);
	body_extension(bytes_text(ID_CE "\x1f"), false, buf_bytes(&value), out);
	out->full |= !buf_ok(&value);
}

bool
body_serial(struct bytes integer, uint8_t out[static BODY_SERIAL])
{
	if (integer.len == BODY_SERIAL + 1 && integer.at[0] == 0)
		integer = bytes_skip(integer, 1);
	if (integer.len != BODY_SERIAL)
		return false;
	memcpy(out, integer.at, BODY_SERIAL);
	return true;
}
