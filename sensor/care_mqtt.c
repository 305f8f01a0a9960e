/*
 * care_mqtt: PUBLISH packets, from a client to the broker and from the broker
 * to its subscribers (OASIS MQTT v5.0 section 3.3), over TCP or in the frames
 * of a WebSocket (section 6).
 *
 * A packet's head is put together in the message being read; its payload is
 * digested as it comes.  The topic is a field, and so is the payload, named by
 * the topic, or each value of it if it is JSON.  What is of one hop only
 * (packet id, QoS, DUP, retain) is no part of the meaning.
 */
#include "sensor/care_inside.h"
#include "sensor/clinical.h"
#include "sensor/decoder.h"
#include "wire/websocket.h"

enum { REFUSED = 0x80 };

static struct reading *
packet_reading(struct sensor *s, const struct packet *p, struct conversation *v, int side)
{
	struct reading *r = care_reading(s->cares, v, side);

	if (!r) {
		r = care_open(s, p, v, side);
		r->mqtt.have = 0;
		r->mqtt.begun = false;
		r->mqtt.id = 0;
	}
	r->last = p->when;
	return r;
}

/* --- a publication ------------------------------------------------------------------------ */

static void
publish_begin(struct sensor *s, struct reading *r, const struct mqtt *m)
{
	r->mqtt.begun = true;
	r->mqtt.repeated = m->dup || m->retain;
	r->mqtt.qos = m->qos;
	r->mqtt.packet_id = m->packet_id;
	bytes_clean(m->topic, r->mqtt.topic, sizeof r->mqtt.topic);
	care_payload_begin(s->cares, &r->mqtt.payload, &r->said);
	care_payload_field(s->cares, &r->said, "topic", m->topic);
	care_payload_open(&r->mqtt.payload, &r->said, m->topic);
}

static enum message_class
class_of(const char *topic)
{
	struct bytes t = bytes_text(topic);
	return bytes_hold_nocase(t, "alarm") || bytes_hold_nocase(t, "alert") ? MESSAGE_ALARM : MESSAGE_VITALS;
}

static void
publish_end(struct sensor *s, const struct packet *p, struct conversation *v, int side, struct reading *r)
{
	if (care_payload_end(&r->mqtt.payload, &r->said, bytes_text(r->mqtt.topic)))
		s->counts.malformed++;
	struct message_head *m = care_head(s, p, v, side, MESSAGE_MQTT, r->frame_first);
	m->class = (uint8_t)class_of(r->mqtt.topic);
	m->id = r->mqtt.id;
	/* The broker does not tell who wrote it: what it hands on is of a topic. */
	m->origin = side == FLOW_CLIENT ? v->mqtt.client : care_digest(s->cares, MESSAGE_MQTT + 2 * MESSAGE_PROTOCOLS, bytes_text(r->mqtt.topic));
	m->marks = r->mqtt.repeated ? MESSAGE_REPEATED : 0;
	memcpy(m->key, r->mqtt.topic, sizeof m->key);
	bytes_clean(bytes_text("PUBLISH"), m->type, sizeof m->type);
	message_said(&s->cares->message, &r->said);
	if (r->mqtt.qos && m->id) {
		v->mqtt.asked[v->mqtt.asks % CARE_ASKED].packet = r->mqtt.packet_id;
		v->mqtt.asked[v->mqtt.asks % CARE_ASKED].side = (uint8_t)side;
		v->mqtt.asked[v->mqtt.asks++ % CARE_ASKED].id = m->id;
	}
	care_close(s->cares, r);
	care_say(s);
}

/* PUBACK or PUBREC: the first answer to a publication. */
static void
say_answer(struct sensor *s, const struct packet *p, struct conversation *v, int side, const struct mqtt *m)
{
	for (int i = 0; i < CARE_ASKED; i++) {
		if (!v->mqtt.asked[i].id || v->mqtt.asked[i].packet != m->packet_id || v->mqtt.asked[i].side == side)
			continue;
		struct message_head *h = care_head(s, p, v, side, MESSAGE_MQTT, p->frame->number);
		struct buf           type = buf_over(h->type, sizeof h->type);
		h->answers = v->mqtt.asked[i].id;
		h->marks = MESSAGE_ANSWER | (m->reason < REFUSED ? MESSAGE_ACCEPTS : 0);
		buf_format(&type, "%s %02XH", m->type == MQTT_PUBACK ? "PUBACK" : "PUBREC", m->reason);
		v->mqtt.asked[i].id = 0;
		care_say(s);
		return;
	}
}

/* --- packets -------------------------------------------------------------------------------- */

/*
 * Without CONNECT the version is guessed: what version 3 takes for a payload
 * with a control character at its front has properties of version 5 there.
 */
static enum err
parse(const struct care_mqtt *c, struct bytes in, struct mqtt *m)
{
	enum err e = mqtt_parse(in, c->level ? c->level : MQTT_LEVEL_311, m);

	if (c->level || e || m->type != MQTT_PUBLISH || !m->payload.len || m->payload.at[0] >= ' ')
		return e;
	struct mqtt five;
	if (mqtt_parse(in, MQTT_LEVEL_5, &five) == OK)
		*m = five;
	return e;
}

