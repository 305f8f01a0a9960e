/*
 * care_dicom: data sets out of P-DATA PDUs (PS3.8 section 9.3.5), each behind
 * the command it belongs to (PS3.7 section 6.3.1), walked as they come.
 *
 *	PDV: length(4) context(1) flags(1) fragment      flags: 1 command, 2 last
 */
#include "base/cursor.h"
#include "sensor/card.h"
#include "sensor/care_inside.h"

enum { PDV_HEADER = 6, RESPONSE = 0x8000, PENDING = 0xff00, C_STORE = 0x0001 };

/* Commands that a data set goes with. */
static const struct {
	uint16_t field;
	char     name[MESSAGE_TYPE];
} NAMES[] = {
	{ C_STORE, "C-STORE" }, { 0x0020, "C-FIND" },  { 0x8020, "C-FIND-RSP" }, { 0x0100, "N-EVENT-REPORT" }, { 0x0120, "N-SET" },
	{ 0x0130, "N-ACTION" }, { 0x0140, "N-CREATE" }, { 0x8110, "N-GET-RSP" },
};

static const char *
name_of(uint16_t field)
{
	for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
		if (NAMES[i].field == field)
			return NAMES[i].name;
	return NULL;
}

void
care_dicom_associate(struct sensor *s, struct packet *p, const struct dicom_associate *a)
{
	if (!s->cares)
		return;
	struct care_dicom *d = &care_conversation(s, p)->dicom;

	d->calling = care_digest(s->cares, MESSAGE_DICOM + MESSAGE_PROTOCOLS, bytes_text(a->calling));
	for (unsigned i = 0; a->type == DICOM_ASSOCIATE_AC && i < a->contexts; i++) {
		const struct dicom_context *x = &a->context[i];
		unsigned                    n = 0;
		if (x->result || !x->transfers || x->transfer[0].len >= MEANING_DICOM_UID)
			continue;
		while (n < CARE_SYNTAXES && d->uid[n][0] && !bytes_equal(bytes_text(d->uid[n]), x->transfer[0]))
			n++;
		if (n == CARE_SYNTAXES)
			continue;
		bytes_clean(x->transfer[0], d->uid[n], sizeof d->uid[n]);
		d->syntax[x->id / 2] = (uint8_t)(n + 1);
	}
}

/* --- the command --------------------------------------------------------------------------- */

static void
say_status(struct sensor *s, const struct packet *p, struct conversation *v, int side, const struct dicom_command *c)
{
	uint64_t   id = 0;
	struct buf type;

	for (int i = 0; i < CARE_ASKED && !id; i++)
		if (v->dicom.asked[i].id && v->dicom.asked[i].message == c->answered) {
			id = v->dicom.asked[i].id;
			v->dicom.asked[i].id = 0;
		}
	if (!id)
		return; /* what it answers was no message, or not seen */
	struct message_head *m = care_head(s, p, v, side, MESSAGE_DICOM, p->frame->number);
	m->answers = id;
	m->marks = MESSAGE_ANSWER | (c->status == 0 || c->status >> 12 == 0xb ? MESSAGE_ACCEPTS : 0);
	type = buf_over(m->type, sizeof m->type);
	buf_format(&type, "%04XH", c->status);
	care_say(s);
}

/* A command is complete: its status is told, or its data set waited for. */
static void
command_end(struct sensor *s, const struct packet *p, struct conversation *v, int side, struct reading *r)
{
	struct dicom_command c;

	if (r->dicom.have > CARE_COMMAND || dicom_command_parse(bytes_of(r->dicom.command, r->dicom.have), &c)) {
		s->counts.malformed++;
		care_close(s->cares, r);
		return;
	}
	bool pending = c.has_status && (c.status & 0xfffe) == PENDING;
	if (c.field & RESPONSE && c.has_answered && c.has_status && !pending)
		say_status(s, p, v, side, &c);
	if (!name_of(c.field) || (c.field == 0x8020 && !pending)) {
		care_close(s->cares, r);
		return;
	}
	r->dicom.field = c.field;
	r->dicom.message = c.has_id ? c.id : c.answered;
	r->dicom.begun = false;
	bytes_clean(c.sop_instance, r->dicom.instance, sizeof r->dicom.instance);
	bytes_clean(c.sop_class, r->dicom.class, sizeof r->dicom.class);
}

