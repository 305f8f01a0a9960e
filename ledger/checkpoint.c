/* checkpoint: see checkpoint.h. */
#include "ledger/checkpoint.h"
#include "crypt/encode.h"

/* The next line without its newline; it must have one. */
static enum err
line(struct bytes *in, struct bytes *out)
{
	size_t n = bytes_find(*in, '\n');

	if (n == in->len)
		return ERR_SHORT;
	*out = bytes_head(*in, n);
	*in = bytes_skip(*in, n + 1);
	return OK;
}

enum err
checkpoint_number(struct bytes *in, uint64_t *out)
{
	struct bytes l;
	enum err     e = line(in, &l);

	if (e)
		return e;
	if (!l.len || l.len > 19 || (l.at[0] == '0' && l.len > 1))
		return ERR_FORM;
	*out = 0;
	for (size_t i = 0; i < l.len; i++) {
		if (l.at[i] < '0' || l.at[i] > '9')
			return ERR_FORM;
		*out = *out * 10 + (uint64_t)(l.at[i] - '0');
	}
	return *out >> 63 ? ERR_LIMIT : OK;
}

enum err
checkpoint_hash(struct bytes *in, struct digest *out)
{
	struct bytes l;
	struct buf   b = buf_over(out->b, sizeof out->b);
	enum err     e = line(in, &l);

	if (!e && encode_base64_parse(l, &b))
		e = ERR_FORM;
	return e ? e : b.len == sizeof out->b ? OK : ERR_FORM;
}

void
checkpoint_hash_print(struct digest d, struct buf *out)
{
	encode_base64(bytes_of(d.b, sizeof d.b), out);
	buf_u8(out, '\n');
}

enum err
checkpoint_parse(struct bytes text, struct checkpoint *out)
{
	enum err e = line(&text, &out->origin);

	if (!e && !out->origin.len)
		e = ERR_FORM;
	if (!e)
		e = checkpoint_number(&text, &out->size);
	if (!e)
		e = checkpoint_hash(&text, &out->root);
	if (e)
		return e;
	out->extension = text;
	while (text.len) {
		struct bytes l;
		e = line(&text, &l);
		if (e || !l.len)
			return ERR_FORM;
	}
	return OK;
}

void
checkpoint_print(const struct checkpoint *c, struct buf *out)
{
	buf_bytes_put(out, c->origin);
	buf_u8(out, '\n');
	buf_decimal(out, c->size);
	buf_u8(out, '\n');
	checkpoint_hash_print(c->root, out);
	buf_bytes_put(out, c->extension);
}
