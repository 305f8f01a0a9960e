/*
 * flow: finds the conversation of a packet, keeps its sides in line, and hands
 * their bytes to the decoder.
 */
#include "sensor/flow.h"
#include "base/memory.h"
#include "base/table.h"
#include "sensor/card.h"
#include "sensor/decoder.h"
#include "sensor/stream.h"

enum { TRIES_MOST = 4, LEGS = 4, CARRIED = LEGS }; /* the leg of relayed copies */
#define USE_CHECK (INSTANT_SECOND / 5)

struct flows {
	struct table  *table;
	struct sensor *sensor;
	uint64_t       next_id;
};

/* --- the table ------------------------------------------------------------------ */

size_t
flow_cost(uint32_t capacity)
{
	return table_cost(capacity, sizeof(struct flow));
}

static void
report(struct sensor *s, struct flow *f)
{
	struct record r = { .kind = RECORD_FLOW };
	uint64_t      packets = f->side[0].packets + f->side[1].packets, bytes = f->side[0].bytes + f->side[1].bytes;

	if (!s->out.record || f->carried || packets == f->told_packets || (!f->label[0] && !f->clinical))
		return;
	r.flow.client = flow_addr(f, FLOW_CLIENT);
	r.flow.server = flow_addr(f, FLOW_SERVER);
	r.flow.port = flow_port(f, FLOW_SERVER);
	r.flow.protocol = f->key.protocol;
	r.flow.protection = f->protection;
	memcpy(r.flow.application, f->label, sizeof f->label);
	memcpy(r.flow.name, f->name, sizeof f->name);
	if (f->app == APP_REMOTE)
		memcpy(r.flow.remote, f->label, sizeof f->label);
	r.flow.clinical = f->clinical;
	r.flow.again = f->told_packets > 0;
	r.flow.packets = packets - f->told_packets;
	r.flow.bytes = bytes - f->told_bytes;
	r.flow.first = f->first;
	r.flow.last = f->last;
	f->told_packets = packets;
	f->told_bytes = bytes;
	s->out.record(s->out.context, &r);
}

static void
flow_event(struct sensor *s, struct flow *f)
{
	struct event e = {
		.kind = EVENT_FLOW, .when = f->last, .place = "", .protocol = f->key.protocol, .of = f,
		.src = flow_addr(f, FLOW_CLIENT), .dst = flow_addr(f, FLOW_SERVER),
		.sport = flow_port(f, FLOW_CLIENT), .dport = flow_port(f, FLOW_SERVER), .flow = f->id,
	};
	struct record r;

	if (!packet_wants(s, EVENT_FLOW) || !s->out.event)
		return;
	memset(&r, 0, sizeof r);
	r.flow.packets = f->side[0].packets + f->side[1].packets;
	r.flow.bytes = f->side[0].bytes + f->side[1].bytes;
	r.flow.protection = f->protection;
	r.flow.first = f->first;
	r.flow.last = f->last;
	memcpy(r.flow.application, f->label, sizeof f->label);
	e.of = &r;
	s->out.event(s->out.context, &e);
}

/* The flow goes: what its decoder has not finished, then the inventory and the event. */
static void
gone(struct sensor *s, struct flow *f)
{
	const struct decoder *d = decoder_of(f);

	if (d && d->gone)
		d->gone(s, f);
	stream_drop(s->streams, &f->side[0]);
	stream_drop(s->streams, &f->side[1]);
	if (f->carried)
		return;
	report(s, f);
	flow_event(s, f);
}

static void
evicted(void *context, void *record)
{
	struct sensor *s = context;

	s->counts.flows_evicted++;
	gone(s, record);
}

struct flows *
flow_new(uint32_t capacity, struct sensor *s)
{
	struct flows *t = memory_new(1, sizeof *t);

	if (!t)
		return NULL;
	t->sensor = s;
	t->table = table_new(capacity, sizeof(struct flow_key), sizeof(struct flow), s->config.seed);
	if (!t->table) {
		memory_free(t);
		return NULL;
	}
	table_on_evict(t->table, evicted, s);
	return t;
}

