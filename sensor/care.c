/* care: see care.h. */
#include "sensor/care.h"
#include "base/memory.h"
#include "content/framing.h"
#include "content/meaning_hl7.h"
#include "content/message.h"
#include "crypt/hmac.h"

struct conversation {
	uint64_t       flow;         /* its id, 0: free */
	struct instant last;
	uint32_t       order[2], unseen[2];
	uint16_t       reading[2];   /* the message being read, number + 1 */
	struct framing framing[2];
	uint8_t        doubt[2];     /* about the message being read, enum framing_doubt */
};

struct reading {
	uint16_t           conversation; /* number + 1, 0: free */
	uint8_t            side;
	struct instant     last;
	uint64_t           frame_first;
	struct meaning     said;
	struct meaning_hl7 hl7;
};

struct cares {
	struct siphash_key   key;
	struct conversation *conversation;
	struct reading      *reading;
	uint16_t             conversations, readings;
	struct message       message; /* what is told next */
};

struct cares *
care_new(size_t memory, const uint8_t key[static 32])
{
	struct cares *c = memory_new(1, sizeof *c);
	uint8_t       mine[32];

	if (!c)
		return NULL;
	hmac_sha256(key, bytes_text("paravent content"), mine);
	c->key = siphash_key(mine);
	size_t n = memory / 4 / sizeof *c->conversation, m = memory / 4 * 3 / sizeof *c->reading;
	c->conversations = (uint16_t)(n < 16 ? 16 : n < UINT16_MAX ? n : UINT16_MAX - 1);
	c->readings = (uint16_t)(m < 4 ? 4 : m < UINT16_MAX ? m : UINT16_MAX - 1);
	c->conversation = memory_new(c->conversations, sizeof *c->conversation);
	c->reading = memory_new(c->readings, sizeof *c->reading);
	if (c->conversation && c->reading)
		return c;
	care_free(c);
	return NULL;
}

void
care_free(struct cares *c)
{
	if (!c)
		return;
	memory_free(c->conversation);
	memory_free(c->reading);
	memory_free(c);
}

/* --- slots --------------------------------------------------------------------------- */

static void
let_go(struct cares *c, struct reading *r)
{
	struct conversation *v = &c->conversation[r->conversation - 1];

	v->reading[r->side] = 0;
	r->conversation = 0;
}

static struct conversation *
conversation(struct sensor *s, const struct packet *p)
{
	struct cares        *c = s->cares;
	struct flow         *f = p->flow;
	struct conversation *v = f->care && f->care <= c->conversations ? &c->conversation[f->care - 1] : NULL;

	if (!v || v->flow != f->id) {
		/* The first free one, else the longest silent. */
		v = &c->conversation[0];
		for (uint16_t i = 0; i < c->conversations && v->flow; i++)
			if (!c->conversation[i].flow || c->conversation[i].last.us < v->last.us)
				v = &c->conversation[i];
		for (int side = 0; side < 2; side++)
			if (v->reading[side])
				let_go(c, &c->reading[v->reading[side] - 1]);
		memset(v, 0, sizeof *v);
		v->flow = f->id;
		f->care = (uint16_t)(v - c->conversation + 1);
	}
	v->last = p->when;
	return v;
}

static struct reading *
open_reading(struct sensor *s, const struct packet *p, struct conversation *v, int side)
{
	struct cares   *c = s->cares;
	struct reading *r = &c->reading[0];

	for (uint16_t i = 0; i < c->readings && r->conversation; i++)
		if (!c->reading[i].conversation || c->reading[i].last.us < r->last.us)
			r = &c->reading[i];
	if (r->conversation)
		let_go(c, r);
	r->conversation = (uint16_t)(v - c->conversation + 1);
	r->side = (uint8_t)side;
	r->frame_first = p->frame->number;
	v->reading[side] = (uint16_t)(r - c->reading + 1);
	v->doubt[side] = 0;
	return r;
}

/* --- what is told of every message -------------------------------------------------------- */

static uint64_t
digest(const struct cares *c, uint64_t kind, struct bytes text)
{
	return text.len ? siphash_quick(&c->key, kind, text) | 1u : 0;
}

static void
put_text(char *to, size_t cap, struct bytes text)
{
	bytes_clean(text, to, cap);
}

/* The head of a message that ends in packet p, all but what its protocol says. */
static struct message_head *
head(struct sensor *s, const struct packet *p, struct conversation *v, int side, enum message_protocol protocol, uint64_t frame_first)
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

static void
say(struct sensor *s)
{
	s->out.message(s->out.context, &s->cares->message);
}

/* --- HL7 ------------------------------------------------------------------------------------- */

static struct bytes
text_of(const struct meaning_hl7 *h, enum meaning_hl7_id id)
{
	return bytes_of(h->id[id].text, h->id[id].len);
}

static enum message_class
class_of(struct bytes type, struct bytes trigger)
{
	if (bytes_equal(type, bytes_text("ORU")) && bytes_equal(trigger, bytes_text("R40")))
		return MESSAGE_ALARM;
	if (bytes_equal(type, bytes_text("ORU")) || bytes_equal(type, bytes_text("OUL")))
		return MESSAGE_RESULT;
	static const char *const ORDERS[] = { "ORM", "OMP", "OMG", "OML", "OMI", "OMD", "RDE", "RDS", "RGV", "RAS", "ORP" };
	for (size_t i = 0; i < sizeof ORDERS / sizeof *ORDERS; i++)
		if (bytes_equal(type, bytes_text(ORDERS[i])))
			return MESSAGE_ORDER;
	return MESSAGE_OTHER;
}

