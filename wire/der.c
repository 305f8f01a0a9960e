/* der: X.690 section 8 for tags and 10.1 for lengths. */
#include "wire/der.h"

/* Length octets: the short form below 128, else the fewest octets that hold it; three are plenty here. */
size_t
der_length(struct cursor *c)
{
	uint8_t  first = cursor_u8(c);
	uint32_t n;

	switch (first) {
	case 0x81: n = cursor_u8(c); break;
	case 0x82: n = cursor_u16(c); break;
	case 0x83: n = cursor_u24(c); break;
	default:
		if (first >= 0x80)
			cursor_fail(c);
		return first;
	}
	if (n < (first == 0x81 ? 0x80u : first == 0x82 ? 0x100u : 0x10000u))
		cursor_fail(c);
	return n;
}

/* The contents of the next element, whatever its tag; tags of more than one octet are refused. */
struct bytes
der_any(struct cursor *c, uint8_t *tag)
{
	*tag = cursor_u8(c);
	if ((*tag & 0x1f) == 0x1f)
		cursor_fail(c);
	size_t n = der_length(c);
	return cursor_take(c, n);
}

/* The contents of the next element, which must have this tag. */
struct bytes
der_take(struct cursor *c, uint8_t tag)
{
	uint8_t      found;
	struct bytes b = der_any(c, &found);

	if (found != tag)
		cursor_fail(c);
	return cursor_ok(c) ? b : bytes_head(b, 0);
}

/* The same with its header. */
struct bytes
der_whole(struct cursor *c, uint8_t tag)
{
	const uint8_t *at = c->at;

	(void)der_take(c, tag);
	return cursor_ok(c) ? bytes_of(at, (size_t)(c->at - at)) : bytes_of(at, 0);
}

bool
der_is(const struct cursor *c, uint8_t tag)
{
	struct cursor peek = *c;

	return cursor_left(&peek) && cursor_u8(&peek) == tag;
}

/* Contents of the next element if it has this tag, and nothing read if not. */
struct bytes
der_maybe(struct cursor *c, uint8_t tag)
{
	return der_is(c, tag) ? der_take(c, tag) : bytes_of(c->at, 0);
}

/* A BIT STRING of whole octets. */
struct bytes
der_octets(struct cursor *c)
{
	struct cursor s = cursor_over(der_take(c, DER_BIT_STRING));

	if (cursor_u8(&s) != 0 || !cursor_ok(&s))
		cursor_fail(c);
	return cursor_rest(&s);
}

/* A small INTEGER that is not negative. */
unsigned
der_small(struct cursor *c)
{
	struct bytes  b = der_take(c, DER_INTEGER);
	struct cursor s = cursor_over(b);
	unsigned      v = 0;

	if (b.len == 0 || b.len > 3 || cursor_u8(&s) & 0x80)
		cursor_fail(c);
	for (s = cursor_over(b); cursor_left(&s) && cursor_ok(c);)
		v = v << 8 | cursor_u8(&s);
	return v;
}

/* How many bits an INTEGER has, its leading zeros not counted. */
unsigned
der_bits(struct bytes integer)
{
	struct cursor c = cursor_over(integer);

	while (cursor_left(&c)) {
		uint8_t b = cursor_u8(&c);
		if (b)
			return (unsigned)cursor_left(&c) * 8 + 32u - (unsigned)__builtin_clz(b);
	}
	return 0;
}

bool
der_is_oid(struct bytes oid, const char *der_bytes)
{
	return bytes_equal(oid, bytes_text(der_bytes));
}

/* --- times ---------------------------------------------------------------- */

