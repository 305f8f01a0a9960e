/*
 * care_fhir: resources in the bodies of HTTP/1.1 messages (FHIR R4 section
 * 3.1.0): what is written, and what is read.
 *
 * A body that is compressed is told as cut: two ways to compress it are two
 * texts of one meaning, which cannot be compared.
 */
#include "sensor/care_inside.h"

enum { PIPELINE = 8, GZIP = 0x1f };

static const struct {
	const char         *type;
	enum message_class  class;
} TYPES[] = {
	{ "Observation", MESSAGE_RESULT }, { "DiagnosticReport", MESSAGE_RESULT }, { "MedicationRequest", MESSAGE_ORDER },
	{ "ServiceRequest", MESSAGE_ORDER }, { "DeviceRequest", MESSAGE_ORDER }, { "NutritionOrder", MESSAGE_ORDER }, { "CarePlan", MESSAGE_ORDER },
	{ "MedicationAdministration", MESSAGE_OTHER }, { "MedicationDispense", MESSAGE_OTHER }, { "MedicationStatement", MESSAGE_OTHER },
	{ "Patient", MESSAGE_OTHER }, { "Encounter", MESSAGE_OTHER }, { "Condition", MESSAGE_OTHER }, { "Procedure", MESSAGE_OTHER },
	{ "AllergyIntolerance", MESSAGE_OTHER }, { "Immunization", MESSAGE_OTHER }, { "Device", MESSAGE_OTHER }, { "DeviceMetric", MESSAGE_OTHER },
	{ "Specimen", MESSAGE_OTHER }, { "ImagingStudy", MESSAGE_OTHER }, { "DocumentReference", MESSAGE_OTHER }, { "Composition", MESSAGE_OTHER },
	{ "Bundle", MESSAGE_OTHER }, { "Binary", MESSAGE_OTHER }, { "Task", MESSAGE_OTHER }, { "Communication", MESSAGE_OTHER },
};
enum { TYPE_COUNT = sizeof TYPES / sizeof *TYPES };

static enum message_class
class_of(const char *type)
{
	for (int i = 0; i < TYPE_COUNT; i++)
		if (strcmp(TYPES[i].type, type) == 0)
			return TYPES[i].class;
	return MESSAGE_OTHER;
}

/* The target without scheme, host. */
static struct bytes
local(struct bytes target)
{
	if (bytes_begin_nocase(target, "http://")) {
		target = bytes_skip(target, 7);
		target = bytes_skip(target, bytes_find(target, '/'));
	}
	return target;
}

/* Does a segment of the path name a type of resource? */
static bool
names_resource(struct bytes target)
{
	struct bytes left = bytes_head(local(target), bytes_find(local(target), '?'));

	while (left.len) {
		left = bytes_skip(left, 1);
		struct bytes one = bytes_head(left, bytes_find(left, '/'));
		for (int i = 0; i < TYPE_COUNT; i++)
			if (bytes_equal(one, bytes_text(TYPES[i].type)))
				return true;
		left = bytes_skip(left, one.len);
	}
	return false;
}

static bool
is_text(struct bytes type)
{
	return bytes_hold_nocase(type, "json") || bytes_hold_nocase(type, "xml");
}

/* Begins to read a body; what the head says of it is a field, but no part of the resource. */
static struct reading *
begin(struct sensor *s, const struct packet *p, struct conversation *v, int side, const struct http_fields *f, const char *name, struct bytes said)
{
	struct cares   *c = s->cares;
	struct reading *r = care_reading(c, v, side);

	if (r)
		care_close(c, r);
	r = care_open(s, p, v, side);
	r->fhir.type[0] = r->fhir.key[0] = 0;
	r->fhir.xml = bytes_hold_nocase(f->content_type, "xml");
	r->fhir.packed = r->fhir.create = r->fhir.begun = false;
	if (r->fhir.xml)
		meaning_xml_begin(&r->fhir.xml_body, &r->said, &c->key, true);
	else
		meaning_json_begin(&r->fhir.body, &r->said, &c->key, true);
	meaning_bytes(&r->said, said);
	meaning_text(&r->said, bytes_text(name), FIELDPATH_ALL, siphash_quick(&c->key, meaning_name(&r->said, bytes_text(name)), said), false, true);
	r->said.size = 0;
	v->fhir.left[side] = f->chunked ? 0 : f->length;
	return r;
}

bool
care_fhir_request(struct sensor *s, struct packet *p, int side, const struct http_request *r, const uint8_t *at)
{
	const struct http_fields *f = &r->fields;

	if (!s->cares)
		return false;
	bool write = bytes_equal(r->method, bytes_text("POST")) || bytes_equal(r->method, bytes_text("PUT")) || bytes_equal(r->method, bytes_text("PATCH"));
	bool known = http_is_fhir(f) || names_resource(r->target);
	bool body = write && (f->chunked || f->length) && (bytes_hold_nocase(f->content_type, "fhir") || (known && is_text(f->content_type)));
	if (!known && !care_known(s, p->flow))
		return false;
	struct conversation *v = care_conversation(s, p);
	if (v->fhir.asks < PIPELINE) {
		v->fhir.asked |= (uint8_t)(body << v->fhir.asks);
		v->fhir.known |= (uint8_t)(known << v->fhir.asks);
		v->fhir.asks++;
	}
	if (!body)
		return false;
	struct bytes    target = local(r->target);
	struct reading *it = begin(s, p, v, side, f, "path", target);
	it->fhir.place = care_position(s, p, side, at);
	it->fhir.create = bytes_equal(r->method, bytes_text("POST"));
	bytes_clean(r->method, it->fhir.type, sizeof it->fhir.type);
	bytes_clean(bytes_head(target, bytes_find(target, '?')), it->fhir.key, sizeof it->fhir.key);
	return true;
}

