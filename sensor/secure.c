/*
 * secure: the pool of handshakes, and TLS over a stream.
 *
 *	client  hello ─────────────────────────> certificate, CCS, (finished)
 *	server  hello, certificate … done ─────────────────────> CCS, (finished)
 *
 * A handshake has a slot from its first record to its outcome: the server's
 * change of cipher, in TLS 1.3 the client's first encrypted record, a fatal
 * alert, the flow's end.  When slots run out the longest idle one is told as
 * far as it came.  What follows the outcome is of no interest.
 *
 * Messages that fill less than a record, or more, are found by walking the
 * records in line; only one that lies across records is copied together.
 */
#include "sensor/secure.h"
#include "sensor/clinical.h"
#include "base/memory.h"
#include "crypt/hash.h"
#include "sensor/card.h"
#include "sensor/decoder.h"
#include "sensor/secure_inside.h"

#define CLINICAL_ROLES (ROLE_HL7_SENDER | ROLE_HL7_RECEIVER | ROLE_MODALITY | ROLE_PACS | ROLE_MQTT_CLIENT | ROLE_MQTT_BROKER | \
                        ROLE_FHIR_CLIENT | ROLE_FHIR_SERVER | ROLE_COAP)

/* An alert in TLS 1.3 without padding: two bytes, their content type, and the tag (RFC 8446 section 5.2). */
enum { SEALED_ALERT = 2 + 1 + 16 };

/* --- the pool --------------------------------------------------------------------- */

struct secure *
secure_new(size_t memory, uint64_t seed)
{
	struct secure *t = memory_new(1, sizeof *t);
	size_t         slots = memory / 100 * 45 / sizeof(struct secure_slot);
	size_t         assemblies = memory / 100 * 20 / sizeof(struct secure_assembly);

	if (!t)
		return NULL;
	t->slots = (uint16_t)(slots < 16 ? 16 : slots > 60000 ? 60000 : slots);
	t->assemblies = (uint16_t)(assemblies < 3 ? 3 : assemblies > 60000 ? 60000 : assemblies);
	t->slot = memory_new(t->slots + 1u, sizeof *t->slot);
	t->assembly = memory_new(t->assemblies + 1u, sizeof *t->assembly);
	if (!t->slot || !t->assembly || hash_init() || initial_init() || !secure_certificate_new(t, memory / 100 * 25, seed) ||
	    !secure_middle_new(t, memory / 100 * 10, seed)) {
		secure_free(t);
		return NULL;
	}
	for (uint16_t i = t->slots; i >= 1; i--) {
		t->slot[i].older = t->free;
		t->free = i;
	}
	return t;
}

void
secure_free(struct secure *t)
{
	if (!t)
		return;
	table_free(t->certificates);
	table_free(t->issuers);
	table_free(t->holders);
	table_free(t->proxies);
	table_free(t->legs);
	table_free(t->cares);
	memory_free(t->slot);
	memory_free(t->assembly);
	memory_free(t);
}

static void
ring_out(struct secure *t, uint16_t i)
{
	struct secure_slot *b = &t->slot[i];

	if (b->newer)
		t->slot[b->newer].older = b->older;
	else
		t->newest = b->older;
	if (b->older)
		t->slot[b->older].newer = b->newer;
	else
		t->oldest = b->newer;
}

static void
ring_in(struct secure *t, uint16_t i)
{
	struct secure_slot *b = &t->slot[i];

	b->newer = 0;
	b->older = t->newest;
	if (b->older)
		t->slot[b->older].newer = i;
	else
		t->oldest = i;
	t->newest = i;
}

static void
release(struct secure *t, struct secure_slot *b)
{
	uint16_t i = (uint16_t)(b - t->slot);

	secure_assembly_drop(t, b);
	ring_out(t, i);
	b->flow = 0;
	b->older = t->free;
	t->free = i;
}

static struct secure_slot *
take(struct sensor *s)
{
	struct secure *t = s->secure;

	if (!t->free) {
		struct secure_slot *b = &t->slot[t->oldest];
		secure_tell(s, b);
		release(t, b);
	}
	uint16_t            i = t->free;
	struct secure_slot *b = &t->slot[i];
	t->free = b->older;
	memset(b, 0, sizeof *b);
	ring_in(t, i);
	return b;
}

/* The slot of a flow, if it is still that flow's. */
static struct secure_slot *
held(const struct sensor *s, const struct flow *f)
{
	struct secure_slot *b = f->slot && f->slot != SECURE_SIDE_DONE ? &s->secure->slot[f->slot] : NULL;

	return b && b->flow == f->id ? b : NULL;
}

