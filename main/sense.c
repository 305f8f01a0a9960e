/* sense: the sensor's process: opens its captures, gives up everything else, and reads packets. */
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "main/command.h"
#include "main/feed.h"
#include "main/role.h"
#include "os/file.h"
#include "os/jail.h"
#include "os/tape.h"
#include "report/event.h"

#define IDLE_US (100 * 1000) /* packets may be this late out of the kernel */
#define TICK_US (200 * 1000) /* how often a judge with nothing to judge hears the time */

struct sense {
	struct board      *board;
	uint32_t           which;
	struct ring       *ring;
	struct tape       *tape; /* NULL: nobody keeps evidence */
	struct board_lines lines;
	struct instant     ticked;
};

static void
send_message(struct sense *s, uint32_t kind, const void *what, size_t len)
{
	void *room = ring_room(s->ring, len);

	if (!room)
		return;
	memcpy(room, what, len);
	ring_send(s->ring, kind);
}

static void
on_claim(void *context, const struct claim *c)
{
	send_message(context, BOARD_CLAIM, c, sizeof *c);
}

static void
on_record(void *context, const struct record *r)
{
	struct sense *s = context;

	if (s->board->store[0])
		send_message(s, BOARD_RECORD, r, sizeof *r);
}

static void
on_message(void *context, const struct message *m)
{
	struct sense *s = context;
	void         *room = ring_room(s->ring, message_size(m));

	if (!room)
		return;
	message_pack(m, room);
	ring_send(s->ring, BOARD_MESSAGE);
}

static void
on_event(void *context, const struct event *e)
{
	struct sense *s = context;
	struct buf   *b = board_line(&s->lines);
	size_t        before = b->len;

	event_json(e, b);
	if (!buf_ok(b)) { /* longer than a line may be: not written in part */
		b->len = before;
		b->full = false;
	}
}

static void
trouble(struct sense *s, const char *name, const char *what)
{
	snprintf(s->board->progress[s->which].trouble, sizeof s->board->progress[s->which].trouble, "%.200s: %.100s", name, what);
	atomic_store(&s->board->progress[s->which].failed, 1);
}

static enum err
open_source(struct sense *s, uint32_t i, struct feed **out)
{
	struct board *b = s->board;
	const char   *name = b->source[i].name;
	enum err      e;
	int           fd;

	if (b->source[i].live) {
		e = feed_live(name, b->sensor[s->which].place, (uint16_t)i, b->source[i].fanout, out);
	} else if (!(e = file_open(name, &fd))) {
		e = feed_file(fd, name, b->sensor[s->which].place, (uint16_t)i, out);
	}
	if (e == ERR_PERM)
		trouble(s, name, b->source[i].live ? "listening to an interface needs root or CAP_NET_RAW" : "is not permitted to be read");
	else if (e == ERR_UNSUPPORTED && !b->source[i].live)
		trouble(s, name, "is a folder, not a capture");
	else if (e)
		trouble(s, name, err_text(e));
	return e;
}

/* Puts the counters where people can see them, and tells the judge the time. */
static void
progress(struct sense *s, struct sensor *sensor, struct feed *f)
{
	s->board->progress[s->which].counts = *sensor_counts(sensor);
	atomic_store(&s->board->progress[s->which].position, feed_position(f));
	atomic_store(&s->board->progress[s->which].size, feed_size(f));
}

static void
tick(struct sense *s, struct instant now)
{
	if (now.us - s->ticked.us < TICK_US)
		return;
	s->ticked = now;
	send_message(s, BOARD_TICK, &now, sizeof now);
}

static void
read_file(struct sense *s, struct sensor *sensor, struct feed *f)
{
	struct frame frame[SENSOR_BATCH];
	enum err     e;
	unsigned     n, turns = 0;

	while (!(e = feed_some(f, frame, SENSOR_BATCH, &n))) {
		sensor_see_all(sensor, frame, n);
		tick(s, sensor_time(sensor));
		if ((++turns & 63) == 0) {
			progress(s, sensor, f);
			if (atomic_load(&s->board->stop))
				return;
		}
	}
	progress(s, sensor, f);
	if (e == ERR_SHORT)
		trouble(s, feed_name(f), "ends within a packet; all before it was read");
	else if (e == ERR_FORM)
		trouble(s, feed_name(f), sensor_counts(sensor)->frames ? "is damaged; all before the damage was read" : "is not a pcap or pcapng capture");
	else if (e == ERR_CLOSED && !feed_position(f))
		trouble(s, feed_name(f), "is empty");
	else if (e != ERR_CLOSED)
		trouble(s, feed_name(f), sensor_counts(sensor)->frames ? "could not be read to its end" : err_text(e));
}

