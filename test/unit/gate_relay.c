#include "test/unit/check.h"

#include "content/message.h"
#include "test/unit/gate_lab.h"

static struct gate_lab lab;

static const char ONE[] = "\x0bMSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5\rOBX|1|NM|1||7\r\x1c\r", TWO[] = "\x0bMSH|^~\\&|A|B|C|D|2026||ORU^R01|2|P|2.5\rOBX|1|NM|1||8\r\x1c\r",
                  ORDER[] = "\x0bMSH|^~\\&|A|B|C|D|2026||RDE^O11|3|P|2.5\r\x1c\r", YES[] = "\x0bMSH|^~\\&|C|D|A|B|2026||ACK|1|P|2.5\rMSA|AA|1\r\x1c\r";

static int
once(void **state)
{
	(void)state;
	assert_true(gate_lab_new(&lab));
	return 0;
}

static int
set_up(void **state)
{
	struct policy_backend b = lab.route->backend[0];

	(void)state;
	memset(lab.route, 0, sizeof *lab.route);
	lab.route->mode = POLICY_WRAP;
	lab.route->class = MESSAGE_RESULT + 1;
	lab.route->backend[0] = b;
	lab.route->backends = 1;
	lab.w->blocks.most = WORKER_BUFFERS;
	lab.w->lane[0].backend[0].out_until = 0;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	gate_lab_end(&lab);
	return 0;
}

static void
say(int fd, const void *what, size_t n)
{
	assert_int_equal(send(fd, what, n, MSG_NOSIGNAL), (ssize_t)n);
}

/* Turns of the loop, and of the clock that wakes who waits, reading what comes meanwhile. */
static size_t
hear(int fd, char *room, size_t cap, int turns)
{
	size_t n = 0;

	for (int i = 0; i < turns; i++) {
		ssize_t got;
		event_active(lab.w->tick, EV_TIMEOUT, 0);
		gate_lab_turn(&lab);
		while (fd >= 0 && n < cap && (got = read(fd, room + n, cap - n)) > 0)
			n += (size_t)got;
	}
	return n;
}

static void
a_message_goes_on_whole_and_is_acknowledged_by_its_receiver(void **state)
{
	char room[1024];
	int  client = gate_lab_dial(&lab, &RELAY_MLLP), backend;

	(void)state;
	say(client, ONE, 20);
	hear(-1, NULL, 0, 2);
	backend = gate_lab_accept(&lab);
	assert_int_equal(hear(backend, room, sizeof room, 2), 0); /* not in part */
	say(client, ONE + 20, sizeof ONE - 1 - 20);
	assert_int_equal(hear(backend, room, sizeof room, 2), sizeof ONE - 1);
	assert_memory_equal(room, ONE, sizeof ONE - 1);
	assert_int_equal(hear(client, room, sizeof room, 2), 0);
	say(backend, YES, sizeof YES - 1);
	assert_int_equal(hear(client, room, sizeof room, 2), sizeof YES - 1);
	close(client);
	close(backend);
}

static void
a_message_that_waits_for_its_rate_is_not_cut_for_being_late(void **state)
{
	int client, backend;

	(void)state;
	lab.route->rate = lab.route->burst = 1;
	client = gate_lab_dial(&lab, &RELAY_MLLP);
	say(client, ONE, sizeof ONE - 1);
	say(client, TWO, 20);
	hear(-1, NULL, 0, 2);
	backend = gate_lab_accept(&lab);
	say(client, TWO + 20, sizeof TWO - 1 - 20);
	gate_lab_turn(&lab);
	assert_non_null(lab.w->used);
	assert_true(lab.w->used->shaped);
	lab.w->now += (WORKER_FRAME_S + 1) * INSTANT_SECOND;
	relay_sweep(lab.w->used);
	assert_non_null(lab.w->used);
	close(client);
	close(backend);
}

static void
a_message_that_never_ends_is_cut(void **state)
{
	int client = gate_lab_dial(&lab, &RELAY_MLLP);

	(void)state;
	say(client, ONE, 20);
	hear(-1, NULL, 0, 2);
	lab.w->now += (WORKER_FRAME_S + 1) * INSTANT_SECOND;
	relay_sweep(lab.w->used);
	assert_null(lab.w->used);
	close(client);
}

/* A message of n bytes that begins as m does. */
static char *
long_message(const char *m, size_t len, size_t n)
{
	char *at = malloc(n);

	memset(at, 'x', n);
	memcpy(at, m, len - 3);
	memcpy(at + n - 2, "\x1c\r", 2);
	return at;
}

static void
a_refusal_is_not_said_into_an_answer_that_is_half_sent(void **state)
{
	enum { BIG = 2 << 20 };
	static const char begin[] = "\x0bMSH|^~\\&|C|D|A|B|2026||ACK|1|P|2.5\rMSA|AA|1|\r\x1c\r";
	char       *answer = long_message(begin, sizeof begin - 1, BIG), *room = malloc(2 * BIG);
	size_t      said = 0, n = 0;
	const char *tail;
	int         client, backend;

	(void)state;
	lab.route->kinds = 1;
	strcpy(lab.route->kind[0], "ORU");
	client = gate_lab_dial(&lab, &RELAY_MLLP);
	say(client, ONE, sizeof ONE - 1);
	hear(-1, NULL, 0, 2);
	backend = gate_lab_accept(&lab);
	hear(backend, room, 1024, 2);
	for (int i = 0; said < BIG && i < 200; i++) { /* the client reads nothing yet */
		ssize_t some = send(backend, answer + said, BIG - said, MSG_NOSIGNAL);
		said += some > 0 ? (size_t)some : 0;
		hear(-1, NULL, 0, 1);
	}
	assert_int_equal(said, BIG);
	assert_true(lab.w->used->end[RELAY_BACKEND].in.head < lab.w->used->end[RELAY_BACKEND].in.mark);
	say(client, ORDER, sizeof ORDER - 1);
	hear(-1, NULL, 0, 4);
	for (int i = 0; i < 100 && n <= BIG; i++) {
		usleep(1000);
		n += hear(client, room + n, 2 * BIG - n, 4);
	}
	assert_true(n > BIG);
	assert_memory_equal(room, answer, BIG);
	room[n - 1] = 0;
	tail = strstr(room + BIG, "MSA|AR|3");
	assert_non_null(tail);
	free(answer);
	free(room);
	close(client);
	close(backend);
}

