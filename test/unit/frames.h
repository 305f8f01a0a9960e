/* frames: crafted packets into a sensor, and what it said of them. */
#ifndef TEST_UNIT_FRAMES_H
#define TEST_UNIT_FRAMES_H

#include "sensor/sensor.h"
#include "test/unit/check.h"
#include "wire/arp.h"
#include "wire/ip.h"
#include "wire/link.h"
#include "wire/tcp.h"
#include "wire/udp.h"

static struct sensor *frames_sensor;
static int64_t        frames_now;                 /* µs */
static uint64_t       frames_number;
static struct claim   frames_claim[FACTS];        /* the last of each fact */
static unsigned       frames_claims[FACTS];

static void
frames_on_claim(void *context, const struct claim *c)
{
	(void)context;
	assert_true(c->fact < FACTS);
	frames_claim[c->fact] = *c;
	frames_claims[c->fact]++;
}

static inline int
frames_begin(void **state)
{
	static const char *const places[] = { "test" };
	struct sensor_config     config = { .memory = SENSOR_MEMORY_LEAST, .seed = 1, .places = places, .place_count = 1 };
	struct sensor_out        out = { .claim = frames_on_claim };

	(void)state;
	frames_sensor = sensor_new(&config, &out);
	frames_now = INT64_C(1700000000000000);
	frames_number = 0;
	memset(frames_claims, 0, sizeof frames_claims);
	memset(frames_claim, 0, sizeof frames_claim);
	return frames_sensor ? 0 : -1;
}

static inline int
frames_end(void **state)
{
	(void)state;
	sensor_free(frames_sensor);
	frames_sensor = NULL;
	return 0;
}

static inline struct mac
frames_card(uint32_t n)
{
	return (struct mac){ { 2, 0, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n } };
}

static inline struct addr
frames_host(uint32_t n)
{
	return addr_v4((const uint8_t[]){ 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n });
}

static inline void
frames_ethernet(struct mac from, struct mac to, uint16_t type, struct bytes payload)
{
	uint8_t    raw[2048];
	struct buf b = buf_over(raw, sizeof raw);

	link_print(&(struct link){ .src = from, .dst = to, .type = type, .payload = payload }, &b);
	assert_true(buf_ok(&b));
	sensor_see(frames_sensor, &(struct frame){ .linktype = LINK_ETHERNET, .length = (uint32_t)b.len, .when = { frames_now }, .number = ++frames_number, .data = buf_bytes(&b) });
}

static inline void
frames_arp(uint16_t op, uint32_t card, uint32_t host, struct mac to, uint32_t target)
{
	uint8_t    raw[64];
	struct buf b = buf_over(raw, sizeof raw);

	arp_print(&(struct arp){ .op = op, .sha = frames_card(card), .spa = frames_host(host), .tha = to, .tpa = frames_host(target) }, &b);
	frames_ethernet(frames_card(card), to, ETHERTYPE_ARP, buf_bytes(&b));
}

/* host tells everybody that it is at card. */
static inline void
frames_announce(uint32_t card, uint32_t host)
{
	frames_arp(ARP_REQUEST, card, host, (struct mac){ { 255, 255, 255, 255, 255, 255 } }, host);
}

/* A packet between two hosts, seen on its way from one card to another. */
struct frames_packet {
	uint32_t    from, to;      /* cards */
	uint32_t    src, dst;      /* hosts */
	uint8_t     protocol, ttl;
	uint16_t    id;
	struct tcp  tcp;
	struct udp  udp;
};

static inline void
frames_send(const struct frames_packet *f)
{
	uint8_t    segment[1600], packet[1700];
	struct buf s = buf_over(segment, sizeof segment), b = buf_over(packet, sizeof packet);
	struct ip  ip = { .version = 4, .ttl = f->ttl ? f->ttl : 64, .protocol = f->protocol, .id = f->id, .src = frames_host(f->src), .dst = frames_host(f->dst) };

	if (f->protocol == IP_TCP)
		tcp_print(&f->tcp, &s);
	else
		udp_print(&f->udp, &s);
	ip.payload = buf_bytes(&s);
	buf_patch16(&s, f->protocol == IP_TCP ? 16 : 6, ip_transport_checksum(&ip, ip.payload));
	ip_print(&ip, &b);
	assert_true(buf_ok(&b));
	frames_ethernet(frames_card(f->from), frames_card(f->to), ETHERTYPE_IPV4, buf_bytes(&b));
}

#endif
