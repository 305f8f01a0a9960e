/* meaning_xml: XML 1.0 sections 2 and 3, a state a byte, runs of plain text at once. */
#include "content/meaning_xml.h"

enum { CONTENT, OPEN, NAME, TAG, EMPTY, ATTRIBUTE, EQUALS, QUOTE, VALUE, END_NAME, END_SPACE, BANG, COMMENT, CDATA, INSTRUCTION, ENTITY };

static void
refuse(struct meaning_xml *x, const char *why)
{
	if (!x->refused)
		x->refused = why;
}

static bool
blank(uint8_t b)
{
	return b == ' ' || b == '\t' || b == '\r' || b == '\n';
}

/* Section 2.3, without telling letters beyond ASCII apart. */
static bool
in_name(uint8_t b, bool first)
{
	if ((b | 32) >= 'a' && (b | 32) <= 'z')
		return true;
	return b == '_' || b == ':' || b >= 0x80 || (!first && (b == '-' || b == '.' || (b >= '0' && b <= '9')));
}

/* --- where a value stands --------------------------------------------------------- */

static struct bytes
path(const struct meaning_xml *x)
{
	return bytes_of(x->path, x->path_len);
}

static void
path_put(struct meaning_xml *x, struct bytes v)
{
	if (v.len > sizeof x->path - x->path_len) {
		refuse(x, "names are too long");
		return;
	}
	memcpy(x->path + x->path_len, v.at, v.len);
	x->path_len = (uint16_t)(x->path_len + v.len);
}

/* How often this path was met, this time counted. */
static uint32_t
count(struct meaning_xml *x)
{
	uint64_t w = meaning_name(x->out, path(x)) | 1;
	size_t   at = (w >> 1) % MEANING_XML_SEEN;

	while (x->seen[at].name && x->seen[at].name != w)
		at = (at + 1) % MEANING_XML_SEEN;
	if (!x->seen[at].name && ++x->names > MEANING_XML_SEEN * 3 / 4) {
		refuse(x, "has too many names");
		return 1;
	}
	x->seen[at].name = w;
	return ++x->seen[at].count;
}

static void
number_put(struct meaning_xml *x, uint32_t n)
{
	char       room[16];
	struct buf t = buf_over(room, sizeof room);

	if (n < 2)
		return;
	buf_format(&t, "[%u]", n);
	path_put(x, buf_bytes(&t));
}

/* The path without its root: id, meta/lastUpdated. */
static bool
below_root(const struct meaning_xml *x, const char *rest)
{
	struct bytes p = bytes_skip(path(x), x->here[0]);
	return bytes_equal(p, bytes_text(rest));
}

static bool
envelope(const struct meaning_xml *x)
{
	return x->fhir && (below_root(x, "/id/@value") || below_root(x, "/meta/versionId/@value") || below_root(x, "/meta/lastUpdated/@value"));
}

/* --- values ------------------------------------------------------------------------- */

/* The first byte of what is digested is the kind. */
static void
value_begin(struct meaning_xml *x, const char *kind)
{
	siphash_begin_quick(&x->value, &x->out->key, meaning_name(x->out, path(x)));
	siphash_put(&x->value, bytes_text(kind));
	x->text_len = 0;
	x->cr = false;
}

static void
value_put(struct meaning_xml *x, struct bytes v)
{
	struct buf t = buf_over(x->text + x->text_len, sizeof x->text - 1 - x->text_len);

	siphash_put(&x->value, v);
	buf_bytes_put(&t, bytes_head(v, t.cap));
	x->text_len = (uint16_t)(x->text_len + t.len);
}

static void
value_end(struct meaning_xml *x)
{
	if (x->fhir && below_root(x, "/id/@value"))
		bytes_clean(bytes_of(x->text, x->text_len), x->id, sizeof x->id);
	meaning_text(x->out, path(x), FIELDPATH_ALL, siphash_end(&x->value), false, envelope(x));
	x->path_len = x->here[x->depth - 1];
	x->filled[x->depth - 1] = true;
}

/* A run of text may begin: whether it is more than white space is seen at its end. */
static void
run_open(struct meaning_xml *x)
{
	if (x->run)
		return;
	path_put(x, bytes_text("/text()"));
	value_begin(x, "t");
	x->run = true;
	x->inked = false;
}

