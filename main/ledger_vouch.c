/* ledger_vouch: who else vouches for a log: witnesses that cosign its checkpoint, an authority that stamps its time; and being a witness. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "crypt/hash.h"
#include "crypt/sign.h"
#include "crypt/timestamp.h"
#include "ledger/ask.h"
#include "ledger/disk.h"
#include "ledger/quorum.h"
#include "main/command.h"
#include "main/ledger.h"
#include "main/post.h"
#include "main/role.h"
#include "main/submit.h"

enum { ASK_BODY = NOTE_SIZE + 4096, TRIES = 5, PEM = 8 << 10, CA = 1 << 20 };

/* --- being a witness ---------------------------------------------------------------------- */

static int
witness_init(struct ledger_work *w)
{
	uint8_t          room[2048], public[32];
	char             dir[STATE_PATH], path[STATE_PATH + 16];
	struct buf       text = buf_over(room, sizeof room);
	struct sign_key *k = NULL;
	struct note_key  key;
	int              code = EXIT_PART;

	if (!w->name || snprintf(dir, sizeof dir, "%s/witness", w->site.dir) >= STATE_PATH) {
		fprintf(stderr, "paravent: ledger witness init wants --name NAME: the witness's for ever, as in witness.example/w1\n");
		return EXIT_USAGE;
	}
	snprintf(path, sizeof path, "%s/logs", dir);
	if ((mkdir(w->site.dir, 0700) && errno != EEXIST) || (mkdir(dir, 0700) && errno != EEXIST) || (mkdir(path, 0700) && errno != EEXIST)) {
		fprintf(stderr, "paravent: %s: %s\n", dir, strerror(errno));
		return EXIT_PART;
	}
	if (sign_new(&k))
		goto out;
	sign_public(k, public);
	if (note_key_make(w->name, NOTE_COSIGNATURE, public, &key)) {
		fprintf(stderr, "paravent: --name: no blanks, no plus, at most 127 characters\n");
		code = EXIT_USAGE;
		goto out;
	}
	snprintf(path, sizeof path, "%s/key.pem", dir);
	enum err e = sign_save(k, &text);
	if (!e)
		e = state_make(path, buf_bytes(&text), true);
	explicit_bzero(room, sizeof room);
	buf_reset(&text);
	note_key_print(&key, &text);
	buf_u8(&text, '\n');
	snprintf(path, sizeof path, "%s/vkey", dir);
	if (!e)
		e = state_make(path, buf_bytes(&text), false);
	if (e) {
		fprintf(stderr, "paravent: %s: %s\n", path, e == ERR_USAGE ? "is there already: a witness has one key for ever; nothing was changed" : err_text(e));
		goto out;
	}
	printf("%.*s", (int)text.len, (const char *)text.at);
	code = EXIT_FINE;
out:
	sign_free(k);
	return code;
}

/* ADDRESS:PORT; -1 and said why. */
int
ledger_listen(const char *where)
{
	char             host[128];
	const char      *colon = strrchr(where, ':');
	struct addrinfo  hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM }, *a;
	int              fd = -1, on = 1;

	if (!colon || colon - where >= (int)sizeof host) {
		fprintf(stderr, "paravent: --listen wants ADDRESS:PORT: %s\n", where);
		return -1;
	}
	snprintf(host, sizeof host, "%.*s", (int)(colon - where - (where[0] == '[' ? 2 : 0)), where + (where[0] == '['));
	int bad = getaddrinfo(host, colon + 1, &hints, &a);
	if (bad) {
		fprintf(stderr, "paravent: --listen %s: %s\n", where, gai_strerror(bad));
		return -1;
	}
	fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) || /* an answer in two pieces does not wait 40 ms for its second one */
	    bind(fd, a->ai_addr, a->ai_addrlen) || listen(fd, 64)) {
		fprintf(stderr, "paravent: --listen %s: %s\n", where, strerror(errno));
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(a);
	return fd;
}

static struct board *board;

static void
on_signal(int n)
{
	(void)n;
	atomic_store(&board->stop, 1);
}

