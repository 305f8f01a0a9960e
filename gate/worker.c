/* worker: see worker.h. */
#include "gate/worker.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "crypt/hash.h"
#include "gate/relay.h"
#include "os/channel.h"
#include "os/socket.h"

enum { ACCEPTS = 16, TICK_MS = 20, SOURCES = 8192, SWEEP_MS = 500, LEND_MS = 500 };

struct source {
	struct addr a;
	uint32_t    shaking;
};

/* --- time and chance ----------------------------------------------------------------------- */

struct panel *
worker_panel(const struct worker *w)
{
	return w->config.panel;
}

int64_t
worker_now(const struct worker *w)
{
	return w->now;
}

struct instant
worker_wall(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (struct instant){ t.tv_sec * INSTANT_SECOND + t.tv_nsec / 1000 };
}

static int64_t
monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INSTANT_SECOND + t.tv_nsec / 1000;
}

/* xorshift64*: for shares, not for secrets. */
uint32_t
worker_random(struct worker *w)
{
	w->chance ^= w->chance >> 12;
	w->chance ^= w->chance << 25;
	w->chance ^= w->chance >> 27;
	return (uint32_t)(w->chance * 0x2545f4914f6cdd1d >> 32);
}

/* --- conversations ------------------------------------------------------------------------- */

struct relay *
worker_relay(struct worker *w)
{
	struct relay *r = w->free;

	if (!r)
		return NULL;
	w->free = r->next;
	memset(r, 0, sizeof *r);
	r->next = w->used;
	if (r->next)
		r->next->before = r;
	w->used = r;
	r->number = (uint64_t)w->config.slot << 56 | ++w->number;
	r->end[RELAY_CLIENT].fd = r->end[RELAY_BACKEND].fd = -1;
	w->open++;
	return r;
}

void
worker_relay_free(struct worker *w, struct relay *r)
{
	if (r->before)
		r->before->next = r->next;
	else
		w->used = r->next;
	if (r->next)
		r->next->before = r->before;
	r->state = RELAY_FREE;
	r->before = NULL;
	r->next = w->free;
	w->free = r;
	w->open--;
}

/* The one begun first that is still unfinished stands in front. */
static struct relay *
oldest_shake(struct worker *w)
{
	for (; w->shakes; w->shakes--, w->shake_first = (w->shake_first + 1) % w->config.conversations) {
		struct worker_shake *o = &w->shake[w->shake_first];
		if (o->relay->number == o->number && (o->relay->state == RELAY_SHAKE || o->relay->state == RELAY_PEEK))
			return o->relay;
	}
	return NULL;
}

bool
worker_shaking(struct worker *w, struct relay *r, struct addr a)
{
	bool           fresh;
	struct source *s = table_put(w->sources, &a, &fresh);

	if (s->shaking >= WORKER_SAME)
		return false;
	struct relay *oldest = oldest_shake(w);
	/* Who is honest is done in a moment: what has hung about longest gives way. */
	if (oldest && (w->shaking >= w->config.conversations / 4 || w->shakes == w->config.conversations)) {
		relay_end(oldest, "too many handshakes were begun and not finished, and this was the oldest");
		(void)oldest_shake(w);
	}
	s = table_put(w->sources, &a, &fresh);
	w->shake[(w->shake_first + w->shakes++) % w->config.conversations] = (struct worker_shake){ r, r->number };
	s->shaking++;
	w->shaking++;
	return true;
}

void
worker_shaken(struct worker *w, struct addr a)
{
	struct source *s = table_find(w->sources, &a);

	w->shaking--;
	if (s && s->shaking)
		s->shaking--;
}

void
worker_later(struct worker *w, struct relay *r, int64_t when)
{
	if (!r->wake && w->laters < w->config.conversations)
		w->later[w->laters++] = r;
	r->wake = when ? when : 1;
	if (!when)
		event_active(w->soon, EV_TIMEOUT, 0);
}

static void
go_on(struct worker *w)
{
	/* Those that come meanwhile stand behind; they are asked with the next turn. */
	for (unsigned i = 0, n = w->laters; n && i < w->laters; n--) {
		struct relay *r = w->later[i];
		if (r->wake > w->now) {
			i++;
			continue;
		}
		w->later[i] = w->later[--w->laters];
		if (r->wake) {
			r->wake = 0;
			relay_go_on(r);
		}
	}
}