static struct instant
monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct instant){ t.tv_sec * INSTANT_SECOND + t.tv_nsec / 1000 };
}

static void
read_live(struct sense *s, struct sensor *sensor, struct feed *f)
{
	struct frame   frame[SENSOR_BATCH];
	unsigned       n;
	struct instant heard = { 0 }; /* when the last packet came, by the machine's own clock */

	while (!atomic_load(&s->board->stop)) {
		enum err e = OK;
		bool     any = false;
		for (int turn = 0; turn < 256 && !(e = feed_some(f, frame, SENSOR_BATCH, &n)); turn++) {
			for (unsigned k = 0; s->tape && k < n; k++)
				tape_put(s->tape, &(struct tape_frame){ frame[k].number, frame[k].when, frame[k].linktype, frame[k].length, frame[k].data });
			sensor_see_all(sensor, frame, n);
			any = true;
		}
		if (any)
			heard = monotonic();
		/* On a silent line time passes too: what waits for it is decided. */
		struct instant now = sensor_time(sensor);
		if (now.us)
			now.us += monotonic().us - heard.us > IDLE_US ? monotonic().us - heard.us - IDLE_US : 0;
		tick(s, now);
		progress(s, sensor, f);
		atomic_store(&s->board->progress[s->which].drops, feed_drops(f));
		if (e == ERR_CLOSED) {
			trouble(s, feed_name(f), "the interface went away");
			return;
		}
		ring_wake(s->ring);
		if (e == ERR_AGAIN) {
			board_flush(&s->lines);
			poll(&(struct pollfd){ feed_fd(f), POLLIN, 0 }, 1, 100);
		}
	}
}

int
sense_run(struct board *b, uint32_t which)
{
	struct sense         s = { .board = b, .which = which };
	struct feed         *feed[BOARD_SOURCES] = { NULL };
	const char          *places[BOARD_SENSORS];
	uint32_t             readers = b->sensors - b->gate.slots; /* workers of the gateway have memory of their own */
	struct sensor_config config = {
		.memory = b->sensor_memory / readers, .messages = b->message_memory ? SENSOR_MESSAGES_DEFAULT / readers : 0, .seed = b->seed, .events = b->jsonl_fd >= 0 ? b->events : 0,
		.places = places, .place_count = (uint16_t)b->sensors, .flows = b->policy.flows > 0, .inventory = b->store[0] != 0,
		.known = b->align ? NULL : &b->known, /* the judge of another run has not its fields */
	};
	struct sensor_out out = { .context = &s, .claim = on_claim, .event = on_event, .record = on_record, .message = on_message };
	unsigned          missing;
	enum err          e = OK;

	memcpy(config.key, b->key, sizeof config.key);
	for (uint32_t i = 0; i < b->sensors; i++)
		places[i] = b->sensor[i].name;
	role_close_but((const int[]){ b->jsonl_fd, b->sensor[which].ring_fd, b->sensor[which].tape_fd }, 3);
	if (b->sensor[which].tape_fd >= 0 && tape_open(b->sensor[which].tape_fd, true, &s.tape)) {
		trouble(&s, "memory", "not enough for the tape of packets: see --ring");
		return EXIT_PART;
	}
	if (ring_open(b->sensor[which].ring_fd, &s.ring) || board_lines_new(b, b->jsonl_fd, &s.lines)) {
		trouble(&s, "memory", "not enough for the sensor's ring and lines");
		return EXIT_PART;
	}
	ring_resume(s.ring, true);
	for (uint32_t i = 0; i < b->sensor[which].count && !e; i++)
		e = open_source(&s, b->sensor[which].first + i, &feed[i]);
	struct sensor *sensor = e ? NULL : sensor_new(&config, &out);
	for (uint32_t i = 0; sensor && i < b->policy.authorities; i++)
		sensor_trust(sensor, bytes_of(b->policy.authority[i].der, b->policy.authority[i].len));
	if (!e && !sensor)
		trouble(&s, "memory", "not enough for the sensor's tables: see --memory");
	if (sensor && jail_enter(JAIL_PURE, NULL, &missing)) {
		trouble(&s, "jail", "privileges could not be given up, so nothing was read");
		sensor = NULL;
	}
	if (sensor) {
		atomic_store(&b->progress[which].missing, missing);
		for (uint32_t i = 0; i < b->sensor[which].count && !atomic_load(&b->stop); i++) {
			if (feed_fd(feed[i]) < 0)
				read_file(&s, sensor, feed[i]);
			else
				read_live(&s, sensor, feed[i]);
		}
		sensor_end(sensor);
		b->progress[which].counts = *sensor_counts(sensor);
	}
	board_flush(&s.lines);
	ring_close(s.ring);
	return atomic_load(&b->progress[which].failed) ? EXIT_PART : EXIT_FINE;
}
