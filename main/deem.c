/* deem: the judge's process: claims from every sensor's ring, in the order of their time, to findings. */
#include <stdio.h>
#include <unistd.h>

#include "crypt/hash.h"
#include "main/chronicle.h"
#include "main/command.h"
#include "main/role.h"
#include "main/spool.h"
#include "model/record.h"
#include "main/tally.h"
#include "os/jail.h"
#include "report/finding.h"

enum {
	IDLE_MS = 20,
	ORDER_MS = 2,   /* a frame of another tap may come this much later out of the kernel */
	TOGETHER = 256, /* judged before that is waited for again */
};

struct deem {
	struct board      *board;
	struct ring       *ring[BOARD_SENSORS], *record, *spool, *verify; /* verify: NULL without a ledger */
	struct instant     now;          /* the latest time heard of */
	struct board_lines json, text;
	struct message     message;      /* the one taken last */
	struct align      *align;        /* NULL unless the run only aligns */
};

static void
pass_on(struct deem *d, uint32_t kind, struct bytes what)
{
	void *room = d->record ? ring_room(d->record, what.len) : NULL;

	if (!room)
		return;
	memcpy(room, what.at, what.len);
	ring_send(d->record, kind);
}

static void
on_finding(void *context, const struct finding *f)
{
	struct deem  *d = context;
	struct board *b = d->board;

	atomic_fetch_add(&b->severity[f->severity <= 4 ? f->severity : 4], 1);
	if (b->jsonl_fd >= 0) {
		finding_json(f, f->place < b->sensors ? b->sensor[f->place].name : "", board_source(b, f->source),
		             board_source(b, f->two_places ? f->source_before : f->source), board_line(&d->json));
		board_flush(&d->json);
	}
	if (b->text && f->severity <= b->least) {
		finding_text(f, b->color, board_line(&d->text));
		board_flush(&d->text);
	}
	if (b->state[0] && f->severity <= 3) {
		static uint8_t room[16 << 10];
		struct buf     line = buf_over(room, sizeof room);
		finding_json(f, f->place < b->sensors ? b->sensor[f->place].name : "", board_source(b, f->source),
		             board_source(b, f->two_places ? f->source_before : f->source), &line);
		chronicle_finding(b, f, buf_bytes(&line));
	}
	pass_on(d, BOARD_FINDING, bytes_of(f, sizeof *f));
	if (spool_wants(f))
		spool_finding(b, d->spool, f);
}

static void
on_incident(void *context, const struct incident *i)
{
	struct deem *d = context;

	chronicle_incident(d->board, i);
	pass_on(d, BOARD_INCIDENT, bytes_of(i, sizeof *i));
}

/* When a message of ring i was said, on the first place's clock. */
static struct instant
time_of(const struct deem *d, uint32_t i, uint32_t kind, struct bytes m)
{
	struct instant at = { 0 };

	if (kind == BOARD_CLAIM && m.len == sizeof(struct claim))
		at = ((const struct claim *)(const void *)m.at)->steady;
	else if (kind == BOARD_TICK && m.len == sizeof at)
		memcpy(&at, m.at, sizeof at);
	else if (kind == BOARD_MESSAGE && m.len >= sizeof(struct message_head))
		at = ((const struct message_head *)(const void *)m.at)->steady;
	if (at.us)
		at.us -= d->board->offset[i];
	return at;
}

/* The ring whose next claim is the earliest; -1 if there is none, or if one that is still open has nothing to compare yet and is waited for. */
static int
earliest(struct deem *d, bool *open, bool *any_open, bool wait)
{
	int            best = -1;
	struct instant when = { 0 };
	uint32_t       kind;
	struct bytes   m;
	bool           missing = false;

	*any_open = false;
	for (uint32_t i = 0; i < d->board->sensors; i++) {
		if (!open[i])
			continue;
		enum err e = ring_get(d->ring[i], &kind, &m);
		if (e == ERR_CLOSED || e == ERR_FORM) {
			open[i] = false;
			continue;
		}
		*any_open = true;
		if (e == ERR_AGAIN) {
			missing = true;
			continue;
		}
		struct instant at = time_of(d, i, kind, m);
		if (best < 0 || at.us < when.us) {
			best = (int)i;
			when = at;
		}
	}
	return missing && wait ? -1 : best;
}

static void
take(struct deem *d, struct judge *judge, uint32_t i)
{
	uint32_t     kind;
	struct bytes m;

	if (ring_get(d->ring[i], &kind, &m))
		return;
	struct instant at = time_of(d, i, kind, m);
	if (at.us)
		d->now = at;
	if (kind == BOARD_CLAIM && m.len == sizeof(struct claim)) {
		struct claim c;
		memcpy(&c, m.at, sizeof c);
		/* What comes from a sensor that reads strangers' bytes is checked before it is an index.  A sensor speaks for no authority; a worker of the gateway repeats one thing of the policy it serves by: whose a name is. */
		bool own = c.witness < WITNESS_GATE || (i >= d->board->gate.first && d->board->gate.slots && (c.witness == WITNESS_GATE || c.fact == FACT_IDENTITY));
		if (c.fact < FACTS && c.fact != FACT_LEDGER && c.witness < WITNESSES && own && c.place < d->board->sensors) {
			c.words[sizeof c.words - 1] = 0;
			c.steady = at;
			judge_see(judge, &c);
		}
	} else if (kind == BOARD_MESSAGE) {
		if (!message_unpack(m, &d->message) && d->message.head.place < d->board->sensors) {
			d->message.head.steady = at;
			if (d->align) {
				align_see(d->align, &d->message);
				if (align_enough(d->align))
					atomic_store(&d->board->stop, 1);
			} else {
				judge_message(judge, &d->message);
			}
		}
	} else if (kind == BOARD_TICK && m.len == sizeof(struct instant)) {
		judge_tick(judge, at);
	} else if (kind == BOARD_RECORD && m.len == sizeof(struct record)) {
		struct record r;
		memcpy(&r, m.at, sizeof r);
		if (record_checked(&r))
			pass_on(d, BOARD_RECORD, bytes_of(&r, sizeof r));
	}
	ring_done(d->ring[i]);
}

