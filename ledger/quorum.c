/* quorum: see quorum.h. */
#include "ledger/quorum.h"
#include "ledger/checkpoint.h"

static const char NONE[] = "none";

/* The next word of a line, or an empty one; blanks are spaces and tabs only. */
static struct bytes
word(struct bytes *line)
{
	while (line->len && (line->at[0] == ' ' || line->at[0] == '\t'))
		*line = bytes_skip(*line, 1);
	size_t n = 0;
	while (n < line->len && line->at[n] != ' ' && line->at[n] != '\t')
		n++;
	struct bytes w = bytes_head(*line, n);
	*line = bytes_skip(*line, n);
	return w;
}

static bool
is(struct bytes w, const char *s)
{
	return bytes_equal(w, bytes_text(s));
}

static enum err
copy(struct bytes w, char *out, size_t cap)
{
	if (w.len >= cap)
		return ERR_LIMIT;
	if (w.len)
		memcpy(out, w.at, w.len);
	out[w.len] = 0;
	return OK;
}

/* The bit of a witness or a group; 64 if there is none of this name. */
static unsigned
find(const struct quorum *q, struct bytes name)
{
	for (size_t i = 0; i < q->witnesses; i++)
		if (is(name, q->witness[i].name))
			return (unsigned)i;
	for (size_t i = 0; i < q->groups; i++)
		if (is(name, q->group[i].name))
			return QUORUM_WITNESSES + (unsigned)i;
	return 64;
}

static bool
twice(const struct quorum_party *all, size_t n, const struct note_key *k)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(all[i].key.key, k->key, sizeof k->key) == 0)
			return true;
	return false;
}

/* VKEY [URL] */
static enum err
party(struct bytes line, enum note_type type, const struct quorum_party *all, size_t n, struct quorum_party *out)
{
	enum err e = note_key_parse(word(&line), &out->key);

	if (e)
		return e;
	if (out->key.type != type)
		return ERR_UNSUPPORTED;
	if (twice(all, n, &out->key))
		return ERR_FORM;
	e = copy(word(&line), out->url, sizeof out->url);
	return e ? e : word(&line).len ? ERR_FORM : OK;
}

/* A name that is not taken. */
static enum err
name(const struct quorum *q, struct bytes w, char *out)
{
	return !w.len || is(w, NONE) || find(q, w) < 64 ? ERR_FORM : copy(w, out, NOTE_NAME);
}

static enum err
log_line(struct quorum *q, struct bytes line)
{
	if (q->logs == QUORUM_LOGS)
		return ERR_LIMIT;
	enum err e = party(line, NOTE_ED25519, q->log, q->logs, &q->log[q->logs]);
	q->logs += !e;
	return e;
}

static enum err
witness_line(struct quorum *q, struct bytes line)
{
	if (q->witnesses == QUORUM_WITNESSES)
		return ERR_LIMIT;
	enum err e = name(q, word(&line), q->witness[q->witnesses].name);
	if (!e)
		e = party(line, NOTE_COSIGNATURE, q->witness, q->witnesses, &q->witness[q->witnesses]);
	q->witnesses += !e;
	return e;
}

static enum err
group_line(struct quorum *q, struct bytes line, uint64_t *taken)
{
	if (q->groups == QUORUM_GROUPS)
		return ERR_LIMIT;
	struct quorum_group *g = &q->group[q->groups];
	enum err             e = name(q, word(&line), g->name);
	struct bytes         least = word(&line);
	unsigned             n = 0;

	if (e)
		return e;
	g->members = 0;
	for (struct bytes w; (w = word(&line)).len; n++) {
		unsigned bit = find(q, w);
		if (bit == 64 || *taken >> bit & 1)
			return ERR_FORM;
		g->members |= UINT64_C(1) << bit;
		*taken |= UINT64_C(1) << bit;
	}
	g->least = is(least, "all") ? n : is(least, "any");
	for (size_t i = 0; !is(least, "all") && !is(least, "any") && i < least.len; i++) {
		if (least.at[i] < '0' || least.at[i] > '9' || g->least > n || least.at[0] == '0')
			return ERR_FORM;
		g->least = g->least * 10 + (unsigned)(least.at[i] - '0');
	}
	if (!n || !g->least || g->least > n)
		return ERR_FORM;
	q->groups++;
	return OK;
}

