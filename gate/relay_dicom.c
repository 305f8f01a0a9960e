/*
 * relay_dicom: DICOM associations (PS3.8 section 9.3): who may open one, with
 * whom, for what; the objects themselves go by untouched.
 *
 *	client ── A-ASSOCIATE-RQ ──► without the presentation contexts that the route does not let through
 *	       ◄── A-ASSOCIATE-AC ── with those as refused (1, user rejection)
 *	       ◄── A-ASSOCIATE-RJ    calling or called AE title not recognized (3, 7), no context left (1)
 *
 * Between, PDUs are only counted off, so that what ends an association here
 * (A-ABORT) stands where a PDU may.
 */
#include <stdio.h>

#include "gate/relay.h"
#include "gate/worker.h"
#include "wire/dicom.h"

enum stage { STAGE_REQUEST, STAGE_ANSWER, STAGE_OPEN, STAGE_OVER };
enum {
	ASSOCIATE_MOST = 128 << 10, /* of a request or its answer */
	ARTIM_S = 30,               /* who connects asks for an association within this (PS3.8 section 9.1.5) */
	FIXED = 74,                 /* of A-ASSOCIATE before its items */
	ITEM = 4,
	CONTEXT_RQ = 0x20, CONTEXT_AC = 0x21, ABSTRACT = 0x30, TRANSFER = 0x40, USER = 0x50, ROLE = 0x54,
};
/* PS3.8 section 9.3.4: result (1 for good, 2 for now), source (1 user, 3 presentation), reason. */
static const struct dicom_refusal NO_CALLING = { DICOM_ASSOCIATE_RJ, 1, 1, 3 }, NO_CALLED = { DICOM_ASSOCIATE_RJ, 1, 1, 7 },
                                  NO_CONTEXT = { DICOM_ASSOCIATE_RJ, 1, 1, 1 }, NOT_NOW = { DICOM_ASSOCIATE_RJ, 2, 3, 1 },
                                  PROVIDER = { DICOM_ABORT, 0, 2, 0 };

static unsigned
u16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static void
say(struct relay *r, unsigned side, const struct dicom_refusal *what)
{
	uint8_t    room[16];
	struct buf out = buf_over(room, sizeof room);

	dicom_refusal_print(what, &out);
	(void)relay_say(r, side, buf_bytes(&out)); /* it ends anyway */
}

static bool
deny(struct relay *r, const struct dicom_refusal *what, const char *why)
{
	panel_add(r->lane->count, PANEL_DENIED, 1);
	say(r, RELAY_CLIENT, what);
	r->dicom.stage = STAGE_OVER;
	relay_end(r, why);
	return false;
}

/* The whole PDU at the mark; its length with its head, 0: not all is here.  UINT32_MAX: more than is taken. */
static uint32_t
whole(const struct block *b, uint32_t most)
{
	const uint8_t *at = b->at + b->mark;
	uint32_t       here = b->tail - b->mark;

	if (here < DICOM_PDU_HEADER)
		return 0;
	uint32_t len = u16(at + 2) << 16 | u16(at + 4);
	return len > most ? UINT32_MAX : here < len + DICOM_PDU_HEADER ? 0 : len + DICOM_PDU_HEADER;
}

static void
put_length(uint8_t *pdu, uint32_t whole_len)
{
	uint32_t len = whole_len - DICOM_PDU_HEADER;

	for (int i = 0; i < 4; i++)
		pdu[2 + i] = (uint8_t)(len >> (24 - 8 * i));
}

/* The abstract syntax of a presentation context's item. */
static struct bytes
abstract_of(struct bytes item)
{
	for (struct bytes left = bytes_skip(item, 4); left.len >= ITEM;) {
		size_t n = u16(left.at + 2);
		if (n > left.len - ITEM)
			break;
		if (left.at[0] == ABSTRACT)
			return bytes_of(left.at + ITEM, n);
		left = bytes_skip(left, ITEM + n);
	}
	return bytes_of("", 0);
}

static bool
lets(const struct relay *r, struct bytes uid)
{
	while (uid.len && uid.at[uid.len - 1] == 0)
		uid.len--;
	return lane_lets(r->lane, uid);
}

