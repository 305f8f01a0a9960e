#include "os/ring.h"
#include "test/unit/check.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct ring *writer, *reader;
static int          ring_fd;

static int
begin(void **state)
{
	(void)state;
	return ring_new(4096, &writer, &ring_fd) || ring_open(ring_fd, &reader) ? -1 : 0;
}

static int
end(void **state)
{
	(void)state;
	ring_free(writer);
	ring_free(reader);
	close(ring_fd);
	return 0;
}

/* Message n: its length and bytes follow from n. */
static size_t
length_of(uint32_t n)
{
	return 4 + n * 37 % 900;
}

static bool
try_one(uint32_t n)
{
	uint8_t *room = ring_try(writer, length_of(n));

	if (!room)
		return false;
	memset(room, (int)(n & 0xff), length_of(n));
	memcpy(room, &n, 4);
	ring_send(writer, 1 + n % 5);
	return true;
}

static void
expect_one(uint32_t n)
{
	uint32_t     kind, said;
	struct bytes m;

	assert_int_equal(ring_get(reader, &kind, &m), OK);
	assert_int_equal(kind, 1 + n % 5);
	assert_int_equal(m.len, length_of(n));
	memcpy(&said, m.at, 4);
	assert_int_equal(said, n);
	for (size_t i = 4; i < m.len; i++)
		assert_int_equal(m.at[i], n & 0xff);
	ring_done(reader);
}

static void
messages_come_whole_and_in_order_many_times_around(void **state)
{
	uint32_t sent = 0, got = 0;

	(void)state;
	while (got < 20000) {
		while (sent < got + 1 + sent % 9 && try_one(sent))
			sent++;
		if (got < sent)
			expect_one(got++);
	}
}

static void
an_empty_ring_has_nothing_yet_and_a_closed_one_gives_the_rest_first(void **state)
{
	uint32_t     kind;
	struct bytes m;

	(void)state;
	assert_int_equal(ring_get(reader, &kind, &m), ERR_AGAIN);
	assert_true(try_one(0) && try_one(1));
	ring_close(writer);
	expect_one(0);
	expect_one(1);
	assert_int_equal(ring_get(reader, &kind, &m), ERR_CLOSED);
}

static void
a_full_ring_gives_no_room_until_something_is_done_with(void **state)
{
	uint32_t sent = 0;

	(void)state;
	while (try_one(sent))
		sent++;
	assert_true(sent > 4);
	for (uint32_t n = 0; n < sent; n++)
		expect_one(n);
	assert_true(try_one(sent));
}

static void
a_writer_waits_for_a_slow_reader_and_loses_nothing(void **state)
{
	enum { MANY = 3000 };
	int   status;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		uint32_t n = 0, kind, said;
		for (;;) {
			struct bytes m;
			enum err     e = ring_get(reader, &kind, &m);
			if (e == ERR_CLOSED)
				_exit(n == MANY ? 0 : 2);
			if (e == ERR_AGAIN) {
				ring_wait(reader, 100);
				continue;
			}
			if (e)
				_exit(3);
			memcpy(&said, m.at, 4);
			if (said != n || m.len != length_of(n))
				_exit(4);
			if (n % 500 == 0)
				usleep(2000);
			n++;
			ring_done(reader);
		}
	}
	for (uint32_t n = 0; n < MANY; n++) {
		uint8_t *room = ring_room(writer, length_of(n));
		assert_non_null(room);
		memcpy(room, &n, 4);
		ring_send(writer, 1);
	}
	ring_close(writer);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
a_writer_does_not_wait_for_a_reader_that_has_gone(void **state)
{
	uint32_t sent = 0;

	(void)state;
	while (try_one(sent))
		sent++;
	ring_leave(reader);
	assert_null(ring_room(writer, 900));
}

static void
a_writer_that_died_is_followed_by_one_that_goes_on(void **state)
{
	struct ring *next;

	(void)state;
	assert_true(try_one(0) && try_one(1));
	assert_non_null(ring_try(writer, 100)); /* it died while it wrote this */
	assert_int_equal(ring_open(ring_fd, &next), OK);
	ring_resume(next, true);
	ring_free(writer);
	writer = next;
	assert_true(try_one(2));
	for (uint32_t n = 0; n < 3; n++)
		expect_one(n);
}

