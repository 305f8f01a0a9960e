/* ja: JA3 and JA3S as in salesforce/ja3's README, JA4 as in technical_details/JA4.md. */
#include "wire/ja.h"
#include "base/cursor.h"

/* --- JA3: numbers in the order sent --------------------------------------- */

static void
number(struct buf *out, bool *first, uint16_t v)
{
	if (!*first)
		buf_u8(out, '-');
	*first = false;
	buf_decimal(out, v);
}

static void
numbers(struct buf *out, struct bytes list)
{
	struct cursor c = cursor_over(list);
	bool          first = true;

	while (cursor_left(&c) && buf_ok(out)) {
		uint16_t v = cursor_u16(&c);
		if (!tls_grease(v))
			number(out, &first, v);
	}
}

static void
extension_numbers(struct buf *out, struct bytes list)
{
	struct tls_extension x;
	bool                 first = true;

	while (buf_ok(out) && tls_extension_next(&list, &x))
		if (!tls_grease(x.type))
			number(out, &first, x.type);
}

enum err
ja_three(const struct tls_client_hello *h, struct buf *out)
{
	bool first = true;

	buf_decimal(out, h->version);
	buf_u8(out, ',');
	numbers(out, h->ciphers);
	buf_u8(out, ',');
	extension_numbers(out, h->extensions);
	buf_u8(out, ',');
	numbers(out, h->groups);
	buf_u8(out, ',');
	for (size_t i = 0; i < h->point_formats.len; i++)
		number(out, &first, h->point_formats.at[i]);
	return buf_ok(out) ? OK : ERR_LIMIT;
}

enum err
ja_three_server(const struct tls_server_hello *h, struct buf *out)
{
	buf_decimal(out, h->version);
	buf_u8(out, ',');
	buf_decimal(out, h->cipher);
	buf_u8(out, ',');
	extension_numbers(out, h->extensions);
	return buf_ok(out) ? OK : ERR_LIMIT;
}

/* --- JA4: hexadecimal and sorted ------------------------------------------ */

struct list {
	uint16_t at[JA_LIST_MAX];
	size_t   n;
	bool     full;
};

static void
list_add(struct list *l, uint16_t v)
{
	if (tls_grease(v))
		return;
	if (l->n < JA_LIST_MAX)
		l->at[l->n++] = v;
	else
		l->full = true;
}

static void
list_of(struct list *l, struct bytes from)
{
	struct cursor c = cursor_over(from);

	l->n = 0;
	l->full = false;
	while (cursor_left(&c) && !l->full)
		list_add(l, cursor_u16(&c));
}

static void
list_of_extensions(struct list *l, struct bytes from)
{
	struct tls_extension x;

	l->n = 0;
	l->full = false;
	while (!l->full && tls_extension_next(&from, &x))
		list_add(l, x.type);
}

/* Shell's sort, Ciura's gaps: in place and without malloc, which qsort may call. */
static void
list_sort(struct list *l)
{
	static const size_t gaps[] = { 301, 132, 57, 23, 10, 4, 1 };

	for (size_t g = 0; g < sizeof gaps / sizeof gaps[0]; g++) {
		size_t gap = gaps[g];
		for (size_t i = gap; i < l->n; i++) {
			uint16_t v = l->at[i];
			size_t   j = i;
			for (; j >= gap && l->at[j - gap] > v; j -= gap)
				l->at[j] = l->at[j - gap];
			l->at[j] = v;
		}
	}
}

static void
list_print(const struct list *l, struct buf *out)
{
	for (size_t i = 0; i < l->n; i++) {
		if (i)
			buf_u8(out, ',');
		buf_hex_number(out, l->at[i], 4);
	}
}

static void
two_digits(struct buf *out, size_t n)
{
	if (n > 99)
		n = 99;
	buf_u8(out, (uint8_t)('0' + n / 10));
	buf_u8(out, (uint8_t)('0' + n % 10));
}

/*
 * "The highest value in the extension": as a number, so that a draft of TLS
 * 1.3 is "00" to everybody.  DTLS counts downwards, and its newest is meant.
 */
static uint16_t
highest_version(const struct tls_client_hello *h)
{
	struct cursor c = cursor_over(h->versions);
	uint16_t      best = 0;

	if (h->carrier == TLS_OVER_DATAGRAM)
		return h->version_max;
	while (cursor_left(&c)) {
		uint16_t v = cursor_u16(&c);
		if (!tls_grease(v) && v > best)
			best = v;
	}
	return best ? best : h->version;
}

static const char *
version_code(uint16_t v)
{
	switch (v) {
	case 0x0304: return "13";
	case 0x0303: return "12";
	case 0x0302: return "11";
	case 0x0301: return "10";
	case 0x0300: return "s3";
	case 0x0002: return "s2";
	case 0xfeff: return "d1";
	case 0xfefd: return "d2";
	case 0xfefc: return "d3";
	default:     return "00";
	}
}

static bool
alphanumeric(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/*
 * First and last character of the first name.  If either is ASCII but not
 * alphanumeric, both come from the name's hexadecimal form.  For a byte beyond
 * ASCII JA4.md says the same, but FoxIO's programs print 9, and a fingerprint
 * is worth something only if it is everybody's.
 */
static void
alpn_code(struct buf *out, struct bytes name)
{
	if (name.len == 0) {
		buf_text(out, "00");
		return;
	}
	uint8_t first = name.at[0], last = name.at[name.len - 1];
	bool    hex = (first < 0x80 && !alphanumeric(first)) || (last < 0x80 && !alphanumeric(last));
	if (first >= 0x80)
		buf_u8(out, '9');
	else if (hex)
		buf_hex_number(out, first >> 4, 1);
	else
		buf_u8(out, first);
	if (last >= 0x80)
		buf_u8(out, '9');
	else if (hex)
		buf_hex_number(out, last & 15, 1);
	else
		buf_u8(out, last);
}

enum err
ja_four(const struct tls_client_hello *h, struct buf *a, struct buf *b, struct buf *c)
{
	struct list ciphers, extensions, signatures;

	list_of(&ciphers, h->ciphers);
	list_of_extensions(&extensions, h->extensions);
	list_of(&signatures, h->signatures);
	if (ciphers.full || extensions.full || signatures.full)
		return ERR_LIMIT;

	buf_u8(a, (uint8_t)h->carrier);
	buf_text(a, version_code(highest_version(h)));
	buf_u8(a, h->has_server_name ? 'd' : 'i');
	two_digits(a, ciphers.n);
	two_digits(a, extensions.n);
	alpn_code(a, h->alpn_first);

	list_sort(&ciphers);
	list_print(&ciphers, b);

	size_t n = 0;
	for (size_t i = 0; i < extensions.n; i++)
		if (extensions.at[i] != TLS_EXT_SERVER_NAME && extensions.at[i] != TLS_EXT_ALPN)
			extensions.at[n++] = extensions.at[i];
	extensions.n = n;
	list_sort(&extensions);
	list_print(&extensions, c);
	/* "No extensions in the sorted list" makes part c empty; signatures come in an extension, so there is one then. */
	if (signatures.n) {
		buf_u8(c, '_');
		list_print(&signatures, c);
	}
	return buf_ok(a) && buf_ok(b) && buf_ok(c) ? OK : ERR_LIMIT;
}
