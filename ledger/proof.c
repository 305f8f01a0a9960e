/* proof: see proof.h. */
#include "ledger/proof.h"
#include "crypt/encode.h"
#include "ledger/checkpoint.h"

static const char FIRST[] = "c2sp.org/tlog-proof@v1\n", EXTRA[] = "extra ", INDEX[] = "index ";

enum err
proof_parse(struct bytes in, struct proof *out)
{
	struct note       n;
	struct checkpoint c;

	if (in.len > PROOF_SIZE)
		return ERR_LIMIT;
	if (!bytes_begin(in, FIRST))
		return ERR_FORM;
	in = bytes_skip(in, sizeof FIRST - 1);
	out->extra_n = 0;
	if (bytes_begin(in, EXTRA)) {
		struct buf   b = buf_over(out->extra, sizeof out->extra);
		struct bytes text = bytes_head(in, bytes_find(in, '\n'));
		in = bytes_skip(in, text.len + 1);
		enum err e = encode_base64_parse(bytes_skip(text, sizeof EXTRA - 1), &b);
		if (e || !b.len)
			return e ? e : ERR_FORM;
		out->extra_n = b.len;
	}
	if (!bytes_begin(in, INDEX))
		return ERR_FORM;
	in = bytes_skip(in, sizeof INDEX - 1);
	enum err e = checkpoint_number(&in, &out->index);
	for (out->path.n = 0; !e && in.len && in.at[0] != '\n'; out->path.n++)
		e = out->path.n < MERKLE_PROOF ? checkpoint_hash(&in, &out->path.hash[out->path.n]) : ERR_LIMIT;
	if (e)
		return e;
	out->note = bytes_skip(in, 1); /* behind the empty line */
	e = note_parse(out->note, &n);
	return e ? e : checkpoint_parse(n.text, &c);
}

void
proof_print(const struct proof *p, struct buf *out)
{
	buf_text(out, FIRST);
	if (p->extra_n) {
		buf_text(out, EXTRA);
		encode_base64(bytes_of(p->extra, p->extra_n), out);
		buf_u8(out, '\n');
	}
	buf_text(out, INDEX);
	buf_decimal(out, p->index);
	buf_u8(out, '\n');
	for (size_t i = 0; i < p->path.n; i++)
		checkpoint_hash_print(p->path.hash[i], out);
	buf_u8(out, '\n');
	buf_bytes_put(out, p->note);
}

enum err
proof_verify(const struct proof *p, struct bytes entry, const struct quorum *q)
{
	struct note       n;
	struct checkpoint c;

	enum err e = quorum_verify(q, p->note);
	if (!e)
		e = note_parse(p->note, &n);
	if (!e)
		e = checkpoint_parse(n.text, &c);
	if (e)
		return e;
	return merkle_included(p->index, c.size, merkle_leaf(entry), &p->path, c.root) ? OK : ERR_FORM;
}
