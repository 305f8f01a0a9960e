/* inscribe: see inscribe.h. */
#include "main/inscribe.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "ledger/log.h"
#include "ledger/rate.h"
#include "main/command.h"
#include "main/keys.h"
#include "main/role.h"
#include "main/state.h"
#include "os/channel.h"
#include "os/jail.h"

#define ROOM_BYTES (1ull << 30)
#define ROOM_DAYS  30
#define HOUR       (3600 * INSTANT_SECOND)

enum { GUESTS = 8, PEERS = INSCRIBE_PEERS + GUESTS, GROUP = 256, GROUP_MS = 5, ROOM = CHANNEL_BODY + 8 };

struct peer {
	int      fd;    /* -1: nobody */
	bool     guest; /* came through the socket */
	unsigned user;  /* who a guest is, as the kernel says */
};

struct inscribe {
	struct board  *board;
	struct log    *log;
	struct note_key key;
	int            listening;
	struct peer    peer[PEERS];
	int            waiting[GROUP]; /* who waits for the nth entry queued, -1 nobody */
	unsigned       queued;
	struct instant first;    /* when the first of them was queued */
	struct rate    rate;
	struct instant began, looked; /* when the disk's room was looked at */
	bool           short_of_room; /* said */
	uint8_t        room[ROOM];
};

static struct instant
now(void)
{
	struct timeval t;

	gettimeofday(&t, NULL);
	return (struct instant){ t.tv_sec * INSTANT_SECOND + t.tv_usec };
}

static enum err
sign(void *context, struct bytes text, uint8_t signature[static 64])
{
	const struct inscribe *in = context;

	return keys_ask(in->board->ask_fd[KEYS_LEDGER], KEYS_CHECKPOINT, text, signature, 64);
}

static void
leave(struct inscribe *in, struct peer *p)
{
	close(p->fd);
	for (unsigned i = 0; i < in->queued; i++)
		if (in->waiting[i] == p->fd)
			in->waiting[i] = -1;
	p->fd = -1;
}

/* What is queued becomes durable, and whoever waits hears of it. */
static void
commit(struct inscribe *in)
{
	struct log_range range;
	enum err         e = in->queued ? log_commit(in->log, &range) : OK;

	if (e)
		fprintf(stderr, "paravent: ledger: %s\n", log_trouble());
	for (unsigned i = 0; i < in->queued; i++) {
		uint64_t index = range.first + i;
		if (in->waiting[i] < 0)
			continue;
		if (e ? channel_send(in->waiting[i], INSCRIBE_REFUSED, bytes_text(log_trouble())) : channel_send(in->waiting[i], INSCRIBE_DONE, bytes_of(&index, sizeof index)))
			continue; /* it is gone: poll will say so */
	}
	in->queued = 0;
}

/* Queues it; NULL, or why not. */
static const char *
queue(struct inscribe *in, const struct entry *e, int waiting)
{
	static uint8_t room[ENTRY_SIZE];
	struct buf     text = buf_over(room, sizeof room);

	entry_print(e, &text);
	if (!in->queued)
		in->first = now();
	if (log_add(in->log, buf_bytes(&text)))
		return "is not taken: too much waits already";
	in->waiting[in->queued++] = waiting;
	if (in->queued == GROUP)
		commit(in);
	return NULL;
}

/* What a minute had too many of, said once it is over. */
static void
summarise(struct inscribe *in)
{
	struct entry few;

	while (rate_summary(&in->rate, now(), &few))
		(void)queue(in, &few, -1);
}

/* The disk is looked at once a minute, and people hear of it while there is time; the days count once an hour shows the rate. */
static void
look_at_room(struct inscribe *in)
{
	struct instant  at = now();
	struct log_room left;
	struct entry    e = { .type = ENTRY_LEDGER, .time = at, .actor = "ledger", .subject = "disk" };

	if (in->looked.us && instant_since(in->looked, at) < 60 * INSTANT_SECOND)
		return;
	if (!in->began.us)
		in->began = at;
	in->looked = at;
	if (log_room(in->log, at, &left))
		return;
	bool days = left.days < ROOM_DAYS && instant_since(in->began, at) > HOUR, few = left.bytes < ROOM_BYTES || days;
	if (few == in->short_of_room)
		return;
	in->short_of_room = few;
	int n = snprintf(e.says, sizeof e.says, few ? "only %llu MiB are left on the ledger's disk" : "%llu MiB are left again on the ledger's disk", (unsigned long long)(left.bytes >> 20));
	if (days)
		snprintf(e.says + n, sizeof e.says - (size_t)n, ", enough for %u days at this rate", left.days);
	fprintf(stderr, "paravent: ledger: %s%s\n", e.says, few ? ": make room; nothing of a ledger is ever removed" : "");
	(void)queue(in, &e, -1);
}