void
flow_free(struct flows *t)
{
	if (t)
		table_free(t->table);
	memory_free(t);
}

void
flow_tell(struct sensor *s)
{
	uint32_t at = 0;

	for (struct flow *f; (f = table_each(s->flows->table, &at));)
		report(s, f);
}

void
flow_end(struct sensor *s)
{
	uint32_t at = 0;

	for (struct flow *f; (f = table_each(s->flows->table, &at));)
		gone(s, f);
}

/* --- finding a flow -------------------------------------------------------------- */

static void
key_of(struct packet *p, uint16_t sport, uint16_t dport)
{
	uint64_t src[2], dst[2];

	/* Any order serves, as long as it is always the same. */
	memcpy(src, &p->ip.src, sizeof src);
	memcpy(dst, &p->ip.dst, sizeof dst);
	p->from_a = src[1] != dst[1] ? src[1] < dst[1] : src[0] != dst[0] ? src[0] < dst[0] : sport < dport;
	p->key.a = p->from_a ? p->ip.src : p->ip.dst;
	p->key.b = p->from_a ? p->ip.dst : p->ip.src;
	p->key.a_port = p->from_a ? sport : dport;
	p->key.b_port = p->from_a ? dport : sport;
	p->key.domain = p->domain;
	p->key.protocol = p->ip.protocol;
	p->key.leg = 0;
	memset(p->key.pad, 0, sizeof p->key.pad);
}

/* One hash of the ends serves the path and every leg; a multiplication tells the legs apart. */
static uint32_t
hash_of(const struct packet *p, uint8_t leg)
{
	return (uint32_t)((p->tuple ^ ((uint64_t)p->domain << 8 | leg)) * 0x9e3779b97f4a7c15u >> 33);
}

void
flow_fetch(const struct sensor *s, struct packet *p)
{
	bool tcp = p->ip.protocol == IP_TCP;

	key_of(p, tcp ? p->tcp.sport : p->udp.sport, tcp ? p->tcp.dport : p->udp.dport);
	p->tuple = bytes_hash(&p->key, offsetof(struct flow_key, domain), s->config.seed ^ p->ip.protocol);
	table_fetch(s->flows->table, hash_of(p, 0));
}

void
flow_fetch_record(const struct sensor *s, const struct packet *p)
{
	table_fetch_record(s->flows->table, hash_of(p, 0));
}

/* Who began it: a SYN says so; else the side that speaks to a well-known or lower port is the client. */
static bool
client_sends(const struct packet *p, uint16_t sport, uint16_t dport)
{
	if (p->ip.protocol == IP_TCP && p->tcp.flags & TCP_SYN)
		return !(p->tcp.flags & TCP_ACK);
	return sport >= dport;
}

static struct flow *
begin(struct sensor *s, struct packet *p, const struct flow_key *k, uint16_t sport, uint16_t dport)
{
	bool         fresh;
	struct flow *f = table_put_hashed(s->flows->table, k, hash_of(p, k->leg), &fresh);

	f->client_is_a = client_sends(p, sport, dport) == p->from_a;
	f->first = p->frame->when;
	f->last = p->frame->when;
	f->id = ++s->flows->next_id;
	s->counts.flows++;
	return f;
}

/* Does the packet belong on this leg: the cards it was seen with, or none known yet? */
static bool
same_leg(const struct flow_side *side, const struct packet *p)
{
	if (!p->link.cards || !side->packets)
		return true;
	return mac_equal(side->card, p->link.src) && mac_equal(side->next, p->link.dst);
}

/* Its numbers continue this side: so the same conversation, on another way. */
static bool
continues(const struct flow_side *side, const struct packet *p)
{
	if (p->ip.protocol != IP_TCP)
		return true;
	if (p->tcp.flags & TCP_SYN || !side->synced)
		return false;
	int32_t d = (int32_t)(p->tcp.seq - side->seq);
	return d > -(1 << 20) && d < 1 << 20;
}