static unsigned
digits(struct cursor *c, unsigned n, unsigned low, unsigned high)
{
	unsigned v = 0;

	for (; n; n--) {
		uint8_t d = cursor_u8(c);
		if (d < '0' || d > '9')
			cursor_fail(c);
		v = v * 10 + (d & 15u);
	}
	if (v < low || v > high)
		cursor_fail(c);
	return v;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar: years begin in March, so the leap day is the last. */
static int64_t
days(unsigned year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t yday = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + yday - 719468;
}

static unsigned
month_days(unsigned year, unsigned month)
{
	if (month == 2)
		return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* RFC 5280 section 4.1.2.5: YYMMDDHHMMSSZ of 1950 to 2049, or YYYYMMDDHHMMSSZ. */
struct instant
der_moment(struct cursor *c)
{
	bool          utc = der_is(c, DER_UTC_TIME);
	struct cursor s = cursor_over(der_take(c, utc ? DER_UTC_TIME : DER_GENERALIZED_TIME));

	unsigned year = utc ? digits(&s, 2, 0, 99) : digits(&s, 4, 0, 9999);
	if (utc)
		year += year < 50 ? 2000 : 1900;
	unsigned month = digits(&s, 2, 1, 12);
	unsigned day = digits(&s, 2, 1, month_days(year, month));
	unsigned hour = digits(&s, 2, 0, 23);
	unsigned minute = digits(&s, 2, 0, 59);
	unsigned second = digits(&s, 2, 0, 59);
	if (cursor_u8(&s) != 'Z' || !cursor_end(&s)) {
		cursor_fail(c);
		return (struct instant){ 0 };
	}
	return (struct instant){ (((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * INSTANT_SECOND };
}

/* --- writing -------------------------------------------------------------- */

size_t
der_begin(struct buf *b, uint8_t tag)
{
	buf_u8(b, tag);
	buf_u8(b, 0);
	return b->len;
}

void
der_end(struct buf *b, size_t begun)
{
	size_t n = b->len - begun, more = n < 0x80 ? 0 : n < 0x100 ? 1 : n < 0x10000 ? 2 : 3;

	if (!buf_ok(b) || !buf_room(b, more))
		return;
	uint8_t *at = b->at + begun;
	memmove(at + more, at, n);
	at[-1] = (uint8_t)(more ? 0x80 | more : n);
	for (size_t i = more; i; i--, n >>= 8)
		at[i - 1] = (uint8_t)n;
}

void
der_put(struct buf *b, uint8_t tag, struct bytes contents)
{
	size_t at = der_begin(b, tag);

	buf_bytes_put(b, contents);
	der_end(b, at);
}

void
der_put_octets(struct buf *b, struct bytes bits)
{
	size_t at = der_begin(b, DER_BIT_STRING);

	buf_u8(b, 0);
	buf_bytes_put(b, bits);
	der_end(b, at);
}

void
der_put_integer(struct buf *b, struct bytes number)
{
	size_t at = der_begin(b, DER_INTEGER);

	while (number.len > 1 && !number.at[0])
		number = bytes_skip(number, 1);
	if (!number.len || number.at[0] & 0x80)
		buf_u8(b, 0);
	buf_bytes_put(b, number);
	der_end(b, at);
}

void
der_put_small(struct buf *b, uint8_t tag, uint64_t v)
{
	uint8_t  raw[9] = { 0 };
	unsigned from = 0;

	for (unsigned i = 0; i < 8; i++)
		raw[8 - i] = (uint8_t)(v >> 8 * i);
	while (from < 8 && !raw[from] && !(raw[from + 1] & 0x80))
		from++;
	der_put(b, tag, bytes_of(raw + from, 9 - from));
}

void
der_put_bool(struct buf *b, bool v)
{
	buf_put(b, v ? "\x01\x01\xff" : "\x01\x01\x00", 3);
}

void
der_put_moment(struct buf *b, struct instant t, bool generalized)
{
	static const uint8_t FROM[] = { 0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18 }; /* the digits of 2026-11-21T19:18:31 */
	static const int64_t LAST = INT64_C(2524608000) * INSTANT_SECOND; /* 2050 */
	uint8_t    room[40];
	struct buf text = buf_over(room, sizeof room);
	bool       utc = !generalized && t.us < LAST;

	instant_print(t, &text);
	if (text.len < 19) {
		b->full = true;
		return;
	}
	buf_u8(b, utc ? DER_UTC_TIME : DER_GENERALIZED_TIME);
	buf_u8(b, utc ? 13 : 15);
	for (size_t i = utc ? 2 : 0; i < sizeof FROM; i++)
		buf_u8(b, room[FROM[i]]);
	buf_u8(b, 'Z');
}

void
der_put_signed(struct buf *b, struct bytes tbs, struct bytes algorithm, struct bytes signature)
{
	size_t at = der_begin(b, DER_SEQUENCE);

	buf_bytes_put(b, tbs);
	buf_bytes_put(b, algorithm);
	der_put_octets(b, signature);
	der_end(b, at);
}
