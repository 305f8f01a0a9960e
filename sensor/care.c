/* care: see care.h; its pools, and what is told of every message. */
#include "sensor/care_inside.h"
#include "base/memory.h"
#include "sensor/stream.h"

struct cares *
care_new(size_t memory, const uint8_t key[static 32], struct known_table *known)
{
	struct cares *c = memory_new(1, sizeof *c);
	bool          there = true;

	if (!c)
		return NULL;
	c->key = message_key(key);
	c->known = known;
	size_t n = memory / 4 / sizeof *c->conversation, m = memory / 4 * 3 / sizeof *c->reading;
	c->conversations = (uint16_t)(n < 16 ? 16 : n < UINT16_MAX ? n : UINT16_MAX - 1);
	c->readings = (uint16_t)(m < 4 ? 4 : m < UINT16_MAX ? m : UINT16_MAX - 1);
	c->conversation = memory_new(c->conversations, sizeof *c->conversation);
	c->reading = memory_new(c->readings, sizeof *c->reading);
	for (int i = 0; i < CARE_INFLATERS; i++)
		there &= (c->inflate[i] = meaning_inflate_new()) != NULL;
	if (c->conversation && c->reading && there)
		return c;
	care_free(c);
	return NULL;
}

void
care_free(struct cares *c)
{
	if (!c)
		return;
	for (int i = 0; i < CARE_INFLATERS; i++)
		meaning_inflate_free(c->inflate[i]);
	memory_free(c->conversation);
	memory_free(c->reading);
	memory_free(c);
}

/* --- slots --------------------------------------------------------------------------- */

struct reading *
care_reading(const struct cares *c, const struct conversation *v, int side)
{
	return v->reading[side] ? &c->reading[v->reading[side] - 1] : NULL;
}

void
care_close(struct cares *c, struct reading *r)
{
	uint16_t number = (uint16_t)(r - c->reading + 1);

	c->conversation[r->conversation - 1].reading[r->side] = 0;
	r->conversation = 0;
	for (int i = 0; i < CARE_INFLATERS; i++)
		if (c->inflates[i] == number)
			c->inflates[i] = 0;
}

static void
close_both(struct cares *c, const struct conversation *v)
{
	for (int side = 0; side < 2; side++)
		if (v->reading[side])
			care_close(c, care_reading(c, v, side));
}

struct conversation *
care_known(const struct sensor *s, const struct flow *f)
{
	struct cares        *c = s->cares;
	struct conversation *v = c && f->care && f->care <= c->conversations ? &c->conversation[f->care - 1] : NULL;

	return v && v->flow == f->id ? v : NULL;
}

/* What a relayed copy that begins in the midst has from the conversation it is of. */
static void
inherit(struct conversation *v, const struct conversation *from, uint8_t app)
{
	if (app == APP_DICOM) {
		v->dicom = from->dicom;
		memset(v->dicom.side, 0, sizeof v->dicom.side);
	} else if (app == APP_MQTT) {
		v->mqtt.level = from->mqtt.level;
		v->mqtt.client = from->mqtt.client;
	}
}

struct conversation *
care_conversation(struct sensor *s, const struct packet *p)
{
	struct cares        *c = s->cares;
	struct flow         *f = p->flow;
	struct conversation *v = care_known(s, f);

	if (!v) {
		const struct conversation *from = f->carried && f->care && f->care <= c->conversations ? &c->conversation[f->care - 1] : NULL;
		/* The first free one, else the longest silent. */
		v = &c->conversation[0];
		for (uint16_t i = 0; i < c->conversations && v->flow; i++)
			if (!c->conversation[i].flow || c->conversation[i].last.us < v->last.us)
				v = &c->conversation[i];
		close_both(c, v);
		memset(v, 0, sizeof *v);
		v->flow = f->id;
		if (from && from != v)
			inherit(v, from, f->app);
		v->unseen[0] = v->unseen[1] = f->care && !from; /* it had one, which gave way: what was read then was never told */
		f->care = (uint16_t)(v - c->conversation + 1);
	}
	v->last = p->when;
	return v;
}