struct secure_slot *
secure_slot_of(struct sensor *s, struct packet *p)
{
	struct flow        *f = p->flow;
	struct secure_slot *b = held(s, f);

	if (!b) {
		if (f->slot) {
			f->slot = SECURE_SIDE_DONE;
			return NULL;
		}
		b = take(s);
		b->flow = f->id;
		f->slot = (uint16_t)(b - s->secure->slot);
		b->client = flow_addr(f, FLOW_CLIENT);
		b->server = flow_addr(f, FLOW_SERVER);
		b->client_port = flow_port(f, FLOW_CLIENT);
		b->server_port = flow_port(f, FLOW_SERVER);
		b->protocol = f->key.protocol;
		b->domain = p->domain;
		b->vlan = p->vlan;
		b->has_vlan = p->has_vlan;
	} else if (s->secure->newest != f->slot) {
		ring_out(s->secure, f->slot);
		ring_in(s->secure, f->slot);
	}
	b->frame = *p->frame;
	b->frame.data = bytes_of(NULL, 0);
	b->when = p->when;
	b->cards = p->link.cards;
	b->smac = p->link.src;
	b->dmac = p->link.dst;
	return b;
}

void
secure_tell(struct sensor *s, struct secure_slot *t)
{
	struct event e = {
		.kind = EVENT_TLS, .when = t->frame.when, .frame = t->frame.number,
		.vlan = t->vlan, .has_vlan = t->has_vlan, .smac = t->smac, .dmac = t->dmac, .cards = t->cards,
		.src = t->client, .dst = t->server, .sport = t->client_port, .dport = t->server_port,
		.protocol = t->protocol, .flow = t->flow, .of = &t->h,
	};

	if (t->told || (!t->h.client && !t->h.server))
		return;
	t->told = true;
	if (t->h.done)
		clinical_was_tls(s, t->server, t->server_port);
	if (!packet_wants(s, EVENT_TLS) || !s->out.event)
		return;
	e.place = t->frame.place < s->config.place_count ? s->config.places[t->frame.place] : "";
	s->out.event(s->out.context, &e);
}

void
secure_close(struct sensor *s, struct flow *f, struct secure_slot *t)
{
	secure_tell(s, t);
	release(s->secure, t);
	f->slot = SECURE_SIDE_DONE;
}

void
secure_gone(struct sensor *s, struct flow *f)
{
	struct secure_slot *t = held(s, f);

	if (!t)
		return;
	if (!t->h.done && f->side[FLOW_CLIENT].fin | f->side[FLOW_SERVER].fin && t->h.client) {
		t->h.failed = true;
		secure_care_end(s, NULL, t, false);
	}
	secure_close(s, f, t);
}

/* --- helpers of all ---------------------------------------------------------------- */

struct claim
secure_claim(const struct sensor *s, const struct packet *p, const struct secure_slot *t, int role, enum fact fact)
{
	struct claim            c = packet_claim(s, p, fact, WITNESS_TLS);
	const struct flow_side *side = &p->flow->side[t->turned ? !role : role];

	c.speaker = side->card;
	c.speaker_ip = role == FLOW_CLIENT ? t->client : t->server;
	c.victim = t->client;
	c.port = t->server_port;
	return c;
}

bool
secure_clinical_card(const struct sensor *s, uint32_t domain, struct mac card)
{
	const struct card *c = card_of(s, domain, card);

	return c && c->roles & CLINICAL_ROLES;
}

/* Registered for TLS, or in common use with it: DICOM, MLLP, MQTT, CoAP. */
bool
secure_clinical_port(uint16_t port)
{
	static const uint16_t ports[] = { 2762, 8883, 2575, 2576, 6661, 11112, 104, 5684 };

	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
		if (ports[i] == port)
			return true;
	return false;
}

uint16_t
secure_rank(uint16_t v)
{
	switch (v) {
	case 0xfefc: return 0x0304;
	case 0xfefd: return 0x0303;
	case 0xfeff: return 0x0302;
	case 0x0100: return 0x0301;
	default:     return v;
	}
}

/* --- TLS over a stream --------------------------------------------------------------- */

bool
secure_tls_looks(const struct flow *f, int side, struct bytes in)
{
	enum err e = tls_looks(in);

	(void)f;
	(void)side;
	/* Two bytes that may begin a record are enough to wait for more: if it is none, another decoder is found then. */
	return e == OK || (e == ERR_SHORT && in.len >= 2 && in.at[0] == TLS_HANDSHAKE);
}

/*
 * The messages in the handshake record at the start of in, and in those behind
 * it as far as a message reaches.  How many bytes of in are done with; 0: more
 * are needed.
 */