/* --- signatures ---------------------------------------------------------------------------- */

unsigned
worker_key(unsigned route, unsigned credential)
{
	return 2 * route + credential;
}

static void
on_sign(void *context, struct endpoint_errand *e)
{
	struct worker *w = context;

	if (!e->asks || w->errands == sizeof w->errand / sizeof *w->errand) {
		e->answered = true; /* as refused: nothing may wait here */
		return;
	}
	w->errand[w->errands++] = e;
	event_active(w->soon, EV_TIMEOUT, 0);
}

/* All that was asked for since, in one message. */
static void
send_errands(struct worker *w)
{
	struct buf ask = buf_over(w->scratch, sizeof w->scratch);
	unsigned   n = 0;

	if (w->sent || !w->errands)
		return;
	buf_u32(&ask, ++w->batch);
	for (; n < w->errands && n < WORKER_ERRANDS; n++) {
		const struct endpoint_errand *e = w->errand[n];
		buf_u8(&ask, (uint8_t)e->key);
		buf_u8(&ask, (uint8_t)e->form);
		buf_u16(&ask, (uint16_t)e->text.len);
		buf_bytes_put(&ask, e->text);
	}
	w->sent = n;
	w->asked = w->now;
	if (channel_send(w->config.keys_fd, WORKER_LEND, buf_bytes(&ask)))
		event_active(w->keys, EV_READ, 0); /* they are refused then */
}

static void
on_keys(int fd, short what, void *context)
{
	struct worker          *w = context;
	static uint8_t          room[CHANNEL_BODY + 8];
	struct endpoint_errand *done[WORKER_ERRANDS];
	uint32_t                kind;
	struct bytes            body = bytes_of("", 0);
	unsigned                n = w->sent;

	(void)what;
	if (channel_receive(fd, room, &kind, &body) || kind != WORKER_LENT)
		body.len = 0;
	struct cursor c = cursor_over(body);
	if (body.len && cursor_u32(&c) != w->batch)
		return; /* it was asked again meanwhile */
	for (unsigned i = 0; i < n; i++) {
		struct bytes signature = cursor_take(&c, cursor_u16(&c));
		done[i] = w->errand[i];
		done[i]->len = cursor_ok(&c) && signature.len <= sizeof done[i]->signature ? (uint16_t)signature.len : 0;
		memcpy(done[i]->signature, signature.at, done[i]->len);
		done[i]->answered = true;
	}
	memmove(w->errand, w->errand + n, (w->errands - n) * sizeof *w->errand);
	w->errands -= n;
	w->sent = 0;
	w->now = monotonic();
	for (unsigned i = 0; i < n; i++)
		relay_signed(done[i]->asks->owner, done[i]->asks);
	send_errands(w);
	if (!n) { /* unasked: the other end is gone */
		fprintf(stderr, "paravent: gate: the process that lends the keys has ended\n");
		w->keyless = true;
		event_base_loopbreak(w->base);
	}
}

static void
on_soon(int fd, short what, void *context)
{
	struct worker *w = context;

	(void)fd;
	(void)what;
	send_errands(w);
	go_on(w);
}

static void
on_hello(void *context, struct endpoint *t, struct bytes hello)
{
	(void)context;
	relay_read_hello(t->owner, hello);
}

/* --- routes -------------------------------------------------------------------------------- */

static struct bytes
file_of(const struct worker *w, const char *path)
{
	for (unsigned i = 0; i < w->config.files; i++)
		if (strcmp(w->config.file[i].path, path) == 0)
			return w->config.file[i].text;
	return bytes_of("", 0);
}

static struct endpoint_config
tls_of(struct worker *w, const struct lane *r, bool server)
{
	struct endpoint_config c = { .server = server, .trusted = r->trust ? file_of(w, r->trust->ca) : bytes_of("", 0), .lean = r->of->protocol == POLICY_MLLP,
	                             .context = w, .sign = on_sign, .judge = worker_judge };

	for (unsigned i = 0; i < r->of->certificates; i++)
		c.credential[i] = (struct endpoint_credential){ file_of(w, r->of->certificate[i]), worker_key(r->number, i) };
	return c;
}

