/* ocsp: see ocsp.h. */
#include "wire/ocsp.h"
#include "wire/der.h"

#define BASIC "\x2b\x06\x01\x05\x05\x07\x30\x01\x01"
#define SHA1  "\x2b\x0e\x03\x02\x1a"
#define NONCE "\x2b\x06\x01\x05\x05\x07\x30\x01\x02"

static void
read_id(struct cursor *c, struct ocsp_id *out)
{
	struct cursor peek = *c;

	out->whole = der_whole(c, DER_SEQUENCE);
	struct cursor s = cursor_over(der_take(&peek, DER_SEQUENCE));
	struct cursor hash = cursor_over(der_take(&s, DER_SEQUENCE));
	out->hash_oid = der_take(&hash, DER_OID);
	out->name_hash = der_take(&s, DER_OCTET_STRING);
	out->key_hash = der_take(&s, DER_OCTET_STRING);
	out->serial = der_take(&s, DER_INTEGER);
	if (!cursor_end(&s) || !cursor_ok(&hash))
		cursor_fail(c);
}

static void
read_extensions(struct cursor *c, struct bytes *nonce)
{
	struct cursor list = cursor_over(der_take(c, DER_SEQUENCE));

	while (cursor_left(&list)) {
		struct cursor x = cursor_over(der_take(&list, DER_SEQUENCE));
		struct bytes  oid = der_take(&x, DER_OID);
		(void)der_maybe(&x, DER_BOOLEAN);
		struct cursor data = cursor_over(der_take(&x, DER_OCTET_STRING));
		if (der_is_oid(oid, NONCE)) {
			bool twice = nonce->len != 0;
			*nonce = der_take(&data, DER_OCTET_STRING);
			if (twice || !cursor_end(&data) || !nonce->len || nonce->len > OCSP_NONCE)
				cursor_fail(c);
		}
		if (!cursor_end(&x))
			cursor_fail(c);
	}
	if (!cursor_ok(&list))
		cursor_fail(c);
}

enum err
ocsp_parse(struct bytes in, struct ocsp *out)
{
	struct cursor whole = cursor_over(in);
	struct cursor c = cursor_over(der_take(&whole, DER_SEQUENCE));
	struct cursor t = cursor_over(der_take(&c, DER_SEQUENCE));

	out->ids = 0;
	out->nonce = bytes_head(in, 0);
	(void)der_maybe(&c, DER_EXPLICIT | 0);
	(void)der_maybe(&t, DER_EXPLICIT | 0);
	(void)der_maybe(&t, DER_EXPLICIT | 1);
	struct cursor list = cursor_over(der_take(&t, DER_SEQUENCE));
	while (cursor_left(&list)) {
		struct cursor one = cursor_over(der_take(&list, DER_SEQUENCE));
		if (out->ids == OCSP_IDS)
			return ERR_LIMIT;
		read_id(&one, &out->id[out->ids++]);
		(void)der_maybe(&one, DER_EXPLICIT | 0);
		if (!cursor_end(&one))
			return ERR_FORM;
	}
	if (cursor_left(&t)) {
		struct cursor x = cursor_over(der_take(&t, DER_EXPLICIT | 2));
		read_extensions(&x, &out->nonce);
		if (!cursor_end(&x))
			return ERR_FORM;
	}
	return cursor_end(&whole) && cursor_end(&c) && cursor_end(&t) && cursor_ok(&list) && out->ids ? OK : ERR_FORM;
}

/* [n] EXPLICIT Extensions with the nonce alone. */
static void
print_nonce(struct bytes nonce, uint8_t tag, struct buf *out)
{
	if (!nonce.len)
		return;
	size_t at = der_begin(out, tag), list = der_begin(out, DER_SEQUENCE), x = der_begin(out, DER_SEQUENCE);
	DER_PUT_OID(out, NONCE);
	size_t data = der_begin(out, DER_OCTET_STRING);
	der_put(out, DER_OCTET_STRING, nonce);
	der_end(out, data);
	der_end(out, x);
	der_end(out, list);
	der_end(out, at);
}

void
ocsp_print(const struct ocsp *q, struct buf *out)
{
	size_t whole = der_begin(out, DER_SEQUENCE), t = der_begin(out, DER_SEQUENCE), list = der_begin(out, DER_SEQUENCE);

	for (unsigned i = 0; i < q->ids; i++)
		der_put(out, DER_SEQUENCE, q->id[i].whole);
	der_end(out, list);
	print_nonce(q->nonce, DER_EXPLICIT | 2, out);
	der_end(out, t);
	der_end(out, whole);
}

