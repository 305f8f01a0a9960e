/* care_hl7: messages out of MLLP frames. */
#include "sensor/care_inside.h"

/* Where a frame is read: at its first byte; one message; in a batch file, within a line.  Below these: letters of MSH at a line's start. */
enum { LETTERS = 3, FIRST, ALONE, WITHIN };

static struct bytes
text_of(const struct meaning_hl7 *h, enum meaning_hl7_id id)
{
	return bytes_of(h->id[id].text, h->id[id].len);
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
	m->answers = care_digest(s->cares, MESSAGE_HL7, text_of(h, MEANING_HL7_ACK_ID));
	bytes_clean(code, m->type, sizeof m->type);
	m->fields = m->pool = 0;
	care_say(s);
}

static void
hl7_end(struct sensor *s, const struct packet *p, struct conversation *v, int side)
{
	struct reading     *r = care_reading(s->cares, v, side);
	struct meaning_hl7 *h = &r->hl7;
	bool                hl7 = meaning_hl7_end(h) == OK;

	care_close(s->cares, r);
	if (!hl7) {
		s->counts.malformed++;
		return;
	}
	struct message_head *m = care_head(s, p, v, side, MESSAGE_HL7, r->frame_first);
	struct bytes         type = meaning_hl7_type(h, 1), trigger = meaning_hl7_type(h, 2), control = text_of(h, MEANING_HL7_CONTROL);
	uint8_t              room[160];
	struct buf           text = buf_over(room, sizeof room);

	m->id = care_digest(s->cares, MESSAGE_HL7, control);
	bytes_clean(control, m->key, sizeof m->key);
	if (bytes_equal(type, bytes_text("ACK")) || bytes_equal(type, bytes_text("MCF"))) {
		message_said(&s->cares->message, &r->said);
		say_answer(s, h);
		return;
	}
	buf_bytes_put(&text, text_of(h, MEANING_HL7_FROM));
	buf_u8(&text, 0);
	buf_bytes_put(&text, text_of(h, MEANING_HL7_FROM_FACILITY));
	m->origin = text.len > 1 ? care_digest(s->cares, MESSAGE_HL7 + MESSAGE_PROTOCOLS, buf_bytes(&text)) : 0;
	buf_reset(&text);
	buf_bytes_put(&text, type);
	if (trigger.len) {
		buf_u8(&text, '^');
		buf_bytes_put(&text, trigger);
	}
	bytes_clean(buf_bytes(&text), m->type, sizeof m->type);
	m->class = (uint8_t)message_hl7_class(type, trigger);
	m->framing = v->hl7.doubt[side];
	m->batch = v->hl7.line[side] == ALONE ? 0 : v->hl7.batch[side];
	m->marks = (uint8_t)((control.len && text_of(h, MEANING_HL7_TIME).len ? MESSAGE_UNIQUE : 0) | (v->hl7.doubt[side] ? MESSAGE_AMBIGUOUS : 0));
	message_said(&s->cares->message, &r->said);
	care_say(s);
	/* A response to a query, or an order's answer: it says something, and it answers. */
	if (h->id[MEANING_HL7_ACK_CODE].len)
		say_answer(s, h);
}

static struct reading *
hl7_begin(struct sensor *s, const struct packet *p, struct conversation *v, int side)
{
	struct reading *r = care_open(s, p, v, side);

	meaning_hl7_begin(&r->hl7, &r->said, &s->cares->key);
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

static void
hl7_put(struct sensor *s, const struct packet *p, struct conversation *v, int side, struct bytes in)
{
	struct reading *r = care_reading(s->cares, v, side);
	uint8_t        *at = &v->hl7.line[side];

	if (!r)
		return;
	r->last = p->when;
	if (*at == FIRST && in.len) {
		bool batch = in.at[0] == 'F' || in.at[0] == 'B';
		v->hl7.batch[side] += batch;
		*at = batch ? WITHIN : ALONE;
	}
	if (*at == ALONE)
		meaning_hl7_put(&r->hl7, in);
	else
		batch_put(s, p, v, side, in);
}

void
care_hl7(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	if (!s->cares || !in.len)
		return;
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
			hl7_put(s, p, v, side, e.data);
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
