/*
 * relay_mllp: HL7 v2 over MLLP, message by message.
 *
 * Whole messages go on, byte for byte, or not at all; nothing is acknowledged
 * here that its receiver did not.  A refused one is answered AR (application
 * reject): that is no acceptance, and the sender need not wait for its
 * timeout.  What stands between messages is left out and counted, since
 * receivers part there (content/framing.h):
 *
 *	two in a read, split anywhere                  each goes on
 *	LF as separator, no CR before the end, latin1  goes on untouched
 *	0x1c or 0x0b alone inside                      goes on untouched, counted
 *	text before 0x0b, LF after the end             left out, counted; the message goes on
 *	0x1c 0x0d inside, text behind it               vital routes: the part goes on, counted; others: closed
 *	0x1c without 0x0d, no 0x0b, no end             nothing goes on; closed after 30 s
 *	an empty frame                                 left out, counted
 */
#include "crypt/siphash.h"
#include "gate/relay.h"
#include "gate/worker.h"
#include "wire/hl7.h"
#include "wire/mllp.h"

#include <stdio.h>

enum {
	AROUND = 3, /* 0x0b, 0x1c 0x0d */
	AGAIN_US = 20 * 1000,
};

static void
count(struct relay *r, enum panel_counter which)
{
	panel_add(r->lane->count, which, 1);
}

static uint64_t
digest(const struct relay *r, struct bytes id)
{
	return message_digest(&r->worker->config.key, MESSAGE_HL7, id);
}

/* An answer of ours in the name of the gateway; never an acceptance.  false: it could not be given. */
static bool
refuse(struct relay *r, const struct hl7 *h, const char *why)
{
	uint8_t      room[512], frame[512 + AROUND];
	struct buf   text = buf_over(room, sizeof room), out = buf_over(frame, sizeof frame);
	struct hl7   answer = { .field = '|', .encoding = bytes_text("^~\\&"), .from_application = h->to_application, .from_facility = h->to_facility,
	                        .to_application = h->from_application, .to_facility = h->from_facility, .type = bytes_text("ACK"), .trigger = h->trigger,
	                        .control_id = h->control_id, .processing = h->processing, .version = h->version, .ack_code = bytes_text("AR"), .ack_id = h->control_id };
	struct bytes message;

	hl7_print(&answer, &text);
	message = buf_bytes(&text);
	mllp_print(&message, &out);
	bool said = buf_ok(&text) && buf_ok(&out) && relay_say(r, RELAY_CLIENT, buf_bytes(&out));
	relay_because(r, why, NULL);
	relay_note(r, "denied");
	relay_because(r, NULL, NULL);
	return said;
}

/* Takes bytes out of the block, at mark + at. */
static void
leave_out(struct block *b, uint32_t at, uint32_t n)
{
	memmove(b->at + b->mark + at, b->at + b->mark + at + n, b->tail - b->mark - at - n);
	b->tail -= n;
}

static char *
joined(char *out, size_t cap, struct bytes a, char between, struct bytes b)
{
	size_t n = a.len < cap / 2 - 1 ? a.len : cap / 2 - 1, m = b.len < cap / 2 - 1 ? b.len : cap / 2 - 1;

	memcpy(out, a.at, n);
	if (m || between == '|')
		out[n++] = between;
	memcpy(out + n, b.at, m);
	out[n + m] = 0;
	return out;
}

static bool
accepts(const struct hl7 *h)
{
	return h->ack_code.len == 2 && h->ack_code.at[1] == 'A'; /* AA, CA */
}

