/* enrolment: see enrolment.h. */
#include "pki/enrolment.h"

#include "crypt/encode.h"
#include "crypt/hash.h"
#include "wire/der.h"

enum { TEXT = 64 << 10 };

#define MAC_URN "urn:mac:"

enum err
enrolment_body(struct bytes text, struct buf *der)
{
	static uint8_t room[TEXT];
	struct buf     dense = buf_over(room, sizeof room);

	for (size_t i = 0; i < text.len; i++)
		if (!strchr(" \t\r\n", text.at[i]) || !text.at[i])
			buf_u8(&dense, text.at[i]);
	if (!buf_ok(&dense))
		return ERR_LIMIT;
	return dense.len ? encode_base64_parse(buf_bytes(&dense), der) : ERR_FORM;
}

enum err
enrolment_basic(struct bytes line, char user[static ENROLMENT_NAME + 1], char secret[static ENROLMENT_SECRET + 1])
{
	uint8_t    room[ENROLMENT_NAME + ENROLMENT_SECRET + 1];
	struct buf plain = buf_over(room, sizeof room);
	enum err   e;

	if (!bytes_begin_nocase(line, "Basic "))
		return ERR_UNSUPPORTED;
	if ((e = encode_base64_parse(bytes_trim(bytes_skip(line, 6)), &plain)))
		return e;
	struct bytes both = buf_bytes(&plain);
	size_t       n = bytes_find(both, ':');
	struct bytes behind = bytes_skip(both, n + 1);
	if (n == both.len || bytes_find(both, 0) < both.len)
		return ERR_FORM;
	if (n > ENROLMENT_NAME || behind.len > ENROLMENT_SECRET)
		return ERR_LIMIT;
	memcpy(user, both.at, n);
	user[n] = 0;
	memcpy(secret, behind.at, behind.len);
	secret[behind.len] = 0;
	return OK;
}

void
enrolment_attributes(struct buf *out)
{
	size_t all = der_begin(out, DER_SEQUENCE), key = der_begin(out, DER_SEQUENCE);

	DER_PUT_OID(out, "\x2a\x86\x48\xce\x3d\x02\x01");
	size_t curve = der_begin(out, DER_SET);
	DER_PUT_OID(out, "\x2a\x86\x48\xce\x3d\x03\x01\x07");
	der_end(out, curve);
	der_end(out, key);
	DER_PUT_OID(out, "\x2a\x86\x48\xce\x3d\x04\x03\x02");
	der_end(out, all);
}

void
enrolment_code(const uint8_t random[static 10], char out[static ENROLMENT_CODE])
{
	static const char digit[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char             *at = out;

	for (unsigned i = 0; i < 16; i++) {
		unsigned bit = 5 * i, two = (unsigned)random[bit / 8] << 8 | (bit / 8 + 1 < 10 ? random[bit / 8 + 1] : 0);
		if (i && i % 4 == 0)
			*at++ = '-';
		*at++ = digit[two >> (11 - bit % 8) & 31];
	}
	*at = 0;
}

void
enrolment_code_digest(const uint8_t salt[static ENROLMENT_SALT], const char *code, uint8_t out[static 32])
{
	uint8_t    room[ENROLMENT_SECRET];
	struct buf plain = buf_over(room, sizeof room);

	for (; *code; code++)
		if (*code != '-' && *code != ' ')
			buf_u8(&plain, (uint8_t)(*code >= 'a' && *code <= 'z' ? *code - 32 : *code));
	hash_sha256_two(bytes_of(salt, ENROLMENT_SALT), buf_bytes(&plain), out);
}

struct bytes
enrolment_serial(struct bytes name)
{
	struct cursor c = cursor_over(name), all = cursor_over(der_take(&c, DER_SEQUENCE));

	while (cursor_left(&all)) {
		struct cursor set = cursor_over(der_take(&all, DER_SET)), pair = cursor_over(der_take(&set, DER_SEQUENCE));
		struct bytes  type = der_take(&pair, DER_OID);
		uint8_t       tag;
		struct bytes  value = der_any(&pair, &tag);
		if (der_is_oid(type, "\x55\x04\x05") && cursor_end(&pair))
			return value;
	}
	return bytes_of("", 0);
}

static bool
has_card(const struct x509 *c, const struct policy_device *d)
{
	struct x509_name n;
	struct mac       m;

	for (struct bytes left = c->names_der; x509_name_next(&left, &n);)
		if (n.type == X509_NAME_URI && bytes_begin(n.value, MAC_URN) && mac_parse(bytes_skip(n.value, strlen(MAC_URN)), &m) == OK && !mac_zero(m) && mac_equal(m, d->card))
			return true;
	return false;
}

const struct policy_device *
enrolment_device(const struct policy *p, const struct x509 *factory)
{
	struct bytes serial = enrolment_serial(factory->subject);

	for (uint32_t i = 0; p && i < p->devices; i++) {
		const struct policy_device *d = &p->device[i];
		struct bytes                known = bytes_text(d->factory);
		if ((known.len && (bytes_equal(known, serial) || bytes_equal(known, factory->subject_cn))) || has_card(factory, d))
			return d;
	}
	return NULL;
}
