/*
 * recheck: the role verify: whether the ledger is what was signed, again and again.
 *
 *	every minute   what was added: the checkpoint, its signature, that it goes
 *	               on from the one seen last, the hash of each new entry
 *	every day      all of it (ledger/verify.h)
 *
 * The checkpoint seen last lies outside the ledger's directory, so that a log
 * cut short or rolled back is found.  What is found is a claim to the judge.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "crypt/hash.h"
#include "ledger/recent.h"
#include "main/command.h"
#include "main/role.h"
#include "main/state.h"
#include "model/claim.h"
#include "os/jail.h"

enum { SLICE_MS = 100, SOON_S = 600 };

struct recheck {
	struct board   *board;
	struct ring    *ring;
	struct state    site;
	struct note_key key;
	int             seen_fd;
	uint8_t         seen[NOTE_SIZE]; /* the checkpoint verified last, a note of the log's own signature */
	size_t          seen_n;
};

static void
on_problem(void *context, const struct verify_problem *p)
{
	struct recheck *r = context;
	struct claim    c = { .fact = FACT_LEDGER, .witness = WITNESS_LEDGER, .marks = p->located ? MARK_SPECIAL : 0 };
	struct timeval  t;
	void           *room;

	if (p->follows)
		return;
	gettimeofday(&t, NULL);
	c.when.us = t.tv_sec * INSTANT_SECOND + t.tv_usec;
	c.subject = key_text(bytes_text(p->file));
	c.value = key_number((uint32_t)p->index);
	claim_words(&c, bytes_of(p->says, strcspn(p->says, ":,")));
	atomic_fetch_add(&r->board->mismatches, 1);
	/* A judge that is long behind has heard of enough of them. */
	if ((room = ring_try(r->ring, sizeof c))) {
		memcpy(room, &c, sizeof c);
		ring_send(r->ring, BOARD_CLAIM);
		ring_wake(r->ring);
	}
}

/* In place: it only ever gets longer, and a page is written whole or not at all. */
static void
remember(struct recheck *r, struct bytes note)
{
	if (bytes_equal(note, bytes_of(r->seen, r->seen_n)) || note.len > sizeof r->seen)
		return;
	memcpy(r->seen, note.at, note.len);
	r->seen_n = note.len;
	if (pwrite(r->seen_fd, note.at, note.len, 0) != (ssize_t)note.len || fdatasync(r->seen_fd))
		fprintf(stderr, "paravent: %s cannot be written: a ledger cut short would not be found by the next run\n", r->site.seen);
}

static void
look(struct recheck *r, bool whole)
{
	struct verify_options o = { .keys = &r->key, .count = 1, .remembered = bytes_of(r->seen, r->seen_n), .found = on_problem, .context = r };
	struct verify_result  result;
	uint8_t               room[NOTE_SIZE];
	struct buf            note = buf_over(room, sizeof room);
	enum err              e = OK;

	if (!whole) {
		e = recent_verify(r->site.ledger, &r->key, o.remembered, &note);
		whole = e == ERR_FORM; /* something is wrong: look for all of it */
		if (!e)
			remember(r, buf_bytes(&note));
	}
	if (whole && (e = verify_log(r->site.ledger, &o, &result)) == ERR_USAGE) {
		/* What is remembered is nothing of this log's: that is a finding too, and then it is remembered anew. */
		on_problem(r, &(struct verify_problem){ .file = "ledger.seen", .says = "is no checkpoint that this ledger signed" });
		r->seen_n = 0;
		o.remembered.len = 0;
		e = ftruncate(r->seen_fd, 0) ? ERR_IO : verify_log(r->site.ledger, &o, &result);
	}
	if (e == ERR_NOTFOUND)
		on_problem(r, &(struct verify_problem){ .file = "checkpoint", .says = "is missing" });
	else if (e && e != ERR_AGAIN)
		fprintf(stderr, "paravent: the ledger could not be verified: %s\n", err_text(e));
}

static void
loop(struct recheck *r)
{
	struct board *b = r->board;
	int64_t       ms = 0, added = 0, all = b->verify_whole_s < SOON_S ? b->verify_whole_s : SOON_S;

	all *= 1000;
	while (!atomic_load(&b->stop) && !atomic_load(&b->done)) {
		if (b->verify_whole_s && ms >= all) {
			look(r, true);
			all = ms + (int64_t)b->verify_whole_s * 1000;
		} else if (ms >= added) {
			look(r, false);
			added = ms + (int64_t)b->verify_s * 1000;
		}
		poll(NULL, 0, SLICE_MS);
		ms += SLICE_MS;
	}
}

int
recheck_run(struct board *b, uint32_t which)
{
	static struct recheck r;
	unsigned              missing;

	(void)which;
	r.board = b;
	role_close_but(&b->verify_ring_fd, 1);
	if (ring_open(b->verify_ring_fd, &r.ring) || state_of(b->state, &r.site) || state_key(&r.site, &r.key)) {
		fprintf(stderr, "paravent: verify: no memory for the ring, or no key: the ledger is not verified\n");
		return EXIT_PART;
	}
	ring_resume(r.ring, true);
	r.seen_fd = open(r.site.seen, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ssize_t n = r.seen_fd < 0 ? -1 : pread(r.seen_fd, r.seen, sizeof r.seen, 0);
	if (n < 0) {
		fprintf(stderr, "paravent: %s cannot be read and written: the ledger is not verified\n", r.site.seen);
		return EXIT_PART;
	}
	r.seen_n = (size_t)n;
	setpriority(PRIO_PROCESS, 0, 19);
	if (hash_init() || jail_enter(JAIL_READ, r.site.ledger, &missing)) {
		fprintf(stderr, "paravent: verify: privileges could not be given up, so the ledger is not verified\n");
		return EXIT_PART;
	}
	loop(&r);
	return EXIT_FINE;
}
