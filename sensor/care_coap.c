/*
 * care_coap: what CoAP messages carry (RFC 7252), bodies in blocks put together
 * (RFC 7959), notifications (RFC 7641).  A message id met before is the same
 * message sent again (section 4.2), and not told.
 */
#include "sensor/care_inside.h"
#include "wire/coap.h"

enum { CLASS_2 = 2, CONTINUE = 0x5f };

static bool
is_request(const struct coap *m)
{
	return m->code >= COAP_GET && m->code <= COAP_IPATCH;
}

static bool
met(struct care_coap *c, const struct packet *p, int side, const struct coap *m)
{
	for (int i = 0; i < CARE_RECENT; i++)
		if (c->recent[side][i].used && c->recent[side][i].id == m->id && c->recent[side][i].type == m->type && mac_equal(c->recent[side][i].card, p->link.src))
			return true;
	uint8_t n = c->met[side]++ % CARE_RECENT;
	c->recent[side][n].used = true;
	c->recent[side][n].id = m->id;
	c->recent[side][n].type = m->type;
	c->recent[side][n].card = p->link.src;
	return false;
}

/* --- who asked for what --------------------------------------------------------------------- */

static struct care_coap_asked *
remember(struct care_coap *c, int side, const struct coap *m, const char *path, uint64_t id)
{
	struct care_coap_asked *a = NULL;

	for (int i = 0; i < CARE_TOKENS && !a; i++) {
		struct care_coap_asked *x = &c->asked[i];
		if (x->used && x->asker == side && x->request == is_request(m) && x->len == m->token_len && memcmp(x->token, m->token, m->token_len) == 0)
			a = x;
	}
	if (!a)
		a = &c->asked[c->asks++ % CARE_TOKENS];
	a->used = true;
	a->request = is_request(m);
	a->asker = (uint8_t)side;
	a->message = m->id;
	a->len = m->token_len;
	memcpy(a->token, m->token, sizeof a->token);
	memmove(a->path, path, sizeof a->path);
	a->id = id;
	return a;
}

static struct care_coap_asked *
asked_by_token(struct care_coap *c, int side, const struct coap *m)
{
	for (int i = 0; i < CARE_TOKENS; i++) {
		struct care_coap_asked *a = &c->asked[i];
		if (a->used && a->request && a->asker != side && a->len == m->token_len && memcmp(a->token, m->token, m->token_len) == 0)
			return a;
	}
	return NULL;
}

static struct care_coap_asked *
asked_by_message(struct care_coap *c, int side, const struct coap *m)
{
	for (int i = 0; i < CARE_TOKENS; i++)
		if (c->asked[i].used && !c->asked[i].request && c->asked[i].asker != side && c->asked[i].message == m->id)
			return &c->asked[i];
	return NULL;
}

static void
say_answer(struct sensor *s, const struct packet *p, struct conversation *v, int side, struct care_coap_asked *a, bool good, const struct coap *m)
{
	struct message_head *h;
	struct buf           type;

	if (!a || !a->id)
		return;
	h = care_head(s, p, v, side, MESSAGE_COAP, p->frame->number);
	h->answers = a->id;
	h->marks = MESSAGE_ANSWER | (good ? MESSAGE_ACCEPTS : 0);
	type = buf_over(h->type, sizeof h->type);
	if (m->code)
		buf_format(&type, "%u.%02u", m->code >> 5, m->code & 31);
	else
		buf_text(&type, m->type == COAP_ACK ? "ACK" : "RST");
	a->id = 0;
	care_say(s);
}

/* --- a body ---------------------------------------------------------------------------------- */