static void
print_single(const struct ocsp_single *s, struct buf *out)
{
	size_t at = der_begin(out, DER_SEQUENCE);

	buf_bytes_put(out, s->id);
	if (s->status == OCSP_REVOKED) {
		size_t info = der_begin(out, DER_EXPLICIT | 1);
		der_put_moment(out, s->revoked, true);
		if (s->reason) {
			size_t why = der_begin(out, DER_EXPLICIT | 0);
			der_put_small(out, DER_ENUMERATED, s->reason);
			der_end(out, why);
		}
		der_end(out, info);
	} else {
		der_put(out, (uint8_t)(DER_CONTEXT | s->status), bytes_of("", 0));
	}
	der_put_moment(out, s->from, true);
	size_t until = der_begin(out, DER_EXPLICIT | 0);
	der_put_moment(out, s->until, true);
	der_end(out, until);
	der_end(out, at);
}

void
ocsp_print_data(struct bytes responder, struct instant now, const struct ocsp_single *s, unsigned n, struct bytes nonce, struct buf *out)
{
	size_t at = der_begin(out, DER_SEQUENCE);

	der_put(out, DER_EXPLICIT | 1, responder);
	der_put_moment(out, now, true);
	size_t list = der_begin(out, DER_SEQUENCE);
	for (unsigned i = 0; i < n; i++)
		print_single(&s[i], out);
	der_end(out, list);
	print_nonce(nonce, DER_EXPLICIT | 1, out);
	der_end(out, at);
}

enum err
ocsp_data_parse(struct bytes data, struct bytes *responder)
{
	struct cursor whole = cursor_over(data);
	struct cursor c = cursor_over(der_take(&whole, DER_SEQUENCE));

	*responder = der_take(&c, DER_EXPLICIT | 1);
	(void)der_take(&c, DER_GENERALIZED_TIME);
	(void)der_take(&c, DER_SEQUENCE);
	(void)der_maybe(&c, DER_EXPLICIT | 1);
	return cursor_end(&whole) && cursor_end(&c) ? OK : ERR_FORM;
}

void
ocsp_print_answer(struct bytes data, struct bytes algorithm, struct bytes signature, struct bytes certificate, struct buf *out)
{
	size_t whole = der_begin(out, DER_SEQUENCE);

	der_put_small(out, DER_ENUMERATED, 0);
	size_t bytes = der_begin(out, DER_EXPLICIT | 0), typed = der_begin(out, DER_SEQUENCE);
	DER_PUT_OID(out, BASIC);
	size_t octets = der_begin(out, DER_OCTET_STRING), basic = der_begin(out, DER_SEQUENCE);
	buf_bytes_put(out, data);
	buf_bytes_put(out, algorithm);
	der_put_octets(out, signature);
	size_t certificates = der_begin(out, DER_EXPLICIT | 0);
	der_put(out, DER_SEQUENCE, certificate);
	der_end(out, certificates);
	der_end(out, basic);
	der_end(out, octets);
	der_end(out, typed);
	der_end(out, bytes);
	der_end(out, whole);
}

void
ocsp_print_trouble(enum ocsp_trouble t, struct buf *out)
{
	size_t whole = der_begin(out, DER_SEQUENCE);

	der_put_small(out, DER_ENUMERATED, (uint64_t)t);
	der_end(out, whole);
}

void
ocsp_print_id(const uint8_t name[static 20], const uint8_t key[static 20], struct bytes serial, struct buf *out)
{
	size_t at = der_begin(out, DER_SEQUENCE), hash = der_begin(out, DER_SEQUENCE);

	DER_PUT_OID(out, SHA1);
	der_put(out, DER_NULL, bytes_of("", 0));
	der_end(out, hash);
	der_put(out, DER_OCTET_STRING, bytes_of(name, 20));
	der_put(out, DER_OCTET_STRING, bytes_of(key, 20));
	der_put(out, DER_INTEGER, serial);
	der_end(out, at);
}

/* SingleResponse ::= SEQUENCE { CertID, CHOICE { [0] good, [1] revoked, [2] unknown }, thisUpdate, [0] nextUpdate, [1] exts } */
static void
read_single(struct cursor *list, struct ocsp_id *id, struct ocsp_single *out)
{
	struct cursor s = cursor_over(der_take(list, DER_SEQUENCE));
	uint8_t       tag;

	*out = (struct ocsp_single){ .status = OCSP_UNKNOWN };
	read_id(&s, id);
	out->id = id->whole;
	struct cursor how = cursor_over(der_any(&s, &tag));
	if (tag == (DER_EXPLICIT | 1)) {
		out->status = OCSP_REVOKED;
		out->revoked = der_moment(&how);
		struct cursor why = cursor_over(der_maybe(&how, DER_EXPLICIT | 0));
		struct bytes  reason = der_maybe(&why, DER_ENUMERATED);
		out->reason = reason.len ? reason.at[0] : 0;
	} else if (tag == DER_CONTEXT) {
		out->status = OCSP_GOOD;
	} else if (tag != (DER_CONTEXT | 2)) {
		cursor_fail(list);
	}
	out->from = der_moment(&s);
	if (der_is(&s, DER_EXPLICIT | 0)) {
		struct cursor until = cursor_over(der_take(&s, DER_EXPLICIT | 0));
		out->until = der_moment(&until);
		if (!cursor_end(&until))
			cursor_fail(list);
	}
	(void)der_maybe(&s, DER_EXPLICIT | 1);
	if (!cursor_end(&s) || !cursor_end(&how))
		cursor_fail(list);
}