/* Takes the items out that are not let through, in place; pdu keeps its form.  kept: contexts that stay. */
static uint32_t
filter(struct relay *r, uint8_t *pdu, uint32_t n, unsigned *kept)
{
	uint32_t out = FIXED;

	*kept = 0;
	for (uint32_t at = FIXED, len; at + ITEM <= n; at += len) {
		len = ITEM + u16(pdu + at + 2);
		if (len > n - at)
			break;
		if (pdu[at] == CONTEXT_RQ && len >= ITEM + 4) {
			uint8_t id = pdu[at + ITEM];
			if (!lets(r, abstract_of(bytes_of(pdu + at + ITEM, len - ITEM)))) {
				r->dicom.denied[id / 2 / 8] |= (uint8_t)(1 << id / 2 % 8);
				continue;
			}
			++*kept;
		}
		memmove(pdu + out, pdu + at, len);
		if (pdu[out] == USER) { /* roles of classes that are not let through */
			uint32_t from = out + ITEM, end = out + len, to = from;
			for (uint32_t i = from, l; i + ITEM <= end; i += l) {
				l = ITEM + u16(pdu + i + 2);
				if (l > end - i)
					break;
				if (pdu[i] == ROLE && l >= ITEM + 2 && u16(pdu + i + ITEM) <= l - ITEM - 2 && !lets(r, bytes_of(pdu + i + ITEM + 2, u16(pdu + i + ITEM))))
					continue;
				memmove(pdu + to, pdu + i, l);
				to += l;
			}
			pdu[out + 2] = (uint8_t)((to - from) >> 8);
			pdu[out + 3] = (uint8_t)(to - from);
			out = to;
			continue;
		}
		out += len;
	}
	put_length(pdu, out);
	return out;
}

static bool
called_fits(const struct relay *r, const char *called)
{
	for (unsigned i = 0; i < r->lane->of->calleds; i++)
		if (strcmp(r->lane->of->called[i], called) == 0)
			return true;
	return r->lane->of->calleds == 0;
}

static bool
request(struct relay *r)
{
	struct block                 *b = &r->end[RELAY_CLIENT].in;
	static struct dicom_associate a;
	unsigned                      kept;
	uint32_t                      n = whole(b, ASSOCIATE_MOST);

	if (n == 0)
		return true;
	uint8_t *pdu = b->at + b->mark;
	if (n == UINT32_MAX || pdu[0] != DICOM_ASSOCIATE_RQ || n < FIXED || dicom_associate_parse(bytes_of(pdu, n), &a)) {
		panel_add(r->lane->count, PANEL_DENIED, 1);
		say(r, RELAY_CLIENT, &PROVIDER);
		r->dicom.stage = STAGE_OVER;
		relay_end(r, "it does not begin with an association request");
		return false;
	}
	snprintf(r->title, sizeof r->title, "%s", a.calling);
	if (!called_fits(r, a.called))
		return deny(r, &NO_CALLED, "the called AE title is not of this route");
	if (!lane_title_fits(r->lane, r->as, a.calling)) {
		relay_claim_title(r);
		return deny(r, &NO_CALLING, "the calling AE title is not this client's");
	}
	if (!relay_backend_fits(r) || !relay_may(r, MESSAGE_IMAGE))
		return r->state == RELAY_OPEN || r->state == RELAY_DIAL;
	uint32_t now = filter(r, pdu, n, &kept);
	memmove(pdu + now, pdu + n, b->tail - b->mark - n);
	b->tail -= n - now;
	if (!kept)
		return deny(r, &NO_CONTEXT, "none of the SOP classes it asks for goes through here");
	b->mark += now;
	r->dicom.stage = STAGE_ANSWER;
	r->deadline = 0;
	r->messages++;
	panel_add(r->lane->count, PANEL_MESSAGES, 1);
	return true;
}