/* The acknowledgement in a message: MSA, whatever else it holds. */
static void
say_answer(struct sensor *s, const struct meaning_hl7 *h)
{
	struct message_head *m = &s->cares->message.head;
	struct bytes         code = text_of(h, MEANING_HL7_ACK_CODE);

	m->marks = MESSAGE_ANSWER;
	if (bytes_equal(code, bytes_text("AA")) || bytes_equal(code, bytes_text("CA")))
		m->marks |= MESSAGE_ACCEPTS;
	m->answers = digest(s->cares, MESSAGE_HL7, text_of(h, MEANING_HL7_ACK_ID));
	put_text(m->type, sizeof m->type, code);
	m->fields = m->pool = 0;
	say(s);
}

static void
hl7_end(struct sensor *s, const struct packet *p, struct conversation *v, int side)
{
	struct reading     *r = &s->cares->reading[v->reading[side] - 1];
	struct meaning_hl7 *h = &r->hl7;
	bool                hl7 = meaning_hl7_end(h) == OK;

	let_go(s->cares, r);
	if (!hl7) {
		s->counts.malformed++;
		return;
	}
	struct message_head *m = head(s, p, v, side, MESSAGE_HL7, r->frame_first);
	struct bytes         type = meaning_hl7_type(h, 1), trigger = meaning_hl7_type(h, 2), control = text_of(h, MEANING_HL7_CONTROL);
	uint8_t              room[160];
	struct buf           text = buf_over(room, sizeof room);

	m->id = digest(s->cares, MESSAGE_HL7, control);
	put_text(m->key, sizeof m->key, control);
	if (bytes_equal(type, bytes_text("ACK")) || bytes_equal(type, bytes_text("MCF"))) {
		message_said(&s->cares->message, &r->said);
		say_answer(s, h);
		return;
	}
	buf_bytes_put(&text, text_of(h, MEANING_HL7_FROM));
	buf_u8(&text, 0);
	buf_bytes_put(&text, text_of(h, MEANING_HL7_FROM_FACILITY));
	m->origin = text.len > 1 ? digest(s->cares, MESSAGE_HL7 + MESSAGE_PROTOCOLS, buf_bytes(&text)) : 0;
	buf_reset(&text);
	buf_bytes_put(&text, type);
	if (trigger.len) {
		buf_u8(&text, '^');
		buf_bytes_put(&text, trigger);
	}
	put_text(m->type, sizeof m->type, buf_bytes(&text));
	m->class = (uint8_t)class_of(type, trigger);
	m->framing = v->doubt[side];
	m->marks = (uint8_t)((control.len && text_of(h, MEANING_HL7_TIME).len ? MESSAGE_UNIQUE : 0) | (v->doubt[side] ? MESSAGE_AMBIGUOUS : 0));
	message_said(&s->cares->message, &r->said);
	say(s);
	/* A response to a query, or an order's answer: it says something, and it answers. */
	if (h->id[MEANING_HL7_ACK_CODE].len)
		say_answer(s, h);
}

void
care_hl7(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	if (!s->cares || !in.len)
		return;
	struct conversation *v = conversation(s, p);
	struct framing_event e;

	while (framing_next(&v->framing[side], &in, &e)) {
		struct reading *r = v->reading[side] ? &s->cares->reading[v->reading[side] - 1] : NULL;
		switch (e.kind) {
		case FRAMING_BEGIN:
			if (r)
				let_go(s->cares, r);
			r = open_reading(s, p, v, side);
			meaning_hl7_begin(&r->hl7, &r->said, &s->cares->key);
			break;
		case FRAMING_DATA:
			if (r) {
				r->last = p->when;
				meaning_hl7_put(&r->hl7, e.data);
			}
			break;
		case FRAMING_END:
			if (r)
				hl7_end(s, p, v, side);
			break;
		case FRAMING_DOUBT:
			v->doubt[side] = (uint8_t)e.doubt;
			break;
		}
	}
}

/* --- gaps and ends ---------------------------------------------------------------------------- */

void
care_gap(struct sensor *s, const struct packet *p, int side, uint32_t n)
{
	if (!s->cares || !p->flow->care)
		return;
	struct conversation *v = conversation(s, p);
	if (v->reading[side])
		let_go(s->cares, &s->cares->reading[v->reading[side] - 1]);
	v->unseen[side] += n;
	framing_gap(&v->framing[side], n);
}

void
care_gone(struct sensor *s, struct flow *f)
{
	struct cares *c = s->cares;

	if (!c || !f->care || f->care > c->conversations)
		return;
	struct conversation *v = &c->conversation[f->care - 1];
	if (v->flow != f->id)
		return;
	for (int side = 0; side < 2; side++)
		if (v->reading[side])
			let_go(c, &c->reading[v->reading[side] - 1]);
	v->flow = 0;
	f->care = 0;
}