static void
run_close(struct meaning_xml *x)
{
	if (!x->run)
		return;
	x->run = false;
	if (!x->inked) {
		x->path_len = x->here[x->depth - 1];
		return;
	}
	/* Two runs of an element change places with one another only in the digest of their number. */
	uint32_t n = count(x);
	number_put(x, n);
	siphash_put(&x->value, bytes_of(&n, sizeof n));
	value_end(x);
}

/* Text of a run; in CDATA and references white space counts as much as letters. */
static void
run_put(struct meaning_xml *x, struct bytes v, bool inked)
{
	if (!x->depth) {
		for (size_t i = 0; i < v.len; i++)
			if (inked || !blank(v.at[i]))
				refuse(x, "text stands outside the root");
		return;
	}
	run_open(x);
	for (size_t i = 0; i < v.len && !x->inked; i++)
		x->inked = inked || !blank(v.at[i]);
	value_put(x, v);
}

/* --- elements ----------------------------------------------------------------------- */

static void
element_begin(struct meaning_xml *x)
{
	if (x->depth == MEANING_XML_DEPTH || (x->depth == 0 && x->rooted)) {
		refuse(x, x->depth ? "elements stand too deep in one another" : "has two roots");
		return;
	}
	if (x->depth)
		x->filled[x->depth - 1] = true;
	x->rooted = true;
	x->around[x->depth] = x->path_len;
	x->filled[x->depth] = false;
	path_put(x, bytes_text("/"));
	x->where = NAME;
}

static void
element_named(struct meaning_xml *x)
{
	uint16_t from = (uint16_t)(x->around[x->depth] + 1);

	x->name_len[x->depth] = (uint16_t)(x->path_len - from);
	if (x->depth == 0)
		bytes_clean(bytes_skip(path(x), from), x->type, sizeof x->type);
	number_put(x, count(x));
	x->here[x->depth++] = x->path_len;
	x->where = TAG;
}

static void
element_end(struct meaning_xml *x)
{
	if (!x->filled[x->depth - 1]) {
		value_begin(x, "<");
		value_end(x);
	}
	x->path_len = x->around[--x->depth];
	x->where = CONTENT;
}

static void
attribute_named(struct meaning_xml *x)
{
	if (count(x) > 1)
		refuse(x, "an attribute stands twice in a tag");
	value_begin(x, "@");
}

/* --- references ------------------------------------------------------------------------ */

static size_t
utf8(uint32_t c, uint8_t b[static 4])
{
	if (c < 0x80) {
		b[0] = (uint8_t)c;
		return 1;
	}
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		b[i] = (uint8_t)(0x80 | (c & 0x3f));
	b[0] = (uint8_t)(0xf00 >> n | c);
	return n;
}

/* Section 4.1: &#38; and &#x26;, 0 if it is none or no character. */
static uint32_t
numbered(struct bytes v)
{
	uint32_t base = v.len && v.at[0] == 'x' ? 16 : 10, c = 0;

	v = bytes_skip(v, base == 16);
	for (size_t i = 0; i < v.len; i++) {
		uint32_t low = v.at[i] | 32u, d = 16;
		if (v.at[i] >= '0' && v.at[i] <= '9')
			d = v.at[i] - (uint32_t)'0';
		else if (low >= 'a' && low <= 'f')
			d = low - 'a' + 10;
		if (d >= base || (c = c * base + d) > 0x10ffff)
			return 0;
	}
	return c < ' ' && c != '\t' && c != '\n' && c != '\r' ? 0 : c >= 0xd800 && c < 0xe000 ? 0 : c;
}

static void
entity_end(struct meaning_xml *x)
{
	static const struct {
		const char *name, *text;
	} FIVE[] = { { "amp", "&" }, { "lt", "<" }, { "gt", ">" }, { "quot", "\"" }, { "apos", "'" } };
	struct bytes v = bytes_of(x->entity, x->entities), text = { NULL, 0 };
	uint8_t      room[4];

	for (size_t i = 0; i < sizeof FIVE / sizeof *FIVE; i++)
		if (bytes_equal(v, bytes_text(FIVE[i].name)))
			text = bytes_text(FIVE[i].text);
	uint32_t c = v.len && v.at[0] == '#' ? numbered(bytes_skip(v, 1)) : 0;
	if (c)
		text = bytes_of(room, utf8(c, room));
	if (!text.len) {
		refuse(x, "a reference is to nothing that is known without a document type");
		return;
	}
	x->where = x->back;
	x->cr = false;
	if (x->where == VALUE)
		value_put(x, text);
	else
		run_put(x, text, true);
}