static const char *
take_entry(struct inscribe *in, const struct peer *p, struct bytes body, bool waits)
{
	struct entry e;

	if (body.len != sizeof e)
		return "is no entry";
	memcpy(&e, body.at, sizeof e);
	if (!entry_checked(&e))
		return "is no entry";
	if (!e.time.us)
		e.time = now();
	/* A person is who the kernel says, whatever name was given. */
	if (p->guest) {
		enum { USER = sizeof " (user 4294967295)" };
		size_t n = strlen(e.actor), most = sizeof e.actor - USER; /* a long name does not push it out */
		n = n < most ? n : most;
		snprintf(e.actor + n, sizeof e.actor - n, " (user %u)", p->user);
	} else {
		/* What the roles tell has its cause on the wire, where a stranger may make any number of it. */
		summarise(in);
		if (!rate_allow(&in->rate, e.type))
			return "came too often: it is counted";
	}
	return queue(in, &e, waits ? p->fd : -1);
}

static const char *
sign_manifest(struct inscribe *in, const struct peer *p, struct bytes text)
{
	static uint8_t room[CHANNEL_BODY];
	uint8_t        signature[64], line[NOTE_LINE];
	struct buf     signatures = buf_over(line, sizeof line), note = buf_over(room, sizeof room);

	if (keys_ask(in->board->ask_fd[KEYS_LEDGER], KEYS_MANIFEST, text, signature, sizeof signature))
		return "the keys process would not sign it";
	note_line(&in->key, 0, signature, &signatures);
	note_print(&(struct note){ text, buf_bytes(&signatures) }, &note);
	if (!buf_ok(&note))
		return "is too long";
	return channel_send(p->fd, INSCRIBE_DONE, buf_bytes(&note)) ? "cannot be answered" : NULL;
}

static const char *
cosign(struct inscribe *in, const struct peer *p, struct bytes body)
{
	uint32_t len;

	if (body.len < sizeof len)
		return "is no cosignature";
	memcpy(&len, body.at, sizeof len);
	body = bytes_skip(body, sizeof len);
	if (len > body.len)
		return "is no cosignature";
	commit(in); /* the newest tree is what witnesses are asked about next */
	if (log_cosign(in->log, bytes_head(body, len), bytes_skip(body, len)))
		return "the log has grown since: ask the witnesses again";
	return channel_send(p->fd, INSCRIBE_DONE, bytes_of("", 0)) ? "cannot be answered" : NULL;
}

static void
serve(struct inscribe *in, struct peer *p)
{
	uint32_t     kind;
	struct bytes body;
	const char  *refused = "is not a message of this channel";

	if (channel_receive(p->fd, in->room, &kind, &body)) {
		leave(in, p);
		return;
	}
	if (kind == INSCRIBE_TELL || kind == INSCRIBE_ENTRY)
		refused = take_entry(in, p, body, kind == INSCRIBE_ENTRY);
	else if (kind == INSCRIBE_MANIFEST)
		refused = sign_manifest(in, p, body);
	else if (kind == INSCRIBE_COSIGN)
		refused = cosign(in, p, body);
	else if (kind == INSCRIBE_HELLO)
		refused = channel_send(p->fd, INSCRIBE_DONE, bytes_of("", 0)) ? "cannot be answered" : NULL;
	if (refused && kind != INSCRIBE_TELL && channel_send(p->fd, INSCRIBE_REFUSED, bytes_text(refused)))
		leave(in, p);
}

static void
welcome(struct inscribe *in)
{
	unsigned user;
	int      fd;

	if (channel_accept(in->listening, &fd, &user))
		return;
	for (int i = INSCRIBE_PEERS; i < PEERS; i++)
		if (in->peer[i].fd < 0) {
			in->peer[i] = (struct peer){ fd, true, user };
			return;
		}
	close(fd); /* the socket's backlog waits; who comes beyond it tries again */
}

