/* meaning_hl7: whole canonical fields are digested where they lie; others go byte class by byte class through put_field. */
#include "content/meaning_hl7.h"
#include "content/hl7_scan.h"

enum { HEAD, LINE, NAME, DELIMITER, ENCODING, FIELD, REFUSED };
enum { PLAIN, QUOTE, SUB, COMPONENT, REPETITION, ESCAPE };

#define NAMED(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))
enum {
	MSH = NAMED('M', 'S', 'H'), FHS = NAMED('F', 'H', 'S'), BHS = NAMED('B', 'H', 'S'), FTS = NAMED('F', 'T', 'S'),
	BTS = NAMED('B', 'T', 'S'), SFT = NAMED('S', 'F', 'T'), MSA = NAMED('M', 'S', 'A'), OTHER = NAMED('?', '?', '?'),
};

/* Which id a field of MSH, or of MSA, is, plus one. */
enum { LAST = 16 };
static const uint8_t OF_MSH[LAST + 1] = {
	[3] = MEANING_HL7_FROM + 1, [4] = MEANING_HL7_FROM_FACILITY + 1, [5] = MEANING_HL7_TO + 1, [6] = MEANING_HL7_TO_FACILITY + 1,
	[7] = MEANING_HL7_TIME + 1, [9] = MEANING_HL7_TYPE + 1, [10] = MEANING_HL7_CONTROL + 1, [11] = MEANING_HL7_PROCESSING + 1,
	[15] = MEANING_HL7_ACCEPT + 1, [16] = MEANING_HL7_APPLICATION + 1,
}, OF_MSA[LAST + 1] = { [1] = MEANING_HL7_ACK_CODE + 1, [2] = MEANING_HL7_ACK_ID + 1 };

/* What each byte is where the encoding characters are ^ ~ \ & . */
static const uint8_t USUAL[256] = { [0] = QUOTE, [4] = QUOTE, ['^'] = COMPONENT, ['~'] = REPETITION, ['\\'] = ESCAPE, ['&'] = SUB };

static inline bool
is_line_end(uint8_t b)
{
	return b == '\r' || b == '\n';
}

static uint64_t
path(const struct meaning_hl7 *h)
{
	return fieldpath_hl7(h->segment, h->occurrence, h->field);
}

/* The same in the first segment of its name: what its digest is of. */
static uint64_t
first_path(const struct meaning_hl7 *h)
{
	return fieldpath_hl7(h->segment, 1, h->field);
}

static void
put_digest(struct meaning_hl7 *h, uint64_t at, uint64_t digest)
{
	if (!h->quiet)
		meaning_put(h->out, at, meaning_turn(digest, h->occurrence), h->envelope);
	h->said = true;
}

/* --- one field, canonical ---------------------------------------------------- */

/* Begins the value if nothing of it was there, and puts the separators that now have something behind them. */
static void
put_separators(struct meaning_hl7 *h)
{
	if (!h->open)
		meaning_open(h->out, &h->value, first_path(h));
	h->open = true;
	for (; h->repetition; h->repetition--)
		siphash_put(&h->value, bytes_text("~"));
	for (; h->component; h->component--)
		siphash_put(&h->value, bytes_text("^"));
	for (; h->sub; h->sub--)
		siphash_put(&h->value, bytes_text("&"));
}

static bool
must_quote(uint8_t b)
{
	return b == '^' || b == '~' || b == '&' || b == 0 || b == 4;
}

/* Data, whatever it looks like. */
static void
put_data(struct meaning_hl7 *h, struct bytes in)
{
	put_separators(h);
	for (; in.len; in = bytes_skip(in, 1)) {
		if (must_quote(in.at[0]))
			siphash_put(&h->value, bytes_text("\4"));
		siphash_put(&h->value, bytes_head(in, 1));
	}
}

/* What began like an escape was none. */
static void
escape_literal(struct meaning_hl7 *h)
{
	size_t n = h->escaped;

	h->escaped = 0;
	put_data(h, bytes_of(h->escape, n));
}

