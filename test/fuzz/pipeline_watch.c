/*
 * Whole captures of hostile frames through sensor and judge to the lines that
 * people and other programs read, with little memory and every event wanted.
 *
 *	frame: linktype(1: index below) delta(1: 2^(n/8) µs, backwards from 248 on) length(2) bytes …
 *
 * test/fuzz/seed.py writes this form from captures.
 */
#include "base/cursor.h"
#include "judge/judge.h"
#include "report/event.h"
#include "report/finding.h"
#include "sensor/sensor.h"
#include "test/fuzz/fuzz.h"
#include "wire/link.h"

static const uint32_t LINKS[] = { LINK_ETHERNET, LINK_RADIOTAP, LINK_DOT11, LINK_SLL, LINK_SLL2, LINK_RAW, LINK_NULL, LINK_PPP };

enum { LINE = 1 << 16, JUDGE_MEMORY = 1 << 20, MESSAGE_MEMORY = 1 << 20, EVERY = 64 };

static char line[LINE];

/* One line, its newline at the end and nowhere else, all of it printable or UTF-8. */
static void
check_line(const struct buf *b)
{
	if (!buf_ok(b))
		return;
	if (b->len < 3 || b->at[0] != '{' || b->at[b->len - 1] != '\n' || b->at[b->len - 2] != '}')
		abort();
	for (size_t i = 0; i + 1 < b->len; i++)
		if (b->at[i] < 0x20)
			abort();
}

static void
on_claim(void *context, const struct claim *c)
{
	if (c->fact >= FACTS || c->witness >= WITNESSES || strnlen(c->words, sizeof c->words) == sizeof c->words)
		abort();
	judge_see(context, c);
}

/* As it passes through a ring: packed, and read again as from a stranger. */
static void
on_message(void *context, const struct message *m)
{
	static struct message again;
	static uint8_t        room[sizeof(struct message)];
	size_t                n = message_size(m);

	if (n > sizeof room)
		abort();
	message_pack(m, room);
	if (message_unpack(bytes_of(room, n), &again))
		abort();
	judge_message(context, &again);
}

static void
on_event(void *context, const struct event *e)
{
	struct buf b = buf_over(line, sizeof line);

	(void)context;
	event_json(e, &b);
	check_line(&b);
}

static void
on_record(void *context, const struct record *r)
{
	(void)context;
	if (r->kind == RECORD_DEVICE && (strnlen(r->device.name, sizeof r->device.name) == sizeof r->device.name ||
	                                 strnlen(r->device.vendor, sizeof r->device.vendor) == sizeof r->device.vendor))
		abort();
	if (r->kind == RECORD_FLOW && (strnlen(r->flow.name, sizeof r->flow.name) == sizeof r->flow.name ||
	                               strnlen(r->flow.application, sizeof r->flow.application) == sizeof r->flow.application ||
	                               strnlen(r->flow.remote, sizeof r->flow.remote) == sizeof r->flow.remote))
		abort();
}

static void
on_finding(void *context, const struct finding *f)
{
	struct buf b = buf_over(line, sizeof line);

	(void)context;
	if (f->severity < 1 || f->severity > 4 || !f->rule[0])
		abort();
	finding_json(f, "fuzz", "", "", &b);
	if (!buf_ok(&b))
		abort();
	check_line(&b);
	buf_reset(&b);
	finding_text(f, false, &b);
	if (!buf_ok(&b))
		abort();
}

static void
on_incident(void *context, const struct incident *i)
{
	(void)context;
	if (!memchr(i->id, 0, sizeof i->id) || !memchr(i->rules, 0, sizeof i->rules) || i->victims_n > sizeof i->victims / sizeof *i->victims)
		abort();
}

static int64_t
delta(uint8_t n)
{
	return n >= 248 ? -(INT64_C(1) << 4 * (n - 248)) : INT64_C(1) << n / 8;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const char *const places[] = { "fuzz" };
	static struct judge     *judge;
	static struct sensor    *sensor;
	static unsigned          runs;
	static uint64_t          number;
	static int64_t           now;
	struct cursor            c = cursor_over(bytes_of(at, len));

	/* New ones for every input would be half of the time; a crash's few inputs before it are in the log. */
	if (runs++ % EVERY == 0) {
		sensor_free(sensor);
		judge_free(judge);
		struct judge_config  jc = { .memory = JUDGE_MEMORY, .messages = MESSAGE_MEMORY, .seed = 1 };
		struct judge_out     jo = { .finding = on_finding, .incident = on_incident };
		judge = judge_new(&jc, &jo);
		struct sensor_config sc = { .memory = SENSOR_MEMORY_LEAST, .messages = MESSAGE_MEMORY, .seed = 1, .events = UINT32_MAX >> 1, .places = places, .place_count = 1, .flows = true };
		struct sensor_out    so = { .context = judge, .claim = on_claim, .event = on_event, .record = on_record, .message = on_message };
		sensor = sensor_new(&sc, &so);
		if (!judge || !sensor)
			abort();
		number = 0;
		now = INT64_C(1700000000000000);
	}
	while (cursor_left(&c) >= 4) {
		uint32_t     link = LINKS[cursor_u8(&c) % (sizeof LINKS / sizeof *LINKS)];
		int64_t      step = delta(cursor_u8(&c));
		size_t       n = cursor_u16(&c), left = cursor_left(&c);
		struct bytes body = cursor_take(&c, n < left ? n : left);
		/* In memory of its own size, so that a read past it is seen. */
		uint8_t     *copy = malloc(body.len ? body.len : 1);
		if (!copy)
			abort();
		if (body.len)
			memcpy(copy, body.at, body.len);
		now += step;
		struct frame f = { .linktype = link, .length = (uint32_t)n, .when = { now }, .number = ++number, .data = bytes_of(copy, body.len) };
		sensor_see(sensor, &f);
		free(copy);
	}
	if (runs % EVERY == 0) {
		sensor_end(sensor);
		judge_end(judge);
	}
	return 0;
}
