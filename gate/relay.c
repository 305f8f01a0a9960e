/* relay: see relay.h. */
#include "gate/relay_inside.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

#include "os/socket.h"

enum {
	TURNS = 8,           /* reads of one event, so that one conversation does not keep all others waiting */
	AGAIN_US = 20 * 1000, /* what waits for memory asks again */
};

static void on_event(int fd, short what, void *context);

/* --- ends ----------------------------------------------------------------------------- */

static enum endpoint_turn
end_read(struct relay_end *e, void *at, size_t cap, size_t *n)
{
	if (e->secure)
		return endpoint_read(&e->tls, at, cap, n);
	ssize_t got = read(e->fd, at, cap);
	if (got > 0) {
		*n = (size_t)got;
		return ENDPOINT_DONE;
	}
	return got == 0 ? ENDPOINT_CLOSED : errno == EAGAIN || errno == EINTR ? ENDPOINT_READ : ENDPOINT_FAILED;
}

static enum endpoint_turn
end_write(struct relay_end *e, struct bytes of, size_t *n)
{
	if (e->secure)
		return endpoint_write(&e->tls, of, n);
	ssize_t put = send(e->fd, of.at, of.len, MSG_NOSIGNAL);
	if (put >= 0) {
		*n = (size_t)put;
		return ENDPOINT_DONE;
	}
	return errno == EAGAIN || errno == EINTR ? ENDPOINT_WRITE : ENDPOINT_FAILED;
}

static void
end_open(struct relay *r, unsigned side, int fd)
{
	struct relay_end *e = &r->end[side];
	int               one = 1;

	memset(e, 0, offsetof(struct relay_end, in));
	e->fd = fd;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	event_assign(&e->reads, r->worker->base, fd, EV_READ | EV_PERSIST, on_event, r);
	event_add(&e->reads, NULL);
}

/* Told when it can be written again.  Most never need it. */
void
relay_await_room(struct relay *r, struct relay_end *e)
{
	if (!e->writes)
		e->writes = event_new(r->worker->base, e->fd, EV_WRITE, on_event, r);
	if (!e->writes || event_add(e->writes, NULL))
		r->deadline = 1; /* no memory: it ends with the next sweep */
}

void
relay_hold_end(struct relay_end *e, bool held)
{
	if (e->held == held || e->fd < 0)
		return;
	e->held = held;
	if (held)
		event_del(&e->reads);
	else
		event_add(&e->reads, NULL);
}

/* Says goodbye where the other side still listens, and forgets the connection.  What it had sent is let go too. */
static void
end_close(struct relay *r, unsigned side)
{
	struct relay_end *e = &r->end[side];

	if (e->fd < 0)
		return;
	if (e->secure && !e->ended && !e->tls.errand)
		endpoint_end(&e->tls);
	event_del(&e->reads);
	if (e->writes)
		event_free(e->writes);
	e->writes = NULL;
	if (e->secure && !e->tls.errand) {
		endpoint_close(&e->tls);
		e->secure = false;
	}
	close(e->fd);
	e->fd = -1;
	block_give(&r->worker->blocks, &e->in);
}

const char *
relay_revocation(const struct relay *r)
{
	const struct policy_trust *t = r->lane->trust;
	bool                       silent;

	if (!r->peer || !t || (!t->lists && !t->ocsp[0]))
		return "";
	return peer_fault(r->peer, r->worker->config.trust, worker_wall(), &silent) == ENDPOINT_REVOKED ? "revoked" : silent ? "unknown" : "good";
}

