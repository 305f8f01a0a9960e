/* entry: see entry.h. */
#include "model/entry.h"
#include "base/cursor.h"
#include "base/json.h"

static const char *const NAMES[] = {
#define X(type, name) [type] = name,
	ENTRY_TABLE(X)
#undef X
};

const char *
entry_name(enum entry_type t)
{
	return NAMES[t];
}

/* Length of the character at p: one of printable ASCII or well-formed UTF-8 (RFC 3629 section 4), else 0. */
static size_t
character(const uint8_t *p, size_t left)
{
	size_t n = p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : 1;

	if (n == 1)
		return p[0] >= 0x20 && p[0] < 0x7f;
	if (n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f) || (p[0] == 0xc2 && p[1] < 0xa0))
		return 0;
	return n;
}

/* Of what RFC 8785 section 3.2.2.2 escapes only the quote and the backslash are left: no text here has control characters. */
static void
text(struct buf *b, const char *key, const char *v)
{
	struct bytes in = bytes_text(v);

	json_key(b, key);
	buf_u8(b, '"');
	for (size_t n; in.len; in = bytes_skip(in, n ? n : 1)) {
		n = character(in.at, in.len);
		if (n == 1 && (in.at[0] == '"' || in.at[0] == '\\'))
			buf_u8(b, '\\');
		buf_put(b, n ? (const void *)in.at : "?", n ? n : 1);
	}
	buf_u8(b, '"');
}

void
entry_print(const struct entry *e, struct buf *out)
{
	buf_u8(out, '{');
	text(out, "actor", e->actor);
	if (e->evidence)
		json_hex(out, "digest", bytes_of(e->digest, sizeof e->digest));
	if (e->incident[0])
		text(out, "incident", e->incident);
	text(out, "says", e->says);
	text(out, "subject", e->subject);
	json_instant(out, "time", e->time);
	text(out, "type", entry_name(e->type));
	json_close(out, '}');
}

/* --- reading: any form near enough, then what was read must print the same -------- */

static void
literal(struct cursor *c, const char *s)
{
	if (!bytes_equal(cursor_take(c, strlen(s)), bytes_text(s)))
		cursor_fail(c);
}

/* The characters up to the closing quote, into a field of cap bytes. */
static struct bytes
field(struct cursor *c, const char *before, char *out, size_t cap)
{
	struct buf b = buf_over(out, cap - 1);

	literal(c, before);
	for (;;) {
		uint8_t v = cursor_u8(c);
		if (v == '"' || !cursor_ok(c))
			break;
		buf_u8(&b, v == '\\' ? cursor_u8(c) : v);
	}
	if (!buf_ok(&b))
		cursor_fail(c);
	out[b.len] = 0;
	return buf_bytes(&b);
}

static bool
unhex(const char *text_, uint8_t out[static 32])
{
	struct bytes in = bytes_text(text_);
	bool         ok = in.len == 64;

	for (size_t i = 0; ok && i < in.len; i++) {
		unsigned v = in.at[i] >= '0' && in.at[i] <= '9' ? in.at[i] - '0' : in.at[i] >= 'a' && in.at[i] <= 'f' ? in.at[i] - 'a' + 10 : 16;
		ok = v < 16;
		out[i / 2] = (uint8_t)((unsigned)out[i / 2] << 4 | (v & 15));
	}
	return ok;
}

enum err
entry_parse(struct bytes in, struct entry *out)
{
	struct cursor c = cursor_over(in);
	char          word[80];
	uint8_t       again[ENTRY_SIZE];
	struct buf    b = buf_over(again, sizeof again);

	memset(out, 0, sizeof *out);
	field(&c, "{\"actor\":\"", out->actor, sizeof out->actor);
	out->evidence = bytes_begin(bytes_of(c.at, cursor_left(&c)), ",\"digest\"");
	if (out->evidence) {
		field(&c, ",\"digest\":\"", word, sizeof word);
		if (!unhex(word, out->digest))
			return ERR_FORM;
	}
	if (bytes_begin(bytes_of(c.at, cursor_left(&c)), ",\"incident\""))
		field(&c, ",\"incident\":\"", out->incident, sizeof out->incident);
	field(&c, ",\"says\":\"", out->says, sizeof out->says);
	field(&c, ",\"subject\":\"", out->subject, sizeof out->subject);
	if (instant_parse(field(&c, ",\"time\":\"", word, sizeof word), &out->time))
		return ERR_FORM;
	field(&c, ",\"type\":\"", word, sizeof word);
	literal(&c, "}");
	if (!cursor_end(&c))
		return ERR_FORM;
	while (out->type < ENTRY_TYPES && strcmp(NAMES[out->type], word))
		out->type++;
	if (out->type == ENTRY_TYPES)
		return ERR_UNSUPPORTED;
	entry_print(out, &b);
	return bytes_equal(buf_bytes(&b), in) ? OK : ERR_FORM;
}

bool
entry_checked(struct entry *e)
{
	e->actor[sizeof e->actor - 1] = 0;
	e->subject[sizeof e->subject - 1] = 0;
	e->incident[sizeof e->incident - 1] = 0;
	e->says[sizeof e->says - 1] = 0;
	return (unsigned)e->type < ENTRY_TYPES;
}