/*
 * A ring has nothing yet.  A file is waited for.  A live tap may long have
 * nothing: what others have waits as long as a frame may lie in the kernel,
 * and then is judged.
 */
static void
await(struct deem *d, struct judge *judge, bool *open)
{
	struct ring *empty[BOARD_SENSORS];
	unsigned     n = 0;
	bool         live = true, some = false, any;

	for (uint32_t i = 0; i < d->board->sensors; i++) {
		uint32_t     kind;
		struct bytes m;
		if (!open[i])
			continue;
		if (ring_get(d->ring[i], &kind, &m) == ERR_AGAIN) {
			/* A slot of the gateway, which may have no worker, is as live as a wire. */
			live &= !d->board->sensor[i].count || d->board->source[d->board->sensor[i].first].live;
			empty[n++] = d->ring[i];
		} else {
			some = true;
		}
	}
	if (!live) {
		ring_wait(empty[0], IDLE_MS);
		return;
	}
	ring_wait_any(empty, n, some ? ORDER_MS : IDLE_MS);
	for (int i, k = 0; some && k < TOGETHER && (i = earliest(d, open, &any, false)) >= 0; k++)
		take(d, judge, (uint32_t)i);
}

/* The ledger's own witness has no wire and no time but ours. */
static void
take_verify(struct deem *d, struct judge *judge)
{
	uint32_t     kind;
	struct bytes m;

	while (d->verify && ring_get(d->verify, &kind, &m) == OK) {
		if (kind == BOARD_CLAIM && m.len == sizeof(struct claim)) {
			struct claim c;
			memcpy(&c, m.at, sizeof c);
			c.words[sizeof c.words - 1] = 0;
			c.steady = d->now.us ? d->now : c.when;
			c.place = 0;
			if (c.fact == FACT_LEDGER && c.witness == WITNESS_LEDGER)
				judge_see(judge, &c);
		}
		ring_done(d->verify);
	}
}

static int
refuse(const char *why)
{
	fprintf(stderr, "paravent: judge: %s\n", why);
	return EXIT_PART;
}

int
deem_run(struct board *b, uint32_t which)
{
	static struct deem  d;
	struct judge_config config = { .memory = b->judge_memory, .messages = b->message_memory, .seed = b->seed, .policy = &b->policy };
	struct judge_out    out = { .context = &d, .finding = on_finding, .incident = on_incident };
	int                 keep[BOARD_SENSORS + 6];
	bool                open[BOARD_SENSORS], any_open;
	unsigned            missing;

	(void)which;
	d.board = b;
	for (uint32_t i = 0; i < b->sensors; i++) {
		keep[i] = b->sensor[i].ring_fd;
		open[i] = true;
		if (ring_open(b->sensor[i].ring_fd, &d.ring[i]))
			return refuse("no memory for the rings");
		ring_resume(d.ring[i], false); /* of a judge that died in this place */
	}
	keep[b->sensors] = b->jsonl_fd;
	keep[b->sensors + 1] = b->record_ring_fd;
	keep[b->sensors + 2] = b->text_fd;
	keep[b->sensors + 3] = b->state[0] ? b->tell_fd[INSCRIBE_JUDGE] : -1;
	keep[b->sensors + 4] = b->verify_ring_fd;
	keep[b->sensors + 5] = b->spool_ring_fd;
	role_close_but(keep, b->sensors + 6);
	if (b->spool_ring_fd >= 0 && !b->align && ring_open(b->spool_ring_fd, &d.spool))
		return refuse("no memory for the rings");
	if (b->state[0] && !b->align && b->verify_ring_fd >= 0 && ring_open(b->verify_ring_fd, &d.verify))
		return refuse("no memory for the rings");
	if (b->store[0] && ring_open(b->record_ring_fd, &d.record))
		return refuse("no memory for the rings");
	if (d.record)
		ring_resume(d.record, true);
	if (d.spool)
		ring_resume(d.spool, true);
	if (d.verify)
		ring_resume(d.verify, false);
	if (board_lines_new(b, b->jsonl_fd, &d.json) || board_lines_new(b, b->text_fd, &d.text))
		return refuse("no memory for its lines");
	struct judge *judge = judge_new(&config, &out);
	if (b->align && !(d.align = align_new(b->seed)))
		return refuse("no memory for its tables");
	if (!judge)
		return refuse("no memory for its tables");
	if (hash_init() || jail_enter(JAIL_PURE, NULL, &missing))
		return refuse("privileges could not be given up, so nothing was judged");
	do {
		int i = earliest(&d, open, &any_open, true);
		if (i >= 0) {
			take(&d, judge, (uint32_t)i);
		} else if (any_open) {
			await(&d, judge, open);
		}
		take_verify(&d, judge);
		b->judged = *judge_counts(judge);
	} while (any_open);
	take_verify(&d, judge);
	judge_end(judge);
	b->judged = *judge_counts(judge);
	if (d.align)
		b->aligned = align_end(d.align);
	if (b->routes)
		tally_print(b, judge_pairing(judge), &d.text);
	board_flush(&d.json);
	board_flush(&d.text);
	if (d.record)
		ring_close(d.record);
	if (d.spool)
		ring_close(d.spool);
	return 0;
}