void
relay_note(const struct relay *r, const char *event)
{
	const struct worker_out *out = &r->worker->config.out;
	const struct relay_end  *c = &r->end[RELAY_CLIENT];
	bool                     secure = c->secure && r->state > RELAY_SHAKE;
	char                     why[128];

	snprintf(why, sizeof why, "%s%s", r->why ? r->why : "", r->why && r->fault ? r->fault : "");
	if (out->log)
		out->log(out->context, &(struct worker_note){
			.event = event, .why = why, .route = r->lane->of->name, .device = r->peer ? r->peer->device : "", .subject = r->peer ? r->peer->subject : "",
			.title = r->title, .backend = r->backend ? r->backend->of->name : "", .version = secure ? endpoint_version(&c->tls) : "",
			.cipher = secure ? endpoint_cipher(&c->tls) : "", .ja4 = r->ja4, .revocation = relay_revocation(r), .client = r->client, .port = r->port, .when = worker_wall(), .number = r->number,
			.messages = r->messages, .up = r->bytes[RELAY_CLIENT], .down = r->bytes[RELAY_BACKEND], .lasted = worker_now(r->worker) - r->began,
			.resumed = secure && endpoint_resumed(&c->tls), .marked = r->marked });
}

/* --- the end -------------------------------------------------------------------------- */

static void
leave_backend(struct relay *r)
{
	end_close(r, RELAY_BACKEND);
	if (r->backend)
		r->backend->open--;
	r->backend = NULL;
}

void
relay_end(struct relay *r, const char *why)
{
	struct worker *w = r->worker;

	if (r->state == RELAY_LINGER || r->state == RELAY_FREE)
		return;
	if (why)
		relay_because(r, why, NULL);
	if (r->state == RELAY_SHAKE || r->state == RELAY_PEEK)
		worker_shaken(w, r->client);
	else if (why && r->lane->protocol->goodbye)
		r->lane->protocol->goodbye(r);
	relay_note(r, "end");
	end_close(r, RELAY_CLIENT);
	leave_backend(r);
	if (r->peer)
		r->peer->users--;
	r->peer = NULL;
	atomic_fetch_sub_explicit(&r->lane->count->open, 1, memory_order_relaxed);
	/* A job that waits for its signature lives in its own stack: it must come to its end first. */
	r->state = r->end[0].tls.errand || r->end[1].tls.errand ? RELAY_LINGER : RELAY_FREE;
	if (r->state == RELAY_FREE)
		worker_relay_free(w, r);
}

bool
relay_say(struct relay *r, unsigned side, struct bytes what)
{
	size_t n = 0;

	if (r->end[side].fd >= 0 && end_write(&r->end[side], what, &n) == ENDPOINT_DONE)
		r->end[side].sent = true;
	return n == what.len;
}

void
relay_hold(struct relay *r)
{
	relay_hold_end(&r->end[RELAY_CLIENT], true);
}

/* --- bytes that go on ------------------------------------------------------------------- */

/* The other side has heard all of it: it hears that nothing more comes. */
static void
shut(struct relay *r, unsigned side)
{
	struct relay_end *o = &r->end[side];

	if (o->fd < 0 || o->shut)
		return;
	o->shut = true;
	if (o->secure)
		endpoint_end(&o->tls);
	else
		shutdown(o->fd, SHUT_WR);
	if (r->end[!side].ended && o->ended)
		relay_end(r, NULL);
}

/* A backend's connection broke: before a byte went there, any other will do. */
bool
relay_backend_lost(struct relay *r)
{
	struct backend *b = r->backend;
	bool            fresh = !r->end[RELAY_BACKEND].sent;

	if (!b)
		return false;
	if (fresh || !r->lane->protocol->at_boundary(r))
		lane_failed(r->lane, b, worker_now(r->worker));
	if (fresh ? ++r->dials < RELAY_DIALS : r->lane->protocol->lost(r)) {
		leave_backend(r);
		if (fresh || r->end[RELAY_CLIENT].in.head < r->end[RELAY_CLIENT].in.mark)
			return relay_dial(r, b);
		return true; /* the next message dials */
	}
	relay_end(r, fresh ? "no backend could be reached" : r->lane->protocol->at_boundary(r) ? NULL : "the backend went away");
	return false;
}