static void
command_put(struct sensor *s, const struct packet *p, struct conversation *v, int side, struct bytes in, bool end)
{
	struct reading *r = care_reading(s->cares, v, side);

	if (r && r->dicom.field) {
		v->unseen[side] += r->dicom.begun; /* a data set without an end */
		care_close(s->cares, r);
		r = NULL;
	}
	if (!r) {
		r = care_open(s, p, v, side);
		r->dicom.have = r->dicom.field = 0;
	}
	if (in.len <= (size_t)CARE_COMMAND - r->dicom.have)
		memcpy(r->dicom.command + r->dicom.have, in.at, in.len);
	r->dicom.have = (uint16_t)(in.len <= (size_t)CARE_COMMAND - r->dicom.have ? r->dicom.have + in.len : CARE_COMMAND + 1);
	if (end)
		command_end(s, p, v, side, r);
}

/* --- the data set --------------------------------------------------------------------------- */

/* That of the context; where the association was not seen, what the first bytes look like. */
static struct bytes
syntax_of(const struct care_dicom *d, uint8_t context, struct bytes in)
{
	uint8_t n = d->syntax[context / 2];

	if (n)
		return bytes_text(d->uid[n - 1]);
	bool explicit = in.len >= 6 && in.at[4] >= 'A' && in.at[4] <= 'Z' && in.at[5] >= 'A' && in.at[5] <= 'Z';
	return bytes_text(explicit ? "1.2.840.10008.1.2.1" : "1.2.840.10008.1.2");
}

static struct meaning_inflate *
inflater(struct cares *c, const struct reading *r)
{
	for (int i = 0; i < CARE_INFLATERS; i++)
		if (!c->inflates[i]) {
			c->inflates[i] = (uint16_t)(r - c->reading + 1);
			return c->inflate[i];
		}
	return NULL;
}

/*
 * Can this place see the object a second time?  Not if it is the only place,
 * each end holds its address at its own card, nobody relays here, and the
 * receiver sends no objects on: then its pixels need not be gone through.
 */
static bool
once_only(const struct sensor *s, const struct packet *p)
{
	const struct card *from = card_of(s, p->domain, p->link.src), *to = card_of(s, p->domain, p->link.dst);

	return s->config.place_count == 1 && !s->counts.relayed && from && to && !(from->roles & ROLE_PACS) && !(to->roles & ROLE_MODALITY) &&
	       card_holds(s, p->domain, p->ip.src, p->link.src) && card_holds(s, p->domain, p->ip.dst, p->link.dst);
}

static void
set_begin(struct sensor *s, const struct packet *p, const struct care_dicom *d, struct reading *r, uint8_t context, struct bytes in)
{
	struct bytes syntax = syntax_of(d, context, in);
	bool         deflated = bytes_equal(syntax, bytes_text("1.2.840.10008.1.2.1.99"));

	meaning_dicom_begin(&r->dicom.set, &r->said, &s->cares->key, syntax, deflated ? inflater(s->cares, r) : NULL);
	r->dicom.set.light = once_only(s, p);
	r->dicom.begun = true;
	/* What the command says of it belongs to it. */
	const char *const said[] = { r->dicom.class, r->dicom.instance };
	const uint16_t    element[] = { 0x0002, 0x1000 };
	for (int i = 0; i < 2; i++) {
		meaning_bytes(&r->said, bytes_of(said[i], MEANING_DICOM_UID));
		if (said[i][0])
			meaning_value(&r->said, fieldpath_dicom(0, element[i]), bytes_text(said[i]), false);
	}
	r->said.size = 0;
}

static void
asked(struct care_dicom *d, uint16_t message, uint64_t id)
{
	d->asked[d->asks % CARE_ASKED].message = message;
	d->asked[d->asks++ % CARE_ASKED].id = id;
}

