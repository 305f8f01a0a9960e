/*
 * clinical: see clinical.h.  State that a decoder keeps in its flow:
 *
 *	HL7    state[side]  1 within a message whose header was read
 *	       state[2 + side]  headers read, HEADS_MOST at most
 *	DICOM  state[side]  enum care_dicom_state, where messages are read
 *	MQTT   state[0]     protocol level of CONNECT
 *	       state[1]     sides that lost the packets' beginnings, a bit each
 */
#include "sensor/clinical.h"
#include "sensor/card.h"
#include "sensor/care.h"
#include "sensor/decoder.h"
#include "sensor/web.h"
#include "wire/coap.h"
#include "wire/dicom.h"
#include "wire/hl7.h"
#include "wire/mllp.h"
#include "wire/mqtt.h"

enum { MLLP_START_BYTE = 0x0b, MLLP_END_BYTE = 0x1c, PORT_COAP = 5683, PORT_MQTT = 1883 };
enum { HEADS_MOST = 16, HEADER_MOST = 4096, ASSOCIATE_MOST = 60000, CONNECT_MOST = 32768, PUBLISH_MOST = 1 << 20 };
#define SKIP_MOST (UINT32_C(1) << 30) /* no honest PDU is larger; the flow counts what it passes over in 32 bits */

/* --- what all of them say ----------------------------------------------------------- */

void
clinical_was_tls(struct sensor *s, struct addr server, uint16_t port)
{
	web_spoke_tls(s, server, port);
}

void
clinical_plain(struct sensor *s, struct packet *p, const char *protocol)
{
	struct flow *f = p->flow;

	if (f->clinical && f->protection == PROTECTION_PLAIN)
		return;
	flow_is(s, f, (enum app)f->app, protocol, true);
	f->protection = PROTECTION_PLAIN;
	struct addr  server = flow_addr(f, FLOW_SERVER);
	uint16_t     port = flow_port(f, FLOW_SERVER);
	struct claim c = packet_claim(s, p, FACT_TLS_DUE, WITNESS_CLINICAL);
	c.subject = key_service(server, port);
	c.value = key_addr(flow_addr(f, FLOW_CLIENT));
	c.victim = flow_addr(f, FLOW_CLIENT);
	c.port = port;
	c.marks = MARK_CLINICAL | MARK_PLAIN | (web_speaks_tls(s, server, port) ? MARK_HIGH : 0);
	claim_words(&c, bytes_text(protocol));
	packet_say(s, &c);
}

void
clinical_roles(struct sensor *s, const struct packet *p, uint32_t sender, uint32_t receiver)
{
	if (!p->link.cards)
		return;
	if (sender && card_holds(s, p->domain, p->ip.src, p->link.src))
		card_role(s, p->domain, p->link.src, sender);
	if (receiver && card_holds(s, p->domain, p->ip.dst, p->link.dst))
		card_role(s, p->domain, p->link.dst, receiver);
}

/* A name for a device that has none yet. */
static void
nickname(struct sensor *s, const struct packet *p, struct bytes name)
{
	if (p->card && !p->card->name[0] && card_holds(s, p->domain, p->ip.src, p->link.src))
		card_name(s, p->domain, p->link.src, name);
}

/* --- HL7 v2 over MLLP ---------------------------------------------------------------- */

bool
clinical_hl7_looks(const struct flow *f, int side, struct bytes in)
{
	(void)f;
	(void)side;
	return in.len >= 4 && mllp_looks(in);
}

