/* ledger_read: verify, prove, show, tail, export.  Nothing is shown that was not proved to be in the signed tree. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "ledger/disk.h"
#include "ledger/verify.h"
#include "ledger/view.h"
#include "main/command.h"
#include "main/ledger.h"
#include "model/entry.h"
#include "os/zip.h"

/* --- verify ---------------------------------------------------------------------------- */

static void
on_problem(void *context, const struct verify_problem *p)
{
	json_t *said = context;

	if (said) {
		json_t *o = json_pack("{s:s, s:s, s:s}", "file", p->file, "says", p->says, "do", p->advice);
		if (p->located)
			json_object_set_new(o, "index", json_integer((json_int_t)p->index));
		json_array_append_new(said, o);
	} else if (p->located) {
		printf("%s, number %llu: %s; %s\n", p->file, (unsigned long long)p->index, p->says, p->advice);
	} else {
		printf("%s: %s; %s\n", p->file, p->says, p->advice);
	}
}

static void
print_json(json_t *o)
{
	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

static int
verify_files(struct ledger_work *w, const char *dir)
{
	uint8_t               room[NOTE_SIZE], hex[65];
	struct buf            note = buf_over(room, sizeof room), root = buf_over(hex, sizeof hex);
	json_t               *said = w->json ? json_array() : NULL;
	struct verify_options o = { .keys = &w->own, .count = 1, .found = on_problem, .context = said };
	struct verify_result  r;

	if (!ledger_find(w, dir))
		return EXIT_USAGE;
	/* A site remembers for itself, if it was watched. */
	if (!w->remembered && !dir && access(w->site.seen, F_OK) == 0)
		w->remembered = w->site.seen;
	if (w->remembered && !ledger_file(w->remembered, &note))
		return EXIT_PART;
	o.remembered = buf_bytes(&note);
	enum err e = verify_log(w->log, &o, &r);
	if (e) {
		fprintf(stderr, "paravent: %s\n", e == ERR_USAGE ? "what is remembered is no checkpoint signed by this key; nothing was verified" : err_text(e));
		fprintf(stderr, "paravent: %s: was not verified\n", w->log);
		json_decref(said);
		return e == ERR_USAGE ? EXIT_USAGE : EXIT_PART;
	}
	buf_hex(&root, bytes_of(r.root.b, sizeof r.root.b));
	buf_string(&root);
	if (said)
		print_json(json_pack("{s:s, s:b, s:I, s:I, s:s, s:s, s:b, s:o}", "log", w->log, "whole", r.problems == 0, "entries", (json_int_t)r.entries, "pending",
		                     (json_int_t)r.pending, "root", (const char *)hex, "key", w->own.name, "remembered", w->remembered != NULL, "problems", said));
	else if (r.problems)
		fprintf(stderr, "paravent: %s is not what was signed: %llu problems\n", w->log, (unsigned long long)r.problems);
	else
		printf("%s: whole: %llu entries, root %s, signed by %s%s\n", w->log, (unsigned long long)r.entries, (const char *)hex, w->own.name,
		       w->remembered ? ", going on from the remembered checkpoint" : "; compared with no remembered checkpoint");
	return r.problems ? EXIT_LEDGER : EXIT_FINE;
}

/* Whose word a proof must bear: the policy's, else the log's own alone. */
static bool
trusted(struct ledger_work *w, struct quorum *q)
{
	uint8_t   *room = memory_new(1, QUORUM_SIZE);
	struct buf b = buf_over(room, room ? QUORUM_SIZE : 0);
	bool       good = true;

	if (!w->policy) {
		q->logs = 1;
		q->log[0].key = w->own;
		q->none = true;
	} else if (!ledger_file(w->policy, &b)) {
		good = false;
	} else if (quorum_parse(buf_bytes(&b), q)) {
		fprintf(stderr, "%s:%u: is no line of a policy of witnesses\n", w->policy, q->line);
		good = false;
	}
	memory_free(room);
	return good;
}

/* The entry lies beside its proof, under the same name with .json, unless said otherwise. */
static int
verify_proof(struct ledger_work *w, const char *path)
{
	struct quorum *q = memory_new(1, sizeof *q);
	struct proof  *p = memory_new(1, sizeof *p);
	uint8_t       *room = memory_new(2, PROOF_SIZE + ENTRY_SIZE), text[STATE_PATH + 8];
	struct buf     proof = buf_over(room, room ? PROOF_SIZE : 0), entry = buf_over(room ? room + PROOF_SIZE : NULL, room ? ENTRY_SIZE + 2 : 0);
	int            code = EXIT_PART;

	snprintf((char *)text, sizeof text, "%.*s.json", (int)(strlen(path) - strlen(".tlog-proof")), path);
	if (!w->policy && !w->key && state_key(&w->site, &w->own)) {
		fprintf(stderr, "paravent: whose proof it is must be said: --key VKEY, or --policy FILE\n");
		code = EXIT_USAGE;
		goto out;
	}
	if (w->key && !ledger_key(w->key, &w->own))
		goto out;
	if (!q || !p || !room || !trusted(w, q) || !ledger_file(path, &proof) || !ledger_file(w->entry ? w->entry : (const char *)text, &entry))
		goto out;
	enum err e = proof_parse(buf_bytes(&proof), p);
	if (!e)
		e = proof_verify(p, buf_bytes(&entry), q);
	code = e ? EXIT_LEDGER : EXIT_FINE;
	const char *why = e == ERR_NOTFOUND ? "no log that is trusted signed it" : e == ERR_PERM ? "a signature is wrong, or too few witnesses signed" : "it does not prove this entry";
	if (w->json)
		print_json(json_pack("{s:s, s:b, s:I, s:s}", "proof", path, "whole", !e, "index", e ? (json_int_t)-1 : (json_int_t)p->index, "says", e ? why : ""));
	else if (e)
		printf("%s: %s\n", path, why);
	else
		printf("%s: entry %llu is in the log%s\n", path, (unsigned long long)p->index, w->policy ? ", and enough witnesses saw it" : "");
out:
	memory_free(q);
	memory_free(p);
	memory_free(room);
	return code;
}

int
ledger_verify(struct ledger_work *w)
{
	const char *what = w->words_n ? w->words[0] : NULL;
	size_t      n = what ? strlen(what) : 0, suffix = strlen(".tlog-proof");

	return n > suffix && strcmp(what + n - suffix, ".tlog-proof") == 0 ? verify_proof(w, what) : verify_files(w, what);
}

/* --- one entry, proved ------------------------------------------------------------------- */

struct reading {
	struct view  *view;
	struct quorum quorum;
	struct proof  proof;
};

/* The entry, if the tree that the key signed has it; *code says how it failed, which was said. */
static bool
proved(struct ledger_work *w, struct reading *r, uint64_t index, struct bytes *entry, int *code)
{
	uint64_t size = view_checkpoint(r->view)->size;
	enum err e = index < size ? view_entry(r->view, index, entry) : ERR_USAGE;

	if (e == ERR_USAGE) {
		fprintf(stderr, "paravent: the log has %llu entries: there is no %llu\n", (unsigned long long)size, (unsigned long long)index);
		*code = EXIT_USAGE;
		return false;
	}
	r->quorum.logs = 1;
	r->quorum.log[0].key = w->own;
	r->quorum.none = true;
	if (!e)
		e = view_prove(r->view, index, &r->proof);
	if (!e)
		e = proof_verify(&r->proof, *entry, &r->quorum);
	if (!e)
		return true;
	fprintf(stderr, "paravent: entry %llu is not what was signed, or cannot be shown to be; it is not shown: `paravent ledger verify` says what is wrong\n", (unsigned long long)index);
	*code = EXIT_LEDGER;
	return false;
}

static bool
begin(struct ledger_work *w, struct reading **out)
{
	struct reading *r = memory_new(1, sizeof *r);
	enum err        e = r ? OK : ERR_MEMORY;

	if (!e)
		e = view_open(w->log, &r->view);
	if (!e) {
		*out = r;
		return true;
	}
	fprintf(stderr, "paravent: %s: %s\n", w->log, e == ERR_FORM ? "its checkpoint is none: `paravent ledger verify` says more" : err_text(e));
	memory_free(r);
	return false;
}

static void
end(struct reading *r)
{
	if (r)
		view_free(r->view);
	memory_free(r);
}

static void
print_entry(const struct ledger_work *w, uint64_t index, struct bytes line)
{
	static struct entry e;
	char                room[40];
	struct buf          when = buf_over(room, sizeof room);

	if (w->json || entry_parse(line, &e)) {
		printf("{\"index\":%llu,\"entry\":%.*s}\n", (unsigned long long)index, (int)line.len, (const char *)line.at);
		return;
	}
	instant_print(e.time, &when);
	buf_string(&when);
	printf("%-6llu %s  %-11s %s  %s: %s%s%s\n", (unsigned long long)index, room, entry_name(e.type), e.subject, e.actor, e.says,
	       e.incident[0] && strcmp(e.incident, e.subject) ? "  " : "", e.incident[0] && strcmp(e.incident, e.subject) ? e.incident : "");
}

static bool
index_of(const char *text, uint64_t *out)
{
	char *after;

	errno = 0;
	*out = strtoull(text, &after, 10);
	if (!errno && *text >= '0' && *text <= '9' && !*after)
		return true;
	fprintf(stderr, "paravent: %s is no number of an entry\n", text);
	return false;
}

int
ledger_show(struct ledger_work *w)
{
	struct reading *r = NULL;
	struct bytes    line;
	uint64_t        index;
	int             code = EXIT_PART;

	if (!index_of(w->words[0], &index) || !ledger_find(w, NULL))
		return EXIT_USAGE;
	if (begin(w, &r) && proved(w, r, index, &line, &code)) {
		print_entry(w, index, line);
		code = EXIT_FINE;
	}
	end(r);
	return code;
}

int
ledger_tail(struct ledger_work *w)
{
	struct reading *r = NULL;
	struct bytes    line;
	uint64_t        at = 0;
	int             code = EXIT_PART;
	bool            first = true;

	if (!ledger_find(w, NULL))
		return EXIT_USAGE;
	while (begin(w, &r)) {
		uint64_t size = view_checkpoint(r->view)->size;
		if (first)
			at = size > (uint64_t)w->n ? size - (uint64_t)w->n : 0;
		first = false;
		code = EXIT_FINE;
		for (; at < size && code == EXIT_FINE; at++)
			if (proved(w, r, at, &line, &code))
				print_entry(w, at, line);
		end(r);
		r = NULL;
		fflush(stdout);
		if (!w->follow || code || ferror(stdout))
			break;
		poll(NULL, 0, 500);
	}
	return code;
}

/* --- what leaves the house ------------------------------------------------------------------ */

static bool
write_file(const char *path, struct bytes content)
{
	int  fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool good = fd >= 0 && disk_write(&disk_linux, fd, content, 0) == OK && fsync(fd) == 0;

	if (!good)
		fprintf(stderr, "paravent: %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return good;
}

int
ledger_prove(struct ledger_work *w)
{
	struct reading *r = NULL;
	uint8_t        *room = memory_new(1, PROOF_SIZE);
	struct buf      b = buf_over(room, room ? PROOF_SIZE : 0);
	struct bytes    line;
	uint64_t        index;
	char            beside[STATE_PATH + 8];
	const char     *suffix = w->out ? strstr(w->out, ".tlog-proof") : NULL;
	int             code = EXIT_USAGE;

	if (!suffix || suffix[strlen(".tlog-proof")] || strlen(w->out) >= STATE_PATH) {
		fprintf(stderr, "paravent: ledger prove wants -o FILE.tlog-proof; the entry comes to lie beside it, as FILE.json\n");
		goto out;
	}
	if (!index_of(w->words[0], &index) || !ledger_find(w, NULL))
		goto out;
	code = EXIT_PART;
	if (!room || !begin(w, &r) || !proved(w, r, index, &line, &code))
		goto out;
	code = EXIT_PART;
	proof_print(&r->proof, &b);
	snprintf(beside, sizeof beside, "%.*s.json", (int)(suffix - w->out), w->out);
	if (!buf_ok(&b) || !write_file(w->out, buf_bytes(&b)) || !write_file(beside, line))
		goto out;
	printf("%s proves entry %llu, %s\n", w->out, (unsigned long long)index, beside);
	code = EXIT_FINE;
out:
	end(r);
	memory_free(room);
	return code;
}

/* A file of the tree of size entries: the partial one, or the full one it has become. */
static enum err
add_tile(struct zip *z, int dir, struct tile t, struct instant when, struct buf *room)
{
	char     path[TILE_PATH];
	enum err e;

	buf_reset(room);
	tile_path(t, path);
	if ((e = disk_get(dir, path, room)) == ERR_NOTFOUND && t.width < TILE_WIDTH) {
		tile_path((struct tile){ t.level, t.index, TILE_WIDTH }, path);
		e = disk_get(dir, path, room);
	}
	return e ? e : zip_add(z, path, buf_bytes(room), when);
}

static enum err
add_all(struct zip *z, int dir, const struct view *v, struct buf *room)
{
	uint64_t       size = view_checkpoint(v)->size;
	struct instant when = { 0 };
	enum err       e = zip_add(z, "checkpoint", view_note(v), when);

	for (unsigned k = 0; k <= TILE_LEVELS; k++) {
		unsigned level = k < TILE_LEVELS ? k : TILE_ENTRIES;
		uint64_t count = tile_count(level, size);
		for (uint64_t n = 0; !e && n * TILE_WIDTH < count; n++) {
			uint64_t left = count - n * TILE_WIDTH;
			e = add_tile(z, dir, (struct tile){ level, n, left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH }, when, room);
		}
	}
	return e;
}

int
ledger_export(struct ledger_work *w)
{
	struct reading *r = NULL;
	struct zip     *z = NULL;
	uint8_t        *room = memory_new(1, TILE_BUNDLE);
	struct buf      b = buf_over(room, room ? TILE_BUNDLE : 0);
	int             dir = -1, code = EXIT_PART;
	enum err        e;

	w->log = w->words_n ? w->words[0] : w->site.ledger;
	if (!w->out) {
		fprintf(stderr, "paravent: ledger export wants -o FILE.zip\n");
		code = EXIT_USAGE;
		goto out;
	}
	if (!room || !begin(w, &r))
		goto out;
	if ((dir = open(w->log, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 || (e = zip_new(w->out, &z))) {
		fprintf(stderr, "paravent: %s: %s\n", dir < 0 ? w->log : w->out, dir < 0 ? strerror(errno) : e == ERR_USAGE ? "is there from an export that did not end: remove it" : err_text(e));
		goto out;
	}
	e = add_all(z, dir, r->view, &b);
	if (e)
		zip_free(z);
	else
		e = zip_finish(z);
	if (e)
		fprintf(stderr, "paravent: %s: %s; nothing was written\n", w->out, e == ERR_LIMIT ? "the log is too large for one file: copy its directory" : err_text(e));
	else
		printf("%s: the log of %llu entries, not verified here: `paravent ledger verify` does it, of the unpacked copy\n", w->out, (unsigned long long)view_checkpoint(r->view)->size);
	code = e ? EXIT_PART : EXIT_FINE;
out:
	if (dir >= 0)
		close(dir);
	end(r);
	memory_free(room);
	return code;
}