bool
care_fhir_response(struct sensor *s, struct packet *p, int side, const struct http_response *r, bool body, const uint8_t *at)
{
	struct conversation *v = care_known(s, p->flow);
	struct buf           type;

	if (!v)
		return false;
	bool asked = v->fhir.asked & 1, known = v->fhir.known & 1, good = r->status >= 200 && r->status < 300;
	v->fhir.asked >>= 1;
	v->fhir.known >>= 1;
	if (v->fhir.asks)
		v->fhir.asks--;
	if (asked) {
		struct message_head *m = care_head(s, p, v, side, MESSAGE_FHIR, p->frame->number);
		m->marks = MESSAGE_ANSWER | (good ? MESSAGE_ACCEPTS : 0);
		type = buf_over(m->type, sizeof m->type);
		buf_format(&type, "%u", r->status);
		care_say(s);
	}
	const struct http_fields *f = &r->fields;
	/* What answers a write repeats it, if anything: a reading of its own is only what was asked for. */
	if (asked || !body || !good || !(bytes_hold_nocase(f->content_type, "fhir") || (known && is_text(f->content_type))))
		return false;
	char status[8];
	type = buf_over(status, sizeof status);
	buf_format(&type, "%u", r->status);
	struct reading *it = begin(s, p, v, side, f, "status", bytes_text(status));
	it->fhir.place = care_position(s, p, side, at);
	memcpy(it->fhir.type, status, sizeof status);
	return true;
}

void
care_fhir_expect(struct sensor *s, struct packet *p, int side, uint64_t length)
{
	care_conversation(s, p)->fhir.left[side] = length;
}

bool
care_fhir_put(struct sensor *s, struct packet *p, int side, struct bytes *in)
{
	struct conversation *v = care_conversation(s, p);
	struct reading      *r = care_reading(s->cares, v, side);
	struct bytes         data = bytes_head(*in, v->fhir.left[side]);

	*in = bytes_skip(*in, data.len);
	v->fhir.left[side] -= data.len;
	if (r && data.len) {
		r->last = p->when;
		r->fhir.packed |= !r->fhir.begun && data.at[0] == GZIP;
		r->fhir.begun = true;
		if (r->fhir.xml)
			meaning_xml_put(&r->fhir.xml_body, data);
		else
			meaning_json_put(&r->fhir.body, data);
	}
	return !v->fhir.left[side];
}

/* Has the resource a field whose pointer begins so? */
static bool
has(const struct meaning *said, const char *begin)
{
	for (uint16_t i = 0; i < said->fields; i++)
		if (fieldpath_kind(said->field[i].path) == FIELDPATH_TEXT && bytes_begin(fieldpath_words(said->field[i].path, meaning_pool(said)), begin))
			return true;
	return false;
}

static bool
has_time_and_name(const struct meaning *said)
{
	return has(said, "/identifier/") && (has(said, "/effective") || has(said, "/issued") || has(said, "/authoredOn"));
}

void
care_fhir_end(struct sensor *s, struct packet *p, int side)
{
	struct conversation *v = care_conversation(s, p);
	struct reading      *r = care_reading(s->cares, v, side);

	if (!r)
		return;
	enum err    e = r->fhir.xml ? meaning_xml_end(&r->fhir.xml_body) : meaning_json_end(&r->fhir.body);
	const char *type = r->fhir.xml ? r->fhir.xml_body.type : r->fhir.body.type, *id = r->fhir.xml ? r->fhir.xml_body.id : r->fhir.body.id;
	struct message_head *m = care_head(s, p, v, side, MESSAGE_FHIR, r->frame_first);
	struct buf           name = buf_over(m->type, sizeof m->type - 1);
	s->counts.malformed += e != OK && !r->fhir.packed;
	buf_text(&name, r->fhir.type);
	buf_text(&name, " ");
	buf_bytes_put(&name, bytes_head(bytes_text(type), name.cap - name.len));
	bytes_clean(id[0] ? bytes_text(id) : bytes_text(r->fhir.key), m->key, sizeof m->key);
	m->class = (uint8_t)class_of(type);
	m->id = r->fhir.place;
	m->marks = (uint8_t)((r->fhir.packed ? MESSAGE_CUT : 0) | (r->fhir.create && has_time_and_name(&r->said) ? MESSAGE_UNIQUE : 0));
	message_said(&s->cares->message, &r->said);
	care_close(s->cares, r);
	care_say(s);
}