static void
on_accept(int listening, short what, void *context)
{
	struct lane *r = context;

	(void)what;
	for (int i = 0; i < ACCEPTS; i++) {
		struct socket_name from = { .len = sizeof from.room };
		struct addr        a;
		uint16_t           port;
		int                fd = accept4(listening, &from.any, &from.len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			/* No descriptor is left: those who wait do so in the kernel, until one ends. */
			if (errno == EMFILE || errno == ENFILE)
				worker_full(r->worker, true);
			return;
		}
		socket_read(&from, &a, &port);
		r->worker->now = monotonic();
		relay_open(r->worker, r, fd, a, port);
		if (!r->worker->free) {
			worker_full(r->worker, true);
			return;
		}
	}
}

void
worker_full(struct worker *w, bool full)
{
	if (w->full == full || w->draining)
		return;
	w->full = full;
	for (uint32_t i = 0; i < w->config.policy->routes; i++)
		if (full)
			event_del(w->lane[i].accepts);
		else
			event_add(w->lane[i].accepts, NULL);
}

static enum err
open_route(struct worker *w, unsigned i)
{
	static const struct relay_protocol *const PROTOCOL[] = { [POLICY_TCP] = &RELAY_TCP, [POLICY_MLLP] = &RELAY_MLLP, [POLICY_DICOM] = &RELAY_DICOM };
	const struct policy_route *of = &w->config.policy->route[i];
	struct lane              *r = &w->lane[i];
	enum err                   e = OK;
	unsigned                   n = w->config.bypassed ? w->config.bypassed[i] : i;

	*r = (struct lane){ .of = of, .worker = w, .number = n, .bypass = w->config.bypassed, .protocol = PROTOCOL[of->protocol], .fd = w->config.listen_fd[i],
	                     .count = &w->config.panel->count[w->config.slot][n], .canary = of->canary };
	atomic_store(&r->count->open, 0); /* of a worker that died in this slot */
	for (uint32_t t = 0; t < w->config.policy->trusts; t++)
		if (strcmp(w->config.policy->trust[t].name, of->trust) == 0)
			r->trust = &w->config.policy->trust[t];
	if (of->mode == POLICY_TERMINATE || of->mode == POLICY_UNWRAP) {
		struct endpoint_config c = tls_of(w, r, true);
		c.sessions = w->config.conversations;
		c.hello = on_hello;
		c.may_be_silent = of->optional;
		e = endpoint_context_new(&c, &r->tls);
		for (unsigned k = 0; k < of->certificates; k++)
			lane_own(r, k, c.credential[k].chain);
	}
	for (unsigned b = 0; !e && b < of->backends; b++) {
		r->backend[b] = (struct backend){ .of = &of->backend[b], .number = b };
		if (of->backend[b].tls && of->mode != POLICY_PASSTHROUGH) {
			struct endpoint_config c = tls_of(w, r, false);
			c.sessions = 1;
			c.name = of->backend[b].server_name[0] ? of->backend[b].server_name : NULL;
			e = endpoint_context_new(&c, &r->backend[b].tls);
		}
	}
	if (e)
		fprintf(stderr, "paravent: gate: route %s: its certificates, or those of its trust, cannot be used: %s\n", of->name, endpoint_trouble());
	r->accepts = event_new(w->base, r->fd, EV_READ | EV_PERSIST, on_accept, r);
	return e ? e : r->accepts ? OK : ERR_MEMORY;
}

/* --- orders and time ------------------------------------------------------------------------ */

/* Trust in a certificate was withdrawn while its holder was connected: what happens is the class's. */
static void
distrust(struct relay *r)
{
	if (lane_is_vital(r->lane)) {
		if (!r->marked) {
			r->marked = true;
			panel_add(r->lane->count, PANEL_MARKED, 1);
			relay_note(r, "marked");
		}
		return; /* its next message finds the hardened path */
	}
	panel_add(r->lane->count, PANEL_CUT, 1);
	relay_end(r, "its certificate was revoked");
}

static bool
is_gone(void *context, const uint8_t digest[static 32])
{
	struct worker     *w = context;
	const struct peer *p = peer_find(w->peers, digest);
	bool               silent;

	return !p || peer_fault(p, w->config.trust, worker_wall(), &silent) != ENDPOINT_FINE;
}