/* Sends what may go on.  false: the conversation is over. */
static bool
pass(struct relay *r, unsigned side)
{
	struct block     *b = &r->end[side].in;
	struct relay_end *o = &r->end[!side];
	size_t            n;

	while (b->head < b->mark && o->fd >= 0) {
		switch (end_write(o, block_ready(b), &n)) {
		case ENDPOINT_DONE:
			b->head += (uint32_t)n;
			b->from = side == RELAY_CLIENT && r->lane->of->repeat ? b->from : b->head;
			o->sent = true;
			break;
		case ENDPOINT_READ:
			return true; /* its next bytes let it go on */
		case ENDPOINT_WRITE:
			relay_await_room(r, o);
			return true;
		default:
			if (side == RELAY_CLIENT)
				return relay_backend_lost(r);
			relay_end(r, NULL);
			return false;
		}
	}
	if (b->at && b->from == b->tail)
		block_give(&r->worker->blocks, b);
	if (r->end[side].ended && b->head == b->tail && r->lane->protocol == &RELAY_TCP)
		shut(r, !side);
	else if (side == RELAY_BACKEND && r->end[RELAY_CLIENT].ended && r->lane->protocol->over(r))
		relay_end(r, NULL);
	return r->state == RELAY_OPEN;
}

/* Room for more bytes of this side?  LATER: what may go has not gone, which is enough for now; NONE: all conversations together have what there is. */
enum room { ROOM_HERE, ROOM_LATER, ROOM_NEVER, ROOM_NONE };

static enum room
room(struct relay *r, unsigned side)
{
	struct block *b = &r->end[side].in;
	uint32_t      least = r->lane->protocol->block, most = r->lane->of->largest ? r->lane->of->largest << 10 : WORKER_LARGEST;

	if (b->at && b->tail < b->cap)
		return ROOM_HERE;
	if (b->at && b->from > b->cap / 2)
		return block_take(&r->worker->blocks, b, b->cap) ? ROOM_HERE : ROOM_NONE; /* to the front */
	if (b->at && b->mark > b->head)
		return ROOM_LATER;
	if (b->cap >= most + BLOCK_SMALL)
		return b->from ? ROOM_LATER : ROOM_NEVER;
	return block_take(&r->worker->blocks, b, b->at ? b->cap * 2 : least) ? ROOM_HERE : ROOM_NONE;
}

static void
ended(struct relay *r, unsigned side)
{
	r->end[side].ended = true;
	relay_hold_end(&r->end[side], true); /* it would be told for ever */
	if (!pass(r, side))
		return;
	if (side == RELAY_CLIENT && r->lane->protocol->over(r))
		relay_end(r, NULL);
	else if (side == RELAY_BACKEND && (!r->end[side].sent || r->lane->protocol != &RELAY_TCP))
		relay_backend_lost(r);
}

/* Reads what is here already, a record after the other, as long as another has room: they go on in one write.  The last read's turn. */
static enum endpoint_turn
fill(struct relay_end *e)
{
	struct block      *b = &e->in;
	enum endpoint_turn t;
	size_t             n = 0;

	do {
		t = end_read(e, b->at + b->tail, b->cap - b->tail, &n);
		if (t == ENDPOINT_DONE)
			b->tail += (uint32_t)n;
	} while (t == ENDPOINT_DONE && e->secure && b->cap - b->tail >= ENDPOINT_RECORD && endpoint_pending(&e->tls));
	return t;
}