struct reading *
care_open(struct sensor *s, const struct packet *p, struct conversation *v, int side)
{
	struct cares   *c = s->cares;
	struct reading *r = &c->reading[0];

	for (uint16_t i = 0; i < c->readings && r->conversation; i++)
		if (!c->reading[i].conversation || c->reading[i].last.us < r->last.us)
			r = &c->reading[i];
	if (r->conversation) {
		c->conversation[r->conversation - 1].unseen[r->side]++;
		care_close(c, r);
	}
	r->conversation = (uint16_t)(v - c->conversation + 1);
	r->side = (uint8_t)side;
	r->last = p->when;
	r->frame_first = p->frame->number;
	v->reading[side] = (uint16_t)(r - c->reading + 1);
	return r;
}

/* --- what is told of every message -------------------------------------------------------- */

uint64_t
care_digest(const struct cares *c, uint64_t kind, struct bytes text)
{
	return message_digest(&c->key, kind, text);
}

uint64_t
care_position(const struct sensor *s, const struct packet *p, int side, const uint8_t *at)
{
	struct bytes in = p->tcp.payload;
	uint32_t     seq = p->tcp.seq;

	if (at < in.at || at >= in.at + in.len) {
		in = stream_front(s->streams, &p->flow->side[side]);
		seq = p->flow->side[side].seq;
	}
	if (!in.len || at < in.at || at >= in.at + in.len)
		return 0;
	struct {
		struct flow_key ends;
		uint32_t        seq, side;
	} where = { .ends = p->flow->key, .seq = seq + (uint32_t)(at - in.at), .side = (uint32_t)side };
	where.ends.leg = 0;
	where.ends.domain = 0; /* another place may be another domain */
	return care_digest(s->cares, MESSAGE_PROTOCOLS * 2, bytes_of(&where, sizeof where));
}

struct message_head *
care_head(struct sensor *s, const struct packet *p, struct conversation *v, int side, enum message_protocol protocol, uint64_t frame_first)
{
	struct message_head *h = &s->cares->message.head;

	memset(h, 0, sizeof *h);
	h->protocol = (uint8_t)protocol;
	h->place = p->frame->place;
	h->source = p->frame->source;
	h->port = flow_port(p->flow, FLOW_SERVER);
	h->domain = p->domain;
	h->when = p->frame->when;
	h->steady = p->when;
	h->frame = p->frame->number;
	h->frame_first = frame_first;
	h->flow = p->flow->id << 16 | p->frame->place; /* ids count anew at every place */
	h->order = ++v->order[side];
	h->unseen = v->unseen[side];
	v->unseen[side] = 0;
	h->sender = flow_addr(p->flow, side);
	h->receiver = flow_addr(p->flow, !side);
	h->from_server = side == FLOW_SERVER;
	h->card_from = p->flow->side[side].card;
	h->card_to = p->flow->side[side].next;
	return h;
}

void
care_say(struct sensor *s)
{
	s->out.message(s->out.context, &s->cares->message);
}

/* --- gaps and ends ---------------------------------------------------------------------------- */

void
care_attend(struct sensor *s, const struct packet *p)
{
	if (s->cares)
		(void)care_conversation(s, p);
}

void
care_gap(struct sensor *s, const struct packet *p, int side, uint32_t n)
{
	if (!s->cares || !p->flow->care)
		return;
	struct conversation *v = care_conversation(s, p);
	if (v->reading[side])
		care_close(s->cares, care_reading(s->cares, v, side));
	v->unseen[side] += n;
	if (p->flow->app == APP_MLLP)
		framing_gap(&v->hl7.framing[side], n);
	if (p->flow->app == APP_MQTT)
		v->mqtt.left[side] = 0, v->mqtt.pass[side] = 0;
}

void
care_gone(struct sensor *s, struct flow *f)
{
	struct conversation *v = care_known(s, f);

	if (!v)
		return;
	close_both(s->cares, v);
	v->flow = 0;
	f->care = 0;
}