static int
digit(uint8_t b)
{
	return b >= '0' && b <= '9' ? b - '0' : (b | 32) >= 'a' && (b | 32) <= 'f' ? (b | 32) - 'a' + 10 : -1;
}

/* \Xhhhh\ : decoded in place. */
static bool
escape_hex(struct meaning_hl7 *h, struct bytes in)
{
	if (in.len < 3 || in.at[0] != 'X' || in.len % 2 == 0)
		return false;
	for (size_t i = 1; i < in.len; i++)
		if (digit(in.at[i]) < 0)
			return false;
	for (size_t i = 1; i < in.len; i += 2) {
		uint8_t b = (uint8_t)(digit(in.at[i]) << 4 | digit(in.at[i + 1]));
		put_data(h, bytes_of(&b, 1));
	}
	return true;
}

static void
escape_decode(struct meaning_hl7 *h)
{
	static const char LETTERS[] = "SRETP"; /* in the order of MSH-2 */
	struct bytes      in = bytes_of(h->escape + 1, (size_t)h->escaped - 1);
	size_t            n = in.len == 1 ? bytes_find(bytes_text(LETTERS), in.at[0]) : sizeof LETTERS;

	h->escaped = 0;
	if (in.len == 1 && in.at[0] == 'F') {
		put_data(h, bytes_of(&h->delimiter, 1));
	} else if (n < h->encoded) {
		put_data(h, bytes_of(h->encoding + n, 1));
	} else if (!escape_hex(h, in)) {
		put_separators(h);
		siphash_put(&h->value, bytes_of("", 1));
		put_data(h, in);
		siphash_put(&h->value, bytes_of("", 1));
	}
}

/* Takes what belongs to the open escape. */
static struct bytes
escape_put(struct meaning_hl7 *h, struct bytes in)
{
	size_t n = 0;

	while (n < in.len && h->kind[in.at[n]] < SUB && h->escaped < MEANING_HL7_ESCAPE)
		h->escape[h->escaped++] = in.at[n++];
	in = bytes_skip(in, n);
	if (h->escaped == MEANING_HL7_ESCAPE || (in.len && h->kind[in.at[0]] != ESCAPE)) {
		escape_literal(h);
	} else if (in.len) {
		escape_decode(h);
		in = bytes_skip(in, 1);
	}
	return in;
}

static void
put_field(struct meaning_hl7 *h, struct bytes in)
{
	while (in.len) {
		size_t n = 0;
		if (h->escaped) {
			in = escape_put(h, in);
			continue;
		}
		while (n < in.len && h->kind[in.at[n]] == PLAIN)
			n++;
		if (n) {
			put_separators(h);
			siphash_put(&h->value, bytes_head(in, n));
			in = bytes_skip(in, n);
			continue;
		}
		switch (h->kind[in.at[0]]) {
		case SUB:
			h->sub++;
			break;
		case COMPONENT:
			h->sub = 0;
			h->component++;
			break;
		case REPETITION:
			h->sub = h->component = 0;
			h->repetition++;
			break;
		case ESCAPE:
			h->escape[0] = in.at[0];
			h->escaped = 1;
			break;
		default:
			put_data(h, bytes_head(in, 1));
		}
		in = bytes_skip(in, 1);
	}
}

/* --- who speaks to whom --------------------------------------------------------- */

static void
collect(struct meaning_hl7 *h, struct bytes in)
{
	unsigned which = h->field > LAST ? 0 : h->segment == MSH ? OF_MSH[h->field] : OF_MSA[h->field];

	if (!which)
		return;
	struct meaning_hl7_text *t = &h->id[which - 1];
	size_t n = in.len < sizeof t->text - t->len ? in.len : sizeof t->text - t->len;
	memcpy(t->text + t->len, in.at, n);
	t->len = (uint8_t)(t->len + n);
	t->cut |= n < in.len;
}

struct bytes
meaning_hl7_type(const struct meaning_hl7 *h, unsigned n)
{
	const struct meaning_hl7_text *t = &h->id[MEANING_HL7_TYPE];
	struct bytes                   v = bytes_of(t->text, t->len);
	uint8_t                        component = h->encoded ? h->encoding[0] : '^';

	for (; n > 1; n--)
		v = bytes_skip(v, bytes_find(v, component) + 1);
	return bytes_head(v, bytes_find(v, component));
}