static void
pump(struct relay *r, unsigned side)
{
	struct relay_end *e = &r->end[side];
	struct block     *b = &e->in;

	for (int turns = 0; r->state == RELAY_OPEN && !e->held && e->fd >= 0; turns++) {
		switch (room(r, side)) {
		case ROOM_HERE:
			break;
		case ROOM_NEVER:
			relay_end(r, "a message is larger than this route lets through");
			return;
		case ROOM_NONE:
			worker_later(r->worker, r, worker_now(r->worker) + AGAIN_US);
			relay_hold_end(e, true);
			return;
		case ROOM_LATER:
			relay_hold_end(e, true);
			return;
		}
		uint32_t           from = b->tail, cap = b->cap - b->tail;
		enum endpoint_turn t = fill(e);
		uint32_t           n = b->tail - from;
		e->ended |= t == ENDPOINT_CLOSED || t == ENDPOINT_FAILED; /* said once: who is not done with what came before must know it then */
		if (n) {
			r->bytes[side] += n;
			e->sent = true;
			if (!r->lane->protocol->inspect(r, side) || !pass(r, side))
				return;
		}
		if (t == ENDPOINT_READ || t == ENDPOINT_WRITE)
			break;
		if (t != ENDPOINT_DONE) {
			ended(r, side);
			return;
		}
		/* Fewer than there was room for: nothing is left, and asking again would only say so. */
		if (e->fd < 0 || (e->secure ? !endpoint_pending(&e->tls) : n < cap))
			break;
		if (turns == TURNS) {
			event_active(&e->reads, EV_READ, 0);
			break;
		}
	}
	if (b->at && b->from == b->tail)
		block_give(&r->worker->blocks, b);
}

/* --- the backend ---------------------------------------------------------------------- */

static enum err
connect_to(struct relay *r, struct backend *b)
{
	int fd = socket_of(b->of->address, SOCK_STREAM | SOCK_NONBLOCK);

	if (fd < 0)
		return ERR_LIMIT;
	if (!socket_connect(fd, b->of->address, b->of->port)) {
		close(fd);
		return ERR_IO;
	}
	r->backend = b;
	b->open++;
	end_open(r, RELAY_BACKEND, fd);
	return OK;
}

void
relay_opened(struct relay *r)
{
	r->state = RELAY_OPEN;
	r->deadline = 0;
	r->dial_by = r->end[RELAY_BACKEND].sent ? 0 : worker_now(r->worker) + WORKER_DIAL_S * INSTANT_SECOND;
	relay_hold_end(&r->end[RELAY_CLIENT], false);
	/* What was read already waits for no event. */
	if (r->end[RELAY_CLIENT].in.tail) {
		if (!r->lane->protocol->inspect(r, RELAY_CLIENT) || !pass(r, RELAY_CLIENT))
			return;
	}
	if (r->state == RELAY_OPEN && r->end[RELAY_CLIENT].secure && endpoint_pending(&r->end[RELAY_CLIENT].tls))
		pump(r, RELAY_CLIENT);
}

/* Where trust was withdrawn, or an order says so, the hardened path, if there is one. */
static struct lane_wish
wish_of(const struct relay *r)
{
	return (struct lane_wish){ .hardened = (r->lane->hardened || r->marked) && lane_has_hardened(r->lane),
	                            .name = r->lane->of->mode == POLICY_PASSTHROUGH ? r->title : NULL };
}

/* Plain ones count as open at once: the first write, or the first failure, says whether they are. */
bool
relay_dial(struct relay *r, const struct backend *not)
{
	struct worker *w = r->worker;
	struct lane_wish wish = wish_of(r);

	wish.not = not;
	for (; r->dials < RELAY_DIALS; r->dials++) {
		struct backend *b = lane_next(r->lane, &wish, worker_now(w), worker_random(w));
		if (!b && wish.not) {
			wish.not = NULL; /* better the same again than none */
			continue;
		}
		if (!b)
			break;
		if (connect_to(r, b)) {
			lane_failed(r->lane, b, worker_now(w));
			wish.not = b;
			continue;
		}
		if (!b->tls) {
			relay_opened(r);
			return r->state == RELAY_OPEN;
		}
		if (endpoint_open(&r->end[RELAY_BACKEND].tls, b->tls, r->end[RELAY_BACKEND].fd, r)) {
			relay_end(r, "no memory for TLS to the backend");
			return false;
		}
		r->end[RELAY_BACKEND].secure = true;
		r->state = RELAY_DIAL;
		r->deadline = worker_now(w) + WORKER_DIAL_S * INSTANT_SECOND;
		relay_await_room(r, &r->end[RELAY_BACKEND]);
		return true;
	}
	relay_count(r, PANEL_NO_BACKEND);
	relay_end(r, "no backend could be reached");
	return false;
}