/* The head of a packet is there as far as it is kept: what it says.  True: a publication's payload goes on. */
static bool
head_seen(struct sensor *s, const struct packet *p, struct conversation *v, int side, struct reading *r)
{
	struct mqtt m;

	if (parse(&v->mqtt, bytes_of(r->mqtt.packet, r->mqtt.have), &m))
		return false;
	switch (m.type) {
	case MQTT_CONNECT:
		v->mqtt.level = m.level;
		v->mqtt.client = care_digest(s->cares, MESSAGE_MQTT + MESSAGE_PROTOCOLS, m.client_id);
		return false;
	case MQTT_PUBACK:
	case MQTT_PUBREC:
		say_answer(s, p, v, side, &m);
		return false;
	case MQTT_PUBLISH:
		publish_begin(s, r, &m);
		care_payload_put(&r->mqtt.payload, &r->said, m.payload);
		return true;
	default:
		return false;
	}
}

/* More of a packet's head; how much of in is used, and false if it is no MQTT. */
static bool
head_put(struct sensor *s, const struct packet *p, struct conversation *v, int side, struct bytes *in, const uint8_t *at)
{
	struct reading *r = packet_reading(s, p, v, side);
	uint16_t        before = r->mqtt.have;
	struct bytes    more = bytes_head(*in, (size_t)CARE_PACKET - before);
	struct mqtt     m;
	size_t          size;

	if (!before)
		r->mqtt.id = care_position(s, p, side, at);
	memcpy(r->mqtt.packet + before, more.at, more.len);
	r->mqtt.have = (uint16_t)(before + more.len);
	enum err e = mqtt_size(bytes_of(r->mqtt.packet, r->mqtt.have), &size);
	if (!e && size < r->mqtt.have) {
		more = bytes_head(more, size - before);
		r->mqtt.have = (uint16_t)size;
	}
	*in = bytes_skip(*in, more.len);
	if (e)
		return e == ERR_SHORT;
	/* A publication is begun as soon as its head is there; any other packet is waited for, unless it is long. */
	bool whole = r->mqtt.have == size, full = r->mqtt.have == CARE_PACKET;
	if (!whole && !full && parse(&v->mqtt, bytes_of(r->mqtt.packet, r->mqtt.have), &m) == ERR_SHORT)
		return true;
	bool publication = head_seen(s, p, v, side, r);
	v->mqtt.left[side] = (uint32_t)(size - r->mqtt.have);
	if (!publication) {
		v->unseen[side] += r->mqtt.packet[0] >> 4 == MQTT_PUBLISH;
		care_close(s->cares, r);
	} else if (whole) {
		publish_end(s, p, v, side, r);
	}
	return true;
}

/* All of in, whose first byte stands in the stream at `at`; false if it is no MQTT. */
static bool
put(struct sensor *s, const struct packet *p, int side, struct bytes in, const uint8_t *at)
{
	struct conversation *v = care_conversation(s, p);
	const uint8_t       *first = in.at;

	while (in.len) {
		if (!v->mqtt.left[side]) {
			if (!head_put(s, p, v, side, &in, at + (in.at - first)))
				return false;
			continue;
		}
		struct reading *r = care_reading(s->cares, v, side);
		struct bytes    data = bytes_head(in, v->mqtt.left[side]);
		in = bytes_skip(in, data.len);
		v->mqtt.left[side] -= (uint32_t)data.len;
		if (!r)
			continue;
		r->last = p->when;
		care_payload_put(&r->mqtt.payload, &r->said, data);
		if (!v->mqtt.left[side])
			publish_end(s, p, v, side, r);
	}
	return true;
}

void
care_mqtt(struct sensor *s, struct packet *p, int side, struct bytes in, size_t more)
{
	if (!s->cares)
		return;
	struct conversation *v = care_conversation(s, p);
	v->mqtt.pass[side] = more;
	(void)put(s, p, side, in, in.at);
}

size_t
care_mqtt_more(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct conversation *v = care_known(s, p->flow);

	if (!v || !v->mqtt.pass[side])
		return 0;
	in = bytes_head(in, v->mqtt.pass[side]);
	v->mqtt.pass[side] -= in.len;
	(void)put(s, p, side, in, in.at);
	return in.len;
}

/* --- over a WebSocket -------------------------------------------------------------------------- */

size_t
care_mqtt_socket(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct conversation *v = care_conversation(s, p);
	struct websocket     w;
	uint8_t              room[2048];

	if (!v->mqtt.pass[side]) {
		enum err e = websocket_parse(in, &w);
		if (e)
			return e == ERR_SHORT ? 0 : DECODER_CLOSE;
		/* Compressed, or text: not MQTT's. */
		if (w.reserved || w.opcode == WEBSOCKET_TEXT || w.length > UINT32_MAX)
			return DECODER_CLOSE;
		memcpy(v->mqtt.mask[side], w.masked ? w.key : (const uint8_t[4]){ 0 }, 4);
		v->mqtt.turn[side] = 0;
		v->mqtt.pass[side] = w.length;
		v->mqtt.control[side] = w.opcode >= WEBSOCKET_CLOSE;
		return w.head;
	}
	in = bytes_head(in, v->mqtt.pass[side] < sizeof room ? v->mqtt.pass[side] : sizeof room);
	memcpy(w.key, v->mqtt.mask[side], 4);
	websocket_unmask(&w, v->mqtt.turn[side], in, room);
	v->mqtt.turn[side] = (uint8_t)((v->mqtt.turn[side] + in.len) & 3);
	v->mqtt.pass[side] -= in.len;
	if (v->mqtt.control[side])
		return in.len;
	if (!v->mqtt.level && !(side == FLOW_CLIENT && mqtt_looks(bytes_of(room, in.len))))
		return DECODER_CLOSE;
	clinical_plain(s, p, "mqtt");
	return put(s, p, side, bytes_of(room, in.len), in.at) ? in.len : DECODER_CLOSE;
}