/* ResponseData, its contents. */
static bool
read_data(struct bytes in, struct ocsp_answer *out)
{
	struct cursor      c = cursor_over(in);
	struct ocsp_id     id;
	struct ocsp_single one;
	uint8_t            tag;

	(void)der_maybe(&c, DER_EXPLICIT | 0);
	(void)der_any(&c, &tag);
	(void)der_take(&c, DER_GENERALIZED_TIME);
	out->singles = der_take(&c, DER_SEQUENCE);
	if (der_is(&c, DER_EXPLICIT | 1)) {
		struct cursor x = cursor_over(der_take(&c, DER_EXPLICIT | 1));
		read_extensions(&x, &out->nonce);
		if (!cursor_end(&x))
			return false;
	}
	struct cursor list = cursor_over(out->singles);
	while (cursor_left(&list))
		read_single(&list, &id, &one);
	return cursor_end(&c) && cursor_ok(&list) && (tag == (DER_EXPLICIT | 1) || tag == (DER_EXPLICIT | 2));
}

static bool
read_basic(struct bytes in, struct ocsp_answer *out)
{
	struct cursor whole = cursor_over(in), c = cursor_over(der_take(&whole, DER_SEQUENCE)), peek;
	struct bytes  oid;

	peek = c;
	out->data = der_whole(&c, DER_SEQUENCE);
	struct bytes data = der_take(&peek, DER_SEQUENCE);
	peek = c;
	out->algorithm = x509_read_algorithm(&peek, &oid);
	out->algorithm_der = der_whole(&c, DER_SEQUENCE);
	out->signature = der_octets(&c);
	if (der_is(&c, DER_EXPLICIT | 0)) {
		struct cursor some = cursor_over(der_take(&c, DER_EXPLICIT | 0));
		struct cursor list = cursor_over(der_take(&some, DER_SEQUENCE));
		while (cursor_left(&list) && out->certificates < OCSP_SIGNERS)
			out->certificate[out->certificates++] = der_whole(&list, DER_SEQUENCE);
		if (!cursor_end(&some) || !cursor_ok(&list))
			return false;
	}
	return cursor_end(&whole) && cursor_end(&c) && cursor_ok(&peek) && read_data(data, out);
}

enum err
ocsp_answer_parse(struct bytes der, struct ocsp_answer *out)
{
	const struct bytes none = bytes_head(der, 0);
	struct cursor      whole = cursor_over(der);
	struct cursor      c = cursor_over(der_take(&whole, DER_SEQUENCE));
	struct bytes       status = der_take(&c, DER_ENUMERATED);

	*out = (struct ocsp_answer){ .data = none, .algorithm_der = none, .signature = none, .singles = none, .nonce = none };
	if (!cursor_end(&whole) || status.len != 1 || status.at[0] > OCSP_UNAUTHORIZED)
		return ERR_FORM;
	out->trouble = status.at[0];
	if (out->trouble)
		return cursor_end(&c) ? OK : ERR_FORM;
	struct cursor explicit = cursor_over(der_take(&c, DER_EXPLICIT | 0));
	struct cursor typed = cursor_over(der_take(&explicit, DER_SEQUENCE));
	if (!der_is_oid(der_take(&typed, DER_OID), BASIC))
		return cursor_ok(&typed) ? ERR_UNSUPPORTED : ERR_FORM;
	struct bytes basic = der_take(&typed, DER_OCTET_STRING);
	return cursor_end(&c) && cursor_end(&explicit) && cursor_end(&typed) && read_basic(basic, out) ? OK : ERR_FORM;
}

enum err
ocsp_find(const struct ocsp_answer *a, struct bytes id, struct ocsp_single *out)
{
	struct cursor  wanted = cursor_over(id), list = cursor_over(a->singles);
	struct ocsp_id ours, x;

	read_id(&wanted, &ours);
	while (cursor_left(&list)) {
		read_single(&list, &x, out);
		/* Whether the algorithm has NULL behind it is each responder's own way. */
		if (cursor_ok(&list) && cursor_ok(&wanted) && bytes_equal(x.hash_oid, ours.hash_oid) && bytes_equal(x.name_hash, ours.name_hash) &&
		    bytes_equal(x.key_hash, ours.key_hash) && bytes_equal(x.serial, ours.serial))
			return OK;
	}
	return ERR_NOTFOUND;
}
