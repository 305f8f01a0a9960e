/* meaning_json: RFC 8259 sections 2 to 7, a state a byte, runs of plain text at once. */
#include "content/meaning_json.h"

enum { VALUE, FIRST_VALUE, FIRST_NAME, NAME, COLON, AFTER, STRING, ESCAPE, UNIT, NUMBER, LITERAL, DONE };
static const char *const LITERALS[] = { "true", "false", "null" };

static void
refuse(struct meaning_json *j, const char *why)
{
	if (!j->refused)
		j->refused = why;
}

static bool
blank(uint8_t b)
{
	return b == ' ' || b == '\t' || b == '\r' || b == '\n';
}

/* --- where a value stands --------------------------------------------------------- */

static struct bytes
path(const struct meaning_json *j)
{
	return bytes_of(j->path, j->path_len);
}

static void
path_put(struct meaning_json *j, struct bytes v)
{
	if (v.len > sizeof j->path - j->path_len) {
		refuse(j, "names are too long");
		return;
	}
	memcpy(j->path + j->path_len, v.at, v.len);
	j->path_len = (uint16_t)(j->path_len + v.len);
}

/* RFC 6901 section 3: ~ and / in a name are ~0 and ~1. */
static void
name_put(struct meaning_json *j, struct bytes v)
{
	for (; v.len && !j->refused; v = bytes_skip(v, 1))
		path_put(j, v.at[0] == '~' ? bytes_text("~0") : v.at[0] == '/' ? bytes_text("~1") : bytes_head(v, 1));
}

static bool
path_ends(const struct meaning_json *j, const char *end)
{
	size_t n = strlen(end);
	return j->path_len >= n && memcmp(j->path + j->path_len - n, end, n) == 0;
}

static bool
envelope(const struct meaning_json *j)
{
	return j->fhir && (bytes_equal(path(j), bytes_text("/id")) || path_ends(j, "/meta/versionId") || path_ends(j, "/meta/lastUpdated"));
}

/* A member's name is complete: was it there before? */
static void
name_end(struct meaning_json *j)
{
	uint64_t w = meaning_name(j->out, path(j));
	size_t   at = w % MEANING_JSON_SEEN;

	for (; j->seen[at]; at = (at + 1) % MEANING_JSON_SEEN)
		if (j->seen[at] == w) {
			j->duplicate = true;
			return;
		}
	if (j->names < MEANING_JSON_SEEN * 3 / 4) {
		j->seen[at] = w;
		j->names++;
	}
}

/* --- values ------------------------------------------------------------------------- */

/* The first byte of what is digested is the kind: "1" is not 1. */
static void
value_begin(struct meaning_json *j, const char *kind)
{
	siphash_begin_quick(&j->value, &j->out->key, meaning_name(j->out, path(j)));
	siphash_put(&j->value, bytes_text(kind));
	j->text_len = 0;
}

static void
value_put(struct meaning_json *j, struct bytes v)
{
	if (j->name) {
		name_put(j, v);
		return;
	}
	siphash_put(&j->value, v);
	struct buf t = buf_over(j->text + j->text_len, sizeof j->text - 1 - j->text_len);
	buf_bytes_put(&t, bytes_head(v, t.cap));
	j->text_len = (uint16_t)(j->text_len + t.len);
}

static void
value_done(struct meaning_json *j)
{
	j->where = j->depth ? AFTER : DONE;
}

static void
value_end(struct meaning_json *j)
{
	meaning_text(j->out, path(j), FIELDPATH_ALL, siphash_end(&j->value), false, envelope(j));
	value_done(j);
}

static void
string_end(struct meaning_json *j)
{
	if (j->name) {
		j->name = false;
		name_end(j);
		j->where = COLON;
		return;
	}
	if (bytes_equal(path(j), bytes_text("/resourceType")))
		bytes_clean(bytes_of(j->text, j->text_len), j->type, sizeof j->type);
	else if (bytes_equal(path(j), bytes_text("/id")))
		bytes_clean(bytes_of(j->text, j->text_len), j->id, sizeof j->id);
	value_end(j);
}

/* int frac exp of section 6. */
static bool
is_number(struct bytes v)
{
	size_t i = 0, from;
#define DIGITS() for (from = i; i < v.len && v.at[i] >= '0' && v.at[i] <= '9'; i++)
	if (i < v.len && v.at[i] == '-')
		i++;
	DIGITS();
	if (i == from || (i - from > 1 && v.at[from] == '0'))
		return false;
	if (i < v.len && v.at[i] == '.') {
		i++;
		DIGITS();
		if (i == from)
			return false;
	}
	if (i < v.len && (v.at[i] | 32) == 'e') {
		i++;
		if (i < v.len && (v.at[i] == '+' || v.at[i] == '-'))
			i++;
		DIGITS();
		if (i == from)
			return false;
	}
#undef DIGITS
	return i == v.len;
}