static void
hl7_message(struct sensor *s, struct packet *p, const struct hl7 *h)
{
	uint8_t     text[40];
	struct buf  name = buf_over(text, sizeof text);
	bool        ack = h->ack_code.len > 0;

	if (packet_wants(s, EVENT_HL7))
		packet_event(s, p, EVENT_HL7, h, ack);
	clinical_plain(s, p, "hl7");
	if (ack)
		return;
	clinical_roles(s, p, ROLE_HL7_SENDER, ROLE_HL7_RECEIVER);
	buf_bytes_put(&name, bytes_head(hl7_component(h, h->from_application, 1), 19));
	if (h->from_facility.len) {
		buf_u8(&name, '/');
		buf_bytes_put(&name, bytes_head(hl7_component(h, h->from_facility, 1), 19));
	}
	if (!p->flow->name[0])
		flow_named(p->flow, buf_bytes(&name));
	/* Who receives messages too forwards them under their writers' names. */
	if (p->card && !(p->card->roles & ROLE_HL7_RECEIVER))
		nickname(s, p, buf_bytes(&name));
}

/* How much of a message must be there: its header, and the segment behind it, where an acknowledgement has its code. */
static bool
header_there(struct bytes in)
{
	struct bytes segment, left = in;
	size_t       n = bytes_find(in, '\r');

	if (n == in.len)
		n = bytes_find(in, '\n');
	left = bytes_skip(in, n);
	return hl7_segment_next(&left, &segment) && left.len;
}

/* Only the header is waited for; the rest of a message, however long, is walked past as it comes. */
static size_t
hl7_walk(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	uint8_t   *inside = &p->flow->state[side];
	struct hl7 h;
	size_t     start = 0;

	if (!*inside) {
		start = bytes_find(in, MLLP_START_BYTE);
		if (start)
			return start;
		struct bytes body = bytes_skip(in, 1);
		size_t       end = bytes_find(body, MLLP_END_BYTE);
		if (end == body.len && body.len < HEADER_MOST && !header_there(body))
			return 0;
		/* Where messages are read to their end, the first few say who these are; the rest would say it again. */
		uint8_t *heads = &p->flow->state[2 + side];
		bool     enough = s->cares && !packet_wants(s, EVENT_HL7) && *heads == HEADS_MOST;
		if (!enough && hl7_parse(bytes_head(body, end), &h) == OK) {
			hl7_message(s, p, &h);
			*heads = *heads < HEADS_MOST ? *heads + 1 : HEADS_MOST;
		} else if (!enough) {
			s->counts.malformed++;
		}
		*inside = 1;
		start = 1;
	}
	size_t end = bytes_find(bytes_skip(in, start), MLLP_END_BYTE) + start;
	if (end == in.len)
		return in.len;
	*inside = 0;
	return end + 1 + (end + 1 < in.len && in.at[end + 1] == '\r'); /* mostly the message is there in one piece */
}

size_t
clinical_hl7(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	size_t n = hl7_walk(s, p, side, in);

	care_hl7(s, p, side, bytes_head(in, n));
	return n;
}

bool
clinical_hl7_resync(struct sensor *s, struct packet *p, int side)
{
	care_attend(s, p);
	care_gap(s, p, side, 1);
	p->flow->state[side] = 0; /* the next start byte is a message's: it stands in no text */
	return true;
}

/* --- DICOM ----------------------------------------------------------------------------- */

bool
clinical_dicom_looks(const struct flow *f, int side, struct bytes in)
{
	(void)f;
	(void)side;
	return dicom_looks(in);
}

static void
dicom_association(struct sensor *s, struct packet *p, struct bytes pdu)
{
	struct dicom_associate a;

	if (dicom_associate_parse(pdu, &a)) {
		s->counts.malformed++;
		return;
	}
	care_dicom_associate(s, p, &a);
	a.user = bytes_head(a.user, 0);
	if (packet_wants(s, EVENT_DICOM))
		packet_event(s, p, EVENT_DICOM, &a, a.type);
	clinical_plain(s, p, "dicom");
	if (a.type != DICOM_ASSOCIATE_RQ)
		return;
	clinical_roles(s, p, ROLE_MODALITY, ROLE_PACS);
	flow_named(p->flow, bytes_text(a.called));
	nickname(s, p, bytes_text(a.calling));
}