/* What a message is told to be, for the witness: as sensor/care_hl7 tells one that it reads on a wire. */
static void
tell(struct relay *r, const struct hl7 *h, struct bytes message, bool answer)
{
	struct worker      *w = r->worker;
	struct message_head d = {
		.protocol = MESSAGE_HL7, .place = (uint16_t)w->config.place, .port = r->lane->of->port, .from_server = answer,
		.marks = MESSAGE_GATE | (answer ? MESSAGE_ANSWER : 0), .flow = r->number, .order = (uint32_t)r->messages + 1,
		.sender = r->client, .receiver = r->lane->of->listen, .when = worker_wall(), .size = (uint32_t)message.len, .class = answer ? MESSAGE_OTHER : r->mllp.class,
	};
	struct siphash      s;

	if (!w->config.out.message)
		return;
	d.steady = d.when;
	siphash_begin_wide_quick(&s, &w->config.key); /* as content/meaning digests bytes */
	siphash_put(&s, message);
	d.bytes = siphash_end_wide(&s);
	d.id = digest(r, h->control_id);
	d.origin = answer ? 0 : r->mllp.origin;
	bytes_clean(h->control_id, d.key, sizeof d.key);
	if (answer) {
		d.answers = digest(r, h->ack_id);
		bytes_clean(h->ack_code, d.type, sizeof d.type);
		d.marks |= accepts(h) ? MESSAGE_ACCEPTS : 0;
	} else {
		joined(d.type, sizeof d.type, h->type, '^', h->trigger);
		d.marks |= h->control_id.len && h->time.len ? MESSAGE_UNIQUE : 0;
	}
	if (!w->config.out.message(w->config.out.context, &d))
		count(r, PANEL_UNTOLD);
}

enum ready { READY_GOES, READY_WAITS, READY_GONE, READY_END };

/* May messages of this type come from who says to have sent it?  READY_GOES: they may. */
static enum ready
check(struct relay *r, const struct hl7 *h)
{
	struct siphash s;
	char           kind[32], title[RELAY_TITLE];

	siphash_begin(&s, &r->worker->config.key);
	siphash_put(&s, h->type);
	siphash_put_word(&s, h->trigger.len);
	siphash_put(&s, h->trigger);
	siphash_put_word(&s, h->from_application.len);
	siphash_put(&s, h->from_application);
	siphash_put(&s, h->from_facility);
	uint64_t known = siphash_end(&s);
	if (known == r->mllp.known)
		return READY_GOES;
	joined(title, sizeof title, h->from_application, '|', h->from_facility);
	bool lets = lane_lets(r->lane, bytes_text(joined(kind, sizeof kind, h->type, '^', h->trigger))) || lane_lets(r->lane, h->type);
	bool fits = lane_title_fits(r->lane, r->as, title);
	memcpy(r->title, title, sizeof title);
	if (!lets || (!fits && !lane_is_vital(r->lane))) {
		const struct block *answers = &r->end[RELAY_BACKEND].in;
		if (r->mllp.waits)
			return READY_WAITS; /* answers come in order, */
		if (answers->head < answers->mark) {
			worker_later(r->worker, r, worker_now(r->worker) + AGAIN_US);
			return READY_WAITS; /* and whole */
		}
		count(r, PANEL_DENIED);
		if (!fits)
			relay_claim_title(r);
		return refuse(r, h, lets ? "its sender is not who may send here" : "messages of this type do not go through here") ? READY_GONE : READY_END;
	}
	if (!fits)
		relay_claim_title(r);
	if (!fits && !r->marked) {
		r->marked = true;
		count(r, PANEL_MARKED);
		relay_note(r, "marked");
	}
	r->mllp.known = known;
	r->mllp.origin = message_hl7_origin(&r->worker->config.key, h->from_application, h->from_facility);
	r->mllp.class = (uint8_t)message_hl7_class(h->type, h->trigger);
	return READY_GOES;
}

/* A whole message: [mark + begin, mark + begin + len) of the block. */
static enum ready
let(struct relay *r, uint32_t len)
{
	struct relay_mllp *m = &r->mllp;
	struct block      *b = &r->end[RELAY_CLIENT].in;
	struct bytes       message = bytes_of(b->at + b->mark + m->begin[0], len);
	struct hl7         h;

	/* The header is enough. */
	if (hl7_parse(bytes_head(message, bytes_find(message, '\r')), &h) && hl7_parse(message, &h)) {
		count(r, PANEL_DENIED);
		return READY_END;
	}
	enum ready go = check(r, &h);
	if (go != READY_GOES)
		return go;
	/* Its turn in the rate is taken last, when nothing else can make it wait. */
	if (r->leaving || m->waits == (r->lane->of->repeat ? 1 : RELAY_WAITING) || !relay_backend_fits(r) || !relay_may(r, m->class))
		return READY_WAITS;
	m->waiting[m->waits].id = digest(r, h.control_id);
	m->waiting[m->waits++].sent = worker_now(r->worker);
	tell(r, &h, message, false);
	r->messages++;
	count(r, PANEL_MESSAGES);
	panel_add(r->lane->count, PANEL_UP, len);
	return READY_GOES;
}

