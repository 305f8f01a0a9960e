/* worker_judge: is this certificate believed here, and what follows from it. */
#include "gate/relay.h"
#include "gate/worker.h"
#include "os/channel.h"

/* A certificate is to be asked about by the role trust; false: it was not told. */
static bool
tell(struct worker *w, const struct policy_trust *t, struct endpoint_chain *c, struct bytes link[static ENDPOINT_LINKS], unsigned n)
{
	struct buf b = buf_over(w->scratch, sizeof w->scratch);

	/* One that is remembered was not verified now; no chain can be twice. */
	if ((!n && endpoint_chain_verify(c, link, &n)) || n < 2)
		return false;
	buf_u8(&b, (uint8_t)strlen(t->name));
	buf_text(&b, t->name);
	for (unsigned i = 0; i < n; i++) {
		buf_u16(&b, (uint16_t)link[i].len);
		buf_bytes_put(&b, link[i]);
	}
	return buf_ok(&b) && channel_send(w->config.tell_fd, WORKER_TELL, buf_bytes(&b)) == OK;
}

/* The server behind a route: its name or pin must be as the policy has it. */
static enum endpoint_fault
judge_backend(struct relay *r, const struct peer *p, enum endpoint_fault f)
{
	const struct policy_backend *b = r->backend->of;

	if (!f && b->pins && !peer_pinned(p, b->pin, b->pins))
		f = ENDPOINT_UNWANTED;
	if (!f && b->server_name[0] && !peer_named(p, b->server_name))
		f = ENDPOINT_WRONG_NAME;
	if (f)
		relay_because(r, "the backend's certificate is ", endpoint_fault_text(f));
	return f;
}

/*
 * Of alarms and vitals a revoked or expired certificate, or one from another
 * place, is let in all the same, is marked and takes the hardened path: care
 * first, then the person who is called.
 */
static enum endpoint_fault
judge_client(struct relay *r, struct peer *p, enum endpoint_fault f, bool silent, bool told)
{
	bool        vital = lane_is_vital(r->lane), bearable = f == ENDPOINT_REVOKED || f == ENDPOINT_EXPIRED;
	const char *why = NULL;

	if (!f && silent && r->lane->of->hard && told && !vital) {
		r->asking = worker_now(r->worker) + WORKER_ASK_S * INSTANT_SECOND;
	} else if (!f && silent && r->lane->of->hard) {
		relay_because(r, RELAY_SILENT, NULL);
		f = vital ? ENDPOINT_FINE : ENDPOINT_UNWANTED;
	}
	if (!f || (vital && bearable)) {
		relay_claim_key(r, p);
		why = lane_admit(r->lane, r->client, p, &r->as);
		if (why)
			relay_because(r, why, NULL);
	} else if (!r->why) {
		relay_because(r, "its certificate is ", endpoint_fault_text(f));
	}
	if (vital && (bearable || (!f && why))) {
		if (!r->why)
			relay_because(r, "its certificate is ", endpoint_fault_text(f));
		r->marked = true;
		panel_add(r->lane->count, PANEL_MARKED, 1);
		f = ENDPOINT_FINE;
		why = NULL;
	}
	r->peer = p;
	p->users++;
	if (f || why) {
		panel_add(r->lane->count, PANEL_REFUSED, 1);
		return f ? f : ENDPOINT_UNWANTED;
	}
	return ENDPOINT_FINE;
}

enum endpoint_fault
worker_judge(void *context, struct endpoint *t, struct endpoint_chain *c)
{
	struct worker *w = context;
	struct relay  *r = t->owner;
	struct instant now = worker_wall();
	struct bytes   link[ENDPOINT_LINKS];
	unsigned       n;
	struct peer   *p = peer_of(w->peers, c, now, link, &n);
	bool           silent;

	if (!p)
		return ENDPOINT_UNWANTED;
	enum endpoint_fault f = peer_fault(p, w->config.trust, now, &silent);
	if (t == &r->end[RELAY_BACKEND].tls)
		return judge_backend(r, p, f);
	bool told = !f && r->lane->trust && r->lane->trust->ocsp[0] && (!p->told || silent) && tell(w, r->lane->trust, c, link, n);
	p->told |= told;
	return judge_client(r, p, f, silent, told);
}