/* Where a P-DATA-TF PDU with a PDV at its front may begin; so much is passed over. */
static size_t
dicom_search(struct bytes in)
{
	enum { HEADERS = DICOM_PDU_HEADER + 6, LONGEST = 1 << 24 };

	for (size_t i = 0; i < in.len; i++) {
		struct bytes at = bytes_skip(in, i += bytes_find(bytes_skip(in, i), DICOM_P_DATA));
		if (at.len < HEADERS)
			return i;
		uint32_t length = bytes_u32(at, 2), value = bytes_u32(at, 6);
		if (at.at[1] == 0 && length < LONGEST && value >= 2 && length >= 4 && value <= length - 4 && at.at[10] & 1 && at.at[11] <= 3)
			return i;
	}
	return in.len;
}

/* P-DATA, where messages are read; DICOM_PDU_HEADER bytes are there. */
static size_t
dicom_data(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	uint8_t     *state = &p->flow->state[side];
	struct bytes left = in;

	if (*state == CARE_DICOM_LOST) {
		size_t n = dicom_search(in);
		if (n || in.len < 2 * DICOM_PDU_HEADER)
			return n;
		*state = CARE_DICOM_BETWEEN;
	}
	if (*state == CARE_DICOM_BETWEEN) {
		care_dicom_begin(s, p, side, bytes_u32(in, 2));
		*state = CARE_DICOM_WITHIN;
		return DICOM_PDU_HEADER;
	}
	uint32_t pass = 0;
	*state = (uint8_t)care_dicom(s, p, side, &left, &pass);
	if (*state == CARE_DICOM_LOST)
		care_gap(s, p, side, 1);
	return in.len - left.len + pass;
}

bool
clinical_dicom_resync(struct sensor *s, struct packet *p, int side)
{
	if (!s->cares)
		return false;
	care_gap(s, p, side, 1);
	p->flow->state[side] = CARE_DICOM_LOST;
	return true;
}

size_t
clinical_dicom(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct dicom_pdu pdu;

	if (p->flow->state[side])
		return dicom_data(s, p, side, in);
	care_attend(s, p);
	enum err e = dicom_pdu_parse(in, &pdu);
	if (e == ERR_SHORT)
		return 0;
	if (e || pdu.length > SKIP_MOST) {
		if (!clinical_dicom_resync(s, p, side))
			return DECODER_CLOSE;
		return 1;
	}
	if (pdu.type == DICOM_P_DATA && s->cares)
		return dicom_data(s, p, side, in);
	if ((pdu.type == DICOM_ASSOCIATE_RQ || pdu.type == DICOM_ASSOCIATE_AC) && pdu.length <= ASSOCIATE_MOST) {
		if (pdu.body.len < pdu.length)
			return 0;
		dicom_association(s, p, bytes_head(in, DICOM_PDU_HEADER + pdu.length));
	}
	return DICOM_PDU_HEADER + (size_t)pdu.length;
}

/* --- MQTT ------------------------------------------------------------------------------ */

/* A publication that begins a segment: enough where MQTT is due anyway. */
static bool
looks_publish(struct bytes in)
{
	struct mqtt m;

	if (!in.len || in.at[0] >> 4 != MQTT_PUBLISH || mqtt_parse(in, MQTT_LEVEL_311, &m) || !m.topic.len || (m.dup && !m.qos))
		return false;
	for (size_t i = 0; i < m.topic.len; i++)
		if (m.topic.at[i] < ' ' || m.topic.at[i] == 0x7f || m.topic.at[i] == '#' || m.topic.at[i] == '+')
			return false;
	return m.size < PUBLISH_MOST;
}

bool
clinical_mqtt_looks(const struct flow *f, int side, struct bytes in)
{
	(void)side;
	return mqtt_looks(in) || (flow_port(f, FLOW_SERVER) == PORT_MQTT && looks_publish(in));
}