static struct flow *
find(struct sensor *s, struct packet *p, uint16_t sport, uint16_t dport, int *side)
{
	struct flow_key k = p->key;
	struct flow    *f = NULL;

	for (k.leg = 0; k.leg < LEGS; k.leg++) {
		f = table_find_hashed(s->flows->table, &k, hash_of(p, k.leg));
		if (!f)
			break;
		*side = f->client_is_a == p->from_a ? FLOW_CLIENT : FLOW_SERVER;
		struct flow_side *at = &f->side[*side];
		if (p->ip.protocol == IP_TCP && (p->tcp.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && same_leg(at, p) &&
		    (at->fin || f->side[!*side].fin || (at->syn && at->synced && p->tcp.seq + 1 != at->seq && at->packets > 2))) {
			/* The port is used again: the old conversation is over. */
			gone(s, f);
			table_drop(s->flows->table, f);
			f = NULL;
			break;
		}
		if (same_leg(at, p) || continues(at, p))
			break;
	}
	if (k.leg == LEGS)
		return NULL;
	if (!f) {
		f = begin(s, p, &k, sport, dport);
		*side = f->client_is_a == p->from_a ? FLOW_CLIENT : FLOW_SERVER;
	}
	return f;
}

/* Both sides have spoken: it is a flow, for the policy to allow or not. */
static void
say_flow(struct sensor *s, const struct packet *p, const struct flow *f)
{
	struct claim c = packet_claim(s, p, FACT_FLOW, WITNESS_TRAFFIC);

	c.port = flow_port(f, FLOW_SERVER);
	c.subject = key_service(flow_addr(f, FLOW_SERVER), c.port);
	c.value = key_addr(flow_addr(f, FLOW_CLIENT));
	c.victim = flow_addr(f, FLOW_SERVER);
	claim_words(&c, bytes_text(f->key.protocol == IP_TCP ? "tcp" : "udp"));
	packet_say(s, &c);
}

static void
seen(struct sensor *s, struct packet *p, struct flow *f, int side)
{
	struct flow_side *at = &f->side[side];
	bool              new_way = p->link.cards && !(mac_equal(at->card, p->link.src) && at->packets);

	if (new_way || p->frame->when.us - f->last.us > USE_CHECK || at->packets < 2)
		card_uses(s, p);
	if (s->config.flows && !at->packets && f->side[!side].packets)
		say_flow(s, p, f);
	at->card = p->link.src;
	at->next = p->link.dst;
	at->ttl = p->ip.ttl;
	at->packets++;
	at->bytes += p->ip.payload.len;
	f->last = p->frame->when;
	p->flow = f;
}

void
flow_is(struct sensor *s, struct flow *f, enum app app, const char *label, bool clinical)
{
	(void)s;
	f->app = (uint8_t)app;
	f->clinical |= clinical;
	if (label) {
		size_t n = strlen(label);
		if (n > sizeof f->label - 1)
			n = sizeof f->label - 1;
		memcpy(f->label, label, n);
		f->label[n] = 0;
	}
	table_keep(s->flows->table, f);
}

void
flow_named(struct flow *f, struct bytes name)
{
	bytes_clean(name, f->name, sizeof f->name);
}

/* --- UDP --------------------------------------------------------------------------- */

static void
datagram(struct sensor *s, struct packet *p, int side)
{
	if (!p->udp.payload.len)
		return;
	const struct decoder *d = decoder_find(p->flow, p, side, p->udp.payload);
	if (d && d->datagram)
		d->datagram(s, p, side, p->udp.payload);
}

/* --- TCP --------------------------------------------------------------------------- */

/* Decodes from in, which stands next in line at side; how many bytes are used. */
static uint32_t
decode(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct flow      *f = p->flow;
	struct flow_side *at = &f->side[side];
	uint32_t          used = 0;

	for (int round = 0; round < 64; round++) {
		struct bytes rest = bytes_skip(in, used);
		if (at->skip) {
			uint32_t n = at->skip < rest.len ? at->skip : (uint32_t)rest.len;
			at->skip -= n;
			used += n;
			rest = bytes_skip(in, used);
		}
		if (at->closed)
			return (uint32_t)in.len;
		if (!rest.len)
			return used;
		const struct decoder *d = decoder_find(f, p, side, rest);
		if (!d || !d->stream) {
			if (f->app == APP_UNKNOWN && ++at->tries < TRIES_MOST)
				return (uint32_t)in.len;
			at->closed = true;
			if (f->app == APP_UNKNOWN && f->side[!side].tries + at->tries >= TRIES_MOST)
				f->app = APP_NONE;
			return (uint32_t)in.len;
		}
		size_t n = d->stream(s, p, side, rest);
		if (n == DECODER_CLOSE) {
			at->closed = true;
			return (uint32_t)in.len;
		}
		if (n == DECODER_AGAIN) {
			f->app = APP_UNKNOWN;
			f->row = 0;
			at->tries = 0;
			continue;
		}
		if (!n)
			return used;
		if (n > rest.len) {
			at->skip = (uint32_t)(n - rest.len);
			n = rest.len;
		}
		used += (uint32_t)n;
	}
	return used;
}

/* A hole that the receiver has acknowledged was never seen here: go on behind it. */
static void
pass_hole(struct sensor *s, struct packet *p, int side, uint32_t n)
{
	struct flow_side     *at = &p->flow->side[side];
	const struct decoder *d = decoder_of(p->flow);

	s->counts.unseen_bytes += n - (uint32_t)stream_front(s->streams, at).len;
	stream_used(s->streams, at, n);
	if (at->skip >= n) {
		at->skip -= n; /* it lay in what the decoder did not want anyway */
		return;
	}
	at->skip = 0;
	if (p->flow->app != APP_UNKNOWN && !(d && d->resync && d->resync(s, p, side)))
		at->closed = true;
}

static void
drain(struct sensor *s, struct packet *p, int side)
{
	struct flow_side *at = &p->flow->side[side];

	while (at->buffer && !at->closed) {
		struct bytes front = stream_front(s->streams, at);
		if (!front.len)
			return;
		uint32_t n = decode(s, p, side, front);
		if (!n)
			return;
		stream_used(s->streams, at, n);
	}
	if (at->closed)
		stream_drop(s->streams, at);
}

static void
keep(struct sensor *s, struct packet *p, int side, uint32_t seq, struct bytes in)
{
	struct flow_side *at = &p->flow->side[side];
	bool              differs;
	enum err          e = stream_put(s->streams, at, seq, in, &differs);

	if (differs) {
		/* The same sequence numbers, other bytes: evidence, whoever wrote them. */
		struct claim c = packet_claim(s, p, FACT_BYTES, WITNESS_TRAFFIC);
		c.subject = key_ends(p->ip.src, p->ip.dst);
		c.value = key_mac(p->link.src);
		c.card = at->card;
		c.marks = MARK_ALTERED;
		if (!mac_equal(at->card, p->link.src))
			packet_say(s, &c);
	}
	if (e) {
		s->counts.streams_refused++;
		uint32_t hole = stream_hole(s->streams, at);
		if (hole)
			pass_hole(s, p, side, hole);
		else
			at->closed = true;
		stream_drop(s->streams, at);
		at->seq = seq + (uint32_t)in.len;
	}
}

static void
payload(struct sensor *s, struct packet *p, int side)
{
	struct flow_side *at = &p->flow->side[side];
	uint32_t          seq = p->tcp.seq;
	struct bytes      in = p->tcp.payload;

	if (!at->synced) { /* mid-stream: begin here */
		at->seq = seq;
		at->synced = true;
	}
	if (tcp_before(seq, at->seq)) {
		uint32_t old = at->seq - seq;
		if (old >= in.len)
			return; /* all of it was used before: path and keep watch for other bytes */
		in = bytes_skip(in, old);
		seq = at->seq;
	}
	if (at->closed) {
		at->seq = seq + (uint32_t)in.len;
		return;
	}
	if (seq == at->seq && !at->buffer) {
		uint32_t n = decode(s, p, side, in);
		at->seq += n;
		if (n < in.len && !at->closed)
			keep(s, p, side, at->seq, bytes_skip(in, n));
		else if (n < in.len)
			at->seq += (uint32_t)(in.len - n);
		return;
	}
	keep(s, p, side, seq, in);
	drain(s, p, side);
}

/* The other side acknowledges what we never saw. */
static void
acknowledged(struct sensor *s, struct packet *p, int side)
{
	struct flow_side *other = &p->flow->side[!side];
	uint32_t          hole;

	if (!(p->tcp.flags & TCP_ACK) || !other->synced)
		return;
	hole = stream_hole(s->streams, other);
	if (hole && !tcp_before(p->tcp.ack, other->seq + hole)) {
		pass_hole(s, p, !side, hole);
		drain(s, p, !side);
	}
}

/* The card this side is handed to hands it on: a relay, even where the numbers were shifted. */
static bool
handed_on(const struct flow_side *at, const struct packet *p)
{
	return at->packets && p->link.cards && mac_equal(at->next, p->link.src) && !mac_equal(at->card, p->link.src);
}

static void
segment(struct sensor *s, struct packet *p, int side)
{
	acknowledged(s, p, side);
	if (p->tcp.payload.len && !(p->tcp.flags & TCP_SYN))
		payload(s, p, side);
	if (p->tcp.flags & (TCP_FIN | TCP_RST))
		p->flow->side[side].fin = true;
}

/* The copy of this conversation on the relay's leg, begun in its midst. */
static struct flow *
carried(struct sensor *s, struct packet *p, const struct flow *of)
{
	struct flow_key k = of->key;

	k.leg = CARRIED;
	struct flow *f = table_find_hashed(s->flows->table, &k, hash_of(p, k.leg));
	if (f)
		return f;
	uint8_t  app = of->app, row = of->row;
	uint16_t care = of->care;
	bool     client_is_a = of->client_is_a;
	f = begin(s, p, &k, 0, 0); /* of may be gone now */
	s->counts.flows--;
	f->client_is_a = client_is_a;
	f->app = app;
	f->row = row;
	f->care = care; /* not its own: what is known of the conversation stands there */
	f->carried = true;
	return f;
}

void
flow_carried(struct sensor *s, struct packet *p)
{
	struct flow_key k = p->key;
	struct flow    *f = NULL;

	for (k.leg = 0; s->cares && k.leg < LEGS; k.leg++)
		if ((f = table_find_hashed(s->flows->table, &k, hash_of(p, k.leg))) && f->care)
			break;
	if (!f || !f->care)
		return;
	f = carried(s, p, f);
	int               side = f->client_is_a == p->from_a ? FLOW_CLIENT : FLOW_SERVER;
	struct flow_side *at = &f->side[side];
	at->card = p->link.src;
	at->next = p->link.dst;
	at->packets++;
	f->last = p->frame->when;
	p->flow = f;
	s->quiet = true;
	if (p->ip.protocol == IP_UDP)
		datagram(s, p, side);
	else
		segment(s, p, side);
	s->quiet = false;
}

void
flow_tcp(struct sensor *s, struct packet *p)
{
	int          side;
	struct flow *f = find(s, p, p->tcp.sport, p->tcp.dport, &side);

	if (!f)
		return;
	struct flow_side *at = &f->side[side];
	if (f->care && handed_on(at, p)) {
		flow_carried(s, p);
		return;
	}
	if (p->tcp.flags & TCP_SYN) {
		if (!(p->tcp.flags & TCP_ACK) && !at->syn) {
			card_contacts(s, p, p->ip.dst, p->tcp.dport);
			card_stack(s, p, tcp_stack(&p->tcp));
		}
		at->syn = true;
		at->seq = p->tcp.seq + 1;
		at->synced = true;
	}
	seen(s, p, f, side);
	segment(s, p, side);
}

void
flow_udp(struct sensor *s, struct packet *p)
{
	int          side;
	struct flow *f = find(s, p, p->udp.sport, p->udp.dport, &side);

	if (!f)
		return;
	if (f->care && handed_on(&f->side[side], p)) {
		flow_carried(s, p);
		return;
	}
	if (!f->side[side].packets && side == FLOW_CLIENT && !addr_group(p->ip.dst))
		card_contacts(s, p, p->ip.dst, p->udp.dport);
	seen(s, p, f, side);
	datagram(s, p, side);
}