/* --- bytes ------------------------------------------------------------------------------ */

/* Plain text up to what ends it or is written otherwise; how much of in was taken. */
static size_t
plain(struct meaning_xml *x, struct bytes in)
{
	bool    value = x->where == VALUE;
	size_t  n = 0;
	uint8_t b = in.at[0];

	while (n < in.len && in.at[n] != '<' && in.at[n] != '&' && in.at[n] != '\r' && in.at[n] != '\n' && (!value || (in.at[n] != x->quote && in.at[n] != '\t')) &&
	       (in.at[n] >= ' ' || in.at[n] == '\t'))
		n++;
	if (n) {
		x->cr = false;
		if (value)
			value_put(x, bytes_head(in, n));
		else
			run_put(x, bytes_head(in, n), false);
		return n;
	}
	if (b == '&') {
		x->back = x->where;
		x->entities = 0;
		x->where = ENTITY;
	} else if (value && b == x->quote) {
		value_end(x);
		x->where = TAG;
		x->back = 0; /* a blank is due before the next attribute */
	} else if (b == '<') {
		if (value)
			refuse(x, "an attribute holds <");
		x->where = OPEN;
	} else if (blank(b)) {
		/* CR LF is one line end; in an attribute a line end is a blank (sections 2.11 and 3.3.3). */
		if (!(b == '\n' && x->cr)) {
			struct bytes end = bytes_text(value ? " " : "\n");
			if (value)
				value_put(x, end);
			else
				run_put(x, end, false);
		}
		x->cr = b == '\r';
	} else {
		refuse(x, "holds a control character");
	}
	return 1;
}

/* Behind <. */
static void
open(struct meaning_xml *x, uint8_t b)
{
	if (b == '!' || b == '?') {
		x->matched = 0;
		x->where = b == '!' ? BANG : INSTRUCTION;
		return;
	}
	run_close(x);
	if (b == '/') {
		x->closing = 0;
		x->where = END_NAME;
		if (!x->depth)
			refuse(x, "a tag ends what did not begin");
		return;
	}
	if (!in_name(b, true)) {
		refuse(x, "a tag has no name");
		return;
	}
	element_begin(x);
	path_put(x, bytes_of(&b, 1));
}

/* Inside a start tag, outside names and values. */
static void
tag(struct meaning_xml *x, uint8_t b)
{
	if (blank(b)) {
		x->back = 1;
	} else if (b == '>') {
		x->where = CONTENT;
	} else if (b == '/') {
		x->where = EMPTY;
	} else if (in_name(b, true) && x->back) {
		path_put(x, bytes_text("/@"));
		path_put(x, bytes_of(&b, 1));
		x->where = ATTRIBUTE;
	} else {
		refuse(x, "a tag is malformed");
	}
}

/* Behind <!: a comment or CDATA. */
static void
bang(struct meaning_xml *x, uint8_t b)
{
	static const char DATA[] = "[CDATA[";

	if (x->matched == 0 && b == '-') {
		x->matched = 0x80;
	} else if (x->matched == 0x80 && b == '-') {
		x->matched = 0;
		x->where = COMMENT;
	} else if (x->matched < sizeof DATA - 1 && b == (uint8_t)DATA[x->matched] && x->depth) {
		if (++x->matched < sizeof DATA - 1)
			return;
		x->matched = 0;
		x->where = CDATA;
	} else {
		refuse(x, "declares a document type, or a tag is malformed");
	}
}

/* Text up to ]]>, of which ]] may be text yet. */
static void
cdata(struct meaning_xml *x, uint8_t b)
{
	if (b == ']' && x->matched < 2) {
		x->matched++;
		return;
	}
	if (b == '>' && x->matched == 2) {
		x->where = CONTENT;
		return;
	}
	if (b == ']') {
		run_put(x, bytes_of(&b, 1), true);
		return;
	}
	run_put(x, bytes_head(bytes_text("]]"), x->matched), true);
	x->matched = 0;
	if (b == '\n' && x->cr) {
		x->cr = false;
		return;
	}
	x->cr = b == '\r';
	b = b == '\r' ? '\n' : b;
	bool cr = x->cr;
	run_put(x, bytes_of(&b, 1), true);
	x->cr = cr;
}