bool
relay_backend_fits(struct relay *r)
{
	struct lane_wish wish = wish_of(r);

	if (r->backend && lane_fits(r->lane, &wish, r->backend, INT64_MAX))
		return true;
	if (r->backend && !r->lane->protocol->at_boundary(r))
		return false; /* when the open ones are acknowledged */
	leave_backend(r);
	r->dials = 0;
	relay_hold_end(&r->end[RELAY_CLIENT], true);
	relay_dial(r, NULL);
	return false; /* opened went on with what is there */
}

/* --- what happens ----------------------------------------------------------------------- */

/* Enough of the ClientHello to see for whom it is. */
static void
peek(struct relay *r)
{
	struct relay_end *e = &r->end[RELAY_CLIENT];
	size_t            n = 0;

	if (!e->in.at && !block_take(&r->worker->blocks, &e->in, BLOCK_SMALL)) {
		relay_end(r, "no memory");
		return;
	}
	enum endpoint_turn t = end_read(e, e->in.at + e->in.tail, e->in.cap - e->in.tail, &n);
	if (t == ENDPOINT_READ)
		return;
	if (t != ENDPOINT_DONE) {
		relay_end(r, NULL);
		return;
	}
	e->in.tail += (uint32_t)n;
	r->bytes[RELAY_CLIENT] += n;
	enum err err = relay_peek(r);
	if (err == ERR_SHORT && e->in.tail < e->in.cap)
		return;
	worker_shaken(r->worker, r->client);
	r->state = RELAY_ASK;
	if (err) {
		relay_count(r, PANEL_REFUSED);
		relay_end(r, "it is not for a name of this route");
		return;
	}
	relay_admitted(r);
}

static void
on_event(int fd, short what, void *context)
{
	struct relay *r = context;
	unsigned      side = fd == r->end[RELAY_BACKEND].fd ? RELAY_BACKEND : RELAY_CLIENT;

	switch (r->state) {
	case RELAY_PEEK:
		peek(r);
		return;
	case RELAY_SHAKE:
		if (r->end[RELAY_CLIENT].tls.errand)
			relay_hold_end(&r->end[RELAY_CLIENT], true);
		else
			relay_shake_client(r);
		return;
	case RELAY_DIAL:
		if (side == RELAY_CLIENT)
			relay_hold_end(&r->end[side], true); /* until there is somebody to hear it */
		else if (r->end[side].tls.errand)
			relay_hold_end(&r->end[side], true);
		else
			relay_shake_backend(r);
		return;
	case RELAY_OPEN:
		if (what & EV_WRITE) {
			unsigned from = !side;
			if (!pass(r, from))
				return;
			if (!r->shaped && r->end[from].in.head == r->end[from].in.mark)
				relay_hold_end(&r->end[from], r->end[from].ended);
			if (r->state == RELAY_OPEN && r->end[from].secure && !r->end[from].held && endpoint_pending(&r->end[from].tls))
				pump(r, from);
		}
		if (what & EV_READ && r->state == RELAY_OPEN)
			pump(r, side);
		return;
	default:
		return;
	}
}

void
relay_go_on(struct relay *r)
{
	if (r->state == RELAY_ASK && r->asking)
		relay_decide(r);
	if (r->state != RELAY_OPEN)
		return;
	r->shaped = false;
	relay_hold_end(&r->end[RELAY_CLIENT], r->end[RELAY_CLIENT].ended);
	if (r->end[RELAY_BACKEND].in.head == r->end[RELAY_BACKEND].in.mark)
		relay_hold_end(&r->end[RELAY_BACKEND], r->end[RELAY_BACKEND].ended);
	if (r->end[RELAY_CLIENT].in.at && (!r->lane->protocol->inspect(r, RELAY_CLIENT) || !pass(r, RELAY_CLIENT)))
		return;
	if (r->state == RELAY_OPEN && r->end[RELAY_CLIENT].secure && !r->end[RELAY_CLIENT].held && endpoint_pending(&r->end[RELAY_CLIENT].tls))
		pump(r, RELAY_CLIENT);
}

