/* pairing: a pairing under test, messages that it sees, and what it tells of them. */
#ifndef TEST_UNIT_PAIRING_H
#define TEST_UNIT_PAIRING_H

#include "judge/pairing.h"
#include "content/meaning_hl7.h"
#include "test/unit/check.h"

#include <stdio.h>

/*
 * A monitor speaks to a server: at place A on its own leg; at place B, or past
 * an engine, further on.
 */
enum { A, B, MONITOR = 0x21, SECOND = 0x22, SERVER = 0x10, RECORD = 0x11, THIEF = 0x66 };

static struct pairing *pairing;
static struct { enum fact fact; uint32_t marks; struct mac speaker; char key[64], fields[160]; } told[512];
static unsigned        tells;
static int64_t         now;      /* ms */
static uint32_t        order[256];

static inline void
on_claim(void *context, const struct claim *c, const struct pairing_words *w)
{
	(void)context;
	if (tells < sizeof told / sizeof *told) {
		told[tells].fact = (enum fact)c->fact;
		told[tells].marks = c->marks;
		told[tells].speaker = c->speaker;
		snprintf(told[tells].key, sizeof told[tells].key, "%s", w->key);
		snprintf(told[tells].fields, sizeof told[tells].fields, "%s", w->fields);
	}
	tells++;
}

static inline int
begin(void **state)
{
	struct pairing_config config = { .memory = 2 << 20, .seed = 1 };
	struct pairing_out    out = { NULL, on_claim };

	(void)state;
	pairing = pairing_new(&config, &out);
	assert_non_null(pairing);
	tells = 0;
	now = INT64_C(1700000000000);
	memset(order, 0, sizeof order);
	return 0;
}

static inline int
end(void **state)
{
	(void)state;
	pairing_free(pairing);
	pairing = NULL;
	return 0;
}

static inline struct addr
address(unsigned host)
{
	uint8_t b[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, (uint8_t)host };
	return addr_v6(b);
}

static inline struct mac
card(unsigned host)
{
	return (struct mac){ { 2, 0, 0, 0, 0, (uint8_t)host } };
}

/* From whom to whom, over which cards, where. */
struct way {
	unsigned place, sender, receiver, from, to;
	uint64_t flow;
};
static const struct way NEAR = { A, MONITOR, SERVER, MONITOR, SERVER, 1 }, FAR = { B, MONITOR, SERVER, MONITOR, SERVER, 2 },
                        ONWARD = { A, SERVER, RECORD, SERVER, RECORD, 3 }, STOLEN = { A, MONITOR, SERVER, MONITOR, THIEF, 4 },
                        CARRIED = { A, MONITOR, SERVER, THIEF, SERVER, 5 };

static inline struct message
message(const struct way *w, const char *text, const char *id)
{
	static const struct siphash_key key = { { 1, 2 } };
	static struct meaning           said;
	static struct meaning_hl7       h;
	struct message                  m;

	memset(&m, 0, sizeof m);
	meaning_hl7_begin(&h, &said, &key);
	meaning_hl7_put(&h, bytes_text(text));
	assert_int_equal(meaning_hl7_end(&h), OK);
	message_said(&m, &said);
	m.head.protocol = MESSAGE_HL7;
	m.head.class = MESSAGE_RESULT;
	m.head.place = (uint16_t)w->place;
	m.head.port = 2575;
	m.head.sender = address(w->sender);
	m.head.receiver = address(w->receiver);
	m.head.card_from = card(w->from);
	m.head.card_to = card(w->to);
	m.head.flow = w->flow;
	m.head.order = ++order[w->flow];
	m.head.when.us = m.head.steady.us = now * 1000;
	m.head.origin = siphash_quick(&key, 1, bytes_of(h.id[MEANING_HL7_FROM].text, h.id[MEANING_HL7_FROM].len));
	m.head.id = id[0] ? siphash_quick(&key, 2, bytes_text(id)) : 0;
	m.head.marks = MESSAGE_UNIQUE;
	snprintf(m.head.type, sizeof m.head.type, "ORU^R01");
	snprintf(m.head.key, sizeof m.head.key, "%s", id);
	return m;
}

/* A measurement numbered n of a device; header: what an engine writes in its place. */
static inline const char *
vitals(const char *device, unsigned n, unsigned spo2, const char *header, char id[static 16])
{
	static char text[1024];

	snprintf(id, 16, "%s-%u", device, n);
	snprintf(text, sizeof text, "MSH|^~\\&|%s|ICU|%s|H|2026%06u||ORU^R01|%s|P|2.6\rPID|||MRN1\rOBR|1|||V|||2026%06u\r"
	         "OBX|1|NM|spo2||%u|%%|90-100|||||||2026%06u\rOBX|2|NM|hr||70|/min|50-120|||||||2026%06u\r", device, header, n, id, n, spo2, n, n);
	return text;
}

static inline void
see(const struct way *w, unsigned n, unsigned spo2)
{
	char           id[16];
	const char    *text = vitals("mon", n, spo2, w == &ONWARD ? "EHR" : "TGW", id);
	struct message m = message(w, text, id);

	pairing_see(pairing, &m);
	pairing_tick(pairing, m.head.steady);
}

static inline void
see_text(const struct way *w, const char *text, const char *id)
{
	struct message m = message(w, text, id);

	pairing_see(pairing, &m);
	pairing_tick(pairing, m.head.steady);
}

/* The answer to message n, back along the way. */
static inline void
answer(const struct way *w, unsigned n, const char *code)
{
	static const struct siphash_key key = { { 1, 2 } };
	struct message                  m;
	char                            id[16];

	snprintf(id, sizeof id, "mon-%u", n);
	memset(&m, 0, offsetof(struct message, field));
	m.head.protocol = MESSAGE_HL7;
	m.head.marks = MESSAGE_ANSWER | (strcmp(code, "AA") == 0 ? MESSAGE_ACCEPTS : 0);
	m.head.place = (uint16_t)w->place;
	m.head.port = 2575;
	m.head.from_server = true;
	m.head.sender = address(w->receiver);
	m.head.receiver = address(w->sender);
	m.head.card_from = card(w->to);
	m.head.card_to = card(w->from);
	m.head.flow = w->flow;
	m.head.steady.us = now * 1000;
	m.head.answers = siphash_quick(&key, 2, bytes_text(id));
	snprintf(m.head.type, sizeof m.head.type, "%s", code);
	pairing_see(pairing, &m);
}

/* Sent near, acknowledged, and a millisecond later seen further on. */
static inline void
both(const struct way *near, const struct way *far, unsigned n, unsigned spo2, unsigned far_spo2)
{
	see(near, n, spo2);
	answer(near, n, "AA");
	now += 1;
	see(far, n, far_spo2);
	answer(far, n, "AA");
	now += 999;
}

static inline void
all_well(const struct way *near, const struct way *far, unsigned from, unsigned count)
{
	for (unsigned n = from; n < from + count; n++)
		both(near, far, n, 90 + n % 9, 90 + n % 9);
}

static inline const struct route_counts *
counts(void)
{
	return &pairing_counts(pairing)->all;
}

static inline unsigned
told_of(enum fact f)
{
	unsigned n = 0;

	for (unsigned i = 0; i < tells; i++)
		n += told[i].fact == f;
	return n;
}

static inline void
long_after(void)
{
	now += 60000;
	pairing_tick(pairing, (struct instant){ now * 1000 });
}

#endif
