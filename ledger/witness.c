/* witness: see witness.h. */
#include "ledger/witness.h"
#include "base/memory.h"
#include "crypt/hash.h"
#include "ledger/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

static const char OLD[] = "old ";
enum { NAME = 65 };

enum err
witness_parse(struct bytes in, struct witness_request *out)
{
	struct note       n;
	struct checkpoint c;

	if (in.len > WITNESS_REQUEST)
		return ERR_LIMIT;
	if (!bytes_begin(in, OLD))
		return ERR_FORM;
	in = bytes_skip(in, sizeof OLD - 1);
	enum err e = checkpoint_number(&in, &out->old);
	for (out->proof.n = 0; !e && in.len && in.at[0] != '\n'; out->proof.n++)
		e = out->proof.n < MERKLE_PROOF ? checkpoint_hash(&in, &out->proof.hash[out->proof.n]) : ERR_LIMIT;
	if (e)
		return e;
	out->note = bytes_skip(in, 1);
	e = note_parse(out->note, &n);
	return e ? e : checkpoint_parse(n.text, &c);
}

void
witness_print(const struct witness_request *r, struct buf *out)
{
	buf_text(out, OLD);
	buf_decimal(out, r->old);
	buf_u8(out, '\n');
	for (size_t i = 0; i < r->proof.n; i++)
		checkpoint_hash_print(r->proof.hash[i], out);
	buf_u8(out, '\n');
	buf_bytes_put(out, r->note);
}

struct witness_server {
	struct witness_options o;
	struct note_key       *logs;
	int                    dir;
};

enum err
witness_open(const char *dir, const struct witness_options *o, struct witness_server **out)
{
	struct witness_server *w = o->count <= WITNESS_LOGS ? memory_new(1, sizeof *w) : NULL;
	enum err        e = OK;

	if (!w)
		return o->count <= WITNESS_LOGS ? ERR_MEMORY : ERR_LIMIT;
	w->o = *o;
	w->o.calls = o->calls ? o->calls : &disk_linux;
	w->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	w->logs = memory_new(o->count, sizeof *w->logs);
	if (!w->logs)
		e = ERR_MEMORY;
	else if (w->dir < 0)
		e = errno == ENOENT ? ERR_NOTFOUND : errno == EACCES ? ERR_PERM : ERR_IO;
	else if (flock(w->dir, LOCK_EX | LOCK_NB))
		e = ERR_AGAIN;
	if (e) {
		witness_close(w);
		return e;
	}
	if (o->count)
		memcpy(w->logs, o->logs, o->count * sizeof *w->logs);
	*out = w;
	return OK;
}

void
witness_close(struct witness_server *w)
{
	if (!w)
		return;
	if (w->dir >= 0)
		close(w->dir);
	memory_free(w->logs);
	memory_free(w);
}

static void
name_of(struct bytes origin, char out[static NAME])
{
	uint8_t    d[32];
	struct buf b = buf_over(out, NAME);

	hash_sha256(origin, d);
	buf_hex(&b, bytes_of(d, sizeof d));
	buf_string(&b);
}

/* The keys of a log, at most NOTE_KEYS of them. */
static size_t
keys_of(const struct witness_server *w, struct bytes origin, struct note_key out[static NOTE_KEYS])
{
	size_t n = 0;

	for (size_t i = 0; i < w->o.count && n < NOTE_KEYS; i++)
		if (bytes_equal(origin, bytes_text(w->logs[i].name)))
			out[n++] = w->logs[i];
	return n;
}

/* The last checkpoint cosigned for a log, of size 0 if there is none. */
static enum err
latest(const struct witness_server *w, const char *name, struct buf *room, struct checkpoint *out)
{
	struct note n;

	enum err e = disk_get(w->dir, name, room);
	if (e == ERR_NOTFOUND) {
		*out = (struct checkpoint){ .root = merkle_empty() };
		return OK;
	}
	if (!e)
		e = note_parse(buf_bytes(room), &n);
	return e ? e : checkpoint_parse(n.text, out);
}