static void
a_backend_that_reads_slowly_gets_every_message(void **state)
{
	enum { BIG = 1 << 20, MESSAGES = 6 };
	char  *m = long_message(ONE, sizeof ONE - 1, BIG), *room = malloc(MESSAGES * BIG);
	size_t said = 0, n = 0;
	int    client = gate_lab_dial(&lab, &RELAY_MLLP), backend = -1;

	(void)state;
	for (int i = 0; i < 400; i++) { /* the backend reads nothing yet */
		ssize_t some = send(client, m + said % BIG, BIG - said % BIG, MSG_NOSIGNAL);
		said += some > 0 && said < MESSAGES * BIG ? (size_t)some : 0;
		hear(-1, NULL, 0, 1);
		backend = backend < 0 ? gate_lab_accept(&lab) : backend;
		if (said >= MESSAGES * BIG)
			break;
	}
	for (int i = 0; i < 3000 && n < MESSAGES * BIG; i++) {
		ssize_t some = said < MESSAGES * BIG ? send(client, m + said % BIG, BIG - said % BIG, MSG_NOSIGNAL) : 0;
		said += some > 0 ? (size_t)some : 0;
		/* No tick: what is there goes without the clock's help. */
		gate_lab_turn(&lab);
		ssize_t got = read(backend, room + n, MESSAGES * BIG - n < 65536 ? MESSAGES * BIG - n : 65536);
		n += got > 0 ? (size_t)got : 0;
	}
	assert_int_equal(n, MESSAGES * BIG);
	for (int i = 0; i < MESSAGES; i++)
		assert_memory_equal(room + (size_t)i * BIG, m, BIG);
	free(m);
	free(room);
	close(client);
	close(backend);
}

static void
who_finds_no_memory_waits_and_loses_nothing(void **state)
{
	char room[1024];
	int  first = gate_lab_dial(&lab, &RELAY_MLLP), second = gate_lab_dial(&lab, &RELAY_MLLP), backend[2];

	(void)state;
	backend[0] = gate_lab_accept(&lab);
	backend[1] = gate_lab_accept(&lab);
	lab.w->blocks.most = BLOCK_SMALL;
	say(first, ONE, 20);
	hear(-1, NULL, 0, 2);
	say(second, TWO, sizeof TWO - 1);
	assert_int_equal(hear(backend[1], room, sizeof room, 4), 0);
	assert_int_equal(lab.w->open, 2);
	say(first, ONE + 20, sizeof ONE - 1 - 20);
	assert_int_equal(hear(backend[0], room, sizeof room, 4), sizeof ONE - 1);
	size_t n = 0;
	for (int i = 0; i < 100 && n < sizeof TWO - 1; i++) {
		usleep(1000);
		n += hear(backend[1], room + n, sizeof room - n, 2);
	}
	assert_int_equal(n, sizeof TWO - 1);
	assert_memory_equal(room, TWO, n);
	close(first);
	close(second);
	close(backend[0]);
	close(backend[1]);
}

static void
who_connects_and_asks_for_no_association_is_let_go(void **state)
{
	int client = gate_lab_dial(&lab, &RELAY_DICOM);

	(void)state;
	hear(-1, NULL, 0, 2);
	lab.w->now += 31 * INSTANT_SECOND;
	relay_sweep(lab.w->used);
	assert_null(lab.w->used);
	close(client);
}

/* A judge that takes no more. */
static bool
full(void *context, const struct message_head *m)
{
	(void)context;
	(void)m;
	return false;
}

static void
a_message_the_judge_has_no_room_for_is_forwarded_and_counted(void **state)
{
	char room[1024];
	int  client = gate_lab_dial(&lab, &RELAY_MLLP);

	(void)state;
	lab.w->config.out.message = full;
	say(client, ONE, sizeof ONE - 1);
	hear(-1, NULL, 0, 2);
	assert_int_equal(hear(gate_lab_accept(&lab), room, sizeof room, 2), sizeof ONE - 1);
	assert_int_equal(atomic_load(&lab.w->lane[0].count->of[PANEL_UNTOLD]), 1);
	lab.w->config.out.message = NULL;
	close(client);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_message_goes_on_whole_and_is_acknowledged_by_its_receiver),
		T(a_message_the_judge_has_no_room_for_is_forwarded_and_counted),
		T(a_message_that_waits_for_its_rate_is_not_cut_for_being_late),
		T(a_message_that_never_ends_is_cut),
		T(a_refusal_is_not_said_into_an_answer_that_is_half_sent),
		T(a_backend_that_reads_slowly_gets_every_message),
		T(who_finds_no_memory_waits_and_loses_nothing),
		T(who_connects_and_asks_for_no_association_is_let_go),
	};
	return cmocka_run_group_tests(tests, once, NULL);
}