static void
set_end(struct sensor *s, const struct packet *p, struct conversation *v, int side, struct reading *r)
{
	bool store = r->dicom.field == C_STORE;

	if (meaning_dicom_end(&r->dicom.set) != OK)
		s->counts.malformed++;
	const char          *instance = r->dicom.instance[0] ? r->dicom.instance : r->dicom.set.sop_instance;
	struct message_head *m = care_head(s, p, v, side, MESSAGE_DICOM, r->frame_first);
	m->class = store ? MESSAGE_IMAGE : MESSAGE_OTHER;
	m->id = care_digest(s->cares, MESSAGE_DICOM, bytes_text(instance));
	m->origin = v->dicom.calling;
	/* A store may be tried again: the object is the same, and there once. */
	m->marks = (uint8_t)((store ? MESSAGE_REPEATED : 0) | (r->dicom.set.pixels == MEANING_DICOM_ENCAPSULATED || r->dicom.set.light ? MESSAGE_OPAQUE : 0));
	bytes_clean(bytes_text(instance), m->key, sizeof m->key);
	bytes_clean(bytes_text(name_of(r->dicom.field)), m->type, sizeof m->type);
	message_said(&s->cares->message, &r->said);
	if (!(r->dicom.field & RESPONSE) && m->id)
		asked(&v->dicom, r->dicom.message, m->id);
	care_close(s->cares, r);
	care_say(s);
}

static void
set_put(struct sensor *s, const struct packet *p, struct conversation *v, int side, struct bytes in, bool end)
{
	struct reading *r = care_reading(s->cares, v, side);

	if (!r || !r->dicom.field)
		return; /* its command was not seen */
	r->last = p->when;
	if (!r->dicom.begun)
		set_begin(s, p, &v->dicom, r, v->dicom.side[side].context, in);
	meaning_dicom_put(&r->dicom.set, in);
	if (end)
		set_end(s, p, v, side, r);
}

/* --- the stream ------------------------------------------------------------------------------- */

void
care_dicom_begin(struct sensor *s, struct packet *p, int side, uint32_t length)
{
	struct conversation *v = care_conversation(s, p);

	v->dicom.side[side].pdu = length;
	v->dicom.side[side].pdv = 0;
}

enum care_dicom_state
care_dicom(struct sensor *s, struct packet *p, int side, struct bytes *in, uint32_t *pass)
{
	struct conversation *v = care_conversation(s, p);
	uint32_t            *pdu = &v->dicom.side[side].pdu, *pdv = &v->dicom.side[side].pdv;
	uint8_t             *context = &v->dicom.side[side].context;

	if (!*pdu)
		return CARE_DICOM_LOST;
	while (*pdu && in->len) {
		if (!*pdv) {
			struct cursor c = cursor_over(*in);
			uint32_t      length = cursor_u32(&c);
			*context = cursor_u8(&c);
			uint8_t flags = cursor_u8(&c);
			if (*pdu < PDV_HEADER)
				return CARE_DICOM_LOST;
			if (!cursor_ok(&c))
				return CARE_DICOM_WITHIN;
			if (length < 2 || length > *pdu - 4)
				return CARE_DICOM_LOST;
			*in = bytes_skip(*in, PDV_HEADER);
			*pdu -= PDV_HEADER;
			*pdv = length - 2;
			v->dicom.side[side].command = flags & 1;
			v->dicom.side[side].last = flags & 2;
		}
		struct bytes data = bytes_head(*in, *pdv);
		*in = bytes_skip(*in, data.len);
		*pdv -= (uint32_t)data.len;
		*pdu -= (uint32_t)data.len;
		bool end = !*pdv && v->dicom.side[side].last;
		if (v->dicom.side[side].command)
			command_put(s, p, v, side, data, end);
		else
			set_put(s, p, v, side, data, end);
	}
	struct reading *r = *pdv > 1 ? care_reading(s->cares, v, side) : NULL;
	if (r && r->dicom.field && r->dicom.begun && !v->dicom.side[side].command) {
		*pass = meaning_dicom_pass(&r->dicom.set, *pdv - 1);
		*pdv -= *pass;
		*pdu -= *pass;
	}
	return *pdu ? CARE_DICOM_WITHIN : CARE_DICOM_BETWEEN;
}
