/* lane: see lane.h. */
#include "gate/lane.h"

#include <strings.h>

#include "content/message.h"
#include "crypt/hash.h"
#include "crypt/pem.h"
#include "gate/relay.h"
#include "gate/worker.h"

enum { CERTIFICATE = 16 << 10 };

/* Does this row of the policy fit in all that it says?  why: what did not, if the certificate did. */
static bool
fits(const struct policy_client *c, struct addr from, const struct peer *peer, const char **why)
{
	if (c->device[0] && (!peer || !peer_named(peer, c->device)))
		return false;
	if (c->pins && (!peer || !peer_pinned(peer, c->pin, c->pins))) {
		if (c->device[0])
			*why = "its key is not the one pinned for this device";
		return false;
	}
	if (c->has_from && !policy_within(&c->from, from)) {
		if (c->device[0] || c->pins)
			*why = "its certificate belongs to another address";
		return false;
	}
	return true;
}

const char *
lane_admit(const struct lane *r, struct addr from, const struct peer *peer, const struct policy_client **out)
{
	const char *why = "no client of this route is like it";

	*out = NULL;
	if (r->of->clients == 0)
		return NULL;
	for (unsigned i = 0; i < r->of->clients; i++)
		if (fits(&r->of->client[i], from, peer, &why)) {
			*out = &r->of->client[i];
			return NULL;
		}
	return why;
}

const struct policy_client *
lane_owner(const struct lane *r, const struct peer *peer)
{
	for (unsigned i = 0; peer && i < r->of->clients; i++) {
		const struct policy_client *c = &r->of->client[i];
		if (c->has_from && !c->from.any && ((c->device[0] && peer_named(peer, c->device)) || peer_pinned(peer, c->pin, c->pins)))
			return c;
	}
	return NULL;
}

static bool
has_title(const struct policy_client *c, const char *title)
{
	for (unsigned i = 0; i < c->titles; i++)
		if (strcmp(c->title[i], title) == 0)
			return true;
	return false;
}

const struct policy_client *
lane_title_owner(const struct lane *r, const char *title)
{
	for (unsigned i = 0; i < r->of->clients; i++)
		if (has_title(&r->of->client[i], title))
			return &r->of->client[i];
	return NULL;
}

bool
lane_title_fits(const struct lane *r, const struct policy_client *as, const char *title)
{
	const struct policy_client *owner = lane_title_owner(r, title);

	/* Who has none of its own may use what is nobody's. */
	return as && as->titles ? has_title(as, title) : !owner || owner == as;
}

void
lane_own(struct lane *r, unsigned credential, struct bytes chain)
{
	static uint8_t room[CERTIFICATE];
	struct buf     der = buf_over(room, sizeof room);
	char           label[32];

	if (pem_next(&chain, label, &der) == OK)
		hash_sha256(buf_bytes(&der), r->own[credential].digest);
}

enum err
lane_staple(struct lane *r, const struct staple_page *p, struct instant now, bool changed)
{
	uint8_t room[STAPLE_MOST];

	for (unsigned i = 0; r->tls && i < r->of->certificates; i++) {
		struct buf     der = buf_over(room, sizeof room);
		struct instant until = { 0 };
		if (!changed && (!r->own[i].until.us || now.us < r->own[i].until.us))
			continue;
		if (staple_find(p, r->own[i].digest, now, &der, &until) == ERR_AGAIN)
			return ERR_AGAIN;
		endpoint_context_staple(r->tls, i, buf_bytes(&der));
		r->own[i].until = until;
	}
	return OK;
}

bool
lane_is_vital(const struct lane *r)
{
	return r->of->class == MESSAGE_ALARM + 1 || r->of->class == MESSAGE_VITALS + 1;
}

bool
lane_lets(const struct lane *r, struct bytes kind)
{
	if (!r->of->kinds)
		return true;
	for (unsigned i = 0; i < r->of->kinds; i++)
		if (bytes_equal(bytes_text(r->of->kind[i]), kind))
			return true;
	return false;
}