static size_t
messages(struct sensor *s, struct packet *p, struct secure_slot *t, int side, struct bytes in)
{
	struct tls_record    r;
	struct tls_handshake h;

	enum err     whole = tls_record_parse(in, &r);
	struct bytes here = bytes_skip(bytes_head(bytes_skip(in, 5), r.length), t->done[side]);

	while (here.len) {
		enum err e = tls_handshake_parse(here, &h);
		if (e == OK) {
			secure_message(s, p, t, side, h.type, h.body);
			here = bytes_skip(here, h.size);
			t->done[side] = (uint16_t)(t->done[side] + h.size);
			continue;
		}
		if (e != ERR_SHORT)
			return DECODER_CLOSE; /* encrypted, or none that anybody sends */
		if (whole != OK)
			return 0;
		/* It goes on in the next record. */
		struct buf b = buf_over(s->secure->scratch, sizeof s->secure->scratch);
		size_t     at = r.size, before = 0;
		buf_bytes_put(&b, here);
		for (;;) {
			e = tls_handshake_parse(buf_bytes(&b), &h);
			if (e != ERR_SHORT)
				break;
			struct bytes rest = bytes_skip(in, at);
			e = tls_record_parse(rest, &r);
			if (e == ERR_FORM || (rest.len && rest.at[0] != TLS_HANDSHAKE))
				return DECODER_CLOSE;
			before = b.len;
			if (e != OK)
				return 0;
			buf_bytes_put(&b, r.fragment);
			if (!buf_ok(&b))
				return DECODER_CLOSE;
			at += r.size;
		}
		if (e)
			return DECODER_CLOSE;
		secure_message(s, p, t, side, h.type, h.body);
		/* What the last of these records holds beyond the message is looked at next. */
		t->done[side] = (uint16_t)(h.size - before);
		if (t->done[side] == r.length) {
			t->done[side] = 0;
			return at;
		}
		return at - r.size;
	}
	if (whole != OK)
		return 0;
	t->done[side] = 0;
	return r.size;
}

/* An encrypted record. */
static bool
sealed(struct sensor *s, struct packet *p, struct secure_slot *t, int side, uint16_t length)
{
	int role = secure_role(t, side);

	if (!t->h.server)
		return !t->h.client; /* early data; or a stream joined too late */
	if (!tls_thirteen(t->h.version)) {
		secure_outcome(s, p, t, true);
		return true;
	}
	if (role == FLOW_CLIENT && !t->finished) {
		t->finished = true;
		if (length == SEALED_ALERT) {
			secure_outcome(s, p, t, false);
			return true;
		}
		t->h.done = true;
		secure_tell(s, t);
		return !t->weighed;
	}
	if (role == FLOW_SERVER && t->finished) { /* an alert now: it does not like the client's certificate */
		secure_care_end(s, p, t, length != SEALED_ALERT);
		return true;
	}
	return false;
}

size_t
secure_tls(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct flow        *f = p->flow;
	struct secure_slot *t = secure_slot_of(s, p);
	struct tls_record   r;
	size_t              used = 0;

	if (!t)
		return DECODER_CLOSE;
	t->h.transport = 't';
	while (used < in.len) {
		struct bytes rest = bytes_skip(in, used);
		enum err     e = tls_record_parse(rest, &r);
		bool         over = false;
		if (e == ERR_FORM) {
			if (!t->h.client && !t->h.server && !used && !tls_two_hello(rest)) {
				release(s->secure, t);
				f->slot = 0;
				return DECODER_AGAIN;
			}
			if (tls_two_hello(rest)) {
				t->h.client = true;
				t->h.offered = (uint16_t)(rest.at[3] << 8 | rest.at[4]);
				flow_is(s, f, APP_TLS, "tls", false);
			}
			return DECODER_CLOSE;
		}
		if (rest.len < 5)
			return used;
		size_t n = r.size;
		switch (r.type) {
		case TLS_HANDSHAKE:
			if (!t->cipher[side])
				n = messages(s, p, t, side, rest);
			if (n == DECODER_CLOSE)
				return DECODER_CLOSE;
			if (n == 0)
				return used;
			break;
		case TLS_CHANGE_CIPHER:
			t->cipher[side] |= !tls_thirteen(t->h.version);
			if (secure_role(t, side) == FLOW_SERVER && t->h.server && !tls_thirteen(t->h.version)) {
				t->h.resumed |= !t->h.server_certificate.present && t->session;
				secure_outcome(s, p, t, true);
				over = true;
			}
			break;
		case TLS_ALERT:
			if (t->cipher[side])
				break;
			if (e)
				return used;
			over = secure_alert(s, p, t, r.fragment);
			break;
		default:
			over = sealed(s, p, t, side, r.length);
			break;
		}
		if (over) {
			secure_close(s, f, t);
			return DECODER_CLOSE;
		}
		used += n;
	}
	return used;
}
