/* note: see note.h. */
#include "ledger/note.h"
#include "base/cursor.h"
#include "crypt/encode.h"
#include "crypt/hash.h"
#include "crypt/sign.h"

static const char DASH[] = "\xe2\x80\x94 "; /* U+2014 and a space */

/* The largest signature is an ML-DSA-44 one: 4 + 8 + 2420 bytes; it is read and ignored. */
struct signature {
	struct bytes name;
	size_t       n;
	uint8_t      raw[4096];
};

/* Unicode's spaces (White_Space), in UTF-8. */
static const char *const SPACES[] = {
	" ", "\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84",
	"\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9",
	"\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
};

/* Well-formed UTF-8 (RFC 3629 section 4) without control characters but the newline. */
static bool
readable(struct bytes in)
{
	for (size_t n; in.len; in = bytes_skip(in, n)) {
		uint8_t c = in.at[0];
		n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
		if (!n || n > in.len || (c < 0x20 && c != '\n'))
			return false;
		for (size_t i = 1; i < n; i++)
			if ((in.at[i] & 0xc0) != 0x80)
				return false;
		if ((c == 0xe0 && in.at[1] < 0xa0) || (c == 0xed && in.at[1] > 0x9f) || (c == 0xf0 && in.at[1] < 0x90) || (c == 0xf4 && in.at[1] > 0x8f))
			return false;
	}
	return true;
}

static bool
name_good(struct bytes name)
{
	if (!name.len || name.len >= NOTE_NAME || !readable(name))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] == '+' || name.at[i] == '\n')
			return false;
		for (size_t k = 0; k < sizeof SPACES / sizeof *SPACES; k++)
			if (bytes_begin(bytes_skip(name, i), SPACES[k]))
				return false;
	}
	return true;
}

static uint32_t
key_id(struct bytes name, uint8_t type, const uint8_t key[static 32])
{
	uint8_t    room[NOTE_NAME + 40], d[32];
	struct buf b = buf_over(room, sizeof room);

	buf_bytes_put(&b, name);
	buf_u8(&b, '\n');
	buf_u8(&b, type);
	buf_put(&b, key, 32);
	hash_sha256(buf_bytes(&b), d);
	return bytes_u32(bytes_of(d, 4), 0);
}

static enum err
key_make(struct bytes name, uint8_t type, const uint8_t key[static 32], struct note_key *out)
{
	if (!name_good(name))
		return ERR_FORM;
	if (type != NOTE_ED25519 && type != NOTE_COSIGNATURE)
		return ERR_UNSUPPORTED;
	memset(out, 0, sizeof *out);
	memcpy(out->name, name.at, name.len);
	memcpy(out->key, key, 32);
	out->type = type;
	out->id = key_id(name, type, key);
	return OK;
}

enum err
note_key_make(const char *name, enum note_type type, const uint8_t key[static 32], struct note_key *out)
{
	return key_make(bytes_text(name), (uint8_t)type, key, out);
}

enum err
note_key_parse(struct bytes in, struct note_key *out)
{
	struct bytes name = bytes_head(in, bytes_find(in, '+'));
	struct bytes rest = bytes_skip(in, name.len + 1);
	uint8_t      raw[33], hex[8];
	struct buf   b = buf_over(raw, sizeof raw), h = buf_over(hex, sizeof hex);

	if (rest.len < 9 || rest.at[8] != '+')
		return ERR_FORM;
	enum err e = encode_base64_parse(bytes_skip(rest, 9), &b);
	if (e == ERR_LIMIT)
		return ERR_UNSUPPORTED; /* a key of more bytes: of another type */
	if (e || b.len != sizeof raw)
		return ERR_FORM;
	e = key_make(name, raw[0], raw + 1, out);
	if (e)
		return e;
	buf_hex_number(&h, out->id, 8);
	return bytes_equal(buf_bytes(&h), bytes_head(rest, 8)) ? OK : ERR_FORM;
}

void
note_key_print(const struct note_key *k, struct buf *out)
{
	uint8_t raw[33] = { k->type };

	memcpy(raw + 1, k->key, 32);
	buf_text(out, k->name);
	buf_u8(out, '+');
	buf_hex_number(out, k->id, 8);
	buf_u8(out, '+');
	encode_base64(bytes_of(raw, sizeof raw), out);
}