static void
forget_sessions(struct worker *w, struct lane *l)
{
	if (l->tls)
		endpoint_context_forget(l->tls, is_gone, w);
	for (unsigned b = 0; b < l->of->backends; b++)
		if (l->backend[b].tls)
			endpoint_context_forget(l->backend[b].tls, is_gone, w);
}

static bool
is_revoked_backend(struct worker *w, const struct relay *r, struct instant now)
{
	const struct relay_end *e = &r->end[RELAY_BACKEND];
	uint8_t                 digest[ENDPOINT_DIGEST];
	bool                    silent;

	if (r->state != RELAY_OPEN || !e->secure || endpoint_peer(&e->tls, digest))
		return false;
	const struct peer *p = peer_find(w->peers, digest);
	return p && peer_fault(p, w->config.trust, now, &silent) == ENDPOINT_REVOKED;
}

static void
look_at_trust(struct worker *w)
{
	uint32_t       edition = atomic_load(&w->config.trust->edition);
	struct instant now = worker_wall();
	bool           silent;

	if (edition == w->trust_seen)
		return;
	w->trust_seen = edition;
	for (uint32_t i = 0; i < w->config.policy->routes; i++)
		forget_sessions(w, &w->lane[i]);
	for (struct relay *r = w->used, *next; r; r = next) {
		next = r->next;
		if (is_revoked_backend(w, r, now))
			relay_distrust_backend(r);
		if (r->peer && peer_fault(r->peer, w->config.trust, now, &silent) == ENDPOINT_REVOKED)
			distrust(r);
		else if (r->asking)
			relay_go_on(r);
	}
}

static void
look_at_staples(struct worker *w)
{
	const struct staple_page *p = &w->config.trust->staples;
	uint32_t                  edition = staple_edition(p);
	bool                      whole = true;

	for (uint32_t i = 0; i < w->config.policy->routes; i++)
		whole &= lane_staple(&w->lane[i], p, worker_wall(), edition != w->staples_seen) == OK;
	if (whole)
		w->staples_seen = edition;
}

/* From now on clients of this route must prove who they are, or need not.  Who is here without ends at the next boundary; care goes on. */
static void
demand(struct worker *w, struct lane *l, bool certificate)
{
	endpoint_context_demand(l->tls, certificate);
	for (struct relay *r = w->used, *next; certificate && r; r = next) {
		next = r->next;
		if (r->lane == l && !r->peer && r->state > RELAY_SHAKE && !lane_is_vital(l))
			relay_leave(r);
	}
}

static void
look_at_orders(struct worker *w)
{
	struct panel *p = w->config.panel;
	uint32_t      orders = atomic_load(&p->orders);

	if (orders == w->orders)
		return;
	w->orders = orders;
	for (uint32_t i = 0; i < w->config.policy->routes; i++) {
		uint8_t canary = atomic_load(&p->order[w->lane[i].number].canary);
		bool    hardened = atomic_load(&p->order[w->lane[i].number].harden);
		if (w->lane[i].tls && w->lane[i].of->optional && hardened != w->lane[i].hardened)
			demand(w, &w->lane[i], hardened);
		w->lane[i].hardened = hardened;
		w->lane[i].canary = canary == PANEL_AS_POLICY ? w->lane[i].of->canary : canary;
	}
	if (!w->draining && atomic_load(&p->drained) >= w->config.generation) {
		w->draining = true;
		atomic_store(&p->slot[w->config.slot].state, PANEL_DRAINING);
		for (uint32_t i = 0; i < w->config.policy->routes; i++) {
			event_del(w->lane[i].accepts);
			close(w->lane[i].fd); /* nobody may wait where nobody accepts */
		}
	}
	if (atomic_load(&p->hurry) >= w->config.generation)
		for (struct relay *r = w->used, *next; r; r = next) {
			next = r->next;
			relay_leave(r);
		}
}

/* Whoever is too slow. */
static void
sweep(struct worker *w)
{
	for (struct relay *r = w->used, *next; r; r = next) {
		next = r->next;
		relay_sweep(r);
	}
}