/* --- fields and segments ---------------------------------------------------------- */

static void
field_end(struct meaning_hl7 *h)
{
	if (h->escaped)
		escape_literal(h);
	if (h->open)
		put_digest(h, path(h), siphash_end(&h->value));
	if (h->tell && h->told.len)
		h->tell(h->context, path(h), h->told);
	h->told = bytes_of(NULL, 0);
	h->sub = h->component = h->repetition = 0;
	h->open = h->begun = false;
}

static void
segment_end(struct meaning_hl7 *h)
{
	/* That it is there is something too. */
	if (!h->said) {
		uint64_t all = fieldpath_parent(path(h), bytes_of(NULL, 0)), of_first = fieldpath_parent(first_path(h), bytes_of(NULL, 0));
		put_digest(h, all, siphash_quick(&h->out->key, of_first, bytes_of(NULL, 0)));
	}
	h->where = LINE;
}

static bool
is_header(uint32_t name)
{
	return name == MSH || name == FHS || name == BHS;
}

/* Which of its name this segment is; names beyond the table share one count. */
static void
segment_count(struct meaning_hl7 *h)
{
	unsigned i = 0;

	while (i < h->names && h->seen[i].name != h->segment)
		i++;
	if (i == h->names && i < MEANING_HL7_NAMES) {
		h->names++;
		h->seen[i].count = 0;
	} else if (i == MEANING_HL7_NAMES) {
		h->segment = OTHER;
		h->others++;
		h->occurrence = h->others;
		return;
	}
	h->seen[i].name = h->segment;
	h->occurrence = ++h->seen[i].count;
}

/* The name is there, whole or cut short by a separator or an end. */
static void
segment_begin(struct meaning_hl7 *h)
{
	bool odd = h->named < 3;

	h->segment = 0;
	for (unsigned i = 0; i < 3; i++) {
		uint8_t b = i < h->named ? h->name[i] : '?', low = b | 32;
		bool    good = (low >= 'a' && low <= 'z') || (b >= '0' && b <= '9');
		odd |= !good;
		h->segment = h->segment << 8 | (good ? b : '?');
	}
	segment_count(h);
	odd |= h->segment == OTHER;
	h->envelope = is_header(h->segment) || h->segment == BTS || h->segment == FTS || h->segment == SFT;
	h->collect = (h->segment == MSH || h->segment == MSA) && h->occurrence == 1;
	h->messages += h->segment == MSH;
	h->said = false;
	h->field = 0;
	h->where = is_header(h->segment) ? DELIMITER : FIELD;
	/* The path does not hold such a name, so the value does. */
	if (odd) {
		put_data(h, bytes_of(h->name, h->named));
		h->begun = true;
	}
}

/* MSH-1 and MSH-2 are known: what each byte is.  What stands first wins. */
static void
set_kinds(struct meaning_hl7 *h)
{
	static const uint8_t KINDS[] = { COMPONENT, REPETITION, ESCAPE, SUB };

	h->plain = h->encoded >= 4 && memcmp(h->encoding, "^~\\&", 4) == 0;
	h->kind = h->plain ? USUAL : h->kinds;
	for (unsigned b = 0; !h->plain && b < 256; b++)
		h->kinds[b] = must_quote((uint8_t)b) ? QUOTE : PLAIN;
	for (unsigned i = h->encoded < 4 ? h->encoded : 4; !h->plain && i-- > 0;)
		h->kinds[h->encoding[i]] = KINDS[i];
}

static void
refuse(struct meaning_hl7 *h, const char *why)
{
	h->refused = why;
	h->where = REFUSED;
}

/* --- the bytes ----------------------------------------------------------------------- */