int
ledger_witness(struct ledger_work *w)
{
	struct sigaction stop = { .sa_handler = on_signal };
	int              status, pid;

	if (w->words_n && strcmp(w->words[0], "init") == 0)
		return witness_init(w);
	if (w->words_n || !w->listen || !w->policy) {
		fprintf(stderr, "usage: paravent ledger witness --listen ADDRESS:PORT --policy FILE [--state DIR]\n       paravent ledger witness init --name NAME [--state DIR]\n");
		return EXIT_USAGE;
	}
	if (board_new(&board))
		return EXIT_PART;
	board->jsonl_fd = -1;
	if (snprintf(board->state, sizeof board->state, "%s/witness", w->site.dir) >= BOARD_NAME ||
	    snprintf(board->policy_path, sizeof board->policy_path, "%s", w->policy) >= BOARD_NAME) {
		fprintf(stderr, "paravent: the path is too long\n");
		return EXIT_USAGE;
	}
	if ((board->listen_fd = ledger_listen(w->listen)) < 0)
		return EXIT_PART;
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	if ((pid = role_start("witness", 0)) < 0) {
		fprintf(stderr, "paravent: the witness could not be started: %s\n", strerror(errno));
		return EXIT_PART;
	}
	close(board->listen_fd);
	fprintf(stderr, "witness: answering on %s\n", w->listen);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		fprintf(stderr, "paravent: the witness died by signal %d\n", WTERMSIG(status));
	return WIFSIGNALED(status) ? EXIT_PART : WEXITSTATUS(status);
}

/* --- asking witnesses --------------------------------------------------------------------------- */

struct vouch {
	struct submit *to;
	struct post   *post;
	struct view   *view;
	struct quorum  quorum;
	struct bytes   ca;
	uint8_t        body[ASK_BODY], lines[NOTE_SIZE / 2], note[NOTE_SIZE], pem[PEM];
};

/* One witness: from nothing, and again from where it is; its lines are appended.  NULL or why not. */
static const char *
ask_one(struct vouch *v, const struct quorum_party *p, struct buf *lines)
{
	static char  why[160];
	char         url[QUORUM_URL + 32];
	size_t       n = strlen(p->url);
	uint64_t     old = 0;
	unsigned     status = 0;
	struct bytes answer;

	if (!n)
		return "has no address in the policy";
	snprintf(url, sizeof url, "%s%sadd-checkpoint", p->url, p->url[n - 1] == '/' ? "" : "/");
	for (int i = 0; i < 2; i++) {
		struct buf body = buf_over(v->body, sizeof v->body);
		enum err   e = ask_request(v->view, old, &body);
		if (e == ERR_USAGE)
			return "has seen a longer log than this one: this one was rolled back, or cut";
		if (e)
			return "the proof for it could not be made";
		e = post_ask(v->post, url, "text/plain; charset=utf-8", v->ca, buf_bytes(&body), &status, &answer);
		if (e) {
			snprintf(why, sizeof why, "did not answer: %.*s", (int)(answer.len < 100 ? answer.len : 100), (const char *)answer.at);
			return why;
		}
		if (status != 409)
			break;
		if (ask_size(answer, &old))
			return "answered something else than the size it has";
	}
	if (status != 200) {
		snprintf(why, sizeof why, "refused with %u%s", status, status == 422 ? ": this log does not go on from the one it saw" : status == 404 || status == 403 ? ": it does not know this log" : "");
		return why;
	}
	return ask_answer(view_note(v->view), answer, &p->key, lines) ? "answered with a signature that is not its own" : NULL;
}

/* Each witness once over the newest checkpoint; what they signed is published, if the log has not grown meanwhile. */
static enum err
ask_all(struct ledger_work *w, struct vouch *v, struct buf *lines, unsigned *signed_n)
{
	struct note n;
	enum err    e;

	if ((e = view_open(w->log, &v->view)))
		return e;
	*signed_n = 0;
	for (size_t i = 0; i < v->quorum.witnesses; i++) {
		const char *why = ask_one(v, &v->quorum.witness[i], lines);
		*signed_n += !why;
		if (why)
			fprintf(stderr, "paravent: witness %s %s\n", v->quorum.witness[i].name, why);
	}
	if (!*signed_n)
		return OK;
	if ((e = note_parse(view_note(v->view), &n)))
		return e;
	return submit_cosign(v->to, n.text, buf_bytes(lines));
}

