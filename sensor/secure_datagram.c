/*
 * secure: handshakes in datagrams: DTLS and QUIC.
 *
 * What comes in pieces, in any order, is put together in one of a few buffers;
 * when they run out the one taken longest ago is taken away, and its handshake
 * is told without what it held.
 */
#include "sensor/card.h"
#include "sensor/secure_inside.h"
#include "wire/dtls.h"
#include "wire/quic.h"

/* --- putting together ------------------------------------------------------------------- */

void
secure_assembly_drop(struct secure *t, struct secure_slot *slot)
{
	for (int side = 0; side < 2; side++) {
		if (slot->assembly[side])
			t->assembly[slot->assembly[side]].slot = 0;
		slot->assembly[side] = 0;
	}
}

static struct secure_assembly *
assembly_of(struct secure *w, struct secure_slot *t, int side)
{
	struct secure_assembly *a;

	if (t->assembly[side])
		return &w->assembly[t->assembly[side]];
	w->next = (uint16_t)(w->next % w->assemblies + 1);
	a = &w->assembly[w->next];
	if (a->slot)
		w->slot[a->slot].assembly[a->side] = 0;
	memset(a, 0, offsetof(struct secure_assembly, data));
	a->slot = (uint16_t)(t - w->slot);
	a->side = (uint16_t)side;
	t->assembly[side] = w->next;
	return a;
}

/* Lays in at offset and joins the spans; what does not fit is left out, as is what would make too many holes. */
static void
lay(struct secure_assembly *a, uint64_t offset, struct bytes in)
{
	if (!in.len || offset > SECURE_ASSEMBLY || in.len > SECURE_ASSEMBLY - offset)
		return;
	uint32_t from = (uint32_t)offset, to = from + (uint32_t)in.len;
	uint16_t k = 0, i = 0;
	while (i < a->spans && a->span[i].to < from)
		i++;
	/* Spans i to k touch it and become one. */
	for (k = i; k < a->spans && a->span[k].from <= to; k++) {
		from = a->span[k].from < from ? a->span[k].from : from;
		to = a->span[k].to > to ? a->span[k].to : to;
	}
	if (k == i) {
		if (a->spans == SECURE_SPANS)
			return;
		memmove(&a->span[i + 1], &a->span[i], (size_t)(a->spans - i) * sizeof *a->span);
		a->spans++;
	} else {
		memmove(&a->span[i + 1], &a->span[k], (size_t)(a->spans - k) * sizeof *a->span);
		a->spans = (uint16_t)(a->spans - (k - i - 1));
	}
	a->span[i].from = from;
	a->span[i].to = to;
	memcpy(a->data + offset, in.at, in.len);
}

static uint32_t
in_line(const struct secure_assembly *a)
{
	return a->spans && a->span[0].from == 0 ? a->span[0].to : 0;
}

/* --- DTLS ---------------------------------------------------------------------------------- */

bool
secure_dtls_looks(const struct flow *f, int side, struct bytes in)
{
	(void)f;
	(void)side;
	return dtls_looks(in);
}

static void
piece(struct sensor *s, struct packet *p, struct secure_slot *t, int side, const struct dtls_handshake *h)
{
	struct secure_assembly *a;

	if (dtls_handshake_whole(h)) {
		secure_message(s, p, t, side, h->type, h->fragment);
		return;
	}
	a = assembly_of(s->secure, t, side);
	if (a->spans && (a->message != h->message || a->type != h->type || a->length != h->length))
		a->spans = 0; /* the next message: of the former one something was lost */
	a->message = h->message;
	a->type = h->type;
	a->length = h->length;
	lay(a, h->offset, h->fragment);
	if (in_line(a) == a->length) {
		a->spans = 0;
		secure_message(s, p, t, side, h->type, bytes_of(a->data, a->length));
	}
}

/* One record; true if it ends the handshake. */
static bool
dtls_record(struct sensor *s, struct packet *p, struct secure_slot *t, int side, const struct dtls_record *r)
{
	struct dtls_handshake h;
	struct bytes          left = r->fragment;

	if (r->epoch || r->type == TLS_CHANGE_CIPHER) {
		if (!t->h.server || (secure_role(t, side) == FLOW_CLIENT && !r->epoch))
			return false;
		t->h.resumed |= secure_role(t, side) == FLOW_SERVER && !t->h.server_certificate.present && t->session && !tls_thirteen(t->h.version);
		secure_outcome(s, p, t, true);
		return true;
	}
	switch (r->type) {
	case TLS_HANDSHAKE:
		while (left.len && dtls_handshake_parse(left, &h) == OK) {
			piece(s, p, t, side, &h);
			left = bytes_skip(left, h.size);
		}
		return false;
	case TLS_ALERT:
		return secure_alert(s, p, t, r->fragment);
	default:
		return false;
	}
}

void
secure_dtls(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct flow       *f = p->flow;
	struct dtls_record r;

	/* The same ports again, from the beginning. */
	if (f->slot == SECURE_SIDE_DONE && in.len > 13 && in.at[0] == TLS_HANDSHAKE && dtls_looks(in) && in.at[13] == TLS_CLIENT_HELLO)
		f->slot = 0;
	if (f->slot == SECURE_SIDE_DONE)
		return;
	struct secure_slot *t = secure_slot_of(s, p);
	if (!t)
		return;
	t->h.transport = 'd';
	while (in.len) {
		enum err e = dtls_record_parse(in, &r);
		if (e == ERR_UNSUPPORTED && t->h.server) { /* DTLS 1.3 encrypts at once */
			secure_outcome(s, p, t, true);
			secure_close(s, f, t);
			return;
		}
		if (e)
			return;
		if (dtls_record(s, p, t, side, &r)) {
			secure_close(s, f, t);
			return;
		}
		in = bytes_skip(in, r.size);
	}
}