static void
end_name(struct meaning_xml *x, uint8_t b)
{
	unsigned     d = x->depth - 1U;
	struct bytes name = bytes_head(bytes_skip(path(x), x->around[d] + 1U), x->name_len[d]);

	if (x->where == END_NAME && x->closing < name.len && b == name.at[x->closing]) {
		x->closing++;
	} else if (x->closing == name.len && b == '>') {
		element_end(x);
	} else if (x->closing == name.len && blank(b)) {
		x->where = END_SPACE;
	} else {
		refuse(x, "a tag ends another than the open element");
	}
}

static void
attribute(struct meaning_xml *x, uint8_t b)
{
	if (x->where == ATTRIBUTE && in_name(b, false)) {
		path_put(x, bytes_of(&b, 1));
	} else if (b == '=' && x->where != QUOTE) {
		x->where = QUOTE;
	} else if (blank(b)) {
		x->where = x->where == ATTRIBUTE ? EQUALS : x->where;
	} else if (x->where == QUOTE && (b == '"' || b == '\'')) {
		x->quote = b;
		x->where = VALUE;
		attribute_named(x);
	} else {
		refuse(x, "an attribute has no value");
	}
}

/* Takes at least one byte. */
static size_t
take(struct meaning_xml *x, struct bytes in)
{
	uint8_t b = in.at[0];

	switch (x->where) {
	case CONTENT:
	case VALUE:
		return plain(x, in);
	case OPEN:
		open(x, b);
		break;
	case NAME:
		if (in_name(b, false)) {
			path_put(x, bytes_of(&b, 1));
			break;
		}
		element_named(x);
		x->back = 0;
		tag(x, b);
		break;
	case TAG:
		tag(x, b);
		break;
	case EMPTY:
		if (b == '>')
			element_end(x);
		else
			refuse(x, "a tag is malformed");
		break;
	case ATTRIBUTE:
	case EQUALS:
	case QUOTE:
		attribute(x, b);
		break;
	case END_NAME:
	case END_SPACE:
		end_name(x, b);
		break;
	case BANG:
		bang(x, b);
		break;
	case COMMENT: /* matched: how much of --> */
		if (x->matched == 2 && b != '>')
			refuse(x, "a comment holds --");
		else if (x->matched == 2)
			x->where = CONTENT;
		else
			x->matched = b == '-' ? (uint8_t)(x->matched + 1) : 0;
		break;
	case CDATA:
		cdata(x, b);
		break;
	case INSTRUCTION:
		if (x->matched && b == '>')
			x->where = CONTENT;
		x->matched = b == '?';
		break;
	case ENTITY:
		if (b == ';')
			entity_end(x);
		else if (x->entities == MEANING_XML_ENTITY)
			refuse(x, "a reference is to nothing that is known without a document type");
		else
			x->entity[x->entities++] = (char)b;
		break;
	}
	return 1;
}

void
meaning_xml_begin(struct meaning_xml *x, struct meaning *out, const struct siphash_key *key, bool fhir)
{
	memset(x, 0, offsetof(struct meaning_xml, path));
	x->out = out;
	x->fhir = fhir;
	meaning_begin(out, key);
}

void
meaning_xml_put(struct meaning_xml *x, struct bytes in)
{
	static const uint8_t MARK[] = { 0xef, 0xbb, 0xbf };

	meaning_bytes(x->out, in);
	if (x->out->size > MEANING_XML_SIZE)
		refuse(x, "is larger than 16 MiB");
	for (; in.len && x->mark < sizeof MARK && (x->mark || in.at[0] == MARK[0]); in = bytes_skip(in, 1))
		if (in.at[0] != MARK[x->mark++]) {
			refuse(x, "is not UTF-8");
			return;
		}
	if (in.len)
		x->mark = sizeof MARK;
	while (in.len && !x->refused)
		in = bytes_skip(in, take(x, in));
}

enum err
meaning_xml_end(struct meaning_xml *x)
{
	if (!x->refused && (x->where != CONTENT || x->depth || !x->rooted))
		refuse(x, "ends before it is complete");
	if (x->refused) {
		struct siphash raw = x->out->raw;
		meaning_put(x->out, FIELDPATH_ALL, siphash_end_wide(&raw).lo, false);
	}
	meaning_end(x->out);
	return x->refused ? ERR_FORM : OK;
}