/* --- backends ------------------------------------------------------------------------ */

bool
lane_has_hardened(const struct lane *r)
{
	for (unsigned i = 0; i < r->of->backends; i++)
		if (r->of->backend[i].hardened && r->of->backend[i].weight)
			return true;
	return false;
}

static bool
is_wanted(const struct backend *b, const struct lane_wish *w)
{
	return b != w->not && b->of->hardened == w->hardened && b->of->weight && (!w->name || !b->of->server_name[0] || strcasecmp(b->of->server_name, w->name) == 0);
}

/* Orders and health are of the policy's backends; the bypass is none of them. */
static bool
is_isolated(const struct lane *r, const struct backend *b)
{
	return !r->bypass && atomic_load_explicit(&worker_panel(r->worker)->order[r->number].isolated[b->number], memory_order_relaxed);
}

static bool
is_ill(const struct lane *r, const struct backend *b)
{
	return !r->bypass && atomic_load_explicit(&worker_panel(r->worker)->ill[r->number][b->number], memory_order_relaxed);
}

bool
lane_fits(const struct lane *r, const struct lane_wish *w, const struct backend *b, int64_t now)
{
	return is_wanted(b, w) && !is_isolated(r, b) && now >= b->out_until && !is_ill(r, b);
}

/* One that came back takes more of its share with each moment of the slow start. */
static int64_t
share(const struct backend *b, int64_t now)
{
	int64_t since = now - b->back_at, whole = (int64_t)b->of->weight * 100;

	if (!b->back_at || since >= LANE_SLOW_START_S * INSTANT_SECOND)
		return whole;
	int64_t part = whole * since / (LANE_SLOW_START_S * INSTANT_SECOND);
	return part < 1 ? 1 : part;
}

/* Smooth weighted turns: each gains its share, the one with the most goes and pays the sum.  canary: 0, 1, -1 either. */
static struct backend *
turn(struct lane *r, const struct lane_wish *w, int64_t now, int canary)
{
	struct backend *best = NULL;
	int64_t         sum = 0;

	for (unsigned i = 0; i < r->of->backends; i++) {
		struct backend *b = &r->backend[i];
		if (!lane_fits(r, w, b, now) || (canary >= 0 && b->of->canary != canary))
			continue;
		int64_t s = share(b, now);
		b->turn += s;
		sum += s;
		if (!best || b->turn > best->turn)
			best = b;
	}
	if (best)
		best->turn -= sum;
	return best;
}

/* A backend that is only out of health or luck is better than none; one that was isolated by order is not. */
static struct backend *
last_resort(struct lane *r, const struct lane_wish *w)
{
	struct backend *best = NULL;

	for (unsigned i = 0; i < r->of->backends; i++) {
		struct backend *b = &r->backend[i];
		if (is_wanted(b, w) && !is_isolated(r, b) && (!best || b->out_until < best->out_until))
			best = b;
	}
	return best;
}

struct backend *
lane_next(struct lane *r, const struct lane_wish *w, int64_t now, uint32_t random)
{
	struct backend *b = w->hardened ? NULL : turn(r, w, now, random % 100 < r->canary);

	if (!b && !w->hardened)
		b = turn(r, w, now, 0);
	if (!b)
		b = turn(r, w, now, -1);
	return b ? b : last_resort(r, w);
}

void
lane_fine(struct backend *b)
{
	b->failures = b->ejections = 0;
}

void
lane_failed(struct lane *r, struct backend *b, int64_t now)
{
	if (++b->failures < LANE_FAILURES || now < b->out_until)
		return;
	int64_t s = (int64_t)LANE_EJECT_S << (b->ejections < 6 ? b->ejections : 6);
	b->ejections++;
	b->failures = 0;
	b->out_until = now + (s < LANE_EJECT_MOST_S ? s : LANE_EJECT_MOST_S) * INSTANT_SECOND;
	b->back_at = b->out_until;
	panel_add(r->count, PANEL_EJECTED, 1);
}