static enum err
quorum_line(struct quorum *q, struct bytes line, bool *seen)
{
	struct bytes w = word(&line);

	if (*seen || word(&line).len)
		return ERR_FORM;
	*seen = true;
	q->none = is(w, NONE);
	q->needs = find(q, w);
	return q->none || q->needs < 64 ? OK : ERR_FORM;
}

enum err
quorum_parse(struct bytes in, struct quorum *out)
{
	uint64_t taken = 0;
	bool     seen = false;
	enum err e = in.len > QUORUM_SIZE ? ERR_LIMIT : OK;

	memset(out, 0, sizeof *out);
	while (!e && in.len) {
		struct bytes line = bytes_head(in, bytes_find(in, '\n'));
		out->line++;
		if (line.len == in.len)
			return ERR_SHORT;
		in = bytes_skip(in, line.len + 1);
		for (size_t i = 0; i < line.len; i++)
			if ((line.at[i] < 0x20 && line.at[i] != '\t') || line.at[i] == 0x7f)
				return ERR_FORM;
		struct bytes kind = word(&line);
		if (!kind.len || kind.at[0] == '#')
			continue;
		e = is(kind, "log") ? log_line(out, line) : is(kind, "witness") ? witness_line(out, line) :
		    is(kind, "group") ? group_line(out, line, &taken) : is(kind, "quorum") ? quorum_line(out, line, &seen) : ERR_FORM;
	}
	return e ? e : seen ? OK : ERR_SHORT;
}

static void
print_party(const char *kind, const struct quorum_party *p, struct buf *out)
{
	buf_format(out, "%s %s%s", kind, p->name, p->name[0] ? " " : "");
	note_key_print(&p->key, out);
	buf_format(out, "%s%s\n", p->url[0] ? " " : "", p->url);
}

static const char *
name_of(const struct quorum *q, unsigned bit)
{
	return bit < QUORUM_WITNESSES ? q->witness[bit].name : q->group[bit - QUORUM_WITNESSES].name;
}

void
quorum_print(const struct quorum *q, struct buf *out)
{
	for (size_t i = 0; i < q->logs; i++)
		print_party("log", &q->log[i], out);
	for (size_t i = 0; i < q->witnesses; i++)
		print_party("witness", &q->witness[i], out);
	for (size_t i = 0; i < q->groups; i++) {
		buf_format(out, "group %s %u", q->group[i].name, q->group[i].least);
		for (unsigned bit = 0; bit < 64; bit++)
			if (q->group[i].members >> bit & 1)
				buf_format(out, " %s", name_of(q, bit));
		buf_u8(out, '\n');
	}
	buf_format(out, "quorum %s\n", q->none ? NONE : name_of(q, q->needs));
}

/* Groups come after their members, so one pass settles them. */
bool
quorum_met(const struct quorum *q, uint64_t witnesses)
{
	uint64_t has = witnesses & ((UINT64_C(1) << QUORUM_WITNESSES) - 1);

	for (size_t i = 0; i < q->groups; i++)
		if ((unsigned)__builtin_popcountll(has & q->group[i].members) >= q->group[i].least)
			has |= UINT64_C(1) << (QUORUM_WITNESSES + i);
	return q->none || has >> q->needs & 1;
}

enum err
quorum_verify(const struct quorum *q, struct bytes note)
{
	struct note_key   keys[QUORUM_LOGS + QUORUM_WITNESSES];
	struct note       n;
	struct checkpoint c;
	uint64_t          by, logs = 0;

	if (note_parse(note, &n) || checkpoint_parse(n.text, &c))
		return ERR_FORM;
	for (size_t i = 0; i < q->logs; i++)
		keys[i] = q->log[i].key;
	for (size_t i = 0; i < q->witnesses; i++)
		keys[q->logs + i] = q->witness[i].key;
	enum err e = note_verify(&n, keys, q->logs + q->witnesses, &by);
	if (e)
		return e;
	for (size_t i = 0; i < q->logs; i++)
		if (bytes_equal(c.origin, bytes_text(q->log[i].key.name)))
			logs |= by & UINT64_C(1) << i;
	if (!logs)
		return ERR_NOTFOUND;
	return quorum_met(q, q->logs < 64 ? by >> q->logs : 0) ? OK : ERR_PERM;
}