static void
on_tick(int fd, short what, void *context)
{
	struct worker *w = context;
	struct panel  *p = w->config.panel;

	(void)fd;
	(void)what;
	w->now = monotonic();
	look_at_orders(w);
	look_at_trust(w);
	if (staple_edition(&w->config.trust->staples) != w->staples_seen)
		look_at_staples(w);
	if (w->sent && w->now - w->asked >= LEND_MS * 1000) { /* who lends died, and another one does */
		w->sent = 0;
		send_errands(w);
	}
	go_on(w);
	if (w->now - w->swept >= SWEEP_MS * 1000) {
		w->swept = w->now;
		sweep(w);
		look_at_staples(w); /* one may have ended */
		atomic_store(&p->slot[w->config.slot].memory_kib, (uint32_t)(w->blocks.taken >> 10));
	}
	if (w->full && w->free)
		worker_full(w, false);
	if (w->config.out.tick)
		w->config.out.tick(w->config.out.context);
	if ((w->draining && !w->open) || (w->config.stop && atomic_load(w->config.stop)))
		event_base_loopbreak(w->base);
}

/* --- the whole -------------------------------------------------------------------------------- */

enum err
worker_new(const struct worker_config *c, struct worker **out)
{
	struct worker       *w = memory_new(1, sizeof *w);
	struct event_config *how = event_config_new();
	enum err             e = ERR_MEMORY;

	if (!w || !how)
		goto out;
	w->config = *c;
	w->blocks.most = WORKER_BUFFERS;
	w->chance = c->seed | 1;
	w->now = monotonic();
	event_config_set_flag(how, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST | EVENT_BASE_FLAG_NO_CACHE_TIME);
	w->base = event_base_new_with_config(how);
	w->peers = peer_table_new(c->seed);
	w->sources = table_new(SOURCES, sizeof(struct addr), sizeof(struct source), c->seed);
	w->relay = memory_new(c->conversations, sizeof *w->relay);
	w->later = memory_new(c->conversations, sizeof *w->later);
	w->shake = memory_new(c->conversations, sizeof *w->shake);
	if (!w->base || !w->peers || !w->sources || !w->relay || !w->later || !w->shake)
		goto out;
	for (unsigned i = c->conversations; i--;) {
		w->relay[i].next = w->free;
		w->free = &w->relay[i];
	}
	w->tick = event_new(w->base, -1, EV_PERSIST, on_tick, w);
	w->soon = event_new(w->base, -1, 0, on_soon, w);
	w->keys = event_new(w->base, c->keys_fd, EV_READ | EV_PERSIST, on_keys, w);
	if (!w->tick || !w->soon || !w->keys)
		goto out;
	e = endpoint_init();
	for (uint32_t i = 0; !e && i < c->policy->routes; i++)
		e = open_route(w, i);
	if (!e) {
		event_config_free(how);
		*out = w;
		return OK;
	}
out:
	if (how)
		event_config_free(how);
	worker_free(w);
	return e;
}

bool
worker_run(struct worker *w)
{
	w->orders = w->trust_seen = UINT32_MAX;
	look_at_staples(w);
	if (w->config.keys_fd >= 0)
		event_add(w->keys, NULL);
	event_add(w->tick, &(struct timeval){ 0, TICK_MS * 1000 });
	for (uint32_t i = 0; i < w->config.policy->routes; i++)
		event_add(w->lane[i].accepts, NULL);
	atomic_store(&w->config.panel->slot[w->config.slot].state, PANEL_SERVING);
	event_base_dispatch(w->base);
	while (w->used && w->used->state != RELAY_LINGER)
		relay_end(w->used, "the gateway ends");
	atomic_store(&w->config.panel->slot[w->config.slot].state, PANEL_ENDED);
	return !w->keyless;
}

void
worker_free(struct worker *w)
{
	if (!w)
		return;
	for (unsigned i = 0; i < POLICY_ROUTES; i++) {
		if (w->lane[i].accepts)
			event_free(w->lane[i].accepts);
		endpoint_context_free(w->lane[i].tls);
		for (unsigned b = 0; b < POLICY_BACKENDS; b++)
			endpoint_context_free(w->lane[i].backend[b].tls);
	}
	if (w->tick)
		event_free(w->tick);
	if (w->soon)
		event_free(w->soon);
	if (w->keys)
		event_free(w->keys);
	if (w->base)
		event_base_free(w->base);
	table_free(w->peers);
	table_free(w->sources);
	block_done(&w->blocks);
	memory_free(w->later);
	memory_free(w->shake);
	memory_free(w->relay);
	memory_free(w);
}
