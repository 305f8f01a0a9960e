/* care: conversations in crafted packets, and what a sensor that reads messages told of them. */
#ifndef TEST_UNIT_CARE_H
#define TEST_UNIT_CARE_H

#include "content/known.h"
#include "test/unit/frames.h"

enum { CARE_A = 1, CARE_B = 2, CARE_M = 66, CARE_CLIENT = 0, CARE_SERVER = 1, CARE_SEGMENT = 1400, CARE_TOLD = 64 };

static struct message care_told[CARE_TOLD]; /* the latest */
static unsigned       care_tells;
static struct known_table *care_known_table;
static uint16_t       care_places = 2;      /* with two, what is seen here may be seen again */

/* A conversation of A, which calls, with B. */
struct care_talk {
	uint16_t      port, service;
	uint32_t      seq[2];
	bool          relayed; /* by M: every packet is seen twice, the copy */
	uint32_t      shift;   /* with numbers that are so much higher, */
	uint8_t       was, is; /* and is for was in it, if they differ */
};

static void
care_on_message(void *context, const struct message *m)
{
	(void)context;
	care_told[care_tells++ % CARE_TOLD] = *m;
}

/* The nth told, from 0; head only if it is all that is wanted. */
static inline const struct message_head *
care_head_of(unsigned n)
{
	assert_true(n < care_tells && n + CARE_TOLD >= care_tells);
	return &care_told[n % CARE_TOLD].head;
}

/* With so many bytes for what is read. */
static inline int
care_begin_with(size_t messages)
{
	static const char *const places[] = { "test", "another" };
	struct sensor_config     config = { .memory = SENSOR_MEMORY_LEAST, .messages = messages, .seed = 1, .places = places, .place_count = care_places, .known = care_known_table };
	struct sensor_out        out = { .claim = frames_on_claim, .message = care_on_message };

	frames_sensor = sensor_new(&config, &out);
	frames_now = INT64_C(1700000000000000);
	frames_number = 0;
	care_tells = 0;
	if (!frames_sensor)
		return -1;
	frames_announce(CARE_A, CARE_A);
	frames_announce(CARE_B, CARE_B);
	return 0;
}

static inline int
care_begin(void **state)
{
	(void)state;
	return care_begin_with(2 << 20);
}

static inline void
care_packet(struct care_talk *t, int side, uint8_t protocol, uint8_t flags, struct bytes payload)
{
	static uint16_t      id;
	uint8_t              copy[CARE_SEGMENT];
	uint32_t             from = side ? CARE_B : CARE_A, to = side ? CARE_A : CARE_B;
	uint16_t             sport = side ? t->service : t->port, dport = side ? t->port : t->service;
	struct frames_packet p = { .from = from, .to = t->relayed ? CARE_M : to, .src = from, .dst = to, .protocol = protocol, .id = ++id };

	if (protocol == IP_TCP)
		p.tcp = (struct tcp){ .sport = sport, .dport = dport, .seq = t->seq[side], .ack = flags & TCP_ACK ? t->seq[!side] : 0, .flags = flags, .window = 65535, .payload = payload };
	else
		p.udp = (struct udp){ sport, dport, payload };
	frames_now += 100;
	frames_send(&p);
	if (!t->relayed)
		return;
	for (size_t i = 0; i < payload.len; i++)
		copy[i] = payload.at[i] == t->was ? t->is : payload.at[i];
	p.from = CARE_M;
	p.to = to;
	p.tcp.seq += t->shift;
	p.tcp.payload = p.udp.payload = bytes_of(copy, payload.len);
	if (t->shift)
		p.id = ++id;
	frames_now += 100;
	frames_send(&p);
}

/* Bytes of one side, in as many segments as they need. */
static inline void
care_put(struct care_talk *t, int side, struct bytes in)
{
	while (in.len) {
		struct bytes one = bytes_head(in, CARE_SEGMENT);
		care_packet(t, side, IP_TCP, TCP_ACK | TCP_PSH, one);
		t->seq[side] += (uint32_t)one.len;
		in = bytes_skip(in, one.len);
	}
}

static inline void
care_text(struct care_talk *t, int side, const char *text)
{
	care_put(t, side, bytes_text(text));
}

/* The side acknowledges all that the other has sent. */
static inline void
care_acknowledge(struct care_talk *t, int side)
{
	care_packet(t, side, IP_TCP, TCP_ACK, bytes_of(NULL, 0));
}

static inline void
care_datagram(struct care_talk *t, int side, struct bytes in)
{
	care_packet(t, side, IP_UDP, 0, in);
}

/* Bytes that were sent, but not seen. */
static inline void
care_lose(struct care_talk *t, int side, uint32_t n)
{
	t->seq[side] += n;
}

/* A new conversation with a service, its handshake seen. */
static inline struct care_talk
care_call(uint16_t service)
{
	static uint16_t  port = 40000;
	struct care_talk t = { .port = port, .service = service, .seq = { port * 7u, port * 11u } };

	port++;
	care_packet(&t, CARE_CLIENT, IP_TCP, TCP_SYN, bytes_of(NULL, 0));
	t.seq[CARE_CLIENT]++;
	care_packet(&t, CARE_SERVER, IP_TCP, TCP_SYN | TCP_ACK, bytes_of(NULL, 0));
	t.seq[CARE_SERVER]++;
	care_acknowledge(&t, CARE_CLIENT);
	return t;
}

static inline bool
care_same(unsigned a, unsigned b)
{
	const struct message_head *x = care_head_of(a), *y = care_head_of(b);

	return meaning_digest_equal(x->body, y->body) && meaning_digest_equal(x->meaning, y->meaning);
}

#endif
