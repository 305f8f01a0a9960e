/* mqtt: OASIS MQTT v5.0 sections 2.1 and 3; v3.1.1 differs in having no properties. */
#include "wire/mqtt.h"
#include "base/cursor.h"

enum { FLAG_CLEAN = 2, FLAG_WILL = 4, FLAG_WILL_RETAIN = 0x20, FLAG_PASSWORD = 0x40, FLAG_USER = 0x80 };

/* Variable byte integer, section 1.5.5; at most four bytes. */
static uint32_t
varint(struct cursor *c)
{
	uint32_t v = 0;

	for (unsigned shift = 0; shift < 28; shift += 7) {
		uint8_t b = cursor_u8(c);
		v |= (uint32_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return v;
	}
	cursor_fail(c);
	return 0;
}

static void
varint_print(uint32_t v, struct buf *out)
{
	for (; v > 0x7f; v >>= 7)
		buf_u8(out, (uint8_t)(v | 0x80));
	buf_u8(out, (uint8_t)v);
}

static struct bytes
string(struct cursor *c)
{
	return cursor_take(c, cursor_u16(c));
}

static void
string_print(struct bytes v, struct buf *out)
{
	buf_u16(out, (uint16_t)v.len);
	buf_bytes_put(out, v);
}

/* How the value of each property is written, section 2.2.2.2; none: no such property. */
enum form { NONE, BYTE, TWO, FOUR, VARIABLE, STRING, PAIR };
enum { TOPIC_ALIAS = 0x23, USER_PROPERTY = 0x26 };
static const uint8_t FORM[] = {
	[0x01] = BYTE, [0x02] = FOUR, [0x03] = STRING, [0x08] = STRING, [0x09] = STRING, [0x0b] = VARIABLE, [0x11] = FOUR, [0x12] = STRING,
	[0x13] = TWO, [0x15] = STRING, [0x16] = STRING, [0x17] = BYTE, [0x18] = FOUR, [0x19] = BYTE, [0x1a] = STRING, [0x1c] = STRING,
	[0x1f] = STRING, [0x21] = TWO, [0x22] = TWO, [TOPIC_ALIAS] = TWO, [0x24] = BYTE, [0x25] = BYTE, [USER_PROPERTY] = PAIR,
	[0x27] = FOUR, [0x28] = BYTE, [0x29] = BYTE, [0x2a] = BYTE,
};

static void
property(struct cursor *p, struct mqtt *m)
{
	uint32_t id = varint(p);

	switch (id < sizeof FORM ? FORM[id] : NONE) {
	case BYTE:
		cursor_skip(p, 1);
		break;
	case TWO:
		if (id == TOPIC_ALIAS) {
			m->has_alias = true;
			m->alias = cursor_u16(p);
		} else {
			cursor_skip(p, 2);
		}
		break;
	case FOUR:
		cursor_skip(p, 4);
		break;
	case VARIABLE:
		(void)varint(p);
		break;
	case PAIR:
		m->user_properties++;
		(void)string(p);
		/* fallthrough */
	case STRING:
		(void)string(p);
		break;
	default:
		cursor_fail(p);
	}
}

/* Bad properties make the packet bad. */
static void
properties(struct cursor *c, struct mqtt *m)
{
	if (m->level < MQTT_LEVEL_5)
		return;
	struct cursor p = cursor_sub(c, varint(c));
	while (cursor_left(&p))
		property(&p, m);
	if (!cursor_ok(&p))
		cursor_fail(c);
}

enum err
mqtt_size(struct bytes in, size_t *size)
{
	struct cursor c = cursor_over(in);
	uint8_t       head = cursor_u8(&c);
	uint32_t      n = varint(&c);

	if (in.len && head >> 4 == 0)
		return ERR_FORM;
	if (!cursor_ok(&c))
		return in.len < 5 ? ERR_SHORT : ERR_FORM;
	*size = in.len - cursor_left(&c) + n;
	return OK;
}

static bool
connect_parse(struct cursor *c, struct mqtt *m)
{
	struct bytes name = string(c);

	m->level = cursor_u8(c);
	uint8_t f = cursor_u8(c);
	m->keepalive = cursor_u16(c);
	bool named = bytes_equal(name, bytes_text("MQTT")) ? m->level == MQTT_LEVEL_311 || m->level == MQTT_LEVEL_5 :
	             bytes_equal(name, bytes_text("MQIsdp")) && m->level == MQTT_LEVEL_31;
	if (!named || f & 1)
		return false;
	m->clean = f & FLAG_CLEAN;
	m->will = f & FLAG_WILL;
	m->will_qos = f >> 3 & 3;
	m->will_retain = f & FLAG_WILL_RETAIN;
	m->has_user = f & FLAG_USER;
	m->has_password = f & FLAG_PASSWORD;
	properties(c, m);
	m->client_id = string(c);
	if (m->will) {
		if (m->level >= MQTT_LEVEL_5)
			cursor_skip(c, varint(c));
		m->will_topic = string(c);
		m->will_payload = string(c);
	}
	if (m->has_user)
		m->user = string(c);
	if (m->has_password)
		(void)string(c);
	return cursor_end(c) && m->will_qos < 3;
}

static bool
publish_parse(struct cursor *c, struct mqtt *m)
{
	m->qos = m->flags >> 1 & 3;
	m->retain = m->flags & 1;
	m->dup = m->flags & 8;
	m->topic = string(c);
	if (m->qos)
		m->packet_id = cursor_u16(c);
	properties(c, m);
	if (!cursor_ok(c))
		return false;
	m->payload = cursor_rest(c);
	return m->qos < 3;
}

static bool
subscribe_parse(struct cursor *c, struct mqtt *m)
{
	m->packet_id = cursor_u16(c);
	properties(c, m);
	while (cursor_left(c)) {
		if (m->topics == MQTT_TOPICS) {
			m->more = true;
			return true;
		}
		m->subscribe[m->topics] = string(c);
		m->options[m->topics++] = cursor_u8(c);
	}
	return cursor_ok(c) && m->topics && m->flags == 2;
}

/* Version 5: a reason and properties, which may both be left out where they say nothing (section 3.4.2.1). */
static void
reason_parse(struct cursor *c, struct mqtt *m)
{
	if (cursor_left(c))
		m->reason = cursor_u8(c);
	if (cursor_left(c))
		properties(c, m);
}

enum err
mqtt_parse(struct bytes in, uint8_t level, struct mqtt *out)
{
	size_t   size;
	enum err e = mqtt_size(in, &size);

	if (e)
		return e;
	struct cursor c = cursor_over(bytes_head(in, size));
	*out = (struct mqtt){ .size = size, .level = level };
	uint8_t head = cursor_u8(&c);
	(void)varint(&c);
	out->type = head >> 4;
	out->flags = head & 15;
	out->whole = in.len >= size;
	if (!out->whole && out->type != MQTT_PUBLISH)
		return ERR_SHORT;
	switch (out->type) {
	case MQTT_CONNECT:
		return out->flags == 0 && connect_parse(&c, out) ? OK : ERR_FORM;
	case MQTT_CONNACK:
		out->session = cursor_u8(&c) & 1;
		out->reason = cursor_u8(&c);
		properties(&c, out);
		return cursor_ok(&c) ? OK : ERR_FORM;
	case MQTT_PUBLISH:
		if (publish_parse(&c, out))
			return OK;
		return out->whole || cursor_ok(&c) ? ERR_FORM : ERR_SHORT;
	case MQTT_SUBSCRIBE:
		return subscribe_parse(&c, out) ? OK : ERR_FORM;
	case MQTT_DISCONNECT:
		reason_parse(&c, out);
		return cursor_ok(&c) ? OK : ERR_FORM;
	case MQTT_PUBACK:
	case MQTT_PUBREC:
	case MQTT_PUBREL:
	case MQTT_PUBCOMP:
	case MQTT_SUBACK:
	case MQTT_UNSUBSCRIBE:
	case MQTT_UNSUBACK:
	case MQTT_AUTH:
		out->rest = bytes_of(c.at, cursor_left(&c));
		if (out->type != MQTT_AUTH)
			out->packet_id = cursor_u16(&c);
		if (out->type <= MQTT_PUBCOMP || out->type == MQTT_AUTH)
			reason_parse(&c, out);
		return cursor_ok(&c) ? OK : ERR_FORM;
	default:
		out->rest = cursor_rest(&c);
		return OK;
	}
}

static void
connect_print(const struct mqtt *m, struct buf *out)
{
	static const struct bytes none = { NULL, 0 };

	string_print(bytes_text(m->level == MQTT_LEVEL_31 ? "MQIsdp" : "MQTT"), out);
	buf_u8(out, m->level);
	buf_u8(out, (uint8_t)((m->clean ? FLAG_CLEAN : 0) | (m->will ? FLAG_WILL : 0) | m->will_qos << 3 |
	                      (m->will_retain ? FLAG_WILL_RETAIN : 0) | (m->has_password ? FLAG_PASSWORD : 0) |
	                      (m->has_user ? FLAG_USER : 0)));
	buf_u16(out, m->keepalive);
	if (m->level >= MQTT_LEVEL_5)
		buf_u8(out, 0);
	string_print(m->client_id, out);
	if (m->will) {
		if (m->level >= MQTT_LEVEL_5)
			buf_u8(out, 0);
		string_print(m->will_topic, out);
		string_print(m->will_payload, out);
	}
	if (m->has_user)
		string_print(m->user, out);
	if (m->has_password)
		string_print(none, out);
}

static void
body_print(const struct mqtt *m, struct buf *out)
{
	switch (m->type) {
	case MQTT_CONNECT:
		connect_print(m, out);
		break;
	case MQTT_CONNACK:
		buf_u8(out, m->session);
		buf_u8(out, m->reason);
		if (m->level >= MQTT_LEVEL_5)
			buf_u8(out, 0);
		break;
	case MQTT_PUBLISH:
		string_print(m->topic, out);
		if (m->qos)
			buf_u16(out, m->packet_id);
		if (m->level >= MQTT_LEVEL_5)
			buf_u8(out, 0);
		buf_bytes_put(out, m->payload);
		break;
	case MQTT_SUBSCRIBE:
		buf_u16(out, m->packet_id);
		if (m->level >= MQTT_LEVEL_5)
			buf_u8(out, 0);
		for (unsigned i = 0; i < m->topics; i++) {
			string_print(m->subscribe[i], out);
			buf_u8(out, m->options[i]);
		}
		break;
	case MQTT_DISCONNECT:
		if (m->reason)
			buf_u8(out, m->reason);
		break;
	default:
		buf_bytes_put(out, m->rest);
	}
}

/*
 * The length comes before the body and its own size depends on the body, so
 * the body is written once behind the largest head, measured, and written
 * again where it belongs.
 */
void
mqtt_print(const struct mqtt *m, struct buf *out)
{
	struct buf trial = *out;

	(void)buf_room(&trial, 5);
	size_t from = trial.len;
	body_print(m, &trial);
	if (!buf_ok(&trial)) {
		out->full = true;
		return;
	}
	unsigned flags = m->flags;
	if (m->type == MQTT_PUBLISH)
		flags = (unsigned)(m->dup << 3 | m->qos << 1 | m->retain);
	else if (m->type == MQTT_SUBSCRIBE)
		flags = 2;
	buf_u8(out, (uint8_t)(m->type << 4 | (uint8_t)flags));
	varint_print((uint32_t)(trial.len - from), out);
	body_print(m, out);
}

bool
mqtt_looks(struct bytes in)
{
	struct cursor c = cursor_over(in);
	uint8_t       head = cursor_u8(&c);

	(void)varint(&c);
	struct bytes name = string(&c);
	return cursor_ok(&c) && head == MQTT_CONNECT << 4 && (bytes_equal(name, bytes_text("MQTT")) || bytes_equal(name, bytes_text("MQIsdp")));
}