/* --- QUIC ---------------------------------------------------------------------------------- */

bool
secure_quic_looks(const struct flow *f, int side, struct bytes in)
{
	struct quic q;

	(void)f;
	(void)side;
	/* The version's 32 bits are one of a few: no other protocol begins so. */
	return quic_parse(in, &q) == OK && q.type == QUIC_INITIAL;
}

static void
derive(struct secure_slot *t, uint32_t version, struct bytes dcid)
{
	const struct quic_keys *k = quic_keys(version);

	initial_derive(k->salt, dcid, &(struct initial_labels){ QUIC_CLIENT_LABEL, k->key, k->iv, k->hp }, &t->keys[FLOW_CLIENT]);
	initial_derive(k->salt, dcid, &(struct initial_labels){ QUIC_SERVER_LABEL, k->key, k->iv, k->hp }, &t->keys[FLOW_SERVER]);
	t->version = version;
	t->dcid_len = (uint8_t)dcid.len;
	memmove(t->dcid, dcid.at, dcid.len);
}

/* The frames of an Initial, in scratch memory; empty if the keys are not its own. */
static struct bytes
opened(struct sensor *s, const struct secure_slot *t, int role, const struct quic *q)
{
	struct secure       *w = s->secure;
	const struct initial *k = &t->keys[role];
	struct buf           header = buf_over(w->text[0], sizeof w->text[0]);
	struct quic_clear    clear;
	struct bytes         sample;
	uint8_t              mask[5], nonce[12];

	if (quic_sample(q, &sample))
		return bytes_of(NULL, 0);
	initial_mask(k, sample.at, mask);
	if (quic_unmask(q, mask, &header, &clear) || clear.cipher.len > sizeof w->scratch)
		return bytes_of(NULL, 0);
	quic_nonce(k->iv, clear.pn, nonce); /* a handshake has few packets: none is so far on that its number is cut */
	if (!initial_open(k, nonce, clear.aad, clear.cipher, w->scratch))
		return bytes_of(NULL, 0);
	return bytes_of(w->scratch, clear.cipher.len - QUIC_TAG_LEN);
}

/*
 * With the keys held; with those of the same connection id in another version
 * (RFC 9368: the server may choose another than the client began with); from a
 * client, with those of the id in this packet: the first one, or after a Retry.
 */
static struct bytes
payload(struct sensor *s, struct secure_slot *t, int side, const struct quic *q)
{
	struct bytes frames = bytes_of(NULL, 0), dcid = bytes_of(t->dcid, t->dcid_len);
	int          role = t->keyed && side != t->asker ? FLOW_SERVER : FLOW_CLIENT;

	if (t->keyed) {
		uint32_t version = t->version;
		if (q->version != version)
			derive(t, q->version, dcid);
		frames = opened(s, t, role, q);
		if (!frames.len && q->version != version)
			derive(t, version, dcid);
	}
	if (!frames.len && role == FLOW_CLIENT && !t->h.client) {
		derive(t, q->version, q->dcid);
		frames = opened(s, t, role, q);
		t->keyed |= frames.len != 0;
		t->asker = (uint8_t)side;
	}
	return frames;
}

static void
initial(struct sensor *s, struct packet *p, struct secure_slot *t, int side, const struct quic *q)
{
	struct bytes         frames = payload(s, t, side, q);
	struct quic_frame    f;
	struct tls_handshake h;

	if (!frames.len)
		return;
	while (quic_frame_next(&frames, &f) == OK) {
		if (f.type == QUIC_FRAME_CRYPTO && f.data.len)
			lay(assembly_of(s->secure, t, side), f.offset, f.data);
		if (f.type == QUIC_FRAME_CLOSE) {
			t->h.alert = f.error >= 0x100 && f.error < 0x200 ? (uint8_t)f.error : 0;
			t->h.failed = true;
		}
	}
	if (!t->assembly[side])
		return;
	struct secure_assembly *a = &s->secure->assembly[t->assembly[side]];
	while (tls_handshake_parse(bytes_skip(bytes_of(a->data, in_line(a)), a->used), &h) == OK) {
		a->used += (uint32_t)h.size;
		secure_message(s, p, t, side, h.type, h.body);
	}
}

void
secure_quic(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct flow *f = p->flow;
	struct quic  q;

	if (f->slot == SECURE_SIDE_DONE || !in.len || !(in.at[0] & 0x80))
		return;
	struct secure_slot *t = secure_slot_of(s, p);
	if (!t)
		return;
	t->h.transport = 'q';
	while (in.len && quic_parse(in, &q) == OK) {
		if (q.type == QUIC_INITIAL)
			initial(s, p, t, side, &q);
		in = bytes_skip(in, q.packet.len);
	}
	if (t->h.failed || (t->h.client && t->h.server)) {
		secure_outcome(s, p, t, !t->h.failed);
		secure_close(s, f, t);
	}
}