/* It may be connected and have had nothing to say. */
static bool
is_reached(const struct relay_end *e)
{
	struct socket_name n = { .len = sizeof n.room };

	return e->sent || e->fd < 0 || getpeername(e->fd, &n.any, &n.len) == 0;
}

void
relay_sweep(struct relay *r)
{
	int64_t now = worker_now(r->worker);

	if (r->deadline && now >= r->deadline) {
		relay_end(r, r->state == RELAY_DIAL ? "the backend did not answer in time" : r->state == RELAY_OPEN ? "a message did not come to its end in time" : "the handshake took too long");
		return;
	}
	if (r->state != RELAY_OPEN)
		return;
	if (r->dial_by && now >= r->dial_by) {
		r->dial_by = 0;
		if (!is_reached(&r->end[RELAY_BACKEND]) && !relay_backend_lost(r))
			return;
	}
	if (r->state == RELAY_OPEN && r->lane->protocol->late && r->lane->protocol->late(r))
		relay_end(r, "what was due did not come in time");
}

void
relay_distrust_backend(struct relay *r)
{
	if (r->lane->protocol->at_boundary(r) && r->lane->protocol->lost(r))
		leave_backend(r);
	else if (!lane_is_vital(r->lane))
		relay_end(r, "the backend's certificate was revoked");
	else
		r->marked = true; /* its next message finds the hardened path */
}

void
relay_leave(struct relay *r)
{
	r->leaving = true;
	if (r->state == RELAY_OPEN && r->lane->protocol->at_boundary(r))
		relay_end(r, "it was asked to end");
}

bool
relay_may(struct relay *r, unsigned class)
{
	/* Alarms do not wait for anybody's rate. */
	if (class == MESSAGE_ALARM || bucket_take(&r->bucket, worker_now(r->worker)))
		return true;
	if (!r->shaped)
		relay_count(r, PANEL_SHAPED);
	r->shaped = true;
	relay_hold_end(&r->end[RELAY_CLIENT], true);
	worker_later(r->worker, r, worker_now(r->worker) + bucket_wait(&r->bucket));
	return false;
}

void
relay_open(struct worker *w, struct lane *lane, int fd, struct addr client, uint16_t port)
{
	struct relay *r = worker_relay(w);
	bool          peeks = lane->of->mode == POLICY_PASSTHROUGH;

	if (!r || ((lane->tls || peeks) && !worker_shaking(w, r, client))) {
		panel_add(lane->count, PANEL_REFUSED, 1);
		if (r)
			worker_relay_free(w, r);
		close(fd);
		return;
	}
	r->worker = w;
	r->lane = lane;
	r->client = client;
	r->port = port;
	r->began = worker_now(w);
	r->end[RELAY_BACKEND].fd = -1;
	panel_add(lane->count, PANEL_ACCEPTED, 1);
	atomic_fetch_add_explicit(&lane->count->open, 1, memory_order_relaxed);
	end_open(r, RELAY_CLIENT, fd);
	if (peeks || lane->tls) {
		r->state = peeks ? RELAY_PEEK : RELAY_SHAKE;
		r->deadline = r->began + WORKER_SHAKE_S * INSTANT_SECOND;
		if (peeks)
			return;
		if (endpoint_open(&r->end[RELAY_CLIENT].tls, lane->tls, fd, r)) {
			relay_end(r, "no memory for TLS");
			return;
		}
		r->end[RELAY_CLIENT].secure = true;
		relay_shake_client(r); /* its hello was here before it was accepted */
		return;
	}
	r->state = RELAY_ASK;
	const char *why = lane_admit(lane, client, NULL, &r->as);
	if (why && !lane_is_vital(lane)) {
		relay_count(r, PANEL_REFUSED);
		relay_end(r, why);
		return;
	}
	r->marked = why != NULL;
	relay_admitted(r);
}