/* Up to the third letter; a separator or an end before it cuts the name. */
static size_t
take_name(struct meaning_hl7 *h, struct bytes in, size_t at)
{
	for (; at < in.len && h->named < 3; at++) {
		uint8_t b = in.at[at];
		if (is_line_end(b) || (h->messages && b == h->delimiter))
			break;
		h->name[h->named++] = b;
	}
	if (h->named < 3 && at == in.len)
		return at;
	bool first = h->names == 0;
	if (first && !is_header(NAMED(h->name[0], h->name[1], h->name[2]))) {
		refuse(h, "does not begin with MSH, FHS or BHS");
		return at;
	}
	segment_begin(h);
	return at;
}

/* What separates the fields, and MSH-2 behind it. */
static size_t
take_delimiters(struct meaning_hl7 *h, struct bytes in, size_t at)
{
	for (; at < in.len; at++) {
		uint8_t b = in.at[at];
		if (h->where == DELIMITER) {
			if (is_line_end(b)) {
				if (h->names == 1 && h->occurrence == 1)
					refuse(h, "ends before it names its separators");
				else
					segment_end(h);
				return at;
			}
			h->delimiter = b;
			h->encoded = 0;
			h->where = ENCODING;
		} else if (b == h->delimiter || is_line_end(b)) {
			set_kinds(h);
			h->field = 2;
			h->where = FIELD;
			return at;
		} else if (h->encoded < sizeof h->encoding) {
			h->encoding[h->encoded++] = b;
		}
	}
	return at;
}

/*
 * Whole canonical fields that nobody wants to see, which are nearly all: up to
 * the segment's end, or to the first other one, which ends at *end.
 */
static size_t
take_plain(struct meaning_hl7 *h, struct hl7_scan *s, size_t at, size_t *end, bool *odd, bool *done)
{
	struct meaning  *out = h->out;
	uint64_t         start[4];
	struct hl7_scan  here = *s;
	const uint8_t   *in = s->in.at;
	size_t           len = s->in.len;
	uint64_t         of = fieldpath_hl7(h->segment, h->occurrence, 0), of_first = fieldpath_hl7(h->segment, 1, 0);
	uint32_t         field = h->field, occurrence = h->occurrence;
	bool             envelope = h->envelope, said = h->said;

	siphash_start(start, &out->key);
	*done = false;
	while (!*done) {
		*odd = false;
		*end = hl7_scan_end(&here, at, odd);
		if (*odd || *end == len)
			break;
		if (*end != at) {
			uint64_t place = field < FIELDPATH_FIELDS ? field : FIELDPATH_FIELDS;
			uint64_t digest = siphash_from(start, of_first | place, bytes_of(in + at, *end - at));
			meaning_put(out, of | place, meaning_turn(digest, occurrence), envelope);
			said = true;
		}
		at = *end + 1;
		*done = is_line_end(in[*end]);
		field += !*done;
	}
	*s = here;
	h->field = field;
	h->said = said;
	return at;
}

/* The fields up to the end of the segment or of what is there. */
static size_t
take_fields(struct meaning_hl7 *h, struct hl7_scan *s, size_t at)
{
	for (;;) {
		bool   odd = false, done = false;
		size_t end;
		if (!h->begun && !h->collect && !h->tell && !h->quiet)
			at = take_plain(h, s, at, &end, &odd, &done);
		else
			end = hl7_scan_end(s, at, &odd);
		if (done) {
			segment_end(h);
			return at;
		}
		struct bytes v = bytes_of(s->in.at + at, end - at);
		bool         ended = end < s->in.len;
		if (h->collect)
			collect(h, v);
		if (h->tell)
			h->told = v;
		if (ended && !odd && !h->begun && !h->tell) {
			if (v.len && h->quiet)
				h->said = true;
			else if (v.len)
				put_digest(h, path(h), siphash_quick(&h->out->key, first_path(h), v));
		} else {
			put_field(h, v);
			h->begun = true;
		}
		if (!ended)
			return end;
		if (h->begun)
			field_end(h);
		if (is_line_end(s->in.at[end])) {
			segment_end(h);
			return end + 1;
		}
		h->field++;
		at = end + 1;
	}
}