static void
number_end(struct meaning_json *j)
{
	if (!is_number(bytes_of(j->text, j->text_len)))
		refuse(j, "a number is malformed or too long");
	value_end(j);
}

/* --- objects and arrays ------------------------------------------------------------- */

static void
enter(struct meaning_json *j, bool array)
{
	if (j->depth == MEANING_JSON_DEPTH) {
		refuse(j, "values stand too deep in one another");
		return;
	}
	j->array[j->depth] = array;
	j->index[j->depth] = 0;
	j->len[j->depth++] = j->path_len;
	j->where = array ? FIRST_VALUE : FIRST_NAME;
}

static void
index_put(struct meaning_json *j)
{
	char       room[16];
	struct buf t = buf_over(room, sizeof room);

	buf_format(&t, "/%u", j->index[j->depth - 1]++);
	path_put(j, buf_bytes(&t));
}

static void
leave(struct meaning_json *j, bool array, bool empty)
{
	if (!j->depth || j->array[j->depth - 1] != array) {
		refuse(j, "a bracket closes what is not open");
		return;
	}
	j->path_len = j->len[--j->depth];
	if (empty) {
		value_begin(j, array ? "[" : "{");
		value_end(j);
	} else {
		value_done(j);
	}
}

static void
value_start(struct meaning_json *j, uint8_t b)
{
	if (b == '{' || b == '[') {
		enter(j, b == '[');
	} else if (b == '"') {
		value_begin(j, "\"");
		j->where = STRING;
	} else if (b == '-' || (b >= '0' && b <= '9')) {
		value_begin(j, "0");
		value_put(j, bytes_of(&b, 1));
		j->where = NUMBER;
	} else if (b == 't' || b == 'f' || b == 'n') {
		j->literal = b == 't' ? 0 : b == 'f' ? 1 : 2;
		j->digits = 1;
		j->where = LITERAL;
	} else {
		refuse(j, "a value is missing or of no kind");
	}
}

/* --- bytes ------------------------------------------------------------------------------ */

