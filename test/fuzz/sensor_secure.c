/* Segments and datagrams of hostile bytes through the witness of TLS, DTLS and QUIC: kind(1) length(1 or 2) bytes … */
#include "base/cursor.h"
#include "sensor/sensor.h"
#include "test/fuzz/fuzz.h"
#include "wire/ip.h"
#include "wire/tcp.h"
#include "wire/udp.h"

static void
on_claim(void *context, const struct claim *c)
{
	(void)context;
	if (c->fact >= FACTS || strnlen(c->words, sizeof c->words) == sizeof c->words)
		abort();
}

static void
on_event(void *context, const struct event *e)
{
	(void)context;
	if (e->kind == EVENT_TLS) {
		const struct handshake *h = e->of;
		if (strnlen(h->sni, sizeof h->sni) == sizeof h->sni || strnlen(h->ja3, sizeof h->ja3) == sizeof h->ja3)
			abort();
	}
}

static struct sensor *
fresh(void)
{
	static const char *const places[] = { "fuzz" };
	struct sensor_config config = { .memory = SENSOR_MEMORY_LEAST, .seed = 1, .events = UINT32_MAX >> 1, .places = places, .place_count = 1 };
	struct sensor_out    out = { .claim = on_claim, .event = on_event };

	return sensor_new(&config, &out);
}

static void
ethernet(struct buf *b, bool back, uint8_t protocol, size_t len)
{
	static const uint8_t ends[2][6] = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 } };
	static const uint8_t addrs[2][4] = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } };

	buf_put(b, ends[!back], 6);
	buf_put(b, ends[back], 6);
	buf_u16(b, 0x0800);
	buf_u16(b, 0x4500);
	buf_u16(b, (uint16_t)(20 + len));
	buf_u32(b, 0x00014000);
	buf_u8(b, 64);
	buf_u8(b, protocol);
	buf_u16(b, 0);
	buf_put(b, addrs[back], 4);
	buf_put(b, addrs[!back], 4);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct sensor *s;
	static uint16_t       port = 20000;
	static int64_t        now = INT64_C(1700000000000000);
	static unsigned       runs;
	struct cursor         c = cursor_over(bytes_of(at, len));
	uint32_t              seq[2] = { 1, 1 };
	uint8_t               raw[70000];

	if (runs++ % 4096 == 0) {
		sensor_free(s);
		s = fresh();
	}
	port = (uint16_t)(port % 40000 + 20000);
	while (cursor_left(&c)) {
		uint8_t      kind = cursor_u8(&c);
		bool         back = kind & 1, datagram = kind & 2;
		size_t       n = kind & 4 ? cursor_u16(&c) % 16000 : cursor_u8(&c);
		struct bytes body = cursor_take(&c, n < cursor_left(&c) ? n : cursor_left(&c));
		uint16_t     server = kind & 8 ? 2762 : 443;
		struct buf   b = buf_over(raw, sizeof raw);
		if (datagram) {
			ethernet(&b, back, 17, 8 + body.len);
			udp_print(&(struct udp){ .sport = back ? server : port, .dport = back ? port : server, .payload = body }, &b);
		} else {
			ethernet(&b, back, 6, 20 + body.len);
			buf_u16(&b, back ? server : port);
			buf_u16(&b, back ? port : server);
			buf_u32(&b, seq[back]);
			buf_u32(&b, seq[!back]);
			buf_u16(&b, (uint16_t)(0x5010 | (kind & 16 ? 1 : 0)));
			buf_u16(&b, 1000);
			buf_u32(&b, 0);
			buf_bytes_put(&b, body);
			seq[back] += (uint32_t)body.len;
		}
		struct frame f = { .linktype = 1, .length = (uint32_t)b.len, .when = { now += 1000 }, .number = runs, .data = buf_bytes(&b) };
		sensor_see(s, &f);
	}
	port++;
	return 0;
}