/* The cosigned checkpoint is kept beside the log: the next entry puts another in its place there. */
static bool
keep(struct ledger_work *w, struct vouch *v, struct bytes lines)
{
	struct note  n;
	uint8_t      room[NOTE_SIZE];
	struct buf   all = buf_over(v->note, sizeof v->note), signatures = buf_over(room, sizeof room);
	int          dir = open(w->site.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool         good = false;

	if (note_parse(view_note(v->view), &n))
		goto out;
	note_known(&n, &w->own, 1, &signatures);
	buf_bytes_put(&signatures, lines);
	note_print(&(struct note){ n.text, buf_bytes(&signatures) }, &all);
	if (!buf_ok(&signatures) || !buf_ok(&all) || dir < 0 || disk_publish(&disk_linux, dir, "ledger.cosigned", buf_bytes(&all))) {
		fprintf(stderr, "paravent: %s/ledger.cosigned: could not be written\n", w->site.dir);
		goto out;
	}
	good = quorum_verify(&v->quorum, buf_bytes(&all)) == OK;
out:
	if (dir >= 0)
		close(dir);
	return good;
}

static bool
load(struct ledger_work *w, struct vouch *v)
{
	uint8_t   *room = memory_new(1, QUORUM_SIZE);
	struct buf text = buf_over(room, room ? QUORUM_SIZE : 0), pem = buf_over(v->pem, sizeof v->pem);
	bool       good = room && (!w->policy || ledger_file(w->policy, &text)) && (!w->tls_ca || ledger_file(w->tls_ca, &pem));

	if (good && w->policy && quorum_parse(buf_bytes(&text), &v->quorum)) {
		fprintf(stderr, "%s:%u: is no line of a policy of witnesses\n", w->policy, v->quorum.line);
		good = false;
	}
	v->ca = buf_bytes(&pem);
	memory_free(room);
	return good;
}

/* The way to the ledger and the process that asks: both are started before anything else is open. */
static bool
start(struct ledger_work *w, struct vouch *v)
{
	if (!load(w, v))
		return false;
	if (submit_open(w->site.ledger, &v->to)) {
		fprintf(stderr, "paravent: %s: %s\n", w->site.ledger, submit_trouble());
		return false;
	}
	if (post_open(&v->post) == OK)
		return true;
	fprintf(stderr, "paravent: the process that asks could not be started\n");
	return false;
}

static void
stop(struct vouch *v)
{
	if (!v)
		return;
	post_close(v->post);
	submit_close(v->to);
	view_free(v->view);
	memory_free(v);
}

int
ledger_cosign(struct ledger_work *w)
{
	struct vouch *v = memory_new(1, sizeof *v);
	struct buf    lines;
	unsigned      n = 0;
	int           code = EXIT_PART;
	enum err      e = ERR_AGAIN;

	if (!w->policy) {
		fprintf(stderr, "paravent: ledger cosign wants --policy FILE: log, witness, group and quorum lines (c2sp.org/tlog-policy)\n");
		code = EXIT_USAGE;
		goto out;
	}
	if (!v || !ledger_find(w, NULL) || !start(w, v))
		goto out;
	for (int i = 0; i < TRIES && e == ERR_AGAIN; i++) {
		view_free(v->view);
		v->view = NULL;
		lines = buf_over(v->lines, sizeof v->lines);
		e = ask_all(w, v, &lines, &n);
	}
	if (e) {
		fprintf(stderr, "paravent: %s: %s; the cosignatures were not published\n", w->log, e == ERR_AGAIN ? submit_trouble() : err_text(e));
		goto out;
	}
	bool enough = n && keep(w, v, buf_bytes(&lines));
	if (w->json)
		printf("{\"size\":%llu,\"cosigned\":%u,\"witnesses\":%zu,\"quorum\":%s}\n", (unsigned long long)view_checkpoint(v->view)->size, n, v->quorum.witnesses, enough ? "true" : "false");
	else
		printf("%u of %zu witnesses cosigned the log of %llu entries: %s\n", n, v->quorum.witnesses, (unsigned long long)view_checkpoint(v->view)->size,
		       enough ? "the quorum is met" : "the quorum is not met");
	code = enough ? EXIT_FINE : EXIT_LEDGER;
out:
	stop(v);
	return code;
}

/* --- the time ----------------------------------------------------------------------------------------- */

/* DIR/timestamps/SIZE.checkpoint and SIZE.tsr: the reply proves nothing without what it is about. */
static bool
save(struct ledger_work *w, uint64_t size, struct bytes note, struct bytes reply, char *name, size_t cap)
{
	int  dir;
	bool good;

	snprintf(name, cap, "%s/timestamps", w->site.dir);
	if ((mkdir(name, 0700) && errno != EEXIST) || (dir = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		fprintf(stderr, "paravent: %s: %s\n", name, strerror(errno));
		return false;
	}
	snprintf(name, cap, "%llu.checkpoint", (unsigned long long)size);
	good = disk_publish(&disk_linux, dir, name, note) == OK;
	snprintf(name, cap, "%llu.tsr", (unsigned long long)size);
	good = good && disk_publish(&disk_linux, dir, name, reply) == OK;
	if (!good)
		fprintf(stderr, "paravent: %s/timestamps/%s: %s\n", w->site.dir, name, strerror(errno));
	close(dir);
	return good;
}

static int
stamp(struct ledger_work *w, struct vouch *v, struct bytes ca)
{
	uint8_t        room[TIMESTAMP_REQUEST], digest[32], text[40];
	struct buf     request = buf_over(room, sizeof room), when_text = buf_over(text, sizeof text);
	struct entry   e = { .type = ENTRY_LEDGER, .actor = "paravent ledger timestamp", .evidence = true };
	struct instant when;
	struct bytes   reply;
	unsigned       status = 0;
	uint64_t       size = view_checkpoint(v->view)->size, index;
	char           name[STATE_PATH + 32];

	hash_sha256(view_note(v->view), digest);
	enum err bad = timestamp_request(digest, &request);
	if (!bad)
		bad = post_ask(v->post, w->tsa, "application/timestamp-query", v->ca, buf_bytes(&request), &status, &reply);
	if (bad || status != 200) {
		fprintf(stderr, "paravent: %s: %.*s (status %u)\n", w->tsa, bad == ERR_IO ? (int)reply.len : 12, bad == ERR_IO ? (const char *)reply.at : "no timestamp", status);
		return EXIT_PART;
	}
	bad = timestamp_verify(reply, buf_bytes(&request), digest, ca, &when);
	if (bad) {
		fprintf(stderr, "paravent: %s: %s; nothing was kept\n", w->tsa, bad == ERR_FORM ? "its answer is no timestamp" : "its answer is refused, not signed below --ca, or about something else");
		return EXIT_LEDGER;
	}
	if (!save(w, size, view_note(v->view), reply, name, sizeof name))
		return EXIT_PART;
	instant_print(when, &when_text);
	buf_string(&when_text);
	hash_sha256(reply, e.digest);
	snprintf(e.subject, sizeof e.subject, "timestamps/%.64s", name);
	snprintf(e.says, sizeof e.says, "the log of %llu entries was there at %s, says %.200s", (unsigned long long)size, (const char *)text, w->tsa);
	if (submit_entry(v->to, &e, &index)) {
		fprintf(stderr, "paravent: %s: %s; the timestamp is kept, the ledger does not name it\n", w->site.ledger, submit_trouble());
		return EXIT_LEDGER;
	}
	printf("%s/timestamps/%s: the log of %llu entries was there at %s; ledger entry %llu\n", w->site.dir, name, (unsigned long long)size, (const char *)text, (unsigned long long)index);
	return EXIT_FINE;
}

int
ledger_timestamp(struct ledger_work *w)
{
	struct vouch *v = memory_new(1, sizeof *v);
	uint8_t      *room = memory_new(1, CA);
	struct buf    ca = buf_over(room, room ? CA : 0);
	int           code = EXIT_PART;
	enum err      e;

	if (!w->tsa || !w->ca) {
		fprintf(stderr, "paravent: ledger timestamp wants --tsa URL and --ca FILE, the certificate below which the authority stands\n");
		code = EXIT_USAGE;
		goto out;
	}
	if (!v || !ledger_find(w, NULL) || !ledger_file(w->ca, &ca) || !start(w, v))
		goto out;
	if ((e = view_open(w->log, &v->view)))
		fprintf(stderr, "paravent: %s: %s\n", w->log, err_text(e));
	else
		code = stamp(w, v, buf_bytes(&ca));
out:
	memory_free(room);
	stop(v);
	return code;
}
