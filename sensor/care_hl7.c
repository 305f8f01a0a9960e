/* care_hl7: messages out of MLLP frames. */
#include "sensor/care_inside.h"

#include <assert.h>

/* Where a frame is read: at its first byte; one message; in a batch file, within a line.  Below these: letters of MSH at a line's start. */
enum { LETTERS = 3, FIRST, ALONE, WITHIN };

static struct bytes
text_of(const struct meaning_hl7 *h, enum meaning_hl7_id id)
{
	return bytes_of(h->id[id].text, h->id[id].len);
}

/* What follows from the bytes of the message that was read. */
static void
say_of(const struct cares *c, const struct meaning_hl7 *h, const struct meaning *said, struct known *out)
{
	struct bytes type = meaning_hl7_type(h, 1), trigger = meaning_hl7_type(h, 2), control = text_of(h, MEANING_HL7_CONTROL);
	uint8_t      room[160];
	struct buf   text = buf_over(room, sizeof room);

	memset(out, 0, sizeof *out);
	out->bytes = said->bytes;
	out->size = said->size < UINT32_MAX ? (uint32_t)said->size : UINT32_MAX;
	out->id = care_digest(c, MESSAGE_HL7, control);
	bytes_clean(control, out->key, sizeof out->key);
	out->answers = care_digest(c, MESSAGE_HL7, text_of(h, MEANING_HL7_ACK_ID));
	bytes_clean(text_of(h, MEANING_HL7_ACK_CODE), out->code, sizeof out->code);
	out->answers_only = meaning_hl7_is_answer(h);
	assert(out->answers_only || !h->quiet);
	if (out->answers_only) {
		out->meaning = out->body = said->bytes;
		return;
	}
	out->meaning = said->meaning;
	out->body = said->body;
	out->fields = said->fields;
	out->pool = said->pool_len;
	out->coarse = said->coarse;
	out->origin = message_hl7_origin(&c->key, text_of(h, MEANING_HL7_FROM), text_of(h, MEANING_HL7_FROM_FACILITY));
	buf_bytes_put(&text, type);
	if (trigger.len) {
		buf_u8(&text, '^');
		buf_bytes_put(&text, trigger);
	}
	bytes_clean(buf_bytes(&text), out->type, sizeof out->type);
	out->class = (uint8_t)message_hl7_class(type, trigger);
	out->marks = control.len && text_of(h, MEANING_HL7_TIME).len ? MESSAGE_UNIQUE : 0;
}

/* The acknowledgement in a message: MSA, whatever else it holds. */
static void
say_answer(struct sensor *s, const struct known *k)
{
	struct message_head *m = &s->cares->message.head;

	m->marks = MESSAGE_ANSWER;
	if (strcmp(k->code, "AA") == 0 || strcmp(k->code, "CA") == 0)
		m->marks |= MESSAGE_ACCEPTS;
	m->answers = k->answers;
	memcpy(m->type, k->code, sizeof m->type);
	m->fields = m->pool = 0;
	m->known = false;
	care_say(s);
}

/* said: its fields; NULL if they are known. */
static void
hl7_say(struct sensor *s, const struct packet *p, struct conversation *v, int side, uint64_t frame_first, const struct known *k, const struct meaning *said)
{
	struct message_head *m = care_head(s, p, v, side, MESSAGE_HL7, frame_first);

	m->id = k->id;
	memcpy(m->key, k->key, sizeof m->key);
	m->bytes = k->bytes;
	m->meaning = k->meaning;
	m->body = k->body;
	m->size = k->size;
	if (k->answers_only) {
		say_answer(s, k);
		return;
	}
	m->origin = k->origin;
	memcpy(m->type, k->type, sizeof m->type);
	m->class = k->class;
	m->framing = v->hl7.doubt[side];
	m->batch = v->hl7.line[side] == ALONE ? 0 : v->hl7.batch[side];
	m->marks = (uint8_t)(k->marks | (v->hl7.doubt[side] ? MESSAGE_AMBIGUOUS : 0));
	m->known = !said;
	if (said) {
		message_said(&s->cares->message, said);
	} else {
		m->fields = k->fields;
		m->pool = k->pool;
		m->coarse = k->coarse;
	}
	care_say(s);
	/* A response to a query, or an order's answer: it says something, and it answers. */
	if (k->code[0])
		say_answer(s, k);
}

static void
hl7_end(struct sensor *s, const struct packet *p, struct conversation *v, int side)
{
	struct cares   *c = s->cares;
	struct reading *r = care_reading(c, v, side);
	bool            known = r->known, hl7 = known || meaning_hl7_end(&r->hl7) == OK;

	care_close(c, r);
	if (!hl7) {
		s->counts.malformed++;
		return;
	}
	if (!known) {
		say_of(c, &r->hl7, &r->said, &c->told);
		if (c->known && v->hl7.line[side] == ALONE)
			known_put(c->known, &c->told, p->when);
	}
	hl7_say(s, p, v, side, r->frame_first, &c->told, known ? NULL : &r->said);
}