static void
what_a_reader_had_not_done_when_it_died_comes_again(void **state)
{
	struct ring *next;
	uint32_t     kind, sent = 0, got = 0;
	struct bytes m;

	(void)state;
	/* Around the ring's end too, so that what pads it is read again. */
	for (int turn = 0; turn < 200; turn++) {
		while (try_one(sent))
			sent++;
		for (uint32_t ahead = 0; ahead < 3; ahead++) {
			assert_int_equal(ring_get(reader, &kind, &m), OK);
			ring_next(reader);
		}
		assert_false(try_one(sent)); /* their room is kept */
		assert_int_equal(ring_open(ring_fd, &next), OK);
		ring_resume(next, false);
		ring_free(reader);
		reader = next;
		expect_one(got++);
		expect_one(got++);
	}
}

/* The ring's memory as a sensor that was taken over could write it. */
static uint8_t *
memory(size_t *len)
{
	struct stat st;

	assert_int_equal(fstat(ring_fd, &st), 0);
	*len = (size_t)st.st_size;
	uint8_t *p = mmap(NULL, *len, PROT_READ | PROT_WRITE, MAP_SHARED, ring_fd, 0);
	assert_true(p != MAP_FAILED);
	return p;
}

static void
a_message_longer_than_what_was_written_is_refused(void **state)
{
	static const uint32_t lies[] = { 100, 4096, 1 << 20, UINT32_MAX - 7, UINT32_MAX };
	size_t                len;
	uint8_t              *p = memory(&len), *at;
	uint32_t              kind;
	struct bytes          m;
	char                 *room = ring_try(writer, 16);

	(void)state;
	memcpy(room, "find me in there", 16);
	ring_send(writer, 3);
	at = memmem(p, len, "find me in there", 16);
	assert_non_null(at);
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		memcpy(at - 4, &lies[i], 4);
		assert_int_equal(ring_get(reader, &kind, &m), ERR_FORM);
	}
	munmap(p, len);
}

static void
a_position_that_cannot_be_is_refused(void **state)
{
	size_t       len;
	uint8_t     *p = memory(&len);
	uint32_t     kind;
	struct bytes m;
	uint64_t     head = UINT64_C(1) << 40;

	(void)state;
	memcpy(p, &head, 8);
	assert_int_equal(ring_get(reader, &kind, &m), ERR_FORM);
	munmap(p, len);
}

static void
a_descriptor_that_is_no_ring_is_refused(void **state)
{
	struct ring *r;
	int          fd = memfd_create("small", 0);

	(void)state;
	assert_int_equal(ftruncate(fd, 100), 0);
	assert_int_equal(ring_open(fd, &r), ERR_FORM);
	close(fd);
	assert_int_equal(ring_open(fd, &r), ERR_FORM);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

/* Whichever of two rings is written to, its reader goes on; a test that hangs fails by its harness. */
static void
who_waits_for_any_ring_is_woken_by_the_one_that_is_written(void **state)
{
	struct ring *other_writer, *other;
	int          fd, ended;
	uint32_t     kind;
	struct bytes m;

	(void)state;
	assert_int_equal(ring_new(4096, &other_writer, &fd), OK);
	assert_int_equal(ring_open(fd, &other), OK);
	pid_t child = fork();
	if (!child) {
		for (uint32_t n = 0; n < 100; n++) {
			struct ring *w = n % 2 ? writer : other_writer;
			memcpy(ring_room(w, 4), &n, 4);
			ring_send(w, 1);
			ring_wake(w);
		}
		_exit(0);
	}
	for (uint32_t n = 0; n < 100; n++) {
		struct ring *r = n % 2 ? reader : other;
		while (ring_get(r, &kind, &m) == ERR_AGAIN)
			ring_wait_any((struct ring *const[]){ reader, other }, 2, 1000);
		assert_memory_equal(m.at, &n, 4);
		ring_done(r);
	}
	assert_int_equal(waitpid(child, &ended, 0), child);
	assert_int_equal(ended, 0);
	ring_free(other_writer);
	ring_free(other);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_waits_for_any_ring_is_woken_by_the_one_that_is_written),
		TEST(messages_come_whole_and_in_order_many_times_around),
		TEST(an_empty_ring_has_nothing_yet_and_a_closed_one_gives_the_rest_first),
		TEST(a_full_ring_gives_no_room_until_something_is_done_with),
		TEST(a_writer_waits_for_a_slow_reader_and_loses_nothing),
		TEST(a_writer_does_not_wait_for_a_reader_that_has_gone),
		TEST(a_writer_that_died_is_followed_by_one_that_goes_on),
		TEST(what_a_reader_had_not_done_when_it_died_comes_again),
		TEST(a_message_longer_than_what_was_written_is_refused),
		TEST(a_position_that_cannot_be_is_refused),
		TEST(a_descriptor_that_is_no_ring_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