/* Does the request go on from what was cosigned last?  The status that says so. */
static int
goes_on(const struct witness_request *r, const struct checkpoint *c, const struct checkpoint *last)
{
	if (r->old > c->size)
		return 400;
	if (r->old != last->size)
		return 409;
	if (!c->size && !digest_equal(c->root, merkle_empty()))
		return 422;
	if (!r->old)
		return r->proof.n ? 422 : 200;
	return merkle_extended(r->old, c->size, last->root, c->root, &r->proof) ? 200 : 422;
}

/* Signs, keeps what is signed, and only then gives the line away. */
static int
cosign(const struct witness_server *w, const struct note *n, const struct note_key *keys, size_t count, const char *name, struct instant now, struct buf *reply)
{
	uint8_t    message[NOTE_SIZE + 64], kept[NOTE_SIZE], line[NOTE_LINE], signature[64];
	struct buf m = buf_over(message, sizeof message), k = buf_over(kept, sizeof kept), l = buf_over(line, sizeof line);
	uint64_t   time = now.us > INSTANT_SECOND ? (uint64_t)(now.us / INSTANT_SECOND) : 1;

	note_message(NOTE_COSIGNATURE, time, n->text, &m);
	if (!buf_ok(&m) || w->o.sign(w->o.context, buf_bytes(&m), signature))
		return 500;
	note_line(&w->o.key, time, signature, &l);
	buf_bytes_put(&k, n->text);
	buf_u8(&k, '\n');
	note_known(n, keys, count, &k);
	buf_bytes_put(&k, buf_bytes(&l));
	if (!buf_ok(&k) || disk_publish(w->o.calls, w->dir, name, buf_bytes(&k)))
		return 500;
	buf_bytes_put(reply, buf_bytes(&l));
	return 200;
}

static int
answer(struct witness_server *w, struct bytes request, struct instant now, struct buf *reply)
{
	struct witness_request r;
	struct note            n;
	struct checkpoint      c, last;
	struct note_key        keys[NOTE_KEYS];
	uint8_t                room[NOTE_SIZE];
	struct buf             b = buf_over(room, sizeof room);
	char                   name[NAME];
	uint64_t               by;

	if (witness_parse(request, &r) || note_parse(r.note, &n) || checkpoint_parse(n.text, &c))
		return 400;
	size_t count = keys_of(w, c.origin, keys);
	if (!count)
		return 404;
	if (note_verify(&n, keys, count, &by))
		return 403;
	name_of(c.origin, name);
	if (latest(w, name, &b, &last))
		return 500;
	int status = goes_on(&r, &c, &last);
	if (status == 409) {
		buf_decimal(reply, last.size);
		buf_u8(reply, '\n');
	}
	return status == 200 ? cosign(w, &n, keys, count, name, now, reply) : status;
}

void
witness_answer(struct witness_server *w, struct bytes request, struct instant now, struct buf *reply, int *status)
{
	static const struct {
		int         status;
		const char *says;
	} words[] = {
		{ 400, "not an add-checkpoint request, or old is beyond the checkpoint\n" },
		{ 403, "no signature of a trusted key, or a wrong one\n" },
		{ 404, "this log is not known here\n" },
		{ 422, "the checkpoint does not go on from the last one\n" },
		{ 500, "the witness could not keep its state; ask again\n" },
	};

	*status = answer(w, request, now, reply);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i].status == *status)
			buf_text(reply, words[i].says);
}

void
witness_latest(struct witness_server *w, struct bytes name, struct buf *reply, int *status)
{
	char path[NAME];

	*status = 404;
	if (name.len != NAME - 1)
		return;
	for (size_t i = 0; i < name.len; i++)
		if (!(name.at[i] >= '0' && name.at[i] <= '9') && !(name.at[i] >= 'a' && name.at[i] <= 'f'))
			return;
	memcpy(path, name.at, name.len);
	path[name.len] = 0;
	enum err e = disk_get(w->dir, path, reply);
	*status = !e ? 200 : e == ERR_NOTFOUND ? 404 : 500;
}
