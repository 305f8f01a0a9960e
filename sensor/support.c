/*
 * support: see support.h.  Recognised, named, listed; nothing is read beyond
 * the first bytes.  A SOCKS flow keeps in its state:
 *
 *	state[0]  version
 *	state[1]  bit 1 << side: this side has said its part
 */
#include "sensor/support.h"
#include "sensor/card.h"
#include "sensor/decoder.h"
#include "wire/remote.h"

enum { SOCKS_MOST = 1024 };

static bool
see(const struct flow *f, struct bytes in, struct remote *r)
{
	return remote_see(in, f->key.protocol == IP_UDP, flow_port(f, FLOW_SERVER), r) && r->kind != REMOTE_SOCKS;
}

/* The card of one end of the flow, if the end's address is its own. */
static void
role(struct sensor *s, const struct packet *p, int of, int side)
{
	struct addr a = flow_addr(p->flow, of);
	struct mac  card = of == side ? p->link.src : p->link.dst;

	if (p->link.cards && card_holds(s, p->domain, a, card))
		card_role(s, p->domain, card, ROLE_REMOTE);
}

static void
named(struct sensor *s, struct packet *p, int side, const struct remote *r)
{
	const struct remote_row *row = remote_row(r->kind);
	struct flow             *f = p->flow;

	if (f->label[0])
		return;
	flow_is(s, f, row->class == REMOTE_OTHER ? APP_NONE : APP_REMOTE, row->name, false);
	if (row->class != REMOTE_OTHER)
		role(s, p, FLOW_SERVER, side);
	/* Versions only: other details name people or are secrets. */
	if (r->kind == REMOTE_SSH || r->kind == REMOTE_VNC)
		flow_named(f, r->detail);
	if (r->kind == REMOTE_SSH)
		f->protection = PROTECTION_TLS;
	else if (r->kind == REMOTE_TELNET || r->kind == REMOTE_VNC)
		f->protection = PROTECTION_PLAIN;
}

bool
support_looks(const struct flow *f, int side, struct bytes in)
{
	struct remote r;

	(void)side;
	return see(f, in, &r);
}

size_t
support_stream(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct remote r;

	if (see(p->flow, in, &r))
		named(s, p, side, &r);
	return DECODER_CLOSE;
}

bool
support_udp_looks(const struct flow *f, int side, struct bytes in)
{
	return support_looks(f, side, in);
}

void
support_datagram(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct remote r;

	if (!p->flow->label[0] && see(p->flow, in, &r))
		named(s, p, side, &r);
}

/* --- SOCKS ----------------------------------------------------------------------------- */

bool
support_socks_looks(const struct flow *f, int side, struct bytes in)
{
	struct remote r;

	/* The version comes first: what begins otherwise need not be held against all the others. */
	return side == FLOW_CLIENT && in.len && (in.at[0] == 4 || in.at[0] == 5) && remote_see(in, false, flow_port(f, FLOW_SERVER), &r) && r.kind == REMOTE_SOCKS;
}

size_t
support_socks(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct flow        *f = p->flow;
	struct remote_socks socks;
	size_t              used;
	enum err            e;

	if (f->state[1] >> side & 1) {
		/* What is tunnelled begins: it is another protocol's, if both have agreed to it. */
		if (!(f->state[1] >> !side & 1))
			return in.len < SOCKS_MOST ? 0 : DECODER_CLOSE;
		memset(f->state, 0, sizeof f->state);
		return DECODER_AGAIN;
	}
	if (side == FLOW_CLIENT) {
		e = remote_socks_parse(in, &socks);
		if (socks.version)
			f->state[0] = socks.version;
		used = socks.used;
	} else {
		e = remote_socks_reply(in, f->state[0], &used);
	}
	if (e == ERR_SHORT && in.len < SOCKS_MOST)
		return 0;
	if (e)
		return DECODER_CLOSE;
	if (side == FLOW_CLIENT) {
		flow_is(s, f, APP_SOCKS, "socks", false);
		flow_named(f, socks.host);
	}
	f->state[1] |= (uint8_t)(1 << side);
	return used;
}

void
support_host(struct sensor *s, struct packet *p, struct bytes host)
{
	const struct remote_service *service = remote_by_name(host);
	struct flow                 *f = p->flow;

	if (!service || !f)
		return;
	/* The decoder stays what it is: only what people read changes. */
	flow_is(s, f, (enum app)f->app, service->product, false);
	role(s, p, FLOW_CLIENT, mac_equal(p->link.src, f->side[FLOW_CLIENT].card) ? FLOW_CLIENT : FLOW_SERVER);
}