/* What was taken out of the request is told to be refused. */
static bool
answer(struct relay *r)
{
	struct block *b = &r->end[RELAY_BACKEND].in;
	uint32_t      n = whole(b, ASSOCIATE_MOST), more = 0;

	if (n == 0)
		return true;
	if (n == UINT32_MAX) {
		relay_end(r, "the backend's answer to the association is too long");
		return false;
	}
	if (b->at[b->mark] != DICOM_ASSOCIATE_AC) {
		panel_add(r->lane->count, PANEL_NEGATIVE, 1);
		r->dicom.stage = STAGE_OVER;
		b->mark = b->tail;
		return true;
	}
	static const char    syntax[] = "1.2.840.10008.1.2";
	enum { ONE = ITEM + 4 + ITEM + sizeof syntax - 1 };
	for (unsigned id = 1; id < 256; id += 2)
		more += (r->dicom.denied[id / 2 / 8] >> id / 2 % 8 & 1) * ONE;
	if (b->tail + more > b->cap && !block_take(&r->worker->blocks, b, b->tail - b->from + more)) {
		relay_end(r, "no memory");
		return false;
	}
	uint8_t *pdu = b->at + b->mark, *to = pdu + n;
	memmove(to + more, to, b->tail - b->mark - n);
	for (unsigned id = 1; id < 256; id += 2)
		if (r->dicom.denied[id / 2 / 8] >> id / 2 % 8 & 1) {
			const uint8_t head[] = { CONTEXT_AC, 0, 0, ONE - ITEM, (uint8_t)id, 0, 1, 0, TRANSFER, 0, 0, sizeof syntax - 1 };
			memcpy(to, head, sizeof head);
			memcpy(to + sizeof head, syntax, sizeof syntax - 1);
			to += ONE;
		}
	put_length(pdu, n + more);
	b->tail += more;
	b->mark += n + more;
	r->dicom.stage = STAGE_OPEN;
	panel_add(r->lane->count, PANEL_ANSWERS, 1);
	lane_fine(r->backend);
	return true;
}

/* Counts PDUs off; a head that is cut waits for the rest of it. */
static bool
follow(struct relay *r, unsigned side)
{
	struct block *b = &r->end[side].in;

	while (b->mark < b->tail) {
		uint64_t *left = &r->dicom.left[side], here = b->tail - b->mark;
		if (*left == 0) {
			if (here < DICOM_PDU_HEADER)
				return true;
			const uint8_t *at = b->at + b->mark;
			*left = DICOM_PDU_HEADER + (uint64_t)(u16(at + 2) << 16 | u16(at + 4));
			if (at[0] == DICOM_RELEASE_RP || at[0] == DICOM_ABORT)
				r->dicom.stage = STAGE_OVER;
		}
		uint32_t n = (uint32_t)(*left < here ? *left : here);
		*left -= n;
		b->mark += n;
		panel_add(r->lane->count, side == RELAY_CLIENT ? PANEL_UP : PANEL_DOWN, n);
	}
	return true;
}

static bool
inspect(struct relay *r, unsigned side)
{
	if (side == RELAY_CLIENT && r->dicom.stage == STAGE_REQUEST)
		return request(r);
	if (side == RELAY_BACKEND && r->dicom.stage <= STAGE_ANSWER && !answer(r))
		return false;
	return r->dicom.stage < STAGE_OPEN || follow(r, side);
}

static bool
at_boundary(const struct relay *r)
{
	return r->dicom.stage == STAGE_OVER || r->dicom.stage == STAGE_REQUEST;
}

/* An association is lost with its connection; before it was asked for, another backend will do. */
static bool
lost(struct relay *r)
{
	return r->dicom.stage == STAGE_REQUEST;
}

static bool
over(const struct relay *r)
{
	(void)r;
	return true;
}

static bool
late(struct relay *r)
{
	return r->dicom.stage == STAGE_REQUEST && !r->shaped && worker_now(r->worker) - r->began >= ARTIM_S * INSTANT_SECOND;
}

static void
goodbye(struct relay *r)
{
	if (r->dicom.stage <= STAGE_ANSWER)
		say(r, RELAY_CLIENT, &NOT_NOW);
	for (unsigned side = 0; r->dicom.stage == STAGE_OPEN && side < RELAY_ENDS; side++)
		if (r->dicom.left[!side] == 0 && r->end[!side].in.head == r->end[!side].in.mark)
			say(r, side, &PROVIDER);
}

const struct relay_protocol RELAY_DICOM = { "dicom", BLOCK_LARGE, inspect, at_boundary, lost, over, late, goodbye };
