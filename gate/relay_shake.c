/* relay_shake: from a connection to a conversation: handshakes, and who is let in. */
#include "gate/relay_inside.h"

void
relay_admitted(struct relay *r)
{
	const struct policy_route *of = r->lane->of;
	const struct policy_client *as = r->as;
	uint32_t rate = as && as->rate ? as->rate : of->rate;

	r->bucket = bucket_full(rate, as && as->burst ? as->burst : of->burst ? of->burst : rate);
	r->bucket.at = worker_now(r->worker);
	if (relay_revocation(r)[0] == 'u')
		relay_count(r, PANEL_UNKNOWN);
	relay_note(r, "begin");
	relay_hold_end(&r->end[RELAY_CLIENT], r->lane->protocol == &RELAY_TCP && r->end[RELAY_CLIENT].in.tail);
	relay_dial(r, NULL);
}

static bool
is_this(void *context, const uint8_t digest[static 32])
{
	return memcmp(context, digest, 32) == 0;
}

/* Of a session that goes on: whose it is was verified when it began, and what is known of it may have changed. */
static bool
recall(struct relay *r)
{
	struct worker *w = r->worker;
	uint8_t        digest[ENDPOINT_DIGEST];
	bool           silent;

	if (r->peer)
		return true;
	if (endpoint_peer(&r->end[RELAY_CLIENT].tls, digest)) { /* it showed none, where none is demanded */
		const char *why = r->lane->hardened ? "it showed no certificate" : lane_admit(r->lane, r->client, NULL, &r->as);
		if (why && !lane_is_vital(r->lane)) {
			relay_count(r, PANEL_REFUSED);
			relay_end(r, why);
			return false;
		}
		r->marked |= why != NULL;
		return true;
	}
	r->peer = peer_find(w->peers, digest);
	if (!r->peer) {
		relay_end(r, "its session is of a certificate no longer known here");
		return false;
	}
	r->peer->users++;
	enum endpoint_fault f = peer_fault(r->peer, w->config.trust, worker_wall(), &silent);
	bool                unknown = silent && r->lane->of->hard && !lane_is_vital(r->lane);
	const char         *why = f ? endpoint_fault_text(f) : unknown ? RELAY_SILENT : lane_admit(r->lane, r->client, r->peer, &r->as);
	if (why && !lane_is_vital(r->lane)) {
		if (unknown) /* its certificate must be shown again, so that it can be asked about */
			endpoint_context_forget(r->lane->tls, is_this, digest);
		relay_count(r, PANEL_REFUSED);
		relay_end(r, why);
		return false;
	}
	r->marked |= why != NULL;
	return true;
}

/* Admitted, or not, when it is known whether its certificate is revoked; no message of it is read before. */
void
relay_decide(struct relay *r)
{
	struct worker      *w = r->worker;
	bool                silent = false;
	enum endpoint_fault f = r->asking ? peer_fault(r->peer, w->config.trust, worker_wall(), &silent) : ENDPOINT_FINE;

	if (!f && silent && worker_now(w) < r->asking) {
		relay_hold_end(&r->end[RELAY_CLIENT], true);
		if (!r->wake)
			worker_later(w, r, r->asking);
		return;
	}
	r->asking = 0;
	r->wake = 0;
	if (!f && !silent) {
		relay_admitted(r);
		return;
	}
	relay_count(r, PANEL_REFUSED);
	relay_because(r, f ? "its certificate is " : RELAY_SILENT, f ? endpoint_fault_text(f) : NULL);
	relay_end(r, NULL);
}

void
relay_shake_client(struct relay *r)
{
	struct relay_end *e = &r->end[RELAY_CLIENT];

	switch (endpoint_shake(&e->tls)) {
	case ENDPOINT_DONE:
		worker_shaken(r->worker, r->client);
		r->state = RELAY_ASK;
		relay_count(r, endpoint_resumed(&e->tls) ? PANEL_RESUMED : PANEL_HANDSHAKES);
		if (!endpoint_resumed(&e->tls))
			relay_claim_stack(r); /* a hello that resumes is another one */
		if (recall(r))
			relay_decide(r);
		return;
	case ENDPOINT_READ:
		return;
	case ENDPOINT_WRITE:
		relay_await_room(r, e);
		return;
	case ENDPOINT_SIGN:
		return;
	default:
		relay_count(r, PANEL_BROKEN);
		relay_end(r, r->why ? NULL : endpoint_trouble());
	}
}

void
relay_shake_backend(struct relay *r)
{
	struct relay_end *e = &r->end[RELAY_BACKEND];

	switch (endpoint_shake(&e->tls)) {
	case ENDPOINT_DONE:
		e->sent = true;
		lane_fine(r->backend);
		relay_opened(r);
		return;
	case ENDPOINT_READ:
	case ENDPOINT_SIGN:
		return;
	case ENDPOINT_WRITE:
		relay_await_room(r, e);
		return;
	default:
		relay_backend_lost(r);
	}
}

void
relay_signed(struct relay *r, struct endpoint *t)
{
	if (r->state == RELAY_LINGER) {
		endpoint_shake(t);
		endpoint_close(t);
		if (!r->end[0].tls.errand && !r->end[1].tls.errand) {
			r->end[0].secure = r->end[1].secure = false;
			r->state = RELAY_FREE;
			worker_relay_free(r->worker, r);
		}
		return;
	}
	if (t == &r->end[RELAY_CLIENT].tls) {
		relay_hold_end(&r->end[RELAY_CLIENT], false);
		relay_shake_client(r);
	} else {
		relay_hold_end(&r->end[RELAY_BACKEND], false);
		relay_shake_backend(r);
	}
}