/* A byte order mark or nothing. */
static size_t
take_mark(struct meaning_hl7 *h, struct bytes in, size_t at)
{
	static const uint8_t MARK[] = { 0xef, 0xbb, 0xbf };

	for (; at < in.len; at++) {
		if (h->headed == sizeof MARK || in.at[at] != MARK[h->headed]) {
			h->where = LINE;
			if (h->headed && h->headed < sizeof MARK)
				refuse(h, "does not begin with MSH, FHS or BHS");
			break;
		}
		h->headed++;
	}
	return at;
}

void
meaning_hl7_begin(struct meaning_hl7 *h, struct meaning *out, const struct siphash_key *key)
{
	memset(h, 0, offsetof(struct meaning_hl7, value));
	h->out = out;
	meaning_begin(out, key);
}

void
meaning_hl7_put(struct meaning_hl7 *h, struct bytes in)
{
	meaning_bytes(h->out, in);
	meaning_hl7_read(h, in);
}

bool
meaning_hl7_may_answer(struct bytes message)
{
	enum { BEFORE = 4, TYPE = 9 };
	uint8_t delimiter = message.len > BEFORE && memcmp(message.at, "MSH", 3) == 0 ? message.at[3] : 0;
	size_t  at = BEFORE;

	for (int field = 2; delimiter && field < TYPE; field++) /* MSH-2 stands behind the first delimiter */
		at += bytes_find(bytes_skip(message, at), delimiter) + 1;
	struct bytes type = bytes_head(bytes_skip(message, at), 3);
	return delimiter && (bytes_equal(type, bytes_text("ACK")) || bytes_equal(type, bytes_text("MCF")));
}

bool
meaning_hl7_is_answer(const struct meaning_hl7 *h)
{
	struct bytes type = meaning_hl7_type(h, 1);

	return bytes_equal(type, bytes_text("ACK")) || bytes_equal(type, bytes_text("MCF"));
}

void
meaning_hl7_read(struct meaning_hl7 *h, struct bytes in)
{
	struct hl7_scan s;
	bool            scanned = false;
	size_t          at = 0;

	if (h->out->size > MEANING_HL7_SIZE && h->where != REFUSED)
		refuse(h, "is larger than 16 MiB");
	while (at < in.len) {
		switch (h->where) {
		case HEAD:
			at = take_mark(h, in, at);
			break;
		case LINE:
			while (at < in.len && is_line_end(in.at[at]))
				at++;
			h->named = 0;
			if (at < in.len)
				h->where = NAME;
			break;
		case NAME:
			at = take_name(h, in, at);
			break;
		case DELIMITER:
		case ENCODING:
			at = take_delimiters(h, in, at);
			scanned = false; /* the end of MSH-2 is to take_fields that of an empty field */
			break;
		case FIELD:
			if (!scanned)
				hl7_scan_begin(&s, in, h->delimiter, h->plain);
			scanned = true;
			at = take_fields(h, &s, at);
			break;
		default:
			return;
		}
	}
}

enum err
meaning_hl7_end(struct meaning_hl7 *h)
{
	enum err e = OK;

	if (h->where == NAME && h->names)
		segment_begin(h);
	if (h->where == ENCODING && h->encoded)
		h->where = FIELD;
	if (h->where == FIELD) {
		field_end(h);
		segment_end(h);
	}
	if (!h->refused && (h->names == 0 || (h->where != LINE && h->names == 1)))
		refuse(h, "ends before it names its separators");
	if (h->refused) {
		struct siphash raw = h->out->raw;
		meaning_put(h->out, FIELDPATH_ALL, siphash_end_wide(&raw).lo, false);
		e = h->out->size > MEANING_HL7_SIZE ? ERR_LIMIT : ERR_FORM;
	}
	meaning_end(h->out);
	return e;
}

enum err
meaning_hl7_each(struct bytes message, void (*tell)(void *context, uint64_t path, struct bytes value), void *context)
{
	static const struct siphash_key none;
	struct meaning                  out;
	struct meaning_hl7              h;

	meaning_hl7_begin(&h, &out, &none);
	h.tell = tell;
	h.context = context;
	meaning_hl7_put(&h, message);
	return meaning_hl7_end(&h);
}