static void
utf8(struct meaning_json *j, uint32_t c)
{
	uint8_t b[4];
	size_t  n = 0;

	if (c < 0x80) {
		b[n++] = (uint8_t)c;
	} else {
		if (c < 0x800) {
			b[n++] = (uint8_t)(0xc0 | c >> 6);
		} else {
			if (c < 0x10000) {
				b[n++] = (uint8_t)(0xe0 | c >> 12);
			} else {
				b[n++] = (uint8_t)(0xf0 | c >> 18);
				b[n++] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
			}
			b[n++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		}
		b[n++] = (uint8_t)(0x80 | (c & 0x3f));
	}
	value_put(j, bytes_of(b, n));
}

/* A high surrogate that no low one followed is what it is. */
static void
high_alone(struct meaning_json *j)
{
	if (j->high)
		utf8(j, j->high);
	j->high = 0;
}

static void
unit_end(struct meaning_json *j)
{
	bool low = j->unit >= 0xdc00 && j->unit < 0xe000;

	j->where = STRING;
	if (j->high && low) {
		utf8(j, 0x10000 + ((j->high - 0xd800) << 10) + (j->unit - 0xdc00));
		j->high = 0;
		return;
	}
	high_alone(j);
	if (j->unit >= 0xd800 && j->unit < 0xdc00)
		j->high = j->unit;
	else
		utf8(j, j->unit);
}

static void
escape(struct meaning_json *j, uint8_t b)
{
	static const char FROM[] = "\"\\/bfnrt", TO[] = "\"\\/\b\f\n\r\t";
	const char       *at = memchr(FROM, b, sizeof FROM - 1);

	j->where = STRING;
	if (b == 'u') {
		j->unit = 0;
		j->digits = 0;
		j->where = UNIT;
	} else if (at) {
		high_alone(j);
		value_put(j, bytes_of(TO + (at - FROM), 1));
	} else {
		refuse(j, "a string holds an escape that is none");
	}
}

static void
unit(struct meaning_json *j, uint8_t b)
{
	int d = b >= '0' && b <= '9' ? b - '0' : (b | 32) >= 'a' && (b | 32) <= 'f' ? (b | 32) - 'a' + 10 : -1;

	if (d < 0) {
		refuse(j, "a string holds an escape that is none");
		return;
	}
	j->unit = j->unit << 4 | (uint32_t)d;
	if (++j->digits == 4)
		unit_end(j);
}

/* Plain text of a string up to its end or an escape; how much of in was taken. */
static size_t
string(struct meaning_json *j, struct bytes in)
{
	size_t n = 0;

	while (n < in.len && in.at[n] >= ' ' && in.at[n] != '"' && in.at[n] != '\\')
		n++;
	if (n) {
		high_alone(j);
		value_put(j, bytes_head(in, n));
		return n;
	}
	if (in.at[0] == '\\') {
		j->where = ESCAPE;
	} else if (in.at[0] == '"') {
		high_alone(j);
		string_end(j);
	} else {
		refuse(j, "a string holds a control character");
	}
	return 1;
}

/* One byte of what stands between strings and numbers. */
static void
structure(struct meaning_json *j, uint8_t b)
{
	bool array = j->depth && j->array[j->depth - 1];

	switch (j->where) {
	case FIRST_NAME:
		if (b == '}') {
			leave(j, false, true);
			return;
		}
		/* fallthrough */
	case NAME:
		if (b != '"') {
			refuse(j, "an object's member has no name");
			return;
		}
		path_put(j, bytes_text("/"));
		j->name = true;
		j->where = STRING;
		return;
	case COLON:
		if (b != ':')
			refuse(j, "a name has no value");
		j->where = VALUE;
		return;
	case FIRST_VALUE:
		if (b == ']') {
			leave(j, true, true);
			return;
		}
		index_put(j);
		value_start(j, b);
		return;
	case VALUE:
		if (array)
			index_put(j);
		value_start(j, b);
		return;
	case AFTER:
		if (b == ',') {
			j->path_len = j->len[j->depth - 1];
			j->where = array ? VALUE : NAME;
		} else if (b == '}' || b == ']') {
			leave(j, b == ']', false);
		} else {
			refuse(j, "values are not parted by a comma");
		}
		return;
	default:
		refuse(j, "something follows the value");
	}
}

/* Takes at least one byte, save that the byte after a number is looked at twice. */
static size_t
take(struct meaning_json *j, struct bytes in)
{
	uint8_t b = in.at[0];

	switch (j->where) {
	case STRING:
		return string(j, in);
	case ESCAPE:
		escape(j, b);
		return 1;
	case UNIT:
		unit(j, b);
		return 1;
	case NUMBER:
		if (b == '+' || b == '-' || b == '.' || (b | 32) == 'e' || (b >= '0' && b <= '9')) {
			if (j->text_len == sizeof j->text - 1)
				refuse(j, "a number is malformed or too long");
			value_put(j, bytes_of(&b, 1));
			return 1;
		}
		number_end(j);
		return 0;
	case LITERAL:
		if (b != (uint8_t)LITERALS[j->literal][j->digits++]) {
			refuse(j, "a value is missing or of no kind");
		} else if (LITERALS[j->literal][j->digits] == 0) {
			value_begin(j, LITERALS[j->literal]);
			value_end(j);
		}
		return 1;
	default:
		if (!blank(b))
			structure(j, b);
		return 1;
	}
}

void
meaning_json_begin(struct meaning_json *j, struct meaning *out, const struct siphash_key *key, bool fhir)
{
	memset(j, 0, offsetof(struct meaning_json, path));
	j->out = out;
	j->fhir = fhir;
	j->where = VALUE;
	meaning_begin(out, key);
}

void
meaning_json_put(struct meaning_json *j, struct bytes in)
{
	static const uint8_t MARK[] = { 0xef, 0xbb, 0xbf };

	meaning_bytes(j->out, in);
	if (j->out->size > MEANING_JSON_SIZE)
		refuse(j, "is larger than 16 MiB");
	/* A byte order mark may be passed over (section 8.1). */
	for (; in.len && j->mark < sizeof MARK && (j->mark || in.at[0] == MARK[0]); in = bytes_skip(in, 1))
		if (in.at[0] != MARK[j->mark++]) {
			refuse(j, "a value is missing or of no kind");
			return;
		}
	if (in.len)
		j->mark = sizeof MARK;
	while (in.len && !j->refused)
		in = bytes_skip(in, take(j, in));
}

enum err
meaning_json_end(struct meaning_json *j)
{
	if (!j->refused && j->where == NUMBER && j->depth == 0)
		number_end(j);
	if (!j->refused && j->where != DONE)
		refuse(j, "ends before it is complete");
	if (j->refused) {
		struct siphash raw = j->out->raw;
		meaning_put(j->out, FIELDPATH_ALL, siphash_end_wide(&raw).lo, false);
	}
	meaning_end(j->out);
	return j->refused ? ERR_FORM : OK;
}