/* The next signature line, taken off lines. */
static enum err
next(struct bytes *lines, struct signature *out)
{
	struct bytes l = bytes_head(*lines, bytes_find(*lines, '\n'));
	struct buf   b = buf_over(out->raw, sizeof out->raw);

	if (l.len == lines->len)
		return ERR_SHORT;
	*lines = bytes_skip(*lines, l.len + 1);
	if (!bytes_begin(l, DASH))
		return ERR_FORM;
	l = bytes_skip(l, sizeof DASH - 1);
	out->name = bytes_head(l, bytes_find(l, ' '));
	if (out->name.len == l.len || !name_good(out->name))
		return ERR_FORM;
	enum err e = encode_base64_parse(bytes_skip(l, out->name.len + 1), &b);
	out->n = b.len;
	return e ? e : out->n > 4 ? OK : ERR_FORM;
}

enum err
note_parse(struct bytes in, struct note *out)
{
	struct signature s;
	size_t           n = 0, at = in.len;

	if (in.len > NOTE_SIZE)
		return ERR_LIMIT;
	if (!readable(in))
		return ERR_FORM;
	while (at > 1 && !(in.at[at - 1] == '\n' && in.at[at - 2] == '\n'))
		at--;
	if (at < 2)
		return ERR_SHORT;
	out->text = bytes_head(in, at - 1);
	out->signatures = bytes_skip(in, at);
	for (struct bytes lines = out->signatures; lines.len; n++) {
		enum err e = n < NOTE_SIGNATURES ? next(&lines, &s) : ERR_LIMIT;
		if (e)
			return e;
	}
	return n ? OK : ERR_SHORT;
}

void
note_print(const struct note *n, struct buf *out)
{
	buf_bytes_put(out, n->text);
	buf_u8(out, '\n');
	buf_bytes_put(out, n->signatures);
}

void
note_message(enum note_type type, uint64_t time, struct bytes text, struct buf *out)
{
	if (type == NOTE_COSIGNATURE) {
		buf_text(out, "cosignature/v1\ntime ");
		buf_decimal(out, time);
		buf_u8(out, '\n');
	}
	buf_bytes_put(out, text);
}

static bool
good(const struct signature *s, struct bytes text, const struct note_key *k)
{
	uint8_t       room[NOTE_SIZE + 64], raw[64];
	struct buf    b = buf_over(room, sizeof room);
	struct cursor c = cursor_over(bytes_of(s->raw + 4, s->n - 4));
	uint64_t      time = k->type == NOTE_COSIGNATURE ? cursor_u64(&c) : 0;

	cursor_copy(&c, raw, sizeof raw);
	if (!cursor_end(&c) || time >> 63)
		return false;
	note_message(k->type, time, text, &b);
	return buf_ok(&b) && sign_verify(k->key, buf_bytes(&b), raw);
}

static bool
names(const struct signature *s, const struct note_key *k)
{
	return bytes_u32(bytes_of(s->raw, 4), 0) == k->id && bytes_equal(s->name, bytes_text(k->name));
}

enum err
note_verify(const struct note *n, const struct note_key *keys, size_t count, uint64_t *by)
{
	struct signature s;

	*by = 0;
	if (count > NOTE_KEYS)
		return ERR_LIMIT;
	for (struct bytes lines = n->signatures; lines.len;) {
		enum err e = next(&lines, &s);
		if (e)
			return e;
		for (size_t i = 0; i < count; i++) {
			if (!names(&s, &keys[i]))
				continue;
			if (!good(&s, n->text, &keys[i]))
				return ERR_PERM;
			*by |= UINT64_C(1) << i;
		}
	}
	return *by ? OK : ERR_NOTFOUND;
}

void
note_known(const struct note *n, const struct note_key *keys, size_t count, struct buf *out)
{
	struct signature s;

	for (struct bytes at = n->signatures, rest = at; rest.len; at = rest) {
		if (next(&rest, &s))
			return;
		bool known = false;
		for (size_t i = 0; i < count; i++)
			known |= names(&s, &keys[i]);
		if (known)
			buf_bytes_put(out, bytes_head(at, at.len - rest.len));
	}
}

void
note_line(const struct note_key *k, uint64_t time, const uint8_t signature[static 64], struct buf *out)
{
	uint8_t    room[76];
	struct buf b = buf_over(room, sizeof room);

	buf_u32(&b, k->id);
	if (k->type == NOTE_COSIGNATURE)
		buf_u64(&b, time);
	buf_put(&b, signature, 64);
	buf_text(out, DASH);
	buf_text(out, k->name);
	buf_u8(out, ' ');
	encode_base64(buf_bytes(&b), out);
	buf_u8(out, '\n');
}
