/* submit: see submit.h. */
#include "main/submit.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "main/inscribe.h"
#include "main/keys.h"
#include "main/role.h"
#include "main/state.h"
#include "os/channel.h"

struct submit {
	int           fd, keys_fd; /* keys_fd: -1 unless the ledger's process is ours */
	int           pid[2];
	struct board *board;
	uint8_t       room[CHANNEL_BODY + 8];
};

static char trouble[256];

const char *
submit_trouble(void)
{
	return trouble;
}

static enum err
fail(enum err e, const char *why)
{
	snprintf(trouble, sizeof trouble, "%.250s", why);
	return e;
}

/* A ledger's process of our own, for this one command. */
static enum err
start(struct submit *s, const char *dir)
{
	struct board *b;

	if (board_new(&b))
		return fail(ERR_MEMORY, "no shared memory for the ledger's process");
	s->board = b;
	snprintf(b->state, sizeof b->state, "%s", dir);
	b->alone = true;
	b->jsonl_fd = -1;
	if (!inscribe_start(b, s->pid))
		return fail(ERR_IO, "the ledger's process could not be started");
	s->fd = b->tell_fd[INSCRIBE_PARENT];
	s->keys_fd = b->ask_fd[KEYS_PARENT];
	close(b->tell_fd[INSCRIBE_JUDGE]);
	close(b->tell_fd[INSCRIBE_SPOOL]);
	return OK;
}

static void
leave(struct submit *s)
{
	close(s->fd);
	if (s->keys_fd < 0)
		return;
	close(s->keys_fd);
	s->keys_fd = -1;
	for (int i = 0; i < 2; i++)
		if (s->pid[i] > 0)
			waitpid(s->pid[i], NULL, 0);
	board_free(s->board);
}

/* ERR_CLOSED: it was there, and is going: nobody was left whom it served. */
static enum err
reach(struct submit *s, const struct state *site)
{
	uint32_t     kind;
	struct bytes answer;
	enum err     e = channel_connect(site->socket, &s->fd);

	if (e == ERR_NOTFOUND)
		e = start(s, site->dir);
	else if (e)
		fail(e, e == ERR_PERM ? "the ledger belongs to another user" : "the ledger's process does not answer");
	if (e || (!channel_send(s->fd, INSCRIBE_HELLO, bytes_of("", 0)) && !channel_receive(s->fd, s->room, &kind, &answer)))
		return e;
	leave(s);
	return fail(ERR_CLOSED, "the ledger's process ended before it answered");
}

enum err
submit_open(const char *ledger, struct submit **out)
{
	enum { TRIES = 4 };
	struct state    site;
	struct note_key key;
	struct submit  *s = memory_new(1, sizeof *s);
	enum err        e = s ? state_of_ledger(ledger, &site) : ERR_MEMORY;

	if (e)
		return fail(e, "no memory, or the path is too long");
	s->keys_fd = -1;
	signal(SIGPIPE, SIG_IGN);
	if ((e = state_key(&site, &key)))
		fail(e, "there is no ledger here: `paravent init` makes one");
	else
		for (int i = 0; i < TRIES && (i == 0 || e == ERR_CLOSED); i++)
			e = reach(s, &site);
	if (e) {
		memory_free(s);
		return e;
	}
	*out = s;
	return OK;
}

enum err
submit_over(int fd, struct submit **out)
{
	struct submit *s = memory_new(1, sizeof *s);

	if (!s)
		return fail(ERR_MEMORY, "no memory");
	*s = (struct submit){ .fd = fd, .keys_fd = -1 };
	*out = s;
	return OK;
}

void
submit_close(struct submit *s)
{
	if (!s)
		return;
	leave(s);
	memory_free(s);
}

/* Sends and waits for the answer. */
static enum err
ask(struct submit *s, enum inscribe_message what, struct bytes of, struct bytes *answer)
{
	uint32_t kind;
	enum err e = channel_send(s->fd, what, of);

	if (e || (e = channel_receive(s->fd, s->room, &kind, answer)))
		return fail(e, "the ledger's process ended before it answered");
	if (kind == INSCRIBE_DONE)
		return OK;
	snprintf(trouble, sizeof trouble, "%.*s", (int)(answer->len < 250 ? answer->len : 250), (const char *)answer->at);
	return ERR_PERM;
}

enum err
submit_entry(struct submit *s, const struct entry *e, uint64_t *index)
{
	struct bytes answer;
	enum err     bad = ask(s, INSCRIBE_ENTRY, bytes_of(e, sizeof *e), &answer);

	if (bad)
		return bad;
	if (answer.len != sizeof *index)
		return fail(ERR_FORM, "the ledger's process answered something else");
	memcpy(index, answer.at, sizeof *index);
	return OK;
}

enum err
submit_entries(struct submit *s, const struct entry *e, unsigned n)
{
	uint32_t     kind;
	struct bytes answer;
	enum err     bad = OK, first = OK;

	for (unsigned i = 0; i < n; i++)
		if ((bad = channel_send(s->fd, INSCRIBE_ENTRY, bytes_of(&e[i], sizeof e[i]))))
			return fail(bad, "the ledger's process ended before it answered");
	for (unsigned i = 0; i < n; i++) {
		if ((bad = channel_receive(s->fd, s->room, &kind, &answer)))
			return fail(bad, "the ledger's process ended before it answered");
		if (kind != INSCRIBE_DONE && !first) {
			snprintf(trouble, sizeof trouble, "%.*s", (int)(answer.len < 250 ? answer.len : 250), (const char *)answer.at);
			first = ERR_PERM;
		}
	}
	return first;
}

enum err
submit_sign_manifest(struct submit *s, struct bytes text, struct buf *note)
{
	struct bytes answer;
	enum err     e = text.len <= CHANNEL_BODY ? ask(s, INSCRIBE_MANIFEST, text, &answer) : fail(ERR_LIMIT, "the manifest is too long");

	if (e)
		return e;
	buf_bytes_put(note, answer);
	return buf_ok(note) ? OK : fail(ERR_LIMIT, "the note does not fit");
}

enum err
submit_cosign(struct submit *s, struct bytes text, struct bytes lines)
{
	static uint8_t room[CHANNEL_BODY];
	struct buf     body = buf_over(room, sizeof room);
	struct bytes   answer;
	uint32_t       len = (uint32_t)text.len;

	buf_bytes_put(&body, bytes_of(&len, sizeof len));
	buf_bytes_put(&body, text);
	buf_bytes_put(&body, lines);
	if (!buf_ok(&body))
		return fail(ERR_LIMIT, "the cosignatures are too long");
	enum err e = ask(s, INSCRIBE_COSIGN, buf_bytes(&body), &answer);
	return e == ERR_PERM ? ERR_AGAIN : e;
}