/* The message at the mark goes on, or is left out. */
static enum ready
let_ready(struct relay *r)
{
	struct relay_mllp *m = &r->mllp;
	struct block      *b = &r->end[RELAY_CLIENT].in;
	uint32_t           len = m->scanned[0] - m->begin[0] - 2, whole = len + AROUND;
	const struct backend *before = r->backend;

	/* What stands before it goes nowhere. */
	if (m->begin[0] > 1) {
		uint32_t junk = m->begin[0] - 1;
		leave_out(b, 0, junk);
		m->begin[0] -= junk;
		m->scanned[0] -= junk;
	}
	enum ready go = len ? let(r, len) : READY_GONE;
	if (r->state != RELAY_OPEN || r->backend != before || !m->ready)
		return READY_WAITS; /* another backend was dialled, and where it answered at once this went on there */
	if (go == READY_GOES)
		b->mark += whole;
	else if (go == READY_GONE)
		leave_out(b, 0, whole);
	else
		return go;
	m->ready = false;
	m->scanned[0] = m->begin[0] = 0;
	return go;
}

/* Text goes on right behind the end: that was none, or somebody wants it to look like one. */
static bool
cut_short(struct relay *r)
{
	if (lane_is_vital(r->lane))
		return true;
	count(r, PANEL_DENIED);
	relay_end(r, "0x1c 0x0d stands inside a message: receivers would take a part of it for the whole");
	return false;
}

static bool
inspect_client(struct relay *r)
{
	struct relay_mllp   *m = &r->mllp;
	struct relay_end    *c = &r->end[RELAY_CLIENT];
	struct block        *b = &c->in;
	struct framing_event e;

	for (;;) {
		if (m->ready) {
			enum ready go = let_ready(r);
			if (go == READY_END) {
				relay_end(r, "a frame holds no HL7 message, or could not be answered");
				return false;
			}
			if (go == READY_WAITS) {
				r->deadline = 0; /* it is whole: nobody is slow but us */
				if (m->ready) /* else another backend was dialled, and it went on from there */
					relay_hold(r);
				return r->state == RELAY_OPEN || r->state == RELAY_DIAL;
			}
		}
		struct bytes in = bytes_of(b->at + b->mark + m->scanned[0], b->tail - b->mark - m->scanned[0]);
		if (!framing_next(&m->framing[0], &in, &e)) {
			m->scanned[0] = b->tail - b->mark;
			break;
		}
		m->scanned[0] = b->tail - b->mark - (uint32_t)in.len;
		if (e.kind == FRAMING_BEGIN) {
			m->begin[0] = m->scanned[0];
		} else if (e.kind == FRAMING_END) {
			m->ready = true;
			if (in.len && in.at[0] != 0x0b && in.at[0] != '\r' && in.at[0] != '\n' && !cut_short(r))
				return false;
		} else if (e.kind == FRAMING_DOUBT) {
			count(r, PANEL_ODD);
		}
	}
	if (!m->framing[0].inside && m->scanned[0]) { /* nothing of a message is here */
		leave_out(b, 0, m->scanned[0]);
		m->scanned[0] = 0;
	}
	r->deadline = b->tail > b->mark ? r->deadline ? r->deadline : worker_now(r->worker) + WORKER_FRAME_S * INSTANT_SECOND : 0;
	return true;
}

/* Whose acknowledgement is it? */
static void
match(struct relay *r, const struct hl7 *h)
{
	struct relay_mllp *m = &r->mllp;
	uint64_t           id = digest(r, h->ack_id);
	bool               yes = accepts(h);
	uint32_t           i = 0;

	while (i < m->waits && m->waiting[i].id != id)
		i++;
	if (i == m->waits && !h->ack_id.len && m->waits)
		i = 0; /* it names none: the oldest one is meant */
	if (i == m->waits) {
		if (!id || m->committed != id)
			count(r, PANEL_STRAY);
		return;
	}
	count(r, PANEL_ANSWERS);
	r->dials = 0;
	if (yes) {
		lane_fine(r->backend);
	} else {
		count(r, PANEL_NEGATIVE);
		lane_failed(r->lane, r->backend, worker_now(r->worker));
	}
	m->committed = h->ack_code.len && h->ack_code.at[0] == 'C' ? id : 0;
	memmove(&m->waiting[i], &m->waiting[i + 1], (m->waits - i - 1) * sizeof *m->waiting);
	m->waits--;
	struct block *b = &r->end[RELAY_CLIENT].in;
	if (!m->waits) /* nothing need be sent again */
		b->from = b->head;
}