static void
mqtt_connect(struct sensor *s, struct packet *p, struct mqtt *m)
{
	uint8_t    text[48];
	struct buf words = buf_over(text, sizeof text);

	p->flow->state[0] = m->level;
	clinical_plain(s, p, "mqtt");
	clinical_roles(s, p, ROLE_MQTT_CLIENT, ROLE_MQTT_BROKER);
	flow_named(p->flow, m->client_id);
	nickname(s, p, m->client_id);
	if (!m->has_user || !m->has_password)
		return;
	buf_text(&words, "mqtt ");
	addr_print(p->ip.dst, &words);
	struct key digest = web_digest(s, bytes_text("mqtt"), m->user);
	web_credential(s, p, &digest, buf_bytes(&words));
}

static size_t
mqtt_packet(struct sensor *s, struct packet *p, struct bytes in)
{
	uint8_t     level = p->flow->state[0] ? p->flow->state[0] : (uint8_t)MQTT_LEVEL_311;
	struct mqtt m;
	size_t      size;
	enum err    e = mqtt_size(in, &size);

	if (e == ERR_SHORT)
		return 0;
	if (e)
		return DECODER_CLOSE;
	uint8_t type = in.at[0] >> 4;
	if (type != MQTT_CONNECT && !packet_wants(s, EVENT_MQTT))
		return size;
	if (type != MQTT_CONNECT && type != MQTT_CONNACK && type != MQTT_PUBLISH && type != MQTT_SUBSCRIBE)
		return size;
	e = mqtt_parse(in, level, &m);
	if (e == ERR_SHORT && size > in.len)
		return size <= CONNECT_MOST ? 0 : size;
	if (e) {
		s->counts.malformed++;
		return size;
	}
	if (type == MQTT_CONNECT)
		mqtt_connect(s, p, &m);
	/* Names only: neither what is said nor who signs in. */
	m.payload = m.will_payload = m.user = bytes_head(in, 0);
	if (packet_wants(s, EVENT_MQTT))
		packet_event(s, p, EVENT_MQTT, &m, type);
	return size;
}

bool
clinical_mqtt_resync(struct sensor *s, struct packet *p, int side)
{
	if (!s->cares)
		return false;
	care_gap(s, p, side, 1);
	p->flow->state[1] |= (uint8_t)(1 << side);
	return true;
}

size_t
clinical_mqtt(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	uint8_t *lost = &p->flow->state[1];

	if (*lost & 1 << side) {
		if (!looks_publish(in))
			return in.len;
		*lost &= (uint8_t)~(1 << side);
	}
	care_attend(s, p);
	size_t n = care_mqtt_more(s, p, side, in);
	if (n)
		return n;
	n = mqtt_packet(s, p, in);
	if (n == DECODER_CLOSE)
		return clinical_mqtt_resync(s, p, side) ? in.len : n;
	care_mqtt(s, p, side, bytes_head(in, n), n > in.len ? n - in.len : 0);
	return s->cares && n > in.len ? in.len : n;
}

/* --- CoAP ------------------------------------------------------------------------------- */

/* Two bits and a code are not much: on a port of others only a request that names a path is believed. */
bool
clinical_coap_looks(const struct flow *f, int side, struct bytes in)
{
	struct coap m;

	(void)side;
	if (!coap_looks(in))
		return false;
	if (flow_port(f, FLOW_SERVER) == PORT_COAP || flow_port(f, FLOW_CLIENT) == PORT_COAP)
		return true;
	return coap_parse(in, &m) == OK && !m.critical && m.code >= COAP_GET && m.code <= COAP_IPATCH && m.path[0] && m.path[1] &&
	       m.path[1] != '%' && (m.token_len || m.host.len);
}

void
clinical_coap(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct coap m;

	if (coap_parse(in, &m)) {
		s->counts.malformed++;
		return;
	}
	care_coap(s, p, side, &m);
	bool request = m.code >= COAP_GET && m.code <= COAP_IPATCH;
	if (request) {
		clinical_plain(s, p, "coap");
		clinical_roles(s, p, 0, ROLE_COAP);
		if (m.host.len && !p->flow->name[0])
			flow_named(p->flow, m.host);
	}
	m.payload = bytes_head(in, 0);
	if (packet_wants(s, EVENT_COAP))
		packet_event(s, p, EVENT_COAP, &m, !request);
}