/* Until nobody is left who could send. */
static void
loop(struct inscribe *in)
{
	struct pollfd wait[PEERS + 1];

	for (;;) {
		bool own = false, any = false;
		for (int i = 0; i < PEERS; i++) {
			wait[i] = (struct pollfd){ in->peer[i].fd, POLLIN, 0 };
			any |= in->peer[i].fd >= 0;
			own |= in->peer[i].fd >= 0 && !in->peer[i].guest;
		}
		if (!any)
			return;
		wait[PEERS] = (struct pollfd){ own ? in->listening : -1, POLLIN, 0 };
		int n = poll(wait, PEERS + 1, in->queued ? GROUP_MS : 1000);
		for (int i = 0; n > 0 && i < PEERS; i++)
			if (wait[i].revents)
				serve(in, &in->peer[i]);
		if (n > 0 && wait[PEERS].revents)
			welcome(in);
		/* Nobody waits longer because others go on telling. */
		if (n <= 0 || llabs(instant_since(in->first, now())) >= GROUP_MS * 1000)
			commit(in);
		summarise(in);
		look_at_room(in);
	}
}

int
inscribe_run(struct board *b, uint32_t which)
{
	static struct inscribe in;
	struct state           s;
	struct log_options     o = { .sign = sign, .context = &in, .create = true };
	unsigned               missing;
	int                    keep[INSCRIBE_PEERS + 1] = { b->ask_fd[KEYS_LEDGER] };

	(void)which;
	in.board = b;
	for (int i = 0; i < PEERS; i++)
		in.peer[i] = (struct peer){ .fd = i < INSCRIBE_PEERS ? b->hear_fd[i] : -1, .guest = i < INSCRIBE_PEERS && b->alone, .user = getuid() };
	for (int i = 0; i < INSCRIBE_PEERS; i++)
		keep[i + 1] = b->hear_fd[i];
	role_close_but(keep, INSCRIBE_PEERS + 1);
	if (state_of(b->state, &s) || state_key(&s, &in.key)) {
		fprintf(stderr, "paravent: %s has no ledger: `paravent init` makes one\n", b->state);
		return EXIT_PART;
	}
	o.key = in.key;
	/* The process of a command that just ended may still be at it. */
	enum err e = log_open(s.ledger, &o, &in.log);
	for (int i = 0; e == ERR_AGAIN && b->alone && i < 40; i++) {
		nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
		e = log_open(s.ledger, &o, &in.log);
	}
	if (e) {
		fprintf(stderr, "paravent: ledger: %s\n", e == ERR_AGAIN ? "another process writes this ledger" : log_trouble());
		return EXIT_PART;
	}
	if (channel_listen(s.socket, &in.listening)) {
		fprintf(stderr, "paravent: %s: %s\n", s.socket, strerror(errno));
		return EXIT_PART;
	}
	if (jail_enter(JAIL_LEDGER, s.ledger, &missing)) {
		fprintf(stderr, "paravent: ledger: privileges could not be given up, so nothing is written\n");
		return EXIT_PART;
	}
	in.rate.from = now();
	loop(&in);
	in.rate.from = (struct instant){ 0 }; /* the last minute is over */
	summarise(&in);
	commit(&in);
	log_close(in.log);
	return EXIT_FINE;
}

bool
inscribe_start(struct board *b, int pid[static 2])
{
	for (int i = KEYS_STATUS; i < KEYS_PEERS; i++)
		b->ask_fd[i] = b->keys_fd[i] = -1;
	for (int i = 0; i < KEYS_STATUS; i++) {
		int fd[2];
		if (channel_pair(fd))
			return false;
		b->ask_fd[i] = fd[0];
		b->keys_fd[i] = fd[1];
	}
	for (int i = 0; i < INSCRIBE_PEERS; i++) {
		int fd[2];
		if (channel_pair(fd))
			return false;
		b->tell_fd[i] = fd[0];
		b->hear_fd[i] = fd[1];
	}
	pid[0] = role_start("keys", 0);
	pid[1] = role_start("ledger", 0);
	/* The children have their ends: an end left open here would hide that a peer is gone. */
	for (int i = 0; i < KEYS_STATUS; i++)
		close(b->keys_fd[i]);
	for (int i = 0; i < INSCRIBE_PEERS; i++)
		close(b->hear_fd[i]);
	close(b->ask_fd[KEYS_LEDGER]);
	return pid[0] > 0 && pid[1] > 0;
}

enum err
inscribe_tell(int fd, const struct entry *e)
{
	return channel_send(fd, INSCRIBE_TELL, bytes_of(e, sizeof *e));
}