static bool
inspect_backend(struct relay *r)
{
	struct relay_mllp   *m = &r->mllp;
	struct block        *b = &r->end[RELAY_BACKEND].in;
	struct framing_event e;
	struct hl7           h;
	bool                 answered = false;

	for (;;) {
		struct bytes in = bytes_of(b->at + b->mark + m->scanned[1], b->tail - b->mark - m->scanned[1]);
		if (!framing_next(&m->framing[1], &in, &e)) {
			m->scanned[1] = b->tail - b->mark;
			break;
		}
		m->scanned[1] = b->tail - b->mark - (uint32_t)in.len;
		if (e.kind == FRAMING_BEGIN) {
			if (m->scanned[1] > 1)
				leave_out(b, 0, m->scanned[1] - 1);
			m->scanned[1] = m->begin[1] = 1;
		} else if (e.kind == FRAMING_DOUBT) {
			count(r, PANEL_ODD);
		} else if (e.kind == FRAMING_END) {
			struct bytes message = bytes_of(b->at + b->mark + m->begin[1], m->scanned[1] - m->begin[1] - 2);
			if (!hl7_parse(message, &h) && (h.ack_code.len || h.ack_id.len)) {
				match(r, &h);
				tell(r, &h, message, true);
				answered = true;
			}
			panel_add(r->lane->count, PANEL_DOWN, message.len);
			b->mark += m->scanned[1];
			m->scanned[1] = 0;
		}
	}
	if (!m->framing[1].inside && m->scanned[1]) {
		leave_out(b, 0, m->scanned[1]);
		m->scanned[1] = 0;
	}
	if (answered && !m->waits && r->leaving)
		relay_end(r, "it was asked to end");
	else if (answered && m->ready)
		worker_later(r->worker, r, 0); /* the next message waited for this */
	return r->state == RELAY_OPEN;
}

static bool
inspect(struct relay *r, unsigned side)
{
	return side == RELAY_CLIENT ? inspect_client(r) : inspect_backend(r);
}

static bool
at_boundary(const struct relay *r)
{
	const struct block *b = &r->end[RELAY_CLIENT].in, *d = &r->end[RELAY_BACKEND].in;

	return !r->mllp.waits && b->head == b->mark && (b->tail == b->mark || r->mllp.ready) && d->head == d->tail;
}

/* Idle: the next message dials.  Not acknowledged: only a message that may come twice is sent again. */
static bool
lost(struct relay *r)
{
	struct relay_mllp *m = &r->mllp;
	struct block      *b = &r->end[RELAY_CLIENT].in;

	memset(&m->framing[1], 0, sizeof m->framing[1]);
	m->scanned[1] = m->begin[1] = 0;
	if (!m->waits && b->head == b->mark)
		return true;
	if (!r->lane->of->repeat || ++r->dials >= RELAY_DIALS)
		return false;
	b->head = b->from;
	count(r, PANEL_REPEATED);
	return true;
}

/* The client sends nothing more: are all of its messages answered? */
static bool
over(const struct relay *r)
{
	return !r->mllp.waits && !r->mllp.ready;
}

/* An answer that does not come counts against the backend; who still waits for it is let wait. */
static bool
late(struct relay *r)
{
	struct relay_mllp *m = &r->mllp;
	int64_t            now = worker_now(r->worker);

	if (!m->waits || now - m->waiting[0].sent < WORKER_ANSWER_S * INSTANT_SECOND)
		return false;
	m->waiting[0].sent = now;
	if (r->backend)
		lane_failed(r->lane, r->backend, now);
	return r->end[RELAY_CLIENT].ended;
}

const struct relay_protocol RELAY_MLLP = { "mllp", BLOCK_SMALL, inspect, at_boundary, lost, over, late, NULL };