static struct reading *
hl7_begin(struct sensor *s, const struct packet *p, struct conversation *v, int side)
{
	struct reading *r = care_open(s, p, v, side);

	meaning_hl7_begin(&r->hl7, &r->said, &s->cares->key);
	r->known = false;
	return r;
}

/* In a batch file each MSH but the first begins a message anew; what stands around them goes with the first and the last. */
static void
batch_put(struct sensor *s, const struct packet *p, struct conversation *v, int side, struct bytes in)
{
	static const char NAME[] = "MSH";
	struct reading   *r = care_reading(s->cares, v, side);
	uint8_t          *at = &v->hl7.line[side];

	while (in.len) {
		if (*at == WITHIN) {
			size_t cr = bytes_find(in, '\r'), end = bytes_find(bytes_head(in, cr), '\n');
			meaning_hl7_put(&r->hl7, bytes_head(in, end + 1));
			*at = end < in.len ? 0 : WITHIN;
			in = bytes_skip(in, end + 1);
		} else if (in.at[0] != NAME[*at]) {
			meaning_hl7_put(&r->hl7, bytes_of(NAME, *at));
			*at = *at == 0 && (in.at[0] == '\r' || in.at[0] == '\n') ? 0 : WITHIN;
			meaning_hl7_put(&r->hl7, bytes_head(in, 1));
			in = bytes_skip(in, 1);
		} else {
			in = bytes_skip(in, 1);
			if (++*at < LETTERS)
				continue;
			if (r->hl7.messages) {
				uint64_t first = r->frame_first;
				hl7_end(s, p, v, side);
				r = hl7_begin(s, p, v, side);
				r->frame_first = first;
			}
			meaning_hl7_put(&r->hl7, bytes_of(NAME, LETTERS));
			*at = WITHIN;
		}
	}
}

/* A message in one piece: it may be known, and of an acknowledgement only the bytes are compared. */
static void
hl7_whole(struct sensor *s, const struct packet *p, struct reading *r, struct bytes in)
{
	struct cares *c = s->cares;

	meaning_bytes(&r->said, in);
	r->known = c->known && known_find(c->known, meaning_bytes_so_far(&r->said), p->when, &c->told);
	if (r->known)
		return;
	r->hl7.quiet = meaning_hl7_may_answer(in);
	meaning_hl7_read(&r->hl7, in);
	if (r->hl7.quiet && !meaning_hl7_is_answer(&r->hl7)) {
		meaning_hl7_begin(&r->hl7, &r->said, &c->key);
		meaning_hl7_put(&r->hl7, in);
	}
}

/* whole: in is all there is of the message. */
static void
hl7_put(struct sensor *s, const struct packet *p, struct conversation *v, int side, struct bytes in, bool whole)
{
	struct reading *r = care_reading(s->cares, v, side);
	uint8_t        *at = &v->hl7.line[side];

	if (!r)
		return;
	r->last = p->when;
	whole &= *at == FIRST;
	if (*at == FIRST && in.len) {
		bool batch = in.at[0] == 'F' || in.at[0] == 'B';
		v->hl7.batch[side] += batch;
		*at = batch ? WITHIN : ALONE;
	}
	if (*at == ALONE && whole)
		hl7_whole(s, p, r, in);
	else if (*at == ALONE)
		meaning_hl7_put(&r->hl7, in);
	else
		batch_put(s, p, v, side, in);
}

void
care_hl7(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	if (!s->cares || !in.len)
		return;
	static const char    END[] = "\x1c\r";
	struct conversation *v = care_conversation(s, p);
	struct framing_event e;

	while (framing_next(&v->hl7.framing[side], &in, &e)) {
		struct reading *r = care_reading(s->cares, v, side);
		switch (e.kind) {
		case FRAMING_BEGIN:
			if (r)
				care_close(s->cares, r);
			hl7_begin(s, p, v, side);
			v->hl7.doubt[side] = 0;
			v->hl7.line[side] = FIRST;
			break;
		case FRAMING_DATA:
			hl7_put(s, p, v, side, e.data, in.len >= sizeof END - 1 && memcmp(in.at, END, sizeof END - 1) == 0);
			break;
		case FRAMING_END:
			if (r && v->hl7.line[side] < LETTERS)
				meaning_hl7_put(&r->hl7, bytes_of("MSH", v->hl7.line[side]));
			if (r)
				hl7_end(s, p, v, side);
			break;
		case FRAMING_DOUBT:
			v->hl7.doubt[side] = (uint8_t)e.doubt;
			break;
		}
	}
}