static void
begin(struct sensor *s, const struct packet *p, struct reading *r, int side, const struct coap *m, const char *path)
{
	static const char *const METHOD[] = { "", "GET", "POST", "PUT", "DELETE", "FETCH", "PATCH", "iPATCH" };
	struct buf               type = buf_over(r->coap.type, sizeof r->coap.type - 1);

	memcpy(r->coap.path, path, sizeof r->coap.path);
	if (is_request(m))
		buf_text(&type, METHOD[m->code]);
	else
		buf_format(&type, "%u.%02u", m->code >> 5, m->code & 31);
	r->coap.type[type.len] = 0;
	care_payload_begin(s->cares, &r->coap.payload, &r->said);
	care_payload_field(s->cares, &r->said, "path", bytes_text(r->coap.path));
	care_payload_field(s->cares, &r->said, "code", bytes_of(&m->code, 1));
	if (m->has_format)
		care_payload_field(s->cares, &r->said, "format", bytes_of(&m->format, sizeof m->format));
	care_payload_open(&r->coap.payload, &r->said, bytes_text(r->coap.path));
	/* Message ids are of one hop: on its legs the same. */
	struct {
		struct flow_key ends;
		uint16_t        id, side;
		uint32_t        pad;
	} where = { .ends = p->key, .id = m->id, .side = (uint16_t)side };
	where.ends.leg = 0;
	where.ends.domain = 0;
	r->coap.id = care_digest(s->cares, MESSAGE_COAP, bytes_of(&where, sizeof where));
}

static void
end(struct sensor *s, const struct packet *p, struct conversation *v, int side, struct reading *r, const struct coap *m)
{
	if (care_payload_end(&r->coap.payload, &r->said, bytes_text(r->coap.path)))
		s->counts.malformed++;
	struct message_head *h = care_head(s, p, v, side, MESSAGE_COAP, r->frame_first);
	struct bytes         path = bytes_text(r->coap.path);
	h->class = bytes_hold_nocase(path, "alarm") || bytes_hold_nocase(path, "alert") ? MESSAGE_ALARM : MESSAGE_VITALS;
	h->id = r->coap.id;
	memcpy(h->key, r->coap.path, sizeof h->key);
	memcpy(h->type, r->coap.type, sizeof h->type);
	message_said(&s->cares->message, &r->said);
	remember(&v->coap, side, m, r->coap.path, h->id);
	care_close(s->cares, r);
	care_say(s);
}

/* The payload of one datagram, in blocks or not. */
static void
payload(struct sensor *s, const struct packet *p, struct conversation *v, int side, const struct coap *m, const char *path)
{
	bool            blocks = is_request(m) ? m->has_block1 : m->has_block2;
	uint32_t        option = is_request(m) ? m->block1 : m->block2;
	struct bytes    fresh = m->payload;
	struct reading *r = care_reading(s->cares, v, side);
	enum blocks_state state = blocks ? blocks_put(&v->coap.blocks[side], option, m->payload, &fresh) : BLOCKS_LAST;

	if (state == BLOCKS_AGAIN)
		return;
	if (state == BLOCKS_GAP || state == BLOCKS_FORM) {
		v->unseen[side]++;
		if (r)
			care_close(s->cares, r);
		return;
	}
	if (r && (!blocks || option >> 4 == 0)) {
		care_close(s->cares, r);
		r = NULL;
	}
	if (!r) {
		if (blocks && option >> 4)
			return; /* its beginning gave way to others */
		r = care_open(s, p, v, side);
		begin(s, p, r, side, m, path);
	}
	r->last = p->when;
	care_payload_put(&r->coap.payload, &r->said, fresh);
	if (state == BLOCKS_LAST)
		end(s, p, v, side, r, m);
}

void
care_coap(struct sensor *s, struct packet *p, int side, const struct coap *m)
{
	if (!s->cares)
		return;
	struct conversation *v = care_conversation(s, p);
	char                 path[MESSAGE_KEY];

	if (met(&v->coap, p, side, m))
		return;
	if (m->code == COAP_EMPTY) {
		say_answer(s, p, v, side, asked_by_message(&v->coap, side, m), m->type == COAP_ACK, m);
		return;
	}
	if (is_request(m)) {
		bytes_clean(bytes_text(m->path[0] ? m->path : "/"), path, sizeof path);
		remember(&v->coap, side, m, path, 0);
		if (m->payload.len)
			payload(s, p, v, side, m, path);
		return;
	}
	struct care_coap_asked *a = asked_by_token(&v->coap, side, m);
	bool                    good = m->code >> 5 == CLASS_2;
	bytes_clean(bytes_text(a ? a->path : "?"), path, sizeof path);
	if (m->code != CONTINUE)
		say_answer(s, p, v, side, a, good, m);
	if (good && m->payload.len)
		payload(s, p, v, side, m, path);
}
