/* crl: see crl.h. */
#include "wire/crl.h"
#include "wire/der.h"

#define REASON "\x55\x1d\x15"
#define NUMBER "\x55\x1d\x14"
#define POINT "\x55\x1d\x1c"
#define AUTHORITY_KEY "\x55\x1d\x23"

void
crl_put(const struct crl_entry *e, struct buf *out)
{
	size_t at = der_begin(out, DER_SEQUENCE);

	der_put_integer(out, e->serial);
	der_put_moment(out, e->when, false);
	if (e->reason) {
		size_t list = der_begin(out, DER_SEQUENCE), x = der_begin(out, DER_SEQUENCE);
		DER_PUT_OID(out, REASON);
		size_t data = der_begin(out, DER_OCTET_STRING);
		der_put_small(out, DER_ENUMERATED, e->reason);
		der_end(out, data);
		der_end(out, x);
		der_end(out, list);
	}
	der_end(out, at);
}

/* SEQUENCE { OID, critical, OCTET STRING }: the value's contents. */
static struct bytes
extension(struct cursor *list, struct bytes *oid)
{
	struct cursor x = cursor_over(der_take(list, DER_SEQUENCE));

	*oid = der_take(&x, DER_OID);
	(void)der_maybe(&x, DER_BOOLEAN);
	struct bytes data = der_take(&x, DER_OCTET_STRING);
	if (!cursor_end(&x))
		cursor_fail(list);
	return data;
}

static unsigned
reason_of(struct bytes data)
{
	struct cursor c = cursor_over(data);
	struct bytes  v = der_take(&c, DER_ENUMERATED);

	return cursor_end(&c) && v.len == 1 ? v.at[0] : 0;
}

bool
crl_next(struct bytes *revoked, struct crl_entry *out)
{
	struct cursor c = cursor_over(*revoked);

	if (!cursor_left(&c))
		return false;
	struct cursor e = cursor_over(der_take(&c, DER_SEQUENCE));
	out->serial = der_take(&e, DER_INTEGER);
	out->when = der_moment(&e);
	out->reason = 0;
	for (struct cursor list = cursor_over(der_maybe(&e, DER_SEQUENCE)); cursor_left(&list);) {
		struct bytes oid, data = extension(&list, &oid);
		if (der_is_oid(oid, REASON))
			out->reason = reason_of(data);
	}
	*revoked = cursor_rest(&c);
	return cursor_end(&e);
}

static void
put_extension(struct buf *out, const char *oid, bool critical, struct bytes value)
{
	size_t x = der_begin(out, DER_SEQUENCE);

	der_put(out, DER_OID, bytes_text(oid));
	if (critical)
		der_put_bool(out, true);
	der_put(out, DER_OCTET_STRING, value);
	der_end(out, x);
}

static void
print_extensions(const struct crl *l, struct buf *out)
{
	uint8_t    room[512];
	struct buf value = buf_over(room, sizeof room);
	size_t     outer = der_begin(out, DER_EXPLICIT | 0), list = der_begin(out, DER_SEQUENCE);
	size_t     at = der_begin(&value, DER_SEQUENCE);

	der_put(&value, DER_CONTEXT | 0, l->authority_key);
	der_end(&value, at);
	put_extension(out, AUTHORITY_KEY, false, buf_bytes(&value));
	buf_reset(&value);
	der_put_small(&value, DER_INTEGER, l->number);
	put_extension(out, NUMBER, false, buf_bytes(&value));
	if (l->url.len) {
		buf_reset(&value);
		at = der_begin(&value, DER_SEQUENCE);
		size_t point = der_begin(&value, DER_EXPLICIT | 0), full = der_begin(&value, DER_EXPLICIT | 0);
		der_put(&value, DER_CONTEXT | 6, l->url);
		der_end(&value, full);
		der_end(&value, point);
		der_end(&value, at);
		put_extension(out, POINT, true, buf_bytes(&value));
	}
	out->full |= !buf_ok(&value);
	der_end(out, list);
	der_end(out, outer);
}

void
crl_print(const struct crl *l, struct buf *out)
{
	size_t at = der_begin(out, DER_SEQUENCE);

	der_put_small(out, DER_INTEGER, 1);
	buf_bytes_put(out, l->algorithm);
	buf_bytes_put(out, l->issuer);
	der_put_moment(out, l->from, false);
	der_put_moment(out, l->until, false);
	if (l->revoked.len)
		der_put(out, DER_SEQUENCE, l->revoked);
	print_extensions(l, out);
	der_end(out, at);
}

static void
read_extension(struct bytes oid, struct bytes data, struct crl *out)
{
	struct cursor c = cursor_over(data);

	if (der_is_oid(oid, AUTHORITY_KEY)) {
		struct cursor s = cursor_over(der_take(&c, DER_SEQUENCE));
		out->authority_key = der_maybe(&s, DER_CONTEXT | 0);
	} else if (der_is_oid(oid, NUMBER)) {
		struct bytes v = der_take(&c, DER_INTEGER);
		for (size_t i = 0; i < v.len && v.len <= 8; i++)
			out->number = out->number << 8 | v.at[i];
	} else if (der_is_oid(oid, POINT)) {
		struct cursor s = cursor_over(der_take(&c, DER_SEQUENCE));
		struct cursor point = cursor_over(der_maybe(&s, DER_EXPLICIT | 0));
		struct cursor full = cursor_over(der_maybe(&point, DER_EXPLICIT | 0));
		out->url = der_maybe(&full, DER_CONTEXT | 6);
	}
}

enum err
crl_parse(struct bytes tbs, struct crl *out)
{
	struct cursor    whole = cursor_over(tbs);
	struct cursor    c = cursor_over(der_take(&whole, DER_SEQUENCE));
	struct crl_entry e;
	const struct bytes none = bytes_head(tbs, 0);

	*out = (struct crl){ .url = none, .authority_key = none };
	/* Version 1 has neither a version nor extensions; there are CAs that still make it. */
	bool two = der_is(&c, DER_INTEGER);
	if (two && der_small(&c) != 1)
		return ERR_FORM;
	out->algorithm = der_whole(&c, DER_SEQUENCE);
	out->issuer = der_whole(&c, DER_SEQUENCE);
	out->from = der_moment(&c);
	out->until = der_moment(&c);
	out->revoked = der_maybe(&c, DER_SEQUENCE);
	bool extended = two && der_is(&c, DER_EXPLICIT | 0);
	struct cursor outer = cursor_over(extended ? der_take(&c, DER_EXPLICIT | 0) : none);
	struct cursor list = cursor_over(extended ? der_take(&outer, DER_SEQUENCE) : none);
	while (cursor_left(&list)) {
		struct bytes oid, data = extension(&list, &oid);
		read_extension(oid, data, out);
	}
	for (struct bytes left = out->revoked; left.len;)
		if (!crl_next(&left, &e))
			return ERR_FORM;
	return cursor_end(&whole) && cursor_end(&c) && cursor_end(&outer) && cursor_ok(&list) ? OK : ERR_FORM;
}
